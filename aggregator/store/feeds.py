"""Feeds and hosts: what a poll left behind, what people look at."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from aggregator.feeds import schedule
from aggregator.feeds.urls import host_key, url_key
from aggregator.feeds.values import (
    ChangedEntry,
    DueFeed,
    EntryKey,
    FeedState,
    Gap,
    Hints,
    KnownEntry,
    NewEntry,
    ParsedEntry,
    PollOutcome,
)
from aggregator.ids import EntryId, FeedId
from aggregator.reasons import Reason, explain
from aggregator.store import journal
from aggregator.store.adoption import adopt, leave
from aggregator.store.dialect import insert, insert_ignoring
from aggregator.store.due import watched
from aggregator.store.happenings import Happening
from aggregator.store.tables import entries, entry_keys, feeds, gaps, hosts, outlets, readings
from aggregator.store.types import UtcDateTime
from aggregator.store.values import FeedRow
from aggregator.store.work import RELEASED

STAGE_READ, STAGE_PUBLISH, STAGE_DONE = "read", "publish", "done"

# Statements that every poll runs are made once: building one costs more than running it.
_RECORD_POLL = (
    sa.update(feeds)
    .where(feeds.c.id == sa.bindparam("row"), feeds.c.lease_token == sa.bindparam("token"))
    .values(
        title=sa.func.coalesce(sa.bindparam("printed_title", type_=sa.Text), feeds.c.title),
        last_ok_at=sa.func.coalesce(sa.bindparam("well_at", type_=UtcDateTime), feeds.c.last_ok_at),
        interrupted=0,
        **RELEASED,
    )
)
_KNOWN_ENTRIES = (
    sa.select(entry_keys.c.kind, entry_keys.c.value, entries.c.id, entries.c.fingerprint, entries.c.link, entries.c.title)
    .join(entries, entries.c.id == entry_keys.c.entry_id)
    .where(entry_keys.c.feed_id == sa.bindparam("feed"), entry_keys.c.value.in_(sa.bindparam("values", expanding=True)))
)
_EDITS = (
    sa.select(entries.c.edits, readings.c.read_at)
    .outerjoin(readings, readings.c.entry_id == entries.c.id)
    .where(entries.c.id == sa.bindparam("entry"))
)
_INSERT_ENTRY = sa.insert(entries).returning(entries.c.id)
# Enough dates to know a zone by.
_DATES = 20
_GIVEN_UP = {FeedState.SICK: Happening.FEED_SICK, FeedState.DEAD: Happening.FEED_DEAD}
# A poll that failed for these counts against nobody, but the feed was not read.
OURS = (Reason.OFFLINE, Reason.INTERNAL, Reason.INTERRUPTED)


def known_entries(connection: sa.Connection, feed_id: FeedId, keys: Sequence[EntryKey]) -> Mapping[EntryKey, KnownEntry]:
    """What is stored under these keys of the feed."""
    found: dict[EntryKey, KnownEntry] = {}
    by_value = {(key.kind, key.value): key for key in keys}
    values = sorted({key.value for key in keys})
    for start in range(0, len(values), 500):
        rows = connection.execute(_KNOWN_ENTRIES, {"feed": feed_id, "values": values[start : start + 500]})
        for kind, value, number, fingerprint, link, title in rows.all():
            key = by_value.get((kind, value))
            if key:
                found[key] = KnownEntry(id=EntryId(number), fingerprint=fingerprint, link=link, title=title)
    return found


def printed_dates(connection: sa.Connection, feed_id: FeedId, *, since: datetime) -> tuple[tuple[str, str, datetime], ...]:
    """Of the latest entries that appeared after `since`: the date as printed, the language, and when it was first seen."""
    rows = connection.execute(
        sa.select(entries.c.published_raw, entries.c.language, entries.c.first_seen_at)
        .where(entries.c.feed_id == feed_id, entries.c.first_seen_at > since, entries.c.published_raw != "")
        .order_by(entries.c.first_seen_at.desc())
        .limit(_DATES)
    )
    return tuple((row.published_raw, row.language, row.first_seen_at) for row in rows)


def record_poll(connection: sa.Connection, feed: DueFeed, outcome: PollOutcome, *, now: datetime) -> int | None:
    """Write one poll: entries, their keys, validators, health and the next due time together.

    Gives the number of new and changed entries, or None when the lease is no longer ours (nothing is written then).
    """
    learned = _unlike(feed, _after_poll(outcome, now)) | _learned(feed, outcome)
    written = connection.execute(_RECORD_POLL, {"row": feed.id, "token": feed.lease_token, **learned})
    if written.rowcount == 0:
        return None
    if outcome.move.to != feed.move.to:
        adopt(connection, feed, outcome.move.to, now=now) if outcome.move.to else leave(connection, feed)
    if outcome.state is not feed.state and outcome.state in _GIVEN_UP:
        journal.note(connection, _GIVEN_UP[outcome.state], f"{feed.url}: {explain(outcome.reason or Reason.INTERNAL)}", now=now)
    if outcome.gap is not None:
        _note_gap(connection, feed, outcome.gap, now)
    if outcome.host_backoff_until:
        rest_host(connection, host_key(outcome.backoff_url or feed.url), outcome.host_backoff_until)
    inserted = [(_insert_entry(connection, feed, new, now), new.entry.keys) for new in outcome.new]
    for changed in outcome.changed:
        _update_entry(connection, changed, now)
    met = [(one.id, one.entry.keys) for one in (*outcome.changed, *outcome.rekeyed)]
    _remember_keys(connection, feed.id, [*inserted, *met])
    return len(outcome.new) + len(outcome.changed)


def _after_poll(outcome: PollOutcome, now: datetime) -> dict[str, object]:
    """Parameters of `_RECORD_POLL`; those with the name of a column are written into it."""
    return {
        "printed_title": outcome.title or None,
        "well_at": now if _went_well(outcome) else None,
        "state": outcome.state,
        "state_since": outcome.state_since,
        "reason": outcome.reason,
        "detail": outcome.detail[:1000],
        "failures": outcome.failures,
        "gone_since": outcome.gone_since,
        "etag": outcome.etag,
        "last_modified": outcome.last_modified,
        "body_sha": outcome.body_sha,
        "fingerprint": outcome.fingerprint,
        "interval_s": int(outcome.interval.total_seconds()),
        "first_polled_at": outcome.first_polled_at,
        "last_polled_at": now,
        "last_new_at": outcome.last_new_at,
        "due_at": outcome.due_at,
        "identity": outcome.identity,
        "zone_min": outcome.zone_min,
        "printed": outcome.printed,
        "validators_host": outcome.validators_host,
        "last_full_at": outcome.last_full_at,
    }


def _note_gap(connection: sa.Connection, feed: DueFeed, gap: Gap, now: datetime) -> None:
    connection.execute(
        sa.insert(gaps).values(
            feed_id=feed.id,
            outlet_id=feed.outlet_id,
            found_at=now,
            since=gap.since,
            until=gap.until,
            filled=gap.filled,
            missing=gap.missing,
        )
    )
    words = f"{feed.url}: {gap.filled} entries found elsewhere, up to {gap.missing} may be missing since {gap.since:%a %d %b %H:%M} UTC"
    journal.note(connection, Happening.GAP, words, now=now)


def _learned(feed: DueFeed, outcome: PollOutcome) -> dict[str, object]:
    """Columns of what changes seldom and is held in another form, where it changed."""
    values: dict[str, object] = {}
    if outcome.move != feed.move:
        move = outcome.move
        values |= {"moved_to": move.to, "moving_to": move.next, "moving_since": move.since, "moving_polls": move.polls}
    if outcome.hints != feed.hints:
        values["hints"] = None if outcome.hints == Hints() else outcome.hints
    if outcome.usual_gap != feed.gap:
        values["gap_s"] = None if outcome.usual_gap is None else max(1, int(outcome.usual_gap.total_seconds()))
    return values


def _unlike(feed: DueFeed, values: Mapping[str, object]) -> dict[str, object]:
    """Without the columns that held this value when the feed was claimed: most polls change few, and each costs its conversion."""
    return {name: value for name, value in values.items() if getattr(feed, name, values) != value}


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


def _insert_entry(connection: sa.Connection, feed: DueFeed, new: NewEntry, now: datetime) -> EntryId:
    entry = new.entry
    values = {
        "feed_id": feed.id,
        "outlet_id": feed.outlet_id,
        "guid": entry.guid,
        "silent": new.silent,
        "first_seen_at": now,
        "due_at": now,
        **_printed(entry),
        **_next_stage(entry),
    }
    return EntryId(connection.execute(_INSERT_ENTRY, values).scalar_one())


def _update_entry(connection: sa.Connection, changed: ChangedEntry, now: datetime) -> None:
    entry = changed.entry
    held = connection.execute(_EDITS, {"entry": changed.id}).first()
    edits = held.edits + 1 if held else 1
    read_at = held.read_at if held else None
    connection.execute(
        sa.update(entries)
        .where(entries.c.id == changed.id)
        .values(
            due_at=max(now, read_at + schedule.look_again_after(edits)) if read_at else now,
            edits=edits,
            tries=0,
            reason=None,
            detail="",
            reread_at=None,
            cause=None,
            **_printed(entry),
            **_next_stage(entry),
            **RELEASED,
        )
    )


def _remember_keys(connection: sa.Connection, feed_id: FeedId, met: Sequence[tuple[EntryId, Sequence[EntryKey]]]) -> None:
    """All of a poll in one statement."""
    rows = [
        {"feed_id": feed_id, "kind": key.kind, "value": key.value, "entry_id": entry_id} for entry_id, keys in met for key in keys
    ]
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
        "published_zone": entry.published_zone,
        "is_media": entry.is_media,
        "fingerprint": entry.fingerprint,
    }


def _next_stage(entry: ParsedEntry) -> dict[str, object]:
    """Recordings and files behind a link are no pages."""
    return {"stage": STAGE_READ if entry.link and not entry.is_media else STAGE_PUBLISH}


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
        url=row.moved_to or row.url,
        moved_from=row.url if row.moved_to else "",
        moving_to=row.moving_to,
        merged_into=row.merged_into,
        kind=row.kind,
        usual_gap_s=row.gap_s,
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
        sa.select(sa.func.count()).select_from(feeds).where(watched(), feeds.c.due_at <= due_by)
    ).scalar_one()
