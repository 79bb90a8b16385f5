"""`backup` and `restore`: the installation survives its disk, its owner's mistakes and a bad upgrade."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from aggregator.clock import Clock, SystemClock
from aggregator.errors import AggregatorError, StoreError, UsageError
from aggregator.service.build import exclusively, is_embedded, open_database
from aggregator.service.ending import ended_by_signal
from aggregator.settings import Settings
from aggregator.store import backup as copies
from aggregator.store import journal
from aggregator.store import restore as store
from aggregator.store.backup import Copy, Tell, untold
from aggregator.store.db import Database
from aggregator.store.dialect import tool_arguments
from aggregator.store.happenings import Happening

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """A backup that is complete and on the disk. `forgotten`: older ones of its folder that went."""

    made: Copy
    forgotten: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacing:
    """What a restore would put into the place of what. `present` None: there is no database, or it cannot be read."""

    backup: Copy
    present: Copy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`kept`: the database as it was before. `held`: messages that wait for the operator's word."""

    backup: Copy
    kept: Path | None
    held: int


def back_up(
    settings: Settings, target: Path, *, force: bool, keep: int | None, tell: Tell = untold, clock: Clock | None = None
) -> BackedUp:
    """`backup`: a consistent copy, also while `run` works. `keep`: how many automatic ones stay in the folder."""
    now = (clock or SystemClock()).now()
    if not is_embedded(settings):
        raise _elsewhere(settings, "pg_dump", f"--format=custom --file={target}")
    if keep is not None and not target.is_dir():
        raise UsageError(f"--keep needs a folder, and {target} is none", hint="make the folder first")
    database = copies.database_file(settings.database_url)
    path = copies.place(target, database, force=force, now=now)
    opened = open_database(settings)
    try:
        with ended_by_signal():
            made = copies.write_copy(database, path, tell=tell)
        forgotten = () if keep is None else copies.forget_old(path, keep=keep)
        _note(opened, made.path, now)
    finally:
        opened.close()
    return BackedUp(made=made, forgotten=forgotten)


def _note(database: Database, made: Path, now: datetime) -> None:
    """The backup is complete without its line in the journal."""
    try:
        with database.write() as connection:
            journal.note(connection, Happening.BACKED_UP, str(made), now=now)
    except StoreError as error:
        log.warning("the backup is made, but not noted in the journal", extra={"problem": error.message})


def restore(
    settings: Settings, source: Path, *, agree: Callable[[Replacing], bool], tell: Tell = untold, clock: Clock | None = None
) -> Restored | None:
    """`restore`: a backup into the place of the database, with the outbox held. None: `agree` said no, and nothing was done."""
    if not is_embedded(settings):
        raise _elsewhere(settings, "pg_restore", f"--clean --if-exists --single-transaction {source}")
    now, database = (clock or SystemClock()).now(), copies.database_file(settings.database_url)
    with exclusively(settings, command="restore"), ended_by_signal():
        found = store.check(source, thoroughly=False)
        with copies.explained(database):
            if database.exists() and source.samefile(database):
                raise UsageError(f"{source} is the database itself", hint="name a backup; they lie in the folder `backups`")
        if not agree(Replacing(backup=found, present=_present(database))):
            return None
        folder = settings.data_dir / "backups"
        with copies.explained(folder):
            kept = copies.unused(folder, "before-restore", now)
        scratch = database.with_name(f".{database.name}.restoring")
        with store.taken_in(source, scratch, now=now, tell=tell) as (checked, held):
            left = store.exchange(database, scratch, kept)
    return Restored(backup=replace(checked, path=source), kept=left, held=held)


def _present(database: Path) -> Copy | None:
    try:
        return copies.inspect(database, thoroughly=False, live=True)
    except StoreError:
        return None


def _elsewhere(settings: Settings, tool: str, arguments: str) -> AggregatorError:
    return UsageError(
        "the database is on PostgreSQL, which has tools of its own for that",
        hint=f"{tool} {tool_arguments(settings.database_url)} {arguments}",
    )
