"""Colours and alignment on a terminal, for the screens that are looked at; a pipe gets the same words plain."""

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aggregator.cli.output import is_terminal, safe, say

_BARS = "·▁▂▃▄▅▆▇█"


def bars(counts: Sequence[int]) -> str:
    """One bar a number, the highest for the largest; a dot for 0 and for nothing else."""
    most, steps = max(counts, default=0), len(_BARS) - 1
    return "".join(_BARS[-(-count * steps // max(most, 1))] for count in counts)


def line(text: str, *, style: str = "", cut: bool = False) -> None:
    """One line, in a colour where somebody watches; `cut` there at the width of the terminal instead of wrapped."""
    if is_terminal():
        _console().print(Text(safe(text), style=style, no_wrap=cut, overflow="ellipsis" if cut else "fold"))
    else:
        say(text)


def grid(rows: Iterable[Sequence[tuple[str, str]]]) -> None:
    """Aligned columns of (text, style); the last column takes what is left of the width and wraps."""
    listed = list(rows)
    table = Table.grid(padding=(0, 2, 0, 0))
    for place in range(len(listed[0]) if listed else 0):
        table.add_column(no_wrap=place < len(listed[0]) - 1, overflow="fold")
    for row in listed:
        table.add_row(*(Text(safe(text), style=style) for text, style in row))
    _console().print(table)


def _console() -> Console:
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
