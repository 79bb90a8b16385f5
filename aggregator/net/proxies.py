"""A proxy's address as it stands in the settings."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from aggregator.errors import FetchError
from aggregator.reasons import Reason

_PORTS = {"http": 80, "https": 443, "socks5": 1080}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyServer:
    """`scheme` is http, https or socks5; `host` without brackets; an empty `username` means: no log-in."""

    scheme: str
    host: str
    port: int
    username: str
    password: str = field(repr=False)

    @property
    def authority(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_proxy(proxy: str) -> ProxyServer:
    """Raises FetchError BAD_URL; the text is not repeated, it may hold a password."""
    try:
        parts = urlsplit(proxy)
        port = parts.port
    except ValueError as error:
        raise FetchError(Reason.BAD_URL, "the proxy's address cannot be read") from error
    scheme = "socks5" if parts.scheme == "socks5h" else parts.scheme
    if scheme not in _PORTS or not parts.hostname:
        raise FetchError(Reason.BAD_URL, "the proxy must be http://host:port, https://host:port or socks5://host:port")
    return ProxyServer(
        scheme=scheme,
        host=parts.hostname,
        port=port or _PORTS[scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
