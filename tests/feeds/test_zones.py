"""Where the zone of a date comes from, and which zone a feed without zones must be printing."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds.dates import clock_without_zone, parse_date, parse_date_zone
from aggregator.feeds.job import decode_parsed, encode_header, parse_job
from aggregator.feeds.values import ParsedEntry, ZoneSource
from aggregator.feeds.zones import COUNTRY_ZONES, learn_zone
from tests.feeds.documents import NOW, URL, item, rss

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "country", "zone_min", "expected", "source"),
    [
        ("Mon, 06 Sep 2021 12:00:00 +0300", "", None, "2021-09-06T09:00", ZoneSource.STATED),
        ("Mon, 06 Sep 2021 12:00:00 MSK", "DE", 60, "2021-09-06T09:00", ZoneSource.STATED),
        ("Mon, 06 Sep 2021 12:00:00 GMT", "DE", 120, "2021-09-06T12:00", ZoneSource.STATED),
        ("2021-09-06T12:00:00Z", "DE", 120, "2021-09-06T12:00", ZoneSource.STATED),
        ("1630929600", "DE", 120, "2021-09-06T12:00", ZoneSource.STATED),
        ("2021-09-06 12:00", "DE", 180, "2021-09-06T09:00", ZoneSource.LEARNED),
        ("2021-09-06 12:00", "DE", 0, "2021-09-06T12:00", ZoneSource.LEARNED),
        ("2021-09-06 12:00", "DE", -300, "2021-09-06T17:00", ZoneSource.LEARNED),
        ("2021-09-06 12:00", "DE", None, "2021-09-06T10:00", ZoneSource.COUNTRY),
        ("2021-12-06 12:00", "de", None, "2021-12-06T11:00", ZoneSource.COUNTRY),
        ("2021-09-06 12:00", "RU", None, "2021-09-06T09:00", ZoneSource.COUNTRY),
        ("2021-09-06 12:00", "IN", None, "2021-09-06T06:30", ZoneSource.COUNTRY),
        ("6 September 2021", "JP", None, "2021-09-05T15:00", ZoneSource.COUNTRY),
        ("2021-09-06 12:00", "US", None, "2021-09-06T12:00", ZoneSource.ASSUMED),
        ("2021-09-06 12:00", "", None, "2021-09-06T12:00", ZoneSource.ASSUMED),
        ("2021-09-06 12:00", "XX", None, "2021-09-06T12:00", ZoneSource.ASSUMED),
    ],
)
def test_zone_of_a_date(raw: str, country: str, zone_min: int | None, expected: str, source: ZoneSource) -> None:
    found = parse_date_zone(raw, country=country, zone_min=zone_min)
    assert found == (datetime.fromisoformat(expected).replace(tzinfo=UTC), source)


@pytest.mark.parametrize(
    ("zone", "country", "hours"),
    [
        ("IST", "", 5.5),
        ("IST", "IN", 5.5),
        ("IST", "IL", 2),
        ("IST", "IE", 1),
        ("BST", "BD", 6),
        ("BST", "GB", 1),
        ("CST", "CN", 8),
        ("CST", "", -6),
        ("EST", "AU", 10),
        ("EST", "US", -5),
        ("AST", "SA", 3),
        ("MSK", "UA", 3),
        ("CET", "", 1),
        ("WIB", "ID", 7),
    ],
)
def test_abbreviations_mean_what_they_mean_at_home(zone: str, country: str, hours: float) -> None:
    expected = datetime(2021, 9, 6, 12, tzinfo=UTC) - timedelta(hours=hours)
    assert parse_date(f"Mon, 06 Sep 2021 12:00:00 {zone}", country=country) == expected


@pytest.mark.parametrize(
    ("country", "expected"), [("US", "2021-09-06"), ("GB", "2021-06-09"), ("PH", "2021-09-06"), ("", "2021-09-06")]
)
def test_country_decides_the_slashes_of_english(country: str, expected: str) -> None:
    found = parse_date("09/06/2021", language="en", country=country)
    assert found is not None
    assert found.date().isoformat() == expected


@pytest.mark.parametrize("raw", ["", "yesterday", "0000-00-00 00:00:00", "Mon, 06 Sep 2021 12:00:00 XYZT", "1970-01-01 00:00"])
def test_no_date_has_no_zone(raw: str) -> None:
    assert parse_date_zone(raw, country="DE", zone_min=60) is None


def test_every_zone_of_a_country_exists() -> None:
    assert len(COUNTRY_ZONES) > 150
    assert all(ZoneInfo(name).key == name for name in COUNTRY_ZONES.values())
    assert {"US", "CA", "BR", "AU", "MX", "ID"}.isdisjoint(COUNTRY_ZONES)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2021-09-06 12:00", datetime(2021, 9, 6, 12, tzinfo=UTC)),
        ("2021-09-06 12:00 MSK", None),
        ("2021-09-06T12:00Z", None),
        ("2021-09-06", None),
        ("1630929600", None),
        ("soon", None),
    ],
)
def test_only_clocks_without_a_zone_teach(raw: str, expected: datetime | None) -> None:
    assert clock_without_zone(raw) == expected


def samples(minutes: int, delays: list[int]) -> list[tuple[datetime, datetime]]:
    """What a feed at `minutes` east prints, its entries seen `delays` minutes after they were written."""
    seen = [NOON + timedelta(hours=7 * number) for number in range(len(delays))]
    return [(at - timedelta(minutes=delay) + timedelta(minutes=minutes), at) for at, delay in zip(seen, delays, strict=True)]


QUICK = [2, 5, 9, 14, 18, 11, 7]


@pytest.mark.parametrize("minutes", [180, 60, 0, 330, 345 - 15, 540, -300, -480, 780, -150])
@pytest.mark.parametrize("delays", [QUICK, [1] * 5, [3, 20, 35, 12, 28, 9], [15, 15, 16, 14, 15], [*QUICK, 600, 700, 200]])
def test_zone_is_learned_from_young_entries(minutes: int, delays: list[int]) -> None:
    assert learn_zone(samples(minutes, delays)) == minutes


def test_nepal_is_learned_to_the_half_hour() -> None:
    assert learn_zone(samples(345, QUICK)) in {330, 360}


@pytest.mark.parametrize(
    "told",
    [
        [],
        samples(180, [5, 6, 7, 8]),
        samples(180, [30, 300, 1000, 2000, 5000, 90]),
        samples(180, [60 * 24 * day for day in range(1, 30)]),
        samples(180, [5, 6, 7, 8, 9, 400, 460, 530, 620, 700, 780, 820]),
        [(datetime(2026, 3, day, tzinfo=UTC), datetime(2026, 3, day, 7, 3, tzinfo=UTC)) for day in range(1, 20)],
        [(NOON + timedelta(hours=20), NOON)] * 9,
    ],
    ids=["nothing", "four", "scattered", "an archive", "a minority", "dates without a time", "beyond every zone"],
)
def test_entries_that_do_not_tell_teach_nothing(told: list[tuple[datetime, datetime]]) -> None:
    assert learn_zone(told) is None


def test_one_entry_dated_ahead_does_not_mislead() -> None:
    told = [*samples(180, [5, 6, 8, 9, 10, 12, 7, 4, 11, 6]), (NOON + timedelta(minutes=210), NOON)]
    assert learn_zone(told) == 180


@given(st.lists(st.tuples(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC))), max_size=30))
def test_any_samples_give_a_zone_that_exists_or_none(told: list[tuple[datetime, datetime]]) -> None:
    found = learn_zone(told)
    assert found is None or (abs(found) <= 14 * 60 and found % 30 == 0)


def entry(date: str, *, country: str = "", zone_min: int | None = None) -> ParsedEntry:
    header = encode_header(url=URL, content_type="", country=country, zone_min=zone_min, now=NOW)
    return decode_parsed(parse_job(header, rss(item(1, f"<pubDate>{date}</pubDate>")))).entries[0]


def test_country_and_habit_go_through_the_worker() -> None:
    assert entry("2026-03-01 12:00").published_zone is ZoneSource.ASSUMED
    by_country = entry("2026-03-01 12:00", country="RU")
    assert (by_country.published_at, by_country.published_zone) == (datetime(2026, 3, 1, 9, tzinfo=UTC), ZoneSource.COUNTRY)
    learned = entry("2026-03-01 12:00", country="RU", zone_min=300)
    assert (learned.published_at, learned.published_zone) == (datetime(2026, 3, 1, 7, tzinfo=UTC), ZoneSource.LEARNED)


def test_future_date_has_no_zone_and_keeps_its_text() -> None:
    found = entry("2051-09-06 12:00")
    assert (found.published_at, found.published_zone, found.published_raw) == (None, ZoneSource.NONE, "2051-09-06 12:00")


def test_clock_of_a_country_ahead_of_utc_is_not_in_the_future() -> None:
    """Read as UTC, an entry of Tokyo would lie nine hours ahead and lose its date."""
    assert entry("2026-03-02 20:30", country="JP").published_at == datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
