"""Names: pinned ones first, real ones on threads that hold nobody up."""

import asyncio
import socket
import threading
import time

import pytest

from aggregator.errors import FetchError
from aggregator.net.resolve import SystemResolver
from aggregator.reasons import Reason


async def test_pinned_names_are_never_looked_up():
    resolver = SystemResolver((("A.Example.", "192.0.2.1"), ("a.example", "2001:db8::1"), ("b.example", "192.0.2.2")))
    assert await resolver.resolve("a.example", 80) == ("192.0.2.1", "2001:db8::1")
    assert await resolver.resolve("b.example", 80) == ("192.0.2.2",)


async def test_the_machines_own_names_are_found():
    assert set(await SystemResolver().resolve("localhost", 80)) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("host", ["no-such-name.invalid", "x" * 64 + ".invalid", "..", "a" * 300])
async def test_names_that_do_not_exist(host):
    with pytest.raises(FetchError) as caught:
        await SystemResolver().resolve(host, 80)
    assert caught.value.reason is Reason.DNS


async def test_a_hanging_look_up_holds_nobody_else(monkeypatch):
    """The system's resolver is replaced by one that hangs for one name: there is no other way to make it."""
    release = threading.Event()
    real = socket.getaddrinfo

    def hanging(host, *rest, **more):
        if host == "hang.example":
            release.wait(5)
            raise OSError("timed out")
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    resolver = SystemResolver()
    waiting = [asyncio.create_task(resolver.resolve("hang.example", 80)) for _ in range(10)]
    await asyncio.sleep(0.05)
    started = time.monotonic()
    assert await resolver.resolve("localhost", 80)
    assert time.monotonic() - started < 1
    waiting[0].cancel()
    release.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert all(isinstance(result, FetchError) for result in results[1:])
