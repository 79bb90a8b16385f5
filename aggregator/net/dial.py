"""Connections: where a name becomes an address, the address is checked, and the checked address itself is dialled.

The check sits below redirects, kept connections and retries, so nothing goes around it. With a proxy the address policy is the
proxy's.
"""

import asyncio
import base64
import ssl
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

import certifi

from aggregator.errors import FetchError
from aggregator.net.addresses import Guard
from aggregator.net.pipe import Pipe, network_error
from aggregator.net.proxies import ProxyServer
from aggregator.net.resolve import Resolver
from aggregator.net.socks import connect_through
from aggregator.net.wire import Wire
from aggregator.reasons import Reason

_ADDRESSES_TRIED: Final = 4
# Within the request's own deadline, so that one dead address of several leaves time for the next.
_CONNECT_S: Final = 8.0


def default_tls() -> ssl.SSLContext:
    """The system's authorities and certifi's: some machines have only one of them. Building it costs 20 ms: share it."""
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Whom a request is for; `host` without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Dialler:
    """Opens connections to origins, directly or through one proxy. Raises FetchError."""

    def __init__(self, resolver: Resolver, guard: Guard, tls: ssl.SSLContext, proxy: ProxyServer | None = None) -> None:
        self._resolver = resolver
        self._guard = guard if proxy is None else None
        self._tls = tls
        self._proxy = proxy

    def relays(self, origin: Origin) -> bool:
        """True when the proxy is asked for the page itself and not for a tunnel."""
        return self._proxy is not None and self._proxy.scheme != "socks5" and origin.scheme == "http"

    @property
    def log_in(self) -> list[tuple[bytes, bytes]]:
        """The header that an HTTP proxy wants with every request to it."""
        server = self._proxy
        if server is None or not server.username:
            return []
        secret = base64.b64encode(f"{server.username}:{server.password}".encode())
        return [(b"Proxy-Authorization", b"Basic " + secret)]

    async def open(self, origin: Origin) -> Pipe:
        """A connection on which `origin` (or the relaying proxy) can be asked."""
        server = self._proxy
        pipe = await self._dial(origin.host, origin.port) if server is None else await self._dial(server.host, server.port)
        try:
            if server is not None:
                await self._go_through(pipe, server, origin)
            if origin.scheme == "https":
                await self._encrypt(pipe, origin.host)
        except OSError as error:
            pipe.abort()
            raise network_error(error) from error
        except BaseException:
            pipe.abort()
            raise
        return pipe

    async def _dial(self, host: str, port: int) -> Pipe:
        addresses = (host,) if is_address(host) else await self._resolver.resolve(host, port)
        if not addresses:
            raise FetchError(Reason.DNS, f"{host}: no addresses")
        # One bad address among good ones is an attack or a split horizon; neither is to be dialled at random.
        guard = self._guard
        bad = next((address for address in addresses if guard is not None and not guard.allowed(address)), None)
        if bad is not None:
            raise FetchError(Reason.BLOCKED_ADDRESS, f"{host} is at {bad}")
        failure = OSError()
        for address in addresses[:_ADDRESSES_TRIED]:
            try:
                async with asyncio.timeout(_CONNECT_S):
                    return (await asyncio.get_running_loop().create_connection(Pipe, address, port))[1]
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise FetchError(Reason.TIMEOUT, f"no connection within {_CONNECT_S:g} s") from failure
        raise network_error(failure) from failure

    async def _encrypt(self, pipe: Pipe, name: str) -> None:
        try:
            async with asyncio.timeout(_CONNECT_S):
                await pipe.encrypt(self._tls, name)
        except TimeoutError as error:
            raise FetchError(Reason.TIMEOUT, f"no encrypted connection within {_CONNECT_S:g} s") from error

    async def _go_through(self, pipe: Pipe, server: ProxyServer, origin: Origin) -> None:
        if server.scheme == "socks5":
            await connect_through(pipe, host=origin.host, port=origin.port, username=server.username, password=server.password)
            return
        if server.scheme == "https":
            await self._encrypt(pipe, server.host)
        if origin.scheme == "https":
            authority = origin.authority.encode()
            wire = Wire(pipe)
            status, _ = await wire.ask(b"CONNECT", authority, [(b"Host", authority), *self.log_in])
            if not 200 <= status < 300:
                raise FetchError(Reason.CONNECT, f"the proxy refuses: {status}")
            if wire.more:
                raise FetchError(Reason.PROTOCOL, "the proxy spoke before encryption began")


@lru_cache(maxsize=5_000)
def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
