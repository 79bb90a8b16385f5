"""The running service: `once` and `run`. Both hold the lock, apply the files and drive the same drain."""

import asyncio
import contextlib
import logging
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from aggregator.clock import Clock, SystemClock
from aggregator.errors import StoreError
from aggregator.ids import FeedId
from aggregator.net.resolve import Resolver
from aggregator.pipeline.context import Corridor, Event, Listener
from aggregator.pipeline.drain import Drain, Stage
from aggregator.service.build import corridor, exclusively, forget_leases, is_embedded, open_database, prepare_database, silent
from aggregator.service.configuration import apply_files
from aggregator.service.guards import Guards, at_start, check_file, note, paused_by_disk
from aggregator.service.hearing import listen_around
from aggregator.service.retention import let_go
from aggregator.settings import Settings
from aggregator.store import blocks, entries, feeds
from aggregator.store import topics as topic_store
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
from aggregator.store.status import overview
from aggregator.store.values import Overview

log = logging.getLogger("aggregator")

# Polls and retries are due to the second; looking costs microseconds when nothing is.
TICK = timedelta(seconds=2)
# What a crash or a lost wake-up left lying is found this often.
RECONCILE = timedelta(seconds=30)

# A signal that comes sooner after the first is the same one, sent twice.
SAME_SIGNAL_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OnceSummary:
    """What one `once` did. `cut`: stopped at the time limit; `disk_low`: nothing was polled or read for want of room."""

    polled: int
    unchanged: int
    poll_failures: int
    new_entries: int
    pages: int
    page_failures: int
    articles: int
    alerts: int
    sent: int
    send_failures: int
    seconds: float
    cut: bool
    disk_low: bool
    after: Overview


class Tally:
    """Counts events on their way to the listener."""

    def __init__(self, listen: Listener) -> None:
        self._listen = listen
        self.counts: Counter[str] = Counter()

    def __call__(self, event: Event) -> None:
        quiet = event.reason is not None and event.reason.value in ("not_modified", "unchanged")
        outcome = "ok" if event.reason is None else "quiet" if quiet else "failed"
        self.counts[f"{event.stage}.{outcome}"] += 1
        self.counts[f"{event.stage}.count"] += event.count
        self._listen(event)


async def once(
    settings: Settings,
    *,
    clock: Clock | None = None,
    resolver: Resolver | None = None,
    listen: Listener = silent,
    max_time: timedelta | None = None,
    only: Sequence[FeedId] | None = None,
    command: str = "once",
) -> OnceSummary:
    """Everything that is due, through all stages and the outbox. Dead feeds and a dead relay are results, not failures."""
    clock = clock or SystemClock()
    tally = Tally(listen)
    loop = asyncio.get_running_loop()
    started = loop.time()
    with exclusively(settings, command=command) as left_by, _ready(settings, clock) as database:
        async with corridor(settings, database, clock=clock, resolver=resolver, listen=tally) as doors:
            stop = asyncio.Event()
            _stop_on_signals(stop)
            await at_start(doors, left_by)
            await database.run(entries.wake_rereads, now=clock.now())
            listen(Event(stage="start", subject="", count=await database.look(feeds.count_due, clock.now())))
            drain = Drain(doors, horizon=clock.now(), only=only)
            drain.resting = paused_by_disk(settings)
            limit = (max_time or settings.limits.once_max_time).total_seconds()
            timer = loop.call_later(limit, stop.set)
            await drain.until_idle(stop)
            timer.cancel()
            await listen_around(doors)
            with contextlib.suppress(StoreError):
                await let_go(doors)
            await database.run(blocks.forget, now=clock.now())
        forget_leases(database)
        after = await database.look(overview, now=clock.now())
    return _summary(tally.counts, loop.time() - started, cut=stop.is_set(), disk_low=bool(drain.resting), after=after)


def _summary(counts: Counter[str], seconds: float, *, cut: bool, disk_low: bool, after: Overview) -> OnceSummary:
    return OnceSummary(
        polled=counts["poll.ok"] + counts["poll.quiet"] + counts["poll.failed"],
        unchanged=counts["poll.quiet"],
        poll_failures=counts["poll.failed"],
        new_entries=counts["poll.count"],
        pages=counts["read.ok"],
        page_failures=counts["read.failed"],
        articles=counts["publish.ok"],
        alerts=counts["publish.count"],
        sent=counts["send.ok"],
        send_failures=counts["send.failed"],
        seconds=seconds,
        cut=cut,
        disk_low=disk_low,
        after=after,
    )


@contextlib.contextmanager
def _ready(settings: Settings, clock: Clock):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a generator of Database
    """The database, migrated and configured from the files (embedded; on PostgreSQL both are the operator's commands)."""
    if is_embedded(settings):
        prepare_database(settings)
    database = open_database(settings)
    database.patience = settings.limits.store_patience
    try:
        if is_embedded(settings):
            forget_leases(database)
            apply_files(settings, database, now=clock.now(), force=False)
        yield database
    finally:
        database.close()


async def run(
    settings: Settings,
    *,
    clock: Clock | None = None,
    resolver: Resolver | None = None,
    listen: Listener = silent,
    beside: Callable[[Database, Clock, asyncio.Event], Coroutine[object, object, None]],
) -> None:
    """The service, until SIGTERM or SIGINT. `beside` serves the page; it returns when its event is set."""
    clock = clock or SystemClock()
    stop = asyncio.Event()
    with exclusively(settings, command="run") as left_by, _ready(settings, clock) as database:
        _stop_on_signals(stop)
        page = asyncio.create_task(beside(database, clock, stop))
        async with corridor(settings, database, clock=clock, resolver=resolver, listen=listen) as doors:
            await at_start(doors, left_by)
            checking = asyncio.create_task(check_file(doors, stop)) if left_by else None
            drain = Drain(doors)
            guards = Guards(doors, drain, monotonic=time.monotonic())
            await note(doors, Happening.STARTED)
            await guards.look()
            scheduler = _ticks(doors, drain, guards)
            scheduler.start()
            page.add_done_callback(lambda _done: stop.set())
            log.info("started", extra={"feeds": await database.look(feeds.count_due, clock.now())})
            try:
                await drain.forever(stop)
            finally:
                scheduler.shutdown(wait=False)
                stop.set()
                await page
                if checking:
                    await checking
            await note(doors, Happening.STOPPED)
        with contextlib.suppress(StoreError):  # the next holder of the lock does it at its start
            forget_leases(database)
        log.info("stopped")


def _ticks(doors: Corridor, drain: Drain, guards: Guards) -> AsyncIOScheduler:
    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})

    async def look() -> None:
        await guards.look_at_clock(monotonic=time.monotonic())
        drain.ring(Stage.POLL, Stage.READ, Stage.SEND)

    async def reconcile() -> None:
        drain.sweep()
        await guards.look()
        # While the database does not take part there is nothing to reconcile; the drain keeps asking for it.
        with contextlib.suppress(StoreError):
            await doors.db.attempt(entries.wake_rereads, now=doors.clock.now())
            if doors.watch and await doors.db.look(topic_store.revision) != doors.watch.revision:
                doors.watch = None
        drain.ring()

    scheduler.add_job(look, "interval", seconds=TICK.total_seconds())
    scheduler.add_job(reconcile, "interval", seconds=RECONCILE.total_seconds())
    return scheduler


def _stop_on_signals(stop: asyncio.Event) -> None:
    """The first signal lets the work under way finish; a later one does what it would have done without us.

    Not one that comes at once: `timeout` and shells signal a process and then its group, and mean it once.
    """
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in (signal.SIGTERM, signal.SIGINT)}
    heard: list[signal.Signals] = []

    def hear(number: signal.Signals) -> None:
        if not heard:
            stop.set()
            log.info("stopping", extra={"signal": number.name})
            loop.call_later(SAME_SIGNAL_S, give_back)
        heard.append(number)

    def give_back() -> None:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

    for number in before:
        with contextlib.suppress(RuntimeError, ValueError):  # not in the main thread: tests run the service in another
            loop.add_signal_handler(number, hear, number)
