"""Times that a wrong clock wrote, and leases that nobody works under; on both databases."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from aggregator.alerts.values import MessageKind, MessageState
from aggregator.clock import ManualClock
from aggregator.feeds.decide import after_our_fault
from aggregator.reasons import Reason
from aggregator.store import clockwork, journal
from aggregator.store import feeds as store
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
from aggregator.store.status import health
from aggregator.store.tables import WORK, entries, feeds, hosts, outbox
from aggregator.store.work import clear_orphans
from tests.store import rows

HOURS = timedelta(hours=1)


def test_it_is_seen_that_the_clock_was_set_back(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        assert clockwork.ahead_by(connection, now=clock.now()) <= timedelta()
        journal.note(connection, Happening.STARTED, now=clock.now() + 5 * HOURS)
        assert clockwork.ahead_by(connection, now=clock.now()) == 5 * HOURS
        rows.declare(connection, rows.outlet(), now=clock.now())
        connection.execute(sa.update(feeds).values(last_polled_at=clock.now() + 6 * HOURS))
        assert clockwork.ahead_by(connection, now=clock.now()) == 6 * HOURS


def test_what_was_put_off_by_a_wrong_clock_comes_as_much_earlier(database: Database, clock: ManualClock) -> None:
    """Feeds, pages and mails that wait; not digests, whose times are times of day, nor the rest a host asked for."""
    now = clock.now()
    with database.write() as connection:
        rows.declare(connection, rows.outlet(count=2), now=now)
        connection.execute(sa.update(feeds).where(feeds.c.id == 1).values(due_at=now + 6 * HOURS))
        connection.execute(sa.update(feeds).where(feeds.c.id == 2).values(due_at=now + 2 * HOURS))
        connection.execute(sa.insert(hosts).values(host_key="example.org", backoff_until=now + 7 * HOURS))
        for number, (kind, state) in enumerate(
            (
                (MessageKind.ALERT, MessageState.RETRY),
                (MessageKind.ALERT, MessageState.PENDING),
                (MessageKind.DIGEST, MessageState.PENDING),
                (MessageKind.ALERT, MessageState.SENT),
            )
        ):
            connection.execute(
                sa.insert(outbox).values(
                    kind=kind, state=state, address="a@example.org", dedup_key=str(number), message_id=str(number),
                    due_at=now + 6 * HOURS, created_at=now,
                )
            )  # fmt: skip
        connection.execute(sa.insert(hosts).values(host_key="example.net", backoff_until=now + 9000 * HOURS))
        connection.execute(sa.update(feeds).where(feeds.c.id == 2).values(last_polled_at=now + 5 * HOURS, created_at=now + HOURS))
        assert clockwork.bring_forward(connection, 5 * HOURS, now=now, longest_rest=100 * HOURS) == 4
        assert clockwork.ahead_by(connection, now=now) <= timedelta()
        assert times(connection, feeds.c.due_at) == [now + HOURS, now]
        assert times(connection, hosts.c.backoff_until) == [now + 100 * HOURS, now + 7 * HOURS]
        assert times(connection, outbox.c.due_at) == [now + HOURS, now + HOURS, now + 6 * HOURS, now + 6 * HOURS]


def times(connection: sa.Connection, column: sa.Column[datetime]) -> list[datetime]:
    return list(connection.execute(sa.select(column).order_by(*column.table.primary_key)).scalars())


def test_only_leases_that_nobody_holds_are_given_back(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), rows.outlet("gazette"), now=clock.now())
        (first, second) = rows.claim(connection, now=clock.now())
        assert first.lease_token == second.lease_token
        connection.execute(sa.update(feeds).where(feeds.c.id == second.id).values(lease_token="gone"))
        assert clear_orphans(connection, WORK, [first.lease_token]) == 1
        assert [feed.id for feed in rows.claim(connection, now=clock.now())] == [second.id]
        assert clear_orphans(connection, WORK, []) == 2
        assert len(rows.claim(connection, now=clock.now())) == 2
        assert connection.execute(sa.select(sa.func.count()).select_from(entries)).scalar_one() == 0


def test_a_poll_that_failed_for_want_of_a_network_is_not_a_good_one(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        (feed,) = rows.claim(connection, now=clock.now())
        outcome = after_our_fault(feed, Reason.OFFLINE, "dns", now=clock.now(), again=timedelta(minutes=1))
        assert store.record_poll(connection, feed, outcome, now=clock.now()) == 0
        row = connection.execute(sa.select(feeds)).one()
        assert (row.reason, row.failures, row.last_ok_at, row.last_polled_at) == (Reason.OFFLINE, 0, None, clock.now())


def test_an_outlet_that_only_we_cannot_reach_is_not_called_read(database: Database, clock: ManualClock) -> None:
    """Ordering by a reason that is null must not hide a feed that is well behind one that is not."""
    with database.write() as connection:
        rows.declare(connection, rows.outlet(count=2), rows.outlet("gazette"), now=clock.now())
        connection.execute(sa.update(feeds).where(feeds.c.id != 1).values(reason=Reason.OFFLINE))
        seen = health(connection, now=clock.now())
        assert (seen.outlets_total, seen.outlets_read) == (2, 1)
        assert "Gazette" in seen.troubles[0]
        assert "network" in seen.troubles[0]
