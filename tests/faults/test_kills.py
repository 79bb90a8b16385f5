"""SIGKILL at every named point and at random moments: nothing is lost or doubled, and a kill repeats at most one mail.

What is checked after every kill and at the end stands in `verify`.
"""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.children import Child, waited
from tests.faults.conftest import opened
from tests.faults.series import Series
from tests.faults.verify import look, not_resumed, repeated

# One function of each stage that writes; an undisturbed run must pass them all, or the points are not where the work is.
STAGES = {
    "poll": "record_poll",
    "read": "record_reading",
    "read that fails": "record_read_failure",
    "publish": "_publish_entry",
    "send": "send",
    "send, before": "freeze",
    "send, after": "record",
}
# One before, inside or after each kind of write: what the default suite does on SQLite, and what PostgreSQL gets.
CHOSEN = (
    "claim_due:after",
    "record_poll:inside",
    "claim_to_read:after",
    "record_reading:inside",
    "claim_to_publish:after",
    "_publish_entry:inside",
    "freeze:inside",
    "send:after",
    "record:inside",
)


def kill_at_each(folder: Path, points: list[str], seed: int) -> Series:
    with opened(folder, seed=seed) as series:
        for point in points:
            series.reach(point)
        series.finish()
        return series


@pytest.mark.long
def test_a_kill_at_every_named_point_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Two databases at a time, each killed at every second point, kill after kill, then one undisturbed end."""
    with opened(tmp_path / "record", seed=1) as series:
        points = list(series.known_points())
    for stage, function in STAGES.items():
        whens = {point.partition(":")[2] for point in points if point.partition(":")[0] == function}
        assert whens >= {"before", "after"}, stage
    assert len(points) > 50
    with ThreadPoolExecutor(2) as pool:
        halves = list(pool.map(kill_at_each, (tmp_path / "even", tmp_path / "odd"), (points[::2], points[1::2]), (1, 2)))
    assert sum(series.kills for series in halves) == len(points)
    # The repeats are real: a kill between the relay's yes and its note in the outbox cannot but repeat the mail.
    caused = {step.what: series.repeats_of(step) for series in halves for step in series.steps if step.killed}
    assert [caused[point] for point in ("send:after", "record:before", "record:inside")] == [1, 1, 1]


@pytest.mark.parametrize("point", ["claim_due:after", "claim_to_read:after", "claim_to_publish:after", "claim_message:after"])
def test_the_next_start_resumes_at_once(series: Series, point: str) -> None:
    """On SQLite: what a killed run had claimed is worked off by the next one in the same simulated minute, long before a lease is over."""
    assert series.kill_at(point)
    assert look(series.world).leased != ()
    series.undisturbed()
    assert not_resumed(series.world, look(series.world)) == []


def test_a_kill_at_any_stage_loses_and_doubles_nothing(series: Series) -> None:
    for point in CHOSEN:
        series.reach(point)
    series.finish()
    assert series.kills == len(CHOSEN)


@pytest.mark.long
def test_a_kill_at_any_stage_loses_and_doubles_nothing_on_postgresql(postgres_series: Series) -> None:
    """There leases end by their time: the next run comes when they are over."""
    for point in CHOSEN:
        postgres_series.reach(point)
    postgres_series.finish()


def test_kills_at_random_moments_of_the_service_lose_and_double_nothing(series: Series) -> None:
    """`run` as its users start it, killed anywhere between its first line of code and the end of its work."""
    for _ in range(6):
        series.kill_at_random()
        series.news()
    series.finish()
    assert series.kills == 6


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="the workers of a run are found in /proc")
@pytest.mark.parametrize(
    "victim",
    [pytest.param("a worker", marks=pytest.mark.long), pytest.param("the fork server", marks=pytest.mark.long), "both"],
)
def test_a_killed_parser_costs_one_job_and_never_the_service(series: Series, victim: str) -> None:
    """The service goes on; a job that dies says why and comes back later; no mail is lost or sent twice."""
    stop_at_work = victim != "the fork server"
    series.disturb(victim, lambda run: parsers_killed(series, run, victim, stop_at_work=stop_at_work))
    if stop_at_work:
        assert "worker_killed" in look(series.world).reasons
    series.finish()
    assert series.kills == 0
    assert repeated(series.world.mailbox.messages) == []


def parsers_killed(series: Series, run: Child, victim: str, *, stop_at_work: bool) -> bool:
    world = series.world
    waited(lambda: len(world.paper.hits(path="/news/1")) >= 3, "pages are read")
    workers, servers = run.parsers()
    assert workers, run.family()
    assert servers, run.family()
    if stop_at_work:
        # Held until they certainly have a job in hand.
        for number in workers:
            os.kill(number, signal.SIGSTOP)
        time.sleep(0.5)
    for number in (*(workers if stop_at_work else ()), *(servers if victim != "a worker" else ())):
        os.kill(number, signal.SIGKILL)
    mails = len(world.mailbox.messages)
    waited(lambda: len(world.mailbox.messages) > mails + 5, "mails go out")
    run.process.terminate()
    assert run.wait(30) == 0, run.words()
    return False
