"""Host names to addresses. Look-ups run on threads of their own: a hanging name server holds nobody else's."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterable
from typing import Protocol

from aggregator.errors import FetchError
from aggregator.reasons import Reason

# getaddrinfo cannot be cut; a look-up that its asker gave up goes on in its thread until the system's own time-out.
_THREADS = 32


class Resolver(Protocol):
    """Gives all addresses of a host, best first; raises FetchError DNS when there are none."""

    async def resolve(self, host: str, port: int) -> tuple[str, ...]: ...


class SystemResolver:
    """The machine's resolver, after `pins` (host, address) from `[fetch.resolve]`."""

    def __init__(self, pins: Iterable[tuple[str, str]] = ()) -> None:
        self._pins: dict[str, tuple[str, ...]] = {}
        for host, address in pins:
            key = host.lower().removesuffix(".")
            self._pins[key] = (*self._pins.get(key, ()), address)
        self._free = asyncio.Semaphore(_THREADS)

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        pinned = self._pins.get(host)
        if pinned:
            return pinned
        try:
            found = await self._look_up(host, port)
        except (OSError, UnicodeError) as error:
            raise FetchError(Reason.DNS, f"{host}: {error}") from error
        if not found:
            raise FetchError(Reason.DNS, f"{host}: no addresses")
        return found

    async def _look_up(self, host: str, port: int) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[str, ...]] = loop.create_future()
        await self._free.acquire()

        def settle(found: tuple[str, ...], error: Exception | None) -> None:
            self._free.release()
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(found)

        def work() -> None:
            found, error = _getaddrinfo(host, port)
            # The loop may be gone when the name server answers at last.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, found, error)

        threading.Thread(target=work, name=f"dns {host}", daemon=True).start()
        return await answer


def _getaddrinfo(host: str, port: int) -> tuple[tuple[str, ...], Exception | None]:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return (), error
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows)), None
