"""Configuration in the database: what is there of it, and how a plan made from the files is written."""

from collections.abc import Callable, Iterable
from datetime import datetime

import sqlalchemy as sa

from aggregator.declare.values import (
    FROM_FILE,
    Declared,
    DeclaredList,
    DeclaredOutlet,
    DeclaredRecipient,
    DeclaredTopic,
    Known,
    KnownRow,
    Plan,
)
from aggregator.feeds.address import feed_key
from aggregator.feeds.urls import host_key
from aggregator.feeds.values import FeedKind, FeedState
from aggregator.ids import FeedId, OutletId
from aggregator.store import blocks
from aggregator.store.dialect import insert, insert_ignoring
from aggregator.store.tables import feeds, outlets, recipients, subscriptions, topics, word_lists
from aggregator.store.topics import raise_revision

# A new feed is looked at again soon, until its rhythm is known.
FIRST_INTERVAL_S = 900


def known(connection: sa.Connection) -> Known:
    """What the database holds of outlets, topics, recipients and lists."""
    return Known(
        outlets=_known(connection, outlets, outlets.c.slug),
        topics=_known(connection, topics, topics.c.slug),
        recipients=_known(connection, recipients, recipients.c.address),
        lists=_known(connection, word_lists, word_lists.c.name),
    )


def _known(connection: sa.Connection, table: sa.Table, key: sa.Column[str]) -> tuple[KnownRow, ...]:
    paused = table.c.paused_by if "paused_by" in table.c else sa.null()
    rows = connection.execute(
        sa.select(key.label("slug"), table.c.origin, table.c.digest, paused.label("paused_by")).order_by(key)
    )
    return tuple(KnownRow(slug=row.slug, origin=row.origin, digest=row.digest, paused_by=row.paused_by or "") for row in rows)


def apply(connection: sa.Connection, plan: Plan, declared: Declared, *, now: datetime) -> None:
    """Write a plan. Rows made by people are not touched, and nothing is deleted: what vanished is paused."""
    _apply(plan.outlets.add + plan.outlets.change, declared.outlets, lambda value: _write_outlet(connection, value, now))
    _apply(
        plan.recipients.add + plan.recipients.change, declared.recipients, lambda value: _write_recipient(connection, value, now)
    )
    _apply(plan.lists.add + plan.lists.change, declared.lists, lambda value: _write_list(connection, value))
    _apply(plan.topics.add + plan.topics.change, declared.topics, lambda value: _write_topic(connection, value, now))
    for table, key, changes in (
        (outlets, outlets.c.slug, plan.outlets),
        (topics, topics.c.slug, plan.topics),
        (recipients, recipients.c.address, plan.recipients),
    ):
        _pause(connection, table, key.in_(changes.pause), FROM_FILE)
        _pause(connection, table, key.in_(changes.resume), None)
    if not (plan.topics.empty and plan.lists.empty):
        raise_revision(connection)


def _apply(slugs: Iterable[str], values: Iterable[object], write: Callable[[object], None]) -> None:
    by_slug = {value.slug: value for value in values}  # type: ignore[attr-defined]
    for slug in slugs:
        write(by_slug[slug])


def _pause(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool], by: str | None) -> None:
    connection.execute(sa.update(table).where(which).values(paused_by=by))


def _write_outlet(connection: sa.Connection, value: object, now: datetime) -> None:
    assert isinstance(value, DeclaredOutlet)
    columns = {
        "name": value.name,
        "url": value.url,
        "language": value.language,
        "country": value.country,
        "tier": value.tier,
        "proxy": value.proxy,
        "user_agent": value.user_agent,
        "cookies_file": value.cookies_file,
        "robots": value.robots,
        "first_poll": value.first_poll,
        "learn_boilerplate": value.learn_boilerplate,
        "digest": value.digest,
        "origin": FROM_FILE,
    }
    paused = None if value.enabled else FROM_FILE
    statement = insert(connection, outlets).values(slug=value.slug, created_at=now, paused_by=paused, **columns)
    connection.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=columns))
    outlet_id = OutletId(connection.execute(sa.select(outlets.c.id).where(outlets.c.slug == value.slug)).scalar_one())
    if not value.learn_boilerplate:
        blocks.give_back(connection, outlet_id, now=now)
    wanted = {feed_key(url): url for url in value.feeds}
    of_outlet = sa.and_(feeds.c.outlet_id == outlet_id, feeds.c.origin == FROM_FILE)
    _pause(connection, feeds, sa.and_(of_outlet, feeds.c.url_key.not_in(list(wanted)), feeds.c.paused_by.is_(None)), FROM_FILE)
    _pause(connection, feeds, sa.and_(of_outlet, feeds.c.url_key.in_(list(wanted)), feeds.c.paused_by == FROM_FILE), None)
    for url in value.feeds:
        add_feed(connection, outlet_id, url, origin=FROM_FILE, now=now)


def add_feed(
    connection: sa.Connection,
    outlet_id: OutletId,
    url: str,
    *,
    origin: str,
    now: datetime,
    kind: FeedKind = FeedKind.FEED,
    title: str = "",
    due_at: datetime | None = None,
) -> FeedId:
    """A feed of the outlet, due at once or at `due_at`; one that is there already stays as it is, whoever's it is."""
    statement = insert(connection, feeds).values(
        outlet_id=outlet_id,
        url=url,
        url_key=feed_key(url),
        host_key=host_key(url),
        title=title,
        kind=kind,
        origin=origin,
        state=FeedState.OK,
        interval_s=FIRST_INTERVAL_S,
        due_at=due_at or now,
        created_at=now,
    )
    connection.execute(statement.on_conflict_do_nothing())
    return FeedId(connection.execute(sa.select(feeds.c.id).where(feeds.c.url_key == feed_key(url))).scalar_one())


def _write_recipient(connection: sa.Connection, value: object, now: datetime) -> None:
    assert isinstance(value, DeclaredRecipient)
    columns = {
        "name": value.name,
        "timezone": value.timezone,
        "deliver": value.deliver,
        "quiet": value.quiet,
        "max_per_day": value.max_per_day,
        "digest": value.digest,
        "origin": FROM_FILE,
    }
    paused = None if value.enabled else FROM_FILE
    statement = insert(connection, recipients).values(address=value.address, created_at=now, paused_by=paused, **columns)
    connection.execute(statement.on_conflict_do_update(index_elements=["address"], set_=columns))


def _write_list(connection: sa.Connection, value: object) -> None:
    assert isinstance(value, DeclaredList)
    columns = {"words": value.words, "digest": value.digest, "origin": FROM_FILE}
    statement = insert(connection, word_lists).values(name=value.name, **columns)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=columns))


def _write_topic(connection: sa.Connection, value: object, now: datetime) -> None:
    assert isinstance(value, DeclaredTopic)
    columns = {
        "name": value.name,
        "query": value.query,
        "deliver": value.deliver,
        "timezone": value.timezone,
        "digest": value.digest,
        "origin": FROM_FILE,
    }
    paused = None if value.enabled else FROM_FILE
    statement = insert(connection, topics).values(slug=value.slug, version=1, created_at=now, paused_by=paused, **columns)
    grown = sa.case((topics.c.query != value.query, topics.c.version + 1), else_=topics.c.version)
    connection.execute(statement.on_conflict_do_update(index_elements=["slug"], set_={**columns, "version": grown}))
    topic_id = connection.execute(sa.select(topics.c.id).where(topics.c.slug == value.slug)).scalar_one()
    _subscribe(connection, topic_id, value.recipients)


def _subscribe(connection: sa.Connection, topic_id: int, addresses: tuple[str, ...]) -> None:
    """The topic's recipients as declared. Who left it stays away, also when the file still names them."""
    ids = connection.execute(sa.select(recipients.c.id).where(recipients.c.address.in_(addresses))).scalars().all()
    connection.execute(
        sa.delete(subscriptions).where(
            subscriptions.c.topic_id == topic_id, subscriptions.c.recipient_id.not_in(ids), subscriptions.c.left_at.is_(None)
        )
    )
    insert_ignoring(connection, subscriptions, [{"topic_id": topic_id, "recipient_id": one} for one in ids])
