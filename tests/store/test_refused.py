"""Bytes that ended a worker, on both databases."""

from datetime import UTC, datetime, timedelta

from aggregator.reasons import Reason
from aggregator.store import refused as store
from aggregator.store.db import Database
from aggregator.store.refused import RefusedRow

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def row(number: int, *, extractor: str = "1", reason: Reason = Reason.WORKER_TIMEOUT, hours: float = 0) -> RefusedRow:
    at = NOW + timedelta(hours=hours)
    return RefusedRow(sha256=f"{number:064x}", extractor=extractor, reason=reason, detail="stopped after 10 s", at=at)


def remembered(database: Database, *, extractor: str = "1", since: datetime = NOW, limit: int = 10) -> tuple[RefusedRow, ...]:
    with database.read() as connection:
        return store.remembered(connection, extractor=extractor, since=since, limit=limit)


def remember(database: Database, *rows: RefusedRow) -> None:
    with database.write() as connection:
        for one in rows:
            store.remember(connection, one)


def test_what_was_written_comes_back_newest_first_and_no_more_than_asked_for(database: Database) -> None:
    remember(database, row(1), row(2, hours=2), row(3, hours=1, reason=Reason.WORKER_KILLED))
    assert remembered(database) == (row(2, hours=2), row(3, hours=1, reason=Reason.WORKER_KILLED), row(1))
    assert remembered(database, limit=1) == (row(2, hours=2),)
    assert remembered(database, since=NOW + timedelta(hours=2)) == (row(2, hours=2),)


def test_another_extractor_knows_nothing_of_it_and_takes_its_place(database: Database) -> None:
    remember(database, row(1))
    assert remembered(database, extractor="2") == ()
    remember(database, row(1, extractor="2", hours=1))
    assert (remembered(database), remembered(database, extractor="2")) == ((), (row(1, extractor="2", hours=1),))


def test_old_ones_are_forgotten(database: Database) -> None:
    remember(database, row(1), row(2, hours=1))
    with database.write() as connection:
        assert store.forget(connection, before=NOW + timedelta(hours=1)) == 1
    assert remembered(database) == (row(2, hours=1),)
