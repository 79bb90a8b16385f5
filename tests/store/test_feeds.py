"""Feeds and entries: what is claimed, what a poll writes, and who may write it."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from aggregator.clock import ManualClock
from aggregator.declare.plan import plan
from aggregator.declare.values import Declared
from aggregator.feeds.decide import after_not_modified
from aggregator.feeds.values import Answer, FeedKind, IdentityPolicy, Move
from aggregator.limits import DEFAULT_LIMITS
from aggregator.reasons import Reason
from aggregator.settings import PollSettings
from aggregator.store import config, due, entries, feeds, status
from aggregator.store.db import Database
from aggregator.store.tables import entries as entries_table
from aggregator.store.tables import feeds as feeds_table
from aggregator.store.tables import outlets
from aggregator.store.work import clear_leases
from tests.store import rows


def test_a_claimed_feed_is_nobody_elses_until_its_lease_ends(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        (feed,) = rows.claim(connection, now=clock.now())
        assert rows.claim(connection, now=clock.now()) == ()
        clock.advance(rows.LEASE + timedelta(seconds=1))
        (again,) = rows.claim(connection, now=clock.now())
    assert again.id == feed.id
    assert again.lease_token != feed.lease_token


def test_a_worker_that_lost_its_lease_writes_nothing(database: Database, clock: ManualClock) -> None:
    link = "https://herald.example.org/a"
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        (late,) = rows.claim(connection, now=clock.now())
        clock.advance(rows.LEASE + timedelta(seconds=1))
        (owner,) = rows.claim(connection, now=clock.now())
        assert rows.poll(connection, late, rows.entry(link), now=clock.now()) is None
        assert connection.execute(sa.select(sa.func.count()).select_from(entries_table)).scalar_one() == 0
        assert rows.poll(connection, owner, rows.entry(link), now=clock.now()) == 1


def test_the_holder_of_the_lock_starts_with_all_leases_cleared(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        rows.claim(connection, now=clock.now())
        clear_leases(connection, (feeds_table,))
        assert len(rows.claim(connection, now=clock.now())) == 1


def test_a_second_poll_of_the_same_entries_writes_none(database: Database, clock: ManualClock) -> None:
    printed = [rows.entry(f"https://herald.example.org/{n}", title=f"Title {n}") for n in range(3)]
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        (feed,) = rows.claim(connection, now=clock.now())
        assert rows.poll(connection, feed, *printed, now=clock.now()) == 3
        clock.advance(timedelta(hours=7))
        (feed,) = rows.claim(connection, now=clock.now())
        assert feed.etag == '"1"'
        assert rows.poll(connection, feed, *printed, now=clock.now()) == 0


def test_what_a_poll_leaves_as_it_was_stays_and_what_it_takes_away_goes(database: Database, clock: ManualClock) -> None:
    """Only what differs from the claimed feed is written: also when the new value is none."""
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        (feed,) = rows.claim(connection, now=clock.now())
        rows.poll(connection, feed, rows.entry("https://herald.example.org/a"), now=clock.now())
        before = connection.execute(sa.select(feeds_table)).one()
        clock.advance(timedelta(hours=7))
        (feed,) = rows.claim(connection, now=clock.now())
        outcome = after_not_modified(feed, Answer(status=304), now=clock.now(), poll=PollSettings(), limits=DEFAULT_LIMITS)
        assert feeds.record_poll(connection, feed, replace(outcome, etag=None, failures=2), now=clock.now()) == 0
        after = connection.execute(sa.select(feeds_table)).one()
    assert (before.etag, after.etag, after.failures, after.last_polled_at) == ('"1"', None, 2, clock.now())
    assert (after.title, after.fingerprint, after.body_sha, after.last_new_at) == (
        before.title,
        before.fingerprint,
        before.body_sha,
        before.last_new_at,
    )


def test_a_changed_entry_is_read_again(database: Database, clock: ManualClock) -> None:
    link = "https://herald.example.org/a"
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        (feed,) = rows.claim(connection, now=clock.now())
        rows.poll(connection, feed, rows.entry(link), now=clock.now())
        connection.execute(sa.update(entries_table).values(stage="done"))
        clock.advance(timedelta(hours=7))
        (feed,) = rows.claim(connection, now=clock.now())
        assert rows.poll(connection, feed, rows.entry(link, summary="The canal is closed."), now=clock.now()) == 1
        row = connection.execute(sa.select(entries_table)).one()
    assert (row.stage, row.summary) == ("read", "The canal is closed.")


def test_feeds_of_a_resting_host_wait(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet("herald", count=2), now=clock.now())
        feeds.rest_host(connection, "example.org", clock.now() + timedelta(hours=1))
        assert rows.claim(connection, now=clock.now()) == ()
        assert feeds.resting_hosts(connection, clock.now()) == (("example.org", clock.now() + timedelta(hours=1)),)
        clock.advance(timedelta(hours=2))
        assert len(rows.claim(connection, now=clock.now())) == 2


def test_at_most_two_feeds_of_a_host_are_claimed_together(database: Database, clock: ManualClock) -> None:
    """More would outwait their lease in the host's queue."""
    with database.write() as connection:
        rows.declare(connection, rows.outlet("herald", count=5), now=clock.now())
        assert len(rows.claim(connection, now=clock.now())) == 2
        busy = due.claim_due(
            connection,
            now=clock.now(),
            due_by=clock.now(),
            limit=10,
            lease=rows.LEASE,
            first_poll="alert",
            crash_rest=rows.CRASH_REST,
            busy={"example.org": 2},
        )
        assert busy == ()
        assert len(rows.claim(connection, now=clock.now())) == 2


def test_a_feed_that_moved_into_another_is_not_polled(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(count=2), now=clock.now())
        connection.execute(sa.update(feeds_table).where(feeds_table.c.id == 1).values(merged_into=2))
        assert [feed.id for feed in rows.claim(connection, now=clock.now())] == [2]
        assert feeds.count_due(connection, clock.now()) == 1


def test_a_killed_poll_resumes_at_once_and_a_crash_loop_rests(database: Database, clock: ManualClock) -> None:
    """Three claims in a row without a result: something about this feed ends us, and its outlet is not to be hammered."""
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        for _ in range(3):
            assert len(rows.claim(connection, now=clock.now())) == 1
            clear_leases(connection, (feeds_table,))
            clock.advance(timedelta(seconds=1))
        assert rows.claim(connection, now=clock.now()) == ()
        clock.advance(rows.CRASH_REST)
        (feed,) = rows.claim(connection, now=clock.now())
        clear_leases(connection, (feeds_table,))
        assert rows.claim(connection, now=clock.now()) == ()
        clock.advance(rows.CRASH_REST)
        (feed,) = rows.claim(connection, now=clock.now())
        assert rows.poll(connection, feed, rows.entry("https://herald.example.org/a"), now=clock.now()) == 1
        row = connection.execute(sa.select(feeds_table.c.interrupted, feeds_table.c.asked_at)).one()
    assert row == (0, clock.now())


def test_a_claim_brings_all_that_is_known_of_the_feed(database: Database, clock: ManualClock) -> None:
    known = {
        "kind": FeedKind.SITEMAP,
        "moved_to": "https://new.example.org/rss",
        "moving_to": "https://newer.example.org/rss",
        "moving_since": clock.now() - timedelta(days=1),
        "moving_polls": 2,
        "identity": IdentityPolicy.TEXT,
        "gap_s": 600,
        "zone_min": 180,
        "last_full_at": clock.now() - timedelta(hours=1),
        "last_ok_at": clock.now() - timedelta(minutes=20),
    }
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        connection.execute(sa.update(outlets).values(country="de"))
        connection.execute(sa.update(feeds_table).values(**known))
        (feed,) = rows.claim(connection, now=clock.now())
    assert feed.move == Move(
        to="https://new.example.org/rss", next="https://newer.example.org/rss", since=clock.now() - timedelta(days=1), polls=2
    )
    assert (feed.kind, feed.identity, feed.gap, feed.zone_min) == (
        FeedKind.SITEMAP,
        IdentityPolicy.TEXT,
        timedelta(minutes=10),
        180,
    )
    assert (feed.last_full_at, feed.last_ok_at) == (known["last_full_at"], known["last_ok_at"])
    assert feed.country == "de"


def test_an_outlet_that_vanished_from_the_files_is_paused_and_comes_back(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        rows.declare(connection, now=clock.now())
        assert connection.execute(sa.select(outlets.c.paused_by)).scalar_one() == "file"
        assert rows.claim(connection, now=clock.now()) == ()
        rows.declare(connection, rows.outlet(), now=clock.now())
        assert len(rows.claim(connection, now=clock.now())) == 1


def test_a_feed_that_vanished_from_its_outlet_is_paused(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(count=2), now=clock.now())
        rows.declare(connection, rows.outlet(count=1), now=clock.now())
        assert [feed.url for feed in rows.claim(connection, now=clock.now())] == ["https://herald.example.org/rss/0"]


def test_applying_the_same_files_twice_changes_nothing(database: Database, clock: ManualClock) -> None:
    declared = Declared(outlets=(rows.outlet(),))
    with database.write() as connection:
        config.apply(connection, plan(declared, config.known(connection)), declared, now=clock.now())
        assert plan(declared, config.known(connection)).empty


def test_at_most_two_pages_of_a_host_are_claimed_and_none_of_a_busy_one(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet("herald"), rows.outlet("times"), now=clock.now())
        for feed in rows.claim(connection, now=clock.now()):
            host = feed.url.split("/")[2].split(".")[0]
            printed = [rows.entry(f"https://www.{host}.example/{n}", title=f"{host} {n}") for n in range(4)]
            rows.poll(connection, feed, *printed, now=clock.now())
        first = _claim_pages(connection, clock)
        busy = {entry.host_key for entry in first}
        assert sorted(entry.host_key for entry in first) == sorted([*busy, *busy])
        assert _claim_pages(connection, clock, busy=tuple(busy)) == ()


def _claim_pages(connection, clock, *, busy=(), horizon=None):
    return entries.claim_to_read(connection, now=clock.now(), horizon=horizon, limit=50, lease=rows.LEASE, busy_hosts=busy)


def _one_entry(connection, clock):
    rows.declare(connection, rows.outlet(), now=clock.now())
    (feed,) = rows.claim(connection, now=clock.now())
    rows.poll(connection, feed, rows.entry("https://herald.example.org/a"), now=clock.now())


def test_a_failed_read_waits_for_its_next_try_and_is_left_by_once(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        _one_entry(connection, clock)
        start = clock.now()
        (entry,) = _claim_pages(connection, clock)
        retry = clock.now() + timedelta(minutes=1)
        assert entries.record_read_failure(
            connection, entry, reason=Reason.HTTP_5XX, detail="503", retry_at=retry, reread_at=None, now=clock.now()
        )
        assert _claim_pages(connection, clock) == ()
        clock.advance(timedelta(minutes=2))
        assert _claim_pages(connection, clock, horizon=start) == ()
        (again,) = _claim_pages(connection, clock)
    assert again.tries == 1


def test_a_page_that_waits_for_our_network_is_left_by_once_too(database: Database, clock: ManualClock) -> None:
    """Its try does not count, so it looks fresh; without its reason `once` would ask for it every minute."""
    with database.write() as connection:
        _one_entry(connection, clock)
        start = clock.now()
        (entry,) = _claim_pages(connection, clock, horizon=start)
        entries.wait(connection, entry, until=clock.now() + timedelta(minutes=1), reason=Reason.OFFLINE)
        clock.advance(timedelta(minutes=2))
        assert _claim_pages(connection, clock, horizon=start) == ()
        (again,) = _claim_pages(connection, clock)
    assert again.tries == 0


def test_a_host_longer_than_any_name_costs_no_other_entry(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        (feed,) = rows.claim(connection, now=clock.now())
        good, bad = rows.entry("https://herald.example.org/a"), rows.entry(f"https://{'a' * 300}.com/b", title="B")
        assert rows.poll(connection, feed, good, bad, now=clock.now()) == 2


def test_a_reading_of_another_form_costs_its_page_only(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        _one_entry(connection, clock)
        (entry,) = _claim_pages(connection, clock)
        found = rows.extraction("Some words.")
        entries.record_reading(connection, entry, page=None, extraction=found, final_url=entry.text.link, now=clock.now())
        connection.exec_driver_sql("UPDATE readings SET extraction = 'no json'")
        (waiting,) = entries.claim_to_publish(connection, now=clock.now(), limit=5, lease=rows.LEASE, slack=timedelta(hours=2))
        assert waiting.article.body == "The canal is open."


def test_a_page_given_up_for_now_is_published_and_read_again_later(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        _one_entry(connection, clock)
        (entry,) = _claim_pages(connection, clock)
        later = clock.now() + timedelta(minutes=30)
        entries.record_read_failure(
            connection, entry, reason=Reason.TIMEOUT, detail="", retry_at=None, reread_at=later, now=clock.now()
        )
        (waiting,) = entries.claim_to_publish(connection, now=clock.now(), limit=5, lease=rows.LEASE, slack=timedelta(hours=2))
        assert waiting.article.body == "The canal is open."
        connection.execute(sa.update(entries_table).values(stage="done", lease_token=None))
        assert entries.wake_rereads(connection, now=clock.now()) == 0
        clock.advance(timedelta(minutes=31))
        assert entries.wake_rereads(connection, now=clock.now()) == 1
        assert len(_claim_pages(connection, clock)) == 1


def test_the_same_link_in_two_feeds_of_an_outlet_is_fetched_once(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(count=2), now=clock.now())
        for feed in rows.claim(connection, now=clock.now()):
            rows.poll(connection, feed, rows.entry("https://herald.example.org/a", guid=f"g{feed.id}"), now=clock.now())
        (first,) = _claim_pages(connection, clock)
        assert _claim_pages(connection, clock) == ()
        assert entries.sibling_reading(connection, first, now=clock.now()) is None
        found = rows.extraction("Some words.")
        entries.record_reading(
            connection, first, page=None, extraction=found, final_url="https://herald.example.org/a", now=clock.now()
        )
        (second,) = _claim_pages(connection, clock)
        assert entries.sibling_reading(connection, second, now=clock.now()) == ("https://herald.example.org/a", found)


@pytest.mark.parametrize(("failures", "read"), [(0, 1), (1, 0)])
def test_an_outlet_counts_as_read_when_its_best_feed_is_well(
    database: Database, clock: ManualClock, failures: int, read: int
) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(count=2), now=clock.now())
        connection.execute(sa.update(feeds_table).values(failures=1, reason=Reason.DNS))
        connection.execute(sa.update(feeds_table).where(feeds_table.c.url.like("%/1")).values(failures=failures))
        seen = status.health(connection, now=clock.now())
    assert (seen.outlets_total, seen.outlets_read, len(seen.troubles)) == (1, read, 1 - read)
