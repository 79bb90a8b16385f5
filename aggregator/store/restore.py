"""A backup back into the place of the embedded database. A kill at any instant leaves the old or the new one complete.

Everything is done on a copy; the exchange itself is one rename. The caller holds the file lock.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from aggregator.errors import StoreError
from aggregator.store import facts, journal, migrate
from aggregator.store.backup import MIB, SIDE_FILES, SPARE, Copy, Tell, explained, give, inspect, remove, require_space, sync
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
from aggregator.store.outbox import hold_unfinished
from aggregator.store.tables import WORK
from aggregator.store.work import clear_leases


def check(source: Path, *, thoroughly: bool) -> Copy:
    """What is in the backup. StoreError when it is not one of ours, broken, or of a schema that this program cannot work with."""
    found = inspect(source, thoroughly=thoroughly)
    with suppress(OSError):
        if source.with_name(f"{source.name}-wal").stat().st_size:
            raise StoreError(
                f"{source} is not a finished backup: its last changes lie in {source.name}-wal",
                hint="copy a database with `aggregator backup`, which puts everything into one file",
            )
    standing = _standing(found)
    if standing.revision is None or (standing.newer and not standing.usable):
        raise migrate.too_new(replace(standing, revision=standing.revision or "(none)"))
    return found


def _standing(found: Copy) -> migrate.Standing:
    return migrate.judge(found.schema or None, found.works_with)


@contextmanager
def taken_in(source: Path, scratch: Path, *, now: datetime, tell: Tell) -> Iterator[tuple[Copy, int]]:
    """A copy of the backup at `scratch`, checked, brought up to date and with its outbox held; gone at the end unless it was moved.

    Gives what the backup holds and how many messages are held.
    """
    with explained(scratch):
        remove(scratch)
        try:
            _copy(source, scratch, tell)
            found = check(scratch, thoroughly=True)
            yield found, _made_ready(scratch, source, newer=_standing(found).newer, now=now)
        finally:
            remove(scratch)


def _copy(source: Path, scratch: Path, tell: Tell) -> None:
    size = source.stat().st_size
    require_space(scratch.parent, size + SPARE)
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as out, source.open("rb") as file:
        while piece := file.read(MIB):
            out.write(piece)
            tell(out.tell(), size)


def _made_ready(scratch: Path, source: Path, *, newer: bool, now: datetime) -> int:
    """Everything that an older database makes wrong is put right before anybody can open it."""
    url = f"sqlite:///{scratch}"
    migrate.upgrade(url)
    if differences := migrate.differences(url, more=newer):
        raise StoreError(f"{source} is not a database of aggregator: {differences[0]}", hint="take another backup")
    database = Database(url)
    try:
        with database.write() as connection:
            clear_leases(connection, WORK)
            held = hold_unfinished(connection)
            facts.hold(connection, now=now)
            facts.renew_secret(connection)
            journal.note(connection, Happening.RESTORED, f"{source.name}; {held} messages are held", now=now)
    finally:
        database.close()
    with closing(sqlite3.connect(scratch, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = delete")
    sync(scratch)
    return held


def exchange(database: Path, scratch: Path, kept: Path) -> Path | None:
    """Put `scratch` into the place of the database, which lives on as `kept`. None: there was no database.

    Raises StoreError while another program has the database open; nothing is touched then.
    """
    with explained(database):
        if not database.exists():
            give(scratch, like=database.parent)
            _swap(database, scratch)
            return None
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for made in (scratch, kept.parent):
            give(made, like=database)
        with ExitStack() as afterwards, _alone(database):
            _keep(database, kept, afterwards)
            _swap(database, scratch)
        return kept


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """Nobody else has the database open, its log is written back into it and gone, until the end.

    With the log a second trap goes: whoever opened the old file before the exchange and writes after it would write a log beside
    the new one. Without a log SQLite sees that its file was moved, and refuses. A damaged file cannot be asked; it is kept as it is.
    """
    with closing(sqlite3.connect(os.fsencode(database), timeout=10, isolation_level=None)) as old:
        try:
            for _ in range(10):
                old.execute("PRAGMA journal_mode = delete")
                old.execute("BEGIN EXCLUSIVE")
                if old.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
                    break
                old.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise StoreError(
                f"{database} is open in another program", hint="close it (a page, a shell of SQLite), then try again"
            ) from error
        except sqlite3.DatabaseError:
            pass
        yield


def _keep(database: Path, kept: Path, afterwards: ExitStack) -> None:
    """A second name for the old file, and for the log of a damaged one; a copy where the disk has no links."""
    for suffix in ("-wal", ""):
        old, new = database.with_name(database.name + suffix), kept.with_name(kept.name + suffix)
        if suffix and not old.exists():
            continue
        try:
            new.hardlink_to(old)
        except FileExistsError:
            raise
        except OSError:
            _copy_private(old, new, afterwards)
    sync(kept.parent)


def _copy_private(old: Path, new: Path, afterwards: ExitStack) -> None:
    # Closed only afterwards: to close it would end the locks that SQLite holds on the old file in this process.
    file = afterwards.enter_context(old.open("rb"))
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            give(handle, like=old)
            shutil.copyfileobj(file, out, MIB)
        sync(new)
    except OSError:
        new.unlink()
        raise


def _swap(database: Path, scratch: Path) -> None:
    # A log that belongs to another file would be taken for this one's.
    for suffix in SIDE_FILES:
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    scratch.replace(database)
    sync(database.parent)
