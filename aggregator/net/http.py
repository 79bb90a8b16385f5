"""The only HTTP client of the program, and the only file that knows the HTTP library.

Everything outside is reached through `HttpDoor.get`: the resolved address is checked where it is dialled, on every hop, so no
redirect, rebinding name or odd spelling of an address goes around the check. With a proxy the address policy is the proxy's.
Of httpx its transport interface is used, over connections of our own: redirects, cookies, encodings and header defaults are
decided here, and nothing of a client's own gets between.
"""

import asyncio
import contextlib
import hashlib
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from types import TracebackType
from typing import Final, Self

import httpx

from aggregator.clock import Clock, SystemClock
from aggregator.errors import FetchError
from aggregator.limits import Limits
from aggregator.net.addresses import Guard
from aggregator.net.cookies import CookieFiles, cookie_header
from aggregator.net.decode import BodyDecoder
from aggregator.net.dial import Dialler, Origin, default_tls
from aggregator.net.headers import parse_retry_after, sendable
from aggregator.net.manners import PATIENCE, Manners, rest
from aggregator.net.pool import Begun, Pool
from aggregator.net.proxies import parse_proxy
from aggregator.net.refusals import GLANCE, cause, signed_challenge
from aggregator.net.resolve import Resolver, SystemResolver
from aggregator.net.target import DEFAULT_PORTS, Target, follow, parse_target
from aggregator.net.values import Hop, Permit, Request, Response
from aggregator.reasons import Reason
from aggregator.settings import FetchSettings

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
# A body that may say who refuses is waited for so long and no longer.
_EXPLAINED: Final = frozenset({401, 403, 429, 503})
_PATIENCE_S: Final = 3.0
_HTML: Final = ("text/html", "application/xhtml+xml")
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
        self._cookies = CookieFiles()
        self._transports: dict[str, httpx.AsyncBaseTransport] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes all connections."""
        transports, self._transports = self._transports, {}
        for transport in transports.values():
            await transport.aclose()
        # Sockets are let go in the next round of the loop, which may be its last.
        await asyncio.sleep(0)

    def slow_down(self, url: str, gap: timedelta) -> None:
        """The server of `url` asks for such a gap between two requests (zero: for none of its own); its host gets the longest."""
        self._manners.slow_down(url, gap)

    async def get(self, request: Request, *, permit: Permit | None = None) -> Response:
        """The complete answer to `request` after at most `limits.redirects` redirects, each allowed by `permit`.

        Raises FetchError with the reason, the last address and, for statuses of 400 and more, `status` and `retry_after`
        (which also keeps everybody else away from that host so long).
        """
        target = parse_target(request.url)
        transport = self._transport(request.proxy or self._fetch.proxy)
        asked_first, at_home = target.host, True
        validated = request.validators_host or asked_first
        left = request.deadline.total_seconds()
        hops: list[Hop] = []
        while True:
            # Validators belong to the document of one host; sent elsewhere they are a tracking cookie. Real cookies do not come back either.
            at_home = at_home and target.host == asked_first
            headers = self._headers(request, target, conditional=target.host == validated, cookies=at_home)
            url = target.url
            try:
                if permit is not None:
                    await permit(url)
                answer, took = await self._visit(transport, request, target, headers, left)
                if answer.status not in _REDIRECTS:
                    hops.append(Hop(url=url, status=answer.status))
                    return _response(request, url, answer, hops)
                target = await self._follow(target, answer, hops)
            except FetchError as error:
                error.final_url = error.final_url or url
                raise
            left -= took

    async def _visit(
        self,
        transport: httpx.AsyncBaseTransport,
        request: Request,
        target: Target,
        headers: list[tuple[bytes, bytes]],
        seconds: float,
    ) -> tuple[_Answer, float]:
        """An answer that can be used or followed, and the seconds it took; one that asks for a rest gets it. Raises FetchError."""
        async with self._manners.turn(target.url):
            started = time.monotonic()
            try:
                answer = await self._exchange(transport, request, target, headers, seconds)
                if answer.status not in _REDIRECTS:
                    await self._refuse(answer, conditional=any(name.startswith(b"If-") for name, _ in headers))
            except FetchError as error:
                pause = rest(error.reason, error.status, error.retry_after)
                if pause is not None:
                    await self._manners.pause(target.url, self._clock.now() + pause)
                raise
            return answer, time.monotonic() - started

    async def _follow(self, target: Target, answer: _Answer, hops: list[Hop]) -> Target:
        """Where a redirect leads, noted in `hops`. It may say when to follow it (RFC 9110 10.2.3): that is waited for when it is
        soon, and an HTTP_429 when it is not. Raises FetchError.
        """
        following = _redirect(target, answer)
        hops.append(Hop(url=target.url, status=answer.status, location=following.url))
        if len(hops) > self._limits.redirects:
            raise FetchError(Reason.TOO_MANY_REDIRECTS, f"more than {self._limits.redirects} redirects")
        wish = self._wish(answer)
        if wish is not None:
            for url in {target.url, following.url}:
                await self._manners.pause(url, self._clock.now() + wish)
            if wish > PATIENCE:
                words = f"status {answer.status}, to be followed in {wish.total_seconds():.0f} s"
                raise FetchError(Reason.HTTP_429, words, status=answer.status, retry_after=wish)
        return following

    def _headers(self, request: Request, target: Target, *, conditional: bool, cookies: bool) -> list[tuple[bytes, bytes]]:
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
        if request.cookies_file and cookies:
            kept = self._cookies.cookies(request.cookies_file)
            value = cookie_header(kept, target, now=self._clock.now(), name=request.cookies_file)
            if value is not None:
                headers.append((b"Cookie", value))
        return headers

    async def _exchange(
        self,
        transport: httpx.AsyncBaseTransport,
        request: Request,
        target: Target,
        headers: list[tuple[bytes, bytes]],
        seconds: float,
    ) -> _Answer:
        """One request and its answer; the body of a success only. Raises FetchError for everything on the network."""
        try:
            async with asyncio.timeout(seconds):
                response = await transport.handle_async_request(_asking(target, headers))
                body = response.stream
                assert isinstance(body, httpx.AsyncByteStream)
                try:
                    return await _read(response, body, request)
                finally:
                    await body.aclose()
        except TimeoutError as error:
            raise FetchError(Reason.TIMEOUT, f"no complete answer within {request.deadline.total_seconds():g} s") from error

    async def _refuse(self, answer: _Answer, *, conditional: bool) -> None:
        """Raises FetchError for every answer that is not usable."""
        status = answer.status
        if status in _BODY or status in _NO_BODY or (status == 304 and conditional):
            stranger = signed_challenge(answer) if answer.header("content-type").lower().startswith(_HTML) else ""
            if stranger:
                raise FetchError(Reason.HTTP_403, f"{status}: {stranger}", status=status)
            return
        if status == 304:
            raise FetchError(Reason.NOT_MODIFIED_UNASKED, "304 to a request without validators", status=status)
        if status < 400 or status > 599:
            stranger = signed_challenge(answer)
            raise FetchError(Reason.HTTP_OTHER, f"{status}: {stranger}" if stranger else f"status {status}", status=status)
        who = cause(answer) if status in _EXPLAINED else ""
        reason = _NAMED.get(status, Reason.HTTP_4XX if status < 500 else Reason.HTTP_5XX)
        detail = f"{status}: {who}" if who else f"status {status}"
        raise FetchError(reason, detail, status=status, retry_after=self._wish(answer))

    def _wish(self, answer: _Answer) -> timedelta | None:
        """How long the server wants to be left alone."""
        return parse_retry_after(answer.header("retry-after"), now=self._clock.now(), cap=self._limits.retry_after_max)

    def _transport(self, proxy: str) -> httpx.AsyncBaseTransport:
        """One for direct connections and one per proxy. Raises FetchError BAD_URL for a proxy that is none."""
        if proxy not in self._transports:
            server = parse_proxy(proxy) if proxy else None
            self._transports[proxy] = _Transport(Pool(Dialler(self._resolver, self._guard, self._tls, server)))
        return self._transports[proxy]


class _Body(httpx.AsyncByteStream):
    """The bytes as they were sent."""

    def __init__(self, pool: Pool, begun: Begun) -> None:
        self._pool = pool
        self._begun = begun

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._begun.wire.piece()
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        self._pool.end(self._begun)


class _Transport(httpx.AsyncBaseTransport):
    """What httpx calls a transport: a pool whose dialler checks addresses. Raises FetchError."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        origin = Origin(scheme=url.scheme, host=url.raw_host.decode(), port=url.port or DEFAULT_PORTS[url.scheme])
        begun = await self._pool.begin(origin, request.extensions["target"], request.headers.raw)
        return httpx.Response(begun.status, headers=begun.headers, stream=_Body(self._pool, begun))

    async def aclose(self) -> None:
        self._pool.close()


def _asking(target: Target, headers: list[tuple[bytes, bytes]]) -> httpx.Request:
    """Nothing is added or spelled anew: a given stream keeps httpx's own headers away, the target goes beside its URL."""
    extensions = {"target": target.target.encode()}
    return httpx.Request("GET", _origin(target.scheme, target.authority), headers=headers, stream=_NOTHING, extensions=extensions)


@lru_cache(maxsize=5_000)
def _origin(scheme: str, authority: str) -> httpx.URL:
    """Raises FetchError DNS for spellings of addresses that httpx refuses (0177.0.0.1)."""
    try:
        return httpx.URL(f"{scheme}://{authority}/")
    except httpx.InvalidURL as error:
        raise FetchError(Reason.DNS, f"{authority}: neither a name nor an address") from error


async def _read(response: httpx.Response, body: httpx.AsyncByteStream, request: Request) -> _Answer:
    """Status, headers and, for a success, the body within the request's caps. Raises FetchError."""
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw)
    answer = _Answer(status=response.status_code, headers=headers, body=b"")
    if answer.status in _BODY:
        return _Answer(status=answer.status, headers=headers, body=await _read_body(body, answer, request))
    if answer.status in _EXPLAINED:
        return _Answer(status=answer.status, headers=headers, body=await _glance(body, answer))
    return answer


async def _glance(body: httpx.AsyncByteStream, answer: _Answer) -> bytes:
    """The beginning of a refusal's body, as far as it comes at once and can be read."""
    try:
        decoder = BodyDecoder(answer.header("content-encoding"), raw_cap=GLANCE, decoded_cap=GLANCE)
    except FetchError:
        return b""
    with contextlib.suppress(FetchError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            async for chunk in body:
                decoder.feed(chunk)
    return decoder.taken


async def _read_body(body: httpx.AsyncByteStream, answer: _Answer, request: Request) -> bytes:
    length = answer.header("content-length")
    if length.isdecimal() and int(length[:20]) > request.raw_cap and not request.cut:
        raise FetchError(Reason.TOO_LARGE, f"{int(length[:20])} bytes announced, {request.raw_cap} allowed")
    decoder = BodyDecoder(answer.header("content-encoding"), raw_cap=request.raw_cap, decoded_cap=request.decoded_cap)
    try:
        async for chunk in body:
            decoder.feed(chunk)
    except FetchError as error:
        if request.cut and error.reason is Reason.TOO_LARGE:
            return decoder.taken
        raise
    return decoder.finish()


def _response(request: Request, final_url: str, answer: _Answer, hops: list[Hop]) -> Response:
    return Response(
        url=request.url,
        final_url=final_url,
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
