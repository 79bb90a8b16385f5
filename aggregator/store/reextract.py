"""Readings that another extractor made, and the pages they were made from: what `articles reextract` works on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from aggregator.articles.values import Cause, Extraction, FeedText
from aggregator.ids import ArticleId, EntryId, OutletId
from aggregator.store.entries import _feed_text, _reading
from aggregator.store.facts import recall, remember
from aggregator.store.feeds import STAGE_DONE, STAGE_PUBLISH
from aggregator.store.tables import articles, entries, facts, outlets, pages, readings

_CURSOR = "reextract_cursor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which readings: of this outlet (name or slug, "" for all), of articles first seen since; those not made by `extractor`,
    or `everything`.
    """

    extractor: str
    outlet: str = ""
    since: datetime | None = None
    everything: bool = False

    @property
    def key(self) -> str:
        """What a broken run of `everything` is recognised by."""
        return json.dumps([self.extractor, self.outlet, self.since.isoformat() if self.since else None])


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A published entry with the newest page that is kept of it, and what was read from it. `old` is None when it is not understood.

    `latest`: no other entry of the article was read later; its reading is the one that the article shows.
    """

    entry_id: EntryId
    article_id: ArticleId
    outlet_id: OutletId
    outlet: str
    headline: str
    trusted: bool
    url_key: str
    text: FeedText
    first_seen_at: datetime
    page_id: int
    final_url: str
    content_type: str
    fetched_at: datetime
    old: Extraction | None
    latest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReading:
    """What the extractor made of a page now. `publish`: the article changes by it."""

    page: ReadPage
    extraction: Extraction
    publish: bool


def count(connection: sa.Connection, wanted: Wanted, *, after: int = 0) -> tuple[int, int]:
    """How many of the readings have their page still, and how many have not."""
    chosen = sa.select(_page_of(entries).is_not(None).label("kept"), sa.func.count().label("n"))
    rows = connection.execute(_where(chosen, wanted, after).group_by(sa.literal_column("kept")))
    found = {bool(row.kept): row.n for row in rows}
    return found.get(True, 0), found.get(False, 0)


def batch(connection: sa.Connection, wanted: Wanted, *, after: int, limit: int) -> tuple[ReadPage, ...]:
    """The next ones whose page is kept, by rising number of the entry."""
    newest = pages.alias("newest")
    chosen = sa.select(
        entries,
        outlets.c.name.label("outlet"),
        articles.c.headline.label("shown"),
        articles.c.status.label("article_status"),
        newest.c.id.label("page_id"),
        newest.c.final_url.label("page_url"),
        newest.c.headers,
        newest.c.fetched_at,
        sa.type_coerce(readings.c.extraction, sa.Text).label("extraction"),
        sa.not_(_read_later()).label("latest"),
    )
    chosen = _where(chosen, wanted, after, newest=newest).order_by(entries.c.id).limit(limit)
    return tuple(_read_page(row) for row in connection.execute(chosen))


def _page_of(table: sa.FromClause) -> sa.ScalarSelect[int]:
    """The newest page of an entry, if its bytes are kept: an older one would be an older state of the article."""
    own, every = pages.alias(), pages.alias()
    # Said expressly: two levels down it would not be the row of the outer statement.
    last = sa.select(sa.func.max(every.c.id)).where(every.c.entry_id == table.c.id).correlate(table).scalar_subquery()
    kept = sa.select(own.c.id).where(own.c.id == last, sa.func.length(own.c.body_zstd) > 0)
    return kept.correlate(table).scalar_subquery()


def _read_later() -> sa.Exists:
    other, its = entries.alias(), readings.alias()
    later = sa.or_(its.c.read_at > readings.c.read_at, sa.and_(its.c.read_at == readings.c.read_at, other.c.id > entries.c.id))
    return sa.exists().where(
        other.c.article_id == entries.c.article_id,
        other.c.id != entries.c.id,
        its.c.entry_id == other.c.id,
        _page_of(other).is_not(None),
        later,
    )


def _where(
    chosen: sa.Select[*tuple[Any, ...]], wanted: Wanted, after: int, *, newest: sa.FromClause | None = None
) -> sa.Select[*tuple[Any, ...]]:
    source = (
        entries.join(readings, readings.c.entry_id == entries.c.id)
        .join(articles, articles.c.id == entries.c.article_id)
        .join(outlets, outlets.c.id == entries.c.outlet_id)
    )
    if newest is not None:
        source = source.join(newest, newest.c.id == _page_of(entries))
    # What waits to be read or published is in other hands, and will be done by the present extractor anyway.
    found = chosen.select_from(source).where(entries.c.id > after, entries.c.stage == STAGE_DONE, entries.c.lease_token.is_(None))
    if wanted.outlet:
        found = found.where(sa.or_(outlets.c.name == wanted.outlet, outlets.c.slug == wanted.outlet))
    if wanted.since is not None:
        found = found.where(articles.c.first_seen_at >= wanted.since)
    if not wanted.everything:
        # Quotes inside the texts of a reading are escaped, so that only the field itself looks like this.
        mark = f'"extractor":{json.dumps(wanted.extractor)}'
        found = found.where(sa.not_(sa.type_coerce(readings.c.extraction, sa.Text).contains(mark, autoescape=True)))
    return found


def _read_page(row: sa.Row[tuple[object, ...]]) -> ReadPage:
    return ReadPage(
        entry_id=EntryId(row.id),
        article_id=ArticleId(row.article_id),
        outlet_id=OutletId(row.outlet_id),
        outlet=row.outlet,
        headline=row.shown,
        trusted=row.article_status.trusted,
        url_key=row.url_key,
        text=_feed_text(row),
        first_seen_at=row.first_seen_at,
        page_id=row.page_id,
        final_url=row.page_url,
        content_type=next((value for name, value in row.headers if name == "content-type"), ""),
        fetched_at=row.fetched_at,
        old=_reading(row),
        latest=bool(row.latest),
    )


def record(connection: sa.Connection, done: Sequence[NewReading], *, now: datetime) -> int:
    """Keep the readings, and hand the articles that change to `publish`; gives how many. `read_at` stays: the page is no younger.

    What was taken up by somebody else meanwhile stays his.
    """
    handed = 0
    for one in done:
        free = (entries.c.id == one.page.entry_id, entries.c.stage == STAGE_DONE, entries.c.lease_token.is_(None))
        if one.publish:
            again = sa.update(entries).where(*free).values(stage=STAGE_PUBLISH, due_at=now, cause=Cause.REEXTRACT)
            mine = connection.execute(again).rowcount > 0
        else:
            mine = connection.execute(sa.select(entries.c.id).where(*free)).first() is not None
        if mine:
            _write(connection, one)
            handed += one.publish
    return handed


def _write(connection: sa.Connection, one: NewReading) -> None:
    other = entries.alias()
    # Entries of other feeds that took this reading over have no page of their own.
    shared = sa.select(other.c.id).where(
        other.c.outlet_id == one.page.outlet_id,
        other.c.url_key == one.page.url_key,
        other.c.id != one.page.entry_id,
        sa.not_(sa.exists().where(pages.c.entry_id == other.c.id)),
    )
    connection.execute(
        sa.update(readings)
        .where(
            sa.or_(
                readings.c.entry_id == one.page.entry_id,
                sa.and_(readings.c.entry_id.in_(shared), readings.c.final_url == one.page.final_url),
            )
        )
        .values(status=one.extraction.status, extraction=one.extraction)
    )


def is_outlet(connection: sa.Connection, name: str) -> bool:
    """Is there an outlet of this name or slug?"""
    found = sa.select(outlets.c.id).where(sa.or_(outlets.c.name == name, outlets.c.slug == name)).limit(1)
    return connection.execute(found).first() is not None


def cursor(connection: sa.Connection, wanted: Wanted) -> int:
    """Where a broken run of the same wish came to; 0 for the beginning."""
    found = recall(connection, _CURSOR)
    held = json.loads(found) if found else {}
    return int(held.get("after", 0)) if held.get("wanted") == wanted.key else 0


def set_cursor(connection: sa.Connection, wanted: Wanted, after: int) -> None:
    remember(connection, _CURSOR, json.dumps({"wanted": wanted.key, "after": after}))


def drop_cursor(connection: sa.Connection) -> None:
    connection.execute(sa.delete(facts).where(facts.c.name == _CURSOR))
