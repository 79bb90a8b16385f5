"""The cookies of a subscription, from the file an outlet names (`cookies_file`, the Netscape form that browsers export).

They go to the hosts, paths and schemes the file gives and nowhere else; what servers set is never taken. Nothing of a file's
content stands in an error.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from aggregator.errors import FetchError
from aggregator.net.target import Target
from aggregator.reasons import Reason

_MAX_FILE: Final = 1024 * 1024
# Servers refuse longer heads.
_MAX_SENT: Final = 8 * 1024
_HTTP_ONLY: Final = "#HttpOnly_"
_FLAGS: Final = {"TRUE": True, "FALSE": False}
_EXPIRES: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z\[\]:@/()]+")
_VALUE: Final = re.compile(r"[\x20-\x3a\x3c-\x7e]*")
_FORM: Final = "a cookie file in the Netscape form has seven fields a line, with tabs between: export it as cookies.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One line of a file. `expires` in seconds of the epoch, 0 for never; `subdomains`: hosts below `domain` get it too."""

    domain: str
    subdomains: bool
    path: str
    secure: bool
    expires: float
    name: str
    value: str = field(repr=False)

    def goes_to(self, target: Target) -> bool:
        """Is it meant for this host, path and scheme?"""
        host, path = target.host, target.target.partition("?")[0]
        return (
            (host == self.domain or (self.subdomains and host.endswith("." + self.domain)))
            and (path == self.path or path.startswith(self.path if self.path.endswith("/") else self.path + "/"))
            and (target.scheme == "https" or not self.secure)
        )


class CookieFiles:
    """Files as they stand now: each is read again when it has changed."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[tuple[int, int, int], tuple[Cookie, ...]]] = {}

    def cookies(self, path: str) -> tuple[Cookie, ...]:
        """Raises FetchError COOKIES for a file that cannot be read or understood."""
        try:
            state = Path(path).stat()
            mark = (state.st_mtime_ns, state.st_size, state.st_ino)
            held = self._read.get(path)
            if held is not None and held[0] == mark:
                return held[1]
            if state.st_size > _MAX_FILE:
                raise _bad(path, f"larger than {_MAX_FILE} bytes")
            text = Path(path).read_text(encoding="utf-8-sig", errors="strict")
        except OSError as error:
            raise _bad(path, error.strerror or type(error).__name__) from error
        except UnicodeDecodeError as error:
            raise _bad(path, "not a text file") from error
        found = parse_cookies(text, name=path)
        self._read[path] = mark, found
        return found


def parse_cookies(text: str, *, name: str) -> tuple[Cookie, ...]:
    """The cookies of a file's text. Raises FetchError COOKIES with the line, and nothing of what stands there."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or (line.startswith("#") and not line.startswith(_HTTP_ONLY)):
            continue
        cookie = _cookie(line.removeprefix(_HTTP_ONLY).rstrip("\r\n").split("\t"))
        if cookie is None:
            raise _bad(name, f"line {number}: {_FORM}")
        found.append(cookie)
    return tuple(found)


def cookie_header(cookies: tuple[Cookie, ...], target: Target, *, now: datetime, name: str) -> bytes | None:
    """What is sent to `target`: longer paths first, no cookie that has run out. Raises FetchError COOKIES when it is too much."""
    moment = now.timestamp()
    meant = [cookie for cookie in cookies if cookie.goes_to(target) and (cookie.expires <= 0 or cookie.expires > moment)]
    if not meant:
        return None
    meant.sort(key=lambda cookie: -len(cookie.path))
    header = "; ".join(f"{cookie.name}={cookie.value}" for cookie in meant).encode()
    if len(header) > _MAX_SENT:
        raise _bad(name, f"more than {_MAX_SENT} bytes of cookies for {target.host}")
    return header


def _cookie(fields: list[str]) -> Cookie | None:
    # An empty value at the end of a line is lost with its tab in some exports.
    if len(fields) == 6:
        fields = [*fields, ""]
    if len(fields) != 7:
        return None
    domain, subdomains, path, secure, expires, name, value = fields
    host = domain.strip().removeprefix(".").lower()
    flags = _FLAGS.get(subdomains.upper()), _FLAGS.get(secure.upper())
    if not host or not path.startswith("/") or flags[0] is None or flags[1] is None:
        return None
    if not _EXPIRES.fullmatch(expires) or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        return None
    return Cookie(domain=host, subdomains=flags[0], path=path, secure=flags[1], expires=float(expires), name=name, value=value)


def _bad(path: str, why: str) -> FetchError:
    return FetchError(Reason.COOKIES, f"{path}: {why}")
