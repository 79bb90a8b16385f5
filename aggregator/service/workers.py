"""Parsing in processes that can be killed: a page that hangs a C library costs one worker, not the service.

Threads cannot be stopped and signals do not interrupt C code; only SIGKILL of a process does (measured on pages with 60,000
attributes on one tag). Jobs and answers are bytes over a socket, never pickles.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from aggregator.errors import Blame, WorkerError
from aggregator.limits import MIB, Limits
from aggregator.reasons import Reason
from aggregator.service import worker as child
from aggregator.text import printable

PARSE_JOB: Final = "aggregator.feeds.job:parse_job"
EXTRACT_JOB: Final = "aggregator.articles.job:extract_job"
CLUE_JOB: Final = "aggregator.feeds.cluejob:clue_job"
_JOBS: Final = (PARSE_JOB, EXTRACT_JOB, CLUE_JOB)
_WARM_UP: Final = ("aggregator.articles.job:warm_up",)
# Importing and warming the libraries takes 1 to 3 s; a machine under load gets twenty times that.
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0
# An answer is a parsed document within its own caps; more is a fault of the job.
_LARGEST_ANSWER: Final = 64 * MIB
# A page that hangs keeps its worker busy. One that computed for less than this share of the time it was given waited for somebody
# else: the machine was asleep or far overloaded, and the bytes may be innocent. An ordinary page needs .003 of the time.
_BUSY: Final = 0.25
_BROKEN: Final = (OSError, EOFError, asyncio.IncompleteReadError)

T = TypeVar("T")


class WorkerPool:
    """`count` workers, forked when they are needed. Started and closed once, or used as `async with`.

    `jobs`: the only functions that workers will run, as "module:function"; `warm_up`: called once before the first fork.
    """

    def __init__(self, count: int, limits: Limits, *, jobs: tuple[str, ...] = _JOBS, warm_up: tuple[str, ...] = _WARM_UP) -> None:
        self._limits = limits
        self._jobs = jobs
        self._warm_up = warm_up
        self._free = asyncio.Semaphore(count)
        self._idle: list[_Worker] = []
        self._nursery: _Nursery | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def start(self) -> None:
        """Starts the nursery and waits until its libraries are loaded. Raises WorkerError INTERNAL when they cannot be."""
        await self._living_nursery()

    async def run(self, job: str, header: bytes, body: bytes, *, wall: timedelta) -> bytes:
        """What `job` makes of (header, body), within `wall` from the moment a worker takes it.

        Raises WorkerError: WORKER_TIMEOUT (wall or CPU limit), WORKER_KILLED (memory limit, crash, exception), INTERRUPTED
        (the pool was closed meanwhile), INTERNAL. Its `blame` says whether the bytes are to be tried again.
        """
        if job not in self._jobs:
            raise WorkerError(Reason.INTERNAL, f"{job} is no job of this pool")
        async with self._free:
            worker = self._idle.pop() if self._idle else await self._new_worker()
            try:
                async with asyncio.timeout(wall.total_seconds()):
                    answer = await worker.run(job, header, body)
            except TimeoutError as error:
                end = await self._retire(worker)
                busy = end is not None and end.cpu - worker.cpu >= _BUSY * wall.total_seconds()
                blame = Blame.BYTES if busy else Blame.OPEN
                raise WorkerError(Reason.WORKER_TIMEOUT, f"stopped after {wall.total_seconds():g} s", blame=blame) from error
            except _BROKEN as error:
                end = await self._retire(worker)
                if self._closed:
                    raise WorkerError(Reason.INTERRUPTED, "the workers were stopped") from error
                raise _obituary(end) from error
            except BaseException:
                await self._retire(worker)
                raise
            if self._closed or worker.jobs >= self._limits.worker_jobs:
                await self._retire(worker)
            else:
                self._idle.append(worker)
            return answer

    async def close(self) -> None:
        """Ends all workers, busy ones too, and the nursery."""
        self._closed = True
        for worker in self._idle:
            worker.close()
        self._idle.clear()
        if self._nursery is not None:
            nursery, self._nursery = self._nursery, None
            await nursery.close()

    async def _new_worker(self) -> "_Worker":
        """Forks one; a nursery that died is replaced once."""
        for last in (False, True):
            nursery = await self._living_nursery()
            try:
                return await self._fork(nursery)
            except _BROKEN as error:
                await nursery.close()
                if last:
                    raise WorkerError(Reason.INTERNAL, "the workers cannot be started") from error
        raise AssertionError

    async def _fork(self, nursery: "_Nursery") -> "_Worker":
        """A worker whose asker was cancelled meanwhile is kept for the next."""
        task = asyncio.ensure_future(nursery.fork())
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            if task.exception() is None:
                self._idle.append(task.result())
            raise

    async def _living_nursery(self) -> "_Nursery":
        async with self._starting:
            if self._closed:
                raise WorkerError(Reason.INTERRUPTED, "the workers were stopped")
            if self._nursery is None or not self._nursery.alive:
                for worker in self._idle:
                    worker.close()
                self._idle.clear()
                if self._nursery is not None:
                    await self._nursery.close()
                self._nursery = await _Nursery.start(self._limits, self._jobs, self._warm_up)
            return self._nursery

    async def _retire(self, worker: "_Worker") -> "_End | None":
        """Ends a worker for good; None when nobody can know how it ended, as its nursery is gone too."""
        worker.close()
        try:
            return await _finish(worker.nursery.end(worker.process))
        except _BROKEN:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """How a worker ended: its wait status, and the CPU seconds of its whole life."""

    status: int
    cpu: float


class _Nursery:
    """The parent's end of the process that forks workers."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._turn = asyncio.Lock()
        self.alive = True

    @classmethod
    async def start(cls, limits: Limits, jobs: tuple[str, ...], warm_up: tuple[str, ...]) -> "_Nursery":
        path = _import_path()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            process = subprocess.Popen(  # noqa: ASYNC220, S603 # returns within a millisecond; fixed arguments
                [sys.executable, "-P", "-m", child.__name__],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            )
        nursery = cls(process, ours)
        setup = {
            "path": path,
            "jobs": jobs,
            "warm": warm_up,
            "memory": limits.worker_memory,
            "cpu": limits.worker_cpu.total_seconds(),
        }
        try:
            await nursery._set_up(json.dumps(setup).encode())
        except BaseException:
            await nursery.close()
            raise
        return nursery

    async def _set_up(self, setup: bytes) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_START_SECONDS):
                await loop.sock_sendall(self._control, child.LENGTH.pack(len(setup)) + setup)
                (length,) = child.LENGTH.unpack(await self._receive(child.LENGTH.size))
                problem = (await self._receive(length)).decode(errors="replace")
        except TimeoutError as error:
            raise WorkerError(Reason.INTERNAL, f"the workers were not ready after {_START_SECONDS:g} s") from error
        except _BROKEN as error:
            raise WorkerError(Reason.INTERNAL, "the workers ended while they were starting") from error
        if problem:
            raise WorkerError(Reason.INTERNAL, f"the workers cannot be started: {printable(problem)}")

    async def fork(self) -> "_Worker":
        """A new worker. Must run to its end: half a command would mix up all later ones."""
        ours, theirs = socket.socketpair()
        with theirs:
            process, _ = await self._command(child.FORK, 0, theirs)
        ours.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=ours)
        return _Worker(nursery=self, process=process, reader=reader, writer=writer)

    async def end(self, process: int) -> _End:
        """Kills a worker that still lives."""
        status, cpu = await self._command(child.END, process, None)
        return _End(status=status, cpu=cpu)

    async def _command(self, command: bytes, process: int, attached: socket.socket | None) -> tuple[int, float]:
        async with self._turn:
            try:
                # Nine bytes always fit: there is never more than one command under way.
                data = child.COMMAND.pack(command, process)
                socket.send_fds(self._control, [data], [attached.fileno()] if attached else [])
                number, cpu = child.RESULT.unpack(await self._receive(child.RESULT.size))
                return int(number), float(cpu)
            except _BROKEN:
                self.alive = False
                raise

    async def _receive(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            piece = await asyncio.get_running_loop().sock_recv(self._control, length - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    async def close(self) -> None:
        """The nursery kills its workers when its socket closes."""
        self.alive = False
        # Wakes a command that is waiting for its result; closing alone would leave it waiting.
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        async with self._turn:
            self._control.close()
        try:
            await asyncio.to_thread(self._process.wait, _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)


@dataclass(slots=True, kw_only=True, eq=False)
class _Worker:
    """The parent's end of one worker. `cpu`: seconds it had used when it gave its last answer."""

    nursery: _Nursery
    process: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    jobs: int = 0
    cpu: float = 0.0

    async def run(self, job: str, header: bytes, body: bytes) -> bytes:
        self.jobs += 1
        name = job.encode()
        self.writer.write(child.REQUEST.pack(len(name), len(header), len(body)) + name + header)
        self.writer.write(body)
        await self.writer.drain()
        kind, length, self.cpu = child.ANSWER.unpack(await self.reader.readexactly(child.ANSWER.size))
        if length > _LARGEST_ANSWER:
            raise WorkerError(Reason.WORKER_KILLED, f"an answer of {length} bytes")
        answer = await self.reader.readexactly(length)
        if kind != child.DONE:
            raise WorkerError(Reason.WORKER_KILLED, printable(answer.decode(errors="replace")), blame=self._blame(kind))
        return answer

    def _blame(self, kind: int) -> Blame:
        """Memory that ran out in a worker's first job was used by that job; later, what earlier ones left counts too.

        An exception took no limit and no time: such bytes may be read as soon as the fault is mended.
        """
        if kind == child.NO_MEMORY:
            return Blame.BYTES if self.jobs == 1 else Blame.OPEN
        return Blame.NONE

    def close(self) -> None:
        self.writer.transport.abort()


def _import_path() -> list[str]:
    """Exactly where this process imports from; `-m` without `-P` would look into the current folder first."""
    return [str(Path(entry).absolute()) for entry in sys.path]


async def _finish(work: Awaitable[T]) -> T:
    """Runs to the end even when the caller is cancelled; the caller is told afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _obituary(end: _End | None) -> WorkerError:
    """Why a worker died that nobody here killed."""
    if end is None:
        return WorkerError(Reason.WORKER_KILLED, "ended with all other workers")
    if not os.WIFSIGNALED(end.status):
        return WorkerError(Reason.WORKER_KILLED, "ended without an answer", blame=Blame.OPEN)
    number = os.WTERMSIG(end.status)
    if number == signal.SIGXCPU:
        return WorkerError(Reason.WORKER_TIMEOUT, "used up its CPU time", blame=Blame.BYTES)
    return WorkerError(Reason.WORKER_KILLED, f"ended by {signal.Signals(number).name}", blame=Blame.OPEN)
