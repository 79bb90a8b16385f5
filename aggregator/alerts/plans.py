"""Delivery plans: reading them, showing them, and the moment of the next slot."""

import difflib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from aggregator.alerts.values import Every, Plan
from aggregator.errors import UsageError

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FORMS = (
    "immediately",
    "hourly",
    "every 30 minutes",
    "daily at 08:00",
    "weekdays at 08:00",
    "weekly on monday at 08:00",
)
_HINT = "allowed: " + ", ".join(f'"{form}"' for form in _FORMS)
_MINUTES_A_DAY = 1440
# Every offset from UTC in use today is a multiple of a quarter of an hour, so a full local hour is never between two of these.
_QUARTER = timedelta(minutes=15)

_EVERY = re.compile(r"every (\d{1,6}) ?(minutes?|min|hours?|h)")
_TIMED = re.compile(r"(daily|weekdays|weekly)(?: on (\w+))?(?: at (\S+))?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. UsageError names close matches; a bare city ("Amsterdam") is answered with its zone."""
    # Asked first: ZoneInfo answers a folder of the database ("Europe") or a path with an OSError, not a key error.
    if name in _zone_names():
        return ZoneInfo(name)
    near = _near_zones(name)
    hint = (
        "did you mean " + " or ".join(f'"{each}"' for each in near) + "?" if near else 'use an IANA name, as "Europe/Amsterdam"'
    )
    raise UsageError(f'unknown time zone "{name[:80]}"', hint=hint)


def _near_zones(name: str) -> list[str]:
    wanted = re.sub(r"[\s_]+", "_", name.strip())[:80].lower()
    lowered = {each.lower(): each for each in _zone_names()}
    cities = sorted(each for low, each in lowered.items() if wanted and low.rpartition("/")[2] == wanted)
    near = difflib.get_close_matches(wanted, sorted(lowered), n=3, cutoff=0.75)
    return list(dict.fromkeys([*cities, *(lowered[each] for each in near)]))[:3]


def parse_plan(text: str, *, timezone: str) -> Plan:
    """Read a plan as people write it in `deliver`; case and extra blanks do not matter.

    UsageError says what is wrong, what is allowed, and the nearest right form.
    """
    zone(timezone)
    words = " ".join(text.lower().split())
    if words in (Every.IMMEDIATELY, Every.HOURLY):
        return Plan(every=Every(words), timezone=timezone)
    if found := _EVERY.fullmatch(words):
        return Plan(every=Every.MINUTES, minutes=_minutes(found, text), timezone=timezone)
    if found := _TIMED.fullmatch(words):
        return _timed(found, text, timezone)
    raise UsageError(f'"{text[:80]}" is no delivery plan', hint=_nearest(words) or _HINT)


def _nearest(words: str) -> str:
    near = difflib.get_close_matches(words[:80], _FORMS, n=1, cutoff=0.7)
    return f'did you mean "{near[0]}"? {_HINT}' if near else ""


def _minutes(found: re.Match[str], text: str) -> int:
    minutes = int(found[1]) * (60 if found[2].startswith("h") else 1)
    if 1 <= minutes <= _MINUTES_A_DAY:
        return minutes
    raise UsageError(f'"{text[:80]}": between 1 and {_MINUTES_A_DAY} minutes are possible', hint=_HINT)


def _timed(found: re.Match[str], text: str, timezone: str) -> Plan:
    every, day, clock = Every(found[1]), found[2], found[3]
    if (every is Every.WEEKLY) != (day is not None):
        problem = "says no day" if day is None else "takes no day"
        raise UsageError(f'"{text[:80]}": {every} {problem}', hint=_HINT)
    if clock is None:
        raise UsageError(f'"{text[:80]}" says no time', hint=f'add it, as in "{" ".join(text.split())[:60]} at 08:00"')
    weekday = None if day is None else _weekday(day)
    return Plan(every=every, at=parse_clock(clock), weekday=weekday, timezone=timezone)


def _weekday(word: str) -> int:
    for number, name in enumerate(_WEEKDAYS):
        if word in (name, name[:3]):
            return number
    near = difflib.get_close_matches(word, _WEEKDAYS, n=1)
    raise UsageError(
        f'"{word[:40]}" is no day of the week', hint=f'did you mean "{near[0]}"?' if near else "allowed: " + ", ".join(_WEEKDAYS)
    )


def parse_clock(text: str) -> time:
    """A time of day, "8:00" or "08:00", 00:00 to 23:59; UsageError otherwise."""
    found = _CLOCK.fullmatch(text)
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return time(int(found[1]), int(found[2]))
    raise UsageError(f'"{text[:40]}" is no time of day', hint='write hours and minutes, "00:00" to "23:59"')


def show_plan(plan: Plan) -> str:
    """The plan in the words `parse_plan` reads, without the zone."""
    match plan.every:
        case Every.IMMEDIATELY | Every.HOURLY:
            return str(plan.every)
        case Every.MINUTES:
            return f"every {plan.minutes or _MINUTES_A_DAY} minutes"
        case Every.WEEKLY:
            return f"weekly on {_WEEKDAYS[plan.weekday or 0]} at {_at(plan):%H:%M}"
        case Every.DAILY | Every.WEEKDAYS:
            return f"{plan.every} at {_at(plan):%H:%M}"


def plan_key(plan: Plan) -> str:
    """Stable text that is equal exactly for plans with equal slots; part of a digest's dedup key, at most 100 characters."""
    if plan.every in (Every.IMMEDIATELY, Every.MINUTES):
        return show_plan(plan)
    return f"{show_plan(plan)} {plan.timezone}"


def _at(plan: Plan) -> time:
    return plan.at or time(0)


def next_slot(plan: Plan, *, after: datetime) -> datetime:
    """The plan's first slot strictly later than `after`, in UTC.

    Plans with a time of day have one slot per local date, whatever the clock does: a time that the spring change skips is the
    first moment after the gap, a time that the autumn change repeats is its first occurrence. A date that the zone skipped
    as a whole (Samoa, 30 December 2011) has none. `immediately` has no slots of its own and is answered with `after` itself.
    """
    after = after.astimezone(UTC)
    match plan.every:
        case Every.IMMEDIATELY:
            return after
        case Every.MINUTES:
            return _next_multiple(after, timedelta(minutes=plan.minutes or _MINUTES_A_DAY))
        case Every.HOURLY:
            return _next_hour(after, zone(plan.timezone))
        case Every.DAILY | Every.WEEKDAYS | Every.WEEKLY:
            return _next_day(plan, after)


def _next_multiple(after: datetime, step: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + ((after - epoch) // step + 1) * step


def _next_hour(after: datetime, where: ZoneInfo) -> datetime:
    candidate = _next_multiple(after, _QUARTER)
    for _ in range(12):
        if candidate.astimezone(where).minute == 0:
            break
        candidate += _QUARTER
    return candidate


def _next_day(plan: Plan, after: datetime) -> datetime:
    where = zone(plan.timezone)
    slots = (moment(day, _at(plan), where) for day in _days(plan, after.astimezone(where).date()))
    return next(slot for slot in slots if slot is not None and slot > after)


def _days(plan: Plan, today: date) -> Iterator[date]:
    """Local dates on which the plan has a slot, from yesterday on, without end."""
    day = today - timedelta(days=1)
    while True:
        if _on(plan, day):
            yield day
        day += timedelta(days=1)


def _on(plan: Plan, day: date) -> bool:
    match plan.every:
        case Every.WEEKDAYS:
            return day.weekday() < 5
        case Every.WEEKLY:
            return day.weekday() == (plan.weekday or 0)
        case _:
            return True


def moment(day: date, at: time, where: ZoneInfo) -> datetime | None:
    """The UTC moment of a local date and time: first occurrence, or the end of the gap that holds it; None: no such date."""
    local = datetime.combine(day, at.replace(fold=0), tzinfo=where)
    utc = local.astimezone(UTC)
    if utc.astimezone(where).replace(tzinfo=None, fold=0) == local.replace(tzinfo=None):
        return utc
    end = _gap_end(local.replace(fold=1).astimezone(UTC), utc, where)
    return end if end.astimezone(where).date() == day else None


def _gap_end(low: datetime, high: datetime, where: ZoneInfo) -> datetime:
    """The second at which the offset changes between two moments around a gap, by bisection (at most 17 steps for a day)."""
    before = low.astimezone(where).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(where).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def day_start(timezone: str, *, at: datetime) -> datetime:
    """The UTC moment at which the local date of `at` began: since then `max_per_day` counts."""
    where = zone(timezone)
    return moment(at.astimezone(where).date(), time(0), where) or at.astimezone(UTC)


def parse_quiet(text: str) -> tuple[time, time]:
    """Quiet hours as "22:00-07:00": local times, begin inclusive, end exclusive; may cross midnight."""
    begin, dash, end = text.replace("–", "-").partition("-")
    if not dash:
        raise UsageError(f'"{text[:40]}" are no quiet hours', hint='write begin and end, as "22:00-07:00"')
    quiet = parse_clock(begin.strip()), parse_clock(end.strip())
    if quiet[0] == quiet[1]:
        raise UsageError(
            f'quiet hours "{text[:40]}" begin and end at the same time', hint='leave them out, or use "daily at 08:00"'
        )
    return quiet


def in_quiet(quiet: tuple[time, time], *, at: datetime, timezone: str) -> bool:
    """True when the moment lies in quiet hours. Both ends are moments as in `next_slot`: a repeated hour does not begin them again."""
    where = zone(timezone)
    today = at.astimezone(where).date()
    return any(_covers(quiet, day, at, where) for day in (today - timedelta(days=1), today))


def _covers(quiet: tuple[time, time], day: date, at: datetime, where: ZoneInfo) -> bool:
    begin, end = quiet
    last = day + timedelta(days=1) if end <= begin else day
    first, until = moment(day, begin, where), moment(last, end, where)
    return first is not None and until is not None and first <= at < until
