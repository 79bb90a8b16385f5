"""Feeds and hosts: what is due, what a poll left behind, what people look at."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from aggregator.feeds.urls import host_key, url_key
from aggregator.feeds.values import (
    ChangedEntry,
    DueFeed,
    EntryKey,
    FeedState,
    KeyKind,
    KnownEntry,
    NewEntry,
    ParsedEntry,
    PollOutcome,
)
from aggregator.ids import EntryId, FeedId, OutletId
from aggregator.reasons import Reason
from aggregator.store.dialect import insert, insert_ignoring
from aggregator.store.tables import entries, entry_keys, feeds, hosts, outlets
from aggregator.store.values import FeedRow
from aggregator.store.work import RELEASED, claim, lease_free, mine

STAGE_READ, STAGE_PUBLISH, STAGE_DONE = "read", "publish", "done"

_INSERT_ENTRY = sa.insert(entries).returning(entries.c.id)


# Rows of one host that are claimed together: one is asked, one waits for the host's gap. More would outwait their lease in the
# host's queue and only hold back other hosts.
PER_HOST = 2
# A poll that failed for these counts against nobody, but the feed was not read.
OURS = (Reason.OFFLINE, Reason.INTERNAL, Reason.INTERRUPTED)


def claim_due(
    connection: sa.Connection,
    *,
    now: datetime,
    due_by: datetime,
    limit: int,
    lease: timedelta,
    first_poll: str,
    busy_hosts: Collection[str] = (),
) -> tuple[DueFeed, ...]:
    """Up to `limit` feeds that are due by `due_by`, longest due first, at most two a host and none of `busy_hosts`.

    `first_poll` is the setting for outlets without their own.
    """
    resting = sa.select(hosts.c.host_key).where(hosts.c.backoff_until > now)
    due = (_watched(), feeds.c.due_at <= due_by, lease_free(feeds, now), feeds.c.host_key.not_in(resting))
    place = sa.func.row_number().over(partition_by=feeds.c.host_key, order_by=(feeds.c.due_at, feeds.c.id)).label("place")
    ranked = sa.select(feeds.c.id, place).where(*due, feeds.c.host_key.not_in(busy_hosts)).subquery()
    chosen = (
        sa.select(feeds.c.id)
        .where(*due, feeds.c.id.in_(sa.select(ranked.c.id).where(ranked.c.place <= PER_HOST)))
        .order_by(feeds.c.due_at)
        .limit(limit)
    )
    ids = claim(connection, feeds, chosen, now=now, lease=lease)
    return _load(connection, ids, first_poll) if ids else ()


def _watched() -> sa.ColumnElement[bool]:
    """Neither the feed nor its outlet is paused."""
    paused = sa.select(outlets.c.id).where(outlets.c.paused_by.is_not(None))
    return sa.and_(feeds.c.paused_by.is_(None), feeds.c.outlet_id.not_in(paused))


def claim_named(
    connection: sa.Connection, ids: Sequence[FeedId], *, now: datetime, lease: timedelta, first_poll: str
) -> tuple[DueFeed, ...]:
    """These feeds, due or not, unless somebody holds them."""
    chosen = sa.select(feeds.c.id).where(feeds.c.id.in_(ids), lease_free(feeds, now))
    return _load(connection, claim(connection, feeds, chosen, now=now, lease=lease), first_poll)


def _load(connection: sa.Connection, ids: Sequence[int], first_poll: str) -> tuple[DueFeed, ...]:
    rows = connection.execute(
        sa.select(feeds, outlets.c.proxy, outlets.c.user_agent, outlets.c.cookies_file, outlets.c.first_poll)
        .join(outlets)
        .where(feeds.c.id.in_(ids))
        .order_by(feeds.c.due_at)
    )
    return tuple(
        DueFeed(
            id=FeedId(row.id),
            outlet_id=OutletId(row.outlet_id),
            url=row.url,
            etag=row.etag,
            last_modified=row.last_modified,
            body_sha=row.body_sha,
            fingerprint=row.fingerprint,
            state=row.state,
            state_since=row.state_since,
            failures=row.failures,
            gone_since=row.gone_since,
            interval=timedelta(seconds=row.interval_s),
            first_polled_at=row.first_polled_at,
            last_new_at=row.last_new_at,
            first_poll=row.first_poll or first_poll,
            proxy=row.proxy,
            user_agent=row.user_agent,
            cookies_file=row.cookies_file,
            lease_token=row.lease_token,
        )
        for row in rows
    )


def known_entries(connection: sa.Connection, feed_id: FeedId, keys: Sequence[EntryKey]) -> Mapping[EntryKey, KnownEntry]:
    """What is stored under these keys of the feed."""
    found: dict[EntryKey, KnownEntry] = {}
    by_value = {(key.kind, key.value): key for key in keys}
    values = sorted({key.value for key in keys})
    for start in range(0, len(values), 500):
        rows = connection.execute(
            sa.select(entry_keys.c.kind, entry_keys.c.value, entries.c.id, entries.c.fingerprint, entries.c.link)
            .join(entries, entries.c.id == entry_keys.c.entry_id)
            .where(entry_keys.c.feed_id == feed_id, entry_keys.c.value.in_(values[start : start + 500]))
        )
        for row in rows:
            key = by_value.get((KeyKind(row.kind), row.value))
            if key:
                found[key] = KnownEntry(id=EntryId(row.id), fingerprint=row.fingerprint, link=row.link)
    return found


def record_poll(connection: sa.Connection, feed: DueFeed, outcome: PollOutcome, *, now: datetime) -> int | None:
    """Write one poll: entries, their keys, validators, health and the next due time together.

    Gives the number of new and changed entries, or None when the lease is no longer ours (nothing is written then).
    """
    written = connection.execute(
        sa.update(feeds)
        .where(mine(feeds, feed.id, feed.lease_token))
        .values(
            title=outcome.title or feeds.c.title,
            state=outcome.state,
            state_since=outcome.state_since,
            reason=outcome.reason,
            detail=outcome.detail[:1000],
            failures=outcome.failures,
            gone_since=outcome.gone_since,
            etag=outcome.etag,
            last_modified=outcome.last_modified,
            body_sha=outcome.body_sha,
            fingerprint=outcome.fingerprint,
            interval_s=int(outcome.interval.total_seconds()),
            first_polled_at=outcome.first_polled_at,
            last_polled_at=now,
            last_ok_at=now if _went_well(outcome) else feeds.c.last_ok_at,
            last_new_at=outcome.last_new_at,
            due_at=outcome.due_at,
            **RELEASED,
        )
    )
    if written.rowcount == 0:
        return None
    if outcome.host_backoff_until:
        rest_host(connection, host_key(feed.url), outcome.host_backoff_until)
    for new in outcome.new:
        _insert_entry(connection, feed, new, now)
    for changed in outcome.changed:
        _update_entry(connection, feed, changed, now)
    for rekeyed in outcome.rekeyed:
        _remember_keys(connection, feed.id, rekeyed.id, rekeyed.entry.keys)
    return len(outcome.new) + len(outcome.changed)


def _went_well(outcome: PollOutcome) -> bool:
    return outcome.failures == 0 and outcome.reason not in OURS


def wake_failed(connection: sa.Connection, reasons: Collection[Reason], *, since: datetime, now: datetime) -> int:
    """Feeds that failed for one of these reasons since then are due now; gives how many."""
    failed = sa.and_(feeds.c.reason.in_(reasons), feeds.c.last_polled_at >= since, feeds.c.due_at > now)
    return connection.execute(sa.update(feeds).where(failed).values(due_at=now)).rowcount


def rest_host(connection: sa.Connection, key: str, until: datetime) -> None:
    """No request to this host before `until`; a longer rest stays."""
    statement = insert(connection, hosts).values(host_key=key, backoff_until=until)
    latest = sa.case((hosts.c.backoff_until > until, hosts.c.backoff_until), else_=until)
    connection.execute(statement.on_conflict_do_update(index_elements=["host_key"], set_={"backoff_until": latest}))


def resting_hosts(connection: sa.Connection, now: datetime) -> tuple[tuple[str, datetime], ...]:
    rows = connection.execute(sa.select(hosts.c.host_key, hosts.c.backoff_until).where(hosts.c.backoff_until > now))
    return tuple((row.host_key, row.backoff_until) for row in rows)


def _insert_entry(connection: sa.Connection, feed: DueFeed, new: NewEntry, now: datetime) -> None:
    entry = new.entry
    values = {
        "feed_id": feed.id,
        "outlet_id": feed.outlet_id,
        "guid": entry.guid,
        "silent": new.silent,
        "first_seen_at": now,
        "due_at": now,
        **_printed(entry),
        **_next_stage(entry.link),
    }
    entry_id = connection.execute(_INSERT_ENTRY, values).scalar_one()
    _remember_keys(connection, feed.id, EntryId(entry_id), entry.keys)


def _update_entry(connection: sa.Connection, feed: DueFeed, changed: ChangedEntry, now: datetime) -> None:
    entry = changed.entry
    connection.execute(
        sa.update(entries)
        .where(entries.c.id == changed.id)
        .values(
            due_at=now, tries=0, reason=None, detail="", reread_at=None, **_printed(entry), **_next_stage(entry.link), **RELEASED
        )
    )
    _remember_keys(connection, feed.id, changed.id, entry.keys)


def _remember_keys(connection: sa.Connection, feed_id: FeedId, entry_id: EntryId, keys: Sequence[EntryKey]) -> None:
    rows = [{"feed_id": feed_id, "kind": key.kind, "value": key.value, "entry_id": entry_id} for key in keys]
    insert_ignoring(connection, entry_keys, rows)


def _printed(entry: ParsedEntry) -> dict[str, object]:
    return {
        "link": entry.link,
        "url_key": url_key(entry.link)[:512] if entry.link else "",
        "host_key": host_key(entry.link) if entry.link else "",
        "title": entry.title,
        "author": entry.author,
        "summary": entry.summary,
        "content": entry.content,
        "language": entry.language,
        "image_url": entry.image_url,
        "published_at": entry.published_at,
        "published_raw": entry.published_raw[:200],
        "updated_at": entry.updated_at,
        "updated_raw": entry.updated_raw[:200],
        "fingerprint": entry.fingerprint,
    }


def _next_stage(link: str) -> dict[str, object]:
    return {"stage": STAGE_READ if link else STAGE_PUBLISH}


def list_feeds(connection: sa.Connection) -> tuple[FeedRow, ...]:
    """All feeds, those in trouble first."""
    count = sa.select(sa.func.count()).where(entries.c.feed_id == feeds.c.id).scalar_subquery()
    rows = connection.execute(
        sa.select(feeds, outlets.c.name.label("outlet"), outlets.c.paused_by.label("outlet_paused"), count.label("entries"))
        .join(outlets)
        .order_by(feeds.c.state != FeedState.OK.value, outlets.c.id, feeds.c.id)
    )
    return tuple(_feed_row(row) for row in rows)


def _feed_row(row: sa.Row[tuple[object, ...]]) -> FeedRow:
    return FeedRow(
        id=FeedId(row.id),
        outlet=row.outlet,
        url=row.url,
        title=row.title,
        state=row.state,
        reason=row.reason,
        detail=row.detail,
        failures=row.failures,
        interval_s=row.interval_s,
        entries=row.entries,
        last_polled_at=row.last_polled_at,
        last_ok_at=row.last_ok_at,
        last_new_at=row.last_new_at,
        next_poll_at=row.due_at,
        paused_by=row.paused_by or row.outlet_paused,
    )


def count_due(connection: sa.Connection, due_by: datetime) -> int:
    """How many feeds are due: the length of a progress bar."""
    return connection.execute(
        sa.select(sa.func.count()).select_from(feeds).where(_watched(), feeds.c.due_at <= due_by)
    ).scalar_one()
