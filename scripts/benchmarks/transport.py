"""CPU of one request through our HTTP door and through what it could stand on, in one run.

The server is a process of its own, so that only the client's CPU is counted. Rounds alternate between the clients; the table
holds medians in microseconds of CPU per request, and each as a multiple of the bare HTTP client (httpx) in the same column.
"""

import argparse
import asyncio
import gc
import gzip
import importlib.util
import multiprocessing
import multiprocessing.connection
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx

from aggregator.limits import Limits
from aggregator.net.http import HttpDoor
from aggregator.net.values import ACCEPT_FEED, Request
from aggregator.settings import FetchSettings

CAP = 10 << 20
AT_ONCE = 50
ORIGINS = 200
AGENT = "aggregator/1.0 (+https://example.org/bot)"
ETAG = '"33a64df551425fcc55e4d42a148795d9f25f89d4"'
# What stands on the answer of an ordinary outlet behind a cache.
HEAD = (
    b"Date: Mon, 02 Mar 2026 12:00:00 GMT\r\nServer: nginx\r\nContent-Type: application/rss+xml; charset=utf-8\r\n"
    b'ETag: "33a64df551425fcc55e4d42a148795d9f25f89d4"\r\nLast-Modified: Mon, 02 Mar 2026 11:52:31 GMT\r\n'
    b"Cache-Control: max-age=300\r\nVary: Accept-Encoding\r\nX-Cache: HIT\r\nAge: 12\r\n"
)

Get = Callable[[str], Awaitable[int]]


def serve(pipe: multiprocessing.connection.Connection) -> None:
    """Answers /304, /last (a 304 that closes) and /200 (25 kB in gzip) on some loopback addresses, until something comes through the pipe."""
    words = random.Random(4).choices([f"word{n}" for n in range(3000)], k=3400)
    body = gzip.compress(" ".join(words).encode()[:25_000])
    full = b"HTTP/1.1 200 OK\r\n" + HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    unchanged = b"HTTP/1.1 304 Not Modified\r\n" + HEAD + b"\r\n"
    last = b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n" + HEAD + b"\r\n"

    class Answering(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport
            self.asked = b""

        def data_received(self, data: bytes) -> None:
            self.asked += data
            while b"\r\n\r\n" in self.asked:
                head, _, self.asked = self.asked.partition(b"\r\n\r\n")
                if head.startswith(b"GET /last"):
                    self.transport.write(last)
                    self.transport.close()
                else:
                    self.transport.write(unchanged if head.startswith(b"GET /304") else full)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        first = await loop.create_server(Answering, origin(0), 0)
        port = first.sockets[0].getsockname()[1]
        servers = [first, *[await loop.create_server(Answering, origin(place), port) for place in range(1, ORIGINS)]]
        pipe.send(port)
        await asyncio.to_thread(lambda: pipe.poll(None))
        for server in servers:
            server.close()

    asyncio.run(run())


def origin(place: int) -> str:
    return f"127.0.0.{place + 1}"


def our_headers() -> dict[str, str]:
    return {"User-Agent": AGENT, "Accept": ACCEPT_FEED, "Accept-Encoding": "gzip, deflate", "If-None-Match": ETAG}


SETTINGS = FetchSettings(allow_networks=("127.0.0.0/8",), per_host_delay=timedelta(), concurrency=AT_ONCE)


class DoorOver(HttpDoor):
    """Our door on another transport: what stands on the connections stays the same."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        super().__init__(SETTINGS, Limits())
        self._other = transport

    def _transport(self, proxy: str) -> httpx.AsyncBaseTransport:  # noqa: ARG002
        return self._other

    async def aclose(self) -> None:
        await self._other.aclose()


@asynccontextmanager
async def through(door: HttpDoor) -> AsyncIterator[Get]:
    async with door:

        async def get(url: str) -> int:
            request = Request(
                url=url, accept=ACCEPT_FEED, etag=ETAG, raw_cap=CAP, decoded_cap=CAP, deadline=timedelta(seconds=25)
            )
            return len((await door.get(request)).body)

        yield get


@asynccontextmanager
async def bare_httpx(transport: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[Get]:
    async with httpx.AsyncClient(transport=transport, timeout=20, trust_env=False, headers=our_headers()) as client:

        async def get(url: str) -> int:
            return len((await client.get(url)).content)

        yield get


@dataclass(frozen=True)
class Load:
    """`origins`: requests go round so many addresses."""

    name: str
    path: str
    origins: int


LOADS = (
    Load("304, kept connection", "/304", 20),
    Load("304, new connection", "/last", ORIGINS),
    Load("200 with 25 kB in gzip, kept", "/200", 20),
)
CLIENTS: dict[str, Callable[[], AbstractAsyncContextManager[Get]]] = {
    "our door": lambda: through(HttpDoor(SETTINGS, Limits())),
    "our door over httpx's own transport": lambda: through(DoorOver(httpx.AsyncHTTPTransport())),
    "httpx": bare_httpx,
}
if importlib.util.find_spec("httpx_aiohttp"):
    from httpx_aiohttp import AiohttpTransport

    from scripts.benchmarks.over_aiohttp import Guarded, bare_aiohttp

    CLIENTS |= {
        "our door over guarded aiohttp": lambda: through(DoorOver(Guarded(SETTINGS.allow_networks))),
        "httpx over aiohttp": lambda: bare_httpx(AiohttpTransport()),
        "aiohttp": lambda: bare_aiohttp(our_headers()),
    }


def urls(load: Load, port: int, count: int, turn: int) -> list[str]:
    places = ((turn * count + number) % load.origins for number in range(count))
    return [f"http://{origin(place)}:{port}{load.path}?{number}" for number, place in enumerate(places)]


async def measure(opening: Callable[[], AbstractAsyncContextManager[Get]], load: Load, port: int, count: int, turn: int) -> float:
    """Microseconds of CPU per request: `count` of them, fifty at once, after a warm-up."""
    async with opening() as get:
        await asyncio.gather(*(get(url) for url in urls(load, port, 20, 0)))
        todo = iter(urls(load, port, count, turn))

        async def work() -> None:
            for url in todo:
                await get(url)

        gc.collect()
        started = time.process_time()
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return (time.process_time() - started) / count * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench transport", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1000, help="of each client under each load in each round")
    arguments = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    port = ours.recv()
    taken: dict[tuple[str, str], list[float]] = {(name, load.name): [] for name in CLIENTS for load in LOADS}
    for turn in range(1, arguments.rounds + 1):
        for load in LOADS:
            for name, opening in CLIENTS.items():
                taken[name, load.name].append(asyncio.run(measure(opening, load, port, arguments.requests, turn)))
    ours.send(None)
    server.join(5)
    show({key: statistics.median(values) for key, values in taken.items()})
    if not any("aiohttp" in name for name in CLIENTS):
        print("\naiohttp and httpx-aiohttp are not installed here: three rows are missing")


def show(medians: dict[tuple[str, str], float]) -> None:
    print("CPU per request in microseconds (as a multiple of httpx)\n")
    print(f"| client | {' | '.join(load.name for load in LOADS)} |\n|---|{'---|' * len(LOADS)}")
    for name in CLIENTS:
        cells = (
            f"{medians[name, load.name]:.0f} ({medians[name, load.name] / medians['httpx', load.name]:.2f})" for load in LOADS
        )
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
