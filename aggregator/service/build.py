"""The composition root: settings become doors, doors become a corridor, and everything is closed again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator.clock import Clock, SystemClock
from aggregator.errors import StoreError
from aggregator.net.http import HttpDoor
from aggregator.net.resolve import Resolver
from aggregator.net.smtp import MailDoor
from aggregator.pipeline.context import Corridor, Event, Listener
from aggregator.service.ending import ended_by_signal
from aggregator.service.workers import WorkerPool
from aggregator.settings import Settings
from aggregator.store import backup, journal, migrate, outbox
from aggregator.store.backup import Tell, untold
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
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
    """The database, if this program can work with its schema. Raises StoreError with the remedy otherwise."""
    _writable(settings)
    migrate.require(settings.database_url)
    return Database(settings.database_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was done to the schema. `backup`: the embedded database as it was before, when it held anything."""

    changed: bool
    backup: Path | None = None


def prepare_database(settings: Settings, *, back_up: bool = True, tell: Tell = untold) -> Prepared:
    """Bring the schema up to date; an embedded database is copied first. `tell` hears how far the copy is."""
    _writable(settings)
    if is_embedded(settings):
        backup.make_private(backup.database_file(settings.database_url))
    before, now = migrate.standing(settings.database_url), SystemClock().now()
    kept = None
    if back_up and is_embedded(settings) and before.outdated:
        kept = _kept_before(settings, now, tell)
    changed = migrate.upgrade(settings.database_url)
    if changed and before.revision:
        _note_migration(settings, before.revision, kept, now)
    return Prepared(changed=changed, backup=kept)


def _kept_before(settings: Settings, now: datetime, tell: Tell) -> Path:
    database, folder = backup.database_file(settings.database_url), settings.data_dir / "backups"
    try:
        with ended_by_signal():
            return backup.before_migration(database, folder, target=migrate.head(), now=now, tell=tell)
    except StoreError as error:
        raise StoreError(
            f"no backup can be made before the migration, so nothing was done: {error.message}",
            hint=f"{error.hint}\nor go without a backup: aggregator migrate --no-backup",
        ) from error


def _note_migration(settings: Settings, before: str, kept: Path | None, now: datetime) -> None:
    database = Database(settings.database_url)
    try:
        with database.write() as connection:
            detail = f"{before} to {migrate.head()}{f'; before: {kept.name}' if kept else ''}"
            journal.note(connection, Happening.MIGRATED, detail, now=now)
    finally:
        database.close()


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
