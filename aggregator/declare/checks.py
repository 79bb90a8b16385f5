"""What one configured value may be. Each check takes the raw value and gives the clean one, or raises `Wrong` with the remedy."""

import ipaddress
import math
import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from aggregator.declare.sheet import nearest
from aggregator.text import normalise

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|m|h|d|w)")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_HOST = re.compile(r"(?=.{1,253}\Z)[\w](?:[\w.-]*[\w])?", re.UNICODE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
# Ten years: longer is "forever", and timedelta arithmetic stays far from its end.
MAX_DURATION = timedelta(days=3653)


class Wrong(ValueError):  # noqa: N818 - reads as a sentence where it is raised
    """A value that cannot be: `str(wrong)` says what it must be, `hint` what to write."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def show(value: object) -> str:
    """A raw value as it may stand in a message: short, on one line."""
    text = normalise(f'"{value}"' if isinstance(value, str) else str(value)).replace("\n", " ")
    return text if len(text) <= 60 else text[:59] + "…"


def text(value: object, *, limit: int = 1000) -> str:
    """One line of text, at most `limit` characters; may be empty."""
    if not isinstance(value, str):
        raise Wrong(f"must be a text in quotes, not {show(value)}", hint='Write it as key = "value".')
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise Wrong("must be one line without control characters")
    if len(value) > limit:
        raise Wrong(f"is longer than {limit} characters")
    return value.strip()


def some_text(value: object, *, limit: int = 1000) -> str:
    """One line of text that says something."""
    found = text(value, limit=limit)
    if not normalise(found):
        raise Wrong("must not be empty")
    return found


def path(value: object) -> str:
    """A path; its `~user`, if it begins with one, is known to this machine."""
    found = some_text(value)
    try:
        Path(found).expanduser()
    except RuntimeError:
        raise Wrong(f"begins with a home that is not known: {show(found)}", hint="Write the whole path.") from None
    return found


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"must be true or false, not {show(value)}", hint="Write it without quotes: true or false.")
    return value


def whole(value: object, *, least: int, most: int) -> int:
    """A whole number in `least..most`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"must be a whole number, not {show(value)}", hint=f"Allowed: {least} to {most:,}, without quotes.")
    if not least <= value <= most:
        raise Wrong(f"is {value}, which cannot be", hint=f"Allowed: {least} to {most:,}.")
    return value


def choice(value: object, allowed: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in allowed)
    if not isinstance(value, str) or value not in allowed:
        guess = nearest(value, allowed) if isinstance(value, str) else ""
        did = f'Did you mean "{guess}"? ' if guess else ""
        raise Wrong(f"cannot be {show(value)}", hint=f"{did}Allowed: {names}.")
    return value


def texts(value: object, *, empty: bool = True) -> tuple[str, ...]:
    """A list of texts without duplicates; it may hold nothing only when `empty`."""
    if not isinstance(value, list):
        raise Wrong(f"must be a list, not {show(value)}", hint='Write it in brackets: ["one", "two"].')
    found = tuple(some_text(item) for item in value)
    if not found and not empty:
        raise Wrong("must not be an empty list", hint="Add at least one entry, or leave the whole block out.")
    if again := first_repeated(found):
        raise Wrong(f"holds {show(again)} twice", hint="Remove one of them.")
    return found


def first_repeated(items: Iterable[str]) -> str:
    """The first item that stood there before, "" when all are different."""
    seen: set[str] = set()
    for item in items:
        if item in seen:
            return item
        seen.add(item)
    return ""


def duration(value: object, *, least: timedelta = timedelta(seconds=1), most: timedelta = MAX_DURATION) -> timedelta:
    """`"1s"`, `"10m"`, `"6h"`, `"30d"`."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise Wrong(f"needs a unit: {show(value)}", hint='Write a duration as "1s", "10m", "6h" or "30d".')
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise Wrong(f"is not a duration: {show(value)}", hint='Write a duration as "1s", "10m", "6h" or "30d".')
    return _bounded(float(found[1]) * _UNITS[found[2]], value, least=least, most=most)


def seconds(value: object, *, most: timedelta) -> timedelta:
    """A number of seconds, 0 included, or a duration with a unit."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return duration(value, least=timedelta(), most=most)
    return _bounded(float(value), value, least=timedelta(), most=most)


def _bounded(amount: float, value: object, *, least: timedelta, most: timedelta) -> timedelta:
    allowed = f"Allowed: {spell(least)} to {spell(most)}."
    if not math.isfinite(amount) or not least.total_seconds() <= amount <= most.total_seconds():
        raise Wrong(f"is {show(value)}, which cannot be", hint=allowed)
    return timedelta(seconds=amount)


def kept(value: object) -> timedelta | None:
    """How long something is kept: a duration, or "forever" (None)."""
    if value == "forever":
        return None
    try:
        return duration(value)
    except Wrong as wrong:
        raise Wrong(str(wrong), hint=f'{wrong.hint} Or "forever".') from None


def spell(span: timedelta | None) -> str:
    """A duration as it is written in the files: the largest unit that keeps it whole; None is "forever"."""
    if span is None:
        return "forever"
    total = span.total_seconds()
    for unit in ("d", "h", "m"):
        if total >= _UNITS[unit] and total % _UNITS[unit] == 0:
            return f"{int(total // _UNITS[unit])}{unit}"
    return f"{total:g}s"


def web_address(value: object, *, schemes: tuple[str, ...] = ("http", "https"), secrets: bool = False) -> str:
    """An absolute URL; only with `secrets` may it hold `user:password@`."""
    found = some_text(value, limit=2000)
    hint = f"Write it in full, as in {schemes[-1]}://www.example.org/feed."
    if re.search(r"[\s\\]", found):
        raise Wrong(f"is not a web address: {show(found)}", hint=hint)
    try:
        parts = urlsplit(found)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Wrong(f"is not a web address: {show(found)}", hint=hint) from None
    if parts.scheme.lower() not in schemes or not is_host(host) or port == 0:
        raise Wrong(f"is not a web address: {show(found)}", hint=hint)
    if not secrets and parts.username is not None:
        raise Wrong("must not hold a user name or password", hint="Anybody who sees the address would see it.")
    return found if secrets else _plain(found)


def _plain(url: str) -> str:
    """Scheme and host in lower case, without the scheme's own port: one spelling for one address."""
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}[parts.scheme]
    return parts._replace(netloc=parts.netloc.lower().removesuffix(default)).geturl()


def proxy(value: object) -> str:
    """The URL of a proxy, or "" for none."""
    if value == "":
        return ""
    schemes = ("http", "https", "socks5", "socks5h")
    try:
        return web_address(value, schemes=schemes, secrets=True)
    except Wrong:
        # The address may hold a password: it is not repeated.
        raise Wrong(
            "is not the address of a proxy", hint='Write "http://host:3128" or "socks5://host:1080", or "" for none.'
        ) from None


def is_host(host: str) -> bool:
    """A host name or a literal address, without brackets and port."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(_HOST.fullmatch(host)) and ".." not in host
    return True


def network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        pass
    try:
        hint = f'Did you mean "{ipaddress.ip_network(value, strict=False)}"?'
    except ValueError:
        hint = 'Write an address or a network, as in "127.0.0.0/8" or "10.1.2.3".'
    raise Wrong(f"is not a network: {show(value)}", hint=hint)


def address(value: object) -> str:
    """A literal IPv4 or IPv6 address."""
    try:
        return str(ipaddress.ip_address(text(value)))
    except ValueError as error:
        if isinstance(error, Wrong):
            raise
        raise Wrong(f"is not an IP address: {show(value)}", hint='Write an address in numbers, as in "127.0.0.1".') from None


def listen(value: object) -> str:
    """`host:port`, `[::1]:port`; port 0 takes any free one."""
    hint = 'Write host and port, as in "127.0.0.1:8000".'
    host, _, port = text(value).rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise Wrong(f"is not an address to listen on: {show(value)}", hint=hint)
    if not is_host(host.removeprefix("[").removesuffix("]")) or host.startswith("[") != (":" in host):
        raise Wrong(f"is not an address to listen on: {show(value)}", hint=hint)
    return f"{host}:{int(port)}"


def language(value: object) -> str:
    """A language tag, in lower case: "en", "zh-hant"."""
    found = some_text(value)
    if not _LANGUAGE.fullmatch(found):
        raise Wrong(f"is not a language code: {show(found)}", hint='Write two or three letters, as in "en" or "ru".')
    return found.lower()


def country(value: object) -> str:
    """Two letters of ISO 3166, in upper case."""
    found = some_text(value)
    if not _COUNTRY.fullmatch(found):
        raise Wrong(f"is not a country code: {show(found)}", hint='Write two letters, as in "RU" or "NL".')
    return found.upper()
