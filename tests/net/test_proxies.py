"""Fetching through HTTP and SOCKS5 proxies on loopback: the proxy gets the host's name, and its refusals are told."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import trustme

from aggregator.errors import FetchError
from aggregator.limits import Limits
from aggregator.net.http import HttpDoor
from aggregator.net.proxies import parse_proxy
from aggregator.net.values import Request
from aggregator.reasons import Reason
from aggregator.settings import FetchSettings
from tests.newspaper import Newspaper

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


@asynccontextmanager
async def listening(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    tasks: set[asyncio.Task[None]] = set()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await handler(reader, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass  # the client gave up, or the test is over
        finally:
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


class Socks:
    """Speaks SOCKS5 and connects everything to one port."""

    def __init__(self, target: int, *, login: tuple[bytes, bytes] | None = None, reply: int = 0, version: int = 5) -> None:
        self.target, self.login, self.reply, self.version = target, login, reply, version
        self.asked: list[tuple[bytes, int]] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        wanted = 2 if self.login else 0
        writer.write(bytes([self.version, wanted if wanted in methods else 255]))
        if self.login:
            await reader.readexactly(1)
            given = tuple([await reader.readexactly((await reader.readexactly(1))[0]) for _ in range(2)])
            writer.write(bytes([1, 0 if given == self.login else 1]))
        *_, length = await reader.readexactly(5)
        self.asked.append((await reader.readexactly(length), int.from_bytes(await reader.readexactly(2), "big")))
        writer.write(bytes([5, self.reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        if not self.reply:
            await relay(reader, writer, self.target)


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    inner, outer = await asyncio.open_connection("127.0.0.1", port)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()

    try:
        await asyncio.gather(pump(reader, outer), pump(inner, writer))
    finally:
        outer.close()


def ask(url: str, proxy: str = "") -> Request:
    return Request(url=url, raw_cap=10_000, decoded_cap=10_000, deadline=timedelta(seconds=5), proxy=proxy)


@asynccontextmanager
async def door(proxy: str = "") -> AsyncIterator[HttpDoor]:
    """No network is allowed and no name pinned: what works, works through the proxy."""
    async with HttpDoor(FetchSettings(per_host_delay=timedelta(), proxy=proxy), Limits()) as opened:
        yield opened


@pytest.mark.parametrize("login", [None, (b"me", b"p@ss")])
async def test_socks_asks_for_the_name(newspaper: Newspaper, login):
    newspaper.outlet("herald.example").add_page("/x", b"through")
    socks = Socks(newspaper.port, login=login)
    async with listening(socks) as port:
        given = "me:p%40ss@" if login else ""
        async with door(f"socks5://{given}127.0.0.1:{port}") as opened:
            assert (await opened.get(ask("http://herald.example/x"))).body == b"through"
    assert socks.asked == [(b"herald.example", 80)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reply": 5}, "connection refused"),
        ({"reply": 77}, "reply 77"),
        ({"version": 4}, "does not speak SOCKS5"),
        ({"login": (b"me", b"secret")}, "log-in"),
    ],
)
async def test_what_socks_refuses_is_told(newspaper: Newspaper, changes, words):
    async with listening(Socks(newspaper.port, **changes)) as port, door(f"socks5://127.0.0.1:{port}") as opened:
        with pytest.raises(FetchError, match=words) as caught:
            await opened.get(ask("http://herald.example/x"))
    assert caught.value.reason is Reason.CONNECT


async def test_a_wrong_socks_password(newspaper: Newspaper):
    socks = Socks(newspaper.port, login=(b"me", b"secret"))
    async with listening(socks) as port, door(f"socks5://me:wrong@127.0.0.1:{port}") as opened:
        with pytest.raises(FetchError, match="wrong user name") as caught:
            await opened.get(ask("http://herald.example/x"))
    assert "wrong@" not in str(caught.value)


async def test_a_proxy_that_hangs_is_cut_by_the_deadline():
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent) as port:
        for scheme in ("socks5", "http"):
            async with door(f"{scheme}://127.0.0.1:{port}") as opened:
                with pytest.raises(FetchError) as caught:
                    await opened.get(replace(ask("http://herald.example/x"), deadline=timedelta(seconds=0.3)))
            assert caught.value.reason is Reason.TIMEOUT


async def test_an_http_proxy_gets_the_whole_address(newspaper: Newspaper):
    seen: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nthrough")
        await writer.drain()

    async with listening(proxy) as port, door() as opened:
        response = await opened.get(ask("http://herald.example/x", f"http://me:secret@127.0.0.1:{port}"))
    assert response.body == b"through"
    assert seen[0].startswith(b"GET http://herald.example/x HTTP/1.1\r\n")
    assert base64.b64encode(b"me:secret") in seen[0]


async def test_an_http_proxy_is_asked_for_a_tunnel_to_https():
    seen: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with listening(proxy) as port, door(f"http://127.0.0.1:{port}") as opened:
        with pytest.raises(FetchError, match="the proxy refuses: 403") as caught:
            await opened.get(ask("https://herald.example/x"))
    assert caught.value.reason is Reason.CONNECT
    assert seen[0].startswith(b"CONNECT herald.example:443 ")


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def serving(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def origin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.readuntil(b"\r\n\r\n"):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")


@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
async def test_tls_goes_through_every_kind_of_proxy_to_the_named_host(authority: trustme.CA, scheme: str):
    """The proxy makes the tunnel; the certificate is that of the host, checked by its name; the connection is kept."""
    asked: list[bytes] = []

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await relay(reader, writer, port)

    async with listening(origin, tls=serving(authority, "herald.example")) as port:
        handler = Socks(port) if scheme == "socks5" else tunnel
        own = serving(authority, "127.0.0.1") if scheme == "https" else None
        async with (
            listening(handler, tls=own) as proxy,
            HttpDoor(
                FetchSettings(per_host_delay=timedelta(), proxy=f"{scheme}://127.0.0.1:{proxy}"),
                Limits(),
                tls=trusting(authority),
            ) as door,
        ):
            for _ in range(2):
                assert (await door.get(ask("https://herald.example/x"))).body == b"secret"
            with pytest.raises(FetchError) as caught:
                await door.get(ask("https://other.example/x"))
            assert caught.value.reason is Reason.TLS
    if scheme == "socks5":
        assert handler.asked == [(b"herald.example", 443), (b"other.example", 443)]
    else:
        assert [line.split()[1] for line in asked] == [b"herald.example:443", b"other.example:443"]


async def test_a_proxy_that_speaks_before_encryption_is_refused(authority: trustme.CA):
    async def injecting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        await reader.read()

    async with listening(injecting) as port, door(f"http://127.0.0.1:{port}") as opened:
        with pytest.raises(FetchError) as caught:
            await opened.get(ask("https://herald.example/x"))
    assert caught.value.reason in (Reason.PROTOCOL, Reason.TLS)


async def test_a_proxy_password_goes_to_the_proxy_alone(newspaper: Newspaper):
    newspaper.outlet("herald.example").add_page("/x", b"direct")
    heads: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            heads.append(head)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nthrough")

    settings = newspaper.fetch_settings()
    async with listening(proxy) as port, HttpDoor(settings, Limits()) as opened:
        mine = f"http://me:secret@127.0.0.1:{port}"
        for path in ("/1", "/2"):
            assert (await opened.get(ask(f"http://herald.example{path}", mine))).body == b"through"
        assert (await opened.get(ask(f"http://herald.example:{newspaper.port}/x"))).body == b"direct"
    assert all(b"Proxy-Authorization: Basic bWU6c2VjcmV0" in head for head in heads)
    assert newspaper.hits()[0].header("proxy-authorization") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://proxy.example", ("http", "proxy.example", 80, "", "")),
        ("https://proxy.example:8443", ("https", "proxy.example", 8443, "", "")),
        ("socks5://u%3A:p%2F@[::1]:9", ("socks5", "::1", 9, "u:", "p/")),
        ("socks5h://proxy.example", ("socks5", "proxy.example", 1080, "", "")),
    ],
)
def test_addresses_of_proxies(text, expected):
    server = parse_proxy(text)
    assert (server.scheme, server.host, server.port, server.username, server.password) == expected
    assert not server.password or server.password not in repr(server)


@pytest.mark.parametrize("text", ["ftp://x", "proxy.example:80", "http://", "http://u:hidden@", "http://x:99999", "http://["])
def test_addresses_that_are_none(text):
    with pytest.raises(FetchError) as caught:
        parse_proxy(text)
    assert caught.value.reason is Reason.BAD_URL
    assert "hidden" not in str(caught.value)
