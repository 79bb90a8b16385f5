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
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx

from aggregator.limits import Limits
from aggregator.net.http import HttpDoor
from aggregator.net.values import ACCEPT_FEED, Request
from aggregator.settings import FetchSettings

CAP = 10 << 20
AT_ONCE = 50
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
    """Answers /304 without and /200 with 25 kB in gzip, on all of 127.0.0.0/8; ends when the other side of the pipe is closed."""
    words = random.Random(4).choices([f"word{n}" for n in range(3000)], k=3400)
    body = gzip.compress(" ".join(words).encode()[:25_000])
    full = b"HTTP/1.1 200 OK\r\n" + HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    unchanged = b"HTTP/1.1 304 Not Modified\r\n" + HEAD + b"\r\n"

    class Answering(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport
            self.asked = b""

        def data_received(self, data: bytes) -> None:
            self.asked += data
            while b"\r\n\r\n" in self.asked:
                head, _, self.asked = self.asked.partition(b"\r\n\r\n")
                self.transport.write(unchanged if head.startswith(b"GET /304") else full)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Answering, "0.0.0.0", 0, backlog=2000)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(lambda: pipe.poll(None))
        server.close()

    asyncio.run(run())


def our_headers() -> dict[str, str]:
    return {"User-Agent": AGENT, "Accept": ACCEPT_FEED, "Accept-Encoding": "gzip, deflate", "If-None-Match": ETAG}


@asynccontextmanager
async def door() -> AsyncIterator[Get]:
    settings = FetchSettings(allow_networks=("127.0.0.0/8",), per_host_delay=timedelta(), concurrency=AT_ONCE)
    async with HttpDoor(settings, Limits()) as opened:

        async def get(url: str) -> int:
            request = Request(
                url=url, accept=ACCEPT_FEED, etag=ETAG, raw_cap=CAP, decoded_cap=CAP, deadline=timedelta(seconds=25)
            )
            return len((await opened.get(request)).body)

        yield get


@asynccontextmanager
async def bare_httpx() -> AsyncIterator[Get]:
    async with httpx.AsyncClient(timeout=20, trust_env=False, headers=our_headers()) as client:
        yield _through_httpx(client)


def _through_httpx(client: httpx.AsyncClient) -> Get:
    async def get(url: str) -> int:
        return len((await client.get(url)).content)

    return get


@asynccontextmanager
async def bare_aiohttp() -> AsyncIterator[Get]:
    import aiohttp

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(), headers=our_headers()
    ) as session:

        async def get(url: str) -> int:
            async with session.get(url) as response:
                return len(await response.read())

        yield get


@asynccontextmanager
async def httpx_over_aiohttp() -> AsyncIterator[Get]:
    from httpx_aiohttp import AiohttpTransport

    async with httpx.AsyncClient(transport=AiohttpTransport(), timeout=20, trust_env=False, headers=our_headers()) as client:
        yield _through_httpx(client)


@dataclass(frozen=True)
class Load:
    """`origins`: requests go round so many addresses; more of them than are kept open means a new connection each time."""

    name: str
    path: str
    origins: int


LOADS = (
    Load("304, kept connection", "/304", 20),
    Load("304, new connection", "/304", 100_000),
    Load("200 with 25 kB in gzip, kept", "/200", 20),
)
CLIENTS: dict[str, Callable[[], object]] = {
    "our door": door,
    "httpx": bare_httpx,
    "aiohttp": bare_aiohttp,
    "httpx over aiohttp": httpx_over_aiohttp,
}


def urls(load: Load, port: int, count: int, turn: int) -> list[str]:
    found = []
    for number in range(count):
        place = (turn * count + number) % load.origins
        found.append(f"http://127.{place >> 16 & 255}.{place >> 8 & 255}.{(place & 255) or 1}:{port}{load.path}?{number}")
    return found


async def measure(opening: Callable[[], object], load: Load, port: int, count: int, turn: int) -> float:
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
    parser.add_argument("--requests", type=int, default=1000)
    arguments = parser.parse_args()
    chosen = {n: c for n, c in CLIENTS.items() if "aiohttp" not in n or importlib.util.find_spec("httpx_aiohttp")}
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    port = ours.recv()
    taken: dict[tuple[str, str], list[float]] = {(n, load.name): [] for n in chosen for load in LOADS}
    for turn in range(arguments.rounds):
        for load in LOADS:
            for name, opening in chosen.items():
                taken[name, load.name].append(asyncio.run(measure(opening, load, port, arguments.requests, turn)))
    ours.send(None)
    server.join(5)
    for name in chosen:
        cells = []
        for load in LOADS:
            value, base = (statistics.median(taken[who, load.name]) for who in (name, "httpx"))
            cells.append(f"{value:.0f} ({value / base:.2f})")
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    sys.exit(main())
