"""The bytes of one connection, in the clear or encrypted."""

import asyncio
import ssl
from typing import Final

from aggregator.errors import FetchError
from aggregator.reasons import Reason
from aggregator.text import printable

# Most bodies are one piece; of the tiniest chunks so many bytes take a tenth of a second, then others have their turn.
_PIECE: Final = 32 * 1024
# What arrives faster than it is read waits at the sender from here on.
_ENOUGH: Final = 4 * _PIECE


class Pipe(asyncio.Protocol):
    """The bytes of one connection, read when they are wanted."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._arrived = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._held_back = False
        self._left_over = False
        self._error: Exception | None = None
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        if len(self._arrived) > _ENOUGH and not self._held_back:
            self.transport.pause_reading()
            self._held_back = True
        self._wake()

    def eof_received(self) -> None:
        self.ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self._error = exc
        self._wake()

    @property
    def transport(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    @property
    def quiet(self) -> bool:
        """Open, and nothing came that was not read."""
        return not self.ended and not self._arrived

    def write(self, data: bytes) -> None:
        """Hands bytes on; a failure shows at the next `read`."""
        self.transport.write(data)

    async def read(self, most: int = _PIECE) -> bytes:
        """What has come, at most `most` bytes; b"" at the end. How long to wait is the caller's matter. Raises OSError when it broke."""
        if self._left_over:
            await asyncio.sleep(0)
        elif not self._arrived and not self.ended:
            await self._wait()
        if not self._arrived:
            if self._error is not None:
                raise self._error
            return b""
        piece = bytes(self._arrived[:most])
        del self._arrived[:most]
        self._left_over = bool(self._arrived)
        if self._held_back and not self._arrived:
            self._held_back = False
            self.transport.resume_reading()
        return piece

    async def encrypt(self, tls: ssl.SSLContext, name: str) -> None:
        """TLS from here on, with a server that proves to be `name`. Raises OSError (ssl.SSLError among them), FetchError PROTOCOL."""
        if not self.quiet:
            raise FetchError(Reason.PROTOCOL, "it spoke before encryption began")
        try:
            self._transport = await asyncio.get_running_loop().start_tls(self.transport, self, tls, server_hostname=name)
        except TypeError as error:
            # asyncio of Python 3.11 stumbles over a handshake that fails inside another encryption, and loses its reason.
            raise FetchError(Reason.TLS, f"no encryption with {name} through the proxy") from error
        if self._transport is None:
            raise FetchError(Reason.CONNECT, "it closed the connection")

    def abort(self) -> None:
        """Ends it at once; saying goodbye would wait for a server that may not listen."""
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self) -> None:
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        try:
            await waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def network_error(error: OSError) -> FetchError:
    """What a broken connection means."""
    return FetchError(Reason.TLS if _caused_by_tls(error) else Reason.CONNECT, words(error))


def words(error: Exception) -> str:
    return printable(str(error))[:300] or type(error).__name__


def _caused_by_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
