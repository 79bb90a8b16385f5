"""Lists of feeds (OPML) into the database and out of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from aggregator.clock import Clock, SystemClock
from aggregator.errors import AggregatorError, NotAFeedError
from aggregator.feeds.address import feed_key
from aggregator.feeds.opml import FeedList, Skipped, Subscription, read_opml, write_opml
from aggregator.feeds.urls import host_key
from aggregator.service.build import prepare_database
from aggregator.service.verbs import looking, writing
from aggregator.settings import Settings
from aggregator.store import config, migrate, subscriptions
from aggregator.store.db import Connection
from aggregator.store.subscriptions import NewOutlet
from aggregator.text import one_line

BATCH = 50
# First polls of an imported list: so long apart, and all within the time in which a feed is polled anyway.
APART = timedelta(seconds=0.2)
SPREAD = timedelta(minutes=10)
IMPORTED = "import"
TITLE = "Feeds of aggregator"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFeed:
    """A feed of the list that is watched already."""

    line: int
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFeeds:
    """What an import did, or would do (`written` false). `folders`: how many different ones the added feeds stand in."""

    title: str
    feeds: int
    added: int
    folders: int
    known: tuple[KnownFeed, ...]
    skipped: tuple[Skipped, ...]
    written: bool


def feeds_import(
    settings: Settings,
    body: bytes,
    *,
    where: str,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    clock: Clock | None = None,
) -> ImportedFeeds:
    """`feeds import`: every feed of the list that is not watched yet. `where` names the list in errors; `progress(done, all)`.

    A second run of the same list adds nothing. Raises AggregatorError for a list that cannot be read at all.
    """
    try:
        found = read_opml(body, limits=settings.limits)
    except NotAFeedError as error:
        raise AggregatorError(f"{where}: {error.detail}", hint="export the list again from where it came, as OPML") from error
    if dry_run:
        watched = _watched(settings)
    else:
        prepare_database(settings)
        watched = _watched(settings)
    new = [feed for feed in found.feeds if feed_key(feed.url) not in watched]
    if not dry_run:
        _write(settings, new, progress, clock or SystemClock())
    return _summary(found, new, written=not dry_run)


def _watched(settings: Settings) -> frozenset[str]:
    if not migrate.standing(settings.database_url).usable:
        return frozenset()
    with looking(settings) as connection:
        return frozenset(subscriptions.watched_keys(connection))


def _write(settings: Settings, new: list[Subscription], progress: Callable[[int, int], None], clock: Clock) -> None:
    """In short transactions, so that a service that runs meanwhile goes on."""
    spread = min(SPREAD, APART * len(new))
    for start in range(0, len(new), BATCH):
        with writing(settings) as connection:
            for place, feed in enumerate(new[start : start + BATCH], start):
                _write_one(connection, feed, spread * (place / len(new)), clock)
        progress(min(start + BATCH, len(new)), len(new))


def _write_one(connection: Connection, feed: Subscription, later: timedelta, clock: Clock) -> None:
    now = clock.now()
    name = one_line(feed.title) or host_key(feed.url)
    outlet = NewOutlet(name=name, home=feed.home, language=feed.language, folder=feed.folder)
    outlet_id = subscriptions.outlet_for(connection, outlet, origin=IMPORTED, now=now)
    config.add_feed(connection, outlet_id, feed.url, origin=IMPORTED, now=now, title=feed.title, due_at=now + later)


def _summary(found: FeedList, new: list[Subscription], *, written: bool) -> ImportedFeeds:
    added = {feed.url for feed in new}
    return ImportedFeeds(
        title=found.title,
        feeds=len(found.feeds),
        added=len(new),
        folders=len({feed.folder for feed in new if feed.folder}),
        known=tuple(
            KnownFeed(line=feed.line, title=one_line(feed.title), url=feed.url) for feed in found.feeds if feed.url not in added
        ),
        skipped=found.skipped,
        written=written,
    )


def feeds_export(settings: Settings, *, clock: Clock | None = None) -> str:
    """`feeds export`: all feeds as OPML 2.0, in their folders."""
    with looking(settings) as connection:
        found = subscriptions.all_subscriptions(connection)
    return write_opml(found, title=TITLE, now=(clock or SystemClock()).now())
