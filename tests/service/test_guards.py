"""What the running service watches beside its work. Real database; the corridor around it holds only what the guards use."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from aggregator.articles.values import Sighting
from aggregator.clock import ManualClock, SystemClock
from aggregator.ids import ArticleId
from aggregator.limits import DEFAULT_LIMITS
from aggregator.pipeline.drain import Drain, Stage
from aggregator.pipeline.reach import Reach
from aggregator.reasons import Reason
from aggregator.service import guards
from aggregator.settings import FetchSettings, RetentionSettings
from aggregator.store import blocks as store_blocks
from aggregator.store import journal, migrate
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
from aggregator.store.lock import Holder
from aggregator.store.tables import blocks, feeds
from tests.store import rows

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOURS = timedelta(hours=1)


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[SimpleNamespace]:
    url = f"sqlite:///{tmp_path}/aggregator.db"
    migrate.upgrade(url)
    database = Database(url)
    settings = SimpleNamespace(
        data_dir=tmp_path,
        database_url=url,
        fetch=FetchSettings(),
        retention=RetentionSettings(),
        limits=replace(DEFAULT_LIMITS, disk_free=0),
    )
    yield SimpleNamespace(
        db=database, clock=ManualClock(NOW), settings=settings, reach=Reach(), relay_down_until=0.0, health=None
    )
    database.close()


def told(doors: SimpleNamespace) -> list[Happening]:
    with doors.db.read() as connection:
        return [row.kind for row in journal.recent(connection)][::-1]


def due(doors: SimpleNamespace) -> datetime:
    with doors.db.read() as connection:
        return connection.execute(sa.select(feeds.c.due_at)).scalar_one()


async def test_a_clock_that_is_set_back_does_not_stop_the_polling(doors: SimpleNamespace) -> None:
    with doors.db.write() as connection:
        rows.declare(connection, rows.outlet(), now=NOW)
        connection.execute(sa.update(feeds).values(due_at=NOW + HOURS))
    watch = guards.Guards(doors, Drain(doors), monotonic=100.0)
    doors.clock.advance(timedelta(seconds=30))
    await watch.look_at_clock(monotonic=130.0)
    assert told(doors) == []
    doors.clock.advance(-5 * HOURS)
    await watch.look_at_clock(monotonic=160.0)
    assert told(doors) == [Happening.CLOCK_JUMP]
    assert abs(due(doors) - (doors.clock.now() + HOURS)) < timedelta(minutes=2)
    doors.clock.advance(timedelta(seconds=30))
    await watch.look_at_clock(monotonic=190.0)
    assert told(doors) == [Happening.CLOCK_JUMP]


async def test_blocks_that_do_not_repeat_are_forgotten_some_at_every_tick_and_then_by_the_hour(
    doors: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_blocks, "FORGET_AT_ONCE", 3)
    watch = guards.Guards(doors, Drain(doors), monotonic=100.0)

    def learn(count: int) -> None:
        seen = (Sighting(article=ArticleId(1), title=1),)
        with doors.db.write() as connection:
            values = {"outlet_id": 1, "sample": "", "seen": seen, "last_seen_at": NOW - timedelta(days=91)}
            connection.execute(sa.insert(blocks), [{**values, "key": key} for key in range(count)])

    def left() -> int:
        with doors.db.read() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(blocks)).scalar_one())

    with doors.db.write() as connection:
        rows.declare(connection, rows.outlet(), now=NOW)
    learn(8)
    counts = []
    for _ in range(4):
        await watch.look()
        counts.append(left())
    assert counts == [5, 2, 0, 0]
    learn(1)
    await watch.look()
    assert left() == 1
    doors.clock.advance(HOURS)
    await watch.look()
    assert left() == 0


async def test_a_long_sleep_is_told_once_and_changes_no_time(doors: SimpleNamespace) -> None:
    with doors.db.write() as connection:
        rows.declare(connection, rows.outlet(), now=NOW)
        connection.execute(sa.update(feeds).values(due_at=NOW + HOURS))
    watch = guards.Guards(doors, Drain(doors), monotonic=100.0)
    doors.clock.advance(8 * HOURS)
    await watch.look_at_clock(monotonic=101.0)
    await watch.look_at_clock(monotonic=102.0)
    assert told(doors) == [Happening.CLOCK_JUMP]
    assert due(doors) == NOW + HOURS


async def test_a_start_with_an_earlier_clock_than_the_last_run_is_set_right(doors: SimpleNamespace) -> None:
    with doors.db.write() as connection:
        rows.declare(connection, rows.outlet(), now=NOW)
        connection.execute(sa.update(feeds).values(due_at=NOW + 7 * HOURS, last_polled_at=NOW + 6 * HOURS))
    await guards.at_start(doors, Holder("run", 4711, NOW))
    assert told(doors) == [Happening.CLOCK_JUMP, Happening.KILLED]
    assert due(doors) == NOW + HOURS


async def test_polling_and_reading_rest_while_the_disk_is_nearly_full(doors: SimpleNamespace) -> None:
    drain = Drain(doors)
    watch = guards.Guards(doors, drain, monotonic=0.0)
    doors.settings.limits = replace(DEFAULT_LIMITS, disk_free=2**60)
    await watch.look()
    await watch.look()
    assert drain.resting == {Stage.POLL, Stage.READ}
    assert told(doors) == [Happening.DISK_LOW]
    free = guards.room_on_disk(doors.settings)
    doors.settings.limits = replace(DEFAULT_LIMITS, disk_free=int(free * 0.9))
    await watch.look()
    assert drain.resting == {Stage.POLL, Stage.READ}, "a little more than enough would rest and go on in turn"
    doors.settings.limits = replace(DEFAULT_LIMITS, disk_free=0)
    await watch.look()
    assert drain.resting == frozenset()
    assert told(doors) == [Happening.DISK_LOW, Happening.DISK_OK]


async def test_a_network_that_is_gone_is_told_once_and_once_when_it_is_back(doors: SimpleNamespace) -> None:
    with doors.db.write() as connection:
        rows.declare(connection, rows.outlet(count=2), now=NOW)
        connection.execute(sa.update(feeds).values(due_at=NOW + HOURS, last_polled_at=NOW - timedelta(minutes=1)))
        connection.execute(sa.update(feeds).where(feeds.c.id == 1).values(reason=Reason.CONNECT))
    watch = guards.Guards(doors, Drain(doors), monotonic=0.0)
    doors.reach.offline = True
    doors.relay_down_until = 1e12
    await watch.look()
    await watch.look()
    doors.reach.answered()
    await watch.look()
    await watch.look()
    assert told(doors) == [Happening.OFFLINE, Happening.ONLINE]
    assert doors.relay_down_until == 0.0
    with doors.db.read() as connection:
        assert list(connection.execute(sa.select(feeds.c.due_at).order_by(feeds.c.id)).scalars()) == [NOW, NOW + HOURS]


async def test_the_disk_of_a_database_server_is_not_our_matter(doors: SimpleNamespace) -> None:
    doors.settings.database_url = "postgresql+psycopg://user@host/db"
    doors.settings.limits = replace(DEFAULT_LIMITS, disk_free=2**60)
    assert guards.paused_by_disk(doors.settings) == frozenset()


async def test_another_time_by_wish_is_no_clock_that_was_set(doors: SimpleNamespace) -> None:
    with doors.db.write() as connection:
        rows.declare(connection, rows.outlet(), now=NOW)
        connection.execute(sa.update(feeds).values(due_at=NOW + 7 * HOURS, last_polled_at=NOW + 6 * HOURS))
    doors.clock = SystemClock(NOW)
    await guards.at_start(doors, None)
    assert (told(doors), due(doors)) == ([], NOW + 7 * HOURS)
