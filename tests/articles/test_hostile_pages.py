"""Pages built to break a reader end with a named status, in bounded time, and never with an exception."""

import time

import pytest

from aggregator.articles.extract import extract_page
from aggregator.articles.page import LONGEST_TAG, longest_tag, parse, refusal
from aggregator.articles.values import Status
from aggregator.limits import DEFAULT_LIMITS, Limits
from tests.articles.support import NOW, PARAGRAPH, page, read

SECONDS = 20
FAILED = {
    "empty": (b"", "empty"),
    "blank": (b" \n\t ", "empty"),
    "pdf": (b"%PDF-1.7 <<" + b"x" * 500, "not a web page"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "not a web page"),
    "plain text": (b"just words, no markup at all", "no markup"),
    "60,000 attributes": (b"<html><body><div " + b" ".join(b'a%d="x"' % n for n in range(60_000)) + b">x</div>", "one tag"),
    "60,000 attributes with > inside": (
        b"<html><body><div " + b" ".join(b'a%d=">"' % n for n in range(60_000)) + b">x</div>",
        "one tag",
    ),
    "60,000 bare attributes": (b"<html><body><p " + b" ".join(b"a%d" % n for n in range(60_000)) + b">x</p>", "one tag"),
    "200,000 tags": (b"<html><body>" + b"<i>a</i>" * 100_000, "tags"),
    "more bytes than allowed": (b"<html><body><p>" + b"a " * 3_000_000, "bytes"),
    "nested 5,000 deep": (b"<html><body>" + b"<div>" * 5_000 + PARAGRAPH.encode() + b"</div>" * 5_000, "deeply"),
}


@pytest.mark.parametrize("name", FAILED)
def test_what_cannot_be_read_fails_with_the_reason(name):
    html, words = FAILED[name]
    started = time.process_time()
    found = read(html)
    assert found.status is Status.FAILED
    assert words in found.detail
    assert (found.body, found.quality) == ("", 0.0)
    assert time.process_time() - started < SECONDS


def test_the_attribute_bomb_is_refused_before_the_parser_sees_it():
    """The guard reads bytes only; it answers in milliseconds where lxml needs minutes."""
    started = time.process_time()
    assert "one tag" in refusal(FAILED["60,000 attributes"][0], DEFAULT_LIMITS)
    assert time.process_time() - started < 1


ENDED = {
    "zero bytes inside": page(f"<p>{PARAGRAPH}</p>").replace(b"river", b"ri\0ver"),
    "never closed": b"<html><body><article>" + b"<p><b><i>" * 3_000 + PARAGRAPH.encode(),
    "a wall of links": b"<html><body><ul>" + b'<li><a href="/x">A title of another article here</a></li>' * 5_000,
    "one line of 2 MB": b"<html><body><p>" + b"word " * 400_000 + b"</p></body></html>",
    "4.9 MB of paragraphs": b"<html><body>" + (b"<p>" + PARAGRAPH.encode() + b"</p>") * 20_000,
    "unquoted endless tag": b"<html><body><p>text</p><a href='" + b"x" * 200_000,
    "broken surrogates": "<html><body><p>\udc80 &#xD800; &#0; &#x10FFFF; text</p></body></html>".encode("utf-8", "surrogatepass"),
    "entities without end": b"<html><body><p>" + b"&amp" * 50_000 + b"</p></body></html>",
    "10,000 empty boxes named related": b"<html><body>"
    + b'<div class="related"><a href="/">x</a>' * 200
    + b"</div>" * 200
    + b'<div class="related"></div>' * 10_000,
    "JSON-LD of 1 MB": page(
        f"<p>{PARAGRAPH}</p>", head='<script type="application/ld+json">{"a":"' + "x" * 1_000_000 + '"}</script>'
    ),
    "JSON-LD 100,000 deep": page(f"<p>{PARAGRAPH}</p>", head='<script type="application/ld+json">' + "[" * 100_000 + "</script>"),
    "JSON-LD behind 500,000 blanks": page(
        f"<p>{PARAGRAPH}</p>", head='<script type="application/ld+json">--> x' + " " * 500_000 + "x</script>"
    ),
    "thousands of donate buttons": page('<div><a href="/d">Donate now</a><b></b></div>' * 20_000),
    "donate buttons among 100,000 empty elements": page(
        f"<p>{PARAGRAPH}</p><div>" + '<a href="/d">Donate</a>' * 90 + "<b></b>" * 50_000 + "</div>"
    ),
    "nested boxes named related": page('<div class="related">' * 200 + "<b></b>" * 50_000 + "</div>" * 200),
    "50,000 boxes named related": page('<div class="related"><a href="/">A title of another article here</a></div>' * 40_000),
    "20,000 h1": page("<div class='a'><h1>Bridge Opens</h1><p>x</p></div>" * 20_000),
    "a million blanks in the title": page(f"<p>{PARAGRAPH}</p>", headline=" |" + " " * 1_000_000 + "x"),
    "only an xml declaration": b"<?xml version='1.0'?>",
    "a comment": b"<!-- nothing else -->",
    "billion laughs": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><html><body><p>&b;</p></body></html>',
}


@pytest.mark.parametrize("name", ENDED)
def test_odd_pages_end_with_a_status_and_bounded_work(name):
    started = time.process_time()
    found = read(ENDED[name])
    assert found.status in Status
    assert 0.0 <= found.quality <= 1.0
    assert len(found.body) <= 400_000
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize(
    ("tag", "longest"),
    [
        (b'<img src="data:image/png;base64,' + b"A" * 300_000 + b'">', 0),
        (b'<div data-state=\'{"a": "' + b"x" * 100_000 + b"\"}'>", 0),
        (b"<div " + b"a " * LONGEST_TAG + b">", 2 * LONGEST_TAG),
    ],
)
def test_a_long_value_is_no_bomb_but_many_attributes_are(tag, longest):
    """Five of 117 real pages carry a value over 64 KiB (images, application state) in one tag."""
    assert (longest_tag(tag) > LONGEST_TAG) is (longest > LONGEST_TAG)


def test_a_big_picture_in_the_page_does_not_cost_the_article():
    html = page(f'<p>{PARAGRAPH}</p><img src="data:image/png;base64,{"A" * 200_000}"><p>{PARAGRAPH[::-1]}</p>')
    assert PARAGRAPH in read(html).body


def test_limits_are_those_that_were_handed_in():
    found = extract_page(page("<p>x</p>"), url="https://example.org/a", feed=None, now=NOW, limits=Limits(page_tags=3))
    assert found.status is Status.FAILED
    assert "more than 3" in found.detail


def crowd(words: str) -> bytes:
    return page("<p>" + "".join(f"<span>{word}</span> " for word in words.split()) + "</p>")


def test_a_transcript_with_every_word_in_a_tag_reads_as_the_same_transcript_without():
    """Eight thousand words with their times, as players mark them: order, spaces and neighbours are kept."""
    words = " ".join(f"word{number} of the council" for number in range(2_000))
    tagged, plain = read(crowd(words)), read(page(f"<p>{words}</p>"))
    assert words in plain.body
    assert tagged.body == plain.body


def test_a_paragraph_with_some_tags_is_left_as_it_is():
    tree = parse(page(f"<p>{'<b>word</b> ' * 900}</p>" + "<hr>" * 20_000).decode())
    assert sum(1 for _ in tree.iter("b")) == 900


def test_an_unclosed_string_in_json_ld_costs_nothing():
    """trafilatura's own reading needs the square of it: 10 s for 50 KB. Only pages that name no date elsewhere come there."""
    broken = '{"@type":"NewsArticle","headline":"Bridge Opens","a":"' + 'x\\"{[' * 100_000
    html = page(f"<p>{PARAGRAPH}</p>", head=f'<script type="application/ld+json">{broken}</script>')
    started = time.process_time()
    assert PARAGRAPH in read(html).body
    assert time.process_time() - started < 2


def test_a_date_in_json_ld_that_is_whole_is_still_found_where_our_own_reading_finds_none():
    """Only broken blocks are taken away before trafilatura looks for what is missing."""
    whole = '{"@type":"Event","datePublished":"2026-03-02"}'
    html = page(f"<p>{PARAGRAPH}</p>", head=f'<script type="application/ld+json">{whole}</script>')
    assert read(html).published_at is not None
