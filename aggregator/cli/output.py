"""What commands print: tables for people on a terminal, tab-separated lines for pipes, JSON for programs, errors as one line and a hint."""

import csv
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum
from io import StringIO
from typing import Any, TextIO

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aggregator.errors import AggregatorError, QueryError
from aggregator.text import printable
from aggregator.topics.canonical import caret

# Everything that moves a cursor, changes the direction of writing or cannot be encoded; line breaks and tabs stay.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# A spreadsheet runs a cell that begins with one of these.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def is_terminal() -> bool:
    """Is somebody watching the standard output."""
    return sys.stdout.isatty()


def safe(text: str) -> str:
    """Text from outside, fit for a terminal; lines and blanks stay as they are."""
    return _UNSAFE.sub("\ufffd", text)


def say(text: str = "", *, to: TextIO | None = None) -> None:
    """One line, or several, on the standard output."""
    print(safe(text), file=to or sys.stdout)


def complain(message: str, hint: str = "") -> None:
    """An error for people: one line, and a hint below it, both on stderr."""
    say(f"error: {printable(message)}", to=sys.stderr)
    for line in hint.splitlines():
        say(f"  {line}", to=sys.stderr)


def explain_error(error: AggregatorError) -> None:
    """`complain` with all the error knows; a query's mistake is shown in the query."""
    if isinstance(error, QueryError):
        complain(error.message, f"{caret(error)}\n{error.hint}")
    else:
        complain(error.message, error.hint)


def show(value: object) -> str:
    """A value in a table's cell."""
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}" if is_terminal() else f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, (tuple, list)):
        return ", ".join(show(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    return printable(str(value.value if isinstance(value, Enum) else value))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Rows under headings; `empty` is said instead when there are none (on a terminal)."""
    cells = [[show(value) for value in row] for row in rows]
    if not is_terminal():
        for line in [[*columns], *cells]:
            say("\t".join(line))
        return
    if not cells:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    _console().print(table)


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """`name  value` lines, aligned."""
    shown = [(name, show(value)) for name, value in pairs]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        say(f"{name:<{width}}  {value}")


def print_json(value: object) -> None:
    """One JSON document: dataclasses as objects, times as ISO 8601 UTC."""
    say(as_json(value, indent=2))


def as_json(value: object, *, indent: int = 0) -> str:
    """JSON that a terminal can be shown: what could move its cursor is written as an escape."""
    raw = msgspec.json.encode(value)
    text = (msgspec.json.format(raw, indent=indent) if indent else raw).decode()
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def csv_line(cells: Sequence[object]) -> str:
    """One CSV line; a text that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = StringIO()
    csv.writer(out, lineterminator="").writerow([_cell(cell) for cell in cells])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    text = "; ".join(str(item) for item in value) if isinstance(value, (tuple, list)) else str(value)
    return f"'{text}" if isinstance(value, (str, tuple, list)) and text.startswith(_FORMULA) else text


def _console() -> Console:
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
