"""From a page to the addresses of its feeds: in order, without comment feeds, and in bounded time whatever the page is."""

import time

import pytest

from aggregator.feeds.cluejob import clue_job, decode_clues, encode_order
from aggregator.feeds.discover import Source, is_comments, may_list_feeds, outlet_name, page_clues
from aggregator.feeds.sites import guesses, known_site, known_software, sitemaps
from aggregator.limits import DEFAULT_LIMITS

URL = "https://www.herald.example/"
RSS = "type='application/rss+xml'"


def clues(page: str | bytes, url: str = URL, **more):
    body = page if isinstance(page, bytes) else page.encode()
    return page_clues(body, url=url, limits=DEFAULT_LIMITS, **more)


def urls(page: str | bytes, url: str = URL, **more) -> list[str]:
    return [clue.url for clue in clues(page, url, **more).clues]


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        (f"<link rel=alternate {RSS} href=/rss>", "https://www.herald.example/rss"),
        ("<LINK REL='ALTERNATE' TYPE='Application/RSS+XML; charset=utf-8' HREF='/rss'>", "https://www.herald.example/rss"),
        (
            "<link rel='home alternate' type='application/atom+xml' href='//feeds.herald.example/a'/>",
            "https://feeds.herald.example/a",
        ),
        ("<link rel='alternate' type='application/feed+json' href='feed.json'>", "https://www.herald.example/feed.json"),
        ("<link rel='alternate' type='application/rdf+xml' href='/index.rdf'>", "https://www.herald.example/index.rdf"),
        ("<link rel='alternate' type='text/xml' href='/news.xml'>", "https://www.herald.example/news.xml"),
        ("<link rel='feed' href='/stream'>", "https://www.herald.example/stream"),
        (f"<link rel='alternate' {RSS} href='/rss?a=1&amp;b=2'>", "https://www.herald.example/rss?a=1&b=2"),
        (f"<base href='https://cdn.example/x/'><link rel='alternate' {RSS} href='rss'>", "https://cdn.example/x/rss"),
    ],
)
def test_what_a_page_announces_is_found(tag, found):
    assert urls(f"<html><head>{tag}</head><body></body></html>") == [found]
    assert urls(f"<html><head></head><body><div>{tag}</div></body></html>") == [found]


@pytest.mark.parametrize(
    "tag",
    [
        "<link rel='alternate' hreflang='de' href='/de/'>",
        "<link rel='alternate' type='application/json' href='/wp-json/wp/v2/pages/2'>",
        "<link rel='alternate' type='application/json+oembed' href='/oembed?format=json'>",
        "<link rel='alternate' type='text/xml' href='/oembed?format=xml'>",
        "<link rel='stylesheet alternate' type='application/rss+xml' href='/a'>",
        "<link rel='canonical' type='application/rss+xml' href='/a'>",
        f"<link rel='alternate' {RSS} href='javascript:alert(1)'>",
        f"<link rel='alternate' {RSS} href=''>",
        f"<link rel='alternate' {RSS} href='https://user:pw@herald.example/rss'>",
        f"<!-- <link rel='alternate' {RSS} href='/rss'> -->",
        f"<script>var a = \"<link rel='alternate' {RSS} href='/rss'>\"</script>",
        f"<template><link rel='alternate' {RSS} href='/rss'></template>",
        f"<link rel='alternate' {RSS} title='Herald &raquo; Comments Feed' href='/c'>",
        f"<link rel='alternate' {RSS} href='/2026/03/a-bridge/comments/feed/'>",
        f"<link rel='alternate' {RSS} title='Herald - Kommentar-Feed' href='/x'>",
    ],
)
def test_what_is_no_feed_of_articles_is_no_clue(tag):
    assert urls(f"<html><head>{tag}</head></html>") == []


def test_the_main_feed_comes_before_its_sections_and_each_once():
    page = "".join(
        f"<link rel='alternate' {RSS} href='{path}'>" for path in ("/sport/football/rss", "/sport/rss", "/rss", "/RSS#x", "/rss")
    )
    assert urls(page) == [f"https://www.herald.example{path}" for path in ("/rss", "/RSS#x", "/sport/rss", "/sport/football/rss")]


def test_the_feed_of_the_asked_section_comes_first():
    page = "".join(f"<link rel='alternate' {RSS} href='{path}'>" for path in ("/rss", "/culture/rss", "/sport/rss"))
    assert urls(page, "https://www.herald.example/sport/")[0] == "https://www.herald.example/sport/rss"


def test_link_headers_are_read_behind_the_page():
    links = (
        '</style.css>; rel=preload, </feed/>; rel="alternate"; type="application/rss+xml"; title="News, all"',
        "<https://api.example/wp-json/>; rel='https://api.w.org/'",
    )
    found = clues(f"<link rel='alternate' {RSS} href='/rss'>", links=links).clues
    assert [(clue.url, clue.source, clue.title) for clue in found] == [
        ("https://www.herald.example/rss", Source.ANNOUNCED, ""),
        ("https://www.herald.example/feed/", Source.HEADER, "News, all"),
    ]


@pytest.mark.parametrize(
    ("anchor", "taken"),
    [
        ("<a href='/rss'>News</a>", True),
        ("<a href='/feeds/sport.xml'>Sport</a>", True),
        ("<a href='/service/subscribe'>RSS</a>", True),
        ("<a href='https://rss.herald.example/world'>World</a>", True),
        ("<a href='https://feeds.feedburner.com/herald'><img src=x> RSS feed</a>", True),
        ("<a href='/news/how-to-feed-a-cat-1'>How to feed a cat and an atom with animal feed</a>", False),
        ("<a href='/atom-smasher-opens'>Atom smasher opens its doors to the public</a>", False),
        ("<a href='/sitemap.xml'>XML</a>", False),
        ("<a href='https://elsewhere.example/rss'>RSS</a>", False),
        ("<a href='mailto:rss@herald.example'>RSS</a>", False),
        ("<a href='/comments/feed/'>RSS</a>", False),
        ("<a href='#rss'>RSS</a>", False),
        ("<a>RSS</a>", False),
    ],
)
def test_anchors_of_the_same_site_that_speak_of_feeds_are_clues(anchor, taken):
    assert bool(urls(f"<body>{anchor}</body>")) is taken


def test_at_most_ten_anchors_are_taken():
    assert len(urls("".join(f"<a href='/rss/{number}'>RSS</a>" for number in range(500)))) == 10


@pytest.mark.parametrize(
    ("url", "feeds"),
    [
        (
            "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv",
            "https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv",
        ),
        ("https://m.youtube.com/user/HeraldTV/videos", "https://www.youtube.com/feeds/videos.xml?user=HeraldTV"),
        ("https://www.youtube.com/playlist?list=PL12-_x", "https://www.youtube.com/feeds/videos.xml?playlist_id=PL12-_x"),
        ("https://old.reddit.com/r/europe/top/", "https://www.reddit.com/r/europe/.rss"),
        ("https://www.reddit.com/user/someone", "https://www.reddit.com/user/someone/.rss"),
        ("https://www.reddit.com/", "https://www.reddit.com/.rss"),
        ("https://herald.substack.com/p/a-post", "https://herald.substack.com/feed"),
        ("https://medium.com/@writer/a-story-1", "https://medium.com/feed/@writer"),
        ("https://medium.com/the-paper", "https://medium.com/feed/the-paper"),
        ("https://medium.com/tag/egypt", "https://medium.com/feed/tag/egypt"),
        ("https://writer.medium.com/", "https://writer.medium.com/feed"),
        ("https://herald.tumblr.com/post/1", "https://herald.tumblr.com/rss"),
        ("https://herald.blogspot.co.uk/2026/03/x.html", "https://herald.blogspot.co.uk/feeds/posts/default"),
        ("https://github.com/owner/repo/issues", "https://github.com/owner/repo/releases.atom"),
        ("https://github.com/owner", "https://github.com/owner.atom"),
        ("https://bsky.app/profile/herald.example", "https://bsky.app/profile/herald.example/rss"),
        ("https://www.herald.example/channel/x", ""),
        ("https://notyoutube.com/channel/UCabcdefghijklmnopqrstuv", ""),
    ],
)
def test_sites_known_by_their_address(url, feeds):
    assert next(iter(known_site(url).feeds), "") == feeds


def test_a_telegram_channel_has_none_and_says_so():
    assert "no feed" in clues("<html></html>", "https://t.me/s/herald").none


@pytest.mark.parametrize(
    ("url", "generator", "text", "first"),
    [
        (URL, "WordPress 6.5", "", "https://www.herald.example/feed/"),
        ("https://www.herald.example/category/sport/", "", "<img src='/wp-content/a.png'>", "https://www.herald.example/category/sport/feed/"),
        (URL, "Ghost 5.80", "", "https://www.herald.example/rss/"),
        (URL, "Blogger", "", "https://www.herald.example/feeds/posts/default"),
        ("https://social.example/@herald", "", "<div id='mastodon'>", "https://social.example/@herald.rss"),
        (URL, "", "<script src='/pf/resources/a.js'>", "https://www.herald.example/arc/outboundfeeds/rss/?outputType=xml"),
        ("https://www.youtube.com/@herald", "", '"externalId":"UCabcdefghijklmnopqrstuv"', "https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv"),
        (URL, "Hugo 0.1", "", ""),
    ],
)  # fmt: skip
def test_software_is_known_by_its_marks(url, generator, text, first):
    assert next(iter(known_software(url, text, generator)), "") == first


def test_what_the_page_announces_saves_the_feeds_of_known_software():
    page = "<meta name=generator content='WordPress 6'><a href='/feeds'>RSS</a>"
    assert [clue.source for clue in clues(page).clues] == [Source.KNOWN_SITE, Source.KNOWN_SITE, Source.LINKED]
    announced = clues(f"{page}<link rel='alternate' {RSS} href='/main.rss'>").clues
    assert [clue.source for clue in announced] == [Source.ANNOUNCED, Source.LINKED]


def test_guesses_are_few_distinct_and_begin_beside_the_asked_section():
    found = guesses("https://www.herald.example/sport/")
    assert len(found) == len(set(found)) == 12
    assert found[0] == "https://www.herald.example/sport/feed/"
    assert guesses("https://www.herald.example/index.html")[0] == "https://www.herald.example/feed/"


def test_sitemaps_of_news_are_asked_first():
    robots = "User-agent: *\nSitemap: https://www.herald.example/a.xml\nSITEMAP:/maps/google-news.xml\nsitemap: ftp://x\n"
    assert sitemaps(robots, URL)[:3] == (
        "https://www.herald.example/maps/google-news.xml",
        "https://www.herald.example/a.xml",
        "https://www.herald.example/sitemap_news.xml",
    )


def test_what_the_page_says_of_itself():
    page = "<html lang='en_GB'><head><title>Home &amp; more |\n The Herald</title><meta property='og:site_name' content='The  Herald'>"
    found = clues(page)
    assert (found.title, found.site_name, found.language) == ("Home & more | The Herald", "The Herald", "en-gb")


@pytest.mark.parametrize(
    ("site_name", "feed_title", "url", "name"),
    [
        ("The Moscow Times", "The Moscow Times - Independent News From Russia", URL, "The Moscow Times"),
        ("", "BBC News - World", URL, "BBC News"),
        ("", "Herald » Sport", URL, "Herald"),
        ("", "RSS feed", URL, "herald.example"),
        ("", "", "https://www.herald.example:8000/rss", "herald.example"),
        ("YouTube", "Herald TV", "https://www.youtube.com/@herald", "Herald TV"),
        ("", "Home | Herald", URL, "Herald"),
    ],
)
def test_an_outlet_gets_the_name_it_uses_itself(site_name, feed_title, url, name):
    assert outlet_name(site_name=site_name, feed_title=feed_title, url=url) == name


def test_comment_feeds_are_known_by_address_or_title():
    assert is_comments("https://a.example/?feed=comments-rss2")
    assert is_comments("https://a.example/feeds/comments/default")
    assert is_comments("https://a.example/x", "Comments on: A bridge")
    assert not is_comments("https://a.example/comment/rss", "Comment is free")
    assert not is_comments("https://a.example/opinion/feed/", "No comment")


def test_pages_that_list_feeds_are_known_by_name():
    assert may_list_feeds("https://a.example/rss/")
    assert may_list_feeds("https://a.example/service/rss-feeds.html")
    assert not may_list_feeds("https://a.example/rss/news")


def test_clues_survive_the_pipe_and_a_refused_page_has_none():
    page = f"<link rel='alternate' {RSS} href='/rss' title='Ünï'>".encode()
    order = encode_order(url=URL, content_type="text/html", links=())
    assert decode_clues(clue_job(order, page)) == clues(page)
    assert decode_clues(clue_job(encode_order(url=URL, content_type="text/html; charset=utf-7", links=()), page)).clues == ()


HOSTILE = {
    "unclosed links": b"<link " * 500_000,
    "unclosed quotes": b'<a "' * 700_000,
    "mixed quotes": b"<a \"x' " * 400_000,
    "anchors": b"<a href='/rss'>" * 200_000,
    "links": b"<link rel=alternate type=application/rss+xml href=/a>" * 60_000,
    "one tag of attributes": b"<link " + b"a=1 " * 700_000 + b">",
    "comments": b"<!--" * 700_000,
    "scripts": b"<script>" * 300_000,
    "text after anchors": b"<a href=/rss>" + b"x" * 3_000_000,
    "entities": b"<a href='" + b"&amp;" * 600_000 + b"'>x</a>",
    "angle brackets": b"<" * 3_000_000,
    "binary": bytes(range(256)) * 12_000,
    "bases": b"<base href='//a/'>" * 150_000,
    "titles": b"<title>" * 400_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_costs_bounded_time(name):
    started = time.process_time()
    clues(HOSTILE[name])
    assert time.process_time() - started < 5
