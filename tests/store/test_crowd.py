"""Group commit: results that wait together are written together, and each is answered as if it were alone."""

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from aggregator.errors import StoreError
from aggregator.store.crowd import LARGEST
from aggregator.store.db import Connection, Database
from aggregator.store.tables import facts
from tests.databases import copy_sqlite


def note(connection: Connection, name: str) -> str:
    connection.execute(sa.insert(facts).values(name=name, value="here"))
    return name


def noted(connection: Connection) -> set[str]:
    return set(connection.execute(sa.select(facts.c.name).where(facts.c.value == "here")).scalars())


@pytest.fixture
def embedded(template: Path, tmp_path: Path) -> Iterator[Database]:
    opened = Database(copy_sqlite(template, tmp_path))
    with opened.write() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 100")  # of the one writing connection: the test need not wait 10 s
    yield opened
    opened.close()


@pytest.fixture
def commits(embedded: Database) -> list[None]:
    seen: list[None] = []
    sa.event.listen(embedded._engine, "commit", lambda _connection: seen.append(None))
    return seen


async def test_every_result_is_written_and_answered(database: Database) -> None:
    names = [f"n{n}" for n in range(30)]
    assert await asyncio.gather(*(database.together(note, name) for name in names)) == names
    assert await database.look(noted) == set(names)


async def test_what_waits_for_the_writer_shares_one_commit(embedded: Database, commits: list[None]) -> None:
    names = [f"n{n}" for n in range(50)]
    await asyncio.gather(*(embedded.together(note, name) for name in names))
    assert len(commits) == 1
    await embedded.together(note, "alone")
    assert len(commits) == 2


async def test_a_crowd_that_is_too_large_goes_in_several_groups(embedded: Database, commits: list[None]) -> None:
    names = [f"n{n}" for n in range(LARGEST + 1)]
    assert await asyncio.gather(*(embedded.together(note, name) for name in names)) == names
    assert len(commits) == 2


async def test_an_answer_comes_after_the_commit(embedded: Database) -> None:
    async def write(name: str) -> None:
        await embedded.together(note, name)
        assert name in await embedded.look(noted)

    await asyncio.gather(*(write(f"n{n}") for n in range(20)))


async def test_one_that_fails_takes_nobody_along(embedded: Database) -> None:
    def fail(connection: Connection) -> None:
        note(connection, "half")
        raise RuntimeError("a fault of its own")

    calls = [embedded.together(note, "a"), embedded.together(note, "b"), embedded.together(fail), embedded.together(note, "c")]
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert [str(one) for one in found] == ["a", "b", "a fault of its own", "c"]
    assert await embedded.look(noted) == {"a", "b", "c"}


async def test_one_that_is_cancelled_while_it_waits_is_not_begun(embedded: Database) -> None:
    first, second, third = (asyncio.create_task(embedded.together(note, name)) for name in "abc")
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait((first, second, third))
    assert (first.result(), second.cancelled(), third.result()) == ("a", True, "c")
    assert await embedded.look(noted) == {"a", "c"}


async def test_while_another_program_writes_nobody_waits_in_a_row(embedded: Database) -> None:
    """Each by itself would wait out the time of the lock: fifty times ten seconds."""
    other = sqlite3.connect(str(embedded.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begin = asyncio.get_running_loop().time()
    found = await asyncio.gather(*(embedded.together(note, f"n{n}") for n in range(50)), return_exceptions=True)
    assert asyncio.get_running_loop().time() - begin < 2
    assert {type(one) for one in found} == {StoreError}
    embedded.patience = timedelta(seconds=10)
    asyncio.get_running_loop().call_later(0.3, other.execute, "ROLLBACK")
    names = [f"n{n}" for n in range(50)]
    assert await asyncio.gather(*(embedded.together(note, name) for name in names)) == names
    other.close()
