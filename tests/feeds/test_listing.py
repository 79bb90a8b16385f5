"""Pages that list articles, read as feeds: which links are articles, what their titles are, and that no page can hold us up."""

import time
from dataclasses import replace

import pytest

from aggregator.errors import NotAFeedError
from aggregator.feeds.listing import is_article_address
from aggregator.feeds.parse import parse_feed
from aggregator.feeds.values import FeedKind, ParsedFeed
from aggregator.limits import DEFAULT_LIMITS
from aggregator.reasons import Reason
from tests.feeds.documents import NOW

URL = "https://www.herald.example/news/"


def read(page: str, url: str = URL, limit: int = 2000) -> ParsedFeed:
    limits = replace(DEFAULT_LIMITS, feed_entries=limit)
    return parse_feed(page.encode(), url=url, content_type="text/html", kind=FeedKind.LISTING, now=NOW, limits=limits)


def found(page: str, url: str = URL) -> list[tuple[str, str]]:
    return [(entry.link, entry.title) for entry in read(page, url).entries]


ENGLISH = """<!doctype html><html lang="en-GB"><head><title>News &amp; views - The Herald</title></head><body>
<nav><a href="/news/all-the-latest-news-here">All the latest news from here</a></nav>
<header><a href="/">The Herald, since 1871</a></header>
<article><a href="/news/ferry-runs-again-after-storm"><img src="f.jpg"></a>
  <h2><a href="/news/ferry-runs-again-after-storm?utm_source=home">Ferry runs again after the storm</a></h2>
  <a href="/author/ann-reporter-of-the-herald">Ann Reporter of the Herald</a>
  <a href="/news/ferry-runs-again-after-storm#comments">12 comments</a></article>
<article><a href="https://herald.example/2026/03/02/bridge"><div><span>Politics</span><h3>Bridge to be <em>rebuilt</em> next year</h3>
  <p>The council decided on Monday, after a debate of nine hours, that the old bridge is to be rebuilt.</p></div></a></article>
<a href="/tag/ferries-and-other-boats-too">Ferries and other boats</a>
<a href="https://facebook.example/sharer?u=https://www.herald.example/news/ferry-runs-again-after-storm">Share this on social media</a>
<a href="/login?next=/news/ferry-runs-again-after-storm">Log in to read the whole story</a>
<a href="/gallery/storm-in-pictures-of-readers.jpg">The storm in pictures of readers</a>
<a href="mailto:desk@herald.example">Write to the desk of the Herald</a>
<a href="/news/short-title-of-a-story">Too short</a>
<!-- <a href="/news/hidden-in-a-comment-here">Hidden in a comment of the page</a> -->
<script>var x = '<a href="/news/made-by-a-script-here">Made by a script on the page</a>'</script>
<footer><a href="/2019/01/01/terms-of-our-service">Terms and conditions of service</a></footer></body></html>"""


def test_articles_of_a_page_in_its_order_with_their_headlines() -> None:
    feed = read(ENGLISH)
    assert (feed.title, feed.language) == ("News & views - The Herald", "en-gb")
    assert [(entry.link, entry.title) for entry in feed.entries] == [
        ("https://www.herald.example/news/ferry-runs-again-after-storm", "Ferry runs again after the storm"),
        ("https://herald.example/2026/03/02/bridge", "Bridge to be rebuilt next year"),
    ]
    assert all(entry.keys and entry.published_at is None and not entry.is_media for entry in feed.entries)


RUSSIAN = """<html lang=ru><body><ul class=lenta>
<li><a class="item" href=/politics/02/03/2026/69a5f1.shtml>Мост через залив построят заново</a>
<li><a href='https://vesti.example/obshchestvo/1234567-parom-snova-hodit'><b>Паром снова ходит</b>
после шторма</a>
<li><a href="/rubric/ekonomika-i-finansy-strany">Экономика и финансы страны</a>
</ul></body>"""
CHINESE = """<html lang="zh-CN"><div class="list"><a href="/a/20260302/c20260302_1.html">渡轮在风暴过后恢复通航</a>
<a href="/node_4711.htm">要闻</a><a href="/a/20260302/c20260302_2.html" title="x">市议会决定重建旧桥</a></div>"""
GERMAN = """<table><tr><td><a href="artikel.php?id=48213">Fähre fährt wieder nach dem Sturm</a></td></tr>
<tr><td><a href="/lokales/bruecke-wird-neu-gebaut-4711.html"
   onclick="go('>')">Brücke über den Hafen wird neu gebaut</a></td></tr></table>"""
ARABIC = """<html dir=rtl lang="ar"><a href="/news/2026/3/2/%D8%A7%D9%84%D8%B9%D8%A8%D8%A7%D8%B1%D8%A9-%D8%AA%D8%B9%D9%85%D9%84">
<h3 class="t">العبارة تعمل مجددا بعد العاصفة</h3></a>"""


@pytest.mark.parametrize(
    ("page", "url", "expected"),
    [
        (
            RUSSIAN,
            "https://vesti.example/",
            [
                ("https://vesti.example/politics/02/03/2026/69a5f1.shtml", "Мост через залив построят заново"),
                ("https://vesti.example/obshchestvo/1234567-parom-snova-hodit", "Паром снова ходит после шторма"),
            ],
        ),
        (
            CHINESE,
            "https://www.ribao.example/",
            [
                ("https://www.ribao.example/a/20260302/c20260302_1.html", "渡轮在风暴过后恢复通航"),
                ("https://www.ribao.example/a/20260302/c20260302_2.html", "市议会决定重建旧桥"),
            ],
        ),
        (
            GERMAN,
            "https://bote.example/lokales/index.php",
            [
                ("https://bote.example/lokales/artikel.php?id=48213", "Fähre fährt wieder nach dem Sturm"),
                ("https://bote.example/lokales/bruecke-wird-neu-gebaut-4711.html", "Brücke über den Hafen wird neu gebaut"),
            ],
        ),
        (
            ARABIC,
            "https://sahifa.example/",
            [
                (
                    "https://sahifa.example/news/2026/3/2/%D8%A7%D9%84%D8%B9%D8%A8%D8%A7%D8%B1%D8%A9-%D8%AA%D8%B9%D9%85%D9%84",
                    "العبارة تعمل مجددا بعد العاصفة",
                )
            ],
        ),
    ],
)
def test_pages_of_other_shapes_and_languages(page: str, url: str, expected: list[tuple[str, str]]) -> None:
    assert found(page, url) == expected


@pytest.mark.parametrize(("codec", "name"), [("gbk", "gb2312"), ("gb18030", "gb18030"), ("utf-8", "utf-8")])
def test_encoding_that_the_page_declares(codec: str, name: str) -> None:
    body = CHINESE.replace('<div class="list">', f'<head><meta charset="{name}"></head><div>').encode(codec)
    url = "https://www.ribao.example/"
    feed = parse_feed(body, url=url, content_type="text/html", kind=FeedKind.LISTING, now=NOW, limits=DEFAULT_LIMITS)
    assert feed.entries[0].title == "渡轮在风暴过后恢复通航"


def test_base_of_the_page_counts() -> None:
    page = '<base href="https://www.herald.example/archive/"><a href="ferry-runs-again-after-storm">Ferry runs again after</a>'
    assert found(page)[0][0] == "https://www.herald.example/archive/ferry-runs-again-after-storm"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/2026/03/02/bridge", True),
        ("https://x.example/2026/03/02/", False),
        ("https://x.example/2026/mar/02/bridge-rebuilt", True),
        ("https://x.example/news/2026-03-02-bridge", True),
        ("https://x.example/20260302/bridge", True),
        ("https://x.example/ferry-runs-again-now", True),
        ("https://x.example/ferry_runs_again_now/", True),
        ("https://x.example/world-news", False),
        ("https://x.example/news/123456", True),
        ("https://x.example/news/1234", False),
        ("https://x.example/?p=48213", True),
        ("https://x.example/index.php?id=482", True),
        ("https://x.example/sport/bridge-rebuilt.html", False),
        ("https://x.example/sport/bridge-is-rebuilt.html", True),
        ("https://x.example/index.html", False),
        ("https://x.example/", False),
        ("https://x.example/sections/harbour/2026/03/02/bridge-rebuilt", True),
        ("https://x.example/topic/harbour/ferry-and-bridge-news-here", False),
        ("https://x.example/02/03/2026/bridge.shtml", True),
        ("https://x.example/tag/ferry-runs-again-now", False),
        ("https://x.example/author/ann-the-reporter-of-x", False),
        ("https://x.example/files/report-of-the-council-2026.pdf", False),
    ],
)
def test_address_of_an_article(url: str, expected: bool) -> None:
    assert is_article_address(url) is expected


@pytest.mark.parametrize(
    "page",
    [
        '<!doctype html><html><body><div id="root"></div><script src="/app.js"></script></body></html>',
        "<html><body><a href='/about'>About the Herald and its history</a></body></html>",
        '<html><a href="https://other.example/ferry-runs-again-after-storm">Ferry runs again after the storm</a></html>',
    ],
)
def test_pages_without_article_links_are_refused_in_plain_words(page: str) -> None:
    with pytest.raises(NotAFeedError) as caught:
        read(page)
    assert caught.value.reason is Reason.NOT_A_FEED
    assert "no links to articles" in caught.value.detail


def test_web_page_is_no_feed_unless_a_listing_was_asked_for() -> None:
    with pytest.raises(NotAFeedError) as caught:
        parse_feed(ENGLISH.encode(), url=URL, now=NOW, limits=DEFAULT_LIMITS)
    assert caught.value.detail == "the document is a web page"


def test_at_most_three_hundred_and_never_more_than_the_limit() -> None:
    page = "<html>" + "".join(f'<a href="/news/{n:06}">Ferry number {n} runs again</a>' for n in range(1000))
    assert len(read(page).entries) == 300
    assert len(read(page, limit=7).entries) == 7


def test_same_page_twice_is_the_same_feed() -> None:
    assert read(ENGLISH).fingerprint == read(ENGLISH).fingerprint


LINK = '<a href="/news/ferry-runs-again-after-storm">Ferry runs again after the storm</a>'
SLOW = [
    ("100,000 attributes", "<a " + " ".join(f'a{n}="1"' for n in range(100_000)) + ' href="/x">'),
    ("open anchors", "<a href='" * 600_000),
    ("anchors never closed", '<a href="/news/ferry-runs-again-after-storm">' * 100_000),
    ("100,000 nested", "<div>" * 100_000),
    ("4 MB of <", "<" * 4_000_000),
    ("open comments", "<!--" * 1_000_000),
    ("open scripts", "<script" * 600_000),
    ("navigations", "<navigation>" * 300_000),
    ("headings", "<a href=/1234567>" + "<h1>" * 300_000),
    ("one long address", f'<a href="/{"a-" * 1_000_000}">x</a>'),
    ("quotes", "<a " + '"' * 3_000_000),
    ("blanks", "<a" + " " * 3_000_000 + "href"),
    ("entities", f'<a href="/1234567{"&amp;" * 800}">' * 1000),
    ("100,000 articles", "".join(f'<a href="/news/{n:06}">Ferry number {n} runs again</a>' for n in range(100_000))),
]


@pytest.mark.parametrize("attack", [row[1] for row in SLOW], ids=[row[0] for row in SLOW])
def test_no_page_holds_us_up(attack: str) -> None:
    began = time.process_time()
    entries = read(f"<html>{LINK}{attack}").entries
    assert entries[0].title == "Ferry runs again after the storm"
    assert time.process_time() - began < 6
