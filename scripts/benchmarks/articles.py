"""Reading pages: our extraction against bare trafilatura, newspaper4k and readability-lxml, on the shared pages in one run.

Each contender and round has a process of its own that reads all pages twice and counts the second time, so that neither imports
nor first calls are measured; who begins changes. CPU is process time. F1 is that of the gate on bodies (bag of words, mean over
pages, an empty body is 0). Then the real workers: two against one in turns, and their memory over thousands of pages. Ends with 1
when a bound is broken.
"""

import argparse
import asyncio
import gc
import gzip
import importlib.metadata
import importlib.util
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scripts.benchmarks import crowd

SHARED = Path(__file__).parents[2].parent / "shared/data/pages"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
# Of bare trafilatura's CPU.
LARGEST_RATIO = 1.15

# Body of a page, from its bytes and address.
Read = Callable[[bytes, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stored page and the body that people took from it."""

    url: str
    html: bytes
    truth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One contender over all pages: CPU seconds, mean token F1, pages on which it raised."""

    cpu: float
    f1: float
    errors: int


def load_pages() -> list[Page]:
    """The shared pages."""
    from aggregator.text import normalise  # noqa: PLC0415 - each process loads what it measures

    listed = json.loads((SHARED / "manifest.json").read_text(encoding="utf-8"))["pages"]
    return [
        Page(
            url=page["url"],
            html=gzip.decompress((SHARED / page["file"]).read_bytes()),
            truth=normalise("\n".join(page["truth"]["paragraphs"])),
        )
        for page in listed
    ]


def _ours() -> Read:
    """As a worker runs it: the job with its header, bytes in and bytes out, the collector as in the worker."""
    from aggregator.articles.job import decode_extraction, encode_header, extract_job, warm_up  # noqa: PLC0415
    from aggregator.limits import DEFAULT_LIMITS  # noqa: PLC0415

    warm_up()

    def read(html: bytes, url: str) -> str:
        header = encode_header(url=url, content_type="text/html", feed=None, now=NOW, limits=DEFAULT_LIMITS)
        return decode_extraction(extract_job(header, html)).body

    return read


def _trafilatura() -> Read:
    import trafilatura  # noqa: PLC0415

    def read(html: bytes, url: str) -> str:
        document = trafilatura.bare_extraction(html, url=url, include_comments=False, with_metadata=True)
        return str(getattr(document, "text", "") or "")

    return read


def _newspaper() -> Read:
    """Its parsing alone: nothing is downloaded, and no summary is made."""
    import newspaper  # noqa: PLC0415

    def read(html: bytes, url: str) -> str:
        article = newspaper.Article(url, fetch_images=False)
        article.download(input_html=html.decode("utf-8", "replace"))
        article.parse()
        return str(article.text)

    return read


def _readability() -> Read:
    import lxml.html  # noqa: PLC0415
    import readability  # noqa: PLC0415

    def read(html: bytes, url: str) -> str:
        summary = readability.Document(html, url=url).summary(html_partial=True)
        return "\n".join(lxml.html.fromstring(summary).itertext())

    return read


MAKERS: dict[str, Callable[[], Read]] = {
    "ours": _ours,
    "trafilatura": _trafilatura,
    "newspaper4k": _newspaper,
    "readability-lxml": _readability,
}
MODULES = {"newspaper4k": "newspaper", "readability-lxml": "readability"}


def contenders() -> dict[str, str]:
    """Name -> what to call it in a table; only what is installed."""
    found = {"ours": "aggregator, extract_page as in a worker"}
    for name in ("trafilatura", "newspaper4k", "readability-lxml"):
        if importlib.util.find_spec(MODULES.get(name, name)):
            found[name] = f"{'bare ' if name == 'trafilatura' else ''}{name} {importlib.metadata.version(name)}"
    return found


def run_round(name: str) -> Round:
    """In a fresh process: all pages once for the caches, once counted."""
    from aggregator.text import normalise  # noqa: PLC0415
    from tests.gates.test_extraction import mean, token_f1  # noqa: PLC0415

    pages, read = load_pages(), MAKERS[name]()
    _read_all(read, pages)
    # All alike, as in our workers: their collector is off while a page is read.
    gc.collect()
    gc.disable()
    started = time.process_time()
    bodies, errors = _read_all(read, pages)
    cpu = time.process_time() - started
    f1 = mean(token_f1(normalise(body), page.truth) for body, page in zip(bodies, pages, strict=True))
    return Round(cpu=cpu, f1=f1, errors=errors)


def _read_all(read: Read, pages: list[Page]) -> tuple[list[str], int]:
    """What a contender raises is its error and an empty body."""
    bodies, errors = [], 0
    for page in pages:
        try:
            bodies.append(read(page.html, page.url))
        except Exception:  # noqa: BLE001 - whatever a peer raises belongs to its column
            bodies.append("")
            errors += 1
    return bodies, errors


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench articles", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=int, default=5000, help="read by the workers while their memory is watched")
    chosen = parser.parse_args()
    if not SHARED.is_dir():
        sys.exit(f"{SHARED} is missing: the pages to be measured lie beside the checkout")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    broken = _compare(chosen.rounds)
    pages = load_pages()
    jobs = [(page.url, page.html) for page in pages]
    broken += asyncio.run(crowd.two_against_one(jobs, rounds=chosen.rounds))
    broken += asyncio.run(crowd.watch_memory(jobs, count=chosen.pages))
    if broken:
        sys.exit(f"over the bound: {'; '.join(broken)}")


def _compare(rounds: int) -> list[str]:
    names = contenders()
    taken: dict[str, list[Round]] = defaultdict(list)
    order = list(names)
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for _ in range(rounds):
            for name in order:
                taken[name].append(pool.apply(run_round, (name,)))
            order = [*order[1:], order[0]]
    for name in MAKERS.keys() - names.keys():
        print(f"{name} is not installed: its row is missing")
    return _report(taken, names, len(load_pages()))


def _report(taken: dict[str, list[Round]], names: dict[str, str], pages: int) -> list[str]:
    print(f"\n{pages} pages, {len(taken['ours'])} rounds, medians\n")
    print("| | ms CPU per page | of bare trafilatura | pages per second and core | mean token F1 | errors |")
    print("|---|---|---|---|---|---|")
    broken = []
    for name, title in names.items():
        ratios = [one.cpu / bare.cpu for one, bare in zip(taken[name], taken["trafilatura"], strict=True)]
        cpu, ratio = statistics.median(one.cpu for one in taken[name]) / pages, statistics.median(ratios)
        spread = f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"| {title} | {cpu * 1000:.1f} | {spread} | {1 / cpu:.0f} | {taken[name][0].f1:.4f} | {taken[name][0].errors} |")
        if name == "ours" and ratio > LARGEST_RATIO:
            broken.append(f"{ratio:.2f} of bare trafilatura's CPU, at most {LARGEST_RATIO} is allowed")
    return broken


if __name__ == "__main__":
    main()
