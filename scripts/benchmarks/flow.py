"""CPU of every stage on the shared pages, against bare trafilatura on the same pages in the same run.

The newspaper and the mailbox live in a process of their own, so that only the program's CPU is counted: this process and
its parse workers. Rounds alternate between the flow and bare trafilatura; the table holds medians.
"""

import argparse
import asyncio
import gzip
import json
import multiprocessing
import multiprocessing.connection
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import trafilatura

from aggregator.clock import SystemClock
from aggregator.pipeline.drain import Drain, Stage
from aggregator.service.build import corridor, open_database, prepare_database
from aggregator.service.configuration import apply_files
from aggregator.settings import AlertSettings, FetchSettings, Settings, SmtpSettings
from aggregator.store import outbox
from aggregator.store.status import overview
from tests.mailbox import Mailbox
from tests.newspaper import Newspaper
from tests.program import outlet_toml, topic_toml

SHARED = Path(__file__).parents[2].parent / "shared/data/pages"
TICKS = os.sysconf("SC_CLK_TCK")
# Topics as users write them; together they find about one page in five, as an ordinary desk's topics do.
TOPICS = (
    "(Putin OR Kremlin) NEAR/15 (Sisi OR Egypt*)",
    "Netanyahu OR Netanjahu",
    '"climate change" OR Klimawandel',
    "minister* NEAR/5 resign*",
    "earthquake OR Erdbeben OR terremoto",
    '"interest rate*" OR Leitzins',
    "Bundesliga NOT title:live",
    "Taiwan AND drills",
    "ATLEAST/3(election*)",
)


@dataclass(frozen=True)
class Page:
    """A stored page and its address."""

    url: str
    html: bytes
    title: str
    language: str


def load_pages() -> list[Page]:
    listed = json.loads((SHARED / "manifest.json").read_text())["pages"]
    return [
        Page(
            page["url"], gzip.decompress((SHARED / page["file"]).read_bytes()), page["truth"]["title"] or "Untitled", page["lang"]
        )
        for page in listed
    ]


def serve(pipe: multiprocessing.connection.Connection) -> None:
    """The outside, in its own process: says where it is, and ends when the other side of the pipe is closed."""
    with Newspaper() as paper, Mailbox() as mailbox:
        hosts: dict[str, list[Page]] = defaultdict(list)
        for page in load_pages():
            hosts[urlsplit(page.url).hostname or ""].append(page)
        outlets = []
        for host, pages in sorted(hosts.items()):
            site = paper.outlet(host)
            for page in pages:
                parts = urlsplit(page.url)
                site.add_article(
                    page.title, [], path=parts.path + (f"?{parts.query}" if parts.query else ""), summary="", html=page.html
                )
            outlets.append(outlet_toml(host, site.feed_url, language=pages[0].language))
        pipe.send((mailbox.port, paper.resolve(), "\n".join(outlets)))
        try:
            pipe.recv()
        except EOFError:
            return


def cpu() -> float:
    """CPU seconds of this process and all its descendants that live."""
    return time.process_time() + sum(map(_process_cpu, _descendants(os.getpid())))


def _descendants(pid: int) -> list[int]:
    """On Linux, from /proc; the pages' server is a descendant too and is left out by its caller."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            if int(child) != SERVER_PID:
                found += [int(child), *_descendants(int(child))]
    return found


def _process_cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    # utime, stime, and those of children already reaped.
    return sum(map(int, fields[11:15])) / TICKS


SERVER_PID = 0


async def flow(settings: Settings) -> dict[str, tuple[float, int]]:
    """One whole pass on an empty database, stage by stage: stage -> (CPU seconds, pieces of work)."""
    prepare_database(settings)
    database = open_database(settings)
    clock = SystemClock()
    apply_files(settings, database, now=clock.now(), force=True)
    spent: dict[str, tuple[float, int]] = {}
    async with corridor(settings, database, clock=clock) as doors:
        for stage in Stage:
            before = cpu()
            await Drain(doors, stages=frozenset({stage})).until_idle(asyncio.Event())
            with database.read() as connection:
                seen = overview(connection, now=clock.now())
                messages = len(outbox.list_messages(connection, limit=10_000))
            done = {
                Stage.POLL: seen.feeds,
                Stage.READ: seen.entries_to_publish,
                Stage.PUBLISH: seen.articles,
                Stage.SEND: messages,
            }
            spent[stage.value] = (cpu() - before, done[stage])
    database.close()
    return spent


def bare(half: int) -> float:
    """CPU seconds of trafilatura alone, body and metadata, over every second page."""
    pages = load_pages()[half::2]
    before = time.process_time()
    for page in pages:
        trafilatura.bare_extraction(page.html, url=page.url, include_comments=False, with_metadata=True)
    return time.process_time() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    if not SHARED.is_dir():
        sys.exit(f"{SHARED} is missing: the pages to be measured lie beside the checkout")
    spawn = multiprocessing.get_context("spawn")
    here, there = multiprocessing.Pipe()
    server = spawn.Process(target=serve, args=(there,), daemon=True)
    server.start()
    there.close()
    global SERVER_PID  # noqa: PLW0603 - set once, before anything is measured
    SERVER_PID = server.pid or 0
    port, pins, outlets = here.recv()
    pages = len(load_pages())
    flows, bares = [], []
    for _ in range(rounds):
        # In two new processes at once, as the flow's own two workers are: the same contention and the same cold caches.
        with spawn.Pool(2) as pool:
            bares.append(sum(pool.map(bare, (0, 1))))
        with tempfile.TemporaryDirectory() as folder:
            flows.append(asyncio.run(flow(_settings(Path(folder), port, pins, outlets))))
    here.send("end")
    server.join(10)
    report(flows, bares, pages)


def _settings(folder: Path, port: int, pins: tuple[tuple[str, str], ...], outlets: str) -> Settings:
    config = folder / "config"
    config.mkdir()
    (config / "outlets.toml").write_text(outlets)
    (config / "topics.toml").write_text("\n".join(topic_toml(f"Topic {query}", query) for query in TOPICS))
    base = Settings(config_dir=config, data_dir=folder / "var", database_url=f"sqlite:///{folder}/var/aggregator.db")
    return replace(
        base,
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), per_host_delay=timedelta(), resolve=pins),
        alerts=AlertSettings(first_poll="alert"),
        smtp=SmtpSettings(host="127.0.0.1", port=port),
    )


def report(flows: list[dict[str, tuple[float, int]]], bares: list[float], pages: int) -> None:
    reference = statistics.median(bares)
    units = {"poll": "feed", "read": "page", "publish": "article", "send": "message"}
    print(f"{pages} pages, {len(bares)} rounds, medians; bare trafilatura: {reference / pages * 1000:.1f} ms CPU per page = 1.00")
    print("| stage | pieces | ms CPU per piece | all, share of bare trafilatura |")
    print("|---|---|---|---|")
    for stage, unit in units.items():
        shares = [each[stage][0] / base for each, base in zip(flows, bares, strict=True)]
        seconds = statistics.median(each[stage][0] for each in flows)
        pieces = flows[0][stage][1]
        piece = f"{seconds / max(pieces, 1) * 1000:.2f} per {unit}"
        print(f"| {stage} | {pieces} {unit}s | {piece} | {statistics.median(shares):.2f} |")
    totals = [sum(seconds for seconds, _ in each.values()) / base for each, base in zip(flows, bares, strict=True)]
    total = statistics.median(totals)
    print(f"| all stages | | | {total:.2f} ({min(totals):.2f} to {max(totals):.2f}) |")
    own = total - 1
    print(f"\nour own work beside trafilatura's: {own:.2f} of bare trafilatura (bound .40, aim .25)")
    if own > 0.40:
        sys.exit("over the bound")


if __name__ == "__main__":
    main()
