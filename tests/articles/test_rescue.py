"""The second extractor reads what the first gives up on, and only that; confirmed paragraphs are named by their places."""

import json

import pytest
import trafilatura
from lxml.html import document_fromstring

from aggregator.articles import extract
from aggregator.articles.extract import confirmed
from aggregator.articles.rescue import DEEPEST, depth, second_reading
from aggregator.articles.values import FeedText, Status
from tests.articles.pagekit import EN, paragraphs
from tests.articles.support import URL, page, read
from tests.articles.timing import seconds


def deep(levels):
    return f"<html><head><title>Bridge Opens</title></head><body><h1>Bridge Opens</h1>{'<div>' * levels}<p>{' '.join(EN)}</p>{'</div>' * levels}</body></html>".encode()


@pytest.mark.parametrize("levels", [300, 1_000])
def test_a_page_nested_deeper_than_the_parser_reads_is_rescued(levels):
    """lxml drops what is nested deeper than 256 elements, without a word; trafilatura alone finds nothing."""
    html = deep(levels)
    assert EN[3] not in (trafilatura.extract(html) or "")
    found = read(html)
    assert EN[3] in found.body
    assert dict(found.sources)["body"] == "page_second"
    assert found.status.trusted


def test_a_page_too_deep_for_both_is_refused_quickly():
    html = deep(40_000)
    assert seconds(lambda: read(html)) < 8
    found = read(html)
    assert (found.status, found.detail) == (Status.FAILED, "the page is nested too deeply to be read")


def test_a_failing_first_extractor_is_replaced(monkeypatch):
    """Hostile trees have made the first extractor raise; the article is read all the same."""

    def breaks(*_, **__):
        raise AttributeError("'NoneType' object has no attribute 'text'")

    monkeypatch.setattr(extract.trafilatura, "bare_extraction", breaks)
    found = read(b"<html><body><main><h1>Bridge Opens</h1><div>" + "<br><br>".join(EN).encode() + b"</div></main></body></html>")
    assert EN[0] in found.body
    assert dict(found.sources)["body"] == "page_second"


def test_the_second_extractor_is_not_asked_when_there_is_a_text(monkeypatch):
    monkeypatch.setattr(extract, "second_reading", lambda *_, **__: pytest.fail("asked"))
    assert read(page(paragraphs(EN))).status is Status.OK
    node = {"@type": "NewsArticle", "headline": "Bridge Opens", "articleBody": " ".join(EN)}
    assert (
        dict(read(page("", head=f'<script type="application/ld+json">{json.dumps(node)}</script>')).sources)["body"] == "json_ld"
    )
    assert dict(read(page(""), feed=FeedText(link=URL, title="Bridge", content=" ".join(EN))).sources)["body"] == "feed"


@pytest.mark.parametrize(
    "html",
    [
        b"<html><body><nav><a href='/'>Home</a></nav></body></html>",
        b"<html><body></body></html>",
        b"<html><body><ul><li>One<li>Two</ul></body></html>",
    ],
)
def test_menus_are_no_rescue(html):
    assert dict(read(html).sources).get("body") != "page_second"


@pytest.mark.parametrize(
    ("html", "levels"),
    [
        ("", 0),
        ("<p>x</p>", 1),
        ("<div><p>x</p><br><img></div>", 2),
        ("<p><b><i>" * 100, 300),
        ("</p>" * 50, 0),
        ("<div>" * DEEPEST, DEEPEST),
        ("a < b > c", 0),
    ],
)
def test_depth_is_the_number_of_elements_open_at_once(html, levels):
    assert depth(html) == levels


@pytest.mark.parametrize("html", ["<" * 1_000_000, "<a" * 500_000, "<p><b><i>" * 100_000, "</" * 500_000])
def test_depth_of_a_megabyte_is_told_quickly(html):
    assert seconds(lambda: depth(html)) < 1


def test_a_deep_text_is_never_given_to_the_second_extractor():
    """100,000 nested elements keep it busy for longer than anybody waits (measured)."""
    assert second_reading(document_fromstring("<p>x</p>"), "<div>" * 100_000, cut=True) == ()


TOLD = [
    ("in the summary", EN[1], (1,)),
    ("first sentences", f"{EN[0]} {EN[1]}", (0, 1)),
    ("the beginning of a paragraph", " ".join(EN[3].split()[:10]) + "…", (3,)),
    ("a few words prove nothing", "The works cost", ()),
    ("something else", "Nothing of this stands in the text at all, not even by chance.", ()),
    ("", "", ()),
]


@pytest.mark.parametrize(("name", "told", "places"), TOLD)
def test_paragraphs_that_the_feed_or_the_page_announce_are_confirmed(name, told, places):
    assert read(page(paragraphs(EN)), feed=FeedText(link=URL, title="Bridge", summary=told)).confirmed == places
    assert read(page(paragraphs(EN), head=f'<meta name="description" content="{told}">')).confirmed == places
    node = {"@type": "NewsArticle", "headline": "Bridge Opens", "articleBody": told}
    assert read(page(paragraphs(EN), head=f'<script type="application/ld+json">{json.dumps(node)}</script>')).confirmed == places


def test_only_the_edges_are_confirmed():
    lines = [f"Paragraph number {number} of a long report." for number in range(40)]
    assert confirmed("\n".join(lines), (" ".join(lines),)) == (*range(8), *range(32, 40))
    assert confirmed("", ("x",)) == ()


def test_a_rescued_body_is_not_confirmed_by_itself():
    node = {"@type": "NewsArticle", "headline": "Bridge Opens", "articleBody": "\n".join(EN)}
    head = f'<script type="application/ld+json">{json.dumps(node)}</script>'
    assert read(page("", head=head)).confirmed == ()
    assert read(page("", head=head), feed=FeedText(link=URL, title="Bridge", summary=EN[1])).confirmed == (1,)
