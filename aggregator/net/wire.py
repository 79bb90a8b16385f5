"""One connection and the HTTP/1.1 spoken on it: sockets and TLS are asyncio's, the answer is read by h11, strictly and bounded."""

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final

import h11

from aggregator.errors import FetchError
from aggregator.reasons import Reason
from aggregator.text import printable

# A server that says nothing for so long will not say the rest either; the total deadline is the caller's.
_SILENCE_S: Final = 20.0
# Most bodies are one piece; of the tiniest chunks so many bytes take a tenth of a second, then others have their turn.
_PIECE: Final = 32 * 1024
# What arrives faster than it is read waits at the sender from here on.
_ENOUGH: Final = 4 * _PIECE
# Ninety long cookies and policies pass (seen), five million bytes of them do not.
_HEAD_CAP: Final = 100 * 1024
# 102, 103: a page sends one or two before its answer.
_INTERIM: Final = 100

Headers = Sequence[tuple[bytes, bytes]]


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
        """What has come, at most `most` bytes; b"" at the end. Raises OSError when it broke, FetchError TIMEOUT when nothing comes."""
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
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        patience = loop.call_later(_SILENCE_S, self._give_up, waiter)
        try:
            await waiter
        finally:
            patience.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _give_up(self, waiter: asyncio.Future[None]) -> None:
        if not waiter.done():
            waiter.set_exception(FetchError(Reason.TIMEOUT, f"nothing came for {_SILENCE_S:g} s"))


class Wire:
    """Exchanges on a pipe, one after the other: `ask`, then `piece` after `piece`, then `settle`. Errors are FetchErrors."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_CAP)
        self._heard = False

    @property
    def stale(self) -> bool:
        """It ended before it said anything: a kept connection that the server had closed."""
        return self.pipe.ended and not self._heard

    @property
    def more(self) -> bool:
        """Something came beyond the answer."""
        return bool(self._http.trailing_data[0]) or not self.pipe.quiet

    async def ask(self, method: bytes, target: bytes, headers: Headers) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Status and headers (names in lower case) of the answer. Raises FetchError PROTOCOL, CONNECT, TLS, TIMEOUT."""
        self._heard = False
        try:
            asked = self._http.send(h11.Request(method=method, target=target, headers=list(headers)))
            self.pipe.write((asked or b"") + (self._http.send(h11.EndOfMessage()) or b""))
            for _ in range(_INTERIM):
                event = await self._next()
                if isinstance(event, h11.Response):
                    return event.status_code, list(event.headers)
        except h11.ProtocolError as error:
            raise FetchError(Reason.PROTOCOL, words(error)) from error
        except OSError as error:
            raise network_error(error) from error
        raise FetchError(Reason.PROTOCOL, f"more than {_INTERIM} answers that are none")

    async def piece(self) -> bytes | None:
        """The next piece of the body as it was sent, without its framing; None at the end. Raises FetchError TRUNCATED, TIMEOUT."""
        try:
            event = await self._next()
            return bytes(event.data) if isinstance(event, h11.Data) else None
        except (h11.ProtocolError, OSError) as error:
            raise FetchError(Reason.TRUNCATED, f"the connection broke off inside the body: {words(error)}") from error

    def settle(self) -> bool:
        """After an answer: True when the next one can be asked for here. Takes what has come of a body that nobody wants."""
        http = self._http
        try:
            while http.their_state is h11.SEND_BODY and isinstance(http.next_event(), h11.Data | h11.EndOfMessage):
                pass
            http.start_next_cycle()
        except h11.ProtocolError:
            return False
        return not self.more

    async def _next(self) -> object:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            data = await self.pipe.read()
            if not data and not self._heard:
                raise FetchError(Reason.PROTOCOL, "it closed the connection without an answer")
            self._heard = True
            self._http.receive_data(data)


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
