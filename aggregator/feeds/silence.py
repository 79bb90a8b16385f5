"""When an outlet prints so little that something must be wrong with our way of reading it, told once and never per poll.

Two signs, each against the outlet's own habit: it is quiet for three times its usual gap, or its last full day held far less
than the same weekday usually does. Nights and weekends are part of the habit: the usual gap is the longest of a day, not the
middle one of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

# How many times its usual gap an outlet may be quiet.
TIMES = 3
# Fewer articles tell no habit.
LEAST = 10
# A habit seen over less than two days has not seen a night's end to end; until then a night is taken for granted.
KNOWN_AFTER = timedelta(days=2)
NIGHT = timedelta(hours=8)
# A day with less than a fifth of its weekday's usual number is "far below", where the usual number is worth the name.
FAR_BELOW = 0.2
WORTH_COUNTING = 10
WEEKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """`since`: the last article, or the beginning of the thin day; `why`: in words, without a full stop."""

    since: datetime
    why: str


def usual_gap(times: Sequence[datetime]) -> timedelta | None:
    """The longest gap of a usual day, from the times of articles in any order; None when they tell no habit.

    Of each day's longest gap the ninth tenth is taken, so that one holiday does not make a habit.
    """
    ordered = sorted(times)
    if len(ordered) < LEAST:
        return None
    longest: dict[object, timedelta] = {}
    for earlier, later in pairwise(ordered):
        day = later.date()
        longest[day] = max(longest.get(day, timedelta()), later - earlier)
    gaps = sorted(longest.values())
    usual = gaps[min(len(gaps) * 9 // 10, len(gaps) - 1)]
    return usual if ordered[-1] - ordered[0] >= KNOWN_AFTER else max(usual, NIGHT)


def quiet(times: Sequence[datetime], *, heard_at: datetime) -> Silence | None:
    """Is the outlet quiet? `heard_at`: its last poll that went well; what we could not see is no silence of theirs."""
    usual = usual_gap(times)
    if usual is None or not usual:
        return None
    last = max(times)
    gone = heard_at - last
    if gone <= TIMES * usual:
        return None
    return Silence(since=last, why=f"silent for {spoken(gone)}, {gone / usual:.0f} times its usual gap of {spoken(usual)}")


def thin(day: datetime, count: int, before: Sequence[int]) -> Silence | None:
    """Was the day that began at `day` far below the same weekday of the weeks before (`before`: their counts)?"""
    if len(before) < WEEKS:
        return None
    usual = median(before)
    if usual < WORTH_COUNTING or count >= usual * FAR_BELOW:
        return None
    return Silence(since=day, why=f"{count} articles on {day:%A}, where {usual:.0f} are usual")


def spoken(length: timedelta) -> str:
    """A time as people say it: "40 min", "26 h", "5 days"."""
    minutes = length.total_seconds() / 60
    if minutes < 100:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 72 * 60 else f"{minutes / 1440:.0f} days"
