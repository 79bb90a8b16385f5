"""A feed document becomes values: texts without markup, absolute links, UTC dates, keys and fingerprints."""

import hashlib
import re
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from aggregator.errors import NotAFeedError
from aggregator.feeds import guard, identity
from aggregator.feeds.dates import clamp, parse_date_zone
from aggregator.feeds.encoding import mended, to_text
from aggregator.feeds.html import plain_body, plain_title
from aggregator.feeds.jsonfeed import looks_like_json, read_json_feed
from aggregator.feeds.listing import read_listing
from aggregator.feeds.media import is_media_address
from aggregator.feeds.raw import RawEntry, RawFeed
from aggregator.feeds.sitemap import read_sitemap
from aggregator.feeds.treefeed import read_tree_feed
from aggregator.feeds.urls import forwarded_to, safe_url
from aggregator.feeds.values import FeedKind, ParsedEntry, ParsedFeed, ZoneSource
from aggregator.feeds.wishes import older_entries, skip_days, skip_hours, time_to_live
from aggregator.feeds.xmlfeed import read_xml_feed
from aggregator.feeds.xmltree import read_tree
from aggregator.limits import MIB, Limits
from aggregator.reasons import Reason
from aggregator.text import normalise, one_line

# So many times the entries that are kept are looked at for the newest of them.
READ_TIMES = 10
# Bytes of an entry's digest, and entries that tell a rhythm.
_DIGEST = 8
_RHYTHM = 20
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
MAX_TITLE = 1_000
TITLE_FROM_TEXT = 80
MAX_AUTHOR = 300
MAX_GUID = 2_000
# Content without a summary beside it is a summary itself when it is shorter (characters).
SHORT_CONTENT = 400
_GZIP = b"\x1f\x8b"
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What holds for all entries of the document."""

    url: str
    home_url: str
    language: str
    country: str
    zone_min: int | None
    now: datetime
    slack: timedelta


def parse_feed(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    kind: FeedKind = FeedKind.FEED,
    country: str = "",
    zone_min: int | None = None,
    now: datetime,
    limits: Limits,
    seen: bytes = b"",
) -> ParsedFeed:
    """RSS 0.9x to 2.0, Atom, JSON Feed, sitemaps; a page of links when `kind` says so. The bytes say which of them it is.

    `url` is the address the bytes came from, `content_type` the header as sent. `country` (of the outlet) and `zone_min` (minutes
    east, the feed's habit) are for dates without a zone. A plain sitemap is read when `kind` is SITEMAP, a web page when it is LISTING.

    `seen`: `ParsedFeed.printed` of the poll before; entries that stand here word for word as there are counted and not read.

    Raises NotAFeedError and nothing else: EMPTY, NOT_A_FEED (a web page, other data), HOSTILE (built to do harm).
    """
    text = to_text(_unpacked(body, limits.feed_decoded), content_type).lstrip("\ufeff \t\r\n\0")
    if not text:
        raise NotAFeedError(Reason.EMPTY, "the document is empty")
    raw = _read(text, url=url, kind=kind, limit=limits.feed_entries * READ_TIMES)
    home, language = safe_url(raw.home, url), _language(raw.language)
    context = _Context(
        url=url, home_url=home, language=language, country=country, zone_min=zone_min, now=now, slack=limits.future_date_slack
    )
    return _feed(_newest(raw, limits.feed_entries, context), context, seen)


def _newest(raw: RawFeed, limit: int, context: _Context) -> RawFeed:
    """The newest entries of a long document, in its order: some feeds print the oldest first and grow for ever."""
    if len(raw.entries) <= limit:
        return raw
    dates = [_date(one_line(entry.published or entry.updated, 200), "", context)[0] or _LONG_AGO for entry in raw.entries]
    newest = sorted(range(len(dates)), key=lambda place: dates[place], reverse=True)[:limit]
    return replace(raw, entries=tuple(raw.entries[place] for place in sorted(newest)))


def _unpacked(body: bytes, cap: int) -> bytes:
    """A gzip file (`sitemap.xml.gz`) that came packed once more, unfolded up to the cap."""
    if not body.startswith(_GZIP):
        return body
    unfolder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        text = unfolder.decompress(body, cap + 1)
    except zlib.error as error:
        raise NotAFeedError(Reason.NOT_A_FEED, f"the document is a broken gzip file ({error})") from error
    if len(text) > cap:
        raise NotAFeedError(Reason.HOSTILE, f"the gzip file unfolds to more than {cap // MIB} MiB")
    return text


def _read(text: str, *, url: str, kind: FeedKind, limit: int) -> RawFeed:
    if looks_like_json(text):
        return read_json_feed(text, limit=limit)
    checked = guard.prepared(text, page=kind is FeedKind.LISTING)
    if checked.root == "html":
        if kind is not FeedKind.LISTING:
            raise NotAFeedError(Reason.NOT_A_FEED, "the document is a web page")
        return read_listing(checked.text, url=url, limit=limit)
    is_sitemap = checked.root in guard.SITEMAPS
    tree = read_tree(checked.text, url=url, forgiving=is_sitemap)
    if is_sitemap and tree is not None:
        return read_sitemap(tree, plain=kind is FeedKind.SITEMAP, limit=limit)
    if is_sitemap:
        raise NotAFeedError(Reason.NOT_A_FEED, "the document is a sitemap that cannot be read")
    return read_xml_feed(checked.text, limit=limit) if tree is None else read_tree_feed(tree, limit=limit)


def _feed(raw: RawFeed, context: _Context, seen: bytes) -> ParsedFeed:
    printed = [_digest(entry, context.url) for entry in raw.entries]
    before = {seen[start : start + _DIGEST] for start in range(0, len(seen), _DIGEST)}
    fresh = [entry for entry, digest in zip(raw.entries, printed, strict=True) if digest not in before]
    read = (_entry(entry, context) for entry in fresh)
    # Some templates print an empty item: nothing to read, to show or to recognise.
    entries = identity.settle([entry for entry in read if entry.title or entry.link or entry.guid])
    return ParsedFeed(
        title=one_line(plain_title(mended(raw.title)), MAX_TITLE),
        home_url=context.home_url,
        language=context.language,
        ttl=time_to_live(raw),
        entries=entries,
        fingerprint=hashlib.sha256(b"".join(sorted(printed))).hexdigest()[:32],
        archive_url=older_entries(raw, context.url) if raw.entries else "",
        skip_hours=skip_hours(raw.hours),
        skip_days=skip_days(raw.days),
        children=tuple(found for found in (safe_url(child, context.url) for child in raw.children) if found),
        known=len(raw.entries) - len(fresh),
        printed=b"".join(printed),
        dates=_dates(raw, context),
    )


def _digest(entry: RawEntry, url: str) -> bytes:
    """Eight bytes for what an entry says and where: it is compared within one feed only, from one poll to the next."""
    return hashlib.blake2b(f"{url} {entry!r}".encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def _dates(raw: RawFeed, context: _Context) -> tuple[datetime, ...]:
    """Those of the first entries, known or not: the feed's rhythm."""
    first = (one_line(entry.published or entry.updated, 200) for entry in raw.entries[:_RHYTHM])
    return tuple(date for date in (_date(printed, context.language, context)[0] for printed in first if printed) if date)


def _entry(raw: RawEntry, context: _Context) -> ParsedEntry:
    language = _language(raw.language) or context.language
    summary, content = _texts(raw)
    title = _title(raw, summary or content)
    link, is_media = _link(raw, context.url)
    guid, published_raw, updated_raw = one_line(raw.guid, MAX_GUID), one_line(raw.published, 200), one_line(raw.updated, 200)
    published, zone = _date(published_raw or updated_raw, language, context)
    updated = published if updated_raw == published_raw else _date(updated_raw, language, context)[0]
    return ParsedEntry(
        guid=guid,
        link=link,
        title=title,
        author=_author(raw),
        summary=summary,
        content=content,
        language=language,
        published_at=published,
        published_raw=published_raw or updated_raw,
        updated_at=updated,
        updated_raw=updated_raw,
        image_url=next((found for found in (safe_url(image, raw.base or context.url) for image in raw.images) if found), ""),
        keys=identity.entry_keys(guid=guid, link=link, title=title, published_at=published, home_url=context.home_url),
        fingerprint=identity.entry_fingerprint(title=title, link=link, summary=summary, content=content, updated_raw=updated_raw),
        published_zone=zone,
        is_media=is_media,
    )


def _date(raw: str, language: str, context: _Context) -> tuple[datetime | None, ZoneSource]:
    """The moment, or None when there is none to be trusted: unreadable, or more than two hours ahead."""
    found = parse_date_zone(raw, language=language, country=context.country, zone_min=context.zone_min) if raw else None
    moment = clamp(found[0], now=context.now, slack=context.slack) if found else None
    return (moment, found[1]) if found and moment else (None, ZoneSource.NONE)


def _texts(raw: RawEntry) -> tuple[str, str]:
    """Summary and content. feedparser copies a lone content into the summary; that is one text and not two."""
    printed = mended(raw.content)
    content = normalise(printed) if raw.content_is_text else plain_body(printed)
    own = "" if raw.summary == raw.content else mended(raw.summary)
    summary = normalise(own) if raw.summary_is_text else plain_body(own)
    if summary == content or not summary:
        return ("", content) if len(content) >= SHORT_CONTENT else (content, "")
    return summary, content


def _title(raw: RawEntry, text: str) -> str:
    printed = mended(raw.title)
    title = one_line(printed) if raw.title_is_text else plain_title(printed)
    return one_line(title, MAX_TITLE) or one_line(text, TITLE_FROM_TEXT)


def _author(raw: RawEntry) -> str:
    """A name holds no "<": what is left of one after unfolding is markup that was escaped twice, or a mail address."""
    author = plain_title(mended(raw.author))
    return one_line(plain_title(author) if "<" in author else author, MAX_AUTHOR)


def _link(raw: RawEntry, url: str) -> tuple[str, bool]:
    """Where the entry leads, and whether to a recording or document: a page before everything, enclosures when there is no link."""
    base = safe_url(raw.base, url) or url
    found = [forwarded_to(link) for link in (safe_url(link, base) for link in raw.links) if link]
    page = next((link for link in found if not is_media_address(link)), "")
    if page:
        return page, False
    found += [link for link in (safe_url(link, base) for link in raw.media) if link]
    return (found[0], True) if found else ("", False)


def _language(tag: str) -> str:
    tag = tag.strip().lower().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""
