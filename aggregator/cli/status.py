"""`status`: one screen that answers "is it working?"."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime

import click

from aggregator.cli import paint
from aggregator.cli.asked import Verb, json_option, settings
from aggregator.cli.output import is_terminal, print_json, print_pairs, show
from aggregator.reasons import explain
from aggregator.service.screen import Room, Screen, Serving, look_around
from aggregator.service.verdict import Level
from aggregator.store.values import OutletTrouble, Overview
from aggregator.text import printable

Pair = tuple[str, object]

# Each may take two lines: with the rest, one screen.
TROUBLES = 4
_COLOURS = {Level.OK: "bold green", Level.NOTE: "bold yellow", Level.TROUBLE: "bold red"}


@click.command(cls=Verb, short_help="One look at health.", example="aggregator status\naggregator status --check --json")
@click.option("--check", is_flag=True, help="Exit 1 when it is not working: for monitors.")
@json_option
def status(check: bool, as_json: bool) -> int:
    """Show in one screen whether it works: what is watched, what waits and why, who runs, and how much room is left."""
    screen = look_around(settings())
    if as_json:
        print_json(_document(screen))
    else:
        _print(screen)
    return 1 if check and not screen.verdict.good else 0


def _document(screen: Screen) -> dict[str, object]:
    """The numbers stand at the top, beside the verdict; who serves and the room have an object each."""
    seen = {field.name: getattr(screen.seen, field.name) for field in fields(Overview)}
    told = screen.verdict
    return {"verdict": told.words, "level": told.level, "good": told.good, **seen, "service": screen.serving, "room": screen.room}


def _print(screen: Screen) -> None:
    paint.line(screen.verdict.words, style=_COLOURS[screen.verdict.level])
    if is_terminal():
        paint.grid(((name, "dim"), (show(value), "")) for name, value in _pairs(screen))
    else:
        print_pairs(_pairs(screen))
    _print_troubles(screen.seen.troubles)
    for words in screen.seen.warnings[: TROUBLES if is_terminal() else None]:
        paint.line(f"! {printable(words)}", style="yellow")
    for row in screen.seen.journal:
        said = f": {printable(row.detail)}" if row.detail else ""
        paint.line(f"{show(row.at)}  {row.kind.value.replace('_', ' ')}{said}", style="dim", cut=True)


def _pairs(screen: Screen) -> Iterable[Pair]:
    seen = screen.seen
    yield "outlets read", f"{seen.outlets_read} of {seen.outlets}"
    yield "feeds", f"{seen.feeds}, {seen.feeds_due} due now, last poll {show(seen.last_poll_at)}"
    yield "waiting", _waiting(seen)
    yield "articles", f"{seen.articles}, {seen.articles_today} today, in {seen.stories} stories, {seen.stories_today} new today"
    if is_terminal() and any(seen.hours):
        yield "last 24 hours", sparkline(seen.hours)
    yield "topics", f"{seen.topics}, {seen.matches_today} matches today"
    yield "messages", ", ".join(f"{count} {state}" for state, count in seen.messages) or "none"
    if seen.unsent:
        why = ": ".join(part for part in (explain(seen.unsent.reason) if seen.unsent.reason else "", seen.unsent.detail) if part)
        yield "oldest waiting message", f"{show(seen.unsent.since)}{f', {why}' if why else ''}"
    else:
        yield "oldest waiting message", seen.oldest_waiting_at
    yield "service", _service(screen.serving)
    yield "disk", _room(screen.room)
    yield "last backup", seen.backup_at


def _waiting(seen: Overview) -> str:
    text = f"{seen.entries_to_read} pages to read, {seen.entries_to_publish} articles to publish"
    return f"{text}, the oldest since {show(seen.oldest_work_at)}" if seen.oldest_work_at else text


def _service(serving: Serving) -> str:
    if not serving.embedded:
        return "on PostgreSQL any number of processes may serve; the last poll tells"
    if serving.pid is None:
        return "none"
    page = f", page at {serving.page}" if serving.page else ""
    return f"`{serving.command}`, pid {serving.pid} since {show(serving.since)}{page}"


def _room(room: Room) -> str:
    free = f"{_bytes(room.free)} free, " if room.free is not None else ""
    log = f" and {_bytes(room.log)} of log" if room.log else ""
    return f"{free}{_bytes(room.database)} of database{log}"


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def sparkline(counts: Sequence[int]) -> str:
    """One bar a number, the highest for the largest; a dot for 0 and for nothing else."""
    return f"{paint.bars(counts)}  at most {max(counts, default=0)} an hour"


def _print_troubles(troubles: Sequence[OutletTrouble]) -> None:
    """On a terminal the first few: it is one screen."""
    shown = troubles[:TROUBLES] if is_terminal() else troubles
    for trouble in shown:
        paint.line(
            f"! {printable(trouble.outlet)}: {explain(trouble.reason)}{_read_last(trouble.since)}{_next(trouble.next_poll_at)}",
            style="yellow",
        )
    if len(shown) < len(troubles):
        paint.line(f"! and {len(troubles) - len(shown)} more: aggregator feeds list", style="yellow")


def _read_last(moment: datetime | None) -> str:
    return f", last read {show(moment)}" if moment else ", never read"


def _next(moment: datetime | None) -> str:
    return f", next try {show(moment)}" if moment else ""
