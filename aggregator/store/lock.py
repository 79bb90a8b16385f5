"""One exclusive file lock per embedded database: two services on one file would send every mail twice."""

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from aggregator.errors import LockHeldError, StoreError


class Holder(msgspec.Struct, frozen=True):
    """Who holds the lock, as written into its file."""

    command: str
    pid: int
    since: datetime


class FileLock:
    """Held from `__enter__` to `__exit__`; the kernel frees it when the process dies, however it dies.

    Raises LockHeldError with the holder's command, pid and time; StoreError when the folder cannot be written.
    """

    def __init__(self, path: Path, *, command: str) -> None:
        self._path = path
        self._command = command
        self._file: int | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                f"{self._path.parent}: cannot be written ({error.strerror})",
                hint="give this user the right to write there, or set data_dir to another folder",
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(handle, 4096)
            os.close(handle)
            raise LockHeldError(_held(holder), hint="stop it first, or use the commands that only look") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, msgspec.json.encode(Holder(self._command, os.getpid(), datetime.now(UTC))), 0)
        self._file = handle
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _held(data: bytes) -> str:
    try:
        holder = msgspec.json.decode(data, type=Holder)
    except msgspec.DecodeError:
        return "the database is held by another process"
    return f"the database is held by `{holder.command}`, pid {holder.pid} since {holder.since:%Y-%m-%d %H:%M} UTC"
