"""Moments as pages print them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime

# 2015-02-10T18:43:00+0300, with any of the usual liberties: blank instead of T, no seconds, fractions, "+03", " +03:00", "Z".
_ISO = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[T ]\s*(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?)?",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def instant(text: str) -> tuple[datetime, bool] | None:
    """The moment in UTC and whether the text named its zone; without one it is taken as UTC. None: no date we understand.

    Reads ISO 8601 with its common liberties, RFC 2822 and epoch seconds or milliseconds. Years before 1990 are placeholders.
    """
    text = text.strip()[:64]
    found = _iso(text) or _epoch(text) or _mail(text)
    return found if found and found[0] >= EARLIEST else None


def _iso(text: str) -> tuple[datetime, bool] | None:
    found = _ISO.match(text)
    if not found:
        return None
    try:
        day = date.fromisoformat(found["day"])
        if found["h"] is None:
            return datetime.combine(day, time(), UTC), False
        clock = time(int(found["h"]) % 24, int(found["m"]), min(int(found["s"] or 0), 59))
        offset = _offset(found["zone"] or "")
        return datetime.combine(day, clock, UTC) - offset, found["zone"] is not None
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timedelta:
    if not zone or zone[0] not in "+-":
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if size > timedelta(hours=15):
        raise ValueError(zone)
    return size if zone[0] == "+" else -size


def _epoch(text: str) -> tuple[datetime, bool] | None:
    if not _EPOCH.fullmatch(text):
        return None
    seconds = int(text) / (1000 if len(text) == 13 else 1)
    return datetime.fromtimestamp(seconds, UTC), True


def _mail(text: str) -> tuple[datetime, bool] | None:
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC), False
        return moment.astimezone(UTC), True
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
