"""One exclusive file lock per embedded database: two services on one file would send every mail twice."""

import fcntl
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from aggregator.errors import LockHeldError, StoreError
from aggregator.store.backup import give


class Holder(msgspec.Struct, frozen=True):
    """Who holds the lock, as written into its file."""

    command: str
    pid: int
    since: datetime


class FileLock:
    """Held from `__enter__` to `__exit__`; the kernel frees it when the process dies, however it dies.

    `left_by` is then the holder before this one, when it ended without `__exit__` (killed, power loss). Raises LockHeldError with the holder's command, pid and time; StoreError when the folder cannot be written.
    """

    def __init__(self, path: Path, *, command: str) -> None:
        self._path = path
        self._command = command
        self._file: int | None = None
        self.left_by: Holder | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            give(handle, like=self._path.parent)
        except OSError as error:
            raise StoreError(
                f"{self._path.parent}: cannot be written ({error.strerror})",
                hint="give this user the right to write there, or set data_dir to another folder",
            ) from error
        try:
            _take(handle)
        except OSError as error:
            holder = _read(handle)
            os.close(handle)
            raise LockHeldError(_held(holder), hint="stop it first, or use the commands that only look") from error
        self.left_by = _read(handle)
        try:
            os.ftruncate(handle, 0)
            os.pwrite(handle, msgspec.json.encode(Holder(self._command, os.getpid(), datetime.now(UTC))), 0)
        except OSError as error:
            os.close(handle)
            raise StoreError(f"{self._path}: cannot be written ({error.strerror})", hint="is there room on its disk?") from error
        self._file = handle
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None


def _take(handle: int) -> None:
    """Tries for a moment: a command that looks who holds the lock has it for some microseconds itself."""
    for left in range(4, -1, -1):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if not left:
                raise
            time.sleep(0.05)
        else:
            return


def holder_of(path: Path) -> Holder | None:
    """Who holds the lock now; None when nobody does, or the file cannot be read."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _read(handle) or Holder("another command", 0, datetime.now(UTC))
    finally:
        os.close(handle)
    return None


def _read(handle: int) -> Holder | None:
    try:
        return msgspec.json.decode(os.pread(handle, 4096, 0), type=Holder)
    except msgspec.DecodeError:
        return None


def _held(holder: Holder | None) -> str:
    if holder is None:
        return "the database is held by another process"
    return f"the database is held by `{holder.command}`, pid {holder.pid} since {holder.since:%Y-%m-%d %H:%M} UTC"
