"""One look at health: what the status command, the page and the foot of every mail show."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from aggregator.alerts.values import Health, MessageState
from aggregator.feeds.values import FeedState
from aggregator.reasons import Reason, explain
from aggregator.store.feeds import STAGE_PUBLISH, STAGE_READ
from aggregator.store.outbox import WAITING
from aggregator.store.tables import articles, entries, feeds, matches, outbox, outlets, stories, topics
from aggregator.store.values import OutletTrouble, Overview


def overview(connection: sa.Connection, *, now: datetime) -> Overview:
    """Everything that one screen shows."""
    day = now - timedelta(hours=24)
    counts = {
        row.state: row.n
        for row in connection.execute(sa.select(outbox.c.state, sa.func.count().label("n")).group_by(outbox.c.state))
    }
    watched, troubles = _outlets(connection)
    return Overview(
        outlets=watched,
        outlets_read=watched - len(troubles),
        feeds=_count(connection, feeds, feeds.c.paused_by.is_(None)),
        feeds_due=_count(connection, feeds, feeds.c.paused_by.is_(None), feeds.c.due_at <= now),
        troubles=troubles,
        entries_to_read=_count(connection, entries, entries.c.stage == STAGE_READ),
        entries_to_publish=_count(connection, entries, entries.c.stage == STAGE_PUBLISH),
        articles=_count(connection, articles),
        articles_today=_count(connection, articles, articles.c.first_seen_at >= day),
        stories=_count(connection, stories),
        topics=_count(connection, topics, topics.c.paused_by.is_(None)),
        matches_today=_count(connection, matches, matches.c.matched_at >= day),
        messages=tuple((state, counts[state]) for state in MessageState if state in counts),
        oldest_waiting_at=connection.execute(
            sa.select(sa.func.min(outbox.c.created_at)).where(outbox.c.state.in_(WAITING), outbox.c.due_at <= now)
        ).scalar_one(),
        last_poll_at=connection.execute(sa.select(sa.func.max(feeds.c.last_polled_at))).scalar_one(),
    )


def health(connection: sa.Connection) -> Health:
    """Source health in the words of a mail's foot."""
    watched, troubles = _outlets(connection)
    told = tuple(f"{trouble.outlet}: {explain(trouble.reason)}{_since(trouble.since)}" for trouble in troubles)
    return Health(outlets_total=watched, outlets_read=watched - len(troubles), troubles=told)


def _since(moment: datetime | None) -> str:
    return f", since {moment:%a %d %b %H:%M} UTC" if moment else ""


def _outlets(connection: sa.Connection) -> tuple[int, tuple[OutletTrouble, ...]]:
    """How many outlets are watched, and those of which the last poll of every feed failed."""
    rows = connection.execute(
        sa.select(
            outlets.c.id,
            outlets.c.name,
            feeds.c.state,
            feeds.c.reason,
            feeds.c.detail,
            feeds.c.failures,
            feeds.c.state_since,
            feeds.c.due_at,
            feeds.c.last_ok_at,
        )
        .join(feeds, feeds.c.outlet_id == outlets.c.id)
        .where(outlets.c.paused_by.is_(None), feeds.c.paused_by.is_(None))
        .order_by(outlets.c.id, feeds.c.failures)
    ).all()
    best: dict[int, Any] = {}
    for row in rows:
        best.setdefault(row.id, row)
    troubles = tuple(
        OutletTrouble(
            outlet=row.name,
            state=FeedState(row.state),
            reason=row.reason or Reason.INTERNAL,
            detail=row.detail,
            since=row.last_ok_at,
            next_poll_at=row.due_at,
        )
        for row in best.values()
        if row.failures > 0
    )
    return len(best), troubles


def _count(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one()
