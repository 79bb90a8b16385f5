"""Delivery plans: what people may write, and when the next slot is, over every change of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.alerts.plans import day_start, in_quiet, next_slot, parse_plan, parse_quiet, plan_key, show_plan
from aggregator.alerts.values import Every, Plan
from aggregator.errors import UsageError

AMSTERDAM = "Europe/Amsterdam"
ZONES = (AMSTERDAM, "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Kathmandu")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "shown", "key"),
    [
        ("immediately", "immediately", "immediately"),
        ("Hourly", "hourly", "hourly Europe/Amsterdam"),
        ("every 30 minutes", "every 30 minutes", "every 30 minutes"),
        ("every 1 minute", "every 1 minutes", "every 1 minutes"),
        ("every 2 hours", "every 120 minutes", "every 120 minutes"),
        ("  Daily   AT 8:00 ", "daily at 08:00", "daily at 08:00 Europe/Amsterdam"),
        ("weekdays at 08:30", "weekdays at 08:30", "weekdays at 08:30 Europe/Amsterdam"),
        ("weekly on monday at 08:00", "weekly on monday at 08:00", "weekly on monday at 08:00 Europe/Amsterdam"),
        ("weekly on Sun at 00:00", "weekly on sunday at 00:00", "weekly on sunday at 00:00 Europe/Amsterdam"),
    ],
)
def test_a_plan_is_read_and_shown_in_words_that_read_back_as_the_same_plan(text: str, shown: str, key: str) -> None:
    plan = parse_plan(text, timezone=AMSTERDAM)
    assert (show_plan(plan), plan_key(plan)) == (shown, key)
    assert parse_plan(shown, timezone=AMSTERDAM) == plan


@pytest.mark.parametrize(
    ("text", "timezone", "says", "hint"),
    [
        ("", AMSTERDAM, "no delivery plan", "allowed"),
        ("dayly at 08:00", AMSTERDAM, "no delivery plan", 'did you mean "daily at 08:00"'),
        ("imediately", AMSTERDAM, "no delivery plan", 'did you mean "immediately"'),
        ("daily", AMSTERDAM, "no time", '"daily at 08:00"'),
        ("daily at 24:00", AMSTERDAM, "no time of day", "23:59"),
        ("daily at 08:60", AMSTERDAM, "no time of day", "23:59"),
        ("daily at 8", AMSTERDAM, "no time of day", "23:59"),
        ("daily at ٠٨:٠٠", AMSTERDAM, "no time of day", "23:59"),
        ("weekly at 08:00", AMSTERDAM, "says no day", "weekly on monday at 08:00"),
        ("daily on monday at 08:00", AMSTERDAM, "takes no day", "allowed"),
        ("weekly on mondy at 08:00", AMSTERDAM, "no day of the week", 'did you mean "monday"'),
        ("every 0 minutes", AMSTERDAM, "between 1 and 1440", "allowed"),
        ("every 25 hours", AMSTERDAM, "between 1 and 1440", "allowed"),
        ("immediately", "Europe/Amsterdm", "unknown time zone", '"Europe/Amsterdam"'),
        ("immediately", "amsterdam", "unknown time zone", '"Europe/Amsterdam"'),
        ("immediately", "europe/amsterdam", "unknown time zone", '"Europe/Amsterdam"'),
        ("immediately", "Europe", "unknown time zone", ""),
        ("immediately", "../../etc/passwd", "unknown time zone", ""),
        ("immediately", "", "unknown time zone", "IANA"),
        ("immediately", "x\0" * 5000, "unknown time zone", "IANA"),
    ],
)
def test_a_wrong_plan_or_zone_is_answered_with_what_is_wrong_and_what_to_write(
    text: str, timezone: str, says: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parse_plan(text, timezone=timezone)
    assert says in caught.value.message
    assert hint in caught.value.hint
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("deliver", "timezone", "after", "expected"),
    [
        ("daily at 08:00", AMSTERDAM, "2026-11-23T06:59:59", "2026-11-23T07:00:00"),
        ("daily at 08:00", AMSTERDAM, "2026-11-23T07:00:00", "2026-11-24T07:00:00"),
        ("weekdays at 08:00", AMSTERDAM, "2026-11-20T07:00:00", "2026-11-23T07:00:00"),
        ("weekly on monday at 08:00", AMSTERDAM, "2026-11-23T07:00:00", "2026-11-30T07:00:00"),
        ("daily at 00:00", "Pacific/Kiritimati", "2026-11-23T09:00:00", "2026-11-23T10:00:00"),
        ("every 30 minutes", AMSTERDAM, "2026-11-23T07:00:00", "2026-11-23T07:30:00"),
        ("hourly", "Asia/Kathmandu", "2026-11-23T07:00:00", "2026-11-23T07:15:00"),
        # Four zones, spring: 02:30 (or 00:00) is skipped, the slot is the first moment after the gap.
        ("daily at 02:30", AMSTERDAM, "2026-03-28T12:00:00", "2026-03-29T01:00:00"),
        ("daily at 02:30", "America/New_York", "2026-03-07T12:00:00", "2026-03-08T07:00:00"),
        ("daily at 02:15", "Australia/Lord_Howe", "2026-10-03T12:00:00", "2026-10-03T15:30:00"),
        ("daily at 00:15", "Africa/Cairo", "2026-04-23T12:00:00", "2026-04-23T22:00:00"),
        # Autumn: the repeated time counts once, its first occurrence.
        ("daily at 02:30", AMSTERDAM, "2026-10-24T12:00:00", "2026-10-25T00:30:00"),
        ("daily at 02:30", AMSTERDAM, "2026-10-25T00:30:00", "2026-10-26T01:30:00"),
        ("daily at 01:30", "America/New_York", "2026-11-01T05:30:00", "2026-11-02T06:30:00"),
        ("daily at 01:45", "Australia/Lord_Howe", "2026-04-04T12:00:00", "2026-04-04T14:45:00"),
        ("daily at 23:30", "Africa/Cairo", "2026-10-29T20:30:00", "2026-10-30T21:30:00"),
        # 08:00 stays 08:00 by the wall.
        ("daily at 08:00", AMSTERDAM, "2026-03-28T07:00:00", "2026-03-29T06:00:00"),
        ("daily at 08:00", AMSTERDAM, "2026-10-24T06:00:00", "2026-10-25T07:00:00"),
        # Samoa had no 30 December 2011.
        ("daily at 08:00", "Pacific/Apia", "2011-12-29T18:00:00", "2011-12-30T18:00:00"),
    ],
)
def test_next_slot(deliver: str, timezone: str, after: str, expected: str) -> None:
    assert next_slot(parse_plan(deliver, timezone=timezone), after=utc(after)) == utc(expected)


@settings(max_examples=25, deadline=None)
@given(zone=st.sampled_from(ZONES), minute=st.integers(0, 1439), year=st.integers(2015, 2034))
def test_daily_slots_grow_and_every_local_date_of_three_years_has_exactly_one(zone: str, minute: int, year: int) -> None:
    plan = Plan(every=Every.DAILY, at=time(minute // 60, minute % 60), timezone=zone)
    slots = [next_slot(plan, after=datetime(year, 1, 1, 12, tzinfo=UTC))]
    while len(slots) < 3 * 365:
        slots.append(next_slot(plan, after=slots[-1]))
    assert all(early < late for early, late in pairwise(slots))
    days = [slot.astimezone(ZoneInfo(zone)).date() for slot in slots]
    assert all(late - early == timedelta(days=1) for early, late in pairwise(days))


@given(
    deliver=st.sampled_from(
        ["hourly", "every 7 minutes", "every 90 minutes", "daily at 02:30", "weekdays at 00:00", "weekly on sunday at 02:00"]
    ),
    zone=st.sampled_from(ZONES),
    after=st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  hypothesis adds the zone
)
def test_a_slot_is_later_than_asked_and_asking_just_before_it_gives_it_again(deliver: str, zone: str, after: datetime) -> None:
    plan = parse_plan(deliver, timezone=zone)
    slot = next_slot(plan, after=after)
    assert slot > after
    assert slot.tzinfo is UTC
    assert next_slot(plan, after=slot - timedelta(microseconds=1)) == slot
    if plan.every is Every.HOURLY:
        assert slot.astimezone(ZoneInfo(zone)).minute == 0
        assert slot - after <= timedelta(minutes=90)


@pytest.mark.parametrize(
    ("quiet", "at", "timezone", "expected"),
    [
        ("22:00-07:00", "2026-11-23T20:59:59", AMSTERDAM, False),
        ("22:00-07:00", "2026-11-23T21:00:00", AMSTERDAM, True),
        ("22:00-07:00", "2026-11-24T05:59:59", AMSTERDAM, True),
        ("22:00-07:00", "2026-11-24T06:00:00", AMSTERDAM, False),
        ("12:00-13:30", "2026-11-24T11:15:00", AMSTERDAM, True),
        ("12:00-13:30", "2026-11-24T12:30:00", AMSTERDAM, False),
        # The second 02:10 of the autumn night is after the first 02:30: quiet does not begin again.
        ("22:00-02:30", "2026-10-25T00:29:00", AMSTERDAM, True),
        ("22:00-02:30", "2026-10-25T01:10:00", AMSTERDAM, False),
        # An end that the spring change skips is the end of the gap.
        ("22:00-02:30", "2026-03-29T00:59:59", AMSTERDAM, True),
        ("22:00-02:30", "2026-03-29T01:00:00", AMSTERDAM, False),
    ],
)
def test_quiet_hours_by_the_wall_of_the_recipient(quiet: str, at: str, timezone: str, expected: bool) -> None:
    assert in_quiet(parse_quiet(quiet), at=utc(at), timezone=timezone) is expected


@pytest.mark.parametrize("text", ["", "22:00", "22-7", "22:00-24:00", "07:00-07:00", "22:00 to 07:00"])
def test_wrong_quiet_hours_are_refused_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_quiet(text)
    assert caught.value.hint


def test_quiet_hours_may_be_written_with_blanks_and_a_long_dash() -> None:
    assert parse_quiet("22:00 – 7:00") == (time(22), time(7))


@pytest.mark.parametrize(
    ("timezone", "at", "day"),
    [(AMSTERDAM, "2026-11-23T22:59:00", date(2026, 11, 23)), (AMSTERDAM, "2026-11-23T23:00:00", date(2026, 11, 24))],
)
def test_a_day_for_the_maximum_begins_at_local_midnight(timezone: str, at: str, day: date) -> None:
    begin = day_start(timezone, at=utc(at)).astimezone(ZoneInfo(timezone))
    assert (begin.date(), begin.time()) == (day, time(0))


def test_immediately_has_no_slots_of_its_own() -> None:
    now = utc("2026-11-23T07:00:00")
    assert next_slot(parse_plan("immediately", timezone=AMSTERDAM), after=now) == now
