"""`articles reextract`: the present extractor over the pages that are kept. No outlet is asked, nobody gets a mail.

A batch is read by the workers and written in one transaction, then published; a run that was stopped or killed goes on where it
was, because a reading names the extractor that made it (for `everything`: because the place is written down with each batch).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from zstandard import ZstdError

from aggregator.articles.compare import NOTHING, Difference, compare
from aggregator.articles.compose import compose
from aggregator.articles.extract import EXTRACTOR
from aggregator.articles.job import decode_extraction, encode_header
from aggregator.articles.values import Article, Extraction, Status
from aggregator.clock import Clock, SystemClock
from aggregator.errors import UsageError, WorkerError
from aggregator.ids import ArticleId
from aggregator.pipeline.context import Corridor, Workers
from aggregator.pipeline.drain import Drain, Stage
from aggregator.reasons import Reason
from aggregator.service.build import WORKERS, corridor, exclusively, forget_leases, open_database, prepare_database
from aggregator.service.workers import EXTRACT_JOB, WorkerPool
from aggregator.settings import Settings
from aggregator.store import pages
from aggregator.store import reextract as store
from aggregator.store.db import Connection, Database
from aggregator.store.reextract import NewReading, ReadPage, Wanted

# Half a minute of work for two workers: so much is done again after a kill.
BATCH = 64
# Pages in memory at a time, at most 5 MB each.
_AT_ONCE = 2 * WORKERS
# A page that fails for one of these says nothing about itself.
_OURS = (Reason.INTERNAL, Reason.INTERRUPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An article that another reading changes."""

    article_id: ArticleId
    outlet: str
    headline: str
    change: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A page that the extractor could not read within its limits; the reading before it stays."""

    article_id: ArticleId
    url: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reextracted:
    """What was done, or with `written` False would be. `not_kept`: readings of an older extractor whose page is kept no longer.

    `changes` are all of them in a dry run; else only the articles whose text can be trusted no longer.
    """

    extractor: str
    pages: int
    same: int
    changed: int
    worse: int
    not_kept: int
    failed: tuple[Failed, ...]
    changes: tuple[Changed, ...]
    written: bool


class _Count:
    """What the batches add up to."""

    def __init__(self, *, dry: bool) -> None:
        self.read, self.changed, self.worse = 0, 0, 0
        self.failed: list[Failed] = []
        self.changes: list[Changed] = []
        self._dry = dry

    def add(self, page: ReadPage, change: Difference, *, publish: bool) -> None:
        self.read += 1
        self.changed += publish
        self.worse += publish and change.worse
        if publish and (self._dry or change.worse):
            found = Changed(article_id=page.article_id, outlet=page.outlet, headline=page.headline, change=change)
            self.changes.append(found)

    def result(self, *, not_kept: int) -> Reextracted:
        return Reextracted(
            extractor=EXTRACTOR,
            pages=self.read + len(self.failed),
            same=self.read - self.changed,
            changed=self.changed,
            worse=self.worse,
            not_kept=not_kept,
            failed=tuple(self.failed),
            changes=tuple(self.changes),
            written=not self._dry,
        )


async def articles_reextract(
    settings: Settings,
    *,
    outlet: str = "",
    since: datetime | None = None,
    everything: bool = False,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    clock: Clock | None = None,
) -> Reextracted:
    """Read kept pages again and publish what changes, with cause `reextract`. `progress(pages done, pages in all)`.

    `everything`: also readings of the present extractor. `dry_run` writes nothing and may run beside the service. Raises UsageError
    for an outlet that is not there, LockHeldError, StoreError, and WorkerError when no workers can be started.
    """
    wanted = Wanted(extractor=EXTRACTOR, outlet=outlet, since=since, everything=everything)
    if dry_run:
        async with _looking(settings) as (database, workers):
            return await _Pass(settings, database, workers, wanted, progress).look()
    with exclusively(settings, command="articles reextract"):
        prepare_database(settings)
        database = open_database(settings)
        database.patience = settings.limits.store_patience
        # Nothing is sent: mail waits for the service.
        silent = replace(settings, smtp=replace(settings.smtp, host=""))
        try:
            forget_leases(database)
            async with corridor(silent, database, clock=clock or SystemClock()) as doors:
                return await _Pass(settings, database, doors.workers, wanted, progress).write(doors)
        finally:
            database.close()


@asynccontextmanager
async def _looking(settings: Settings) -> AsyncIterator[tuple[Database, WorkerPool]]:
    database = open_database(settings)
    try:
        async with WorkerPool(WORKERS, settings.limits) as workers:
            yield database, workers
    finally:
        database.close()


class _Pass:
    """One way through the kept pages."""

    def __init__(
        self, settings: Settings, database: Database, workers: Workers, wanted: Wanted, progress: Callable[[int, int], None]
    ) -> None:
        self._settings, self._db, self._workers = settings, database, workers
        self._wanted, self._progress = wanted, progress
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._done, self._total = 0, 0

    async def look(self) -> Reextracted:
        """What would change."""
        await self._db.look(_require_outlet, self._wanted.outlet)
        return await self._over(_Count(dry=True), 0, None)

    async def write(self, doors: Corridor) -> Reextracted:
        """Reads, writes and publishes."""
        await self._db.look(_require_outlet, self._wanted.outlet)
        # What an earlier run, of whatever command, left to be published is not mixed with what is read now.
        await _publish(doors)
        after = await self._db.look(store.cursor, self._wanted) if self._wanted.everything else 0

        async def keep(found: tuple[NewReading, ...], place: int) -> None:
            await self._db.run(_keep, found, self._wanted, place, now=doors.clock.now())
            await _publish(doors)

        done = await self._over(_Count(dry=False), after, keep)
        await self._db.run(store.drop_cursor)
        return done

    async def _over(
        self, count: _Count, after: int, keep: Callable[[tuple[NewReading, ...], int], Awaitable[None]] | None
    ) -> Reextracted:
        self._total, not_kept = await self._db.look(store.count, self._wanted, after=after)
        self._progress(0, self._total)
        while found := await self._db.look(store.batch, self._wanted, after=after, limit=BATCH):
            results = await asyncio.gather(*(self._read(page, count) for page in found), return_exceptions=True)
            for result in results:
                if isinstance(result, BaseException):
                    raise result
            after = found[-1].entry_id
            if keep is not None:
                await keep(tuple(one for one in results if isinstance(one, NewReading)), after)
        return count.result(not_kept=not_kept)

    async def _read(self, page: ReadPage, count: _Count) -> NewReading | None:
        """None: the extractor could not read it within its limits. Raises WorkerError for a fault of ours."""
        problem: WorkerError | None = None
        async with self._turn:
            try:
                body = await self._db.look(pages.body, page.page_id)
                if not body:
                    # The service, beside which we only look, let go of it just now.
                    return None
                extraction = await self._extract(page, body)
            except ZstdError:
                problem = WorkerError(Reason.BAD_ENCODING, "the stored page is damaged")
            except WorkerError as error:
                if error.reason in _OURS:
                    raise
                problem = error
            self._done += 1
            self._progress(self._done, self._total)
        if problem is not None:
            count.failed.append(
                Failed(article_id=page.article_id, url=page.text.link, reason=problem.reason, detail=problem.detail)
            )
            return None
        if extraction.status is Status.FAILED and page.old is not None and page.old.status.trusted:
            # No verdict on the text: the bytes were refused, or hold nothing that can be parsed.
            count.failed.append(
                Failed(article_id=page.article_id, url=page.text.link, reason=Reason.NO_TEXT, detail=extraction.detail)
            )
            return None
        change = compare(self._article(page, page.old), self._article(page, extraction))
        # A text that could not be trusted before either says nothing about one that another feed's page gave.
        counts = extraction.status.trusted or change.worse or not page.trusted
        publish = change != NOTHING and page.latest and counts
        count.add(page, change, publish=publish)
        return NewReading(page=page, extraction=extraction, publish=publish)

    async def _extract(self, page: ReadPage, body: bytes) -> Extraction:
        limits = self._settings.limits
        # The time of the fetch: a date that lay in the future then is no better now.
        header = encode_header(
            url=page.final_url, content_type=page.content_type, feed=page.text, now=page.fetched_at, limits=limits
        )
        return decode_extraction(await self._workers.run(EXTRACT_JOB, header, body, wall=limits.page_extract_wall))

    def _article(self, page: ReadPage, extraction: Extraction | None) -> Article:
        slack = self._settings.limits.future_date_slack
        return compose(page.text, extraction, url=page.text.link, first_seen_at=page.first_seen_at, slack=slack)


def _keep(connection: Connection, found: Sequence[NewReading], wanted: Wanted, place: int, *, now: datetime) -> None:
    store.record(connection, found, now=now)
    if wanted.everything:
        store.set_cursor(connection, wanted, place)


async def _publish(doors: Corridor) -> None:
    await Drain(doors, stages=frozenset({Stage.PUBLISH})).until_idle(asyncio.Event())


def _require_outlet(connection: Connection, name: str) -> None:
    if name and not store.is_outlet(connection, name):
        raise UsageError(f"there is no outlet {name!r}", hint="see the names with: aggregator feeds list")
