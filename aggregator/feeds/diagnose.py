"""What can be said of a feed in plain words after one look at it: what is well, what is odd, what is wrong and what to do."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aggregator.feeds.schedule import HINT_CAP
from aggregator.feeds.telling import Told, newest, told
from aggregator.feeds.values import Answer, FeedKind, ParsedFeed, ZoneSource
from aggregator.reasons import Reason, explain

SLOW = timedelta(seconds=5)
OLD = timedelta(days=30)
ASLEEP = timedelta(days=180)
_HEAD = 64 * 1024
_XML_DECLARED = re.compile(rb"^\s{0,64}<\?xml[^>]{0,200}?encoding\s{0,8}=\s{0,8}[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_SENT = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:[A-Za-z]\w{0,20}:)?(rss|rdf|feed|urlset|sitemapindex|html)\b([^<>]{0,2000})", re.IGNORECASE)
_VERSION = re.compile(rb"\bversion\s{0,4}=\s{0,4}[\"']([0-9.]{1,6})[\"']")
_JSON_VERSION = re.compile(rb"jsonfeed\.org/version/([0-9.]{1,4})")
_COMMENT = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_FEED_TYPES = re.compile(r"xml|json|rss|atom|octet-stream|text/plain", re.IGNORECASE)
_REMEDIES = {
    Reason.DNS: "is the name spelt right? Find the outlet's new address and add that one",
    Reason.CONNECT: "try again later; when it lasts, look whether the site opens in a browser",
    Reason.TLS: "tell the outlet; until then http:// instead of https:// may work",
    Reason.TIMEOUT: "try again later; when it lasts, tell the outlet",
    Reason.BLOCKED_ADDRESS: "list its network in fetch.allow_networks if that is meant",
    Reason.HTTP_401: "the feed is for subscribers: ask the outlet for an open one",
    Reason.HTTP_403: "ask the outlet to let the service in, or set user_agent or proxy at the outlet in outlets.toml",
    Reason.HTTP_404: "look for the new address: aggregator feeds add SITE",
    Reason.HTTP_410: "the outlet took it down: look for another one with: aggregator feeds add SITE",
    Reason.HTTP_429: "wait; when it comes back, raise poll.min_interval",
    Reason.HTTP_5XX: "try again later; when it lasts, tell the outlet",
    Reason.NOT_A_FEED: "look for the feed behind it: aggregator feeds add ADDRESS",
    Reason.EMPTY: "tell the outlet: its feed is an empty document",
    Reason.TOO_MANY_REDIRECTS: "open it in a browser, and add the address where it ends",
    Reason.TOO_LARGE: "look for a smaller feed of the outlet, or raise limits.feed_raw and limits.feed_decoded",
}


class Level(StrEnum):
    """Of a remark. A feed with a problem cannot be used as it is."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing to know of a feed. `what` is a sentence part in plain words, `do` the remedy or ""."""

    about: str
    level: Level
    what: str
    do: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a document is, and how it is written. `declared`: by the document or the header, "" when neither says anything."""

    name: str
    encoding: str
    declared: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a feed: what was asked and what came back. Parts that were not reached are None.

    `hops`: status and target of each redirect. `honoured`: did it answer 304 to its own validators. `pages_allowed`: may the pages
    behind its entries be read by its site's robots.txt. `poll_after`: how long until the next poll.
    """

    url: str
    final_url: str
    kind: FeedKind
    now: datetime
    reason: Reason | None = None
    detail: str = ""
    status: int | None = None
    took: timedelta | None = None
    hops: tuple[tuple[int, str], ...] = ()
    content_type: str = ""
    size: int = 0
    form: Form | None = None
    feed: ParsedFeed | None = None
    answer: Answer | None = None
    honoured: bool | None = None
    pages_allowed: bool | None = None
    poll_after: timedelta | None = None


def form_of(body: bytes, content_type: str) -> Form:
    """Name of the format and encoding, from the bytes."""
    declared = _XML_DECLARED.match(body[:512])
    sent = _SENT.search(content_type)
    named = (declared[1].decode("ascii") if declared else sent[1] if sent else "").lower()
    return Form(name=_format(body[:_HEAD]), encoding=_encoding(body, named), declared=named)


def remarks(look: Look) -> tuple[Remark, ...]:
    """All there is to say, in the order in which a poll meets it."""
    parts: tuple[Callable[[Look], list[Remark]], ...] = (
        _answers, _redirects, _document, _entries, _dates, _marks, _texts, _validators, _hints, _robots, _next,
    )  # fmt: skip
    return tuple(remark for part in parts for remark in part(look))


def usable(found: tuple[Remark, ...]) -> bool:
    return all(remark.level is not Level.PROBLEM for remark in found)


def _format(head: bytes) -> str:
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        version = _JSON_VERSION.search(head)
        return f"JSON Feed {version[1].decode()}" if version else "JSON Feed"
    if head.startswith(b"\x1f\x8b"):
        return "sitemap (gzip)"
    root = _ROOT.search(_COMMENT.sub(b"", head.replace(b"\0", b"")))
    if root is None:
        return "unknown"
    name, version = root[1].lower(), _VERSION.search(root[2])
    if name == b"rss":
        return f"RSS {version[1].decode()}" if version else "RSS"
    if name == b"feed":
        return f"Atom {version[1].decode()}" if version else "Atom 1.0"
    return {
        b"rdf": "RSS 0.90" if b"my.netscape.com" in root[2] else "RSS 1.0",
        b"urlset": "news sitemap" if b"sitemap-news" in head else "sitemap",
        b"sitemapindex": "sitemap index",
    }.get(name, "web page")


def _encoding(body: bytes, declared: str) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in body[:4]:
        return "utf-16"
    if body.isascii() and not declared.startswith(("iso-2022", "hz")):
        return declared or "utf-8"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return declared if declared and not declared.startswith("utf") else "undeclared"
    return "utf-8"


def _answers(look: Look) -> list[Remark]:
    if look.form is None and look.reason is not None:
        return [_problem(look)]
    if look.took is None:
        return []
    seconds = f"answers in {look.took.total_seconds():.1f} s"
    if look.took > SLOW:
        return [Remark(about="answer", level=Level.NOTE, what=f"{seconds}, which is slow", do="nothing; polls wait up to 25 s")]
    return [Remark(about="answer", level=Level.OK, what=f"{seconds}, {_bytes(look.size)}")]


def _problem(look: Look) -> Remark:
    assert look.reason is not None
    detail = f" ({look.detail})" if look.detail else ""
    return Remark(about="answer", level=Level.PROBLEM, what=f"{explain(look.reason)}{detail}", do=_REMEDIES.get(look.reason, ""))


def _redirects(look: Look) -> list[Remark]:
    if not look.hops:
        return []
    target, statuses = look.hops[-1][1], ", ".join(str(status) for status, _ in look.hops)
    if any(look.url.startswith("https:") and where.startswith("http:") for _, where in look.hops):
        what = f"leads from https to http ({statuses}), to {target}"
        return [Remark(about="redirect", level=Level.NOTE, what=what, do="followed, never adopted; tell the outlet")]
    if all(status in {301, 308} for status, _ in look.hops):
        what = f"has moved for good ({statuses}) to {target}"
        return [
            Remark(about="redirect", level=Level.NOTE, what=what, do="nothing; the new address is adopted when it has lasted")
        ]
    return [Remark(about="redirect", level=Level.OK, what=f"leads for the time being ({statuses}) to {target}")]


def _document(look: Look) -> list[Remark]:
    form = look.form
    if form is None:
        return []
    if look.feed is None:
        assert look.reason is not None
        what = f"{explain(look.reason)}{f': {look.detail}' if look.detail else ''}"
        return [Remark(about="document", level=Level.PROBLEM, what=what, do=_REMEDIES.get(look.reason, ""))]
    found = [Remark(about="document", level=Level.OK, what=f"{form.name}, encoding {form.encoding}")]
    if _disagree(form):
        what = (
            f"it says its encoding is {form.declared}, and it is {form.encoding}"
            if form.declared
            else "it does not say its encoding"
        )
        found.append(Remark(about="encoding", level=Level.NOTE, what=what, do="nothing; the bytes are believed"))
    if look.kind is FeedKind.FEED and look.content_type and not _FEED_TYPES.search(look.content_type):
        what = f"it is sent as {look.content_type.partition(';')[0]}"
        found.append(Remark(about="type", level=Level.NOTE, what=what, do="nothing; it is read as the feed that it is"))
    return found


def _disagree(form: Form) -> bool:
    """Does the document say something else of its encoding than its bytes do."""
    if not form.declared:
        return form.encoding == "undeclared"
    return form.encoding.replace("-", "") not in form.declared.replace("-", "")


def _entries(look: Look) -> list[Remark]:
    if look.feed is None:
        return []
    if look.feed.children:
        return [
            Remark(about="entries", level=Level.OK, what=f"an index of {len(look.feed.children)} sitemaps; the newest are read")
        ]
    count = len(look.feed.entries)
    if not count:
        what = "it holds no entries at the moment"
        return [Remark(about="entries", level=Level.NOTE, what=what, do="look again later; is it the right feed?")]
    latest = newest(look.feed)
    if latest is None:
        return [Remark(about="entries", level=Level.OK, what=f"{count} entries, without dates")]
    age = look.now - latest
    what = f"{count} entries, the newest {_ago(age)}"
    if age > ASLEEP:
        return [
            Remark(
                about="entries", level=Level.NOTE, what=what, do="is this feed still written? Look for another one of the outlet"
            )
        ]
    return [Remark(about="entries", level=Level.NOTE if age > OLD else Level.OK, what=what)]


def _dates(look: Look) -> list[Remark]:
    entries = look.feed.entries if look.feed else ()
    bare = sum(1 for entry in entries if not (entry.published_at or entry.updated_at))
    unread = sum(1 for entry in entries if not entry.published_at and entry.published_raw)
    guessed = {ZoneSource.LEARNED, ZoneSource.COUNTRY, ZoneSource.ASSUMED}
    zoneless = [entry.published_zone for entry in entries if entry.published_zone in guessed]
    found = []
    if bare:
        kind = f", {unread} of them with a date that cannot be read" if unread else ""
        what = f"{bare} of {len(entries)} entries have no date{kind}"
        found.append(
            Remark(about="dates", level=Level.NOTE, what=what, do="nothing; they get the time at which they are first seen")
        )
    if zoneless:
        taken = (
            "UTC"
            if ZoneSource.ASSUMED in zoneless
            else "its country's"
            if ZoneSource.COUNTRY in zoneless
            else "learned from its habit"
        )
        what = f"{len(zoneless)} of {len(entries)} dates name no time zone; it is taken as {taken}"
        do = "set country at the outlet if that is wrong" if ZoneSource.ASSUMED in zoneless else ""
        found.append(Remark(about="zone", level=Level.NOTE, what=what, do=do))
    return found


def _marks(look: Look) -> list[Remark]:
    entries = look.feed.entries if look.feed else ()
    found = []
    if look.kind is FeedKind.FEED and (anonymous := sum(1 for entry in entries if not entry.guid)):
        what = f"{anonymous} of {len(entries)} entries have no guid"
        found.append(Remark(about="guids", level=Level.NOTE, what=what, do="nothing; they are recognised by their links"))
    if linkless := sum(1 for entry in entries if not entry.link):
        what = f"{linkless} of {len(entries)} entries have no link to a page"
        level = Level.PROBLEM if linkless == len(entries) and not _tells(look) else Level.NOTE
        found.append(Remark(about="links", level=level, what=what, do="for these only what the feed itself prints can be read"))
    if media := sum(1 for entry in entries if entry.is_media):
        what = f"{media} of {len(entries)} entries lead to recordings or other files"
        found.append(Remark(about="media", level=Level.NOTE, what=what, do="these are not read as pages"))
    return found


def _tells(look: Look) -> bool:
    return look.feed is not None and any(entry.summary or entry.content for entry in look.feed.entries)


def _texts(look: Look) -> list[Remark]:
    if look.feed is None or not look.feed.entries or look.kind is not FeedKind.FEED:
        return []
    kind = told(look.feed)
    more = "" if kind is Told.FULL else "; the rest is read from the pages"
    return [
        Remark(
            about="text",
            level=Level.OK,
            what=f"it prints the {kind}{more}" if kind is not Told.TITLES else f"it prints {kind}{more}",
        )
    ]


def _validators(look: Look) -> list[Remark]:
    if look.answer is None or look.feed is None:
        return []
    if not (look.answer.etag or look.answer.last_modified):
        what = f"it gives neither ETag nor Last-Modified: each poll moves the whole document ({_bytes(look.size)})"
        return [Remark(about="validators", level=Level.NOTE, what=what, do="ask the outlet to send one of them")]
    names = " and ".join(
        name for name, value in (("ETag", look.answer.etag), ("Last-Modified", look.answer.last_modified)) if value
    )
    if look.honoured is None:
        return [Remark(about="validators", level=Level.OK, what=f"it gives {names}")]
    if look.honoured:
        return [Remark(about="validators", level=Level.OK, what=f"it gives {names} and answers 304 when nothing is new")]
    what = f"it gives {names}, but sends the whole document again when they are sent back"
    return [Remark(about="validators", level=Level.NOTE, what=what, do="nothing; documents that did not change are not parsed")]


def _hints(look: Look) -> list[Remark]:
    wishes = []
    if look.answer and look.answer.max_age is not None:
        wishes.append(("Cache-Control or Expires", look.answer.max_age))
    if look.feed and look.feed.ttl:
        wishes.append(("ttl", look.feed.ttl))
    found = []
    for name, wish in wishes:
        capped = f", of which {_span(HINT_CAP)} count" if wish > HINT_CAP else ""
        found.append(Remark(about="hints", level=Level.OK, what=f"{name} asks for {_span(wish)} between two polls{capped}"))
    if look.feed and (look.feed.skip_hours or look.feed.skip_days):
        found.append(
            Remark(about="hints", level=Level.OK, what="it names hours or days (GMT) without visits, and is left alone then")
        )
    return found


def _robots(look: Look) -> list[Remark]:
    if look.pages_allowed is None:
        return []
    if look.pages_allowed:
        return [Remark(about="robots", level=Level.OK, what="robots.txt allows its pages to be read")]
    what = "robots.txt forbids its pages to be read: articles have what the feed prints and no more"
    return [
        Remark(about="robots", level=Level.NOTE, what=what, do="robots = false at the outlet, if it has allowed you to read them")
    ]


def _next(look: Look) -> list[Remark]:
    if look.poll_after is None:
        return []
    return [Remark(about="next poll", level=Level.OK, what=f"in {_span(look.poll_after)}, as things stand")]


def _ago(age: timedelta) -> str:
    return "is dated in the future" if age < -timedelta(minutes=1) else f"{_span(max(age, timedelta()))} old"


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size or (size == 60 and seconds >= 60):
            return f"{round(seconds / size)} {name if round(seconds / size) != 1 else name[:-1]}"
    return f"{seconds} s"


def _bytes(size: int) -> str:
    return f"{size} bytes" if size < 1_000 else f"{size / 1_000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
