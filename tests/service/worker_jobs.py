"""Jobs that misbehave, run by the real workers in test_workers.py. Found under their module name, as the real jobs are."""

import os
import signal
import time

_warm = False


def warm_up() -> None:
    global _warm  # noqa: PLW0603
    _warm = True


def echo(header: bytes, body: bytes) -> bytes:
    return header + body


def count(header: bytes, body: bytes) -> bytes:
    return f"{os.getpid()} {_warm} {len(body)}".encode()


def sleep(header: bytes, body: bytes) -> bytes:
    time.sleep(float(header))
    return b"awake"


def spin(header: bytes, body: bytes) -> bytes:
    # A signal handler of Python's never runs inside this: only killing helps.
    return str(sum(range(10**13))).encode()


def hoard(header: bytes, body: bytes) -> bytes:
    hoarded = [bytearray(64 << 20) for _ in range(10_000)]
    return str(len(hoarded)).encode()


def crash(header: bytes, body: bytes) -> bytes:
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


def fail(header: bytes, body: bytes) -> bytes:
    raise ValueError("bad \x1b[31m document")


def leave(header: bytes, body: bytes) -> bytes:
    os._exit(0)


def signals(header: bytes, body: bytes) -> bytes:
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    return b"still here"


def large(header: bytes, body: bytes) -> bytes:
    return b"x" * int(header)


def settle(header: bytes, body: bytes) -> bytes:
    """Uses so many seconds of CPU."""
    end = time.process_time() + float(header)
    while time.process_time() < end:
        pass
    return b"done"
