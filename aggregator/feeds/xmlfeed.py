"""RSS and Atom that is not well-formed, through feedparser: the only file that knows its dictionaries."""

import io
import re
from typing import Any, Final

import feedparser
from feedparser.api import PREFERRED_XML_PARSERS

from aggregator.errors import NotAFeedError
from aggregator.feeds import guard
from aggregator.feeds.media import is_image, is_media
from aggregator.feeds.raw import RawEntry, RawFeed
from aggregator.feeds.sax import HostileXmlError
from aggregator.reasons import Reason

# feedparser asks for its XML driver by module name; ours is faster and has limits.
DRIVER: Final = "aggregator.feeds.sax"
if DRIVER not in PREFERRED_XML_PARSERS:
    PREFERRED_XML_PARSERS.insert(0, DRIVER)

_PAGES = frozenset({"", "text/html", "application/xhtml+xml", "html", "xhtml"})
_TEXT = frozenset({"text/plain", "text", "plain"})
_NOT_CLOSED = re.compile(r"<link>\s*</link>|<link\s*/>", re.IGNORECASE)


def read_xml_feed(text: str, *, limit: int) -> RawFeed:
    """The first `limit` entries of a document that passed the guard. Raises NotAFeedError and nothing else.

    feedparser's "bozo" is not failure: 5 % of real feeds are broken somewhere and read well. Addresses stay as printed.
    """
    guard.check_tags(text)
    # It takes an empty <link/> for the item's link, and the permalink guid is lost.
    text = _NOT_CLOSED.sub("", guard.mended(text))
    try:
        # BytesIO: feedparser would open bytes as the name of a file.
        document = feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except HostileXmlError as error:
        raise NotAFeedError(Reason.HOSTILE, str(error)) from error
    except Exception as error:  # whatever hostile bytes make of a tolerant parser
        raise NotAFeedError(Reason.NOT_A_FEED, f"the document cannot be read ({type(error).__name__})") from error
    entries, feed = document["entries"], document["feed"]
    if not entries and (document.get("bozo") or not document.get("version")):
        # Taken for an empty feed, its validators would be kept, and the rest of a cut document never be asked for.
        raise NotAFeedError(Reason.NOT_A_FEED, "the document breaks off or is broken before its first entry")
    return RawFeed(
        title=_text(feed, "title"),
        home=_home(feed),
        language=_text(feed, "language"),
        ttl=_text(feed, "ttl"),
        period=_text(feed, "sy_updateperiod"),
        frequency=_text(feed, "sy_updatefrequency"),
        archive=_archive(feed),
        generator=_text(feed, "generator"),
        entries=tuple(_entry(entry, atom=str(document.get("version", "")).startswith("atom")) for entry in entries[:limit]),
    )


def _text(value: Any, key: str) -> str:
    """`dict.get`, because feedparser's own falls back from one date to another and warns."""
    found = dict.get(value, key)
    return found if isinstance(found, str) else ""


def _all(value: Any, key: str) -> list[Any]:
    found = dict.get(value, key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _home(feed: Any) -> str:
    return next(iter(_page_links(feed)), "") or _text(feed, "link")


def _entry(entry: Any, *, atom: bool) -> RawEntry:
    title, summary, content = dict.get(entry, "title_detail") or {}, dict.get(entry, "summary_detail") or {}, _content(entry)
    return RawEntry(
        guid=_text(entry, "id"),
        links=_links(entry),
        media=_media(entry),
        base=_text(title, "base") or _text(summary, "base") or _text(content, "base"),
        title=_text(entry, "title"),
        title_is_text=atom and _text(title, "type") in _TEXT,
        author=_author(entry),
        summary=_text(entry, "summary"),
        summary_is_text=atom and _text(summary, "type") in _TEXT,
        content=_text(content, "value"),
        content_is_text=atom and _text(content, "type") in _TEXT,
        language=_text(content, "language") or _text(title, "language") or _text(summary, "language"),
        published=_text(entry, "published") or _text(entry, "created"),
        updated=_text(entry, "updated"),
        images=_images(entry),
    )


def _content(entry: Any) -> Any:
    """The longest readable form; media captions and plain alternatives stand beside it."""
    readable = [item for item in _all(entry, "content") if not _text(item, "type").startswith(("image/", "audio/", "video/"))]
    return max(readable, key=lambda item: len(_text(item, "value")), default={})


def _page_links(value: Any) -> list[str]:
    links = [link for link in _all(value, "links") if _text(link, "rel") in {"", "alternate"} and not _is_recording(link)]
    links.sort(key=lambda link: _text(link, "type").lower() not in _PAGES)
    return [address for link in links if (address := _text(link, "href").strip())]


def _is_recording(link: Any) -> bool:
    """A link that says by its type that it leads to no page."""
    kind = _text(link, "type").lower()
    return kind not in _PAGES and is_media(kind, "")


def _media(entry: Any) -> tuple[str, ...]:
    found = [
        _text(link, "href")
        for link in _all(entry, "links")
        if (_text(link, "rel") == "enclosure" and is_media(_text(link, "type"), _text(link, "href")))
        or (_text(link, "rel") in {"", "alternate"} and _is_recording(link))
    ]
    found += [
        _text(item, "url")
        for item in _all(entry, "media_content")
        if is_media(_text(item, "type"), _text(item, "url")) or _text(item, "medium").lower() in {"audio", "video"}
    ]
    return tuple(found)


def _archive(feed: Any) -> str:
    by_rel = {_text(link, "rel"): _text(link, "href") for link in reversed(_all(feed, "links"))}
    return by_rel.get("prev-archive") or by_rel.get("next") or ""


def _links(entry: Any) -> tuple[str, ...]:
    """The original behind feedburner first, then alternates, then a guid that is a permalink (feedparser makes it "link")."""
    # feedparser gives a guid with isPermaLink="false" never as link; self, enclosure and replies are left out by rel.
    permalink = _text(entry, "link") if dict.get(entry, "guidislink") else ""
    permalink = permalink if permalink.startswith(("http://", "https://")) else ""
    found = [_text(entry, "feedburner_origlink"), *_page_links(entry), permalink]
    return tuple(dict.fromkeys(link for link in found if link.strip()))


def _author(entry: Any) -> str:
    names = [_text(author, "name") for author in _all(entry, "authors")[:20]]
    return ", ".join(dict.fromkeys(name for name in names if name)) or _text(entry, "author")


def _images(entry: Any) -> tuple[str, ...]:
    media = [item for item in _all(entry, "media_content") if _is_image(item)]
    enclosures = [link for link in _all(entry, "links") if _text(link, "rel") == "enclosure" and _is_image(link)]
    found = [_text(item, "url") for item in (*media, *_all(entry, "media_thumbnail"))]
    found += [_text(link, "href") for link in enclosures]
    found.append(_text(dict.get(entry, "image") or {}, "href"))
    return tuple(url for url in found if url)


def _is_image(item: Any) -> bool:
    return is_image(_text(item, "type"), _text(item, "medium"), _text(item, "url") or _text(item, "href"))
