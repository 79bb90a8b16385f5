"""Is anybody silent who should not be? Asked once an hour, told once when it begins and once when it ends."""

import contextlib
import logging
from datetime import datetime

from aggregator.errors import StoreError
from aggregator.feeds.silence import Silence, quiet, spoken, thin
from aggregator.pipeline.context import Corridor
from aggregator.store import hearing, journal
from aggregator.store.db import Connection
from aggregator.store.happenings import Happening
from aggregator.store.hearing import Outlet

log = logging.getLogger(__name__)


async def listen_around(doors: Corridor) -> None:
    """Looks at every watched outlet that could be read. What the database refuses now is looked at an hour later."""
    if doors.reach.offline:
        return
    with contextlib.suppress(StoreError):
        told = await doors.db.attempt(look, now=doors.clock.now())
        doors.health = None if told else doors.health
        for kind, words in told:
            log.log(logging.WARNING if kind is Happening.SILENT else logging.INFO, kind.value, extra={"detail": words})


def look(connection: Connection, *, now: datetime) -> tuple[tuple[Happening, str], ...]:
    """Writes who fell silent and who is back; gives what is news."""
    days = hearing.last_day(connection, now)
    told: list[tuple[Happening, str]] = []
    for outlet in hearing.outlets_heard(connection):
        silence = _judged(connection, outlet, days.get(outlet.id), now)
        if hearing.tell(connection, outlet.id, silence):
            told.append(_words(outlet, silence, now))
    for kind, words in told:
        journal.note(connection, kind, words, now=now)
    return tuple(told)


def _judged(connection: Connection, outlet: Outlet, day: tuple[int, tuple[int, ...]] | None, now: datetime) -> Silence | None:
    found = quiet(hearing.times(connection, outlet), heard_at=outlet.heard_at) if hearing.may_be_quiet(outlet) else None
    if found or day is None:
        return found
    yesterday = now.replace(hour=0, minute=0, second=0, microsecond=0) - hearing.DAY
    # A day in which we could not look says nothing.
    return thin(yesterday, day[0], day[1]) if outlet.heard_at >= yesterday + hearing.DAY else None


def _words(outlet: Outlet, silence: Silence | None, now: datetime) -> tuple[Happening, str]:
    if silence:
        return Happening.SILENT, f"{outlet.name}: {silence.why}"
    since = f" after {spoken(now - outlet.silent_since)}" if outlet.silent_since else ""
    return Happening.HEARD, f"{outlet.name} prints again{since}"
