"""Does the service stay flat? The real `aggregator run` over thousands of polls and pages, with its memory, files and threads watched.

Fifty outlets, half of them with validators (304), half without (200 with the same bytes); news as the polls go on, some feeds
that fail for once, some pages that hang, are missing or are too large; a mailbox that receives. The first third of the time
is warm-up: caches and pools fill. Of the rest, the slope is the median of the slopes between all pairs of samples
(Theil-Sen), which a few peaks do not move. Linux only, as it reads /proc.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import combinations, pairwise
from pathlib import Path
from typing import TypeVar

from tests.mailbox import Mailbox
from tests.newspaper import Behaviour, Newspaper, OutletSite
from tests.newsroom import Desk, News
from tests.program import Program, outlet_toml, topic_toml

FEEDS = 50
LISTED = 20
FAILING = 0.05
# Half of it is left when it is stored compressed.
PAGE_WEIGHT = 60_000
HOSTILE_EVERY = 40
SAMPLE_S, STEP_S, SETTLE_S = 2.0, 0.25, 10.0
LIMIT_S = 15 * 60
MIB = 1 << 20
NOTED = "sqlite-memory"
T = TypeVar("T")

# Pinned intervals: no hints, no jitter; the service looks every 2 s. A page that hangs is given up after 3 s instead of 40.
SETTINGS = '[poll]\nmin_interval = "1s"\nmax_interval = "1s"\n[limits]\npage_deadline = "3s"\n'
TOPICS = "\n".join(
    (
        topic_toml("Works", "brewery OR cannery", "works@example.org"),
        topic_toml("Near", "harbour NEAR/15 barges", "near@example.org"),
        topic_toml("Hourly", "mayor AND council*", "hourly@example.org", more='deliver = "hourly"'),
    )
)
HOSTILE = (
    Behaviour(hang=True),
    Behaviour(status=404, body=b"<h1>Gone</h1>"),
    Behaviour(body=b"<p>" + b"x" * (6 * MIB) + b"</p>", content_type="text/html"),
)

# After the warm-up. Memory: under 1 MiB per 1,000 polls, all of it. In it are SQLite's page caches, at most 16,000 KiB for each of
# four connections, and a little for schemas and statements; the writer's fills during the warm-up of a soak of full size. Open files: the trend over the whole steady part; their
# number itself swings with the connections under way and kept alive, so only its ceiling is bounded: two connections for each
# of the outlets' hosts and 60 for everything else. Threads: pools have grown to their size by then, one may come and go.
LARGEST_SLOPE = 1.0
LARGEST_CACHES = (4 * 16_000 + 8_000) * 1024
LARGEST_FILE_TREND = 5.0
MOST_FILES = 2 * FEEDS + 60
THREAD_SWING = 2
LARGEST_WAL = 64 * MIB


class SoakError(Exception):
    """The soak could not be done: the service ended, or the time ran out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The service at one moment. Sizes in bytes; `polls` is how many had been answered by then."""

    seconds: float
    polls: int
    rss: int
    sqlite: int
    pss: int
    children: int
    children_pss: int
    zombies: int
    files: int
    threads: int
    wal: int
    database: int

    @property
    def own(self) -> int:
        """Memory without SQLite's page caches."""
        return self.rss - self.sqlite


@dataclass(slots=True, kw_only=True)
class Press:
    """Prints news in step with the polls, and counts what was asked for."""

    paper: Newspaper
    sites: list[OutletSite]
    polls_wanted: int
    pages_wanted: int
    desk: Desk = field(default_factory=lambda: Desk(7))
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    polls: int = 0
    pages: int = 0
    printed: int = 0
    failing: int = 0
    seen: int = 0

    def turn(self) -> None:
        """Count the new requests, print what is due by now, let a few feeds fail once."""
        fresh = self.paper.log[self.seen :]
        self.seen += len(fresh)
        self.polls += sum(hit.path == "/rss" for hit in fresh)
        self.pages += sum(hit.path.startswith("/news/") for hit in fresh)
        due = min(self.pages_wanted, self.pages_wanted * self.polls // max(self.polls_wanted, 1) + FEEDS)
        while self.printed < due:
            self._print()
        while self.failing < self.polls * FAILING:
            self.dice.choice(self.sites).script("/rss", Behaviour(status=503, body=b"busy"))
            self.failing += 1

    def _print(self) -> None:
        site = self.dice.choice(self.sites)
        self.printed += 1
        path = f"/news/{self.printed}"
        news = self.desk.article(short=self.printed % 10 == 0)
        if self.printed % HOSTILE_EVERY == 0:
            site.script(path, HOSTILE[self.printed // HOSTILE_EVERY % len(HOSTILE)], always=True)
        site.add_article(news.title, news.paragraphs, path=path, html=self._page(news).encode())
        del site.items[LISTED:]

    def _page(self, news: News) -> str:
        """As heavy as an outlet's page is: stored pages make most of the database."""
        text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in news.paragraphs)
        script = f"<script>const state = '{self.dice.randbytes(PAGE_WEIGHT // 2).hex()}';</script>"
        return (
            f"<!doctype html><html lang='en'><head><title>{escape(news.title)}</title>{script}</head><body><nav><a href='/'>Home</a>"
            f"</nav><article><h1>{escape(news.title)}</h1>{text}</article><footer><p>Imprint</p></footer></body></html>"
        )

    @property
    def done(self) -> bool:
        return self.polls >= self.polls_wanted and self.pages >= self.pages_wanted


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/soak flat", description=__doc__)
    parser.add_argument("--polls", type=int, default=5000)
    parser.add_argument("--pages", type=int, default=2000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Newspaper() as paper, Mailbox() as mailbox:
        sites = _outlets(paper)
        program = Program(folder=Path(folder))
        outlets = "\n".join(outlet_toml(site.name, site.feed_url, language="en") for site in sites)
        program.configure(paper, outlets=outlets, topics=TOPICS, smtp_port=mailbox.port, settings=SETTINGS)
        press = Press(paper=paper, sites=sites, polls_wanted=asked.polls, pages_wanted=asked.pages)
        try:
            samples = _soak(program, press)
        except SoakError as error:
            sys.exit(f"{error}\n{_last_lines(program)}")
        print(
            f"{press.polls} polls, {press.pages} requests for pages, {press.printed} articles printed, {len(mailbox.messages)} mails, "
            f"{samples[-1].seconds:.0f} s, {len(samples)} samples"
        )
    steady = samples[len(samples) // 3 :]
    report(steady)
    plot(samples)
    if broken := verdict(steady):
        sys.exit(f"not flat: {'; '.join(broken)}")
    print("\nflat")


def _outlets(paper: Newspaper) -> list[OutletSite]:
    sites = [paper.outlet(f"outlet-{n}.example", f"Outlet {n}") for n in range(FEEDS)]
    for site in sites[::2]:
        site.validators = False
    return sites


def _soak(program: Program, press: Press) -> list[Sample]:
    """Run the service until everything was asked for, and a little longer; it is ended in any case."""
    with (program.folder / "log").open("wb") as log:
        service = subprocess.Popen(_command(program), stdout=log, stderr=log, env=program.environment())
        try:
            samples = _watch(service, program.folder, press)
            service.terminate()
            if code := service.wait(60):
                raise SoakError(f"the service ended with {code}")
            return samples
        finally:
            if service.poll() is None:
                service.kill()
                service.wait()


def _command(program: Program) -> list[str]:
    return [sys.executable, "-m", "scripts.soaking.watched", str(program.folder / NOTED), "--config", str(program.config), "run"]


def _watch(service: subprocess.Popen[bytes], folder: Path, press: Press) -> list[Sample]:
    samples: list[Sample] = []
    started = time.monotonic()
    end = started + LIMIT_S
    settled = False
    while (now := time.monotonic()) < end:
        if service.poll() is not None:
            raise SoakError(f"the service ended by itself with {service.returncode}")
        press.turn()
        if now - started >= len(samples) * SAMPLE_S:
            samples.append(sample(service.pid, folder, seconds=now - started, polls=press.polls))
        if press.done and not settled:
            settled, end = True, min(end, now + SETTLE_S)
        time.sleep(STEP_S)
    if not settled:
        raise SoakError(f"stopped after {LIMIT_S} s: {press.polls} polls, {press.pages} pages")
    return samples


def _last_lines(program: Program) -> str:
    return (program.folder / "log").read_text(errors="replace")[-2000:]


def sample(pid: int, folder: Path, *, seconds: float, polls: int) -> Sample:
    """Read /proc and the database's files; a child that ends meanwhile counts as nothing."""
    children = descendants(pid)
    main = _status(pid)
    data = folder / "var"
    return Sample(
        seconds=seconds,
        polls=polls,
        rss=_kib(main, "VmRSS"),
        sqlite=int(_or_nothing((folder / NOTED).read_text, "0")),
        pss=_pss(pid),
        children=len(children),
        children_pss=sum(map(_pss, children)),
        zombies=sum(_status(child).get("State", "").startswith("Z") for child in children),
        files=len(os.listdir(f"/proc/{pid}/fd")),  # noqa: PTH208 - names are all that is wanted
        threads=int(main["Threads"]),
        wal=_size(data / "aggregator.db-wal"),
        database=_size(data / "aggregator.db"),
    )


def descendants(pid: int) -> list[int]:
    """Children and theirs, zombies included."""
    found: list[int] = []
    for task in _or_nothing(lambda: list(Path(f"/proc/{pid}/task").iterdir()), []):
        for child in map(int, _or_nothing((task / "children").read_text, "").split()):
            found += [child, *descendants(child)]
    return found


def _status(pid: int) -> dict[str, str]:
    text = _or_nothing(Path(f"/proc/{pid}/status").read_text, "")
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def _kib(status: dict[str, str], name: str) -> int:
    return int(status.get(name, "0 kB").split()[0]) * 1024


def _pss(pid: int) -> int:
    lines = _or_nothing(Path(f"/proc/{pid}/smaps_rollup").read_text, "").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _size(file: Path) -> int:
    return _or_nothing(lambda: file.stat().st_size, 0)


def _or_nothing(look: Callable[[], T], nothing: T) -> T:
    try:
        return look()
    except (FileNotFoundError, ProcessLookupError):
        return nothing


def slope(samples: Sequence[Sample], what: Callable[[Sample], float]) -> float:
    """Theil-Sen: growth per 1,000 polls."""
    pairs = [(other.polls - one.polls, what(other) - what(one)) for one, other in combinations(samples, 2)]
    return statistics.median([rise / run * 1000 for run, rise in pairs if run > 0] or [0.0])


# What is shown: name, unit's divisor, value.
SHOWN: tuple[tuple[str, float, Callable[[Sample], float]], ...] = (
    ("RSS, main process, MiB", MIB, lambda one: one.rss),
    ("SQLite's page caches in it, MiB", MIB, lambda one: one.sqlite),
    ("RSS without them, MiB", MIB, lambda one: one.own),
    ("PSS, main process, MiB", MIB, lambda one: one.pss),
    ("PSS, all children, MiB", MIB, lambda one: one.children_pss),
    ("children", 1, lambda one: one.children),
    ("open files, main process", 1, lambda one: one.files),
    ("threads, main process", 1, lambda one: one.threads),
    ("write-ahead log, MiB", MIB, lambda one: one.wal),
    ("database, MiB", MIB, lambda one: one.database),
)


def report(steady: Sequence[Sample]) -> None:
    """Start and end are medians of the first and last tenth."""
    tenth = max(1, len(steady) // 10)
    print(f"steady part: polls {steady[0].polls} to {steady[-1].polls}\n")
    print("| | start | end | least | most | per 1,000 polls |")
    print("|---|---|---|---|---|---|")
    for name, unit, what in SHOWN:
        values = [what(one) / unit for one in steady]
        start, end = statistics.median(values[:tenth]), statistics.median(values[-tenth:])
        print(f"| {name} | {start:.1f} | {end:.1f} | {min(values):.1f} | {max(values):.1f} | {slope(steady, what) / unit:+.2f} |")


def plot(samples: Sequence[Sample], *, width: int = 72, height: int = 8) -> None:
    """RSS of the main process over time; each column is the median of its samples."""
    columns = min(width, len(samples))
    edges = [len(samples) * n // columns for n in range(columns + 1)]
    values = [statistics.median(one.rss / MIB for one in samples[low:high]) for low, high in pairwise(edges)]
    low, high = min(values), max(values)
    rows = [round((value - low) / (high - low or 1) * (height - 1)) for value in values]
    print("\nRSS of the main process, MiB (| ends the warm-up)")
    for level in range(height - 1, -1, -1):
        mark = f"{low + (high - low) * level / (height - 1):7.1f} "
        print(mark + "".join("*" if row == level else "|" if n == columns // 3 else " " for n, row in enumerate(rows)).rstrip())


def verdict(steady: Sequence[Sample]) -> list[str]:
    """What is not flat, in words."""
    memory = slope(steady, lambda one: one.rss) / MIB
    caches = max(one.sqlite for one in steady)
    files = slope(steady, lambda one: one.files) * (steady[-1].polls - steady[0].polls) / 1000
    threads = [one.threads for one in steady]
    checks = (
        (memory < LARGEST_SLOPE, f"memory grows by {memory:.2f} MiB per 1,000 polls"),
        (0 < caches < LARGEST_CACHES, f"SQLite holds {caches / MIB:.0f} MiB"),
        (files < LARGEST_FILE_TREND, f"open files grew by {files:.0f}"),
        (max(one.files for one in steady) <= MOST_FILES, f"{max(one.files for one in steady)} open files"),
        (max(threads) - min(threads) <= THREAD_SWING, f"between {min(threads)} and {max(threads)} threads"),
        (max(one.wal for one in steady) < LARGEST_WAL, "the write-ahead log is too large"),
        (not steady[-1].zombies, f"{steady[-1].zombies} dead children were not collected"),
    )
    return [words for good, words in checks if not good]


if __name__ == "__main__":
    main()
