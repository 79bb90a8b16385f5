"""JSON Feed 1.0 and 1.1 (feedparser reads none): the document becomes the same raw items that XML feeds give."""

from typing import Any

import msgspec

from aggregator.errors import NotAFeedError
from aggregator.feeds.media import is_media
from aggregator.feeds.raw import RawEntry, RawFeed
from aggregator.reasons import Reason


def looks_like_json(text: str) -> bool:
    return text.startswith("{")


def read_json_feed(text: str, *, limit: int) -> RawFeed:
    """The first `limit` items. Raises NotAFeedError when it is no JSON, or JSON that is no feed."""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise NotAFeedError(Reason.NOT_A_FEED, f"it begins like JSON but cannot be read: {error}") from error
    items = document.get("items")
    if not isinstance(items, list) or not ("jsonfeed" in _text(document, "version") or _text(document, "title")):
        raise NotAFeedError(Reason.NOT_A_FEED, "it is JSON, but no JSON Feed: version and items are missing")
    return RawFeed(
        title=_text(document, "title"),
        home=_text(document, "home_page_url"),
        language=_text(document, "language"),
        archive=_text(document, "next_url"),
        entries=tuple(_entry(item) for item in items[:limit] if isinstance(item, dict)),
    )


def _entry(item: dict[str, Any]) -> RawEntry:
    html = _text(item, "content_html")
    return RawEntry(
        guid=_text(item, "id"),
        links=tuple(link for link in (_text(item, "url"), _text(item, "external_url")) if link),
        media=_media(item),
        title=_text(item, "title"),
        author=_authors(item),
        summary=_text(item, "summary"),
        summary_is_text=True,
        content=html or _text(item, "content_text"),
        content_is_text=not html,
        language=_text(item, "language"),
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        images=tuple(url for url in (_text(item, "image"), _text(item, "banner_image")) if url),
    )


def _media(item: dict[str, Any]) -> tuple[str, ...]:
    listed = item.get("attachments")
    files = [file for file in listed[:20] if isinstance(file, dict)] if isinstance(listed, list) else []
    return tuple(_text(file, "url") for file in files if is_media(_text(file, "mime_type"), _text(file, "url")))


def _text(value: dict[str, Any], key: str) -> str:
    """Strings, and numbers where a careless generator writes an id as one."""
    found = value.get(key)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found)


def _authors(item: dict[str, Any]) -> str:
    people = item.get("authors") or item.get("author") or ()
    people = people if isinstance(people, list) else [people]
    names = (_text(person, "name") if isinstance(person, dict) else "" for person in people[:20])
    return ", ".join(name for name in names if name)
