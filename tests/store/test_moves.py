"""Feeds that moved: the owner's address stays, and two that moved to one place do their work once."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from aggregator.clock import ManualClock
from aggregator.feeds.decide import after_unchanged
from aggregator.feeds.values import Answer, DueFeed, FeedState, Gap, Move
from aggregator.limits import DEFAULT_LIMITS
from aggregator.reasons import Reason
from aggregator.settings import PollSettings
from aggregator.store import feeds, journal, status
from aggregator.store.db import Connection, Database
from aggregator.store.happenings import Happening
from aggregator.store.tables import entry_keys
from aggregator.store.tables import feeds as feeds_table
from tests.store import rows

NEW = "https://new.example.org/rss"


def move(connection: Connection, feed: DueFeed, to: str, clock: ManualClock) -> None:
    outcome = after_unchanged(feed, Answer(status=200), now=clock.now(), poll=PollSettings(), limits=DEFAULT_LIMITS)
    assert feeds.record_poll(connection, feed, replace(outcome, move=Move(to=to)), now=clock.now()) is not None


def test_p37_the_adopted_address_is_asked_and_the_owners_own_is_kept(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        (feed,) = rows.claim(connection, now=clock.now())
        move(connection, feed, NEW, clock)
        (row,) = feeds.list_feeds(connection)
        assert (row.url, row.moved_from) == (NEW, feed.url)
        assert journal.recent(connection)[0].kind is Happening.FEED_MOVED
        rows.declare(connection, rows.outlet(), now=clock.now())
        assert [one.paused_by for one in feeds.list_feeds(connection)] == [None]
        clock.advance(timedelta(hours=7))
        (again,) = rows.claim(connection, now=clock.now())
    assert (again.url, again.move.to) == (feed.url, NEW)


def test_p44_two_feeds_at_one_address_are_polled_once_and_nothing_comes_twice(database: Database, clock: ManualClock) -> None:
    first, second = rows.entry("https://herald.example.org/a"), rows.entry("https://herald.example.org/b")
    with database.write() as connection:
        rows.declare(connection, rows.outlet(count=2), now=clock.now())
        one, other = rows.claim(connection, now=clock.now())
        rows.poll(connection, one, first, now=clock.now())
        rows.poll(connection, other, second, now=clock.now())
        for _ in range(2):
            clock.advance(timedelta(hours=7))
            claimed = {feed.id: feed for feed in rows.claim(connection, now=clock.now())}
            for feed in claimed.values():
                move(connection, feed, NEW, clock)
        assert set(claimed) == {one.id, other.id} - {row.id for row in feeds.list_feeds(connection) if row.merged_into}
        merged = {row.id: row.merged_into for row in feeds.list_feeds(connection)}
        assert sorted(merged.values(), key=str) == sorted([None, one.id if merged[other.id] else other.id], key=str)
        (survivor,) = claimed.values()
        keys = (*first.keys, *second.keys)
        assert set(feeds.known_entries(connection, survivor.id, keys)) == set(keys)


def test_p44_a_paused_feed_takes_nobody_in(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(count=2), now=clock.now())
        one, other = rows.claim(connection, now=clock.now())
        connection.execute(sa.update(feeds_table).where(feeds_table.c.id == other.id).values(paused_by="person"))
        move(connection, one, other.url, clock)
        assert [row.merged_into for row in feeds.list_feeds(connection)] == [None, None]


def test_p44_a_merged_feed_works_again_when_the_other_one_is_paused(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(count=2), now=clock.now())
        one, other = rows.claim(connection, now=clock.now())
        move(connection, one, other.url, clock)
        connection.execute(sa.update(feeds_table).where(feeds_table.c.id == other.id).values(paused_by="file"))
        clock.advance(timedelta(hours=7))
        assert [feed.id for feed in rows.claim(connection, now=clock.now())] == [one.id]


def test_p31_a_dead_feed_is_told_once(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=clock.now())
        for _ in range(2):
            (feed,) = rows.claim(connection, now=clock.now())
            outcome = after_unchanged(feed, Answer(status=200), now=clock.now(), poll=PollSettings(), limits=DEFAULT_LIMITS)
            dead = replace(outcome, state=FeedState.DEAD, reason=Reason.HTTP_410, failures=2)
            feeds.record_poll(connection, feed, dead, now=clock.now())
            clock.advance(timedelta(days=8))
        told = [(row.kind, row.detail) for row in journal.recent(connection)]
    assert told == [(Happening.FEED_DEAD, "https://herald.example.org/rss/0: it is gone for good (410)")]


def test_p76_a_gap_is_told_in_words(database: Database, clock: ManualClock) -> None:
    now = clock.now()
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=now)
        (feed,) = rows.claim(connection, now=now)
        outcome = after_unchanged(feed, Answer(status=200), now=now, poll=PollSettings(), limits=DEFAULT_LIMITS)
        gap = Gap(since=now - timedelta(hours=5), until=now - timedelta(hours=1), filled=2, missing=3)
        feeds.record_poll(connection, feed, replace(outcome, gap=gap), now=now)
        (words,) = status.overview(connection, now=now).warnings
        assert status.overview(connection, now=now + timedelta(days=3)).warnings == ()
    between = f"{gap.since:%a %d %b %H:%M} UTC and {gap.until:%a %d %b %H:%M} UTC"
    assert words == f"up to 3 items of Herald may be missing between {between}"


def test_keys_that_two_feeds_share_are_copied_without_a_clash(database: Database, clock: ManualClock) -> None:
    shared = rows.entry("https://herald.example.org/a")
    with database.write() as connection:
        rows.declare(connection, rows.outlet(count=2), now=clock.now())
        one, other = rows.claim(connection, now=clock.now())
        rows.poll(connection, one, shared, now=clock.now())
        rows.poll(connection, other, shared, now=clock.now())
        clock.advance(timedelta(hours=7))
        for feed in rows.claim(connection, now=clock.now()):
            if feed.id == one.id:
                move(connection, feed, other.url, clock)
        held = connection.execute(sa.select(entry_keys.c.feed_id, sa.func.count()).group_by(entry_keys.c.feed_id)).all()
    assert dict(map(tuple, held)) == {one.id: 2, other.id: 2}
