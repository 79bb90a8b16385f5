"""A page built like The Moscow Times' own software builds it: whatever stands beside the article never becomes the article.

Texts are invented; the shape (boxes, class names, order) is the outlet's. Every case is the very first article of its outlet:
nothing was learned before.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.articles.extract import extract_page
from aggregator.articles.values import Extraction, FeedText, Status
from aggregator.limits import DEFAULT_LIMITS
from aggregator.text import normalise

URL = "https://www.themoscowtimes.com/2026/03/04/river-port-reopens-after-three-years-a90001"
NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
HEADLINE = "River Port Reopens After Three Years of Repairs"
CAPTION = "The new quay on the morning of the ceremony."
CREDIT = "Anna Petrova / Press Pool"
PARAGRAPHS = (
    "The river port in the northern city of Vologorsk reopened on Wednesday after three years of repairs, the regional governor said.",
    "Two cargo ships carrying timber left the quay before noon, bound for the lakes, according to the port's dispatcher.",
    "The works cost 2.4 billion rubles, twice the sum that was planned when the old warehouse burned down in 2023.",
    "“We had to drive every pile again,” chief engineer Oleg Sorokin told reporters at the ceremony.",
    "Shipping companies had moved most of their freight to the railway during the closure and complained about rising prices.",
    "Analysts at a transport institute expect about half of that freight to return to the river by the end of the season.",
    "The port employs 412 people, some 90 fewer than before the fire, and plans to hire again in the summer.",
    "Local fishermen protested in the autumn against the dredging, which they say destroyed spawning grounds near the mouth.",
    "A court in the region dismissed their complaint in January, and an appeal is to be heard in the coming weeks.",
    "Passenger boats to the island monastery are to run again from the first of May, the governor added.",
)
NEXT_PARAGRAPHS = (
    "Trams in the southern quarter of Kamensk stood still for a second day on Tuesday because of a damaged overhead line.",
    "The city council promised replacement buses, but passengers waited for more than an hour at several stops.",
)
JSON_LD = """
<script type="application/ld+json">{"@context":"http://schema.org/","@type":"NewsArticle","mainEntityOfPage":{"@type":"WebPage","@id":"%(url)s"},
"headline":"%(headline)s","datePublished":"2026-03-04T10:15:00+03:00","dateModified":"2026-03-04T16:40:00+03:00","dateCreated":"2026-03-04T09:58:00+03:00",
"inLanguage":{"@type":"Language","name":"English","alternateName":"English"},"articleSection":"news","isAccessibleForFree":true,
"image":{"@type":"ImageObject","url":"https://static.themoscowtimes.com/image/port.jpg"},
"author":{"@type":"Person","name":"Irina Belova"},"publisher":{"@type":"NewsMediaOrganization","name":"The Moscow Times"}}</script>
<script type="application/ld+json">{"@context":"http://schema.org","@type":"BreadcrumbList","itemListElement":[{"@type":"ListItem","position":1,"item":{"@id":"/news","name":"News"}}]}</script>
"""
DONATION = """
<div class="contribute-banner"><div class="contribute-banner__wrapper"><p>Dear readers,</p><p>We have a small favor to ask.</p>
<p>The Moscow Times was named a "foreign agent" and an "undesirable" organization because our journalists report what others may not say about the war.</p>
<p>Your support, however small, helps us to keep independent reporting from Russia open to everyone.</p>
<a class="contribute-button" href="/contribute">Contribute today</a><a href="#">Remind me next month</a></div></div>
"""
ATTACK = """
<div class="cta-bar"><p>Russia media is under attack.</p>
<p>At least 10 independent media outlets have been blocked or closed down over their coverage of the war in Ukraine.</p>
<p>The Moscow Times needs your help more than ever as we cover this devastating invasion.</p><a href="/contribute">Contribute Today</a></div>
"""
SIDEBAR = """
<aside class="sidebar"><div class="most-read"><h3>Most read</h3><ul>
<li><a href="/a1">Kremlin Says Talks With Cairo Will Go On This Week</a></li><li><a href="/a2">Three Detained Over Forged Museum Tickets</a></li></ul></div>
<div class="just-in"><h3>Just in</h3><ul><li><a href="/a3">Central Bank Keeps Rate Unchanged for Third Month</a></li>
<li><a href="/a4">Putin and Sisi Speak by Telephone on Grain Deliveries</a></li></ul></div></aside>
"""
RELATED = '<aside class="article__related-article"><span>Read more</span><a href="/a5"><h4>Shipyard Workers Vote to End Their Strike</h4></a></aside>'
TAGS = '<div class="article__tags">Read more about: <a href="/t/ports">ports</a>, <a href="/t/ukraine">war in Ukraine</a></div>'
FOREIGN = (
    "war in Ukraine", "independent media", "independent reporting", "Contribute", "small favor", "foreign agent", "under attack", "Support The Moscow",
    "Most read", "Just in", "Sisi", "Museum Tickets", "Central Bank", "Shipyard", "Read more", "Trams", "Kamensk", "newsletter", "Remind me",
)  # fmt: skip


def moscow_page(paragraphs, *, headline=HEADLINE, caption=CAPTION, donation=DONATION, next_article=True, between=RELATED):
    """The page with these paragraphs as blocks, every box the outlet is known to print around them."""
    blocks = [f'<div class="block html">  <p>{paragraph}</p></div>' for paragraph in paragraphs]
    blocks.insert(min(2, len(blocks)), between)
    following = _article("Trams Stand Still for a Second Day", NEXT_PARAGRAPHS, "", "") if next_article else ""
    own = _article(headline, blocks, caption, donation)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{headline} - The Moscow Times</title>'
        f'<meta property="og:site_name" content="The Moscow Times"><meta property="og:title" content="{headline} - The Moscow Times">'
        f'<link rel="canonical" href="{URL}">{JSON_LD % {"url": URL, "headline": headline}}</head><body>'
        '<header class="site-header"><nav><a href="/">Home</a><a href="/news">News</a></nav><div class="contribute-teaser">'
        "<h5>Support The Moscow Times!</h5><p>Now is the time to support independent reporting from Russia!</p>"
        f'<a href="/contribute">Contribute Today</a></div></header><main>{own}{following}</main>{SIDEBAR}{ATTACK}'
        '<footer>© The Moscow Times. <a href="/newsletter">Sign up for our free weekly newsletter</a></footer></body></html>'
    ).encode()


def _article(headline, blocks, caption, donation):
    body = "\n".join(block if block.startswith("<") else f"<p>{block}</p>" for block in blocks)
    return (
        f'<div class="container article-container"><article class="article"><header class="article__header"><h1>{headline}</h1>'
        '<div class="article__byline byline"><div class="byline__details">By <a class="byline__author__name" href="/author/b">Irina Belova</a>, '
        '<a class="byline__author__name" href="/author/s">Pavel Smirnov</a><time class="byline__datetime" datetime="2026-03-04T16:40:00+03:00">'
        "Updated: March 4, 2026</time></div></div></header>"
        f'<figure class="article__featured-image"><img src="/port.jpg"><figcaption><span class="article__featured-image__caption">{caption}</span>'
        f'<span class="article__featured-image__credits">{CREDIT}</span></figcaption></figure>'
        f'<div class="article__content-container"><div class="article__content" data-id="article-block-type">{body}{TAGS}</div>{donation}</div></article></div>'
    )


def read(html, feed=None) -> Extraction:
    return extract_page(html, url=URL, content_type="text/html; charset=UTF-8", feed=feed, now=NOW, limits=DEFAULT_LIMITS)


@pytest.mark.parametrize("count", [1, 2, 3, 10])
@pytest.mark.parametrize("next_article", [True, False])
def test_exactly_the_paragraphs_of_the_article_are_its_body(count, next_article):
    found = read(moscow_page(PARAGRAPHS[:count], next_article=next_article))
    assert found.body == "\n".join(PARAGRAPHS[:count])
    assert found.status.trusted


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_no_word_of_the_boxes_is_in_the_text_that_topics_see(count):
    found = read(moscow_page(PARAGRAPHS[:count]))
    seen = f"{found.headline}\n{found.body}\n{found.captions}"
    assert [words for words in FOREIGN if words.lower() in seen.lower()] == []


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_boxes_that_were_taken_out_are_named_with_a_reason(count):
    reasons = {dropped.reason for dropped in read(moscow_page(PARAGRAPHS[:count])).dropped}
    assert {"appeal", "related", "next_article"} <= reasons


def test_banners_without_telling_class_names_go_too():
    html = moscow_page(PARAGRAPHS[:3])
    for name in (
        b"contribute-banner__wrapper",
        b"contribute-banner",
        b"contribute-button",
        b"contribute-teaser",
        b"cta-bar",
        b"most-read",
        b"just-in",
    ):
        html = html.replace(b'class="' + name + b'"', b'class="x7"')
    assert read(html).body == "\n".join(PARAGRAPHS[:3])


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_banner_lines_printed_as_paragraphs_of_the_article_go_too(count):
    lines = (
        "Russia media is under attack.",
        "At least 10 independent media outlets have been blocked or closed down over their coverage of the war in Ukraine.",
        "The Moscow Times needs your help more than ever as we cover this devastating invasion and its impacts on Russian society.",
    )
    found = read(moscow_page((*PARAGRAPHS[:count], *lines), donation="", next_article=False))
    assert found.body == "\n".join(PARAGRAPHS[:count])


TEASERS = {
    "a labelled paragraph": '<p>Read more: <a href="/x">Shipyard Workers Vote to End Their Strike</a></p>',
    "a label and a linked paragraph": '<p><strong>Read more</strong></p><p><a href="/x">Shipyard Workers Vote to End Their Strike</a></p>',
    "a box without a name": RELATED.replace("aside", "div").replace("article__related-article", "x9"),
    "nothing": "",
}


@pytest.mark.parametrize("count", [1, 2, 3, 10])
@pytest.mark.parametrize("teaser", TEASERS)
def test_teasers_of_other_articles_between_the_blocks_go(count, teaser):
    assert read(moscow_page(PARAGRAPHS[:count], between=TEASERS[teaser])).body == "\n".join(PARAGRAPHS[:count])


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_lists_without_telling_class_names_go_too(count):
    html = moscow_page(PARAGRAPHS[:count]).replace(b"<aside", b"<div").replace(b"</aside>", b"</div>")
    for name in (b"article__related-article", b"most-read", b"just-in", b"sidebar"):
        html = html.replace(name, b"x7")
    assert read(html).body == "\n".join(PARAGRAPHS[:count])


def test_metadata_is_the_articles_own():
    found = read(moscow_page(PARAGRAPHS))
    assert found.headline == HEADLINE
    assert found.authors == ("Irina Belova", "Pavel Smirnov")
    assert found.published_at == datetime(2026, 3, 4, 7, 15, tzinfo=UTC)
    assert found.modified_at == datetime(2026, 3, 4, 13, 40, tzinfo=UTC)
    assert (found.language, found.section, found.is_free, found.canonical_url) == ("en", "news", True, URL)


def test_caption_and_credit_are_kept_apart_from_the_body():
    found = read(moscow_page(PARAGRAPHS[:2]))
    assert CAPTION in found.captions
    assert CREDIT in found.captions
    assert CAPTION not in found.body


def test_an_article_about_asking_for_money_keeps_its_paragraphs():
    """Appeals are told from news about appeals: third person, quotes, whole sentences."""
    paragraphs = (
        "The editors of three independent media outlets asked their readers on Monday to donate, after their bank accounts were frozen.",
        "“Please support us, we have money for two weeks,” editor Maria Lanskaya said at a news conference in the capital.",
        "More than 4,000 people have subscribed to the newsletter since then, and donations reached 11 million rubles by Wednesday.",
        "A lawyer for the outlets said that the war in Ukraine had made it harder to find advertisers for independent media.",
    )
    found = read(moscow_page(paragraphs, headline="Outlets Ask Readers for Money After Accounts Are Frozen"))
    assert found.body == "\n".join(paragraphs)


def test_a_page_that_lost_its_article_is_no_article():
    found = read(moscow_page(()))
    assert not found.status.trusted
    assert found.status in (Status.BOILERPLATE_ONLY, Status.NOT_ARTICLE)


def _sample() -> list[str]:
    path = Path(__file__).parents[2].parent / "shared" / "data" / "seed" / "article.txt"
    if not path.exists():
        assert os.environ.get("CI") != "true", f"{path} must be there in CI"
        pytest.skip("the shared sample article is not on this machine")
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@pytest.mark.parametrize("summary", ["", "Leaders of Russia and Egypt promised to fight terrorism together."])
def test_the_sample_article_comes_out_without_its_banners(summary):
    """Its careless copy holds banner, headline, caption, body, banner: as the page prints them, only the body is the body."""
    lines = _sample()
    headline, caption, first = lines[3], lines[4], next(place for place, line in enumerate(lines) if line.startswith("CAIRO"))
    last = max(place for place, line in enumerate(lines) if line == "Read more")
    feed = FeedText(link=URL, title=headline, summary=summary)
    found = read(moscow_page(lines[first:last], headline=headline.replace('"', "'"), caption=caption), feed)
    assert found.body == normalise("\n".join(lines[first:last]))


def test_the_sample_article_as_it_was_stored_is_cleaned_line_by_line():
    """All its lines as paragraphs of one container: no box is left to recognise, only meaning."""
    lines = _sample()
    html = "".join(f"<p>{line}</p>" for line in lines)
    page = f"<html><head><title>{lines[3]}</title></head><body><h1>{lines[3]}</h1><div class='article__content'>{html}</div></body></html>"
    body = read(page.encode()).body
    assert body.split("\n")[-1].startswith("Moscow has been a long-standing ally")
    assert [
        words
        for words in ("Support The Moscow", "Contribute", "independent", "war in Ukraine", "Read more", "needs your help")
        if words in body
    ] == []
    assert "CAIRO — United" in body
