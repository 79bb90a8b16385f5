"""The verbs about feeds: listed, shown, polled, found behind an address and added. Checks are in `service.checking`, lists of feeds in `service.lists`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aggregator.clock import Clock, SystemClock
from aggregator.errors import LockHeldError, UsageError
from aggregator.feeds.discover import Source, outlet_name
from aggregator.feeds.values import FeedKind
from aggregator.ids import FeedId
from aggregator.net.resolve import Resolver
from aggregator.pipeline.context import Listener
from aggregator.service.build import prepare_database, silent
from aggregator.service.discovery import Candidate, Discovered, discover, spellings
from aggregator.service.reading import reading
from aggregator.service.run import OnceSummary, once
from aggregator.service.verbs import looking, writing
from aggregator.settings import Settings
from aggregator.store import config, migrate, subscriptions
from aggregator.store import feeds as store
from aggregator.store.db import Connection
from aggregator.store.subscriptions import History, NewOutlet
from aggregator.store.values import FeedRow

ADDED_BY = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedFeed:
    """`known`: it was there already; `how`: in which way, when not by this very address. `entries` is None when it was not looked at."""

    id: FeedId
    outlet: str
    url: str
    known: bool
    how: str = ""
    kind: FeedKind = FeedKind.FEED
    title: str = ""
    entries: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person wants of the outlet of a new feed. Empty: as it is found."""

    outlet: str = ""
    language: str = ""
    country: str = ""
    first_poll: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFeed:
    """A feed and how it went."""

    row: FeedRow
    history: History


def feeds_list(settings: Settings) -> tuple[FeedRow, ...]:
    """`feeds list`: all feeds, those in trouble first."""
    with looking(settings) as connection:
        return store.list_feeds(connection)


def feeds_show(settings: Settings, which: str, *, clock: Clock | None = None) -> ShownFeed:
    """`feeds show`: one feed by its number or address. Raises UsageError when there is none."""
    with looking(settings) as connection:
        row = feed_named(store.list_feeds(connection), which)
        return ShownFeed(row=row, history=subscriptions.history(connection, row.id, now=(clock or SystemClock()).now()))


def feed_named(rows: Sequence[FeedRow], which: str) -> FeedRow:
    """The feed of that number or address, also the one it had before it moved. Raises UsageError when there is none."""
    for row in rows:
        if which in (str(row.id), row.url) or (row.moved_from and which == row.moved_from):
            return row
    raise UsageError(f"there is no feed {which!r}", hint="see the numbers with: aggregator feeds list")


async def feeds_poll(
    settings: Settings,
    which: Sequence[str],
    *,
    clock: Clock | None = None,
    resolver: Resolver | None = None,
    listen: Listener = silent,
) -> OnceSummary:
    """`feeds poll`: these feeds (all without names) now, through the whole pipeline. Raises LockHeldError while `run` runs."""
    rows = feeds_list(settings)
    chosen = [feed_named(rows, name) for name in which] or list(rows)
    ids = [row.id for row in chosen]
    try:
        return await once(settings, clock=clock, resolver=resolver, listen=listen, only=ids, command="feeds poll")
    except LockHeldError as error:
        raise LockHeldError(str(error), hint="the running service polls every feed when it is due") from error


def feeds_known(settings: Settings, url: str) -> AddedFeed | None:
    """The feed that watches this address already, in any of the spellings a person may mean. Raises UsageError for what is none."""
    spelled = spellings(url)
    if not migrate.standing(settings.database_url).usable:
        return None
    with looking(settings) as connection:
        return next((known for one in spelled if (known := _known(connection, one))), None)


async def feeds_find(
    settings: Settings, url: str, *, everything: bool = False, clock: Clock | None = None, resolver: Resolver | None = None
) -> Discovered:
    """The feeds behind an address, each of them looked at. Raises AggregatorError when there are none, UsageError for no address."""
    async with reading(settings, clock=clock, resolver=resolver) as reader:
        return await discover(reader, url, everything=everything)


def feeds_take(
    settings: Settings, found: Discovered, chosen: Sequence[Candidate], wishes: Wishes, *, clock: Clock | None = None
) -> tuple[AddedFeed, ...]:
    """`feeds add`, what was chosen: one outlet, and these feeds of it. Those that are watched already stay as they are."""
    first = chosen[0]
    name = outlet_name(site_name=found.site_name, feed_title=first.title, url=found.page_url)
    home = first.home_url if first.source is Source.ITSELF else found.page_url
    outlet = NewOutlet(name=name, home=home, language=found.language or first.language)
    return _add(settings, outlet, wishes, chosen, (clock or SystemClock()))


def feeds_force(settings: Settings, url: str, wishes: Wishes, *, clock: Clock | None = None) -> AddedFeed:
    """`feeds add --force`: the address as it is, not looked at. Raises UsageError for what is no address."""
    clean = spellings(url)[0]
    outlet = NewOutlet(name=outlet_name(site_name="", feed_title="", url=clean))
    return _add(settings, outlet, wishes, [clean], (clock or SystemClock()))[0]


def _add(
    settings: Settings, outlet: NewOutlet, wishes: Wishes, chosen: Sequence[Candidate | str], clock: Clock
) -> tuple[AddedFeed, ...]:
    prepare_database(settings)
    wanted = replace(
        outlet,
        name=wishes.outlet or outlet.name,
        language=wishes.language or outlet.language,
        country=wishes.country,
        first_poll=wishes.first_poll,
        meant=bool(wishes.outlet),
    )
    with writing(settings) as connection:
        _refuse_other_wishes(connection, wanted.name, wishes)
        return tuple(_add_one(connection, wanted, one, clock) for one in chosen)


def _add_one(connection: Connection, outlet: NewOutlet, one: Candidate | str, clock: Clock) -> AddedFeed:
    url = one if isinstance(one, str) else one.url
    known = _known(connection, url) or (_led_to_known(connection, one.leads_to) if not isinstance(one, str) else None)
    if known is not None:
        return known
    now = clock.now()
    outlet_id = subscriptions.outlet_for(connection, outlet, origin=ADDED_BY, now=now)
    if isinstance(one, str):
        feed_id = config.add_feed(connection, outlet_id, url, origin=ADDED_BY, now=now)
        return AddedFeed(id=feed_id, outlet=outlet.name, url=url, known=False)
    feed_id = config.add_feed(connection, outlet_id, url, origin=ADDED_BY, now=now, kind=one.kind, title=one.title)
    return AddedFeed(id=feed_id, outlet=outlet.name, url=url, known=False, kind=one.kind, title=one.title, entries=one.entries)


def _known(connection: Connection, url: str) -> AddedFeed | None:
    found = subscriptions.watching(connection, url)
    return AddedFeed(id=found.id, outlet=found.outlet, url=found.url, known=True, how=found.how) if found else None


def _led_to_known(connection: Connection, url: str) -> AddedFeed | None:
    known = _known(connection, url) if url else None
    return replace(known, how=f"the address leads there{f'; {known.how}' if known.how else ''}") if known else None


def _refuse_other_wishes(connection: Connection, name: str, wishes: Wishes) -> None:
    """An outlet that is there has its language and the like already; a new feed does not change them for the others."""
    there = subscriptions.outlet_options(connection, name)
    for key in ("language", "country", "first_poll"):
        wish = getattr(wishes, key)
        if there is not None and wish and there[key] != wish:
            told = there[key] or "not set"
            raise UsageError(
                f"the outlet {name!r} is there already, and its {key} is {told}",
                hint=f"leave --{key.replace('_', '-')} out, or give the feed an outlet of its own with --outlet NAME",
            )
