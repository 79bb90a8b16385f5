"""The composition root: settings become doors, doors become a corridor, and everything is closed again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from aggregator.clock import Clock, SystemClock
from aggregator.errors import StoreError
from aggregator.net.http import HttpDoor
from aggregator.net.resolve import Resolver
from aggregator.net.smtp import MailDoor
from aggregator.pipeline.context import Corridor, Event, Listener
from aggregator.service.workers import WorkerPool
from aggregator.settings import Settings
from aggregator.store import migrate, outbox
from aggregator.store.db import Database
from aggregator.store.lock import FileLock, Holder
from aggregator.store.tables import WORK
from aggregator.store.work import clear_leases
from aggregator.topics.lemmas import Lemmatiser

WORKERS = 2


def is_embedded(settings: Settings) -> bool:
    """One process with SQLite, or one of many on PostgreSQL?"""
    return settings.database_url.startswith("sqlite")


def lock_of(settings: Settings, *, command: str) -> FileLock:
    """The lock of an embedded database."""
    return FileLock(settings.data_dir / "aggregator.lock", command=command)


@contextmanager
def exclusively(settings: Settings, *, command: str) -> Iterator[Holder | None]:
    """Hold the embedded database alone. Gives the holder before, when it ended without stopping."""
    if not is_embedded(settings):
        yield None
        return
    with lock_of(settings, command=command) as lock:
        yield lock.left_by


def open_database(settings: Settings) -> Database:
    """The database, if its schema is this program's. Raises StoreError with the remedy otherwise."""
    _writable(settings)
    revision = migrate.current(settings.database_url)
    if revision != migrate.head():
        what = "has no tables yet" if revision is None else f"has schema {revision}, this program works with {migrate.head()}"
        raise StoreError(f"the database {what}", hint="run: aggregator migrate")
    return Database(settings.database_url)


def prepare_database(settings: Settings) -> bool:
    """Bring the schema up to date. True when something was done."""
    _writable(settings)
    return migrate.upgrade(settings.database_url)


def _writable(settings: Settings) -> None:
    if not is_embedded(settings):
        return
    try:
        Path(settings.data_dir).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(
            f"{settings.data_dir}: cannot be made ({error.strerror})", hint="set data_dir to a folder this user may write"
        ) from error


def forget_leases(database: Database) -> None:
    """For the holder of the lock: nobody else works on these rows. On PostgreSQL others do, and leases end by their time."""
    if not database.is_sqlite:
        return
    with database.write() as connection:
        clear_leases(connection, WORK)


def silent(_event: Event) -> None:
    """A listener for nobody."""


@asynccontextmanager
async def corridor(
    settings: Settings,
    database: Database,
    *,
    clock: Clock | None = None,
    resolver: Resolver | None = None,
    listen: Listener = silent,
) -> AsyncIterator[Corridor]:
    """Open doors for the stages; closed in the opposite order, also after a failure."""
    clock = clock or SystemClock()
    workers = WorkerPool(WORKERS, settings.limits)
    await workers.start()
    http = HttpDoor(settings.fetch, settings.limits, resolver=resolver, clock=clock)
    mail = MailDoor(settings.smtp, settings.limits) if settings.smtp.host else None
    if mail is not None:
        await database.run(outbox.release_held, sender=settings.smtp.sender, now=clock.now())
    try:
        yield Corridor(
            settings=settings,
            clock=clock,
            db=database,
            lemmatise=Lemmatiser(),
            http=http,
            workers=workers,
            mail=mail,
            listen=listen,
        )
    finally:
        if mail is not None:
            await mail.close()
        await http.aclose()
        await workers.close()
        await asyncio.sleep(0)
