"""The service at a desk: the real stages, database, doors and workers, with the time in the hands of the test.

Nothing sleeps: the clock is moved from one due moment to the next, as if the ticks of `run` came just then. A test sees what an
outlet sees (the newspaper's hits, dated by the same clock) and what a user sees (the verbs of the command line, mails).

    station = desk(site.feed_url)            # configured and opened, nothing asked yet
    station.work()                           # whatever is due now
    station.poll()                           # on to the next poll
    station.go_on(timedelta(hours=6))        # everything that falls due in six hours
    station.sleep(timedelta(hours=8))        # the machine slept: the clock moved, nothing was done
"""

import asyncio
import contextlib
import io
import json
import shutil
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa

from aggregator.cli.main import execute
from aggregator.clock import ManualClock
from aggregator.configure import load_settings
from aggregator.pipeline.context import Corridor, Event
from aggregator.pipeline.drain import Drain, Stage
from aggregator.reasons import explain
from aggregator.service import run as service
from aggregator.service import verbs
from aggregator.service.build import corridor
from aggregator.service.guards import Guards, at_start
from aggregator.service.workers import PARSE_JOB, WorkerPool
from aggregator.store.db import Database
from aggregator.store.feeds import list_feeds
from aggregator.store.tables import entries, feeds, hosts, outbox
from aggregator.store.values import ArticleRow, FeedRow, Overview
from tests.newspaper import Hit, Newspaper
from tests.program import Program

# A run of days at intervals of minutes stays below; more is a loop without an end.
_MOST_STEPS = 20_000
# A drain that does not come to rest: longer than every limit that the tests set.
_STUCK_S = 120.0
# What `run` would see within seconds; a minute does for whatever rests without saying so in its due time.
_TICK = timedelta(minutes=1)
POLLING = frozenset({Stage.POLL})
ALL = frozenset(Stage)


class Desk:
    """What the stations of a whole session share: an event loop, the worker processes, which take seconds to start, and more."""

    def __init__(self, runner: asyncio.Runner, workers: WorkerPool, template: Path, tls: ssl.SSLContext) -> None:
        self.runner = runner
        self.workers = workers
        self.template = template
        self.tls = tls


class Lent:
    """The desk's workers, in the place of a pool that a corridor starts and closes."""

    def __init__(self, workers: WorkerPool) -> None:
        self._workers = workers
        self.jobs: list[str] = []

    async def start(self) -> None:
        """They run already."""

    async def close(self) -> None:
        """They are needed again."""

    async def run(self, job: str, header: bytes, body: bytes, *, wall: timedelta) -> bytes:
        self.jobs.append(job)
        return await self._workers.run(job, header, body, wall=wall)


class MovedTime:
    """Monotonic time that goes on with the test's clock, for waits that outlast a test."""

    def __init__(self) -> None:
        self.passed = timedelta()

    def monotonic(self) -> float:
        return time.monotonic() + self.passed.total_seconds()


class Station:
    """One service. `stages`: those that work; polls alone cost a tenth of the whole flow."""

    def __init__(
        self, desk: Desk, paper: Newspaper, program: Program, clock: ManualClock, moved: MovedTime, *, stages: frozenset[Stage]
    ) -> None:
        self.clock = clock
        self.paper = paper
        self.program = program
        self.stages = stages
        self.events: list[Event] = []
        self._desk = desk
        self._moved = moved
        self._open = AsyncExitStack()
        self.doors: Corridor
        self.database: Database
        self._drain: Drain
        self._guards: Guards

    # -- its life

    def start(self) -> None:
        """As `run` starts: the leases of the last holder forgotten, the files applied, nothing asked."""
        self.settings = load_settings(self.program.config, {})
        file = self.settings.data_dir / "aggregator.db"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self._desk.template, file)
        self._run(self._start())

    async def _start(self) -> None:
        self.database = self._open.enter_context(service._ready(self.settings, self.clock))
        self.doors = await self._open.enter_async_context(
            corridor(self.settings, self.database, clock=self.clock, listen=self.events.append)
        )
        self.doors.reach._monotonic = self._moved.monotonic
        await at_start(self.doors, None)
        self._drain = Drain(self.doors, stages=self.stages)
        self._guards = Guards(self.doors, self._drain, monotonic=self._moved.monotonic())

    def stop(self) -> None:
        self._run(self._open.aclose())

    def restart(self, *, edit: Callable[[str], str] | None = None) -> None:
        """Stopped and started; `edit` changes the settings file in between."""
        self.stop()
        if edit:
            file = self.program.config / "aggregator.toml"
            file.write_text(edit(file.read_text()))
        self.start()

    def kill(self, path: str) -> None:
        """Killed while the newspaper holds back its answer at `path` (script it to hang), and started again.

        What is left is what a kill leaves: the database file and its log as they were at that moment.
        """
        self._run(self._kill(len(self.paper.hits(path=path)), path))
        self.start()

    async def _kill(self, before: int, path: str) -> None:
        work = asyncio.create_task(self._drain.until_idle(asyncio.Event()))
        self._drain.ring()
        async with asyncio.timeout(20):
            while len(self.paper.hits(path=path)) == before:  # noqa: ASYNC110 - the newspaper lives in another thread
                await asyncio.sleep(0.005)
        folder, kept = self.settings.data_dir, self.program.folder / "killed"
        shutil.copytree(folder, kept)
        for task in [work, *self._drain._tasks]:
            task.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await self._open.aclose()
        shutil.rmtree(folder)
        kept.rename(folder)

    # -- its time

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def work(self) -> None:
        """Everything that is due now."""
        self._run(self._work())

    async def _work(self) -> None:
        await self._guards.look_at_clock(monotonic=self._moved.monotonic())
        await self._guards.look()
        self._drain.ring()
        async with asyncio.timeout(_STUCK_S):
            await self._drain.until_idle(asyncio.Event())

    def sleep(self, length: timedelta) -> None:
        """The time passes and nothing is done."""
        self.clock.advance(length)
        self._moved.passed += length

    def set_clock(self, by: timedelta) -> None:
        """Somebody sets the clock of the machine; no time passes."""
        self.clock.advance(by)

    def go_on(self, length: timedelta, *, until: Callable[[], object] | None = None) -> None:
        """Works at every moment at which something falls due; ends after `length`, or as soon as `until` gives something true."""
        end = self.now + length
        self.work()
        for _ in range(_MOST_STEPS):
            if until and until():
                return
            moment = self._next_moment()
            if moment is None or moment > end:
                if end > self.now:
                    self.sleep(end - self.now)
                return
            self.sleep(moment - self.now)
            self.work()
        raise AssertionError(f"more than {_MOST_STEPS} moments within {length}")

    def poll(self, times: int = 1, *, within: timedelta = timedelta(days=8)) -> None:
        """On to the next poll of any feed, `times` times."""
        for _ in range(times):
            before = len(self.polls)
            self.go_on(within, until=lambda: len(self.polls) > before)  # noqa: B023 - called at once
            assert len(self.polls) > before, f"no poll within {within}"

    def _next_moment(self) -> datetime | None:
        """The next time in any of the tables that work is due by; soon, when a feed that is due was left for another reason."""
        columns = [feeds.c.due_at, hosts.c.backoff_until]
        if self.stages > POLLING:
            columns += [entries.c.due_at, entries.c.reread_at, outbox.c.due_at]
        resting = sa.select(hosts.c.host_key).where(hosts.c.backoff_until > self.now)
        watched = (feeds.c.paused_by.is_(None), feeds.c.merged_into.is_(None))
        left = sa.exists().where(feeds.c.due_at <= self.now, *watched, feeds.c.host_key.not_in(resting))
        with self.database.read() as connection:
            row = connection.execute(sa.select(left, *(_first(column, self.now) for column in columns))).one()
        return min((moment for moment in (row[0] and self.now + _TICK, *row[1:]) if moment), default=None)

    # -- what a user sees

    @property
    def polls(self) -> list[Event]:
        """The polls so far, as the progress bar hears of them."""
        return [event for event in self.events if event.stage == "poll"]

    @property
    def parsed(self) -> int:
        """How many feed documents went to the parser since the start."""
        return self.doors.workers.jobs.count(PARSE_JOB)

    def feeds(self) -> tuple[FeedRow, ...]:
        """As `feeds list` shows them."""
        with self.database.read() as connection:
            return list_feeds(connection)

    def feed(self, which: str = "1") -> FeedRow:
        return next(feed for feed in self.feeds() if str(feed.id) == which)

    def add(self, url: str) -> tuple[bool, int]:
        """`feeds add`: was it known, and which one is it?"""
        told = json.loads(self.says("feeds", "add", url, "--json"))
        added = told[0] if isinstance(told, list) else told
        return added["known"], added["id"]

    def trouble(self, which: str = "1") -> str:
        """What the lists and pages say of the last poll."""
        feed = self.feed(which)
        return f"{explain(feed.reason)} ({feed.detail})" if feed.reason else ""

    def articles(self) -> list[ArticleRow]:
        return list(verbs.articles_export(self.settings))

    def headlines(self) -> list[str]:
        return [article.headline for article in self.articles()]

    def says(self, *arguments: str) -> str:
        """What a command prints, run in this process."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            assert execute(["--config", str(self.program.config), *arguments]) == 0
        return printed.getvalue()

    def overview(self) -> Overview:
        return verbs.overview(self.settings, clock=self.clock)

    # -- what an outlet sees

    def hits(self, path: str = "/rss", host: str = "") -> list[Hit]:
        return self.paper.hits(host, path)

    def times(self, path: str = "/rss", host: str = "") -> list[datetime]:
        return [hit.when for hit in self.hits(path, host)]

    def _run(self, work):
        return self._desk.runner.run(work)


def _first(column: sa.Column[datetime], after: datetime) -> sa.ScalarSelect[datetime]:
    return sa.select(sa.func.min(column)).where(column > after).scalar_subquery()


def gaps(times: Iterable[datetime]) -> list[timedelta]:
    """From each to the next."""
    return [later - earlier for earlier, later in pairwise(times)]
