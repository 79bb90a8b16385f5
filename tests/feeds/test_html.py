"""Markup becomes plain text, whatever state it is in."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds.html import plain_body, plain_text, plain_title


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ("One<br>two<BR/>three", "One\ntwo\nthree"),
        ("a <b>bold</b> word", "a bold word"),
        ("half<i>word</i>", "halfword"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("Tom &amp; Jerry &#8212; &nbsp; x", "Tom & Jerry — x"),
        ("&lt;b&gt; stays text", "<b> stays text"),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("a<script>alert('<p>')</script>b", "a b"),
        ("a<SCRIPT>never closed", "a"),
        ("a<style>p{}</style >b", "a b"),
        ("a<!-- <p>no</p> -->b", "ab"),
        ("a<!-- never closed <p>", "a"),
        ('<img alt="a > b" src=x>text', "text"),
        ("<a href='x>y'>link</a>", "link"),
        ('cut in the middle <a href="http://examp', "cut in the middle"),
        ("cut in the middle </di", "cut in the middle"),
        ("<![CDATA[x]]>y", "y"),
        ("soft\u00adhyphen \u200ezero", "softhyphen zero"),
        ("<p>  many \n\n blanks </p>\n\n<p>x</p>", "many\nblanks\nx"),
        ("<iframe src=x>fallback</iframe>after", "after"),
        ("İ<script>x</script>y", "İ y"),
    ],
)
def test_markup_becomes_text(markup: str, expected: str) -> None:
    assert plain_text(markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("I </3 you and 1 </ 2", "I </3 you and 1 </ 2"),
        ("a<br>b", "a b"),
        ("A &amp;lt; B", "A < B"),
        ("Profit &amp; loss; more", "Profit & loss; more"),
        ("\n\t\tIndented \n title ", "Indented title"),
    ],
)
def test_titles_are_one_line_and_decoded_to_the_end(markup: str, expected: str) -> None:
    assert plain_title(markup) == expected


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", '<a "', "<a '", "<!--", "<script>", "<a 'b\"", "&", "&lt", "</", "<![CDATA[", "<a \"<a '", "<p>", '<a b="c" '],
)
def test_hostile_markup_ends_in_bounded_time(piece: str) -> None:
    started = time.process_time()
    plain_text(piece * (600_000 // len(piece)))
    assert time.process_time() - started < 5


@given(st.text(alphabet=st.sampled_from("<>/!-\"'abr p&;script[]CDATA\n"), max_size=200))
def test_any_markup_gives_text(markup: str) -> None:
    text = plain_text(markup)
    assert text == text.strip()
    assert "<script>" not in plain_text(f"x{markup.replace('&', '')}")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Ferry runs</p>", "Ferry runs"),
        ("&lt;p&gt;Ferry &amp;amp; bus&lt;/p&gt;", "Ferry & bus"),
        ("Ferry<br>&amp;lt;p&amp;gt;runs&amp;lt;/p&amp;gt;", "Ferry\nruns"),
        ("if a &lt; b and c &gt; d", "if a < b and c > d"),
        ("the &lt;marquee&gt; element", "the <marquee> element"),
    ],
)
def test_body_that_was_escaped_twice_is_unfolded_twice(markup: str, text: str) -> None:
    assert plain_body(markup) == text
