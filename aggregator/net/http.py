"""The only HTTP client of the program, and the only file that knows the HTTP library.

Everything outside is reached through `HttpDoor.get`: the resolved address is checked where it is dialled, on every hop, so no
redirect, rebinding name or odd spelling of an address goes around the check. With a proxy the address policy is the proxy's.
Of httpx only sending is used: redirects, cookies, encodings and header defaults are decided here.
"""

import asyncio
import contextlib
import hashlib
import ssl
import time
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Final, Self

import httpcore
import httpx

from aggregator.clock import Clock, SystemClock
from aggregator.errors import FetchError
from aggregator.limits import Limits
from aggregator.net.addresses import Guard
from aggregator.net.decode import BodyDecoder
from aggregator.net.dial import default_tls, dialled, open_pool
from aggregator.net.headers import parse_retry_after, sendable
from aggregator.net.manners import Manners
from aggregator.net.resolve import Resolver, SystemResolver
from aggregator.net.target import Target, follow, parse_target
from aggregator.net.values import Hop, Request, Response
from aggregator.reasons import Reason
from aggregator.settings import FetchSettings
from aggregator.text import printable

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BODY: Final = frozenset({200, 203})
_NO_BODY: Final = frozenset({204, 205})
_NAMED: Final[Mapping[int, Reason]] = {
    401: Reason.HTTP_401,
    403: Reason.HTTP_403,
    404: Reason.HTTP_404,
    410: Reason.HTTP_410,
    429: Reason.HTTP_429,
}
# Within the request's own deadline, so that one dead address of several leaves time for the next.
_PHASES: Final = httpx.Timeout(connect=8.0, read=20.0, write=10.0, pool=None)
_TIMEOUTS: Final = (TimeoutError, httpx.TimeoutException)
_BROKEN: Final = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
_BROKEN_BELOW: Final = (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError)
_LIBRARY: Final = (httpx.TransportError, OSError)
# The connections below httpx raise their own errors; a base class stands for those without a name here.
_ALIKE: Final[Mapping[type[BaseException], type[httpx.TransportError]]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.TimeoutException: httpx.TimeoutException,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.NetworkError: httpx.NetworkError,
    httpcore.ProxyError: httpx.ProxyError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.ProtocolError: httpx.ProtocolError,
}
_BELOW: Final = tuple(_ALIKE)
_NOTHING: Final = httpx.ByteStream(b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


class HttpDoor:
    """Fetches. One per process: it holds the connections, the TLS context and the turns at hosts. Close it with `aclose`."""

    def __init__(
        self,
        fetch: FetchSettings,
        limits: Limits,
        *,
        resolver: Resolver | None = None,
        manners: Manners | None = None,
        clock: Clock | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._fetch = fetch
        self._limits = limits
        self._clock = clock or SystemClock()
        self._resolver = resolver or SystemResolver(fetch.resolve)
        self._manners = manners or Manners(delay=fetch.per_host_delay, concurrency=fetch.concurrency, clock=self._clock)
        self._guard = Guard(fetch.allow_networks)
        self._tls = tls or default_tls()
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes all connections."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    async def get(self, request: Request) -> Response:
        """The complete answer to `request` after at most `limits.redirects` redirects.

        Raises FetchError with the reason, the last address and, for statuses of 400 and more, `status` and `retry_after`
        (which also keeps everybody else away from that host so long).
        """
        target = parse_target(request.url)
        client = self._client(request.proxy or self._fetch.proxy)
        validated = request.validators_host or target.host
        left = request.deadline.total_seconds()
        hops: list[Hop] = []
        while True:
            # Validators belong to the document of one host; sent elsewhere they are a tracking cookie.
            headers = self._headers(request, target, conditional=target.host == validated)
            async with self._hop(target):
                started = time.monotonic()
                answer = await self._exchange(client, request, target, headers, left)
                left -= time.monotonic() - started
                if answer.status not in _REDIRECTS:
                    await self._refuse(answer, conditional=any(name.startswith(b"If-") for name, _ in headers))
                    hops.append(Hop(url=target.url, status=answer.status))
                    return _response(request, target, answer, hops)
                following = _redirect(target, answer)
                hops.append(Hop(url=target.url, status=answer.status, location=following.url))
                if len(hops) > self._limits.redirects:
                    raise FetchError(Reason.TOO_MANY_REDIRECTS, f"more than {self._limits.redirects} redirects")
            target = following

    @contextlib.asynccontextmanager
    async def _hop(self, target: Target) -> AsyncIterator[None]:
        """A turn at the host; errors get the address they happened at."""
        try:
            async with self._manners.turn(target.url):
                try:
                    yield
                except FetchError as error:
                    if error.retry_after is not None and error.status in {429, 503}:
                        await self._manners.pause(target.url, self._clock.now() + error.retry_after)
                    raise
        except FetchError as error:
            error.final_url = error.final_url or target.url
            raise

    def _headers(self, request: Request, target: Target, *, conditional: bool) -> list[tuple[bytes, bytes]]:
        agent = sendable(request.user_agent) or sendable(self._fetch.user_agent) or b"aggregator"
        headers = [
            (b"Host", target.authority.encode()),
            (b"User-Agent", agent),
            (b"Accept", sendable(request.accept) or b"*/*"),
            (b"Accept-Encoding", b"gzip, deflate"),
        ]
        validators = ((b"If-None-Match", request.etag), (b"If-Modified-Since", request.last_modified)) if conditional else ()
        for name, text in validators:
            value = sendable(text)
            if value is not None:
                headers.append((name, value))
        return headers

    async def _exchange(
        self,
        client: httpx.AsyncClient,
        request: Request,
        target: Target,
        headers: list[tuple[bytes, bytes]],
        seconds: float,
    ) -> _Answer:
        """One request and its answer; the body of a success only. Raises FetchError for everything on the network."""
        try:
            async with asyncio.timeout(seconds):
                response = await client.send(_asking(target, headers), stream=True)
                try:
                    return await _read(response, request)
                finally:
                    await response.aclose()
                    # The two hold each other; cut, they are freed at once instead of by the collector.
                    response.stream = _NOTHING
        except _TIMEOUTS as error:
            raise FetchError(Reason.TIMEOUT, f"no complete answer within {request.deadline.total_seconds():g} s") from error
        except _LIBRARY as error:
            raise _network_error(error) from error

    async def _refuse(self, answer: _Answer, *, conditional: bool) -> None:
        """Raises FetchError for every answer that is not usable."""
        status = answer.status
        if status in _BODY or status in _NO_BODY or (status == 304 and conditional):
            return
        if status == 304:
            raise FetchError(Reason.NOT_MODIFIED_UNASKED, "304 to a request without validators", status=status)
        if status < 400 or status > 599:
            raise FetchError(Reason.HTTP_OTHER, f"status {status}", status=status)
        retry_after = parse_retry_after(answer.header("retry-after"), now=self._clock.now(), cap=self._limits.retry_after_max)
        reason = _NAMED.get(status, Reason.HTTP_4XX if status < 500 else Reason.HTTP_5XX)
        raise FetchError(reason, f"status {status}", status=status, retry_after=retry_after)

    def _client(self, proxy: str) -> httpx.AsyncClient:
        """One client for direct connections and one per proxy."""
        if proxy not in self._clients:
            self._clients[proxy] = _Client(
                transport=_Transport(open_pool(proxy, self._resolver, self._guard, self._tls, width=self._fetch.concurrency)),
                timeout=_PHASES,
                auth=httpx.Auth(),
                follow_redirects=False,
                trust_env=False,
            )
        return self._clients[proxy]


class _NoCookies(httpx.Cookies):
    """Takes none and gives none."""

    def extract_cookies(self, response: httpx.Response) -> None:
        pass

    def set_cookie_header(self, request: httpx.Request) -> None:
        pass


class _Client(httpx.AsyncClient):
    """Keeps no cookies. A jar that refuses them would do, but each answer is rebuilt for it: 30 microseconds of 500 measured."""

    @property
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None:  # noqa: ARG002
        raise AttributeError("cookies are never kept")


class _Received(httpx.Response):
    @property
    def has_redirect_location(self) -> bool:
        """Never: httpx would read the Location with its own parser and fail where ours has a reason."""
        return False


class _Body(httpx.AsyncByteStream):
    """The bytes as they were sent, with the errors of httpx."""

    def __init__(self, response: httpcore.Response) -> None:
        assert isinstance(response.stream, AsyncIterable)
        self._sent = response.stream
        self._close = response.aclose

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._sent:
                yield chunk
        except _BELOW as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        await self._close()


class _Transport(httpx.AsyncBaseTransport):
    """What httpx sends through: a pool whose dialler checks addresses. Raises the errors of httpx."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        asked = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=request.extensions["target"])
        # Not the target itself among the extensions: there it would replace what proxies are asked for.
        timeouts = {"timeout": request.extensions["timeout"]}
        try:
            response = await self._send(httpcore.Request(request.method, asked, headers=request.headers.raw, extensions=timeouts))
        except _BELOW as error:
            raise _translated(error) from error
        return _Received(response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions)

    async def _send(self, request: httpcore.Request) -> httpcore.Response:
        dialled.set(False)
        try:
            return await self._pool.handle_async_request(request)
        except _BROKEN_BELOW:
            if dialled.get():
                raise
        # The kept connection was closed by the server before it saw this request: asking again on a new one is no repetition.
        return await self._pool.handle_async_request(request)

    async def aclose(self) -> None:
        await self._pool.aclose()


_NO_COOKIES: Final = _NoCookies()


def _asking(target: Target, headers: list[tuple[bytes, bytes]]) -> httpx.Request:
    """Nothing is added or spelled anew: a given stream keeps httpx's own headers away, the target goes beside its URL."""
    extensions = {"target": target.target.encode()}
    return httpx.Request("GET", _origin(target.scheme, target.authority), headers=headers, stream=_NOTHING, extensions=extensions)


@lru_cache(maxsize=1024)
def _origin(scheme: str, authority: str) -> httpx.URL:
    """Raises FetchError DNS for spellings of addresses that httpx refuses (0177.0.0.1)."""
    try:
        return httpx.URL(f"{scheme}://{authority}/")
    except httpx.InvalidURL as error:
        raise FetchError(Reason.DNS, f"{authority}: neither a name nor an address") from error


def _translated(error: BaseException) -> httpx.TransportError:
    return next(_ALIKE[kind] for kind in type(error).__mro__ if kind in _ALIKE)(str(error))


async def _read(response: httpx.Response, request: Request) -> _Answer:
    """Status, headers and, for a success, the body within the request's caps. Raises FetchError."""
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw)
    answer = _Answer(status=response.status_code, headers=headers, body=b"")
    if answer.status in _BODY:
        return _Answer(status=answer.status, headers=headers, body=await _read_body(response, answer, request))
    if answer.status in _NO_BODY or answer.status == 304:
        # Read to its (empty) end, so that the connection can be used again.
        async for _ in response.aiter_raw():
            break
    return answer


async def _read_body(response: httpx.Response, answer: _Answer, request: Request) -> bytes:
    length = answer.header("content-length")
    if length.isdecimal() and int(length[:20]) > request.raw_cap:
        raise FetchError(Reason.TOO_LARGE, f"{int(length[:20])} bytes announced, {request.raw_cap} allowed")
    decoder = BodyDecoder(answer.header("content-encoding"), raw_cap=request.raw_cap, decoded_cap=request.decoded_cap)
    try:
        async for chunk in response.aiter_raw():
            decoder.feed(chunk)
    except _BROKEN as error:
        raise FetchError(Reason.TRUNCATED, f"the connection broke off inside the body: {_words(error)}") from error
    return decoder.finish()


def _response(request: Request, target: Target, answer: _Answer, hops: list[Hop]) -> Response:
    return Response(
        url=request.url,
        final_url=target.url,
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        hops=tuple(hops),
        sha256=hashlib.sha256(answer.body).hexdigest(),
    )


def _redirect(target: Target, answer: _Answer) -> Target:
    """Where a redirect leads. Raises FetchError: HTTP_OTHER without a Location, BAD_URL when it cannot be followed."""
    location = answer.header("location")
    if not location.strip():
        raise FetchError(Reason.HTTP_OTHER, f"status {answer.status} without a Location", status=answer.status)
    # Servers send raw UTF-8 although headers are latin-1.
    with contextlib.suppress(UnicodeDecodeError):
        location = location.encode("latin-1").decode()
    return follow(target, location)


def _network_error(error: Exception) -> FetchError:
    """What the library's exception means."""
    if _caused_by_tls(error):
        return FetchError(Reason.TLS, _words(error))
    if isinstance(error, httpx.ProxyError):
        return FetchError(Reason.CONNECT, f"the proxy refuses: {_words(error)}")
    if isinstance(error, httpx.ProtocolError):
        return FetchError(Reason.PROTOCOL, _words(error))
    return FetchError(Reason.CONNECT, _words(error))


def _caused_by_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _words(error: Exception) -> str:
    return printable(str(error))[:300] or type(error).__name__
