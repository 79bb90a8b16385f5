"""A database that does not take part for a while: locked, full, restarted. Nothing is lost, and the trouble is told once."""

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from aggregator.errors import StoreError
from aggregator.store.db import QUIET_S, Connection, Database
from aggregator.store.facts import secret
from aggregator.store.tables import facts
from aggregator.store.topics import raise_revision, revision
from tests.databases import copy_sqlite, drop_postgres, postgres_url


@pytest.fixture
def embedded(template: Path, tmp_path: Path) -> Iterator[Database]:
    opened = Database(copy_sqlite(template, tmp_path), patience=timedelta(seconds=10))
    with opened.write() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")  # of the one writing connection: the test need not wait 10 s
    yield opened
    opened.close()


def locked_by_another(database: Database) -> sqlite3.Connection:
    other = sqlite3.connect(str(database.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


async def test_a_locked_database_is_waited_for(embedded: Database, caplog: pytest.LogCaptureFixture) -> None:
    other = locked_by_another(embedded)
    with caplog.at_level(logging.INFO):
        writes = [asyncio.create_task(embedded.run(raise_revision)) for _ in range(5)]
        await asyncio.sleep(0.6)
        assert not any(write.done() for write in writes)
        other.rollback()
        other.close()
        await asyncio.wait_for(asyncio.gather(*writes), 10)
        await asyncio.sleep(QUIET_S)
        await embedded.attempt(raise_revision)
    assert await embedded.look(revision) == 6
    assert [record.getMessage() for record in caplog.records] == ["the database does not take part", "the database works again"]


async def test_reading_meanwhile_does_not_end_the_trouble(embedded: Database, caplog: pytest.LogCaptureFixture) -> None:
    other = locked_by_another(embedded)
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            with pytest.raises(StoreError):
                await embedded.attempt(raise_revision)
            await embedded.look(revision)
    assert [record.getMessage() for record in caplog.records] == ["the database does not take part"]
    other.close()


async def test_work_that_is_given_up_before_it_began_is_never_done(embedded: Database) -> None:
    """A stop does not wait for a queue of results before a locked database."""
    other = locked_by_another(embedded)
    writes = [asyncio.create_task(embedded.run(raise_revision)) for _ in range(50)]
    await asyncio.sleep(0.1)
    for write in writes:
        write.cancel()
    found = await asyncio.wait_for(asyncio.gather(*writes, return_exceptions=True), 1)
    assert all(isinstance(one, asyncio.CancelledError) for one in found)
    other.close()
    started = time.monotonic()
    embedded.close()
    assert time.monotonic() - started < 2


async def test_one_that_stays_locked_is_an_error_with_a_remedy(embedded: Database) -> None:
    embedded.patience = timedelta(seconds=0.5)
    other = locked_by_another(embedded)
    with pytest.raises(StoreError, match="locked") as caught:
        await embedded.run(raise_revision)
    assert caught.value.temporary
    assert "another program" in caught.value.hint
    with pytest.raises(StoreError):
        await asyncio.wait_for(embedded.attempt(raise_revision), 0.5)
    other.close()


async def test_a_full_disk_is_waited_for_and_what_was_there_stays(embedded: Database) -> None:
    def fill(connection: Connection) -> None:
        connection.execute(sa.insert(facts).values(name="large", value="x" * 500_000))

    def allow(connection: Connection, pages: int) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await embedded.run(raise_revision)
    await embedded.run(allow, 1)  # SQLite makes it the present size
    write = asyncio.create_task(embedded.run(fill))
    await asyncio.sleep(0.5)
    assert not write.done()
    with pytest.raises(StoreError, match="full") as caught:
        await embedded.attempt(fill)
    assert "free some space" in caught.value.hint
    await embedded.attempt(allow, 1_000_000)
    await asyncio.wait_for(write, 10)
    assert await embedded.look(revision) == 1


async def test_a_read_only_file_is_not_waited_for(embedded: Database) -> None:
    def forbid(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA query_only = 1")

    await embedded.run(forbid)
    with pytest.raises(StoreError, match="readonly"):
        await asyncio.wait_for(embedded.run(raise_revision), 1)


async def test_a_server_that_ends_the_connections_is_asked_again() -> None:
    """PostgreSQL restarts: the pool notices at the next use, a transaction under way is run again."""
    url = postgres_url()
    try:
        database, calls = Database(url, patience=timedelta(seconds=10)), 0
        owner = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

        def interrupted(connection: Connection) -> int:
            nonlocal calls
            calls += 1
            mine = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
            if calls == 1:
                with owner.connect() as other:
                    other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
            return connection.execute(sa.text("SELECT 42")).scalar_one()

        assert await database.run(interrupted) == 42
        assert calls == 2
        database.close()
    finally:
        drop_postgres(url)


def test_a_damaged_file_is_named_and_a_whole_one_is_not(embedded: Database) -> None:
    with embedded.write() as connection:
        secret(connection)
        connection.execute(sa.insert(facts), [{"name": f"fact {n}", "value": "x" * 500} for n in range(2000)])
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    assert embedded.damage(threading.Event()) == ""
    path = Path(str(embedded.url.database))
    data = bytearray(path.read_bytes())
    middle = len(data) - 50 * 4096
    data[middle : middle + 40_000] = b"\xff" * 40_000
    path.write_bytes(data)
    opened = Database(str(embedded.url))
    try:
        found = opened.damage(threading.Event())
    except StoreError as error:
        found = error.message
    assert found
    opened.close()


def test_the_check_of_a_file_ends_when_it_is_told_to(embedded: Database) -> None:
    with embedded.write() as connection:
        connection.execute(sa.insert(facts), [{"name": f"fact {n}", "value": "x" * 500} for n in range(2000)])
    enough = threading.Event()
    enough.set()
    assert embedded.damage(enough) == ""
