"""Connections and transactions: what the design promises about them, on both databases."""

import multiprocessing
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from aggregator.errors import StoreError
from aggregator.store import migrate
from aggregator.store.db import Database
from aggregator.store.facts import secret
from aggregator.store.tables import facts, feeds, outlets
from aggregator.store.topics import raise_revision, revision
from tests.databases import copy_sqlite


def test_a_failed_transaction_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:
        raise_revision(connection)
        raise RuntimeError
    with database.read() as connection:
        assert revision(connection) == 0


async def test_functions_run_in_their_own_transactions(database: Database) -> None:
    await database.run(raise_revision)
    await database.run(raise_revision)
    assert await database.look(revision) == 2


def test_the_secret_is_made_once(database: Database) -> None:
    with database.write() as connection:
        first = secret(connection)
    with database.write() as connection:
        assert secret(connection) == first
    assert len(first) == 32


def test_times_keep_their_zone(database: Database) -> None:
    moment = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    with database.write() as connection:
        connection.execute(sa.insert(outlets).values(slug="a", name="A", origin="file", created_at=moment))
    with database.read() as connection:
        assert connection.execute(sa.select(outlets.c.created_at)).scalar_one() == moment


def test_a_naive_time_is_refused(database: Database) -> None:
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - what is refused
    with pytest.raises(sa.exc.StatementError, match="naive"), database.write() as connection:
        connection.execute(sa.insert(outlets).values(slug="a", name="A", origin="file", created_at=naive))


def test_a_word_outside_the_closed_list_is_refused(database: Database) -> None:
    with pytest.raises(sa.exc.StatementError), database.write() as connection:
        connection.execute(sa.update(feeds).values(state="lively"))


def test_code_and_migrated_schema_agree(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    assert migrate.differences(url) == ()
    assert migrate.current(url) == migrate.head()


def test_a_reading_connection_on_sqlite_cannot_write(template, tmp_path) -> None:
    database = Database(copy_sqlite(template, tmp_path))
    with pytest.raises(StoreError, match="readonly"), database.read() as connection:
        raise_revision(connection)
    database.close()


def _count(url: str, times: int) -> None:
    database = Database(url)
    for _ in range(times):
        with database.write() as connection:
            raise_revision(connection)
    database.close()


def test_processes_that_read_and_write_lose_no_update(template, tmp_path) -> None:
    """The driver's default transactions lost 180 of 240 such updates without an error."""
    url = copy_sqlite(template, tmp_path)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_count, args=(url, 25)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    database = Database(url)
    with database.read() as connection:
        assert revision(connection) == 75
        assert connection.execute(sa.select(sa.func.count()).where(facts.c.name == "topics_revision")).scalar_one() == 1
    database.close()


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nowhere/a.db")
    with pytest.raises(StoreError, match="unable to open") as caught, database.write():
        pass
    assert "folder" in caught.value.hint
    database.close()


def test_a_schema_of_a_newer_program_is_refused(template, tmp_path) -> None:
    url = copy_sqlite(template, tmp_path)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("UPDATE facts SET value = '9999' WHERE name = 'works_with'")
    engine.dispose()
    with pytest.raises(StoreError, match="9999") as caught:
        migrate.upgrade(url)
    assert "update the program" in caught.value.hint
