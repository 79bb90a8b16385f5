"""The engine behind every statement: connections, transactions, threads.

SQLite: WAL, synchronous=FULL, an explicit BEGIN IMMEDIATE for writers. The driver's own transactions begin only at the first
write, so that a SELECT before it runs outside: measured, 180 of 240 updates were lost silently. One writer thread, a few readers.
PostgreSQL: a pool; the same functions.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import chain, repeat
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy import event

from aggregator.errors import StoreError
from aggregator.store.crowd import Crowd

Connection = sa.Connection  # so that callers need not import SQLAlchemy to name it
P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)

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
# Between two tries while the database is locked, full or away.
_PAUSES = (0.2, 0.5, 1.0, 2.0)
# What may pass by itself, in SQLite's words; on PostgreSQL everything that is about the connection or the server may.
_PASSING = ("locked", "busy", "full", "disk i/o")
_DAMAGED = ("malformed", "not a database", "corrupt")
# The trouble is over when nothing was refused for so long.
QUIET_S = 3.0
# SQLite's virtual machine asks this often whether the check is still wanted: every few milliseconds.
_CHECK_STEPS = 10_000
POSTGRES_WRITERS = 4
POSTGRES_OPTIONS = "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000 -c lock_timeout=10000 -c timezone=UTC"


class _Trouble:
    """Tells when the database stops taking part and when it does again: a line each, not one a statement.

    On a full disk small writes succeed between large ones, so it is not over while a call still waits, nor right after a refusal.
    """

    def __init__(self) -> None:
        self._told = False
        self._last = 0.0
        self._waiting: set[object] = set()

    def begins(self, error: StoreError, call: object | None = None) -> None:
        if call is not None:
            self._waiting.add(call)
        self._last = time.monotonic()
        if not self._told:
            self._told = True
            log.warning("the database does not take part", extra={"problem": error.message})

    def ends(self, call: object | None = None) -> None:
        self._waiting.discard(call)
        if self._told and not self._waiting and time.monotonic() - self._last >= QUIET_S:
            self._told = False
            log.info("the database works again")

    def forget(self, call: object) -> None:
        self._waiting.discard(call)


class Database:
    """An open database. `run` and `look` take functions `(connection, …) -> value` and give them a transaction in a thread.

    `patience`: how long both try again while the database is locked by another program, full, or its server restarts. The
    transaction was rolled back whole, and a result names the lease it holds, so that a second try writes nothing twice.
    """

    def __init__(self, url: str, *, patience: timedelta = timedelta()) -> None:
        self.url = sa.make_url(url)
        self.patience = patience
        # Apart: while another program writes, reading goes on, and says nothing about the end of the trouble.
        self._write_trouble, self._read_trouble = _Trouble(), _Trouble()
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = _sqlite_engine(self.url, writer=True) if self.is_sqlite else _postgres_engine(self.url)
        self._read_engine = _sqlite_engine(self.url, writer=False) if self.is_sqlite else self._engine
        self._writers = ThreadPoolExecutor(1 if self.is_sqlite else POSTGRES_WRITERS, thread_name_prefix="db-write")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-read")
        self._crowd = Crowd(self._writers, self.write)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One writing transaction: committed at the end, rolled back on any exception."""
        with explained(self.url), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent view of the data; whatever is written in it is refused (SQLite) or rolled back (PostgreSQL)."""
        with explained(self.url), self._read_engine.connect() as connection:
            yield connection

    async def run(self, function: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`function` in a writing transaction of its own, in the writer's thread.

        Cancelled before it began, it is not begun; afterwards it runs to its commit or rollback, and nobody waits for it.
        """
        work = partial(self._in, self._writers, self.write, function, *args, **kwargs)
        return await self._patiently(work, self._write_trouble)

    async def together(self, function: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run`, for small results that come in crowds: those that wait share one transaction, and one commit on the disk.

        Each is answered after that commit, so nothing is promised that could still be lost. When one of them fails, all are rolled
        back and every one is done again by itself: `function` must do nothing but write. On PostgreSQL it is `run`.
        """
        if not self.is_sqlite:
            return await self.run(function, *args, **kwargs)
        work = partial(self._crowd.join, partial(_applied, function, args, kwargs))
        return await self._patiently(work, self._write_trouble)

    async def attempt(self, function: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run`, but once: for work that can as well be asked for later."""
        try:
            found = await self._in(self._writers, self.write, function, *args, **kwargs)
        except StoreError as error:
            self._write_trouble.begins(error)
            raise
        self._write_trouble.ends()
        return found

    async def look(self, function: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`function` on a reading connection, in a reader's thread."""
        work = partial(self._in, self._readers, self.read, function, *args, **kwargs)
        return await self._patiently(work, self._read_trouble)

    async def _patiently(self, work: Callable[[], Coroutine[object, object, T]], trouble: _Trouble) -> T:
        loop = asyncio.get_running_loop()
        end = loop.time() + self.patience.total_seconds()
        call = object()
        try:
            for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
                try:
                    found = await work()
                except StoreError as error:
                    trouble.begins(error, call)
                    if not error.temporary or loop.time() + pause > end:
                        raise
                    await asyncio.sleep(pause)
                else:
                    trouble.ends(call)
                    return found
        finally:
            trouble.forget(call)
        raise AssertionError

    async def _in(
        self,
        pool: ThreadPoolExecutor,
        transaction: Callable[[], object],
        function: Callable[Concatenate[sa.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        work = partial(_inside, transaction, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(pool, work)

    def damage(self, stop: threading.Event) -> str:
        """What SQLite finds wrong with its file, "" when nothing; reads all of it, and ends early when `stop` is set.

        PostgreSQL has tools of its own for that.
        """
        if not self.is_sqlite:
            return ""
        with self.read() as connection:
            raw: Any = connection.connection.driver_connection
            raw.set_progress_handler(stop.is_set, _CHECK_STEPS)
            try:
                found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
            except sa.exc.OperationalError:
                if stop.is_set():
                    return ""
                raise
            finally:
                raw.set_progress_handler(None, 0)
        return "" if found == "ok" else found

    def close(self) -> None:
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._engine.dispose()
        self._read_engine.dispose()


def _applied(function: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object], connection: sa.Connection) -> T:
    return function(connection, *args, **kwargs)


def _inside(
    transaction: Callable[[], object],
    function: Callable[Concatenate[sa.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    with transaction() as connection:  # type: ignore[attr-defined]
        return function(connection, *args, **kwargs)


@contextmanager
def explained(url: sa.URL) -> Iterator[None]:
    """What is no fault of a statement becomes a StoreError with a hint that names the database."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        cause = _cause(error)
        passing = not isinstance(error.orig, sqlite3.Error) or any(word in cause.lower() for word in _PASSING)
        raise StoreError(f"the database cannot be used: {cause}", hint=_hint(cause, _name(url)), temporary=passing) from error
    except sa.exc.DatabaseError as error:
        cause = _cause(error)
        if not any(word in cause.lower() for word in _DAMAGED):
            raise
        raise StoreError(
            f"the database is damaged: {cause}", hint=f"put a backup in the place of {_name(url)}: aggregator restore FILE"
        ) from error


def _name(url: sa.URL) -> str:
    """The file, or the server's address without its password."""
    return (url.database or "") if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def _cause(error: sa.exc.DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines() if error.orig else []
    return lines[0] if lines else type(error.orig or error).__name__


def _hint(cause: str, name: str) -> str:
    hints = {
        "locked": f"another program holds {name}; close that program, or wait and try again",
        "unable to open": f"does the folder of {name} exist, and may this user write in it?",
        "readonly": f"may this user write {name} and its folder?",
        "full": f"free some space on the disk of {name}; nothing was lost",
        "disk i/o": f"is the disk of {name} full, or is something wrong with it? what was stored is not lost",
        "no such table": "run: aggregator migrate",
        "connection": f"does the server of {name} run, and are host, port and user in database_url right?",
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
