"""Connections of the door: when one is used again, when it is not, and that none is left behind."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from aggregator.errors import FetchError
from aggregator.limits import Limits
from aggregator.net import pool
from aggregator.net.http import HttpDoor
from aggregator.net.values import Request
from aggregator.reasons import Reason
from aggregator.settings import FetchSettings

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each request with what `answer(connection, request on it)` gives, and counts its connections."""

    def __init__(self, answer: Callable[[int, int], bytes] = lambda _connection, _request: OK) -> None:
        self._answer = answer
        self.connections = 0
        self.open = 0
        self.port = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        number, request = self.connections, 0
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                request += 1
                writer.write(self._answer(number, request))
        except (asyncio.IncompleteReadError, OSError):
            pass  # the door has closed it
        finally:
            self.open -= 1
            writer.close()

    @asynccontextmanager
    async def running(self, *, tls: ssl.SSLContext | None = None) -> AsyncIterator["Server"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        server.close()
        await asyncio.sleep(0.01)

    def request(self, host: str = "127.0.0.1", path: str = "/") -> Request:
        url = f"http://{host}:{self.port}{path}"
        return Request(url=url, raw_cap=100_000, decoded_cap=100_000, deadline=timedelta(seconds=5))


def opened() -> HttpDoor:
    names = tuple((f"host{number}.example", "127.0.0.1") for number in range(140))
    settings = FetchSettings(allow_networks=("127.0.0.0/8",), per_host_delay=timedelta(), resolve=names)
    return HttpDoor(settings, Limits())


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (OK, 1),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 1),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 1),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone", 1),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 400\r\n\r\nnone", 3),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnone", 1),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 3),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 3),
        (OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nslip!", 3),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\nok", 3),
    ],
    ids=[
        "plain",
        "chunked",
        "no body",
        "404 whole",
        "404 part",
        "403 whole",
        "close",
        "http/1.0",
        "more than asked",
        "too large",
    ],
)
async def test_a_connection_is_used_again_when_its_answer_is_complete(answer: bytes, connections: int) -> None:
    async with Server(lambda _connection, _request: answer).running() as server, opened() as door:
        for _ in range(3):
            try:
                assert (await door.get(server.request())).body in (b"ok", b"")
            except FetchError as error:
                assert error.status in (403, 404) or error.reason is Reason.TOO_LARGE
            await asyncio.sleep(0.01)
    assert server.connections == connections


async def test_an_answer_sent_before_it_was_asked_for_is_never_taken() -> None:
    """A server that pushes a second answer into an idle connection would choose what the next feed is told."""
    async with Server(lambda _connection, request: OK if request == 1 else b"").running() as server, opened() as door:
        assert (await door.get(server.request())).body == b"ok"
        transport = next(iter(door._transports.values()))
        transport._pool._kept[0].wire.pipe.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nslip!")
        assert (await door.get(server.request())).body == b"ok"
    assert server.connections == 2


async def test_no_more_than_a_hundred_stay_open_and_all_are_closed_at_the_end() -> None:
    async with Server().running() as server:
        async with opened() as door:
            for number in range(1, 140):
                await door.get(server.request(f"host{number}.example"))
            await asyncio.sleep(0.05)
            assert server.open == 100
            await door.get(server.request("host139.example"))
            assert server.connections == 139
        await asyncio.sleep(0.05)
        assert server.open == 0


async def test_old_connections_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_KEEP_ALIVE_S", 0.05)
    async with Server().running() as server, opened() as door:
        await door.get(server.request())
        await asyncio.sleep(0.1)
        await door.get(server.request())
        await asyncio.sleep(0.1)
        await door.get(server.request("host2.example"))
        await asyncio.sleep(0.01)
        assert (server.connections, server.open) == (3, 1)


async def test_a_kept_connection_that_dies_in_the_middle_of_an_answer_is_not_asked_twice() -> None:
    def answer(connection: int, request: int) -> bytes:
        return OK if request == 1 else b"HTTP/1.1 2"

    async with Server(answer).running() as server, opened() as door:
        await door.get(server.request())
        with pytest.raises(FetchError) as caught:
            await door.get(Request(url=server.request().url, raw_cap=9, decoded_cap=9, deadline=timedelta(seconds=0.3)))
        assert caught.value.reason is Reason.TIMEOUT
        assert server.connections == 1
        assert (await door.get(server.request())).body == b"ok"
        assert server.connections == 2
