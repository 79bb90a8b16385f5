"""Messages whose sender was killed, digests that left early, readings that are older than the wish for them."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from aggregator.alerts.values import MessageKind, MessageState
from aggregator.clock import ManualClock
from aggregator.service.build import forget_leases
from aggregator.store import entries, facts, outbox
from aggregator.store.db import Database
from aggregator.store.tables import alerts, recipients
from aggregator.store.tables import outbox as outbox_table
from tests.store import rows
from tests.store.test_publishing import WIRE, Desk

SOON = "https://herald.example.org/soon"


def test_a_message_of_a_killed_sender_is_sent_after_the_leases_were_cleared(template, tmp_path, clock: ManualClock) -> None:
    database = Database(_copy(template, tmp_path))
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        desk.publish(SOON, WIRE)
        assert desk.claim() is not None
    forget_leases(database)
    with database.write() as connection:
        again = outbox.claim_message(connection, now=clock.now(), horizon=clock.now(), lease=timedelta(minutes=25))
        assert again is not None
        assert connection.execute(sa.select(outbox_table.c.ambiguous)).scalar_one() is True
    database.close()


def test_what_arises_while_the_outbox_is_held_is_held_before_its_hour(database: Database, clock: ManualClock) -> None:
    """A digest of the next morning is seen in the list and dropped by `release --cancel`; released it leaves at its hour."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("canal", "canal", deliver="daily at 08:00"))
        facts.hold(connection, now=clock.now())
        desk.publish(SOON, WIRE)
        assert desk.claim() is None
        (row,) = outbox.list_messages(connection, states=[MessageState.HELD])
        assert row.due_at > clock.now()
        assert outbox.release_restored(connection, cancel=False, now=clock.now()) == 1
        (released,) = outbox.list_messages(connection, states=[MessageState.PENDING])
        assert released.due_at == row.due_at
        facts.hold(connection, now=clock.now())
        assert outbox.release_restored(connection, cancel=True, now=clock.now()) == 1
        clock.advance(timedelta(days=1))
        assert desk.claim() is None


def test_without_a_mail_server_a_digest_is_held_only_for_a_restore(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("canal", "canal", deliver="daily at 08:00"))
        desk.publish(SOON, WIRE)
        assert outbox.hold_without_server(connection, now=clock.now()) == 0
        facts.hold(connection, now=clock.now())
        assert outbox.hold_without_server(connection, now=clock.now()) == 1
        (row,) = outbox.list_messages(connection)
        assert row.reason == "restored"


def _copy(template, folder) -> str:
    (folder / "copy.db").write_bytes(template.read_bytes())
    return f"sqlite:///{folder / 'copy.db'}"


def test_leases_are_cleared_only_where_one_process_holds_the_database(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        assert rows.claim(connection, now=clock.now())
    forget_leases(database)
    with database.write() as connection:
        assert bool(rows.claim(connection, now=clock.now())) is database.is_sqlite


def test_a_digest_that_left_early_is_followed_by_another_for_the_same_hour(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("canal", "canal", deliver="daily at 08:00"))
        desk.publish(SOON, WIRE)
        (row,) = outbox.list_messages(connection)
        outbox.retry_all(connection, [row.id], now=clock.now())
        early = desk.claim()
        assert early is not None
        outbox.freeze(connection, early, subject="s", mime=b"m")
        for n in range(2):
            desk.publish(f"https://herald.example.org/{n}", f"Another canal, number {n}.", headline=f"Plans {n}")
        outbox.mark(
            connection, early, MessageState.SENT, reason=None, detail="", due_at=clock.now(), counts=True, now=clock.now()
        )
        clock.advance(timedelta(hours=20))
        late = desk.claim()
        assert late is not None
        assert late.kind is MessageKind.DIGEST
        assert len(outbox.load_items(connection, late.id)) == 2
        assert desk.claim() is None


def test_the_maximum_of_a_day_counts_over_all_topics_of_an_article(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("canal", "canal"), rows.topic("port", "port"))
        connection.execute(sa.update(recipients).values(max_per_day=1))
        desk.publish(SOON, WIRE)
        kinds = connection.execute(sa.select(outbox_table.c.kind).order_by(outbox_table.c.id)).scalars().all()
        assert kinds == [MessageKind.ALERT, MessageKind.DIGEST]
        assert desk.count(alerts) == 2


def test_a_changed_entry_is_not_answered_with_an_older_reading_of_its_sibling(database: Database, clock: ManualClock) -> None:
    link = "https://herald.example.org/a"
    with database.write() as connection:
        rows.declare(connection, rows.outlet(count=2), now=clock.now())
        feeds = rows.claim(connection, now=clock.now())
        for feed in feeds:
            rows.poll(connection, feed, rows.entry(link, guid=f"g{feed.id}"), now=clock.now())
        for entry in _pages(connection, clock):
            entries.record_reading(
                connection, entry, page=None, extraction=rows.extraction("Old."), final_url=link, now=clock.now()
            )
        clock.advance(timedelta(hours=2))
        (feed, *_) = rows.claim(connection, now=clock.now())
        edited = rows.entry(link, guid=f"g{feed.id}", summary="The canal is closed.")
        assert rows.poll(connection, replace(feed, fingerprint=""), edited, now=clock.now()) == 1
        (changed,) = _pages(connection, clock)
        assert changed.has_sibling
        assert entries.sibling_reading(connection, changed, now=clock.now()) is None


def _pages(connection, clock):
    return entries.claim_to_read(connection, now=clock.now(), horizon=None, limit=9, lease=rows.LEASE, busy_hosts=())
