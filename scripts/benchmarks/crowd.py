"""The real worker pool under the shared pages: what a second worker brings, and whether memory stays flat."""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations, islice
from os import getloadavg, getpid

from aggregator.articles.job import encode_header
from aggregator.limits import DEFAULT_LIMITS
from aggregator.service.workers import EXTRACT_JOB, WorkerPool
from scripts.benchmarks.pollers import tree_cpu
from scripts.soaking.flat import MIB, _kib, _pss, _status, descendants

# A URL and the bytes of its page.
Job = tuple[str, bytes]

NOW = datetime(2026, 11, 1, tzinfo=UTC)
WALL = timedelta(seconds=120)
LEAST_SPEEDUP = 1.7
# MiB per 1,000 pages, as scripts/soak asks of 1,000 polls.
LARGEST_SLOPE = 1.0
EVERY = 25


async def two_against_one(jobs: Sequence[Job], *, rounds: int) -> list[str]:
    """Pages per second of wall time with one worker and with two, in turns. Gives the bound that is broken."""
    rates: dict[int, list[float]] = {1: [], 2: []}
    spent: dict[int, list[float]] = {1: [], 2: []}
    async with WorkerPool(1, DEFAULT_LIMITS) as one, WorkerPool(2, DEFAULT_LIMITS) as two:
        pools = [(1, one), (2, two)]
        for _, pool in pools:
            await _read(pool, jobs)
        for _ in range(rounds):
            for count, pool in pools:
                before = tree_cpu()
                rates[count].append(len(jobs) / await _read(pool, jobs))
                spent[count].append((tree_cpu() - before) / len(jobs) * 1000)
            pools.reverse()
    ratios = [two_s / one_s for one_s, two_s in zip(rates[1], rates[2], strict=True)]
    ratio = statistics.median(ratios)
    print(
        f"\nload of the machine: {getloadavg()[0]:.1f} (over 2, the wall says little; the CPU of all our processes still does)\n"
    )
    print("| workers | pages per second | times one | ms CPU per page |\n|---|---|---|---|")
    print(f"| 1 | {statistics.median(rates[1]):.1f} | 1.00 | {statistics.median(spent[1]):.1f} |")
    times = f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    print(f"| 2 | {statistics.median(rates[2]):.1f} | {times} | {statistics.median(spent[2]):.1f} |")
    return [] if ratio >= LEAST_SPEEDUP else [f"two workers are {ratio:.2f} times one, {LEAST_SPEEDUP} is asked for"]


async def _read(pool: WorkerPool, jobs: Sequence[Job]) -> float:
    """Seconds for all of them, four under way so that no worker waits."""
    waiting = iter(jobs)

    async def work() -> None:
        for job in waiting:
            await _extract(pool, job)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(4)))
    return time.perf_counter() - started


async def _extract(pool: WorkerPool, job: Job) -> None:
    url, html = job
    header = encode_header(url=url, content_type="text/html", feed=None, now=NOW, limits=DEFAULT_LIMITS)
    await pool.run(EXTRACT_JOB, header, html, wall=WALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Memory in bytes after so many pages; `age`: pages that the worker had read, None for samples that it did not live through."""

    pages: int
    age: int
    main: int
    worker: int
    worker_pss: int
    whole: int


async def watch_memory(jobs: Sequence[Job], *, count: int) -> list[str]:
    """One worker, recycled as in the service, over `count` pages. Gives the bounds that are broken."""
    seen: list[Seen] = []
    life = DEFAULT_LIMITS.worker_jobs
    async with WorkerPool(1, DEFAULT_LIMITS) as pool:
        for number in range(count):
            await _extract(pool, jobs[number % len(jobs)])
            # A worker that has just been retired is not there to be looked at.
            if (number + 1) % EVERY == 0 and (number + 1) % life:
                seen.append(_look(number + 1, age=(number + 1) % life))
    # What grows in the first pages is caches that fill: the first third of the run, and of each worker's life, is warm-up.
    steady = [one for one in seen if one.pages > count // 3]
    aged = [one for one in seen if one.age > life // 3]
    rows: tuple[tuple[str, Sequence[Seen], Callable[[Seen], int], Callable[[Seen], int]], ...] = (
        ("RSS, main process", steady, lambda one: one.pages, lambda one: one.main),
        ("PSS, all processes", steady, lambda one: one.pages, lambda one: one.whole),
        ("RSS, worker, over the whole", steady, lambda one: one.pages, lambda one: one.worker),
    )
    print(f"\nmemory over {count} pages, worker recycled every {life}, MiB\n")
    print("| | start | end | least | most | per 1,000 pages |\n|---|---|---|---|---|---|")
    slopes = [_row(name, part, when, what) for name, part, when, what in rows]
    _row("RSS, worker, between recyclings", aged, lambda one: one.age, lambda one: one.worker, lives=life)
    _row("PSS, worker, between recyclings", aged, lambda one: one.age, lambda one: one.worker_pss, lives=life)
    return [
        f"{rows[place][0]} grows by {slope:.2f} MiB per 1,000 pages, {LARGEST_SLOPE} is allowed"
        for place, slope in enumerate(slopes)
        if slope > LARGEST_SLOPE
    ]


def _look(pages: int, *, age: int) -> Seen:
    """Of the processes below this one the nursery comes first, the worker last."""
    children = descendants(getpid())
    return Seen(
        pages=pages,
        age=age,
        main=_kib(_status(getpid()), "VmRSS"),
        worker=_kib(_status(children[-1]), "VmRSS"),
        worker_pss=_pss(children[-1]),
        whole=_pss(getpid()) + sum(map(_pss, children)),
    )


def _row(name: str, seen: Sequence[Seen], when: Callable[[Seen], int], what: Callable[[Seen], int], *, lives: int = 0) -> float:
    """Prints a line; gives the slope in MiB per 1,000 pages. `lives`: only samples of the same life are compared."""
    pairs = [
        (when(other) - when(one), what(other) - what(one))
        for one, other in combinations(seen, 2)
        if not lives or one.pages // lives == other.pages // lives
    ]
    slope = statistics.median([rise / run * 1000 for run, rise in pairs if run > 0] or [0.0]) / MIB
    values = [what(one) / MIB for one in seen]
    tenth = max(1, len(values) // 10)
    start, end = statistics.median(islice(values, tenth)), statistics.median(values[-tenth:])
    print(f"| {name} | {start:.1f} | {end:.1f} | {min(values):.1f} | {max(values):.1f} | {slope:+.2f} |")
    return slope
