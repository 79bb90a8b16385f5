"""Progress bars of `once` and `feeds poll`: one line a stage, growing as the feeds bring work."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich import progress as bars
from rich.console import Console
from rich.markup import escape

from aggregator.pipeline.context import Event
from aggregator.text import one_line

_TITLES = {"poll": "feeds", "read": "pages", "publish": "articles", "send": "mails"}


class Progress:
    """A listener for events that draws on stderr. New entries of a poll are pages to read, a page read is an article to publish."""

    def __init__(self) -> None:
        self._bars = bars.Progress(
            bars.TextColumn("{task.description:<9}"),
            bars.BarColumn(bar_width=30),
            bars.MofNCompleteColumn(),
            bars.TimeElapsedColumn(),
            bars.TextColumn("{task.fields[subject]}"),
            console=Console(file=sys.stderr, highlight=False, emoji=False),
            transient=True,
        )
        self._tasks = {stage: self._bars.add_task(title, total=0, subject="") for stage, title in _TITLES.items()}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bars.stop()

    def __call__(self, event: Event) -> None:
        if event.stage == "start":
            self._grow("poll", event.count)
            return
        if event.stage not in self._tasks:
            return
        self._bars.update(self._tasks[event.stage], advance=1, subject=escape(one_line(event.subject, 60)))
        if event.stage == "poll":
            self._grow("read", event.count)
        if event.stage == "read":
            self._grow("publish", 1)
        if event.stage == "publish":
            self._grow("send", event.count)
        self._at_least(event.stage)

    def _grow(self, stage: str, by: int) -> None:
        task = self._tasks[stage]
        self._bars.update(task, total=self._total(stage) + by)

    def _at_least(self, stage: str) -> None:
        """Work that was left by an earlier run is not announced: the total follows what was done."""
        task = self._tasks[stage]
        done = int(self._bars.tasks[task].completed)
        self._bars.update(task, total=max(self._total(stage), done))

    def _total(self, stage: str) -> int:
        return int(self._bars.tasks[self._tasks[stage]].total or 0)


@contextmanager
def counting_bytes(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar over the bytes of a file, on a terminal; gives the function that is told `(done, all)`."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    columns = (bars.TextColumn("{task.description}"), bars.BarColumn(), bars.DownloadColumn(), bars.TimeRemainingColumn())
    with bars.Progress(*columns, console=Console(file=sys.stderr, highlight=False, emoji=False), transient=True) as shown:
        task = shown.add_task(escape(one_line(title, 40)), total=None)
        yield lambda done, size: shown.update(task, completed=done, total=size)


@contextmanager
def counting(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar over a number of things, on a terminal; gives the function that is told `(done, all)`."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(bar_width=30),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
    )
    with bars.Progress(*columns, console=Console(file=sys.stderr, highlight=False, emoji=False), transient=True) as shown:
        task = shown.add_task(escape(one_line(title, 40)), total=None)
        yield lambda done, size: shown.update(task, completed=done, total=size)


@contextmanager
def working(title: str) -> Iterator[None]:
    """A sign of life on a terminal, for work of unknown length."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(file=sys.stderr, highlight=False, emoji=False).status(escape(one_line(title, 70))):
        yield
