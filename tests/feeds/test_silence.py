"""An outlet is silent against its own habit, nights and weekends included, and never because we could not look."""

from datetime import datetime, timedelta

import pytest

from aggregator.feeds.silence import quiet, thin, usual_gap
from tests.feeds.documents import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def daily(hours: range, *, days: int, end: datetime = NOW) -> list[datetime]:
    """An article at each of these hours of each of the last days before `end`."""
    midnight = end.replace(hour=0)
    every = [midnight - DAY * day + HOUR * hour for day in range(days) for hour in hours]
    return [moment for moment in every if moment <= end]


def test_the_usual_gap_is_the_longest_of_a_usual_day() -> None:
    assert usual_gap(daily(range(24), days=10)) == HOUR
    assert usual_gap(daily(range(7, 22), days=10)) == 10 * HOUR
    assert usual_gap(daily(range(7, 9), days=2)) is None


def test_one_holiday_makes_no_habit() -> None:
    times = [moment for moment in daily(range(24), days=20) if moment.date() != (NOW - 9 * DAY).date()]
    assert usual_gap(times) == HOUR


@pytest.mark.parametrize(("hours", "silent"), [(2, False), (3, False), (3.5, True), (30, True)])
def test_an_hourly_outlet_is_silent_after_three_hours(hours: float, silent: bool) -> None:
    found = quiet(daily(range(24), days=10), heard_at=NOW + timedelta(hours=hours))
    assert (found is not None) is silent


def test_nights_are_no_silence() -> None:
    times = daily(range(7, 22), days=10, end=NOW.replace(hour=21))
    for hours in range(30):
        assert quiet(times, heard_at=NOW.replace(hour=21) + HOUR * hours) is None
    assert quiet(times, heard_at=NOW.replace(hour=21) + HOUR * 31) is not None


def test_a_habit_of_one_afternoon_takes_a_night_for_granted() -> None:
    times = [NOW - timedelta(minutes=20) * number for number in range(20)]
    assert quiet(times, heard_at=NOW + 23 * HOUR) is None
    found = quiet(times, heard_at=NOW + 25 * HOUR)
    assert found is not None
    assert (found.since, found.why) == (NOW, "silent for 25 h, 3 times its usual gap of 8 h")


@pytest.mark.parametrize(
    ("count", "before", "told"),
    [
        (3, (40, 38, 44, 41), "3 articles on Monday, where 40 are usual"),
        (0, (40, 38, 44), "0 articles on Monday, where 40 are usual"),
        (9, (40, 38, 44, 41), ""),
        (0, (40, 38), ""),
        (0, (5, 6, 4, 5), ""),
        (1, (0, 0, 40, 41), "1 articles on Monday, where 20 are usual"),
    ],
)
def test_a_day_far_below_its_weekday(count: int, before: tuple[int, ...], told: str) -> None:
    found = thin(datetime(2026, 3, 2, tzinfo=NOW.tzinfo), count, before)
    assert (found.why if found else "") == told
