"""Copies of the embedded database: consistent while others write in it, verified, and never half-way under their final name."""

import fcntl
import os
import re
import secrets
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from aggregator.errors import StoreError, UsageError

Tell = Callable[[int, int], None]

MIB = 1024 * 1024
# Beyond the size of the database: what it may grow while it is copied.
SPARE = MIB
KEPT_BEFORE_MIGRATIONS = 3
_AUTOMATIC = re.compile(r"aggregator-\d{8}-\d{6}\.db")
_BEFORE_MIGRATION = re.compile(r"before-(?!restore-)\w+-\d{8}-\d{6}\.db")
_SCRATCH = re.compile(r"\.aggregator-[0-9a-f]{16}\.part")
SIDE_FILES = ("-wal", "-shm", "-journal")
# Every file of ours has these; a file without them is somebody else's.
_TABLES = {"alembic_version", "facts", "articles", "outbox"}
_MAGIC = b"SQLite format 3\x00"
_HINTS = {
    "full": "free some space, or name a folder on another disk",
    "locked": "another program holds the database; close it, or try again later",
    "unable to open": "does the folder exist, and may this user write in it?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A database file and what is in it. `schema` is "" when it has none; `works_with` as migrations declare it."""

    path: Path
    bytes: int
    schema: str
    works_with: str | None
    articles: int
    messages: int
    last_article_at: datetime | None


def database_file(url: str) -> Path:
    """Where the embedded database lies: behind links, as SQLite sees it, so that they stay and its side files are found."""
    return Path(os.path.realpath(sa.make_url(url).database or ""))


def untold(_done: int, _all: int) -> None:
    """For those who do not want to know how far a copy is."""


def make_private(database: Path) -> None:
    """The file, if it is not there: for this user alone, before SQLite makes it readable for all. Its log takes its rights over.

    A database that is there is not opened: to close such a handle would end the locks that SQLite holds in this process.
    """
    if database.parent.is_dir() and not database.exists():
        with explained(database), suppress(FileExistsError):
            handle = os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                give(handle, like=database.parent)
            finally:
                os.close(handle)


def give(made: Path | int, *, like: Path) -> None:
    """What root makes for a service with a user of its own is that user's, as `like` is. `made`: a name, or an open file."""
    owner, found = like.stat(), os.fstat(made) if isinstance(made, int) else made.lstat()
    if os.geteuid() == 0 and found.st_uid == 0 and owner.st_uid != 0:
        os.chown(made, owner.st_uid, owner.st_gid, follow_symlinks=isinstance(made, int))


def unused(folder: Path, prefix: str, now: datetime) -> Path:
    """`folder/prefix-YYYYMMDD-HHMMSS.db` (UTC); a later second when two are made within one."""
    while (path := folder / f"{prefix}-{now.astimezone(UTC):%Y%m%d-%H%M%S}.db").exists():
        now += timedelta(seconds=1)
    return path


def place(target: Path, database: Path, *, force: bool, now: datetime) -> Path:
    """Where a backup asked for at `target` goes: into a folder under a name of its own. Raises UsageError for what must not be replaced."""
    with explained(target):
        path = (unused(target, "aggregator", now) if target.is_dir() else target).absolute()
        _require_place(path, database, force=force)
    return path


def _require_place(path: Path, database: Path, *, force: bool) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise UsageError(f"{path}: the name is not valid UTF-8", hint="choose another name") from None
    if _touches(path, database):
        raise UsageError(f"{path} belongs to the database itself", hint="name another file")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UsageError(f"{path} is not a regular file", hint="name a new file, or a folder")
    if path.exists() and not force:
        raise UsageError(f"{path} is there already", hint="name another file, or a folder, or replace it with --force")


def _touches(path: Path, database: Path) -> bool:
    """Is it the database, or one of the files that SQLite keeps beside it? Links and other spellings count."""
    with suppress(OSError):
        if path.samefile(database):
            return True
    names = {f"{database.name}{suffix}" for suffix in ("", *SIDE_FILES)}
    return path.parent.resolve() == database.parent and path.name in names


def require_space(folder: Path, needed: int) -> None:
    """Raises StoreError when the disk of `folder` has less than that free."""
    with explained(folder):
        free = shutil.disk_usage(folder).free
    if free < needed:
        raise StoreError(
            f"{folder}: {free // MIB} MB are free, {needed // MIB + 1} MB are needed",
            hint="free some space, or name a folder on another disk",
        )


def write_copy(database: Path, target: Path, *, tell: Tell) -> Copy:
    """A copy of the database as it is at this moment, in place of whatever lies at `target`. Others may write meanwhile.

    It appears under its name only when it is complete, verified and on the disk. `tell` gets (bytes written, expected).
    """
    with explained(target), _scratch(target.parent, database) as scratch:
        _vacuum(database, scratch, tell)
        found = inspect(scratch)
        sync(scratch)
        scratch.replace(target)
        sync(target.parent)
    return replace(found, path=target)


@contextmanager
def _scratch(folder: Path, database: Path) -> Iterator[Path]:
    """An empty file for this user alone, in a folder of its own that is gone at the end. What killed backups left goes as well.

    The folder is locked, not the file: on a network disk a locked file cannot be written by SQLite.
    """
    _sweep(folder)
    private = folder / f".aggregator-{secrets.token_hex(8)}.part"
    private.mkdir(mode=0o700)
    handle = os.open(private, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        with suppress(OSError):  # a disk without such locks: what a kill leaves there stays
            fcntl.flock(handle, fcntl.LOCK_EX)
        _touch(private / "copy.db", like=database if folder.stat().st_uid == database.stat().st_uid else private)
        yield private / "copy.db"
    finally:
        shutil.rmtree(private, ignore_errors=True)
        os.close(handle)


def _touch(path: Path, *, like: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        give(handle, like=like)
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Away with the scratch folders of backups that were killed. Nobody locks them; an empty one may just be in the making."""
    for one in folder.iterdir():
        if not _SCRATCH.fullmatch(one.name):
            continue
        with suppress(OSError):
            handle = os.open(one, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(handle).st_uid == os.geteuid():
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if any(one.iterdir()):
                        shutil.rmtree(one)
            finally:
                os.close(handle)


def remove(path: Path) -> None:
    """Away with a database file and what SQLite keeps beside it."""
    for suffix in ("", *SIDE_FILES):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _vacuum(database: Path, scratch: Path, tell: Tell) -> None:
    """VACUUM INTO in a thread, so that this one can show how far it is and be interrupted."""
    with (
        closing(sqlite3.connect(os.fsencode(database), timeout=10, isolation_level=None, check_same_thread=False)) as source,
        ThreadPoolExecutor(1) as pool,
    ):
        expected = _pages(source)
        require_space(scratch.parent, expected + SPARE)
        work = pool.submit(source.execute, "VACUUM INTO ?", (str(scratch),))
        try:
            while wait([work], timeout=0.1).not_done:
                tell(min(scratch.stat().st_size, expected), expected)
        finally:
            # Again and again: an interrupt that comes before the statement has begun is lost.
            while not work.done():
                source.interrupt()
                wait([work], timeout=0.05)
        work.result()


def _pages(source: sqlite3.Connection) -> int:
    """The bytes in use."""
    count, free, size = (source.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size"))
    return int((count - free) * size)


def inspect(path: Path, *, thoroughly: bool = True, live: bool = False) -> Copy:
    """What is in a database file, read without trusting it or touching anything beside it. StoreError when it is not ours, or broken.

    `live`: with what lies in its log, which a killed service leaves.
    """
    with explained(path):
        size = _regular(path)
        how = "mode=ro" if live and path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None)) as copy:
            for pragma in ("trusted_schema = 0", "cell_size_check = 1", "query_only = 1"):
                copy.execute(f"PRAGMA {pragma}")
            _only_ours(path, copy)
            if thoroughly and (found := copy.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise _broken(path, str(found))
            last = copy.execute("SELECT max(first_seen_at) FROM articles").fetchone()[0]
            told = copy.execute("SELECT value FROM facts WHERE name = 'works_with'").fetchone()
            return Copy(
                path=path,
                bytes=size,
                schema=", ".join(str(row[0]) for row in copy.execute("SELECT version_num FROM alembic_version LIMIT 5")),
                works_with=str(told[0]) if told else None,
                articles=copy.execute("SELECT count(*) FROM articles").fetchone()[0],
                messages=copy.execute("SELECT count(*) FROM outbox").fetchone()[0],
                last_article_at=_moment(last),
            )


def _regular(path: Path) -> int:
    """The size of a file that can be a database. Looked at before SQLite opens it: a pipe would be waited for."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise StoreError(f"{path} is not a regular file", hint="name a backup that `aggregator backup` made")
        if os.read(handle, len(_MAGIC)) != _MAGIC:
            raise StoreError(f"{path} is no SQLite database", hint="name a backup that `aggregator backup` made")
        return found.st_size
    finally:
        os.close(handle)


def _only_ours(path: Path, copy: sqlite3.Connection) -> None:
    """Our schemas have no triggers and no views; in a file that has, they would run with our next write."""
    rows = copy.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    strange = [str(name) for kind, name, sql in rows if kind not in ("table", "index") or _virtual(name, sql)]
    if strange or not {name for kind, name, _ in rows if kind == "table"} >= _TABLES:
        detail = f"it holds {strange[0]}" if strange else "it lacks our tables"
        raise StoreError(f"{path} is not a database of aggregator: {detail}", hint="name a backup that `aggregator backup` made")


def _virtual(name: object, sql: object) -> bool:
    return str(sql).lstrip().upper().startswith("CREATE VIRTUAL") and name != "search_words"


def _moment(raw: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(raw)).replace(tzinfo=UTC) if raw else None
    except ValueError:
        return None


def _broken(path: Path, what: str) -> StoreError:
    return StoreError(f"{path} is broken: {what}", hint="take another backup")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """What the disk or SQLite refuse, as one line that names the file."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", hint="does it exist, and may this user read or write there?") from error
    except sqlite3.OperationalError as error:
        hint = next((hint for word, hint in _HINTS.items() if word in str(error)), "")
        raise StoreError(f"{path}: {error}", hint=hint) from error
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        raise _broken(path, str(error)) from error


def sync(path: Path) -> None:
    """On the disk now, so that power loss cannot take it back: a file's bytes, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def forget_old(made: Path, *, keep: int) -> tuple[Path, ...]:
    """Remove automatic backups beside the one just made, so that `keep` stay with it; files of other names stay. Gives what went."""
    return _forget(made, _AUTOMATIC, keep)


def before_migration(database: Path, folder: Path, *, target: str, now: datetime, tell: Tell) -> Path:
    """A backup of the schema of yesterday; the last few such files are kept."""
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        give(folder, like=database)
        path = unused(folder, f"before-{target}", now)
    kept = write_copy(database, path, tell=tell).path
    _forget(kept, _BEFORE_MIGRATION, KEPT_BEFORE_MIGRATIONS)
    return kept


def _forget(made: Path, pattern: re.Pattern[str], keep: int) -> tuple[Path, ...]:
    """The one just made stays whatever the others are called: a clock that was wrong once gave them names of the future."""
    with explained(made.parent):
        beside = [one for one in made.parent.iterdir() if pattern.fullmatch(one.name) and one.name != made.name]
        found = [one for one in beside if one.is_file() and not one.is_symlink()]
        gone = sorted(found, key=lambda one: one.name[-len("YYYYMMDD-HHMMSS.db") :], reverse=True)[keep - 1 :]
        for one in gone:
            one.unlink(missing_ok=True)
    return tuple(gone)
