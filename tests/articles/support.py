"""Small pages for the tests of this room."""

from datetime import UTC, datetime

from aggregator.articles.extract import extract_page
from aggregator.limits import DEFAULT_LIMITS

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
URL = "https://www.example.org/2026/03/04/bridge-over-the-river"
PARAGRAPH = (
    "The new bridge over the river was opened to traffic on Wednesday morning, two years later than planned, the city said. "
    "Some four thousand vehicles crossed it before noon, according to the counters on both ramps."
)


def page(body, *, head="", headline="Bridge Opens to Traffic"):
    return (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{headline}</title>{head}</head>"
        f"<body><article><h1>{headline}</h1>{body}</article></body></html>"
    ).encode()


def read(html, *, feed=None, content_type="text/html", url=URL):
    return extract_page(html, url=url, content_type=content_type, feed=feed, now=NOW, limits=DEFAULT_LIMITS)
