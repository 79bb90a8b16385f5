"""The ground everything stands on: text, reasons, clocks, errors."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.clock import ManualClock, SystemClock
from aggregator.errors import ConfigError, QueryError
from aggregator.reasons import Reason, explain
from aggregator.text import normalise, one_line, printable


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\u00a0b", "a b"),
        ("soft\u00adhyphen", "softhyphen"),
        ("e\u0301", "é"),
        ("one\r\n\r\n two ", "one\ntwo"),
        ("a\u2028b\x85c\x0bd", "a\nb\nc\nd"),
        ("\u202eevil\u202c", "evil"),
        ("nul\x00 bell\x07", "nul bell"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ufeffstart", "start"),
    ],
)
def test_one_stored_form(raw: str, expected: str) -> None:
    assert normalise(raw) == expected


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.one_of(st.text(), st.text(alphabet="ab  \u0301\u00a0\u00ade\u212b ")))
def test_the_short_way_of_clean_lines_is_the_long_way(text: str) -> None:
    """A line end behind the text takes the long way, and is not part of the result."""
    assert normalise(text) == normalise(text + "\n")


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_a_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert "\n" not in line
    assert len(line) <= limit


def test_nothing_printed_moves_a_cursor() -> None:
    assert printable("\x1b[31mred\x1b[0m\r\nnext\u202e") == "[31mred[0m next"


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(reason: Reason) -> None:
    words = explain(reason)
    assert words
    assert not words.endswith(".")


def test_a_clock_started_elsewhere_runs_on_from_there() -> None:
    start = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert timedelta() <= SystemClock(start).now() - start < timedelta(seconds=5)
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_manual_clock_moves_only_when_it_is_moved() -> None:
    clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.advance(timedelta(hours=1))
    assert clock.now() == datetime(2026, 3, 1, 1, tzinfo=UTC)


def test_errors_name_their_place() -> None:
    wrong = ConfigError("topics.toml:3", "no such key", hint="did you mean query?")
    assert (str(wrong), wrong.hint, wrong.exit_code) == ("topics.toml:3: no such key", "did you mean query?", 2)
    query = QueryError("a word is missing", source="a AND", pos=5, end=5)
    assert str(query) == "column 6: a word is missing"
