"""Who prints less than usual: what is known of each outlet's habit, and who was told silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa

from aggregator.feeds.silence import Silence
from aggregator.ids import OutletId
from aggregator.store.tables import articles, feeds, outlets

# Days that make a habit.
_HABIT = timedelta(days=28)
# Nobody who printed within this time is looked at: no habit is so strict.
_SOON = timedelta(hours=1)
_WEEKS = 4
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A watched outlet: `heard_at`, its last poll that went well; `last_at`, its last article; `silent_since`, what was told of it."""

    id: OutletId
    name: str
    heard_at: datetime
    last_at: datetime | None
    silent_since: datetime | None


def outlets_heard(connection: sa.Connection) -> tuple[Outlet, ...]:
    """The watched outlets of which a feed could be read, with their last new entry."""
    rows = connection.execute(
        sa.select(
            outlets.c.id,
            outlets.c.name,
            outlets.c.silent_since,
            sa.func.max(feeds.c.last_ok_at).label("heard_at"),
            sa.func.max(feeds.c.last_new_at).label("last_at"),
        )
        .join(feeds, feeds.c.outlet_id == outlets.c.id)
        .where(outlets.c.paused_by.is_(None), feeds.c.paused_by.is_(None), feeds.c.last_ok_at.is_not(None))
        .group_by(outlets.c.id, outlets.c.name, outlets.c.silent_since)
        .order_by(outlets.c.id)
    )
    return tuple(
        Outlet(id=OutletId(row.id), name=row.name, heard_at=row.heard_at, last_at=row.last_at, silent_since=row.silent_since)
        for row in rows
    )


def may_be_quiet(outlet: Outlet) -> bool:
    """Worth a look at its habit: a second's answer for everybody who printed within the hour."""
    return outlet.last_at is not None and outlet.heard_at - outlet.last_at > _SOON


def times(connection: sa.Connection, outlet: Outlet) -> tuple[datetime, ...]:
    """When its articles of the last four weeks appeared: by their date, where they were stored silently or read late."""
    since = outlet.heard_at - _HABIT
    rows = connection.execute(
        sa.select(articles.c.first_seen_at, articles.c.published_at).where(
            articles.c.outlet_id == outlet.id, sa.or_(articles.c.first_seen_at >= since, articles.c.published_at >= since)
        )
    )
    moments = (min(row.first_seen_at, row.published_at or row.first_seen_at) for row in rows)
    return tuple(moment for moment in moments if moment >= since)


def last_day(connection: sa.Connection, now: datetime) -> dict[OutletId, tuple[int, tuple[int, ...]]]:
    """Articles of each outlet on the last full day (GMT), and on the same weekday of the four weeks before."""
    end = datetime.combine(now.date(), time(), tzinfo=now.tzinfo)
    counts = [_counts(connection, end - DAY - DAY * 7 * week, end - DAY * 7 * week) for week in range(_WEEKS + 1)]
    known = _first_days(connection)
    found: dict[OutletId, tuple[int, tuple[int, ...]]] = {}
    for outlet, first in known.items():
        weeks = [week for week in range(1, _WEEKS + 1) if end - DAY - DAY * 7 * week >= first]
        found[outlet] = (counts[0].get(outlet, 0), tuple(counts[week].get(outlet, 0) for week in weeks))
    return found


def _counts(connection: sa.Connection, start: datetime, end: datetime) -> dict[OutletId, int]:
    seen = articles.c.first_seen_at
    rows = connection.execute(
        sa.select(articles.c.outlet_id, sa.func.count().label("n"))
        .where(seen >= start, seen < end, articles.c.silent.is_(False))
        .group_by(articles.c.outlet_id)
    )
    return {OutletId(row.outlet_id): row.n for row in rows}


def _first_days(connection: sa.Connection) -> dict[OutletId, datetime]:
    rows = connection.execute(
        sa.select(feeds.c.outlet_id, sa.func.min(feeds.c.first_polled_at).label("first"))
        .where(feeds.c.first_polled_at.is_not(None))
        .group_by(feeds.c.outlet_id)
    )
    return {OutletId(row.outlet_id): row.first for row in rows}


def tell(connection: sa.Connection, outlet: OutletId, silence: Silence | None) -> bool:
    """Write that an outlet fell silent, or is back. False: that was told already."""
    since = outlets.c.silent_since
    news = since.is_(None) if silence else since.is_not(None)
    written = connection.execute(
        sa.update(outlets)
        .where(outlets.c.id == outlet, news)
        .values(silent_since=silence.since if silence else None, silent_why=silence.why if silence else "")
    )
    return written.rowcount > 0


def silent(connection: sa.Connection) -> Sequence[tuple[str, datetime, str]]:
    """The watched outlets that are silent now: name, since, why."""
    rows = connection.execute(
        sa.select(outlets.c.name, outlets.c.silent_since, outlets.c.silent_why)
        .where(outlets.c.silent_since.is_not(None), outlets.c.paused_by.is_(None))
        .order_by(outlets.c.silent_since)
    )
    return tuple((row.name, row.silent_since, row.silent_why) for row in rows)
