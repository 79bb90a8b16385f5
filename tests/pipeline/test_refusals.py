"""A page that a worker dies of costs its limit once: its bytes are known, its article goes out, and a changed page is read."""

import hashlib
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa
import zstandard

from aggregator.articles.extract import EXTRACTOR
from aggregator.articles.values import BodySource, Status
from aggregator.clock import ManualClock
from aggregator.errors import Blame, WorkerError
from aggregator.limits import DEFAULT_LIMITS
from aggregator.pipeline import refusals
from aggregator.pipeline.refusals import Refusals
from aggregator.reasons import Reason
from aggregator.service.workers import WorkerPool
from aggregator.store import migrate
from aggregator.store import refused as store
from aggregator.store.db import Database
from aggregator.store.tables import articles, pages, readings, refused, versions
from tests.newspaper import Behaviour, Newspaper, OutletSite
from tests.pipeline.desk import START, Desk, declared

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Every tag is below what the guard allows, and lxml compares each attribute with all before it: some twenty seconds of CPU.
_MANY = b"<div " + b" ".join(b"a%d" % number for number in range(5_000)) + b">x</div>"
SENTENCE = "The committee of the harbour met on Monday and spoke about the barges for three hours, its speaker said."
# Of CPU, not of time: on a busy machine a wall says nothing about the page.
LIMITS = replace(DEFAULT_LIMITS, worker_cpu=timedelta(seconds=1))


def deadly(mark: str = "") -> bytes:
    return f"<html><body><p>{SENTENCE}</p>{mark}".encode() + _MANY * 100 + b"</body></html>"


def readable() -> bytes:
    text = "".join(f"<p>{SENTENCE[:-1]} on day {day} of the meeting.</p>" for day in range(8))
    return f"<html><head><title>Barges</title></head><body><article><h1>Barges</h1>{text}</article></body></html>".encode()


class Counting:
    """The real workers; `jobs` counts what they were given."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self.jobs = 0

    async def run(self, job: str, header: bytes, body: bytes, *, wall: timedelta) -> bytes:
        if job.startswith("aggregator.articles"):
            self.jobs += 1
            wall = timedelta(seconds=120)
        return await self._pool.run(job, header, body, wall=wall)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(2, LIMITS) as running:
        yield running


@pytest.fixture
def workers(pool: WorkerPool) -> Counting:
    return Counting(pool)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def desk(
    newspaper: Newspaper, workers: Counting, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    file = Path(shutil.copy(template, tmp_path / "desk.db"))
    database = Database(f"sqlite:///{file}")
    yield Desk(newspaper, database, workers, ManualClock(START), monkeypatch, {})  # type: ignore[arg-type]
    database.close()


@pytest.fixture
def site(newspaper: Newspaper) -> OutletSite:
    return newspaper.outlet("herald.example")


def rows(desk: Desk, table: sa.Table) -> list[sa.Row]:
    with desk.database.read() as connection:
        return list(connection.execute(sa.select(table)))


async def test_a_page_that_hangs_is_published_at_once_and_kept_as_evidence(desk, site, workers):
    """Nobody waits six minutes for two more tries of the same bytes."""
    item = site.add_article("Barges", [], summary="A meeting about barges.", html=deadly())
    desk.watch(declared(site))
    await desk.once()
    (article,) = rows(desk, articles)
    assert (article.status, article.body, article.body_source) == (
        Status.TIMEOUT,
        "A meeting about barges.",
        BodySource.SUMMARY,
    )
    (page,) = rows(desk, pages)
    assert zstandard.decompress(page.body_zstd) == deadly()
    (reading,) = rows(desk, readings)
    assert (reading.status, reading.extraction.extractor) == (Status.TIMEOUT, EXTRACTOR)
    (entry,) = desk.entries()
    assert (entry.reason, entry.detail, entry.stage) == (Reason.WORKER_TIMEOUT, "used up its CPU time", "done")
    (known,) = rows(desk, refused)
    assert (known.sha256, known.extractor, known.reason, known.at) == (
        page.sha256,
        EXTRACTOR,
        Reason.WORKER_TIMEOUT,
        START,
    )
    assert (workers.jobs, len(desk.asked(item.path))) == (1, 1)


async def test_the_same_bytes_cost_no_second_worker_not_even_after_a_restart(desk, site, newspaper, workers):
    site.add_article("Barges", [], summary="A meeting about barges.", html=deadly())
    desk.watch(declared(site))
    await desk.once()
    other = newspaper.outlet("tribune.example")
    other.add_article("Barges again", [], summary="The same page elsewhere.", html=deadly())
    desk.watch(declared(site), declared(other))
    await desk.once()
    assert workers.jobs == 1
    assert [article.status for article in rows(desk, articles)] == [Status.TIMEOUT, Status.TIMEOUT]
    assert [entry.reason for entry in desk.entries()] == [Reason.WORKER_TIMEOUT] * 2
    assert desk.entries()[1].detail == "used up its CPU time; the same bytes are not tried again"
    assert len(rows(desk, pages)) == 2


async def test_one_later_look_sees_whether_the_page_was_changed(desk, site, workers):
    """The same bytes: no worker, no further look. The article stays as it was published."""
    item = site.add_article("Barges", [], summary="A meeting about barges.", html=deadly())
    desk.watch(declared(site))
    async with desk.open() as doors:
        await desk.work(doors)
        for _ in range(6):
            desk.later(minutes=31)
            await desk.work(doors)
    assert (workers.jobs, len(desk.asked(item.path))) == (1, 2)
    assert (len(rows(desk, versions)), len(rows(desk, pages)), len(rows(desk, readings))) == (1, 1, 1)
    assert desk.entries()[0].reread_at is None


async def test_a_page_that_was_changed_meanwhile_is_read(desk, site, workers):
    item = site.add_article("Barges", [], summary="A meeting about barges.", html=deadly())
    desk.watch(declared(site))
    async with desk.open() as doors:
        await desk.work(doors)
        site.script(item.path, Behaviour(body=readable(), content_type="text/html"), always=True)
        desk.later(minutes=31)
        await desk.work(doors)
    (article,) = rows(desk, articles)
    assert article.status.trusted
    assert "barges for three hours" in article.body
    assert workers.jobs == 2
    (reading,) = rows(desk, readings)
    assert reading.status.trusted
    assert desk.entries()[0].reason is None


async def test_another_extractor_tries_again(desk, site, workers):
    site.add_article("Barges", [], summary="A meeting about barges.", html=readable())
    desk.watch(declared(site))
    sha256 = hashlib.sha256(readable()).hexdigest()
    row = store.RefusedRow(sha256=sha256, extractor="0+older", reason=Reason.WORKER_KILLED, detail="out of memory", at=START)
    with desk.database.write() as connection:
        store.remember(connection, row)
    await desk.once()
    assert workers.jobs == 1
    assert rows(desk, articles)[0].status.trusted


DIGEST = "ab" * 32
KILLED = WorkerError(Reason.WORKER_KILLED, "ended by SIGKILL", blame=Blame.OPEN)


async def fresh(desk: Desk, **more: str) -> Refusals:
    found = Refusals(**more)
    assert await found.find(desk.database, DIGEST, START) is None
    return found


async def test_a_worker_killed_from_outside_condemns_no_page_before_it_happens_twice(desk):
    known = await fresh(desk)
    assert not await known.note(desk.database, DIGEST, KILLED, START)
    assert await known.find(desk.database, DIGEST, START) is None
    assert await known.note(desk.database, DIGEST, KILLED, START)
    found = await known.find(desk.database, DIGEST, START)
    assert (found.reason, found.detail) == (Reason.WORKER_KILLED, "ended by SIGKILL")


async def test_deaths_of_different_pages_are_not_added_up(desk):
    known = await fresh(desk)
    for number in range(5):
        assert not await known.note(desk.database, f"{number:064x}", KILLED, START)
    assert rows(desk, refused) == []


async def test_a_fault_of_the_program_is_never_remembered(desk):
    known = await fresh(desk)
    for _ in range(5):
        assert not await known.note(desk.database, DIGEST, WorkerError(Reason.WORKER_KILLED, "ValueError: x"), START)
    assert rows(desk, refused) == []


async def test_what_is_old_is_forgotten_at_the_next_start(desk):
    hangs = WorkerError(Reason.WORKER_TIMEOUT, "stopped after 10 s", blame=Blame.BYTES)
    known = await fresh(desk)
    assert await known.note(desk.database, DIGEST, hangs, START)
    assert await Refusals().find(desk.database, DIGEST, START + refusals.KEPT_FOR) is not None
    assert await Refusals().find(desk.database, DIGEST, START + refusals.KEPT_FOR + timedelta(seconds=1)) is None
    assert rows(desk, refused) == []


async def test_what_another_extractor_died_of_is_replaced_by_what_this_one_does(desk):
    hangs = WorkerError(Reason.WORKER_TIMEOUT, "stopped after 10 s", blame=Blame.BYTES)
    assert await (await fresh(desk, extractor="1")).note(desk.database, DIGEST, hangs, START)
    assert await (await fresh(desk, extractor="2")).note(desk.database, DIGEST, KILLED, START) is False
    two = await fresh(desk, extractor="2")
    assert await two.note(desk.database, DIGEST, hangs, START)
    assert [row.extractor for row in rows(desk, refused)] == ["2"]


async def test_memory_of_refusals_is_bounded(desk, monkeypatch):
    monkeypatch.setattr(refusals, "MOST", 3)
    hangs = WorkerError(Reason.WORKER_TIMEOUT, "stopped after 10 s", blame=Blame.BYTES)
    known = await fresh(desk)
    for number in range(5):
        await known.note(desk.database, f"{number:064x}", hangs, START + timedelta(seconds=number))
    held = [await known.find(desk.database, f"{number:064x}", START) is not None for number in range(5)]
    again = [await Refusals().find(desk.database, f"{number:064x}", START) is not None for number in range(5)]
    assert held == again == [False, False, True, True, True]
