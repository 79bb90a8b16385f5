"""robots.txt by RFC 9309: which group is ours, and whether it lets us read a path. Pure text and values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# RFC 9309 2.5: what stands beyond is not looked at.
MAX_BYTES: Final = 500 * 1024
LONGEST_DELAY: Final = timedelta(seconds=30)
# Honest files have a few dozen patterns with wildcards (1,500 bytes of path through all of these: some ms); a longer list is an attack.
_MAX_WILDCARDS: Final = 1_000
_MAX_PATH: Final = 4_096
_TOKEN: Final = re.compile(r"[A-Za-z_-]+")
_COMPATIBLE: Final = re.compile(r"compatible;\s*([A-Za-z_-]+)", re.IGNORECASE)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_DELAY: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_UNSAFE: Final = re.compile(rb"[\x00-\x20\x7f-\xff]")
_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# As they are written by hand; all of these are seen in the wild.
_FIELDS: Final = {
    "user-agent": "agent",
    "useragent": "agent",
    "user agent": "agent",
    "disallow": "disallow",
    "dissallow": "disallow",
    "dissalow": "disallow",
    "disalow": "disallow",
    "allow": "allow",
    "crawl-delay": "delay",
    "crawldelay": "delay",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One Allow or Disallow. `pieces`: what stands between the `*`; `anchored`: the path must end with the last of them."""

    pieces: tuple[bytes, ...]
    anchored: bool
    allowed: bool

    def matches(self, path: bytes) -> bool:
        """Each piece is looked for once, from where the last one ended: no backtracking."""
        first, *rest = self.pieces
        if not path.startswith(first):
            return False
        place = len(first)
        if not rest:
            return not self.anchored or len(path) == place
        last = rest.pop() if self.anchored else b""
        for piece in rest:
            found = path.find(piece, place)
            if found < 0:
                return False
            place = found + len(piece)
        return not self.anchored or (path.endswith(last) and len(path) - len(last) >= place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one robots.txt asks of us. `rules`: those with the longest pattern first, and Allow before Disallow."""

    rules: tuple[Rule, ...] = ()
    crawl_delay: timedelta = timedelta()

    def allows(self, target: str) -> bool:
        """May this path with its query be asked for? The longest pattern that matches decides; without one: yes."""
        path = _normal(target.encode("utf-8", "replace"))[:_MAX_PATH].replace(b"*", b"%2A").replace(b"$", b"%24")
        if path == b"/robots.txt":
            return True
        return next((rule.allowed for rule in self.rules if rule.matches(path)), True)


EVERYTHING: Final = Rules()


def product_token(user_agent: str) -> str:
    """The name under which robots.txt may speak of us, in lower case: `aggregator` of `aggregator/1.0 (+https://…)`.

    Of one that begins like a browser's, the name after `compatible;`.
    """
    found = _TOKEN.match(user_agent)
    token = found[0].lower() if found else ""
    named = _COMPATIBLE.search(user_agent) if token in ("", "mozilla") else None
    return named[1].lower() if named else token


def parse_robots(text: str, *, product: str) -> Rules:
    """The rules for `product` (a `product_token`): those of all its groups together, else those of `*`. Garbage is passed over."""
    ours, everybody = _Group(), _Group()
    current: list[_Group] = []
    heading = False
    for field, value in _fields(text):
        if field == "agent":
            current = current if heading else []
            heading = True
            name = _TOKEN.match(value)
            if value.startswith("*"):
                current.append(everybody)
            elif product and name and name[0].lower() == product:
                ours.named = True
                current.append(ours)
            continue
        # Only rules end the list of names; RFC 9309 2.2.1 lets nothing else stand between.
        heading = heading and field == "delay"
        for group in current:
            group.take(field, value)
    return (ours if ours.named else everybody).settled()


class _Group:
    """Rules under one name, from wherever they stand in the file."""

    def __init__(self) -> None:
        self.named = False
        self._patterns: dict[tuple[bytes, bool], None] = {}
        self._wildcards = 0
        self._delay = timedelta()

    def take(self, field: str, value: str) -> None:
        if field == "delay":
            seconds = float(value) if _DELAY.fullmatch(value) else 0.0
            self._delay = max(self._delay, min(timedelta(seconds=seconds), LONGEST_DELAY))
            return
        pattern = _normal(value.encode("utf-8", "replace"))
        # An empty one matches nothing, and what begins otherwise can match no path.
        if pattern[:1] not in (b"/", b"*"):
            return
        self._wildcards += b"*" in pattern
        if b"*" not in pattern or self._wildcards <= _MAX_WILDCARDS:
            self._patterns[pattern, field == "allow"] = None

    def settled(self) -> Rules:
        ordered = sorted(self._patterns, key=lambda rule: (-len(rule[0]), not rule[1]))
        return Rules(rules=tuple(_rule(pattern, allowed=allowed) for pattern, allowed in ordered), crawl_delay=self._delay)


def _rule(pattern: bytes, *, allowed: bool) -> Rule:
    """`*` is anything and `$` at the end is the end; elsewhere a `$` is itself (2.2.3)."""
    body = pattern.removesuffix(b"$")
    return Rule(pieces=tuple(body.replace(b"$", b"%24").split(b"*")), anchored=body != pattern, allowed=allowed)


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """(known field, value) of every line that has one."""
    for line in _LINE_END.split(text[:MAX_BYTES].removeprefix("\ufeff")):
        name, colon, value = line.partition("#")[0].partition(":")
        field = _FIELDS.get(name.strip().lower()) if colon else None
        if field is not None:
            yield field, value.strip()


def _normal(path: bytes) -> bytes:
    """One spelling: escapes of plain letters undone, all others in upper case, and bytes that need an escape escaped (2.2.2)."""
    return _UNSAFE.sub(lambda found: b"%%%02X" % found[0][0], _ESCAPE.sub(_respelled, path))


def _respelled(found: re.Match[bytes]) -> bytes:
    byte = int(found[1], 16)
    return bytes([byte]) if byte in _UNRESERVED else found[0].upper()
