"""Small questions for the doctor: what time do others have, does a proxy answer, is a port free. Each is bounded by its caller."""

import asyncio
import socket
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from aggregator.errors import FetchError
from aggregator.net.dial import default_tls, is_address
from aggregator.net.http import HttpDoor
from aggregator.net.proxies import ProxyServer, parse_proxy
from aggregator.net.resolve import Resolver
from aggregator.net.values import Request, Response
from aggregator.reasons import Reason

# robots.txt: small at nearly every site, and made for programs to ask for.
_SMALL = 600_000
_SOCKS_VERSION = 5


class AnyAnswerDoor(HttpDoor):
    """As HttpDoor, with its guard and manners, but an error status is an answer too: what is wanted stands in the headers."""

    async def _refuse(self, answer: object, *, conditional: bool) -> None:
        """Nothing is refused."""


async def ask(door: HttpDoor, url: str, *, deadline: timedelta, proxy: str = "", user_agent: str = "") -> Response:
    """One small request. Raises FetchError."""
    request = Request(url=url, raw_cap=_SMALL, decoded_cap=_SMALL, deadline=deadline, proxy=proxy, user_agent=user_agent)
    return await door.get(request)


def small_page(url: str) -> str:
    """The address of a small document on the server of `url`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def told_time(response: Response) -> datetime | None:
    """What time it was on the server; a cache's Age is added, its Date is that of an earlier answer."""
    try:
        sent = parsedate_to_datetime(response.header("date") or "")
    except ValueError:
        return None
    age = response.header("age") or ""
    seconds = int(age[:9]) if age.isdecimal() else 0
    return (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).astimezone(UTC) + timedelta(seconds=seconds)


def median_gap(gaps: Sequence[timedelta]) -> timedelta | None:
    """The middle of what several hosts say: one host with a wrong clock does not count."""
    return timedelta(seconds=statistics.median(gap.total_seconds() for gap in gaps)) if gaps else None


def host_of(url: str) -> str:
    """The host of an address, "" when there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def shown_proxy(proxy: str) -> str:
    """A proxy without its password."""
    try:
        server = parse_proxy(proxy)
    except FetchError:
        return "the proxy"
    return f"{server.scheme}://{server.authority}"


async def reach_proxy(proxy: str, resolver: Resolver) -> None:
    """Connects to a proxy; with SOCKS5 its greeting must come. Raises FetchError."""
    server = parse_proxy(proxy)
    addresses = (server.host,) if is_address(server.host) else await resolver.resolve(server.host, server.port)
    try:
        reader, writer = await asyncio.open_connection(addresses[0], server.port)
    except OSError as error:
        raise FetchError(Reason.CONNECT, error.strerror or str(error)) from error
    try:
        if server.scheme == "socks5":
            await _greet(reader, writer, server)
    except (OSError, asyncio.IncompleteReadError) as error:
        raise FetchError(Reason.CONNECT, "it does not speak SOCKS5") from error
    finally:
        writer.transport.abort()


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: ProxyServer) -> None:
    method = 2 if server.username else 0
    writer.write(bytes([_SOCKS_VERSION, 1, method]))
    if await reader.readexactly(2) != bytes([_SOCKS_VERSION, method]):
        raise FetchError(Reason.CONNECT, "it does not speak SOCKS5 or refuses the log-in method")


def port_problem(host: str, port: int) -> str:
    """Why nobody could listen there now, "" when one could; nothing stays open."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def authorities() -> int:
    """How many certificate authorities are found for TLS."""
    return default_tls().cert_store_stats()["x509_ca"]
