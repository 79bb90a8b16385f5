"""The verdict: real news passes, walls and error pages do not, and what is unsure is called suspect."""

import json

import pytest

from aggregator.articles.quality import token_count
from aggregator.articles.values import FeedText, Status
from tests.articles.support import PARAGRAPH, URL, page, read

BRIEF = "A fire broke out in the old mill on Friday night. Nobody was hurt, the fire service said."
ARTICLE = "".join(
    f"<p>{PARAGRAPH}</p><p>Paragraph {number} goes on about the bridge, its builders and its cost, as officials told it.</p>"
    for number in range(4)
)
NEWS_ARTICLE = (
    '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Mill Burns","isAccessibleForFree":%s}</script>'
)

PAGES = {
    "an article": (page(ARTICLE), Status.OK),
    "a marked brief": (page(f"<p>{BRIEF}</p>", headline="Mill Burns", head=NEWS_ARTICLE % "true"), Status.OK),
    "a paywalled stub": (page(f"<p>{BRIEF}</p>", headline="Mill Burns", head=NEWS_ARTICLE % "false"), Status.PARTIAL),
    "a stub that ends in an offer": (page(f"<p>{BRIEF}</p><p>Already a subscriber? Log in to continue reading this story.</p>"), Status.PARTIAL),
    "a cookie wall": (
        page("<p>We and our 842 partners store and process data on your device. We use cookies to show you personalised ads.</p><p>Accept all cookies or manage cookies in the settings.</p>", headline="Before you continue"),
        Status.CONSENT_WALL,
    ),
    "a soft 404": (page("<p>Sorry, the page you are looking for could not be found.</p><p>The article may have been removed. Error 404.</p>", headline="Oops"), Status.SOFT_404),
    "scripts only": (b"<html><head><title>News</title><script src='/app.js'></script></head><body><div id='root'></div><script>1</script></body></html>", Status.JAVASCRIPT_ONLY),
    "please enable javascript": (page("<p>You need to enable JavaScript to run this app.</p>", headline="News"), Status.JAVASCRIPT_ONLY),
    "a robot check": (page("<p>Checking your browser before you go on.</p><p>Please verify you are a human. Solve the captcha.</p>", headline="Just a moment"), Status.BLOCKED),
    "nothing at all": (b"<html><head><title>x</title></head><body></body></html>", Status.NOT_ARTICLE),
    "a list of links": (
        b"<html><body><h1>News</h1><ul>" + b"".join(b'<li><a href="/%d">Title number %d of another article</a></li>' % (n, n) for n in range(12)) + b"</ul></body></html>",
        Status.NOT_ARTICLE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_the_status_of_a_page(name):
    html, status = PAGES[name]
    found = read(html)
    assert found.status is status, (found.status, found.quality, found.body)
    assert (found.quality >= 0.5) is (status in (Status.OK, Status.SUSPECT)) or status is Status.SUSPECT


@pytest.mark.parametrize(
    "sentence",
    [
        "Officials said the page could not be found in the archive, and that error 404 had become a joke in the ministry.",
        "The court ruled that websites must let users reject all cookies as easily as accept cookies.",
        "Readers have to subscribe to read the paper's investigation, its editor told the committee.",
        "The firm sells a captcha that asks whether you are a robot.",
    ],
)
def test_articles_about_walls_and_errors_are_articles(sentence):
    assert read(page(f"{ARTICLE}<p>{sentence}</p>")).status is Status.OK


def test_a_full_article_that_calls_itself_not_free_is_trusted():
    """Metered papers print isAccessibleForFree=false and the whole text; phrases and marks alone hide no news."""
    assert read(page(ARTICLE * 2, head=NEWS_ARTICLE % "false")).status.trusted


def test_the_feeds_summary_vouches_for_a_brief():
    found = read(page(f"<p>{BRIEF}</p>", headline="x"), feed=FeedText(link=URL, title="Mill Burns", summary=BRIEF))
    assert found.status.trusted


RESCUES = {
    "json-ld when the page is bare": ("", PARAGRAPH * 4, "", "json_ld"),
    "feed when the page is bare": ("", "", PARAGRAPH * 4, "feed"),
    "page when json-ld is about as long": (ARTICLE, PARAGRAPH * 4, "", "page"),
    "page when json-ld is a teaser": (ARTICLE, PARAGRAPH, "", "page"),
    "json-ld when it is the whole of which the page shows a part": (
        f"<p>{PARAGRAPH}</p>",
        PARAGRAPH + "\n" + "Much more was said about the bridge and its builders. " * 30,
        "",
        "json_ld",
    ),
}


@pytest.mark.parametrize("name", RESCUES)
def test_other_sources_replace_the_page_only_as_a_rescue(name):
    body, article_body, content, source = RESCUES[name]
    head = (
        f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", "headline": "Bridge Opens", "articleBody": article_body})}</script>'
        if article_body
        else ""
    )
    feed = FeedText(link=URL, title="Bridge Opens", content=content) if content else None
    found = read(page(body, head=head), feed=feed)
    assert dict(found.sources)["body"] == source


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("two words", 2), ("新しい橋が開通した", 4), ("мост открыт", 2)])
def test_length_is_counted_in_words_also_where_none_are_written(text, tokens):
    assert token_count(text) == tokens
