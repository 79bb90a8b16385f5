"""What is asked of the outside and what it answered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

# Feeds first, anything last: some origins choose the form by this header, and none refuses it.
ACCEPT_FEED = "application/atom+xml, application/rss+xml;q=0.9, application/feed+json;q=0.9, application/xml;q=0.8, text/xml;q=0.7, */*;q=0.1"
ACCEPT_PAGE = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

# Asked with every address before it is; raises FetchError when it may not be.
Permit = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A conditional GET. Caps in bytes, raw as sent and decoded; `deadline` is the time in flight, waiting turns not counted.

    `etag` and `last_modified` are sent byte for byte, and only to `validators_host` ("": the host of `url`). Empty `proxy` and
    `user_agent`: those of the settings. `cookies_file` is an absolute path, "" for none. `cut`: a longer body is cut at its caps,
    not refused.
    """

    url: str
    accept: str = "*/*"
    etag: str | None = None
    last_modified: str | None = None
    validators_host: str = ""
    raw_cap: int
    decoded_cap: int
    deadline: timedelta
    proxy: str = ""
    user_agent: str = ""
    cookies_file: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One exchange on the way. `location`: where a redirect led, absolute, else ""."""

    url: str
    status: int
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A complete answer: 200, 203, 204, 205, or 304 to validators we sent.

    `body` is decoded, `sha256` (hex) is of `body`; header names are in lower case, their values as sent (latin-1).
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    hops: tuple[Hop, ...]
    sha256: str

    def header(self, name: str) -> str | None:
        """The first header of that name (any case), None when it was not sent."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), None)
