"""HTTP/1.1 on a connection: one exchange after the other.

An answer whose head comes at once and is as plain as nearly all are (every line well formed, and its end known from the status or
from one Content-Length) is read here: a tenth of what h11 takes for it. Whatever else comes, odd or hostile, is read by h11,
strictly and bounded; a test holds the two to the same result.
"""

import re
from collections.abc import Sequence
from typing import Final

import h11

from aggregator.errors import FetchError
from aggregator.net.pipe import Pipe, network_error, words
from aggregator.reasons import Reason

# Ninety long cookies and policies pass (seen), five million bytes of them do not.
_HEAD_CAP: Final = 100 * 1024
# 102, 103: a page sends one or two before its answer.
_INTERIM: Final = 100
_TARGET: Final = re.compile(rb"[\x21-\x7e]+")
_NAME: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TEXT: Final = rb"[\t\x20-\x7e\x80-\xff]*+"
_PLAIN: Final = re.compile(rb"HTTP/1\.1 [2-5][0-9][0-9](?: " + _TEXT + rb")?(?:\r\n" + _NAME + rb":" + _TEXT + rb")*+")
_LENGTH: Final = re.compile(rb"[0-9]{1,15}")
_NO_BODY: Final = frozenset({204, 304})

Headers = Sequence[tuple[bytes, bytes]]


class Wire:
    """Exchanges on a pipe: `ask`, then `piece` after `piece`, then `settle`. Errors are FetchErrors."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self._heard = False
        self._answer: _Plain | _Strict | None = None

    @property
    def stale(self) -> bool:
        """It ended before it said anything: a kept connection that the server had closed."""
        return self.pipe.ended and not self._heard

    @property
    def more(self) -> bool:
        """Something came beyond the answer."""
        return (self._answer is not None and self._answer.surplus) or not self.pipe.quiet

    async def ask(self, method: bytes, target: bytes, headers: Headers) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Status and headers (names in lower case) of the answer. Raises FetchError PROTOCOL, CONNECT, TLS."""
        if not _TARGET.fullmatch(target):
            raise FetchError(Reason.BAD_URL, "a request cannot name it")
        self._heard, self._answer = False, None
        lines = [b"%b %b HTTP/1.1" % (method, target), *(b"%b: %b" % header for header in headers), b"", b""]
        self.pipe.write(b"\r\n".join(lines))
        try:
            data = await self.pipe.read()
            if not data:
                raise FetchError(Reason.PROTOCOL, "it closed the connection without an answer")
            self._heard = True
            plain = None if method == b"CONNECT" else _Plain.of(data, self.pipe)
            if plain is not None:
                self._answer = plain
                return plain.status, plain.headers
            self._answer = strict = _Strict(self.pipe, h11.Request(method=method, target=target, headers=list(headers)), data)
            return await strict.head()
        except h11.ProtocolError as error:
            raise FetchError(Reason.PROTOCOL, words(error)) from error
        except OSError as error:
            raise network_error(error) from error

    async def piece(self) -> bytes | None:
        """The next piece of the body as it was sent, without its framing; None at the end. Raises FetchError TRUNCATED."""
        assert self._answer is not None
        try:
            return await self._answer.piece()
        except (h11.ProtocolError, OSError) as error:
            raise FetchError(Reason.TRUNCATED, f"the connection broke off inside the body: {words(error)}") from error

    def settle(self) -> bool:
        """After an answer: True when the next one can be asked for here. Takes what has come of a body that nobody wants."""
        return self._answer is not None and self._answer.complete() and not self.more


class _Plain:
    """An answer without any oddity."""

    def __init__(
        self, pipe: Pipe, status: int, headers: list[tuple[bytes, bytes]], length: int, rest: bytes, *, keep: bool
    ) -> None:
        self.status = status
        self.headers = headers
        self._pipe = pipe
        self._left = length
        self._rest = rest
        self._keep = keep

    @classmethod
    def of(cls, data: bytes, pipe: Pipe) -> "_Plain | None":
        """None when `data` does not begin with a plain head and all of it."""
        end = data.find(b"\r\n\r\n")
        if end < 0 or not _PLAIN.fullmatch(data, 0, end):
            return None
        first, *lines = data[:end].split(b"\r\n")
        status, length, keep = int(first[9:12]), -1, True
        headers = []
        for line in lines:
            name, _, value = line.partition(b":")
            name, value = name.lower(), value.strip(b" \t")
            headers.append((name, value))
            if name == b"content-length":
                if length >= 0 or not _LENGTH.fullmatch(value):
                    return None
                length = int(value)
            elif name == b"transfer-encoding":
                return None
            elif name == b"connection":
                keep = keep and value.lower() == b"keep-alive"
        if status in _NO_BODY:
            length = 0
        return None if length < 0 else cls(pipe, status, headers, length, data[end + 4 :], keep=keep)

    @property
    def surplus(self) -> bool:
        return len(self._rest) > self._left

    async def piece(self) -> bytes | None:
        if not self._left:
            return None
        data, self._rest = self._rest or await self._pipe.read(), b""
        if not data:
            raise h11.RemoteProtocolError(f"{self._left} bytes are missing")
        if len(data) > self._left:
            self._rest = data[self._left :]
            data = data[: self._left]
        self._left -= len(data)
        return data

    def complete(self) -> bool:
        taken = min(self._left, len(self._rest))
        self._left, self._rest = self._left - taken, self._rest[taken:]
        return self._keep and not self._left


class _Strict:
    """Any other answer, in the hands of h11, which has to know what was asked. Raises h11.ProtocolError."""

    def __init__(self, pipe: Pipe, asked: h11.Request, data: bytes) -> None:
        self._pipe = pipe
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_CAP)
        self._http.send(asked)
        self._http.send(h11.EndOfMessage())
        self._http.receive_data(data)

    @property
    def surplus(self) -> bool:
        return bool(self._http.trailing_data[0])

    async def head(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        for _ in range(_INTERIM):
            event = await self._next()
            if isinstance(event, h11.Response):
                return event.status_code, list(event.headers)
        raise FetchError(Reason.PROTOCOL, f"more than {_INTERIM} answers that are none")

    async def piece(self) -> bytes | None:
        event = await self._next()
        return bytes(event.data) if isinstance(event, h11.Data) else None

    def complete(self) -> bool:
        http = self._http
        try:
            while http.their_state is h11.SEND_BODY and isinstance(http.next_event(), h11.Data | h11.EndOfMessage):
                pass
            http.start_next_cycle()
        except h11.ProtocolError:
            return False
        return True

    async def _next(self) -> object:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            self._http.receive_data(await self._pipe.read())
