"""Many kills on one database while news keeps coming, then an undisturbed end: nothing lost, nothing doubled, at most one repeat a kill.

Four kills in five are at a named fault point of `once`, at its first, second or third passage; the fifth is at a random moment
of `run`, the program as it is. After every kill the database and the mailbox are checked.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.series import Series, Step
from tests.faults.verify import look, repeated
from tests.faults.world import World
from tests.mailbox import Mailbox
from tests.newspaper import Newspaper

LONGEST = 20 * 60.0
WHENS = ("before", "inside", "after")


@dataclass(slots=True, kw_only=True)
class Row:
    """What became of the kills at one place; `at` counts those at a named point by their moment."""

    at: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    repeats: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Newspaper() as paper, Mailbox() as mailbox:
        world = World(Path(folder), paper, mailbox)
        world.open()
        series = Series(world, seed=asked.seed)
        print(f"{asked.count} kills, seed {asked.seed}")
        try:
            soak(series, asked.count, ends=started + LONGEST)
        except AssertionError as problem:
            sys.exit(f"violated {problem}")
        report(series, time.monotonic() - started)


def soak(series: Series, count: int, *, ends: float) -> None:
    """The kills and the undisturbed end. Raises AssertionError at the first violation, and when the time is over."""
    points = series.known_points()
    waiting: deque[str] = deque()
    while series.kills < count:
        assert time.monotonic() < ends, f"time: only {series.kills} kills after {LONGEST / 60:g} minutes"
        if series.kills % 5 == 4:
            series.news()
            series.kill_at_random()
        else:
            waiting = waiting or deque(series.chance.sample(sorted(points), len(points)))
            point = waiting.popleft()
            series.reach(point, passage=series.chance.randint(1, min(3, points[point])))
        print(f"\r{series.kills} kills", end="", file=sys.stderr, flush=True)
    print("\r", end="", file=sys.stderr)
    series.finish()


def report(series: Series, seconds: float) -> None:
    rows: dict[str, Row] = defaultdict(Row)
    for step in series.steps:
        if step.killed:
            enter(rows, step, series.repeats_of(step))
    print("| place | before | inside | after | kills | repeated mails |\n|---|---|---|---|---|---|")
    for place, row in sorted(rows.items()):
        whens = " | ".join(str(row.at[when] or "") for when in WHENS)
        print(f"| {place} | {whens} | {row.kills} | {row.repeats or ''} |")
    world, stored = series.world, look(series.world)
    mails = world.mailbox.messages
    print(f"| all | | | | {series.kills} | {len(repeated(mails))} |")
    versions = sum(row.version for row in stored.articles)
    print(
        f"\n{len(world.printed)} articles printed, {len(stored.articles)} in the archive with {versions} versions; "
        f"{len(world.tellings())} alerts due, {sum(stored.told.values())} made; {len(stored.messages)} messages, "
        f"{len(mails)} accepted, {len(repeated(mails))} of them repeats; {len(series.steps)} runs in {seconds:.0f} s"
    )
    print("Nothing was lost or doubled, nothing is held or left running: checked after every kill, and at the end.")


def enter(rows: dict[str, Row], step: Step, repeated: int) -> None:
    place, _, when = step.what.partition(":")
    rows[place].at[when] += 1
    rows[place].kills += 1
    rows[place].repeats += repeated


if __name__ == "__main__":
    main()
