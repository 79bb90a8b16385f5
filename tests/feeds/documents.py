"""Documents and values that the tests of this room share, and the way to the shared data."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.feeds.parse import parse_feed
from aggregator.feeds.values import DueFeed, ParsedFeed
from aggregator.ids import FeedId, OutletId
from aggregator.limits import DEFAULT_LIMITS

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
URL = "https://feeds.example.org/news/rss.xml"
SHARED = Path(__file__).parents[2].parent / "shared"


def shared(path: str) -> Path:
    """A path in the shared data; absent outside CI: the test is skipped and says so."""
    found = SHARED / path
    if not found.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{found} must be there when CI=true")
        pytest.skip(f"{found} is not there: the shared data is not part of the checkout")
    return found


def rss(items: str, channel: str = "", head: str = "") -> bytes:
    names = "".join(
        f' xmlns:{prefix}="{name}"'
        for prefix, name in (
            ("content", "http://purl.org/rss/1.0/modules/content/"),
            ("dc", "http://purl.org/dc/elements/1.1/"),
            ("media", "http://search.yahoo.com/mrss/"),
            ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"),
            ("sy", "http://purl.org/rss/1.0/modules/syndication/"),
        )
    )
    frame = f"<title>The Harbour Post</title><link>https://example.org/</link><language>en</language>{channel}"
    return f'{head}<rss version="2.0"{names}><channel>{frame}{items}</channel></rss>'.encode()


def item(number: int = 1, extra: str = "", *, title: str = "", link: str = "", guid: str = "") -> str:
    return (
        f"<item><title>{title or f'Ferry {number} runs again'}</title>"
        f"<link>{link or f'https://example.org/news/ferry-{number}'}</link>"
        f"<guid isPermaLink='false'>{guid or f'post-{number}'}</guid>{extra}</item>"
    )


def atom(entries: str, attributes: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>The Harbour Post</title>'
        f'<link href="https://example.org/"/>{entries}</feed>'
    ).encode()


def parsed(body: bytes, *, url: str = URL, content_type: str = "application/xml") -> ParsedFeed:
    return parse_feed(body, url=url, content_type=content_type, now=NOW, limits=DEFAULT_LIMITS)


def due(**changes: object) -> DueFeed:
    values: dict[str, object] = {
        "id": FeedId(7),
        "outlet_id": OutletId(3),
        "url": URL,
        "interval": timedelta(minutes=20),
        "first_polled_at": NOW - timedelta(days=30),
        "lease_token": "mine",
    }
    return DueFeed(**(values | changes))  # type: ignore[arg-type]
