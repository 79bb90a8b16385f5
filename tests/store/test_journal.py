"""The journal of the installation, on both databases."""

from aggregator.clock import ManualClock
from aggregator.store import journal
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
from aggregator.store.tables import journal as table


def test_it_tells_the_latest_first_and_finds_the_last_of_a_kind(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        journal.note(connection, Happening.STARTED, "run", now=clock.now())
        journal.note(connection, Happening.BACKED_UP, "a.db", now=clock.now())
        journal.note(connection, Happening.STOPPED, "SIGTERM", now=clock.now())
    with database.read() as connection:
        assert [row.kind for row in journal.recent(connection)] == [Happening.STOPPED, Happening.BACKED_UP, Happening.STARTED]
        found = journal.last(connection, Happening.STARTED, Happening.BACKED_UP)
        assert found is not None
        assert (found.kind, found.detail, found.at) == (Happening.BACKED_UP, "a.db", clock.now())
        assert journal.last(connection, Happening.RESTORED) is None


def test_it_keeps_a_bounded_number_of_lines(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        for _ in range(journal.KEPT + 10):
            journal.note(connection, Happening.ONLINE, now=clock.now())
        assert len(connection.execute(table.select()).all()) == journal.KEPT


def test_a_word_of_a_newer_program_is_shown_as_unknown(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        journal.note(connection, Happening.STARTED, now=clock.now())
        connection.exec_driver_sql("UPDATE journal SET kind = 'invented_later'")
        assert [row.kind for row in journal.recent(connection)] == [Happening.UNKNOWN]
