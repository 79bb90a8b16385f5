"""robots.txt rows, rests of hosts and what an outlet hands to its pages, on both databases."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from aggregator.clock import ManualClock
from aggregator.store import entries, feeds, robots
from aggregator.store.articles import insert_article
from aggregator.store.db import Connection, Database
from aggregator.store.robots import RobotsRow
from aggregator.store.tables import entries as entries_table
from aggregator.store.tables import hosts
from aggregator.store.values import EntryToRead
from tests.store import rows

LINK = "https://herald.example.org/a"
HOUR = timedelta(hours=1)


def test_an_answer_takes_the_place_of_the_one_before(database: Database, clock: ManualClock) -> None:
    now = clock.now()
    first = RobotsRow(origin="https://a:443", status=503, body="", fetched_at=now, expires_at=now + HOUR)
    second = replace(first, status=200, body="User-agent: *\r\n# \0 é 新\n", fetched_at=now + HOUR)
    with database.write() as connection:
        assert robots.held(connection, "https://a:443") is None
        for row in (first, second):
            robots.keep(connection, row)
        robots.keep(connection, replace(first, origin="https://b:443"))
        assert robots.held(connection, "https://a:443") == replace(second, body=second.body.replace("\0", " "))
        assert robots.forget(connection, before=now + HOUR) == 0
        assert robots.forget(connection, before=now + 2 * HOUR) == 2


def claimed(connection: Connection, clock: ManualClock) -> tuple[EntryToRead, ...]:
    return entries.claim_to_read(connection, now=clock.now(), horizon=None, limit=9, lease=rows.LEASE, busy_hosts=())


def test_a_resting_hosts_page_is_claimed_only_to_be_published_without_it(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        rows.declare(connection, rows.outlet(robots=False, cookies_file="/c.txt", user_agent="x/1"), now=clock.now())
        (feed,) = rows.claim(connection, now=clock.now())
        assert (feed.cookies_file, feed.user_agent) == ("/c.txt", "x/1")
        rows.poll(connection, feed, rows.entry(LINK), now=clock.now())
        until = clock.now() + 3 * HOUR
        feeds.rest_host(connection, "example.org", until)
        assert claimed(connection, clock) == ()
        clock.advance(timedelta(minutes=10))
        (entry,) = claimed(connection, clock)
        assert (entry.resting_until, entry.robots, entry.cookies_file) == (until, False, "/c.txt")
        entries.release(connection, entry.id, entry.lease_token)
        article_id, _ = insert_article(
            connection,
            rows.article(LINK, "The canal is open.", now=clock.now()),
            outlet_id=feed.outlet_id,
            feed_id=feed.id,
            content_hash="0" * 64,
            copy=None,
            silent=True,
            origin="feed",
            now=clock.now(),
        )
        connection.execute(sa.update(entries_table).values(article_id=article_id))
        assert claimed(connection, clock) == (), "published already: no hurry"
        clock.advance(3 * HOUR)
        (entry,) = claimed(connection, clock)
        assert entry.resting_until is None


def test_a_longer_rest_stays(database: Database, clock: ManualClock) -> None:
    long, short = clock.now() + 2 * HOUR, clock.now() + HOUR
    with database.write() as connection:
        for until, expected in ((short, short), (long, long), (short, long)):
            feeds.rest_host(connection, "example.org", until)
            assert connection.execute(sa.select(hosts.c.backoff_until)).scalar_one() == expected
