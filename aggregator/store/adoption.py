"""A feed that lives at another address from now on."""

from datetime import datetime

import sqlalchemy as sa

from aggregator.feeds.address import feed_key
from aggregator.feeds.urls import host_key
from aggregator.feeds.values import DueFeed
from aggregator.store import journal
from aggregator.store.dialect import insert_ignoring
from aggregator.store.due import watched
from aggregator.store.happenings import Happening
from aggregator.store.tables import entry_keys, feeds


def adopt(connection: sa.Connection, feed: DueFeed, address: str, *, now: datetime) -> None:
    """Notes the move. Where another feed that is polled lives at `address` already, that one does the work of both, and what
    this one knows it knows too: nothing comes twice.
    """
    connection.execute(sa.update(feeds).where(feeds.c.id == feed.id).values(host_key=host_key(address)))
    there = sa.or_(feeds.c.url_key == feed_key(address), feeds.c.moved_to == address)
    other = connection.execute(
        sa.select(feeds.c.id).where(there, feeds.c.id != feed.id, watched()).order_by(feeds.c.id).limit(1)
    ).scalar()
    shared = f", which feed {other} watches already" if other is not None else ""
    journal.note(connection, Happening.FEED_MOVED, f"{feed.url} to {address}{shared}", now=now)
    if other is None:
        return
    connection.execute(sa.update(feeds).where(feeds.c.id == feed.id).values(merged_into=other))
    known = connection.execute(
        sa.select(entry_keys.c.kind, entry_keys.c.value, entry_keys.c.entry_id).where(entry_keys.c.feed_id == feed.id)
    )
    rows = [{"feed_id": other, "kind": row.kind, "value": row.value, "entry_id": row.entry_id} for row in known]
    for start in range(0, len(rows), 500):
        insert_ignoring(connection, entry_keys, rows[start : start + 500])


def leave(connection: sa.Connection, feed: DueFeed) -> None:
    """The move was taken back: the feed is asked at its owner's address, and by itself."""
    connection.execute(sa.update(feeds).where(feeds.c.id == feed.id).values(host_key=host_key(feed.url), merged_into=None))
