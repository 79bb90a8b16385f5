"""What the due tick costs: 10,000 feeds due of 100,000, found and handed out; and nothing due.

The feeds lie in the database in another order than they are due, five of an outlet, some of a host, as they would after weeks of
polling with jitter. Between two claims those claimed before are given a later due time, unmeasured, as polls do.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from aggregator.errors import StoreError
from aggregator.feeds.agenda import Agenda
from aggregator.store import due, migrate
from aggregator.store.db import Connection, Database
from aggregator.store.dialect import is_sqlite
from aggregator.store.tables import feeds, outlets
from aggregator.store.work import RELEASED
from scripts.benchmarks.pollers import cpu_of
from tests.databases import SERVER

FEEDS, DUE, BATCH = 100_000, 10_000, 50
PER_OUTLET, HOSTS = 5, 25_000
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)
REST = timedelta(minutes=10)
BOUND_US = 10.0
IDLE_US = 2_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Microseconds per due feed, (CPU of this process, time): found and put in order; handed out; claimed. `idle`: of a tick in all."""

    looked: tuple[float, float]
    taken: tuple[float, float]
    claimed: tuple[float, float]
    ranked: tuple[float, float]
    idle: tuple[float, float]


def measure(rounds: int) -> bool:
    """Prints the table; False when a bound is broken."""
    print(f"\n(c) {DUE} of {FEEDS} feeds due, {rounds} rounds, medians; microseconds of CPU (of time) per due feed\n")
    print(
        "| database | tick: find, order, hand out | of it the look | claims of 50 | old: ranking for each claim | nothing due, whole tick |"
    )
    print("|---|---|---|---|---|---|")
    kept = True
    for name, opened in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        with opened() as database:
            if database is None:
                print(f"| {name} | no server answers | | | | |")
                continue
            _fill(database)
            ticks = [_tick(database) for _ in range(rounds)]
        looked, taken, claimed, ranked, idle = (
            tuple(statistics.median(getattr(tick, part)[kind] for tick in ticks) for kind in (0, 1))
            for part in ("looked", "taken", "claimed", "ranked", "idle")
        )
        whole = looked[0] + taken[0], looked[1] + taken[1]
        cells = (f"{cpu:.1f} ({wall:.1f})" for cpu, wall in (whole, looked, claimed, ranked))
        print(f"| {name} | {' | '.join(cells)} | {idle[0]:.0f} ({idle[1]:.0f}) |")
        kept = kept and whole[0] < BOUND_US and idle[0] < IDLE_US
    return kept


def _tick(database: Database) -> Tick:
    agenda = Agenda(due.PER_HOST)
    with database.write() as connection:
        _make_due(connection)
    with database.write() as connection:
        server = _server_of(connection)
        looked = _timed(lambda: due.look(connection, agenda, now=NOW, due_by=NOW, crash_rest=REST), server)
    assert len(agenda) == DUE
    taken = _timed(lambda: _take_all(agenda))
    ranked = _timed(lambda: _ranked_claims(database, 3))
    with database.write() as connection:
        due.look(connection, agenda, now=NOW, due_by=NOW, crash_rest=REST)
    claimed = _claim_all(database, agenda)
    idle = _timed(lambda: _claim(database, Agenda(due.PER_HOST)))
    return Tick(
        looked=_shared(looked, DUE),
        taken=_shared(taken, DUE),
        claimed=_shared(claimed, DUE),
        ranked=_shared(ranked, 3 * BATCH),
        idle=idle,
    )


def _take_all(agenda: Agenda) -> None:
    while agenda.take(BATCH, {}):
        pass


def _claim_all(database: Database, agenda: Agenda) -> tuple[float, float]:
    cpu = wall = 0.0
    handed_out = 0
    while handed_out < DUE:
        found: list[int] = []
        spent = _timed(lambda found=found: found.extend(_claim(database, agenda)))
        cpu, wall, handed_out = cpu + spent[0], wall + spent[1], handed_out + len(found)
        assert found
        with database.write() as connection:
            connection.execute(sa.update(feeds).where(feeds.c.id.in_(found)).values(due_at=LATER, interrupted=0, **RELEASED))
    return cpu, wall


def _claim(database: Database, agenda: Agenda) -> list[int]:
    with database.write() as connection:
        claimed = due.claim_due(
            connection, now=NOW, due_by=NOW, limit=BATCH, lease=REST, first_poll="silent", crash_rest=REST, agenda=agenda
        )
        return [feed.id for feed in claimed]


def _ranked_claims(database: Database, times: int) -> None:
    """As it was done before: all due feeds ranked within their hosts, for every handful. Rolled back, as nothing else is compared."""
    order = (feeds.c.due_at, feeds.c.id)
    place = sa.func.row_number().over(partition_by=feeds.c.host_key, order_by=order).label("place")
    ranked = sa.select(feeds.c.id, place).where(feeds.c.paused_by.is_(None), feeds.c.due_at <= NOW).subquery()
    first = sa.select(ranked.c.id).where(ranked.c.place <= due.PER_HOST)
    chosen = sa.select(feeds.c.id).where(feeds.c.id.in_(first), feeds.c.due_at <= NOW).order_by(*order).limit(BATCH)
    for _ in range(times):
        with database.write() as connection:
            connection.execute(sa.update(feeds).where(feeds.c.id.in_(chosen)).values(lease_until=NOW).returning(feeds.c.id)).all()
            connection.rollback()


def _timed(work: Callable[[], object], server: int = 0) -> tuple[float, float]:
    """Microseconds of CPU and of time; the CPU of this process and of `server`, when it is one of this machine."""
    cpu, wall = time.process_time() + cpu_of(server), time.perf_counter()
    work()
    return (time.process_time() + cpu_of(server) - cpu) * 1e6, (time.perf_counter() - wall) * 1e6


def _server_of(connection: Connection) -> int:
    """The process that works for this connection on PostgreSQL; 0: there is none."""
    return 0 if is_sqlite(connection) else connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()


def _shared(spent: tuple[float, float], count: int) -> tuple[float, float]:
    return spent[0] / count, spent[1] / count


def _fill(database: Database) -> None:
    dice = random.Random(4)
    times = {"created_at": NOW, "first_polled_at": NOW, "last_polled_at": NOW, "last_ok_at": NOW, "last_new_at": NOW}
    listed = []
    for number in range(FEEDS):
        host = f"paper{dice.randrange(HOSTS)}.example"
        url = f"{host}/section-{number}/rss.xml"
        listed.append(
            {
                "outlet_id": number // PER_OUTLET + 1,
                "url": f"https://{url}",
                "url_key": url,
                "host_key": host,
                "title": f"The news of section {number}",
                "origin": "file",
                "state": "ok",
                "etag": f'"{dice.randbytes(16).hex()}"',
                "last_modified": "Mon, 02 Mar 2026 06:00:00 GMT",
                "body_sha": dice.randbytes(32).hex(),
                "fingerprint": dice.randbytes(16).hex(),
                "interval_s": 1200,
                "due_at": LATER,
                **times,
            }
        )
    with database.write() as connection:
        owners = [
            {"slug": f"o{n}", "name": f"Outlet {n}", "origin": "file", "created_at": NOW} for n in range(FEEDS // PER_OUTLET)
        ]
        connection.execute(sa.insert(outlets), owners)
        connection.execute(sa.insert(feeds), listed)
    with database.write() as connection:
        connection.exec_driver_sql("ANALYZE feeds")
        connection.exec_driver_sql("ANALYZE outlets")


def _make_due(connection: Connection) -> None:
    """A tenth of the feeds became due in the last ten minutes, in an order of their own."""
    dice = random.Random(5)
    chosen = dice.sample(range(1, FEEDS + 1), DUE)
    moments = [{"row": number, "at": NOW - timedelta(seconds=dice.random() * 600)} for number in chosen]
    connection.execute(sa.update(feeds).values(due_at=LATER, asked_at=None, interrupted=0, **RELEASED))
    one = sa.update(feeds).where(feeds.c.id == sa.bindparam("row")).values(due_at=sa.bindparam("at", type_=feeds.c.due_at.type))
    connection.execute(one, moments)


@contextmanager
def _sqlite() -> Iterator[Database | None]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/due.db"
        migrate.upgrade(url)
        database = Database(url)
        yield database
        database.close()


@contextmanager
def _postgres() -> Iterator[Database | None]:
    """A database of its own on the server that the tests use; None when none answers."""
    name = "aggregator_bench_due"
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool, connect_args={"connect_timeout": 3})
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(drop)
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    except (sa.exc.OperationalError, StoreError):
        yield None
        return
    url = sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    migrate.upgrade(url)
    database = Database(url)
    try:
        yield database
    finally:
        database.close()
        with engine.connect() as connection:
            connection.exec_driver_sql(drop)
