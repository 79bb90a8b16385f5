"""The rules about boxes stay linear: on megabyte lines, on lines made to backtrack, on pages made of nothing but boxes."""

import time

import pytest

from aggregator.articles.appeals import alternatives, is_appeal, is_label, labelled_teaser
from aggregator.articles.furniture import is_byline, is_date, is_edge, is_furniture, is_inviting, is_name
from tests.articles.support import PARAGRAPH, page, read

SECONDS = 20
RULES = (is_appeal, is_label, labelled_teaser, is_furniture, is_inviting, is_edge, is_date, is_byline, is_name)
PIECES = (
    "we ",
    "your support ",
    "sign up for ",
    "© ",
    "by continuing ",
    "use cookies ",
    "1 / ",
    "read more about ",
    " ",
    "By A ",
    "поддержите нас ",
    "\u3000",
    "a",
    "(",
    "…",
    "get the app ",
)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("size", [100, 160, 260, 420, 1_000_000])
def test_no_line_keeps_a_rule_busy(rule, size):
    """The longest line that is looked at has 420 characters; every piece is repeated up to each limit, alone and with a wrong end."""
    for piece in PIECES:
        for end in ("", "!", "\x00", " x@"):
            line = (piece * (size // len(piece) + 1))[: size - len(end)] + end
            started = time.process_time()
            rule(line)
            assert time.process_time() - started < 0.2


TEASER = '<div><a href="/x">A title of another article here</a><p>Something was said about it by somebody on Monday.</p></div>'
PAGES = {
    "5,000 lines 200 deep": page("<div>" * 200 + f"<p>{PARAGRAPH}</p>" * 5_000 + "</div>" * 200),
    "2,900 boxes 150 deep": page("<div>" * 150 + "<div><div><b>Donate</b></div><p>Give now</p></div>" * 1_400 + "</div>" * 150),
    "1,400 sections with headings": page(f"<p>{PARAGRAPH}</p><p>Advertisement</p>" + f"<section><h2>Another headline here</h2><p>{PARAGRAPH}</p></section>" * 1_400),
    "1,400 cards": page(f"<p>{PARAGRAPH}</p><div>{TEASER * 700}</div>" + TEASER * 700),
    "tables in tables": page("<table><tr><td>" * 80 + f"<p>{PARAGRAPH}</p>" + "</td></tr></table>" * 80 + "<table><tr><td>x</td></tr></table>" * 5_000),
    "30,000 loose links": page(f"<p>{PARAGRAPH}</p>" + "<a href='/x'>x</a> " * 30_000),
    "30,000 loose dates": page("<time>10:15</time> " * 30_000 + f"<p>{PARAGRAPH}</p>"),
    "one block over 50,000 spans": page(f"<div><p>{PARAGRAPH}</p><span>{'<i>x</i>' * 50_000}</span></div>"),
    "20,000 pictures in one box": page(f"<p>{PARAGRAPH}</p><div>{'<img src=/x>' * 20_000}<p>few words</p></div>"),
    "players full of text": page(f"<p>{PARAGRAPH}</p>" + f"<audio>{'<b>x</b>' * 100}</audio>" * 400),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_pages_made_of_boxes_end_in_time(name):
    started = time.process_time()
    read(PAGES[name])
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("pattern", ["a|b", r"(?:a|b)|c", r"[|]|d", r"\||e", "", r"a(?:b|(?:c|d))|[^)|]f"])
def test_branches_put_together_again_are_the_pattern(pattern):
    assert "|".join(alternatives(pattern)) == pattern


def test_branches_are_split_outside_groups_only():
    assert alternatives(r"a(?:b|c)|[|]d|\|e") == [r"a(?:b|c)", "[|]d", r"\|e"]
