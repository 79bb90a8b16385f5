"""The engine behind every statement: connections, transactions, threads.

SQLite: WAL, synchronous=FULL, an explicit BEGIN IMMEDIATE for writers. The driver's own transactions begin only at the first
write, so that a SELECT before it runs outside: measured, 180 of 240 updates were lost silently. One writer thread, a few readers.
PostgreSQL: a pool; the same functions.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy import event

from aggregator.errors import StoreError

Connection = sa.Connection  # so that callers need not import SQLAlchemy to name it
P = ParamSpec("P")
T = TypeVar("T")

SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: at power loss NORMAL may forget a "sent" mark, and the mail would go out twice
    "busy_timeout": 10_000,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "journal_size_limit": 67_108_864,
    "cache_size": -16_000,
}
READERS = 3
POSTGRES_WRITERS = 4
POSTGRES_OPTIONS = "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000 -c lock_timeout=10000 -c timezone=UTC"


class Database:
    """An open database. `run` and `look` take functions `(connection, …) -> value` and give them a transaction in a thread."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = _sqlite_engine(self.url, writer=True) if self.is_sqlite else _postgres_engine(self.url)
        self._read_engine = _sqlite_engine(self.url, writer=False) if self.is_sqlite else self._engine
        self._writers = ThreadPoolExecutor(1 if self.is_sqlite else POSTGRES_WRITERS, thread_name_prefix="db-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-read")

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One writing transaction: committed at the end, rolled back on any exception."""
        with explained(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent view of the data; whatever is written in it is refused (SQLite) or rolled back (PostgreSQL)."""
        with explained(), self._read_engine.connect() as connection:
            yield connection

    async def run(self, function: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`function` in a writing transaction of its own, in the writer's thread. Cancelling waits for the commit."""
        return await self._in(self._writers, self.write, function, *args, **kwargs)

    async def look(self, function: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`function` on a reading connection, in a reader's thread."""
        return await self._in(self._readers, self.read, function, *args, **kwargs)

    async def _in(
        self,
        pool: ThreadPoolExecutor,
        transaction: Callable[[], object],
        function: Callable[Concatenate[sa.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        work = partial(_inside, transaction, function, *args, **kwargs)
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(pool, work))

    def close(self) -> None:
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._engine.dispose()
        self._read_engine.dispose()


def _inside(
    transaction: Callable[[], object],
    function: Callable[Concatenate[sa.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    with transaction() as connection:  # type: ignore[attr-defined]
        return function(connection, *args, **kwargs)


@contextmanager
def explained() -> Iterator[None]:
    try:
        yield
    except sa.exc.OperationalError as error:
        cause = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
        raise StoreError(f"the database cannot be used: {cause}", hint=_hint(cause)) from error


def _hint(cause: str) -> str:
    hints = {
        "locked": "another program holds it; close that program, or wait and try again",
        "unable to open": "does the folder exist, and may this user write in it?",
        "readonly": "this user may not write the file or its folder",
        "full": "free some space on the disk; nothing was lost",
        "no such table": "run: aggregator migrate",
        "connection": "is the server running, and are host, port and user in database_url right?",
    }
    return next((hint for word, hint in hints.items() if word in cause.lower()), "")


def _sqlite_engine(url: sa.URL, *, writer: bool) -> sa.Engine:
    engine = sa.create_engine(url, pool_size=1 if writer else READERS, max_overflow=0, pool_timeout=60)
    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for name, value in SQLITE_PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {value}")
        if not writer:
            connection.execute("PRAGMA query_only = 1")
        for name in ("journal_mode", "synchronous", "foreign_keys"):
            (actual,) = connection.execute(f"PRAGMA {name}").fetchone()
            if actual != SQLITE_PRAGMAS[name]:
                raise StoreError(
                    f"SQLite does not accept {name}={SQLITE_PRAGMAS[name]} here (it stays {actual})",
                    hint="the data folder must be on a local file system",
                )

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres_engine(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url,
        pool_size=POSTGRES_WRITERS + READERS,
        max_overflow=4,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"options": POSTGRES_OPTIONS, "connect_timeout": 10},
    )
