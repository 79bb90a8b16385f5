"""Feed documents as the tests need them, written by hand: small, and with one thing odd in each."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

RSS = "application/rss+xml; charset=utf-8"


def item(
    title: str = "",
    link: str = "",
    guid: str = "",
    *,
    permalink: bool | None = None,
    date: datetime | str | None = None,
    text: str = "",
    more: str = "",
) -> str:
    """An `<item>`; what is empty is left out. `permalink` None: the attribute is not printed."""
    when = format_datetime(date) if isinstance(date, datetime) else date
    attribute = "" if permalink is None else f" isPermaLink='{str(permalink).lower()}'"
    parts = (
        f"<title>{escape(title)}</title>" if title else "",
        f"<link>{escape(link)}</link>" if link else "",
        f"<guid{attribute}>{escape(guid)}</guid>" if guid else "",
        f"<pubDate>{when}</pubDate>" if when is not None else "",
        f"<description>{escape(text)}</description>" if text else "",
        more,
    )
    return f"<item>{''.join(parts)}</item>\n"


def rss(*items: str, head: str = "", home: str = "http://herald.example/", encoding: str = "utf-8", base: str = "") -> bytes:
    """An RSS 2.0 document; `head` goes into the channel."""
    spaces = (
        "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' "
        "xmlns:atom='http://www.w3.org/2005/Atom' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' "
        "xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0' "
        "xmlns:fh='http://purl.org/syndication/history/1.0'"
    )
    text = (
        f"<?xml version='1.0' encoding='{encoding}'?>\n<rss version='2.0' {spaces}{f' xml:base={base!r}' if base else ''}>"
        f"<channel><title>Herald</title><link>{home}</link><description>News</description>{head}\n{''.join(items)}</channel></rss>"
    )
    return text.encode(encoding, "xmlcharrefreplace")


def entry(title: str, links: str, guid: str, *, date: datetime, text: str = "", base: str = "") -> str:
    """An Atom `<entry>`; `links` is markup."""
    return (
        f"<entry{f' xml:base={base!r}' if base else ''}><title>{escape(title)}</title>{links}<id>{escape(guid)}</id>"
        f"<updated>{date.isoformat()}</updated><published>{date.isoformat()}</published><summary>{escape(text)}</summary></entry>\n"
    )


def atom(*entries: str, head: str = "") -> bytes:
    text = (
        "<?xml version='1.0' encoding='utf-8'?>\n<feed xmlns='http://www.w3.org/2005/Atom'><title>Herald</title>"
        f"<id>tag:herald.example,2026:feed</id><updated>2026-03-01T00:00:00Z</updated>{head}\n{''.join(entries)}</feed>"
    )
    return text.encode()


def json_feed(items: Iterable[dict[str, str]]) -> bytes:
    frame = {"version": "https://jsonfeed.org/version/1.1", "title": "Herald", "home_page_url": "http://herald.example/"}
    return json.dumps({**frame, "items": list(items)}).encode()


def numbered(
    base: str, numbers: Sequence[int], *, date: datetime | None = None, guids: str = "", title: str = "Item"
) -> list[str]:
    """An item for each number, all of one date, with its number in title, link and guid."""
    return [
        item(f"{title} {number}", f"{base}/story/{number}", f"{guids or base}/story/{number}", date=date, text=f"Text {number}.")
        for number in numbers
    ]
