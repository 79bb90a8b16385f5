"""Connections: where a name becomes an address, the address is checked, and the checked address itself is dialled.

The check sits below redirects, pools and retries, so nothing goes around it. With a proxy the address policy is the proxy's.
"""

import asyncio
import ssl
from collections.abc import Iterable
from contextvars import ContextVar
from ipaddress import ip_address
from typing import Final

import certifi
import httpcore

from aggregator.errors import FetchError
from aggregator.net.addresses import Guard
from aggregator.net.proxies import ProxyServer, parse_proxy
from aggregator.net.resolve import Resolver
from aggregator.net.socks import connect_through
from aggregator.reasons import Reason

_ADDRESSES_TRIED: Final = 4
_KEPT_OPEN: Final = 20
# Long enough for the next page of one host after its gap, short enough that servers seldom close first.
_KEEP_ALIVE: Final = 10.0

# Was a new connection dialled for the exchange of this task? A kept one may have been closed by the server meanwhile.
dialled: ContextVar[bool] = ContextVar("dialled", default=True)


def default_tls() -> ssl.SSLContext:
    """The system's authorities and certifi's: some machines have only one of them. Building it costs 20 ms: share it."""
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    return context


def open_pool(proxy: str, resolver: Resolver, guard: Guard, tls: ssl.SSLContext, *, width: int) -> httpcore.AsyncConnectionPool:
    """Connections to everywhere ("" for `proxy`) or through one proxy; `width` may be in use at once, 20 more stay open idle."""
    backend: httpcore.AsyncNetworkBackend
    hop: httpcore.Proxy | None = None
    if not proxy:
        backend = Dialler(resolver, guard)
    else:
        backend = Dialler(resolver, None)
        server = parse_proxy(proxy)
        if server.scheme == "socks5":
            backend = SocksDialler(resolver, server)
        else:
            secure = tls if server.scheme == "https" else None
            login = (server.username, server.password) if server.username else None
            hop = httpcore.Proxy(url=f"{server.scheme}://{server.authority}", auth=login, ssl_context=secure)
    return httpcore.AsyncConnectionPool(
        ssl_context=tls,
        proxy=hop,
        network_backend=backend,
        max_connections=width + _KEPT_OPEN,
        max_keepalive_connections=_KEPT_OPEN,
        keepalive_expiry=_KEEP_ALIVE,
    )


class Dialler(httpcore.AsyncNetworkBackend):
    """Resolves, checks every address against the guard (None: not checked), dials the checked address itself."""

    def __init__(self, resolver: Resolver, guard: Guard | None) -> None:
        self._resolver = resolver
        self._guard = guard
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 # the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        dialled.set(True)
        addresses = (host,) if is_address(host) else await self._resolver.resolve(host, port)
        if not addresses:
            raise FetchError(Reason.DNS, f"{host}: no addresses")
        # One bad address among good ones is an attack or a split horizon; neither is to be dialled at random.
        guard = self._guard
        bad = next((address for address in addresses if guard is not None and not guard.allowed(address)), None)
        if bad is not None:
            raise FetchError(Reason.BLOCKED_ADDRESS, f"{host} is at {bad}")
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in addresses[:_ADDRESSES_TRIED]:
            try:
                return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        raise FetchError(Reason.BLOCKED_ADDRESS, f"a socket file: {path}")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SocksDialler(Dialler):
    """Dials the proxy and lets it dial the host."""

    def __init__(self, resolver: Resolver, server: ProxyServer) -> None:
        super().__init__(resolver, None)
        self._server = server

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        server = self._server
        stream = await super().connect_tcp(server.host, server.port, timeout, local_address, socket_options)
        try:
            await connect_through(stream, host=host, port=port, username=server.username, password=server.password)
        except BaseException:
            await stream.aclose()
            raise
        return stream


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
