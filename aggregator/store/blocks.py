"""Blocks that stood at the edges of an outlet's articles: in which ones, and which articles are published again for them."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from aggregator.articles.learned import LEARNED, MOST_SIGHTINGS, Edges, Known, sighted
from aggregator.articles.values import Cause, Sighting
from aggregator.ids import ArticleId, OutletId
from aggregator.store.dialect import upsert
from aggregator.store.feeds import STAGE_DONE, STAGE_PUBLISH
from aggregator.store.tables import articles, blocks, entries, readings

# A block that did not come again in so long does not repeat: nearly all rows are sentences of one article.
FORGOTTEN_AFTER = timedelta(days=90)
# Rows that one tick deletes: some twenty milliseconds of the only writer's time.
FORGET_AT_ONCE = 2_000
_SAMPLE = 200

# Statements that every article runs are made once: building one costs more than running it.
_LOAD = sa.select(blocks.c.key, blocks.c.seen).where(
    blocks.c.outlet_id == sa.bindparam("outlet"), blocks.c.key.in_(sa.bindparam("wanted", expanding=True))
)
_NEWEST_READING = (
    sa.select(entries.c.id)
    .outerjoin(readings, readings.c.entry_id == entries.c.id)
    .where(entries.c.article_id == sa.bindparam("article"))
    .order_by(readings.c.read_at.desc().nulls_last(), entries.c.id.desc())
    .limit(1)
)
_AGAIN = {"stage": STAGE_PUBLISH, "cause": Cause.FILTER}


def load(connection: sa.Connection, outlet_id: OutletId, keys: Collection[int]) -> Known:
    """What is known of these blocks of the outlet; those that never stood in an article are not in it."""
    if not keys:
        return {}
    rows = connection.execute(_LOAD, {"outlet": outlet_id, "wanted": list(keys)})
    return {row.key: row.seen for row in rows}


def record(
    connection: sa.Connection, outlet_id: OutletId, found: Edges, known: Known, *, article_id: ArticleId, now: datetime
) -> frozenset[ArticleId]:
    """Note that these blocks stood in the article. `known` is what `load` gave for them in this transaction.

    Gives the earlier articles of the blocks that are boilerplate from now on. Blocks that were it before cost no write.
    """
    sighting = Sighting(article=article_id, title=found.title)
    earlier: set[ArticleId] = set()
    rows = []
    for key, place in {key: place for place, key in found.keys.items()}.items():
        before = known.get(key, ())
        after = sighted(before, sighting)
        if after == before:
            continue
        if len(after) == MOST_SIGHTINGS > len(before):
            earlier.update(one.article for one in before)
        # Of a block that stood once nobody will ask how it began.
        sample = found.blocks[place][:_SAMPLE] if before else ""
        rows.append({"outlet_id": outlet_id, "key": key, "sample": sample, "seen": after, "last_seen_at": now})
    if rows:
        upsert(connection, blocks, rows)
    return frozenset(earlier)


def publish_again(connection: sa.Connection, article_ids: Iterable[ArticleId], *, now: datetime) -> None:
    """Articles whose blocks were learned since: they are made anew from what was read last, and nobody is told.

    An entry that is on its way already will meet what is known then.
    """
    for article_id in sorted(article_ids):
        entry = connection.execute(_NEWEST_READING, {"article": article_id}).scalar()
        if entry is not None:
            done = sa.and_(entries.c.id == entry, entries.c.stage == STAGE_DONE)
            connection.execute(sa.update(entries).where(done).values(due_at=now, **_AGAIN))


def give_back(connection: sa.Connection, outlet_id: OutletId, *, now: datetime) -> int:
    """The owner wants nothing left out of this outlet's articles: those that lack something are published again. Gives how many."""
    lacking = sa.select(articles.c.id).where(
        articles.c.outlet_id == outlet_id, sa.type_coerce(articles.c.dropped, sa.Text).contains(f'"reason":"{LEARNED}"')
    )
    done = sa.and_(entries.c.article_id.in_(lacking), entries.c.stage == STAGE_DONE)
    return connection.execute(sa.update(entries).where(done).values(due_at=now, **_AGAIN)).rowcount


def forget(connection: sa.Connection, *, now: datetime) -> int:
    """Delete blocks that do not repeat, those that were not seen for longest first; gives how many, at most FORGET_AT_ONCE."""
    several = sa.type_coerce(blocks.c.seen, sa.Text).like("%".join(["", *['"article"'] * MOST_SIGHTINGS, ""]))
    old = (
        sa.select(blocks.c.outlet_id, blocks.c.key)
        .where(blocks.c.last_seen_at < now - FORGOTTEN_AFTER, sa.not_(several))
        .order_by(blocks.c.last_seen_at)
        .limit(FORGET_AT_ONCE)
    )
    return connection.execute(sa.delete(blocks).where(sa.tuple_(blocks.c.outlet_id, blocks.c.key).in_(old))).rowcount
