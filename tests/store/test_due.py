"""What is claimed next: against the plain definition in Python, when the world changes between two claims, and by many workers."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.clock import ManualClock
from aggregator.feeds.agenda import Agenda
from aggregator.store import due
from aggregator.store import feeds as store
from aggregator.store.db import Connection, Database
from aggregator.store.tables import feeds, hosts, outlets
from aggregator.store.work import RELEASED
from tests.store import rows

MINUTE = timedelta(minutes=1)


def claim(connection: Connection, clock: ManualClock, *, limit: int = 50, busy=due.NOBODY, agenda: Agenda | None = None):
    return due.claim_due(
        connection,
        now=clock.now(),
        due_by=clock.now(),
        limit=limit,
        lease=rows.LEASE,
        first_poll="alert",
        crash_rest=rows.CRASH_REST,
        busy=busy,
        agenda=agenda,
    )


def claimed(*args, **kwargs) -> list[int]:
    return [feed.id for feed in claim(*args, **kwargs)]


def add(connection: Connection, clock: ManualClock, count: int, *, host: str = "{}.example", minutes_ago: int = 0) -> list[int]:
    """`count` more feeds, all of the first outlet, each a second longer due than the next; gives their ids."""
    if connection.execute(sa.select(sa.func.count()).select_from(outlets)).scalar_one() == 0:
        connection.execute(sa.insert(outlets).values(slug="a", name="A", origin="file", created_at=clock.now()))
    known = connection.execute(sa.select(sa.func.count()).select_from(feeds)).scalar_one()
    for n in range(known, known + count):
        at = clock.now() - MINUTE * minutes_ago - timedelta(seconds=count - n + known)
        values = {"url": f"https://x.example/{n}", "url_key": f"x.example/{n}", "host_key": host.format(n), "due_at": at}
        connection.execute(
            sa.insert(feeds).values(outlet_id=1, origin="file", state="ok", interval_s=600, created_at=clock.now(), **values)
        )
    return list(range(known + 1, known + count + 1))


def end(connection: Connection, clock: ManualClock, ids: list[int]) -> None:
    """Their polls brought a result."""
    later = {"due_at": clock.now() + MINUTE, "interrupted": 0, **RELEASED}
    connection.execute(sa.update(feeds).where(feeds.c.id.in_(ids)).values(later))


# A feed as it may lie in the database; times in minutes before now, negative ones are to come.
FEED = st.fixed_dictionaries(
    {
        "due": st.integers(-2, 6),
        "host": st.sampled_from("abcd"),
        "outlet": st.integers(1, 3),
        "paused": st.sampled_from((None, None, None, "person")),
        "merged": st.sampled_from((None, None, None, 1)),
        "leased": st.sampled_from((None, None, None, -5, 5)),
        "interrupted": st.integers(0, 4),
        "asked": st.sampled_from((None, 1, 30)),
    }
)


def build(connection: Connection, clock: ManualClock, listed, *, paused_outlet: int, resting: str) -> None:
    now = clock.now()
    for table in (feeds, hosts, outlets):
        connection.execute(sa.delete(table))
    for n in (1, 2, 3):
        paused = "file" if n == paused_outlet else None
        connection.execute(
            sa.insert(outlets).values(id=n, slug=f"o{n}", name="O", origin="file", created_at=now, paused_by=paused)
        )
    for n, one in enumerate(listed, 1):
        values = {
            "due_at": now - MINUTE * one["due"],
            "host_key": one["host"],
            "outlet_id": one["outlet"],
            "paused_by": one["paused"],
            "merged_into": one["merged"],
            "lease_token": None if one["leased"] is None else "another",
            "lease_until": None if one["leased"] is None else now - MINUTE * one["leased"],
            "interrupted": one["interrupted"],
            "asked_at": None if one["asked"] is None else now - MINUTE * one["asked"],
        }
        connection.execute(
            sa.insert(feeds).values(
                id=n, url=f"u{n}", url_key=f"u{n}", origin="file", state="ok", interval_s=600, created_at=now, **values
            )
        )
    if resting:
        store.rest_host(connection, resting, now + MINUTE)
    store.rest_host(connection, "d", now - MINUTE)


def expected(connection: Connection, clock: ManualClock, *, limit: int, busy: Counter[str]) -> list[int]:
    """The definition, in so many words: all feeds in the order of their due time, one after the other."""
    now, under_way, found = clock.now(), Counter(busy), []
    paused = set(connection.execute(sa.select(outlets.c.id).where(outlets.c.paused_by.is_not(None))).scalars())
    resting = {host for host, _ in store.resting_hosts(connection, now)}
    listed = connection.execute(sa.select(feeds)).all()
    by_number = {row.id: row for row in listed}
    for feed in sorted(listed, key=lambda row: (row.due_at, row.id)):
        held = feed.lease_token is not None and feed.lease_until >= now
        crashing = feed.interrupted >= 3 and feed.asked_at is not None and feed.asked_at > now - rows.CRASH_REST
        other = by_number.get(feed.merged_into)
        replaced = other is not None and other.paused_by is None and other.outlet_id not in paused
        watched = feed.paused_by is None and feed.outlet_id not in paused and not replaced
        open_to_claims = feed.due_at <= now and watched and not held and not crashing and feed.host_key not in resting
        if open_to_claims and under_way[feed.host_key] < 2 and len(found) < limit:
            under_way[feed.host_key] += 1
            found.append(feed.id)
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    listed=st.lists(FEED, max_size=25),
    paused_outlet=st.integers(0, 3),
    resting=st.sampled_from(("", "a")),
    limits=st.lists(st.integers(1, 8), min_size=1, max_size=6),
    done=st.lists(st.integers(0, 4), min_size=6, max_size=6),
    pages=st.sampled_from(("", "a", "bb")),
)
def test_every_claim_is_what_the_definition_says(
    database: Database, clock: ManualClock, listed, paused_outlet, resting, limits, done, pages
) -> None:
    """One look serves many claims, while polls end between them and pages keep hosts busy."""
    with database.write() as connection:
        build(connection, clock, listed, paused_outlet=paused_outlet, resting=resting)
        agenda, under_way = Agenda(due.PER_HOST), dict[int, str]()
        for limit, ended in zip(limits, done, strict=False):
            busy = Counter([*under_way.values(), *pages])
            wanted = expected(connection, clock, limit=limit, busy=busy)
            assert claimed(connection, clock, limit=limit, busy=busy, agenda=agenda) == wanted
            under_way |= {feed: listed[feed - 1]["host"] for feed in wanted}
            finished = list(under_way)[:ended]
            end(connection, clock, finished)
            for feed in finished:
                del under_way[feed]


def test_a_claim_notes_the_request_to_come(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        add(connection, clock, 2)
        assert len(claim(connection, clock, limit=1)) == 1
        noted = connection.execute(sa.select(feeds.c.asked_at, feeds.c.interrupted).order_by(feeds.c.id)).all()
    assert noted == [(clock.now(), 1), (None, 0)]


def test_what_a_person_paused_after_the_look_is_not_polled(database: Database, clock: ManualClock) -> None:
    agenda = Agenda(due.PER_HOST)
    with database.write() as connection:
        first, second, third, *others = add(connection, clock, 6)
        assert claimed(connection, clock, limit=1, agenda=agenda) == [first]
        connection.execute(sa.update(feeds).where(feeds.c.id == second).values(paused_by="person"))
        connection.execute(sa.update(feeds).where(feeds.c.id == third).values(due_at=clock.now() + MINUTE))
        assert claimed(connection, clock, limit=2, agenda=agenda) == others[:2]


def test_a_feed_that_became_due_waits_for_the_next_look(database: Database, clock: ManualClock) -> None:
    agenda = Agenda(due.PER_HOST)
    with database.write() as connection:
        first = add(connection, clock, 1)
        assert claimed(connection, clock, agenda=agenda) == first
        later = add(connection, clock, 1)
        assert claimed(connection, clock, agenda=agenda) == []
        agenda.stale = True
        assert claimed(connection, clock, agenda=agenda) == later


def test_a_look_is_taken_only_when_the_list_does_not_serve(database: Database, clock: ManualClock) -> None:
    """While enough is listed, a tick costs nothing: what became due meanwhile comes after what is listed anyway."""
    agenda = Agenda(due.PER_HOST)
    with database.write() as connection:
        add(connection, clock, 30)
        claim(connection, clock, limit=10, agenda=agenda)
        agenda.stale = True
        assert len(claim(connection, clock, limit=10, agenda=agenda)) == 10
        assert agenda.stale
        assert len(claim(connection, clock, limit=20, agenda=agenda)) == 10
        assert not agenda.stale


def test_two_workers_with_the_same_list_claim_every_feed_once(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        ids = add(connection, clock, 40)

    def work(agenda: Agenda) -> list[int]:
        found = []
        while True:
            with database.write() as connection:
                more = claimed(connection, clock, limit=3, agenda=agenda)
            if not more:
                return found
            found += more

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(work, (Agenda(due.PER_HOST), Agenda(due.PER_HOST)))
    assert sorted(first + second) == ids


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_rows_that_another_worker_is_just_claiming_are_passed_over(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        ids = add(connection, clock, 6)
    with database.write() as one:
        assert claimed(one, clock, limit=2) == ids[:2]
        with database.write() as other:
            assert claimed(other, clock, limit=2) == ids[2:4]
