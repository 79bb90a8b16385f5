"""Feeds as they are added, listed and taken elsewhere: who watches an address already, outlets made for new ones, lists of feeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from aggregator.declare.read import slug_of
from aggregator.feeds.address import feed_key
from aggregator.feeds.opml import Subscription
from aggregator.feeds.urls import host_key
from aggregator.ids import FeedId, OutletId
from aggregator.store.tables import entries, feeds, gaps, outlets
from aggregator.text import one_line

DAYS = 14
_MOST_GAPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOutlet:
    """What is known of the outlet of a new feed. `folder`: names from the outermost in. `meant`: a person named it."""

    name: str
    home: str = ""
    language: str = ""
    country: str = ""
    first_poll: str = ""
    folder: tuple[str, ...] = ()
    meant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """A feed that has an address already. `how`: "" for its own address, else in which way it has it, in words."""

    id: FeedId
    outlet: str
    url: str
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time of which entries were never seen: `missing` at most, after `filled` were found elsewhere."""

    since: datetime
    until: datetime
    filled: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How a feed went. `days`: new entries of each of the last 14 days, oldest first. `silent_since`: its outlet prints too little."""

    days: tuple[int, ...]
    gaps: tuple[Gap, ...]
    state_since: datetime | None
    silent_since: datetime | None
    silent_why: str
    folder: tuple[str, ...]


def watching(connection: sa.Connection, url: str) -> Watching | None:
    """The feed that has this address: as its own, or as the one it moved to."""
    key = feed_key(url)
    rows = connection.execute(
        sa.select(feeds.c.id, feeds.c.url, feeds.c.url_key, feeds.c.moved_to, feeds.c.merged_into, outlets.c.name)
        .join(outlets)
        .where(sa.or_(feeds.c.url_key == key, feeds.c.moved_to != ""))
        .order_by(feeds.c.url_key != key, feeds.c.id)
    )
    for row in rows:
        if row.url_key == key:
            how = f"it moved to {row.moved_to}" if row.moved_to else ""
            how = f"feed {row.merged_into} is polled in its place" if row.merged_into else how
            return Watching(id=FeedId(row.id), outlet=row.name, url=row.url, how=how)
        if feed_key(row.moved_to) == key:
            return Watching(id=FeedId(row.id), outlet=row.name, url=row.url, how=f"it moved there from {row.url}")
    return None


def watched_keys(connection: sa.Connection) -> dict[str, FeedId]:
    """Every address that is watched, as `feed_key`, also those that feeds moved to."""
    rows = connection.execute(sa.select(feeds.c.id, feeds.c.url_key, feeds.c.moved_to)).all()
    moved = {feed_key(row.moved_to): FeedId(row.id) for row in rows if row.moved_to}
    return moved | {row.url_key: FeedId(row.id) for row in rows}


def outlet_for(connection: sa.Connection, wanted: NewOutlet, *, origin: str, now: datetime) -> OutletId:
    """The outlet of that name; made when there is none.

    Another outlet of the same name (its pages are elsewhere, or it stands in another folder) keeps its own: names tell people
    who printed something, and are no keys.
    """
    slug, folder = slug_of(wanted.name), _folder(wanted.folder)
    rows = connection.execute(
        sa.select(outlets.c.id, outlets.c.url, outlets.c.folder, outlets.c.origin)
        .where(sa.or_(outlets.c.name == wanted.name, outlets.c.slug == slug))
        .order_by(outlets.c.id)
    )
    for row in rows:
        elsewhere = not wanted.meant and row.url and wanted.home and host_key(row.url) != host_key(wanted.home)
        if not elsewhere and (not folder or row.folder == folder):
            return OutletId(row.id)
        if not elsewhere and not row.folder and row.origin == "file":
            connection.execute(sa.update(outlets).where(outlets.c.id == row.id).values(folder=folder))
            return OutletId(row.id)
    made = sa.insert(outlets).values(
        slug=_free_slug(connection, slug),
        name=wanted.name,
        url=wanted.home,
        language=wanted.language,
        country=wanted.country,
        first_poll=wanted.first_poll,
        folder=folder,
        origin=origin,
        created_at=now,
    )
    return OutletId(connection.execute(made.returning(outlets.c.id)).scalar_one())


def outlet_options(connection: sa.Connection, name: str) -> Mapping[str, str] | None:
    """Language, country and first poll of the outlet with this name; None when there is none."""
    row = connection.execute(
        sa.select(outlets.c.language, outlets.c.country, outlets.c.first_poll)
        .where(sa.or_(outlets.c.name == name, outlets.c.slug == slug_of(name)))
        .order_by(outlets.c.id)
    ).first()
    return {"language": row.language, "country": row.country, "first_poll": row.first_poll} if row else None


def manners(connection: sa.Connection) -> Mapping[FeedId, tuple[str, str]]:
    """Proxy and user agent of every feed, "" for those of the settings."""
    rows = connection.execute(sa.select(feeds.c.id, outlets.c.proxy, outlets.c.user_agent).join(outlets))
    return {FeedId(row.id): (row.proxy, row.user_agent) for row in rows}


def all_subscriptions(connection: sa.Connection) -> tuple[Subscription, ...]:
    """Every feed as it stands in a list, in the order in which they were added.

    A lone feed is called as its outlet, which is what people chose; several of one outlet by their own titles.
    """
    of_outlet = sa.func.count().over(partition_by=feeds.c.outlet_id).label("of_outlet")
    rows = connection.execute(
        sa.select(
            feeds.c.url,
            feeds.c.title,
            outlets.c.name,
            outlets.c.url.label("home"),
            outlets.c.language,
            outlets.c.folder,
            of_outlet,
        )
        .join(outlets)
        .order_by(feeds.c.id)
    )
    return tuple(
        Subscription(
            title=row.title if row.title and (row.of_outlet > 1 or one_line(row.title) == row.name) else row.name,
            url=row.url,
            home=row.home,
            language=row.language,
            folder=_names(row.folder),
        )
        for row in rows
    )


def history(connection: sa.Connection, feed_id: FeedId, *, now: datetime) -> History:
    """How the feed went in the last two weeks."""
    start = (now - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [start + timedelta(days=number) for number in range(DAYS)]
    seen = entries.c.first_seen_at
    counts = [sa.func.count(sa.case((sa.and_(seen >= day, seen < day + timedelta(days=1)), 1))) for day in starts]
    days = connection.execute(sa.select(*counts).where(entries.c.feed_id == feed_id, seen >= start)).one()
    row = connection.execute(
        sa.select(feeds.c.state_since, outlets.c.silent_since, outlets.c.silent_why, outlets.c.folder)
        .join(outlets)
        .where(feeds.c.id == feed_id)
    ).one()
    found = connection.execute(
        sa.select(gaps.c.since, gaps.c.until, gaps.c.filled, gaps.c.missing)
        .where(gaps.c.feed_id == feed_id, gaps.c.found_at >= start)
        .order_by(gaps.c.id.desc())
        .limit(_MOST_GAPS)
    )
    return History(
        days=tuple(days),
        gaps=tuple(Gap(since=gap.since, until=gap.until, filled=gap.filled, missing=gap.missing) for gap in found),
        state_since=row.state_since,
        silent_since=row.silent_since,
        silent_why=row.silent_why,
        folder=_names(row.folder),
    )


def _free_slug(connection: sa.Connection, slug: str) -> str:
    """The slug, with a number behind it when others have it."""
    taken = set(connection.execute(sa.select(outlets.c.slug).where(outlets.c.slug.startswith(slug, autoescape=True))).scalars())
    return next(one for number in range(1, len(taken) + 2) if (one := slug if number == 1 else f"{slug}-{number}") not in taken)


def _folder(names: tuple[str, ...]) -> str:
    return "\n".join(names)


def _names(folder: str) -> tuple[str, ...]:
    return tuple(folder.split("\n")) if folder else ()
