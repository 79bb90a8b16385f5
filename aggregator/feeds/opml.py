"""Lists of feeds with folders (OPML), in and out. A list from outside is as hostile as any other document."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from html.entities import html5
from xml.parsers import expat

from aggregator.errors import NotAFeedError
from aggregator.feeds.address import feed_key
from aggregator.feeds.encoding import to_text
from aggregator.feeds.urls import safe_url
from aggregator.limits import Limits
from aggregator.reasons import Reason
from aggregator.text import one_line

MAX_DEPTH = 20
MAX_ATTRIBUTES = 64
MAX_NAME = 500
# Folders and comments between the feeds; far more is no list of feeds.
MAX_OUTLINES = 20_000
MAX_REFERENCES = 200_000
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_ENTITIES = re.compile(r"<!ENTITY", re.IGNORECASE)
# Hand-written lists hold names of characters that XML does not know, and bare "&" in titles and addresses.
_REFERENCE = re.compile(r"&(?:(#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);|([a-zA-Z][a-zA-Z0-9]{1,31};))?")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FEED_SCHEME = re.compile(r"^feed:(?://)?(?=https?://)|^(feed:)(?=//)", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A feed in a list. `folder`: names from the outermost in; `home`: the outlet's page, "" when it is not told."""

    title: str
    url: str
    home: str = ""
    language: str = ""
    folder: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """An outline that was left out. Lines count from 1."""

    line: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """A list, in its own order."""

    title: str = ""
    feeds: tuple[Subscription, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def read_opml(body: bytes, *, limits: Limits) -> FeedList:
    """The feeds of an OPML document. What cannot be used of it is skipped, each outline with its line and reason.

    Raises NotAFeedError: EMPTY, TOO_LARGE (bytes, feeds), NOT_A_FEED (no OPML, broken XML), HOSTILE (entities, nesting, utf-7).
    """
    if len(body) > limits.opml_bytes:
        raise NotAFeedError(Reason.TOO_LARGE, f"the list has more than {limits.opml_bytes:,} bytes")
    text = _ILLEGAL.sub("", to_text(body, "")).removeprefix("\ufeff")
    if not text.strip():
        raise NotAFeedError(Reason.EMPTY, "the list is empty")
    if _ENTITIES.search(text):
        raise NotAFeedError(Reason.HOSTILE, "the list declares entities of its own")
    if text.count("&") > MAX_REFERENCES:
        raise NotAFeedError(Reason.HOSTILE, f"the list has more than {MAX_REFERENCES:,} ampersands")
    reader = _Reader(limits)
    # The bytes are text already, whatever the declaration says of them; lines keep their numbers.
    reader.read(_REFERENCE.sub(_known_to_xml, _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), text)))
    return FeedList(title=one_line(reader.title, MAX_NAME), feeds=tuple(reader.feeds), skipped=tuple(reader.skipped))


def write_opml(feeds: Iterable[Subscription], *, title: str, now: datetime) -> str:
    """OPML 2.0 with folders as nested outlines. The same feeds in the same order give the same text, but for the date."""
    root = _Folder()
    for feed in feeds:
        place = root
        for name in feed.folder[:MAX_DEPTH]:
            place = place.inside(name)
        place.items.append(feed)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head>",
        f"    <title>{_escaped(title)}</title>",
        f"    <dateCreated>{format_datetime(now, usegmt=True)}</dateCreated>",
        "  </head>",
        "  <body>",
        *root.lines(depth=2),
        "  </body>",
        "</opml>",
    ]
    return "\n".join(lines) + "\n"


def _known_to_xml(reference: re.Match[str]) -> str:
    """A reference that XML knows stays; a named character becomes itself; any other "&" stands for itself."""
    if reference[1]:
        return _legal(reference[0], reference[1])
    named = html5.get(reference[2]) if reference[2] else None
    return _escaped(named) if named else f"&amp;{reference[0][1:]}"


def _legal(reference: str, name: str) -> str:
    """A number of a character that XML forbids is nothing: the parser would give up the whole list for it."""
    if name[0] != "#":
        return reference
    number = int(f"0{name[1:]}", 16) if name[1] in "xX" else int(name[1:])
    legal = number in {9, 10, 13} or 32 <= number <= 0xD7FF or 0xE000 <= number <= 0xFFFD or 0x10000 <= number <= 0x10FFFF
    return reference if legal else ""


@dataclass(slots=True)
class _Open:
    """An outline that is not closed yet. `name` is "" for one that opens no folder."""

    name: str
    line: int
    filled: bool


class _Reader:
    """Takes the events of the parser. Names of elements and attributes are known in any case of letters: real lists mix them."""

    def __init__(self, limits: Limits) -> None:
        self.title = ""
        self.feeds: list[Subscription] = []
        self.skipped: list[Skipped] = []
        self._limits = limits
        self._parser = expat.ParserCreate(encoding="utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._elements: list[str] = []
        self._open: list[_Open] = []
        self._outlines = 0
        self._lines: dict[str, int] = {}

    def read(self, text: str) -> None:
        try:
            self._parser.Parse(text.encode("utf-8"), True)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise NotAFeedError(Reason.NOT_A_FEED, f"line {error.lineno}: it is no proper XML ({what})") from error

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        name, line = name.lower(), self._parser.CurrentLineNumber
        if not self._elements and name != "opml":
            raise NotAFeedError(Reason.NOT_A_FEED, f"it is no OPML list of feeds, it begins with <{name[:40]}>")
        self._elements.append(name)
        if len(self._elements) > MAX_DEPTH + 2:
            raise NotAFeedError(Reason.HOSTILE, f"line {line}: folders are nested deeper than {MAX_DEPTH}")
        if len(attributes) > MAX_ATTRIBUTES:
            raise NotAFeedError(Reason.HOSTILE, f"line {line}: an element has more than {MAX_ATTRIBUTES} attributes")
        if name == "outline":
            self._outline({key.lower(): value for key, value in attributes.items()}, line)

    def _end(self, _name: str) -> None:
        if self._elements.pop() != "outline":
            return
        closed = self._open.pop()
        if not closed.filled:
            told = f"{closed.name[:80]!r} has neither an address (xmlUrl) nor feeds inside"
            self.skipped.append(Skipped(line=closed.line, what=told))

    def _text(self, text: str) -> None:
        if self._elements == ["opml", "head", "title"] and len(self.title) < MAX_NAME:
            self.title += text

    def _outline(self, told: Mapping[str, str], line: int) -> None:
        self._outlines += 1
        if self._outlines > MAX_OUTLINES:
            raise NotAFeedError(Reason.TOO_LARGE, f"line {line}: the list has more than {MAX_OUTLINES:,} outlines")
        if self._open:
            self._open[-1].filled = True
        name = _name(told.get("text", "")) or _name(told.get("title", ""))
        is_feed = bool(told.get("xmlurl", "").strip())
        if is_feed:
            self._feed(told, name, line)
        self._open.append(_Open("" if is_feed else one_line(name), line, is_feed))

    def _feed(self, told: Mapping[str, str], name: str, line: int) -> None:
        printed = told["xmlurl"].strip()
        url = web_address(printed)
        if not url:
            what = f"{one_line(name or printed, 80)!r}: {one_line(printed, 120)!r} is no web address"
            self.skipped.append(Skipped(line=line, what=what))
            return
        key = feed_key(url)
        if key in self._lines:
            what = f"{one_line(name or url, 80)!r}: the same address as in line {self._lines[key]}"
            self.skipped.append(Skipped(line=line, what=what))
            return
        if len(self.feeds) >= self._limits.opml_feeds:
            raise NotAFeedError(Reason.TOO_LARGE, f"line {line}: the list has more than {self._limits.opml_feeds:,} feeds")
        self._lines[key] = line
        language = told.get("language", "").strip().lower().replace("_", "-")
        self.feeds.append(
            Subscription(
                title=name,
                url=url,
                home=web_address(told.get("htmlurl", "")),
                language=language if _LANGUAGE.fullmatch(language) else "",
                folder=tuple(one.name for one in self._open if one.name),
                line=line,
            )
        )


@dataclass(slots=True)
class _Folder:
    """Feeds and folders in the order in which they came."""

    items: list["Subscription | tuple[str, _Folder]"] = field(default_factory=list)
    _inner: dict[str, "_Folder"] = field(default_factory=dict)

    def inside(self, name: str) -> "_Folder":
        """The folder of that name in this one; made at the first call."""
        if name not in self._inner:
            self._inner[name] = _Folder()
            self.items.append((name, self._inner[name]))
        return self._inner[name]

    def lines(self, *, depth: int) -> Iterable[str]:
        blank = "  " * depth
        for item in self.items:
            if isinstance(item, Subscription):
                yield f"{blank}<outline {_attributes(item)}/>"
                continue
            name, inner = item
            yield f"{blank}<outline text={_quoted(name)} title={_quoted(name)}>"
            yield from inner.lines(depth=depth + 1)
            yield f"{blank}</outline>"


def web_address(text: str) -> str:
    """The http(s) address that somebody wrote, also as feed://… ; "" when it is none."""
    text = text.strip()
    return safe_url(_FEED_SCHEME.sub(lambda found: "http:" if found[1] else "", text))


def _attributes(feed: Subscription) -> str:
    told = [("type", "rss"), ("text", feed.title), ("title", feed.title), ("xmlUrl", feed.url)]
    told += [(name, value) for name, value in (("htmlUrl", feed.home), ("language", feed.language)) if value]
    return " ".join(f"{name}={_quoted(value)}" for name, value in told)


def _name(text: str) -> str:
    """A title as it was written, blanks and all; anything stranger in it than blanks is put right."""
    text, plain = text.strip(), one_line(text)
    tame = text.isprintable() and unicodedata.normalize("NFC", text).split() == plain.split()
    return (text if tame else plain)[:MAX_NAME].strip()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    """An attribute's value: control characters gone, quotes and markup escaped."""
    return '"' + _escaped(_ILLEGAL.sub("", text)).replace('"', "&quot;").replace("\n", "&#10;") + '"'
