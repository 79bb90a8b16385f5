"""One TOML file of `config/`, read: its values, and for every key the line on which it stands."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aggregator.errors import ConfigError

# A press office writes a few kilobytes, 2,000 outlets are half a megabyte: more is a wrong file.
MAX_BYTES = 8_000_000

Step = str | int
Trail = tuple[Step, ...]

_SEGMENT = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_PATH = rf"{_SEGMENT}(?:\s*\.\s*{_SEGMENT})*"
_TABLE = re.compile(rf"^\s*(\[\[?)\s*({_PATH})\s*\]\]?")
_KEY = re.compile(rf"^\s*({_PATH})\s*=")
_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`name` is the path as people know it; list items in a trail count from 0, in messages from 1."""

    name: str
    values: Mapping[str, object]
    lines: Mapping[Trail, int]

    def origin(self, *trail: Step) -> str:
        """`config/topics.toml:12`: the line of the key, else of the nearest table around it, else the file."""
        for length in range(len(trail), 0, -1):
            line = self.lines.get(trail[:length])
            if line is not None:
                return f"{self.name}:{line}"
        return self.name

    def where(self, *trail: Step) -> str:
        """`config/topics.toml:12: topics[2].query`."""
        return f"{self.origin(*trail)}: {dotted(trail)}" if trail else self.name


def dotted(trail: Trail) -> str:
    """`("topics", 1, "query")` is `topics[2].query`."""
    text = ""
    for step in trail:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def read_sheet(path: Path) -> Sheet | None:
    """The file's content, None when there is no such file. ConfigError: not readable, not UTF-8, not TOML (with line and column)."""
    name = short(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(
            name, f"cannot be read ({error.strerror or error})", hint="Check the name and the rights of the file."
        ) from None
    if len(raw) > MAX_BYTES:
        raise ConfigError(name, f"is larger than {MAX_BYTES:,} bytes", hint="This is not a configuration file that people write.")
    text = _decode(name, raw)
    return Sheet(name=name, values=_parse(name, text), lines=_locate(text))


def short(path: Path) -> str:
    """The path as somebody in this folder would type it."""
    with suppress(ValueError, OSError):
        return str(path.absolute().relative_to(Path.cwd()))
    return str(path)


def nearest(word: str, allowed: Iterable[str]) -> str:
    """The allowed word most like `word`, "" when none is."""
    found = difflib.get_close_matches(word.casefold(), sorted(allowed), n=1, cutoff=0.6)
    return found[0] if found else ""


def unknown(where: str, what: str, word: str, allowed: Iterable[str]) -> ConfigError:
    """The error for a key, section, variable or value nobody knows: with the nearest right one, or all of them."""
    names = sorted(allowed)
    guess = nearest(word, names)
    hint = f'Did you mean "{guess}"? ' if guess else ""
    return ConfigError(where, f'unknown {what} "{word}"', hint=f"{hint}Allowed: {', '.join(names)}.")


def check_keys(sheet: Sheet, table: Mapping[str, object], trail: Trail, allowed: Iterable[str], *, what: str = "key") -> None:
    """ConfigError for the first key of `table` that is not allowed."""
    names = tuple(allowed)
    for key in table:
        if key not in names:
            raise unknown(sheet.where(*trail, key), what, key, names)


def _decode(name: str, raw: bytes) -> str:
    try:
        # Editors on Windows put a byte order mark first; tomllib would refuse the file for it.
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}:{line}", "is not UTF-8 text", hint="Save the file as UTF-8.") from None


def _parse(name: str, text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = str(error)
        found = _AT.search(problem)
        place = f":{found[1]}:{found[2]}" if found and found[1] else f":{text.count(chr(10)) + 1}" if found else ""
        what = _AT.sub("", problem)
        raise ConfigError(
            name + place, f"is not valid TOML: {what[:1].lower()}{what[1:]}", hint='Texts stand in quotes: key = "value".'
        ) from None
    except RecursionError:
        raise ConfigError(name, "is nested too deeply", hint="Lists and tables need two or three levels at most.") from None


def _locate(text: str) -> Mapping[Trail, int]:
    """Lines of keys and tables, found by a plain scan: good enough to point at, and never needed to be right for reading."""
    lines: dict[Trail, int] = {}
    counts: dict[Trail, int] = {}
    table: Trail = ()
    quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:
            quote = "" if line.count(quote) % 2 else quote
            continue
        if found := _TABLE.match(line):
            steps = _steps(found[2])
            table = _enter(steps, counts, repeated=found[1] == "[[")
            lines.setdefault(table, number)
            lines.setdefault(steps, number)
        elif found := _KEY.match(line):
            lines.setdefault(table + _steps(found[1]), number)
        quote = next((q for q in ('"""', "'''") if line.count(q) % 2), "")
    return lines


def _steps(path: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_SEGMENT, path))


def _enter(path: tuple[str, ...], counts: dict[Trail, int], *, repeated: bool) -> Trail:
    trail: Trail = ()
    for depth, step in enumerate(path, start=1):
        trail += (step,)
        if repeated and depth == len(path):
            counts[trail] = counts.get(trail, -1) + 1
        if trail in counts:
            trail += (counts[trail],)
    return trail
