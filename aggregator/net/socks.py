"""SOCKS5 (RFC 1928, 1929) over a connection to the proxy: names are sent as names, the proxy resolves them."""

from typing import Protocol

from aggregator.errors import FetchError
from aggregator.reasons import Reason

_VERSION = 5
_NO_AUTH, _USER_PASSWORD = 0, 2
_CONNECT, _NAME = 1, 3
_ADDRESS_BYTES = {1: 4, 4: 16}
_REPLIES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}


class Stream(Protocol):
    """The bytes to and from the proxy."""

    async def read(self, most: int) -> bytes: ...
    def write(self, data: bytes) -> None: ...


async def connect_through(stream: Stream, *, host: str, port: int, username: str = "", password: str = "") -> None:
    """Makes `stream` a connection to `host:port`. Raises FetchError CONNECT with the proxy's words."""
    method = _USER_PASSWORD if username else _NO_AUTH
    stream.write(bytes([_VERSION, 1, method]))
    if await _exactly(stream, 2) != bytes([_VERSION, method]):
        raise _refused("it does not speak SOCKS5 or refuses the log-in method")
    if username:
        stream.write(b"\x01" + _counted(username) + _counted(password))
        if (await _exactly(stream, 2))[1] != 0:
            raise _refused("wrong user name or password")
    stream.write(bytes([_VERSION, _CONNECT, 0, _NAME]) + _counted(host) + port.to_bytes(2, "big"))
    _, reply, _, kind = await _exactly(stream, 4)
    if reply != 0:
        raise _refused(_REPLIES.get(reply, f"reply {reply}"))
    length = _ADDRESS_BYTES[kind] if kind in _ADDRESS_BYTES else (await _exactly(stream, 1))[0]
    await _exactly(stream, length + 2)


def _counted(text: str) -> bytes:
    data = text.encode()[:255]
    return bytes([len(data)]) + data


async def _exactly(stream: Stream, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = await stream.read(count - len(data))
        if not piece:
            raise _refused("it closed the connection")
        data += piece
    return data


def _refused(why: str) -> FetchError:
    return FetchError(Reason.CONNECT, f"the SOCKS proxy refuses: {why}")
