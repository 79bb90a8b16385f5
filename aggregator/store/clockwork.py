"""Times in the future that a wrong clock wrote. Work is due by the wall clock; when that is set back, its times must follow."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from aggregator.alerts.values import MessageKind, MessageState
from aggregator.store.tables import entries, feeds, hosts, journal, outbox


def ahead_by(connection: sa.Connection, *, now: datetime) -> timedelta:
    """By how much the latest thing that was done lies in the future: zero, unless the clock was set back since."""
    done = (
        connection.execute(sa.select(sa.func.max(feeds.c.last_polled_at))).scalar_one(),
        connection.execute(sa.select(sa.func.max(feeds.c.created_at))).scalar_one(),
        connection.execute(sa.select(journal.c.at).order_by(journal.c.id.desc()).limit(1)).scalar(),
    )
    return max((moment - now for moment in done if moment is not None), default=timedelta())


def bring_forward(connection: sa.Connection, by: timedelta, *, now: datetime, longest_rest: timedelta) -> int:
    """Everything that waits for a moment in the future waits `by` less; gives how many rows.

    Digests stay: their slots are times of day, not waits. The rest that a host asked for is not shortened, only bounded by
    `longest_rest`. What was done in the future was done now, or the next start would find the clock set back once more.
    """
    for column in (feeds.c.last_polled_at, feeds.c.created_at):
        connection.execute(sa.update(feeds).where(column > now).values({column: now}))
    latest = now + longest_rest
    connection.execute(sa.update(hosts).where(hosts.c.backoff_until > latest).values(backoff_until=latest))
    waits = sa.or_(outbox.c.kind != MessageKind.DIGEST, outbox.c.state != MessageState.PENDING)
    unfinished = outbox.c.state.in_((MessageState.PENDING, MessageState.RETRY, MessageState.HELD, MessageState.CLAIMED))
    every = sa.true()
    return (
        _shift(connection, feeds.c.due_at, every, key=feeds.c.id, by=by, now=now)
        + _shift(connection, entries.c.due_at, entries.c.stage != "done", key=entries.c.id, by=by, now=now)
        + _shift(connection, entries.c.reread_at, every, key=entries.c.id, by=by, now=now)
        + _shift(connection, outbox.c.due_at, sa.and_(waits, unfinished), key=outbox.c.id, by=by, now=now)
    )


def _shift(
    connection: sa.Connection,
    column: sa.Column[datetime],
    where: sa.ColumnElement[bool],
    *,
    key: sa.Column[object],
    by: timedelta,
    now: datetime,
) -> int:
    rows = connection.execute(sa.select(key.label("key"), column.label("moment")).where(column > now, where)).all()
    if rows:
        statement = sa.update(column.table).where(key == sa.bindparam("row")).values({column: sa.bindparam("moment")})
        connection.execute(statement, [{"row": row.key, "moment": max(row.moment - by, now)} for row in rows])
    return len(rows)
