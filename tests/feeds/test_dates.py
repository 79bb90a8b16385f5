"""Dates as feeds print them, and what is refused rather than guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds.dates import clamp, parse_date

TABLE = [
    # RFC 822 and its neighbours
    ("Mon, 06 Sep 2021 12:00:00 GMT", "", "2021-09-06T12:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 +0300", "", "2021-09-06T09:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 +03:00", "", "2021-09-06T09:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 -0500", "", "2021-09-06T17:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 EST", "", "2021-09-06T17:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 PDT", "", "2021-09-06T19:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 MSK", "", "2021-09-06T09:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 CET", "", "2021-09-06T11:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 CEST", "", "2021-09-06T10:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 EET", "", "2021-09-06T10:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 BST", "", "2021-09-06T11:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 IST", "", "2021-09-06T06:30:00"),
    ("Mon, 06 Sep 2021 12:00:00 IST", "he", "2021-09-06T10:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 IST", "en-ie", "2021-09-06T11:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 CST", "zh-cn", "2021-09-06T04:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 Z", "", "2021-09-06T12:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 UTC+3", "", "2021-09-06T09:00:00"),
    ("Thu,28 Jul 2022 4:35:5 GMT+9", "", "2022-07-27T19:35:05"),
    ("Mon, 06 Sep 2021 12:00:00 Europe/Moscow", "", "2021-09-06T09:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 America/New_York", "", "2021-09-06T16:00:00"),
    ("Mon, 06 Sep 2021 12:00:00 +0300 (MSK)", "", "2021-09-06T09:00:00"),
    ("Mon, 6 Sep 21 12:00 GMT", "", "2021-09-06T12:00:00"),
    ("Mo, 06 Sep 2021 12:00:00 +0200", "de", "2021-09-06T10:00:00"),
    ("6 Sept 2021 12:00:00", "", "2021-09-06T12:00:00"),
    ("Sep 06, 2021 12:00 PM", "", "2021-09-06T12:00:00"),
    ("Sep 06, 2021 12:05 a.m.", "", "2021-09-06T00:05:00"),
    ("September 6, 2021", "", "2021-09-06T00:00:00"),
    ("September 6th, 2021 5:30 pm EDT", "", "2021-09-06T21:30:00"),
    ("06-Sep-2021 12:00:00", "", "2021-09-06T12:00:00"),
    ("Mon Sep  6 12:00:00 2021", "", "2021-09-06T12:00:00"),
    ("Mon Sep  6 12:00:00 MSK 2021", "", "2021-09-06T09:00:00"),
    ("12:00, 6 September 2021", "", "2021-09-06T12:00:00"),
    ("Mon, 06 Sep 2021 24:00:00 GMT", "", "2021-09-07T00:00:00"),
    ("Mon, 06 Sep 2021 23:59:60 GMT", "", "2021-09-06T23:59:59"),
    # ISO 8601
    ("2021-09-06T12:00:00Z", "", "2021-09-06T12:00:00"),
    ("2021-09-06T12:00:00.123456Z", "", "2021-09-06T12:00:00"),
    ("2021-09-06T12:00:00+03:00", "", "2021-09-06T09:00:00"),
    ("2021-09-06T12:00:00+0300", "", "2021-09-06T09:00:00"),
    ("2021-09-06T12:00:00+03", "", "2021-09-06T09:00:00"),
    ("2021-09-06T12:00:00\u22120500", "", "2021-09-06T17:00:00"),
    ("2021-09-06T12:00", "", "2021-09-06T12:00:00"),
    ("2021-09-06 12:00:00", "", "2021-09-06T12:00:00"),
    ("2021-09-06 12:00:00 +0300", "", "2021-09-06T09:00:00"),
    ("2021-09-06 12:00:00 MSK", "", "2021-09-06T09:00:00"),
    ("2021-09-06", "", "2021-09-06T00:00:00"),
    ("20210906T120000Z", "", "2021-09-06T12:00:00"),
    ("20210906T120000", "", "2021-09-06T12:00:00"),
    ("20210906", "", "2021-09-06T00:00:00"),
    # figures in other orders
    ("2020/1/10 14:33:00", "", "2020-01-10T14:33:00"),
    ("2020/01/10", "zh", "2020-01-10T00:00:00"),
    ("06.09.2021 12:00", "", "2021-09-06T12:00:00"),
    ("06.09.2021 12:00:30", "ru", "2021-09-06T12:00:30"),
    ("6.9.21", "de", "2021-09-06T00:00:00"),
    ("06/09/2021 12:00", "fr", "2021-09-06T12:00:00"),
    ("09/06/2021 12:00", "en-us", "2021-09-06T12:00:00"),
    ("09/06/2021 12:00 PM", "en", "2021-09-06T12:00:00"),
    ("06/09/2021", "en-gb", "2021-09-06T00:00:00"),
    ("26/09/2021", "", "2021-09-26T00:00:00"),
    ("09/26/2021", "", "2021-09-26T00:00:00"),
    ("1630929600", "", "2021-09-06T12:00:00"),
    ("1630929600123", "", "2021-09-06T12:00:00"),
    # other languages
    ("Пн, 06 сен 2021 12:00:00 +0300", "ru", "2021-09-06T09:00:00"),
    ("6 сентября 2021 г. 12:00", "ru", "2021-09-06T12:00:00"),
    ("6 сентября 2021, 12:00 МСК", "ru", "2021-09-06T09:00:00"),
    ("6 вересня 2021 12:00", "uk", "2021-09-06T12:00:00"),
    ("6. September 2021 12:00 Uhr", "de", "2021-09-06T12:00:00"),
    ("6. März 2021, 8:05 MEZ", "de", "2021-03-06T07:05:00"),
    ("lun., 6 sept. 2021 12:00:00 +0200", "fr", "2021-09-06T10:00:00"),
    ("mar. 7 septembre 2021", "fr", "2021-09-07T00:00:00"),
    ("6 août 2021 12:00", "fr", "2021-08-06T12:00:00"),
    ("lunedì 6 settembre 2021 12:00", "it", "2021-09-06T12:00:00"),
    ("6 de septiembre de 2021 12:00", "es", "2021-09-06T12:00:00"),
    ("Mar, 07 Sep 2021 12:00:00 +0200", "es", "2021-09-07T10:00:00"),
    ("6 de setembro de 2021", "pt", "2021-09-06T00:00:00"),
    ("6 września 2021 12:00", "pl", "2021-09-06T12:00:00"),
    ("6 Eylül 2021 12:00", "tr", "2021-09-06T12:00:00"),
    ("6 Kasım 2021", "tr", "2021-11-06T00:00:00"),
    ("6 سبتمبر 2021 12:00", "ar", "2021-09-06T12:00:00"),
    ("٦ سبتمبر ٢٠٢١", "ar", "2021-09-06T00:00:00"),
    ("6 كانون الثاني 2021", "ar", "2021-01-06T00:00:00"),
    ("6 أيلول 2021 5:00 م", "ar", "2021-09-06T17:00:00"),
    ("2021년 9월 6일 12:00", "ko", "2021-09-06T12:00:00"),
    ("2021年9月6日", "zh", "2021-09-06T00:00:00"),
    ("2021年9月6日 12:30", "ja", "2021-09-06T12:30:00"),
]


@pytest.mark.parametrize(("raw", "language", "expected"), TABLE)
def test_date_is_read(raw: str, language: str, expected: str) -> None:
    assert parse_date(raw, language=language) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "   ",
        "yesterday",
        "0000-00-00 00:00:00",
        "0000-00-00",
        "0001-01-01T00:00:00Z",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "1899-12-30",
        "0",
        "1",
        "0000000000",
        "2021-13-01",
        "2021-02-30",
        "31.02.2021",
        "2021-09-06T25:00:00Z",
        "2021-09-06T12:61:00Z",
        "2021-09-06T12:00:00+99:00",
        "06/09/2021",
        "Mon, 06 Sep 2021 12:00:00 XYZT",
        "Mon, 06 Sep 2021 12:00:00 Mars/Olympus",
        "06 Sep",
        "Sep 2021",
        "12:00",
        "9999-99-99",
        "3021-09-06",
        "2021-09-06" + " " * 200 + "x",
        "6 Sep 2021 " * 20,
    ],
)
def test_date_that_cannot_be_trusted_is_none(raw: str) -> None:
    assert parse_date(raw) is None


@given(st.text(max_size=120), st.sampled_from(["", "en", "ru", "ar", "x", "en-us"]))
def test_any_text_gives_an_aware_date_or_none(raw: str, language: str) -> None:
    found = parse_date(raw, language=language)
    assert found is None or (found.tzinfo is UTC and 1995 <= found.year <= 2100)


DATE_PIECES = st.lists(
    st.sampled_from(
        ["2021", "09", "6", "-", "/", ".", ":", " ", "T", "Z", "+", "Sep", "12", "am", ",", "年", "Europe/", "²", "٦", "99999999"]
    ),
    max_size=24,
)


@given(DATE_PIECES.map("".join))
def test_text_that_looks_like_a_date_never_raises(raw: str) -> None:
    found = parse_date(raw, language="en")
    assert found is None or found.utcoffset() == timedelta()


@given(st.datetimes(min_value=datetime(1995, 1, 2), max_value=datetime(2099, 12, 30)))  # noqa: DTZ001 - naive on purpose
def test_iso_and_rfc_forms_of_one_moment_agree(moment: datetime) -> None:
    exact = moment.replace(microsecond=0, tzinfo=UTC)
    assert parse_date(exact.isoformat()) == exact
    assert parse_date(exact.strftime("%a, %d %b %Y %H:%M:%S +0000")) == exact


@pytest.mark.parametrize(("hours", "kept"), [(-1000, True), (0, True), (2, True), (3, False)])
def test_dates_in_the_future_mean_first_seen(hours: int, kept: bool) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    value = now + timedelta(hours=hours)
    assert clamp(value, now=now, slack=timedelta(hours=2)) == (value if kept else None)


def test_no_date_stays_none() -> None:
    assert clamp(None, now=datetime(2026, 1, 1, tzinfo=UTC), slack=timedelta(hours=2)) is None
