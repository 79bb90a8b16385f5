"""Who is measured when feeds are polled: this program's poll stage, lemon24/reader, and bare HTTP clients as the limit.

Each lives in a process of its own that knows the same feeds, polls all of them when told to, and tells what that cost: the CPU of
its whole process tree, the time, its memory. Invented hosts are pinned to loopback in each, so that none pays for names.
"""

import asyncio
import importlib.metadata
import importlib.util
import multiprocessing
import multiprocessing.connection
import os
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scripts.benchmarks.press import HOSTS, host_of

WIDTH = 50
# Of 1, 4, 10, 20 and 50 threads among those that cost reader least (measured).
READER_WORKERS = 10
# Pinned: every feed is due again after a step of the clock, and no day passes during the measurement.
INTERVAL = timedelta(minutes=1)

Poll = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One poll of all feeds: CPU and time in seconds, MiB afterwards (whole tree), entries stored (None: it stores none)."""

    cpu: float
    wall: float
    memory: float
    entries: int | None


class Poller:
    """The process of a contender. Ends with the block, or with this process."""

    def __init__(self, name: str, urls: list[str]) -> None:
        self.name = name
        self._pipe, self._theirs = multiprocessing.Pipe()
        # Not a daemon: it has children of its own.
        self._process = multiprocessing.get_context("spawn").Process(target=_live, args=(name, urls, self._theirs))

    def __enter__(self) -> Self:
        self._process.start()
        self._theirs.close()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pipe.close()
        self._process.join(30)

    def poll(self) -> Cost:
        """All feeds once."""
        self._pipe.send("poll")
        found = self._pipe.recv()
        assert isinstance(found, Cost), found
        return found


def contenders() -> dict[str, str]:
    """Name -> what to call it in a table; only what is installed."""
    found = {"ours": "aggregator, poll stage"}
    for name, package, title in (
        ("reader", "reader", "lemon24/reader {}"),
        ("httpx", "httpx", "bare httpx {}"),
        ("aiohttp", "aiohttp", "bare aiohttp {}"),
    ):
        if importlib.util.find_spec(package):
            found[name] = title.format(importlib.metadata.version(package))
    return found


def _live(name: str, urls: list[str], pipe: multiprocessing.connection.Connection) -> None:
    _pin_names()
    makers = {"ours": _ours, "reader": _reader, "httpx": _httpx, "aiohttp": _aiohttp}
    with makers[name](urls) as (poll, count):
        while True:
            try:
                pipe.recv()
            except EOFError:
                return
            before, start = tree_cpu(), time.perf_counter()
            poll()
            cost = Cost(cpu=tree_cpu() - before, wall=time.perf_counter() - start, memory=_tree_memory(), entries=count())
            pipe.send(cost)


def _pin_names() -> None:
    """Invented hosts lead to loopback: the look-up of a name costs nobody anything."""
    ask = socket.getaddrinfo

    def pinned(host: Any, *args: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        return ask("127.0.0.1" if name.endswith(".example") else host, *args, **more)

    socket.getaddrinfo = pinned


@contextmanager
def _ours(urls: list[str]) -> Iterator[tuple[Poll, Callable[[], int | None]]]:
    """The poll stage exactly as the service runs it; the event loop, the door and the workers live on between the polls."""
    from aggregator.clock import ManualClock  # noqa: PLC0415 - each process loads only what it measures
    from aggregator.pipeline.drain import Drain, Stage  # noqa: PLC0415
    from aggregator.service.build import corridor, open_database, prepare_database  # noqa: PLC0415
    from aggregator.service.configuration import apply_files  # noqa: PLC0415

    clock = ManualClock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner, ExitStack() as stack:
        settings = _settings(Path(folder), urls)
        prepare_database(settings)
        database = open_database(settings)
        stack.callback(database.close)
        apply_files(settings, database, now=clock.now(), force=True)
        opened = corridor(settings, database, clock=clock)
        doors = runner.run(opened.__aenter__())
        stack.callback(lambda: runner.run(opened.__aexit__(None, None, None)))

        def poll() -> None:
            clock.advance(INTERVAL)
            runner.run(Drain(doors, stages=frozenset({Stage.POLL})).until_idle(asyncio.Event()))

        yield poll, lambda: _count(Path(folder) / "var/aggregator.db")


def _settings(folder: Path, urls: list[str]) -> Any:
    from aggregator.settings import FetchSettings, PollSettings, Settings  # noqa: PLC0415
    from tests.program import outlet_toml  # noqa: PLC0415

    config = folder / "config"
    config.mkdir()
    outlets = [outlet_toml(host_of(number), *urls[number::HOSTS], language="en") for number in range(min(HOSTS, len(urls)))]
    (config / "outlets.toml").write_text("\n".join(outlets))
    (config / "topics.toml").write_text("")
    pins = tuple((host_of(number), "127.0.0.1") for number in range(HOSTS))
    base = Settings(config_dir=config, data_dir=folder / "var", database_url=f"sqlite:///{folder}/var/aggregator.db")
    return replace(
        base,
        fetch=FetchSettings(allow_networks=("127.0.0.0/8",), per_host_delay=timedelta(), resolve=pins, concurrency=WIDTH),
        poll=PollSettings(min_interval=INTERVAL, max_interval=INTERVAL),
    )


@contextmanager
def _reader(urls: list[str]) -> Iterator[tuple[Poll, Callable[[], int | None]]]:
    """`update_feeds` over a file, as its guide shows it; all feeds, whether scheduled or not."""
    import feedparser_sgmllib  # noqa: PLC0415

    # Its own copy of feedparser asks for this module by the name it had in older releases.
    sys.modules.setdefault("sgmllib", feedparser_sgmllib)
    from reader import make_reader  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder, make_reader(f"{folder}/reader.db") as reader:
        for url in urls:
            reader.add_feed(url)
        yield (
            lambda: reader.update_feeds(scheduled=False, workers=READER_WORKERS),
            lambda: _count(Path(folder) / "reader.db"),
        )


@contextmanager
def _httpx(urls: list[str]) -> Iterator[tuple[Poll, Callable[[], int | None]]]:
    """Nothing but the requests, with the validators of the answer before, the bodies read to their end."""
    import httpx  # noqa: PLC0415

    etags: dict[str, str] = {}
    tls = httpx.create_ssl_context()
    limits = httpx.Limits(max_connections=HOSTS, max_keepalive_connections=HOSTS)

    async def poll() -> None:
        # A client for each poll: connections kept from the one before may be closed by the server in the moment they are used.
        async with httpx.AsyncClient(limits=limits, trust_env=False, verify=tls) as client:

            async def get(url: str) -> None:
                answer = await client.get(url, headers={"If-None-Match": etags[url]} if url in etags else {})
                etags[url] = answer.headers["etag"]

            await _side_by_side(get, urls)

    with asyncio.Runner() as runner:
        yield lambda: runner.run(poll()), lambda: None


@contextmanager
def _aiohttp(urls: list[str]) -> Iterator[tuple[Poll, Callable[[], int | None]]]:
    """As `_httpx`."""
    import aiohttp  # noqa: PLC0415

    etags: dict[str, str] = {}
    with asyncio.Runner() as runner:

        async def opened() -> aiohttp.ClientSession:
            return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=HOSTS))

        client = runner.run(opened())

        async def get(url: str) -> None:
            async with client.get(url, headers={"If-None-Match": etags[url]} if url in etags else {}) as answer:
                await answer.read()
                etags[url] = answer.headers["etag"]

        yield lambda: runner.run(_side_by_side(get, urls)), lambda: None
        runner.run(client.close())


async def _side_by_side(get: Callable[[str], Any], urls: list[str]) -> None:
    """As many at a time as our own poll stage has under way."""
    waiting = iter(urls)

    async def work() -> None:
        for url in waiting:
            await get(url)

    await asyncio.gather(*(work() for _ in range(WIDTH)))


def _count(path: Path) -> int:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        (found,) = connection.execute("SELECT count(*) FROM entries").fetchone()
    connection.close()
    return int(found)


def tree_cpu() -> float:
    """CPU seconds of this process and all its descendants that live, with those they have reaped. Linux, from /proc."""
    return time.process_time() + sum(map(cpu_of, _descendants(os.getpid())))


def _descendants(pid: int) -> list[int]:
    """Threads and processes may end while they are listed."""
    found = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in list(Path(f"/proc/{pid}/task").iterdir()):
            with suppress(FileNotFoundError, ProcessLookupError):
                for child in (task / "children").read_text().split():
                    found += [int(child), *_descendants(int(child))]
    return found


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of the children it has reaped; 0 when there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _tree_memory() -> float:
    """MiB of this process and its descendants; what they share counts once (PSS)."""
    return sum(map(_pss_of, (os.getpid(), *_descendants(os.getpid())))) / 1024


def _pss_of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
