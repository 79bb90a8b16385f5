"""The stages with their real doors against the newspaper, and the time in the hands of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from aggregator.clock import ManualClock
from aggregator.declare.values import DeclaredOutlet
from aggregator.limits import DEFAULT_LIMITS
from aggregator.pipeline.context import Corridor
from aggregator.pipeline.drain import Drain, Stage
from aggregator.service import build
from aggregator.service.workers import WorkerPool
from aggregator.settings import FetchSettings, Settings
from aggregator.store import entries as store_entries
from aggregator.store.db import Database
from aggregator.store.tables import articles, entries
from tests.newspaper import Hit, Newspaper, OutletSite
from tests.store.rows import declare

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STAGES = frozenset({Stage.POLL, Stage.READ, Stage.PUBLISH})


class Lent:
    """Workers of the whole module, in the place of a pool that a corridor starts and closes."""

    def __init__(self, workers: WorkerPool) -> None:
        self._workers = workers
        self.run = workers.run

    async def start(self) -> None:
        """They run already."""

    async def close(self) -> None:
        """They are needed again."""


@asynccontextmanager
async def shared_workers() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(2, DEFAULT_LIMITS)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


@dataclass(slots=True)
class Desk:
    """One database; `open` gives a process that works on it."""

    paper: Newspaper
    database: Database
    workers: WorkerPool
    clock: ManualClock
    patch: pytest.MonkeyPatch
    fetch: dict[str, object]

    def watch(self, *outlets: DeclaredOutlet) -> None:
        with self.database.write() as connection:
            declare(connection, *outlets, now=self.clock.now())

    @asynccontextmanager
    async def open(self, *, resolver: object = None) -> AsyncIterator[Corridor]:
        """A start of the service: nothing is remembered but the database."""
        fetch: FetchSettings = self.paper.fetch_settings(**self.fetch)
        settings = Settings(config_dir=Path(), data_dir=Path(), database_url=str(self.database.url), fetch=fetch)
        self.patch.setattr(build, "WorkerPool", lambda _count, _limits: Lent(self.workers))
        async with build.corridor(settings, self.database, clock=self.clock, resolver=resolver) as doors:  # type: ignore[arg-type]
            yield doors

    async def work(self, doors: Corridor) -> None:
        """Everything that is due now."""
        with self.database.write() as connection:
            store_entries.wake_rereads(connection, now=self.clock.now())
        await asyncio.wait_for(Drain(doors, stages=STAGES).until_idle(asyncio.Event()), 30)

    async def once(self) -> None:
        """A start, everything that is due, and the end."""
        async with self.open() as doors:
            await self.work(doors)

    def later(self, **passed: float) -> None:
        self.clock.advance(timedelta(**passed))

    def asked(self, path: str, host: str = "") -> list[Hit]:
        return self.paper.hits(host, path)

    def entries(self) -> list[sa.Row]:
        """One row an entry, in the order of their addresses."""
        with self.database.read() as connection:
            return list(connection.execute(sa.select(entries).order_by(entries.c.link)))

    def articles(self) -> list[sa.Row]:
        with self.database.read() as connection:
            return list(connection.execute(sa.select(articles).order_by(articles.c.url)))


def declared(site: OutletSite, **changes: object) -> DeclaredOutlet:
    name = site.host.partition(".")[0]
    return replace(DeclaredOutlet(slug=name, name=name.title(), feeds=(site.feed_url,), first_poll="alert"), **changes)  # type: ignore[arg-type]
