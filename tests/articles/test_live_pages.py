"""Pages whose text grows by itself are marked; the word "live" in news is not."""

import json

import pytest
from lxml.html import document_fromstring

from aggregator.articles.compose import compose
from aggregator.articles.live import is_live
from aggregator.articles.values import FeedText
from tests.articles.pagekit import EN, paragraphs
from tests.articles.support import NOW, URL, page, read
from tests.articles.timing import seconds

BODY = paragraphs(EN)


def linked(node):
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


LIVE_HEADS = {
    "posting": linked({"@type": "LiveBlogPosting", "headline": "Storm", "datePublished": "2026-03-05T08:00:00Z"}),
    "posting in a graph": linked(
        {"@graph": [{"@type": "WebPage"}, {"@type": ["NewsArticle", "LiveBlogPosting"], "headline": "Storm"}]}
    ),
    "second block": linked({"@type": "NewsArticle", "headline": "Storm", "datePublished": "2026-03-05T08:00:00Z"})
    + linked({"@type": "LiveBlogPosting", "headline": "Storm"}),
    "coverage times": linked({"@type": "NewsArticle", "headline": "Storm", "coverageStartTime": "2026-03-05T08:00:00Z"}),
    "updates": linked(
        {"@type": "NewsArticle", "headline": "Storm", "liveBlogUpdate": [{"@type": "BlogPosting", "headline": "12:00"}]}
    ),
    "meta": '<meta name="article:type" content="Live Blog">',
    "og": '<meta property="og:type" content="liveblog">',
}


@pytest.mark.parametrize("name", LIVE_HEADS)
def test_live_pages_by_what_they_state(name):
    assert read(page(BODY, head=LIVE_HEADS[name])).is_live


STATIC_HEADS = {
    "article": linked({"@type": "NewsArticle", "headline": "Storm", "datePublished": "2026-03-05T08:00:00Z"}),
    "live blog in a list of others": linked(
        {"@type": "ItemList", "itemListElement": [{"@type": "LiveBlogPosting", "headline": "Other"}]}
    ),
    "event": linked({"@type": "Event", "name": "Concert", "startDate": "2026-03-05"}),
    "liveable": '<meta name="article:type" content="Liveable cities">',
}


@pytest.mark.parametrize("name", STATIC_HEADS)
def test_other_types_are_not_live(name):
    assert not read(page(BODY, head=STATIC_HEADS[name])).is_live


ADDRESSES = [
    ("/news/live/storm-hits-coast", True), ("/live/2026/storm", True), ("/world/liveblog/storm", True), ("/sport/liveticker/123.html", True), ("/storm-live-updates-03-05-26/index.html", True),
    ("/politica/minuto-a-minuto/temporal", True), ("/monde/en-direct/tempete", True), ("/news/live-updates-storm-coast", True), ("/onlain/2026/03/05/pavodok", True), ("/storm-as-it-happened", True),
    ("/tempete-en-direct-20260305.html", True),
    ("/science/where-swallows-live", False), ("/culture/live/band-returns", False), ("/music/live/review-of-the-concert", False), ("/business/live-nation-buys-hall", False), ("/live", False),
    ("/news/lives-of-the-bees", False), ("/how-to-live-longer", False), ("/alive/at-last", False), ("/news/olive-harvest", False),
]  # fmt: skip


@pytest.mark.parametrize(("path", "live"), ADDRESSES)
def test_live_pages_by_their_address(path, live):
    assert read(page(BODY), url="https://www.example.org" + path).is_live is live


HEADLINES = [
    ("Live: Storm hits the coast", True), ("LIVE – Storm hits the coast", True), ("Live updates: Storm hits the coast", True), ("Storm hits the coast – live updates", True), ("Storm hits the coast: live blog", True),
    ("Cup final 3-2 – as it happened", True), ("Storm hits coast - live", True), ("Sturm an der Küste im Liveticker", True), ("Liveticker: Sturm an der Küste", True), ("Newsblog: Sturm", True),
    ("EN DIRECT. La tempête touche la côte", True), ("En direct : la tempête", True), ("La tempête touche la côte, en direct", True), ("DIRECT. Tempête", True), ("Temporal en la costa, minuto a minuto", True),
    ("Онлайн: паводок в долине", True), ("Паводок в долине. Онлайн", True), ("Прямая трансляция: паводок", True), ("День сотый. Хроника", True), ("Tempestade no litoral: ao vivo", True), ("Diretta | Maltempo sulla costa", True),
    ("Where swallows live", False), ("Live music returns to city", False), ("Live Nation sues ticket office", False), ("How we live now", False), ("Half of all people live on the coast", False),
    ("Магазины уходят в онлайн", False), ("Онлайн-магазин закрылся", False), ("He told the story as it happened", False), ("Live fire exercise at the border", False), ("Direct flights to the islands", False),
    ("Élection directe du maire", False), ("The lives of others", False), ("Deliver: a live donor's story", False), ("Long live the king", False), ("Band plays live, and loud", False), ("Chronik: die Hochzeit", False),
]  # fmt: skip


@pytest.mark.parametrize(("headline", "live"), HEADLINES)
def test_live_pages_by_their_headline(headline, live):
    assert read(page(BODY, headline=headline)).is_live is live


def test_the_box_that_holds_the_posts_says_so():
    assert read(
        b"<html><body class='page article--live'><article><h1>Storm</h1>" + BODY.encode() + b"</article></body></html>"
    ).is_live
    assert not read(
        b"<html><body class='page livestock-market'><article><h1>Storm</h1>" + BODY.encode() + b"</article></body></html>"
    ).is_live


def test_the_article_keeps_the_mark():
    found = read(page(BODY, headline="Live: Storm"))
    article = compose(FeedText(link=URL, title="Storm"), found, url=URL, first_seen_at=NOW, slack=NOW - NOW)
    assert article.is_live


@pytest.mark.parametrize("piece", ["live-", "live ", "/live", " ", "– live updates"])
def test_hostile_addresses_and_headlines_cost_little(piece):
    text, tree = piece * (1_000_000 // len(piece)), document_fromstring("<p>x</p>")
    metas, url = {"og:type": text}, "https://a.example/" + text
    assert seconds(lambda: is_live(tree, stated=False, metas=metas, url=url, headline=text)) < 2
