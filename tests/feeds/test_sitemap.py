"""Sitemaps read as feeds, and what is refused of them."""

import gzip
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.errors import NotAFeedError
from aggregator.feeds.job import decode_parsed, encode_header, parse_job
from aggregator.feeds.parse import parse_feed
from aggregator.feeds.values import FeedKind, ParsedFeed
from aggregator.limits import DEFAULT_LIMITS
from aggregator.reasons import Reason
from tests.feeds.documents import NOW

URL = "https://herald.example/sitemap_news.xml"
NAMES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def urlset(pages: str, names: str = NAMES, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f"{head}<urlset {names}>{pages}</urlset>".encode()


def index(*children: tuple[str, str]) -> bytes:
    inner = "".join(f"<sitemap><loc>{loc}</loc>{when and f'<lastmod>{when}</lastmod>'}</sitemap>" for loc, when in children)
    return f"<sitemapindex {NAMES}>{inner}</sitemapindex>".encode()


def page(number: int, *, title: str = "", published: str = "2026-03-01T08:00:00+03:00", extra: str = "") -> str:
    return (
        f"<url><loc>https://herald.example/news/{number}</loc><news:news><news:publication><news:name>The Herald</news:name>"
        f"<news:language>en</news:language></news:publication><news:publication_date>{published}</news:publication_date>"
        f"<news:title>{title or f'Ferry {number} runs again'}</news:title></news:news>{extra}</url>"
    )


def read(body: bytes, kind: FeedKind = FeedKind.FEED, limit: int = 2000) -> ParsedFeed:
    return parse_feed(body, url=URL, kind=kind, now=NOW, limits=replace(DEFAULT_LIMITS, feed_entries=limit))


def refused(body: bytes, kind: FeedKind = FeedKind.FEED) -> NotAFeedError:
    with pytest.raises(NotAFeedError) as caught:
        read(body, kind)
    return caught.value


@pytest.mark.parametrize("kind", list(FeedKind))
def test_news_sitemap_is_a_feed_whatever_was_expected(kind: FeedKind) -> None:
    extra = (
        "<lastmod>2026-03-01T09:00:00Z</lastmod><image:image><image:loc>https://herald.example/f.jpg</image:loc></image:image>"
    )
    feed = read(urlset(page(1, title="Ferry &amp; bus", extra=extra)), kind)
    entry = feed.entries[0]
    assert feed.title == "The Herald"
    assert (entry.link, entry.title, entry.language) == ("https://herald.example/news/1", "Ferry & bus", "en")
    assert entry.published_at == datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
    assert entry.updated_at == datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    assert entry.image_url == "https://herald.example/f.jpg"
    assert entry.keys


def test_newest_entries_first_and_no_more_than_the_limit() -> None:
    days = [3, 27, 14, 1, 20]
    pages = "".join(page(day, published=f"2026-02-{day:02}") for day in days)
    assert [entry.link[-2:].strip("/") for entry in read(urlset(pages), limit=3).entries] == ["27", "20", "14"]


def test_pages_without_news_beside_news_are_left_out() -> None:
    feed = read(urlset("<url><loc>https://herald.example/about</loc></url>" + page(1)))
    assert [entry.link for entry in feed.entries] == ["https://herald.example/news/1"]


def test_plain_sitemap_is_read_only_when_it_was_asked_for() -> None:
    """Its entries have no title: the page has one, and one made of the address would be matched as if it had been printed."""
    body = urlset("<url><loc>https://herald.example/a</loc><lastmod>2026-03-01</lastmod></url><url><loc>/b</loc></url>")
    assert refused(body).reason is Reason.NOT_A_FEED
    feed = read(body, FeedKind.SITEMAP)
    assert [(entry.link, entry.title) for entry in feed.entries] == [
        ("https://herald.example/a", ""),
        ("https://herald.example/b", ""),
    ]
    assert feed.entries[0].published_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_one_time_stamp_for_all_pages_of_a_plain_sitemap_says_nothing() -> None:
    """Otherwise every page would count as changed whenever the sitemap is generated."""
    pages = [urlset("".join(f"<url><loc>/{n}</loc><lastmod>2026-03-0{day}</lastmod></url>" for n in range(5))) for day in (1, 2)]
    assert read(pages[0], FeedKind.SITEMAP).fingerprint == read(pages[1], FeedKind.SITEMAP).fingerprint


def test_index_gives_children_news_first_then_newest() -> None:
    feed = read(
        index(
            ("https://herald.example/pages.xml", "2026-02-28"),
            ("https://herald.example/posts-2025-12.xml", ""),
            ("/posts-2026-02.xml", ""),
            ("https://herald.example/news-old.xml", "2026-02-01"),
            ("https://herald.example/news.xml.gz", "2026-03-01"),
            ("javascript:alert(1)", "2026-03-01"),
        )
    )
    assert feed.entries == ()
    assert feed.children == (
        "https://herald.example/news.xml.gz",
        "https://herald.example/news-old.xml",
        "https://herald.example/pages.xml",
        "https://herald.example/posts-2026-02.xml",
        "https://herald.example/posts-2025-12.xml",
    )


def test_index_gives_at_most_fifty_children() -> None:
    assert len(read(index(*((f"https://herald.example/{n}.xml", "") for n in range(5000)))).children) == 50


@pytest.mark.parametrize(
    "names",
    [
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"',
        'xmlns="http://www.google.com/schemas/sitemap/0.84" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"',
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"',
    ],
)
def test_names_that_are_declared_otherwise_or_not_at_all(names: str) -> None:
    assert read(urlset(page(1), names)).entries[0].title == "Ferry 1 runs again"


@pytest.mark.parametrize("defect", ["&nbsp;", "AT&T", "\x0c", "<b>", "é".encode("latin-1").decode("latin-1")])
def test_defects_do_not_cost_the_sitemap(defect: str) -> None:
    body = urlset(page(1) + page(2, title=f"Ferry {defect} two") + page(3))
    assert {entry.link for entry in read(body).entries} >= {"https://herald.example/news/1"}


def test_sitemap_packed_twice_is_unfolded_within_the_cap() -> None:
    """The HTTP door unfolds one layer; a `.gz` file sent with gzip encoding has two."""
    body = urlset(page(1))
    assert read(gzip.compress(body)) == read(body)
    small = replace(DEFAULT_LIMITS, feed_decoded=1_000_000)
    with pytest.raises(NotAFeedError) as caught:
        parse_feed(gzip.compress(b"\0" * 20_000_000), url=URL, now=NOW, limits=small)
    assert caught.value.reason is Reason.HOSTILE


@pytest.mark.parametrize(
    "body", [b"\x1f\x8b", b"\x1f\x8bnonsense", gzip.compress(urlset(page(1)), mtime=0)[:40], gzip.compress(b"", mtime=0)]
)
def test_broken_gzip_is_refused_by_name(body: bytes) -> None:
    assert refused(body).reason in {Reason.NOT_A_FEED, Reason.EMPTY}


def test_two_thousand_of_fifty_thousand_in_bounded_time() -> None:
    start = datetime(2026, 2, 1, tzinfo=UTC)
    pages = "".join(
        f"<url><loc>https://herald.example/{n}</loc><lastmod>{(start + timedelta(minutes=n % 997)).isoformat()}</lastmod></url>"
        for n in range(50_000)
    )
    began = time.process_time()
    assert len(read(urlset(pages), FeedKind.SITEMAP).entries) == 2000
    assert time.process_time() - began < 8


LAUGHS = '<!DOCTYPE r [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)) + "]>"
HOSTILE = [
    ("billion laughs", urlset("<url><loc>&a9;</loc></url>", head=LAUGHS)),
    ("100,000 attributes", urlset("<url " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>")),
    ("300 attributes", urlset("<url " + " ".join(f'a{n}="1"' for n in range(300)) + "/>")),
    ("100,000 nested", urlset("<url>" * 100_000)),
    ("2 MB of <", urlset("<" * 2_000_000)),
    ("2 MB of &", urlset("&" * 2_000_000)),
    ("utf-7", urlset("+ADw-url+AD4-", head='<?xml version="1.0" encoding="utf-7"?>')),
    ("an external entity", urlset("<url><loc>&x;</loc></url>", head='<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>')),
    ("nothing in it", urlset("")),
]


@pytest.mark.parametrize("body", [row[1] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_sitemaps_are_refused_soon(body: bytes) -> None:
    began = time.process_time()
    assert refused(body).reason in {Reason.HOSTILE, Reason.NOT_A_FEED}
    assert time.process_time() - began < 5


def test_kind_goes_through_the_worker() -> None:
    body = urlset("<url><loc>https://herald.example/a</loc></url>")
    header = encode_header(url=URL, content_type="", kind=FeedKind.SITEMAP, now=NOW)
    assert decode_parsed(parse_job(header, body)) == read(body, FeedKind.SITEMAP)
