"""RSS 0.9x, 1.0, 2.0 and Atom 0.3, 1.0 read from a well-formed tree: what nineteen feeds of twenty are, at a tenth of feedparser's cost."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from aggregator.feeds.media import is_image, is_media
from aggregator.feeds.raw import RawEntry, RawFeed
from aggregator.feeds.xmltree import XML_LANG, Names, markup_of, text_of

_Fields = dict[str, list[etree._Element]]  # noqa: SLF001 - lxml has no other name for the type

# Of one element in an item; nothing is asked of the hundredth enclosure.
MAX_REPETITIONS = 50
_PAGES = frozenset({"", "text/html", "application/xhtml+xml", "html", "xhtml"})
_TEXT = frozenset({"", "text/plain", "text", "plain"})
_MARKUP = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})
_AUTHORS = ("author", "dc:creator", "dc:author", "itunes:author")
_SUMMARIES = ("description", "summary", "abstract", "dc:description", "dcterms:abstract", "itunes:summary", "media:description")
_CONTENTS = ("content:encoded", "content", "fullitem", "body", "xhtml:body")
_PUBLISHED = ("pubdate", "published", "issued", "dcterms:issued", "created", "dcterms:created", "dc:date")
_UPDATED = ("updated", "modified", "dcterms:modified", "dc:date", "lastbuilddate")
_ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
# "ann@post.example (Ann Reporter)", as RSS wants it, and the other way round. Both bounded: feedparser's own is quadratic.
_MAIL_FIRST = re.compile(r"\S{1,200}@\S{1,200}\s{1,9}\(([^()]{1,200})\)")
_NAME_FIRST = re.compile(r"([^<>()]{1,200}?)\s{0,9}[<(][^<>()\s]{1,200}@[^<>()\s]{1,200}[>)]")


def read_tree_feed(root: etree._Element, *, limit: int) -> RawFeed:
    """The first `limit` entries of a tree whose root is that of a feed."""
    names = Names()
    atom = names.of(root) == "feed"
    channel = root if atom else next(root.iter("{*}channel"), root)
    fields = _fields(channel, names)
    return RawFeed(
        title=_first_text(fields, ("title", "dc:title")),
        home=next(iter(_page_links(fields.get("link", []))), ""),
        language=_first_text(fields, ("language", "dc:language")) or channel.get(XML_LANG, "") or root.get(XML_LANG, ""),
        ttl=_first_text(fields, ("ttl",)),
        period=_first_text(fields, ("sy:updateperiod",)),
        frequency=_first_text(fields, ("sy:updatefrequency",)),
        hours=_listed(fields, "skiphours", "hour", names),
        days=_listed(fields, "skipdays", "day", names),
        archive=_archive(fields.get("link", [])),
        generator=_generator(fields),
        entries=tuple(_entry(item, names, atom=atom) for item in _items(root, names, limit)),
    )


def _items(root: etree._Element, names: Names, limit: int) -> Iterator[etree._Element]:
    """Items wherever they stand: in the channel, beside it (RSS 1.0), or outside by mistake; never one inside another."""
    found = 0
    for element in root.iter("{*}item", "{*}entry", "{*}Item"):
        parent = element.getparent()
        if names.of(element) in {"item", "entry"} and (parent is None or names.of(parent) not in {"item", "entry"}):
            found += 1
            if found > limit:
                return
            yield element


def _fields(element: etree._Element, names: Names) -> _Fields:
    """The children by name; those of a Media RSS group count as the item's own."""
    fields: _Fields = {}
    for name, child in names.children(element):
        if name == "media:group":
            for inner, grandchild in names.children(child):
                _put(fields, inner, grandchild)
        elif name != "?":
            _put(fields, name, child)
    return fields


def _put(fields: _Fields, name: str, element: etree._Element) -> None:
    found = fields.setdefault(name, [])
    if len(found) < MAX_REPETITIONS:
        found.append(element)


def _first(fields: _Fields, wanted: Iterable[str]) -> etree._Element | None:
    """The first element with anything in it, in the order of the names wanted."""
    for name in wanted:
        for element in fields.get(name, ()):
            if len(element) or (element.text and not element.text.isspace()):
                return element
    return None


def _first_text(fields: _Fields, wanted: Iterable[str]) -> str:
    return text_of(_first(fields, wanted)).strip()


def _entry(item: etree._Element, names: Names, *, atom: bool) -> RawEntry:
    fields = _fields(item, names)
    title, summary = _first(fields, ("title", "dc:title", "media:title", "itunes:title")), _first(fields, _SUMMARIES)
    content, content_is_text = _content(fields, atom=atom)
    links = fields.get("link", [])
    marked = [element for element in (content, title, summary) if element is not None]
    languages = (element.get(XML_LANG) for element in (*marked, item))
    return RawEntry(
        guid=_first_text(fields, ("guid", "id")) or item.get(_ABOUT, ""),
        links=tuple(dict.fromkeys(link for link in _links(item, fields) if link)),
        media=tuple(_media(fields, links)),
        base=item.base or "",
        title=_markup(title),
        title_is_text=atom and _is_text(title),
        author=_author(item, names),
        summary=_markup(summary),
        summary_is_text=atom and _is_text(summary),
        content=_markup(content),
        content_is_text=content_is_text,
        language=next((tag for tag in languages if tag), "") or _first_text(fields, ("dc:language", "language")),
        published=_first_text(fields, _PUBLISHED),
        updated=_first_text(fields, _UPDATED),
        images=tuple(_images(fields, links)),
    )


def _kind(element: etree._Element | None) -> str:
    return element.get("type", "").strip().lower() if element is not None else ""


def _is_text(element: etree._Element | None) -> bool:
    """Atom: text unless it says otherwise; with elements inside it is markup whatever it says."""
    return element is not None and len(element) == 0 and _kind(element) in _TEXT


def _markup(element: etree._Element | None) -> str:
    """The text of a field; of XHTML the markup inside, even when there is no element inside: "&lt;" is a character there."""
    if element is None:
        return ""
    escaped = element.get("mode") == "escaped"
    return markup_of(element) if _kind(element) in {"xhtml", "application/xhtml+xml"} and not escaped else text_of(element)


def _content(fields: _Fields, *, atom: bool) -> tuple[etree._Element | None, bool]:
    """The longest readable form, and whether it is plain text; recordings, base64 and other data are no texts."""
    readable: list[etree._Element] = []
    for name in _CONTENTS:
        for element in fields.get(name, ()):
            kind = _kind(element)
            if element.get("mode") != "base64" and (kind in _TEXT or kind in _MARKUP or kind.endswith(("/xml", "+xml"))):
                readable.append(element)
    best = max(readable, key=lambda element: len(element.text or "") + 1000 * len(element), default=None)
    return best, atom and _is_text(best)


def _address(link: etree._Element) -> str:
    """Where a link leads: Atom says it in an attribute, RSS in the text; resolved by the xml:base above it."""
    found = (link.get("href") or link.text or "").strip()
    if not found or found.startswith(("http://", "https://")):
        return found
    try:
        return urljoin(link.base or "", found)
    except ValueError:
        return ""


def _rel(link: etree._Element) -> str:
    return link.get("rel", "").strip().lower()


def _page_links(links: list[etree._Element]) -> list[str]:
    pages = [link for link in links if _rel(link) in {"", "alternate"} and not _is_recording(link)]
    pages.sort(key=lambda link: _kind(link) not in _PAGES)
    return [address for address in map(_address, pages) if address]


def _is_recording(link: etree._Element) -> bool:
    """A link that says by its type that it leads to no page."""
    kind = _kind(link)
    return bool(kind) and kind not in _PAGES and is_media(kind, "")


def _links(item: etree._Element, fields: _Fields) -> Iterator[str]:
    """The original behind feedburner, the pages, then a guid that is an address and does not deny it."""
    yield _first_text(fields, ("feedburner:origlink",))
    yield from _page_links(fields.get("link", []))
    yield item.get("href", "")
    for name in ("guid", "id"):
        for element in fields.get(name, ()):
            permalink = element.get("isPermaLink", element.get("ispermalink", "true")).strip().lower() == "true"
            if permalink and (element.text or "").strip().startswith(("http://", "https://")):
                yield (element.text or "").strip()


def _media(fields: _Fields, links: list[etree._Element]) -> Iterator[str]:
    for element in fields.get("enclosure", ()):
        url = element.get("url") or element.get("href") or ""
        if is_media(element.get("type", ""), url):
            yield url
    for link in links:
        if (_rel(link) == "enclosure" and is_media(_kind(link), _address(link))) or (
            _rel(link) in {"", "alternate"} and _is_recording(link)
        ):
            yield _address(link)
    for element in fields.get("media:content", ()):
        url = element.get("url", "")
        if is_media(element.get("type", ""), url) or element.get("medium", "").strip().lower() in {"audio", "video"}:
            yield url


def _images(fields: _Fields, links: list[etree._Element]) -> Iterator[str]:
    for element in fields.get("media:content", ()):
        if is_image(element.get("type", ""), element.get("medium", ""), element.get("url", "")):
            yield element.get("url", "")
        yield from (inner.get("url", "") for inner in element.iter("{*}thumbnail"))
    yield from (element.get("url") or (element.text or "").strip() for element in fields.get("media:thumbnail", ()))
    for element in fields.get("enclosure", ()):
        if is_image(element.get("type", ""), "", element.get("url", "")):
            yield element.get("url", "")
    yield from (_address(link) for link in links if _rel(link) == "enclosure" and is_image(_kind(link), "", _address(link)))
    for element in (*fields.get("itunes:image", ()), *fields.get("image", ())):
        yield element.get("href") or (element.findtext("{*}url") or element.text or "").strip()


def _author(item: etree._Element, names: Names) -> str:
    """Everybody named, in the order of the document."""
    found: list[str] = []
    for name, child in names.children(item):
        if name in _AUTHORS and len(found) < 20:
            inner = child.findtext("{*}name") if len(child) else child.text
            found.append(_person(inner or child.findtext("{*}email") or ""))
    return ", ".join(dict.fromkeys(name for name in found if name))


def _person(text: str) -> str:
    text = " ".join(text[:400].split())
    match = _MAIL_FIRST.fullmatch(text) or _NAME_FIRST.fullmatch(text) if "@" in text else None
    return match[1].strip(" \"'") if match else text


def _listed(fields: _Fields, name: str, inner: str, names: Names) -> tuple[str, ...]:
    return tuple(
        (child.text or "").strip() for element in fields.get(name, ()) for what, child in names.children(element) if what == inner
    )[:50]


def _archive(links: list[etree._Element]) -> str:
    """RFC 5005: the archive before this document, else the next page."""
    by_rel = {rel: _address(link) for link in reversed(links) for rel in _rel(link).split()}
    return by_rel.get("prev-archive") or by_rel.get("next") or ""


def _generator(fields: _Fields) -> str:
    return " ".join(f"{element.text or ''} {element.get('uri', '')}".strip() for element in fields.get("generator", ())[:3])
