"""Retry-After in all its spellings; validators that can go back to the server."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.net.headers import parse_retry_after, sendable

NOW = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), (" 120 ", 120), ("1.5", 1.5), ("0", None), ("-5", None), ("", None), (None, None), ("soon", None), ("1e3", None),
        ("9999999999", WEEK.total_seconds()), ("99999999999999999999", None), ("0x10", None), ("12 30", None), ("٣", None),
        ("Mon, 02 Mar 2026 12:05:00 GMT", 300), ("Monday, 02-Mar-26 12:05:00 GMT", 300), ("Mon Mar  2 12:05:00 2026", 300),
        ("Mon, 02 Mar 2026 14:05:00 +0200", 300), ("Mon, 02 Mar 2026 11:00:00 GMT", None), ("Mon, 02 Mar 9999 11:00:00 GMT", WEEK.total_seconds()),
        ("Mon, 99 Mar 2026 12:05:00 GMT", None), ("2026", 2026), ("Mon, 02 Mar 2026 12:05:00 +9999999", None),
    ],
)  # fmt: skip
def test_retry_after(value, seconds):
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert parse_retry_after(value, now=NOW, cap=WEEK) == expected


@given(
    st.one_of(st.text(max_size=60), st.from_regex(r"(Mon, )?\d+ (Mar|\w{3}) \d+ \d+:\d+:\d+ ?(GMT|[+-]\d{4})?", fullmatch=True))
)
def test_retry_after_never_raises_and_keeps_its_cap(text):
    wanted = parse_retry_after(text, now=NOW, cap=WEEK)
    assert wanted is None or timedelta() < wanted <= WEEK


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('W/"a b"', b'W/"a b"'), ('"\xe9"', b'"\xe9"'), ("a\tb", b"a\tb"), ("", None), (None, None), ("a\r\nX: y", None), ("a\x00", None),
        ("ф", None), ("a\x7f", None),
    ],
)  # fmt: skip
def test_sendable(value, expected):
    assert sendable(value) == expected
