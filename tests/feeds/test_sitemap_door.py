"""A gzip sitemap through the HTTP door: however it is labelled, its entries arrive."""

import gzip
from datetime import timedelta

import pytest

from aggregator.clock import ManualClock
from aggregator.feeds.parse import parse_feed
from aggregator.limits import DEFAULT_LIMITS, Limits
from aggregator.net.http import HttpDoor
from aggregator.net.values import Request
from tests.feeds.documents import NOW
from tests.feeds.test_sitemap import page, urlset
from tests.newspaper import Behaviour, Newspaper

BODY = urlset(page(1) + page(2))
PACKED = gzip.compress(BODY)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((("Content-Type", "application/x-gzip"),), PACKED),
        ((("Content-Type", "application/xml"), ("Content-Encoding", "gzip")), PACKED),
        ((("Content-Type", "application/gzip"), ("Content-Encoding", "gzip")), gzip.compress(PACKED)),
        ((("Content-Type", "text/plain"),), BODY),
    ],
    ids=["as a file", "as an encoding", "as both", "not at all"],
)
async def test_p61_gzip_sitemap_arrives_however_it_is_labelled(
    newspaper: Newspaper, headers: tuple[tuple[str, str], ...], body: bytes
) -> None:
    outlet = newspaper.outlet("herald.example")
    outlet.script("/news.xml.gz", Behaviour(headers=headers, body=body))
    async with HttpDoor(newspaper.fetch_settings(), Limits(), clock=ManualClock(NOW)) as door:
        request = Request(url=outlet.url("/news.xml.gz"), raw_cap=1 << 20, decoded_cap=1 << 20, deadline=timedelta(seconds=5))
        response = await door.get(request)
    feed = parse_feed(
        response.body, url=response.final_url, content_type=response.header("content-type") or "", now=NOW, limits=DEFAULT_LIMITS
    )
    assert [entry.title for entry in feed.entries] == ["Ferry 1 runs again", "Ferry 2 runs again"]
