"""One look at health: what the status command, the page and the foot of every mail show."""

import contextlib
import sqlite3
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from aggregator.alerts.values import Health, MessageState
from aggregator.feeds.values import FeedState
from aggregator.ids import FeedId
from aggregator.reasons import Reason, explain
from aggregator.store import hearing, journal
from aggregator.store.dialect import is_sqlite
from aggregator.store.due import watched
from aggregator.store.facts import held_since
from aggregator.store.feeds import OURS, STAGE_PUBLISH, STAGE_READ
from aggregator.store.happenings import Happening
from aggregator.store.outbox import PROBED, WAITING
from aggregator.store.tables import articles, entries, feeds, gaps, hosts, matches, outbox, outlets, stories, topics
from aggregator.store.values import GapRow, OutletTrouble, Overview, Unsent, WatchedFeed

_HOUR = timedelta(hours=1)
_HOURS = 24
_TOLD = 3
_GAPS_TOLD = timedelta(days=2)
_MOST_GAPS = 100
# Everything after which an earlier word of a running service no longer holds.
_ANEW = (Happening.STARTED, Happening.STOPPED, Happening.KILLED, Happening.RESTORED)
_DISK = (Happening.DISK_LOW, Happening.DISK_OK, *_ANEW)
_NETWORK = (Happening.OFFLINE, Happening.ONLINE, *_ANEW)


def overview(connection: sa.Connection, *, now: datetime) -> Overview:
    """Everything that one screen shows."""
    day = now - timedelta(hours=24)
    counts: Counter[MessageState] = Counter()
    for row in connection.execute(sa.select(outbox.c.state, sa.func.count().label("n")).group_by(outbox.c.state)):
        counts[row.state] += row.n  # a state of a newer program is read as one of ours
    watched, troubles = _outlets(connection)
    last_poll_at = connection.execute(sa.select(sa.func.max(feeds.c.last_polled_at))).scalar_one()
    return Overview(
        outlets=watched,
        outlets_read=watched - len(troubles),
        feeds=_count_feeds(connection),
        feeds_due=_count_feeds(connection, feeds.c.due_at <= now),
        troubles=troubles,
        warnings=_warnings(connection, now),
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
        last_poll_at=last_poll_at,
        overdue_since=_overdue_since(connection, now),
        oldest_work_at=_oldest_work(connection, now),
        hours=_by_hour(connection, now),
        stories_today=_count(connection, stories, stories.c.started_at >= day),
        unsent=_unsent(connection, now),
        held_since=held_since(connection),
        started_at=_started(connection, last_poll_at),
        offline_since=_since(connection, *_NETWORK),
        disk_low_since=_since(connection, *_DISK),
        backup_at=_since(connection, Happening.BACKED_UP),
        journal=journal.recent(connection, limit=_TOLD),
        size=_size(connection),
    )


def given_up(connection: sa.Connection, *, since: datetime) -> int:
    """How many messages were refused for good since then."""
    # The last verdict on a message stands in its due time.
    return _count(connection, outbox, outbox.c.state == MessageState.DEAD, outbox.c.due_at >= since)


def watched_feeds(connection: sa.Connection, *, now: datetime) -> tuple[WatchedFeed, ...]:
    """The feeds that are polled, without those whose host asks to be left alone now."""
    rows = connection.execute(
        sa.select(outlets.c.name, feeds.c.url, feeds.c.host_key, outlets.c.proxy, outlets.c.user_agent)
        .join(feeds, feeds.c.outlet_id == outlets.c.id)
        .where(watched(), _askable(now))
        .order_by(feeds.c.id)
    )
    return tuple(
        WatchedFeed(outlet=row.name, url=row.url, host_key=row.host_key, proxy=row.proxy, user_agent=row.user_agent)
        for row in rows
    )


def sqlite_build() -> tuple[str, bool]:
    """SQLite's version, and whether it was built with the full-text search that the archive needs."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        options = {row[0] for row in connection.execute("PRAGMA compile_options")}
    return sqlite3.sqlite_version, "ENABLE_FTS5" in options


def _askable(now: datetime) -> sa.ColumnElement[bool]:
    """The feed's host has not asked for a rest that lasts until after `now`."""
    return feeds.c.host_key.not_in(sa.select(hosts.c.host_key).where(hosts.c.backoff_until > now))


def _overdue_since(connection: sa.Connection, now: datetime) -> datetime | None:
    due = (watched(), feeds.c.due_at <= now, _askable(now))
    ordered = sa.select(feeds.c.due_at).join(outlets, outlets.c.id == feeds.c.outlet_id).order_by(feeds.c.due_at)
    return connection.execute(ordered.where(*due).limit(1)).scalar()


def _oldest_work(connection: sa.Connection, now: datetime) -> datetime | None:
    """Since when the page or article waits that waits longest and could be worked on."""
    stages = entries.c.stage.in_((STAGE_READ, STAGE_PUBLISH))
    ordered = sa.select(entries.c.due_at).where(stages, entries.c.due_at <= now).order_by(entries.c.due_at)
    return connection.execute(ordered.limit(1)).scalar()


def _by_hour(connection: sa.Connection, now: datetime) -> tuple[int, ...]:
    starts = [now - _HOUR * left for left in range(_HOURS, 0, -1)]
    seen = articles.c.first_seen_at
    counts = [sa.func.count(sa.case((sa.and_(seen >= start, seen < start + _HOUR), 1))) for start in starts]
    return tuple(connection.execute(sa.select(*counts).where(seen >= starts[0])).one())


def _unsent(connection: sa.Connection, now: datetime) -> Unsent | None:
    late = sa.or_(
        outbox.c.state == MessageState.RETRY,
        sa.and_(outbox.c.state.in_((MessageState.PENDING, MessageState.CLAIMED)), outbox.c.due_at <= now),
        sa.and_(outbox.c.state == MessageState.HELD, outbox.c.reason.in_(PROBED)),
    )
    row = connection.execute(
        sa.select(outbox.c.created_at, outbox.c.due_at, outbox.c.reason, outbox.c.detail)
        .where(late)
        .order_by(outbox.c.created_at)
        .limit(1)
    ).first()
    if row is None:
        return None
    # A digest is made long before it is due; that is no waiting. What was refused is due at its next try.
    return Unsent(since=row.created_at if row.reason else row.due_at, reason=row.reason, detail=row.detail)


def _started(connection: sa.Connection, last_poll_at: datetime | None) -> datetime | None:
    """When `run` started last; None once it ended and others, `once` from cron, poll in its place."""
    ended = _since(connection, Happening.STOPPED, *_ANEW)
    if ended is None:
        return _since(connection, *_ANEW)
    replaced = last_poll_at is not None and last_poll_at > ended
    return None if replaced else _since(connection, Happening.STARTED)


def _since(connection: sa.Connection, kind: Happening, *ended_by: Happening) -> datetime | None:
    """When `kind` happened last; None when it never did, or one of the others came after it."""
    found = journal.last(connection, kind, *ended_by)
    return found.at if found is not None and found.kind is kind else None


def _size(connection: sa.Connection) -> int:
    """Bytes of the database, without SQLite's log beside it."""
    if not is_sqlite(connection):
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
    pages, size = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages * size)


def health(connection: sa.Connection, *, now: datetime) -> Health:
    """Source health in the words of a mail's foot."""
    watched, troubles = _outlets(connection)
    told = tuple(f"{trouble.outlet}: {explain(trouble.reason)}{_read_since(trouble.since)}" for trouble in troubles)
    return Health(outlets_total=watched, outlets_read=watched - len(troubles), troubles=told + _warnings(connection, now))


def _warnings(connection: sa.Connection, now: datetime) -> tuple[str, ...]:
    """Outlets that can be read and yet may be missing something: silent ones, and gaps of the last days."""
    quiet = tuple(f"{name}: {why}, since {_at(since)}" for name, since, why in hearing.silent(connection))
    return quiet + tuple(describe_gap(gap) for gap in recent_gaps(connection, since=now - _GAPS_TOLD))


def recent_gaps(connection: sa.Connection, *, since: datetime, feed_id: int | None = None) -> tuple[GapRow, ...]:
    """Gaps found since then that could not be filled, newest first."""
    wanted = [gaps.c.found_at >= since, gaps.c.missing > 0, *([gaps.c.feed_id == feed_id] if feed_id is not None else [])]
    rows = connection.execute(
        sa.select(gaps, outlets.c.name.label("outlet"))
        .join(outlets, outlets.c.id == gaps.c.outlet_id)
        .where(*wanted)
        .order_by(gaps.c.id.desc())
        .limit(_MOST_GAPS)
    )
    return tuple(
        GapRow(
            feed_id=FeedId(row.feed_id),
            outlet=row.outlet,
            found_at=row.found_at,
            since=row.since,
            until=row.until,
            filled=row.filled,
            missing=row.missing,
        )
        for row in rows
    )


def describe_gap(gap: GapRow) -> str:
    """One sentence part for people."""
    items = "item" if gap.missing == 1 else "items"
    return f"up to {gap.missing} {items} of {gap.outlet} may be missing between {_at(gap.since)} and {_at(gap.until)}"


def _at(moment: datetime) -> str:
    return f"{moment:%a %d %b %H:%M} UTC"


def _read_since(moment: datetime | None) -> str:
    return f", since {_at(moment)}" if moment else ""


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
        .where(watched())
        .order_by(outlets.c.id, sa.case((feeds.c.reason.in_(OURS), 1), else_=0), feeds.c.failures)
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
        if row.failures > 0 or row.reason in OURS
    )
    return len(best), troubles


def _count_feeds(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> int:
    return _count(connection, feeds, feeds.c.outlet_id == outlets.c.id, watched(), *where)


def _count(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one()
