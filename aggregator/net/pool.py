"""Connections that stay open for the next request to the same server."""

import asyncio
from dataclasses import dataclass
from typing import Final

from aggregator.errors import FetchError
from aggregator.net.dial import Dialler, Origin
from aggregator.net.wire import Headers, Wire

# As many hosts as may be asked at once, twice: with fewer, each of ten feeds of a host dials anew (a seventh of a poll's CPU, more with TLS).
_KEPT_OPEN: Final = 100
# Long enough for the next page of one host after its gap, short enough that servers seldom close first.
_KEEP_ALIVE_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An exchange whose head has come. Read `wire.piece()`s or not, then hand it to `Pool.end`."""

    wire: Wire
    origin: Origin
    status: int
    headers: list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class _Kept:
    origin: Origin
    wire: Wire
    until: float


class Pool:
    """Asks origins through one dialler. How many may be in use at once is not its matter: turns are kept above."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        # Oldest first.
        self._kept: list[_Kept] = []

    async def begin(self, origin: Origin, target: bytes, headers: Headers) -> Begun:
        """Asks and gives what came first of the answer. Raises FetchError."""
        if self._dialler.relays(origin):
            target = f"{origin.scheme}://".encode() + _host(headers) + target
            headers = [*headers, *self._dialler.log_in]
        kept = self._take(origin)
        if kept is not None:
            try:
                return await _begin(kept, origin, target, headers)
            except FetchError:
                if not kept.stale:
                    raise
            # The server had closed it before it saw this request: asking again on a new one is no repetition.
        return await _begin(Wire(await self._dialler.open(origin)), origin, target, headers)

    def end(self, begun: Begun) -> None:
        """Keeps the connection when its answer is complete, else ends it."""
        if not begun.wire.settle():
            begun.wire.pipe.abort()
            return
        now = asyncio.get_running_loop().time()
        while self._kept and (len(self._kept) >= _KEPT_OPEN or self._kept[0].until <= now):
            self._kept.pop(0).wire.pipe.abort()
        self._kept.append(_Kept(begun.origin, begun.wire, now + _KEEP_ALIVE_S))

    def close(self) -> None:
        """Ends all kept connections."""
        kept, self._kept = self._kept, []
        for one in kept:
            one.wire.pipe.abort()

    def _take(self, origin: Origin) -> Wire | None:
        for place in range(len(self._kept) - 1, -1, -1):
            kept = self._kept[place]
            if kept.origin == origin:
                del self._kept[place]
                if kept.until > asyncio.get_running_loop().time() and kept.wire.pipe.quiet:
                    return kept.wire
                kept.wire.pipe.abort()
        return None


async def _begin(wire: Wire, origin: Origin, target: bytes, headers: Headers) -> Begun:
    try:
        status, answered = await wire.ask(b"GET", target, headers)
    except BaseException:
        wire.pipe.abort()
        raise
    return Begun(wire=wire, origin=origin, status=status, headers=answered)


def _host(headers: Headers) -> bytes:
    return next(value for name, value in headers if name == b"Host")
