"""A feed document becomes values: texts without markup, absolute links, UTC dates, keys and fingerprints."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.errors import NotAFeedError
from aggregator.feeds import guard, identity
from aggregator.feeds.dates import clamp, parse_date
from aggregator.feeds.encoding import to_text
from aggregator.feeds.html import plain_text, plain_title
from aggregator.feeds.jsonfeed import looks_like_json, read_json_feed
from aggregator.feeds.raw import RawEntry, RawFeed
from aggregator.feeds.urls import safe_url
from aggregator.feeds.values import FeedKind, ParsedEntry, ParsedFeed
from aggregator.feeds.xmlfeed import read_xml_feed
from aggregator.limits import Limits
from aggregator.reasons import Reason
from aggregator.text import normalise, one_line

MAX_TITLE = 1_000
TITLE_FROM_TEXT = 80
MAX_AUTHOR = 300
MAX_GUID = 2_000
# Content without a summary beside it is a summary itself when it is shorter (characters).
SHORT_CONTENT = 400
MAX_TTL = timedelta(days=7)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,3}")
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What the document says for all its entries."""

    url: str
    home_url: str
    language: str
    now: datetime
    slack: timedelta


def parse_feed(
    body: bytes, *, url: str, content_type: str = "", now: datetime, limits: Limits, kind: FeedKind = FeedKind.FEED
) -> ParsedFeed:
    """RSS 0.9x to 2.0, Atom and JSON Feed. `url` is the address the bytes came from, `content_type` the header as sent.

    Raises NotAFeedError and nothing else: EMPTY, NOT_A_FEED (a web page, other data), HOSTILE (built to do harm).
    """
    if kind is not FeedKind.FEED:
        raise NotAFeedError(Reason.NOT_A_FEED, f"a {kind} is not read here")
    text = to_text(body, content_type).lstrip("\ufeff \t\r\n\0")
    if not text:
        raise NotAFeedError(Reason.EMPTY, "the document is empty")
    raw = (
        read_json_feed(text, limit=limits.feed_entries)
        if looks_like_json(text)
        else read_xml_feed(guard.prepared(text), url=url, limit=limits.feed_entries)
    )
    return _feed(raw, url=url, now=now, limits=limits)


def _feed(raw: RawFeed, *, url: str, now: datetime, limits: Limits) -> ParsedFeed:
    home, language = safe_url(raw.home, url), _language(raw.language)
    context = _Context(url=url, home_url=home, language=language, now=now, slack=limits.future_date_slack)
    entries = identity.settle([_entry(entry, context) for entry in raw.entries])
    return ParsedFeed(
        title=one_line(plain_title(raw.title), MAX_TITLE),
        home_url=home,
        language=language,
        ttl=_ttl(raw),
        entries=entries,
        fingerprint=identity.feed_fingerprint(entries),
    )


def _entry(raw: RawEntry, context: _Context) -> ParsedEntry:
    language = _language(raw.language) or context.language
    summary, content = _texts(raw)
    title = _title(raw, summary or content)
    link = _link(raw, context.url)
    guid, published_raw, updated_raw = one_line(raw.guid, MAX_GUID), one_line(raw.published, 200), one_line(raw.updated, 200)
    published = clamp(parse_date(raw.published, language=language), now=context.now, slack=context.slack)
    return ParsedEntry(
        guid=guid,
        link=link,
        title=title,
        author=one_line(plain_title(raw.author), MAX_AUTHOR),
        summary=summary,
        content=content,
        content_html="" if raw.content_is_text or not content else raw.content,
        language=language,
        published_at=published,
        published_raw=published_raw,
        updated_at=clamp(parse_date(raw.updated, language=language), now=context.now, slack=context.slack),
        updated_raw=updated_raw,
        image_url=next((found for found in (safe_url(image, raw.base or context.url) for image in raw.images) if found), ""),
        keys=identity.entry_keys(guid=guid, link=link, title=title, published_at=published, home_url=context.home_url),
        fingerprint=identity.entry_fingerprint(title=title, link=link, summary=summary, content=content, updated_raw=updated_raw),
    )


def _texts(raw: RawEntry) -> tuple[str, str]:
    """Summary and content. feedparser copies a lone content into the summary; that is one text and not two."""
    content = normalise(raw.content) if raw.content_is_text else plain_text(raw.content)
    own = "" if raw.summary == raw.content else raw.summary
    summary = normalise(own) if raw.summary_is_text else plain_text(own)
    if summary == content or not summary:
        return ("", content) if len(content) >= SHORT_CONTENT else (content, "")
    return summary, content


def _title(raw: RawEntry, text: str) -> str:
    title = one_line(raw.title) if raw.title_is_text else plain_title(raw.title)
    return one_line(title, MAX_TITLE) or one_line(text, TITLE_FROM_TEXT)


def _link(raw: RawEntry, url: str) -> str:
    base = safe_url(raw.base, url) or url
    return next((found for found in (safe_url(link, base) for link in raw.links) if found), "")


def _language(tag: str) -> str:
    tag = tag.strip().lower().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""


def _ttl(raw: RawFeed) -> timedelta | None:
    """The publisher's wish: <ttl> in minutes, else the syndication module. Real feeds print 0.1, "always" and nothing there."""
    if re.fullmatch(r"[0-9]{1,6}", raw.ttl.strip()):
        minutes = int(raw.ttl)
        return min(timedelta(minutes=minutes), MAX_TTL) if minutes else None
    period = _PERIODS.get(raw.period.strip().lower())
    frequency = raw.frequency.strip() or "1"
    if period is None or not re.fullmatch(r"[0-9]{1,4}", frequency) or int(frequency) == 0:
        return None
    return min(timedelta(seconds=period / int(frequency)), MAX_TTL)
