"""What `scripts/bench transport` compares with when aiohttp and httpx-aiohttp are installed; the program does not use them."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import httpx
import yarl

from aggregator.net.addresses import Guard


@asynccontextmanager
async def bare_aiohttp(headers: dict[str, str]) -> AsyncIterator[Callable[[str], Awaitable[int]]]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers=headers) as session:

        async def get(url: str) -> int:
            async with session.get(url) as response:
                return len(await response.read())

        yield get


class Guarded(httpx.AsyncBaseTransport):
    """The door's rules over aiohttp: addresses checked as their socket is made, no cookies, bodies as they were sent.

    What it cannot keep: header bytes beyond ASCII leave as UTF-8, so that such validators never match again.
    """

    def __init__(self, allowed: tuple[str, ...]) -> None:
        guard = Guard(allowed)

        def checked(found: tuple[int, int, int, str, tuple[str, int]]) -> socket.socket:
            family, kind, protocol, _, address = found
            if not guard.allowed(address[0]):
                raise OSError(f"refused: {address[0]}")
            return socket.socket(family, kind, protocol)

        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, socket_factory=checked, keepalive_timeout=10),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_field_size=100 * 1024,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            timeout=aiohttp.ClientTimeout(connect=8, sock_read=20),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        target = yarl.URL(f"{url.scheme}://{url.netloc.decode()}{request.extensions['target'].decode()}", encoded=True)
        headers = [(name.decode(), value.decode("latin-1")) for name, value in request.headers.raw]
        response = await self._session.get(target, headers=headers, allow_redirects=False)
        return httpx.Response(response.status, headers=list(response.raw_headers), stream=_Body(response))

    async def aclose(self) -> None:
        await self._session.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.content.iter_any():
            yield chunk

    async def aclose(self) -> None:
        self._response.release()
