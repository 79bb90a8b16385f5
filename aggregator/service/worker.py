"""The child side of the worker pool: a nursery process that forks workers, and the loop a worker runs.

The nursery imports the parsing libraries once and stays single-threaded, so that forking is safe and a fresh worker costs
milliseconds instead of seconds. It never reaps a worker on its own: a process id stays valid until the pool asks for its end,
so no signal can hit a stranger. When the pool's process dies, however it dies, the nursery's socket closes and it takes
all workers with it; a worker whose own socket closes ends by itself.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

Job = Callable[[bytes, bytes], bytes]

REQUEST: Final = struct.Struct("!HIQ")  # lengths of name, header, body
ANSWER: Final = struct.Struct("!BQd")  # kind, length, CPU seconds of the worker's life so far
DONE: Final = 0
FAILED: Final = 1
NO_MEMORY: Final = 2
COMMAND: Final = struct.Struct("!ci")  # FORK with a socket attached, or END of a process id
RESULT: Final = struct.Struct("!id")  # the new process id and 0, or the wait status and the CPU seconds of the whole life
FORK: Final = b"F"
END: Final = b"E"
LENGTH: Final = struct.Struct("!I")
_CHUNK: Final = 1 << 20
_OPEN_FILES: Final = 64
# 117 real pages without a collection stay under 100 MB more; a hostile one is bounded by the memory limit.
_COLLECT_EVERY: Final = 20
_PR_SET_PDEATHSIG: Final = 1


def main() -> NoReturn:
    """The nursery: started by the pool with the control socket as descriptor 0, configured by one JSON line of known length."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    control = socket.socket(fileno=os.dup(0))
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    (length,) = LENGTH.unpack(_receive(control, LENGTH.size))
    setup = json.loads(_receive(control, length))
    sys.path[:] = setup["path"]
    try:
        jobs = {name: _load(name) for name in setup["jobs"]}
        for name in setup["warm"]:
            _load(name)()
    except Exception as error:  # noqa: BLE001 # whatever an import raises belongs to the pool
        _report(control, f"{type(error).__name__}: {error}")
        os._exit(1)
    # Forked workers share these objects' pages as long as the collector leaves them alone.
    gc.collect()
    gc.freeze()
    _report(control, "")
    _serve(control, jobs, memory=setup["memory"], cpu=setup["cpu"])


def _report(control: socket.socket, problem: str) -> None:
    words = problem.encode()[:4096]
    control.sendall(LENGTH.pack(len(words)) + words)


def _load(name: str) -> Callable[..., bytes]:
    module, _, function = name.partition(":")
    found: Callable[..., bytes] = getattr(importlib.import_module(module), function)
    return found


def _serve(control: socket.socket, jobs: dict[str, Job], *, memory: int, cpu: float) -> NoReturn:
    """Obeys the pool until it is gone, then leaves no child behind."""
    children: set[int] = set()
    try:
        while True:
            data, attached, _, _ = socket.recv_fds(control, COMMAND.size, 1)
            if not data:
                break
            data += _receive(control, COMMAND.size - len(data))
            command, process = COMMAND.unpack(data)
            if command == FORK:
                process = _fork(control, attached[0], jobs, memory=memory, cpu=cpu)
                os.close(attached[0])
                children.add(process)
                control.sendall(RESULT.pack(process, 0.0))
            else:
                children.discard(process)
                control.sendall(RESULT.pack(*_end(process)))
    except (OSError, EOFError):
        pass  # the pool is gone
    for process in children:
        _end(process)
    os._exit(0)


def _fork(control: socket.socket, descriptor: int, jobs: dict[str, Job], *, memory: int, cpu: float) -> int:
    process = os.fork()
    if process:
        return process
    try:
        control.close()
        _die_with_parent()
        work(socket.socket(fileno=descriptor), jobs, memory=memory, cpu=cpu)
    finally:
        os._exit(1)


def _die_with_parent() -> None:
    """A nursery that is killed cannot end its workers; a hanging one would burn a core to its CPU limit. Linux ends it for us."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end(process: int) -> tuple[int, float]:
    """SIGKILL; wait status and CPU seconds. A process that had ended before keeps its own status."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    try:
        _, status, usage = os.wait4(process, 0)
    except ChildProcessError:
        return 0, 0.0
    return status, usage.ru_utime + usage.ru_stime


def work(pool: socket.socket, jobs: dict[str, Job], *, memory: int, cpu: float) -> NoReturn:
    """A worker: one job after the other until the socket closes."""
    _bound(resource.RLIMIT_AS, memory)
    _bound(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _bound(resource.RLIMIT_CORE, 0)
    # Trees make much work for the cycle collector and few cycles: 8 % of the time of an extraction, measured.
    gc.disable()
    done = 0
    try:
        while True:
            names, headers, bodies = REQUEST.unpack(_receive(pool, REQUEST.size))
            name = _receive(pool, names).decode()
            header, body = bytes(_receive(pool, headers)), bytes(_receive(pool, bodies))
            _allow_cpu(cpu)
            kind, answer = _run(jobs[name], header, body)
            pool.sendall(ANSWER.pack(kind, len(answer), time.process_time()))
            pool.sendall(answer)
            if kind != DONE:
                break
            del header, body, answer
            done += 1
            if done % _COLLECT_EVERY == 0:
                gc.collect()
    except (OSError, EOFError):
        pass  # the pool is gone, or no longer wants the answer
    os._exit(0)


def _run(job: Job, header: bytes, body: bytes) -> tuple[int, bytes]:
    """A worker that failed is not trusted with another job: memory may be short, a library in an odd state."""
    try:
        return DONE, job(header, body)
    except MemoryError:
        return NO_MEMORY, b"out of memory"
    except Exception as error:  # noqa: BLE001 # a job's fault must not look like the pool's
        return FAILED, f"{type(error).__name__}: {error}".encode(errors="replace")[:1000]


def _allow_cpu(seconds: float) -> None:
    """CPU limits count the whole life of a process: each job gets its own share on top of what was used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _bound(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime + seconds) + 1)


def _bound(kind: int, value: int) -> None:
    """Lowers the soft limit; best effort, macOS refuses some."""
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (value, hard))


def _receive(source: socket.socket, length: int) -> bytearray:
    """Exactly `length` bytes. Raises EOFError when the other end closed."""
    data = bytearray(length)
    view = memoryview(data)
    while view:
        count = source.recv_into(view, min(len(view), _CHUNK))
        if not count:
            raise EOFError
        view = view[count:]
    return data


if __name__ == "__main__":
    main()
