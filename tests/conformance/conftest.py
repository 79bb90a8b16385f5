"""What the conformance tests share: the clock, a newspaper that dates its hits by it, and the desk."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.clock import ManualClock
from aggregator.limits import DEFAULT_LIMITS
from aggregator.net.dial import default_tls
from aggregator.service import build
from aggregator.service import run as service
from aggregator.service.workers import WorkerPool
from aggregator.store import migrate
from tests.conformance.station import POLLING, Desk, Lent, MovedTime, Station
from tests.mailbox import Mailbox
from tests.newspaper import Newspaper, OutletSite
from tests.program import Program, outlet_toml

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)  # a Monday


@pytest.fixture(scope="session")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One event loop, one pair of workers and one migrated database for all tests of a process."""
    template = tmp_path_factory.mktemp("desk") / "template.db"
    migrate.upgrade(f"sqlite:///{template}")
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        workers = WorkerPool(2, DEFAULT_LIMITS)
        runner.run(workers.start())
        yield Desk(runner, workers, template, default_tls())
        runner.run(workers.close())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def newspaper(clock: ManualClock) -> Iterator[Newspaper]:
    with Newspaper(clock=clock) as paper:
        yield paper


@pytest.fixture
def site(newspaper: Newspaper) -> OutletSite:
    """An outlet with two articles, five minutes apart, that sends no validators unless a script does."""
    herald = newspaper.outlet("herald.example")
    herald.validators = False
    for number in (1, 2):
        herald.add_article(f"Article {number}", [f"Text of {number}."], published=START - timedelta(minutes=15 - 5 * number))
    return herald


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture
def desk(
    shared_desk: Desk, newspaper: Newspaper, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Station]]:
    """Opens stations: `desk(URL, …)` for one outlet with these feeds, `desk(outlets=…)` for whole `[[outlets]]` blocks."""
    moved = MovedTime()
    monkeypatch.setattr(build, "WorkerPool", lambda _count, _limits: Lent(shared_desk.workers))
    # The template is migrated, and reading the system's authorities takes longer than most tests.
    monkeypatch.setattr(service, "prepare_database", lambda _settings: None)
    monkeypatch.setattr("aggregator.net.http.default_tls", lambda: shared_desk.tls)
    monkeypatch.setattr("aggregator.net.manners.time", moved)
    opened: list[Station] = []

    def open_station(
        *urls: str,
        outlets: str = "",
        settings: str = "",
        topics: str = "",
        mailbox: Mailbox | None = None,
        first_poll: str = "silent",
        per_host_delay: str = "0s",
        fetch: str = "",
        stages=POLLING,
        allow: str = "127.0.0.0/8",
        pins: tuple[tuple[str, str], ...] = (),
    ) -> Station:
        program = Program(folder=tmp_path / f"station{len(opened)}")
        program.configure(
            newspaper,
            outlets=outlets or outlet_toml("Herald", *urls, language="en"),
            topics=topics,
            smtp_port=mailbox.port if mailbox else None,
            settings=settings,
            per_host_delay=per_host_delay,
            first_poll=first_poll,
        )
        file = program.config / "aggregator.toml"
        lines = "".join(f'"{host}" = "{address}"\n' for host, address in pins)
        text = file.read_text().replace("[fetch.resolve]\n", f"{fetch}[fetch.resolve]\n{lines}")
        file.write_text(text.replace('"127.0.0.0/8"', f'"{allow}"'))
        station = Station(shared_desk, newspaper, program, clock, moved, stages=stages)
        opened.append(station)
        station.start()
        return station

    yield open_station
    for station in opened:
        station.stop()
