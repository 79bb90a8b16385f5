"""An address as text becomes the parts that are dialled and sent; everything two parsers could read differently is refused."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit

import idna

from aggregator.errors import FetchError
from aggregator.reasons import Reason
from aggregator.text import printable

# Longer ones are refused by most servers as well (8 KiB request lines).
_MAX_URL = 8_000
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\\\\]")
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_HOST_V6 = re.compile(r"[0-9a-f:.]+")
# Percent stays as it is: an address is requested with the escapes it was printed with.
_KEEP_PATH = "%/:;=@!$&'()*+,~[]|"
_KEEP_QUERY = _KEEP_PATH + "?"
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`host`: lower-case ASCII name or literal without brackets; `target`: path and query as they go on the wire."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The Host header: brackets around IPv6, the port only when it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


@lru_cache(maxsize=5_000)  # feeds are asked for again and again
def parse_target(url: str) -> Target:
    """Raises FetchError BAD_URL: other schemes, user names, backslashes, control characters, hosts that are none, bad ports."""
    url = url.strip(" \t\r\n")
    if len(url) > _MAX_URL:
        raise _bad(url, f"longer than {_MAX_URL} characters")
    if _CONTROL.search(url):
        raise _bad(url, "a control character or backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
        target = quote(parts.path or "/", safe=_KEEP_PATH) + ("?" + quote(parts.query, safe=_KEEP_QUERY) if parts.query else "")
    except ValueError as error:
        raise _bad(url, str(error)) from error
    if parts.scheme not in DEFAULT_PORTS:
        raise _bad(url, "not http or https")
    if "@" in parts.netloc:
        raise _bad(url, "a user name in the address")
    if port == 0:
        raise _bad(url, "port 0")
    host = _ascii_host(url, parts.hostname or "", literal="[" in parts.netloc)
    return Target(scheme=parts.scheme, host=host, port=port or DEFAULT_PORTS[parts.scheme], target=target)


def follow(base: Target, location: str) -> Target:
    """Where a Location header leads; it may be relative and hold blanks. Raises FetchError BAD_URL."""
    try:
        return parse_target(urljoin(base.url, location.strip(" \t")))
    except ValueError as error:
        raise _bad(location, str(error)) from error


def _ascii_host(url: str, host: str, *, literal: bool) -> str:
    if literal:
        if _HOST_V6.fullmatch(host):
            return host
        raise _bad(url, "not an IPv6 address")
    name = host.removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True, transitional=False).decode()
        except (idna.IDNAError, UnicodeError) as error:
            raise _bad(url, "not a host name") from error
        # Full-width digits and dots turn into an address here: no honest page is written that way.
        if name.replace(".", "").isdigit():
            raise _bad(url, "an address in disguise")
    if not _HOST_NAME.fullmatch(name) or len(name) > 253:
        raise _bad(url, "not a host name")
    return name


def _bad(url: str, why: str) -> FetchError:
    return FetchError(Reason.BAD_URL, printable(f"{why}: {url[:200]}"))
