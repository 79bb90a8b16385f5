"""Queries that cannot be read: what is wrong, where, what to write; and that hostile ones end quickly."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import QueryError
from aggregator.topics.canonical import caret
from aggregator.topics.parser import parse

LISTS = {
    "leaders": ("Sisi", "al-Sisi"),
    "bad": ("ok", "--"),
    "short": ("ab*",),
    "none": (),
    "long": tuple(f"w{n}" for n in range(501)),
}

# query, column, words of the message, words of the hint
ERRORS = [
    ("", 1, "empty", "write a word"),
    ("   ", 1, "empty", ""),
    ("a AND", 6, "missing after AND", ""),
    ("a OR", 5, "missing after OR", ""),
    ("a NOT", 6, "missing after NOT", ""),
    ("a NEAR/5", 9, "missing after NEAR/5", ""),
    ("AND x", 1, "AND has nothing on its left", '"AND"'),
    ("OR x", 1, "OR has nothing on its left", '"OR"'),
    ("NEAR/5 x", 1, "NEAR has nothing on its left", ""),
    ("a AND OR b", 7, "missing after AND before OR", ""),
    ("a OR OR b", 6, "missing after OR before OR", ""),
    ("a AND (OR b)", 8, "missing after ( before OR", ""),
    ("(a OR b", 1, "never closed", "add a )"),
    ("a (b (c)", 3, "never closed", ""),
    ("a OR b)", 7, "no matching (", ""),
    (")", 1, "no matching (", ""),
    ("()", 1, "empty", ""),
    ("(a OR )", 7, "missing after OR before )", ""),
    ('"abc', 1, "quotation mark is never closed", '"'),
    ("a «abc", 3, "quotation mark is never closed", "»"),
    ('""', 1, "no letter or digit", ""),
    ('a "…"', 3, "no letter or digit", ""),
    ("a - b", 3, "no letter or digit", ""),
    ("NOT a", 1, "only excludes", "add with AND"),
    ("-a -b", 1, "only excludes", ""),
    ("a OR NOT b", 6, "only excludes", ""),
    ("(a AND b) OR -c", 14, "only excludes", ""),
    ("title:(NOT a)", 8, "only excludes", ""),
    ("NOT source:x", 1, "only excludes", ""),
    ("NOT NOT a", 1, "only excludes", ""),
    ("a NEAR b", 3, "needs a distance", "NEAR/5"),
    ("a ONEAR b", 3, "needs a distance", "ONEAR/5"),
    ("a NEAR/51 b", 3, "too wide", "AND"),
    ("a NEAR/" + "9" * 5000 + " b", 3, "too wide", ""),
    ("a NEAR/5 (b AND c)", 11, "AND cannot stand inside NEAR", "OR-groups"),
    ("(a NOT b) NEAR/5 c", 2, "AND cannot stand inside NEAR", ""),
    ("a NEAR/5 title:b", 10, "a field cannot stand inside NEAR", ""),
    ("a NEAR/5 (b OR language:ru)", 16, "a field cannot stand inside NEAR", ""),
    ("ATLEAST/2(a AND b)", 11, "AND cannot stand inside ATLEAST", ""),
    ("START/2(ATLEAST/2(a))", 9, "ATLEAST cannot stand inside START", ""),
    ("ATLEAST(a)", 1, "needs a number", "ATLEAST/3"),
    ("START/0(a)", 1, "needs a number", ""),
    ("ATLEAST/" + "9" * 5000 + "(a)", 1, "needs a number", ""),
    # other products
    ("a W/5 b", 3, "W/5 is not an operator", "NEAR/4"),
    ("a w/5 b", 3, "w/5 is not an operator", "NEAR/4"),
    ("a PRE/5 b", 3, "PRE/5 is not an operator", "ONEAR/4"),
    ("a ADJ5 b", 3, "ADJ5 is not an operator", "ONEAR/4"),
    ("a near5 b", 3, "near5 is not an operator", "NEAR/4"),
    ("a NEAR/3f b", 3, "NEAR/3f is not an operator", "ONEAR/3"),
    ("a near/5 b", 3, "near/5 is not an operator", "NEAR/5"),
    ("a onear/5 b", 3, "onear/5 is not an operator", "ONEAR/5"),
    ("a NEAR/x b", 3, "NEAR/x is not an operator", "number"),
    ("a W/p b", 3, "W/p is not an operator", "NEAR/10"),
    ("a AROUND(5) b", 3, "AROUND(5) is not an operator", "NEAR/5"),
    ("atleast5 (a)", 1, "atleast5 is not an operator", "ATLEAST/5"),
    ("a ANDNOT b", 3, "ANDNOT is not an operator", "AND NOT"),
    ("a && b", 3, "&& is not an operator", "AND"),
    ("a & b", 3, "& is not an operator", "AND"),
    ("a || b", 3, "|| is not an operator", "OR"),
    ("a | b", 3, "| is not an operator", "OR"),
    ("a !b", 3, "!b is not an operator", "NOT"),
    ("+a b", 1, "+a is not an operator", "leave the + out"),
    ("sanction! b", 1, "sanction! is not an operator", "sanction*"),
    ('"a b"~5', 6, "~5 is not known", "NEAR/5"),
    ('headline("x")', 1, "headline( … ) is not known", "title:"),
    ("TITLE(x)", 1, "TITLE( … ) is not known", "title:"),
    # fields
    ("tittle:x", 1, "no field 'tittle'", "title:"),
    ("intitle:x", 1, "no field 'intitle'", "title:"),
    ("site:x", 1, "no field 'site'", "source:"),
    ("a lang:ru", 3, "no field 'lang'", "language:"),
    ("Breaking:x", 1, "no field 'Breaking'", "quotes"),
    ("14:30", 3, "':' cannot stand here", "quotes"),
    ("title:", 7, "missing after title:", ""),
    ("title:body:x", 7, "body: cannot stand inside title:", "one field"),
    ("language:", 1, "needs a value", "language:ru"),
    ('source:""', 1, "needs a value", "source:"),
    ("language:(ru AND uk)", 14, "only OR", ""),
    ("language:(ru OR", 1, "needs a value", ""),
    # words
    ("colr*r", 1, "* can only stand at the end", "?"),
    ("*foo", 1, "* can only stand at the end", ""),
    ("ab*", 1, "at least 3 letters", ""),
    ("a?c", 1, "at least 3 letters", ""),
    ('"red ab*"', 6, "at least 3 letters", ""),
    ('"red * sea"', 6, "at least 3 letters", ""),
    ("=sanction*", 2, "cannot be combined", ""),
    ("= a", 1, "must touch", "=word"),
    ("~", 1, "must touch", ""),
    ("=(a)", 1, "must touch", ""),
    ("[a-z]", 1, "[ cannot stand here", "quotes"),
    ("a^2", 2, "^ cannot stand here", ""),
    ("foo.*bar", 5, "* can only stand at the end", ""),
    ("a\\b", 2, "\\ cannot stand here", ""),
    ("a \x00", 3, "control character (U+0000)", "delete"),
    ("a \x1b[2J", 3, "control character (U+001B)", ""),
    ("a \ud800", 3, "control character (U+D800)", ""),
    # lists
    ("@leader", 1, "no list 'leader'", "@leaders"),
    ("a @zzz", 3, "no list 'zzz'", "[[lists]]"),
    ("@bad", 1, "entry '--': there is no letter", ""),
    ("@short", 1, "entry 'ab*'", ""),
    ("@none", 1, "is empty", ""),
    ("@long", 1, "more than 500 words", ""),
    # size
    ("a " * 501, 1001, "more than 500 words", "several topics"),
    ("(" * 51 + "a" + ")" * 51, 51, "nested too deeply", ""),
    ("NOT " * 51 + "a", 201, "nested too deeply", ""),
    ("a" + " NEAR/1 a" * 51, 453, "nested too deeply", ""),
]


@pytest.mark.parametrize(("query", "column", "message", "hint"), ERRORS, ids=[query[:30] for query, *_ in ERRORS])
def test_error_names_place_and_remedy(query: str, column: int, message: str, hint: str) -> None:
    """Column counted from 1, one sentence, one hint."""
    with pytest.raises(QueryError) as caught:
        parse(query, LISTS)
    error = caught.value
    assert (error.pos + 1, message in error.problem, hint in error.hint) == (column, True, True), (error.problem, error.hint)
    assert error.end > error.pos
    assert "\n" not in str(error)


CARETS = [
    ("a AND", "a AND\n     ^"),
    ("bar W/5 x", "bar W/5 x\n    ^^^"),
    ("a OR\ntittle:x OR\nb", "tittle:x OR\n^^^^^^^"),
    ("习近平 AND", "习近平 AND\n          ^"),
    ("Cafe\u0301 AND", "Cafe\u0301 AND\n        ^"),
    ("a\tAND\x00", "a AND·\n     ^"),
    ("\u202ea AND", "·a AND\n      ^"),
    ("x " * 100 + "tittle:y" + " z" * 100, "…" + "x " * 30 + "tittle:y" + (" z" * 30)[:59] + "…\n" + " " * 61 + "^" * 7),
]


@pytest.mark.parametrize(("query", "expected"), CARETS)
def test_caret_stands_under_the_mistake(query: str, expected: str) -> None:
    """Two lines, the second never longer than a terminal is wide; nothing in them moves the cursor."""
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caret(caught.value) == expected


HOSTILE = [
    "(" * 20_000,
    "(" * 10_000 + ")" * 10_000,
    "(a" * 6_000,
    "-" * 20_000,
    "NOT " * 5_000 + "a",
    "title:" * 3_000 + "a",
    "=" * 20_000,
    '"' * 19_999,
    '"' + "a " * 9_990,
    "a?" * 10_000,
    "x" * 201,
    "a" * 20_001,
    "ж" * 10_001,
    "a NEAR/50 " * 1_900 + "a",
    "(a+)+$",
    "'a " * 6_000 + "\x07",
    ("\\x00" * 4_000),
    "@" * 20_000,
    "aaa" + "?" * 19_000 + "*",
    "AROUND(" * 2_800,
]


@pytest.mark.parametrize("query", HOSTILE, ids=[query[:12] for query in HOSTILE])
def test_hostile_query_is_refused_quickly(query: str) -> None:
    """No recursion, no exponential time: well under a second each."""
    began = time.process_time()
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert len(caret(caught.value)) < 1_000
    assert time.process_time() - began < 1.0


PARTS = (*'ab()"«»*?=~-@:/ \n5習\u0301', " AND ", " OR ", " NOT ", " NEAR/3 ", "title:", "language:", "ATLEAST/2(", "abc")


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=40).map("".join))
def test_any_text_is_a_query_or_a_query_error(query: str) -> None:
    """Nothing else is raised, and the place lies inside the query (or just behind it)."""
    try:
        parse(query, LISTS)
    except QueryError as error:
        assert 0 <= error.pos <= len(query)
        assert caret(error).count("\n") == 1
