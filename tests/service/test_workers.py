"""Workers that hang, hoard, crash or lose their parent: each costs one job, nothing else, and nothing is left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.errors import Blame, WorkerError
from aggregator.limits import MIB, Limits
from aggregator.reasons import Reason
from aggregator.service.workers import EXTRACT_JOB, PARSE_JOB, WorkerPool

HERE = "tests.service.worker_jobs"
NAMES = "echo count sleep spin hoard crash fail leave signals large settle"
JOBS = tuple(f"{HERE}:{name}" for name in NAMES.split())
WALL = timedelta(seconds=20)
LIMITS = replace(Limits(), worker_memory=400 * MIB)


def new_pool(count: int = 2, limits: Limits = LIMITS) -> WorkerPool:
    return WorkerPool(count, limits, jobs=JOBS, warm_up=(f"{HERE}:warm_up",))


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    async with new_pool() as running:
        yield running


async def run(pool: WorkerPool, name: str, header: bytes = b"", body: bytes = b"", wall: timedelta = WALL) -> bytes:
    return await pool.run(f"{HERE}:{name}", header, body, wall=wall)


async def process_id(pool: WorkerPool) -> int:
    return int((await run(pool, "count")).split()[0])


def alive(process: int) -> bool:
    """A zombie counts as ended: it holds nothing but its number."""
    stat = Path(f"/proc/{process}/stat")
    if not Path("/proc").is_dir():
        return subprocess.run(["ps", "-p", str(process)], capture_output=True, check=False).returncode == 0
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        # The kernel says either, depending on whether the process ended before the file was opened or while it was read.
        return False


async def gone(process: int, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while alive(process) and time.monotonic() < deadline:  # noqa: ASYNC110 # a foreign process sets no event
        await asyncio.sleep(0.02)
    return not alive(process)


async def test_bytes_in_bytes_out(pool):
    assert await run(pool, "echo", b"head", b"body") == b"headbody"
    assert await run(pool, "echo") == b""
    assert await run(pool, "echo", b"", bytes(range(256)) * 20_000) == bytes(range(256)) * 20_000
    assert len(await run(pool, "large", b"20000000")) == 20_000_000


async def test_workers_are_warm_and_reused(pool):
    first, warm, _ = (await run(pool, "count")).split()
    assert warm == b"True"
    assert (await run(pool, "count")).split()[0] == first


async def test_two_jobs_run_at_once_and_the_third_waits(pool):
    started = time.monotonic()
    await asyncio.gather(*(run(pool, "sleep", b"0.3") for _ in range(3)))
    assert 0.55 < time.monotonic() - started < 3


async def test_waiting_for_a_worker_is_not_counted(pool):
    """Five jobs of 0.3 s on two workers: the last waits 0.6 s, longer than its wall."""
    answers = await asyncio.gather(*(run(pool, "sleep", b"0.3", wall=timedelta(seconds=0.5)) for _ in range(5)))
    assert answers == [b"awake"] * 5


@pytest.mark.parametrize("job", ["sleep", "spin"])
async def test_a_hanging_job_is_killed_at_its_wall(pool, job):
    before = await process_id(pool)
    started = time.monotonic()
    with pytest.raises(WorkerError) as caught:
        await run(pool, job, b"60", wall=timedelta(seconds=0.4))
    assert caught.value.reason is Reason.WORKER_TIMEOUT
    assert time.monotonic() - started < 2
    assert await gone(before)
    assert await run(pool, "echo", b"on") == b"on"


async def test_the_neighbour_of_a_hanging_job_goes_on(pool):
    hanging = asyncio.create_task(run(pool, "spin", wall=timedelta(seconds=1)))
    answers = [await run(pool, "echo", str(number).encode()) for number in range(200)]
    assert answers[-1] == b"199"
    assert not hanging.done()
    with pytest.raises(WorkerError):
        await hanging


@pytest.mark.parametrize(
    ("job", "detail"),
    [
        ("crash", "ended by SIGSEGV"),
        ("fail", "ValueError: bad [31m document"),
        ("leave", "ended without an answer"),
        pytest.param("hoard", "out of memory", marks=pytest.mark.skipif(sys.platform == "darwin", reason="no RLIMIT_AS there")),
    ],
)
async def test_a_worker_that_fails_costs_its_job_only(pool, job, detail):
    with pytest.raises(WorkerError) as caught:
        await run(pool, job)
    assert (caught.value.reason, caught.value.detail) == (Reason.WORKER_KILLED, detail)
    assert await run(pool, "echo", b"on") == b"on"


async def test_cpu_time_is_bounded_for_each_job():
    limits = replace(LIMITS, worker_cpu=timedelta(seconds=1))
    async with new_pool(1, limits) as pool:
        await run(pool, "echo")
        with pytest.raises(WorkerError) as caught:
            await run(pool, "spin")
        assert (caught.value.reason, caught.value.detail) == (Reason.WORKER_TIMEOUT, "used up its CPU time")


async def test_a_worker_killed_from_outside_is_replaced(pool):
    job = asyncio.create_task(run(pool, "sleep", b"30"))
    other = await process_id(pool)
    os.kill(other, signal.SIGKILL)
    assert await gone(other)
    with pytest.raises(WorkerError):
        await run(pool, "echo")
    assert await run(pool, "echo", b"on") == b"on"
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job


@pytest.mark.parametrize("job", ["spin", "hoard", "crash"])
async def test_other_pages_go_on_while_one_uses_up_its_cpu_its_memory_or_crashes(job):
    """Two hundred answers come from the neighbour while one worker after the other dies."""
    async with new_pool(2, replace(LIMITS, worker_cpu=timedelta(seconds=1))) as pool:
        stop = asyncio.Event()
        deaths = 0

        async def dying() -> None:
            nonlocal deaths
            while not stop.is_set():
                with pytest.raises(WorkerError):
                    await run(pool, job)
                deaths += 1

        task = asyncio.create_task(dying())
        answers = [await run(pool, "echo", str(number).encode()) for number in range(200)]
        stop.set()
        await task
    assert answers == [str(number).encode() for number in range(200)]
    assert deaths >= 1


async def blame(pool: WorkerPool, job: str, header: bytes = b"", wall: timedelta = WALL) -> Blame:
    with pytest.raises(WorkerError) as caught:
        await run(pool, job, header, wall=wall)
    return caught.value.blame


async def test_bytes_that_use_up_a_limit_by_themselves_are_to_blame():
    async with new_pool(1, replace(LIMITS, worker_cpu=timedelta(seconds=1))) as pool:
        assert await blame(pool, "spin") is Blame.BYTES
    async with new_pool(1) as pool:
        assert await blame(pool, "spin", wall=timedelta(seconds=6)) is Blame.BYTES


@pytest.mark.skipif(sys.platform == "darwin", reason="no RLIMIT_AS there")
async def test_memory_is_blamed_on_the_bytes_only_when_nobody_used_the_worker_before():
    async with new_pool(1) as pool:
        assert await blame(pool, "hoard") is Blame.BYTES
        await run(pool, "echo")
        assert await blame(pool, "hoard") is Blame.OPEN


async def test_a_job_that_waited_for_its_machine_is_not_blamed_for_the_time(pool):
    """Asleep for its whole wall, as on a machine that is suspended or far overloaded."""
    assert await blame(pool, "sleep", b"60", timedelta(seconds=0.4)) is Blame.OPEN


async def test_cpu_of_earlier_jobs_counts_for_no_later_one():
    async with new_pool(1) as pool:
        await run(pool, "settle", b"1.0")
        assert await blame(pool, "sleep", b"60", timedelta(seconds=1)) is Blame.OPEN


async def test_what_may_have_come_from_outside_is_left_open(pool):
    assert await blame(pool, "crash") is Blame.OPEN
    before = await process_id(pool)
    job = asyncio.create_task(blame(pool, "sleep", b"30"))
    await asyncio.sleep(0.2)
    os.kill(before, signal.SIGKILL)
    assert await job is Blame.OPEN


async def test_an_exception_is_a_fault_of_the_program_and_not_of_the_bytes(pool):
    assert await blame(pool, "fail") is Blame.NONE


async def test_the_end_of_the_pool_is_no_fault_of_the_page_under_way():
    pool = new_pool(1)
    await pool.start()
    task = asyncio.create_task(run(pool, "sleep", b"30"))
    await asyncio.sleep(0.3)
    await pool.close()
    with pytest.raises(WorkerError) as caught:
        await task
    assert (caught.value.reason, caught.value.blame) == (Reason.INTERRUPTED, Blame.NONE)


async def test_workers_are_recycled_after_their_share_of_jobs():
    async with new_pool(1, replace(LIMITS, worker_jobs=3)) as pool:
        seen = [await process_id(pool) for _ in range(9)]
    assert len(set(seen)) == 3
    assert seen[0] == seen[2] != seen[3]


async def test_signals_to_stop_are_the_parents_business(pool):
    assert await run(pool, "signals") == b"still here"


async def test_a_cancelled_job_gives_its_worker_up(pool):
    before = await process_id(pool)
    task = asyncio.create_task(run(pool, "sleep", b"60"))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(before)
    assert await asyncio.gather(*(run(pool, "echo", b"x") for _ in range(10))) == [b"x"] * 10


async def test_cancelled_at_any_moment_nothing_gets_mixed_up(pool):
    for number in range(40):
        task = asyncio.create_task(run(pool, "echo", b"lost", b"x" * 100_000))
        await asyncio.sleep(number / 10_000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    answers = await asyncio.gather(*(run(pool, "echo", str(number).encode()) for number in range(20)))
    assert answers == [str(number).encode() for number in range(20)]


async def test_only_the_pools_own_jobs_run(pool):
    with pytest.raises(WorkerError) as caught:
        await pool.run("os:system", b"", b"", wall=WALL)
    assert caught.value.reason is Reason.INTERNAL


async def test_a_job_that_cannot_be_imported_says_so_at_the_start():
    pool = WorkerPool(1, LIMITS, jobs=("no.such.module:job",), warm_up=())
    with pytest.raises(WorkerError, match=r"cannot be started: ModuleNotFoundError"):
        await pool.start()
    await pool.close()


async def test_closing_ends_everything_also_what_hangs():
    pool = new_pool()
    await pool.start()
    idle = await process_id(pool)
    task = asyncio.create_task(run(pool, "spin"))
    await asyncio.sleep(0.2)
    nursery = pool._nursery._process.pid
    await pool.close()
    with pytest.raises(WorkerError):
        await task
    assert await gone(idle)
    assert await gone(nursery)
    with pytest.raises(WorkerError) as caught:
        await run(pool, "echo")
    assert caught.value.reason is Reason.INTERRUPTED


async def test_a_dead_nursery_is_replaced(pool):
    await process_id(pool)
    dead = pool._nursery._process.pid
    os.kill(dead, signal.SIGKILL)
    assert await gone(dead)
    for _ in range(3):
        try:
            answer = await run(pool, "leave")
        except WorkerError:
            answer = await run(pool, "echo", b"on")
        assert answer == b"on"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a hanging worker ends at its CPU limit")
async def test_a_hanging_worker_ends_with_its_nursery(pool):
    hanging = asyncio.create_task(run(pool, "spin"))
    await asyncio.sleep(0.3)
    nursery = pool._nursery._process.pid
    (worker,) = _children(nursery)
    os.kill(nursery, signal.SIGKILL)
    assert await gone(worker)
    with pytest.raises(WorkerError):
        await hanging


PARENT = """
import asyncio, sys
from datetime import timedelta
from tests.service.test_workers import new_pool, run, process_id

async def main():
    pool = new_pool()
    await pool.start()
    hanging = asyncio.create_task(run(pool, "spin"))
    await asyncio.sleep(0.3)
    print(pool._nursery._process.pid, await process_id(pool), flush=True)
    await hanging

asyncio.run(main())
"""


async def test_a_parent_that_was_killed_leaves_no_orphans():
    """kill -9 of the service with one worker hanging and one idle: the nursery and both end."""
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as parent:  # noqa: ASYNC220 # killed below
        line = await asyncio.to_thread(parent.stdout.readline)
        nursery, idle = (int(word) for word in line.split())
        children = _children(nursery)
        assert idle in children or not children
        parent.kill()
    for process in {nursery, idle, *children}:
        assert await gone(process)


def _children(process: int) -> set[int]:
    path = Path(f"/proc/{process}/task/{process}/children")
    return {int(word) for word in path.read_text().split()} if path.exists() else set()


async def test_five_megabytes_do_not_stop_the_loop(pool):
    """While large pages go to a worker and come back, the loop keeps ticking."""
    body = b"x" * 5_000_000
    await run(pool, "echo", b"", body)
    late = 0.0
    busy = True

    async def tick() -> None:
        nonlocal late
        while busy:
            before = time.monotonic()
            await asyncio.sleep(0.001)
            late = max(late, time.monotonic() - before)

    ticking = asyncio.create_task(tick())
    for _ in range(10):
        assert len(await run(pool, "echo", b"", body)) == len(body)
    busy = False
    await ticking
    assert late < 0.25


async def test_a_job_is_cheap(pool):
    """CPU time of the parent for one small job; measured 0.2 ms, the bound leaves room for a loaded machine."""
    await run(pool, "echo")
    started = time.process_time()
    for _ in range(300):
        await run(pool, "echo", b"head", b"x" * 20_000)
    assert (time.process_time() - started) / 300 < 0.002


@pytest.mark.parametrize(("warm_up", "loaded"), [(("aggregator.articles.job:warm_up",), b"True"), ((), b"False")])
async def test_the_first_page_of_a_worker_waits_for_no_word_lists(warm_up, loaded):
    """What is loaded before the fork is there in every worker; without the warm-up it is not."""
    job = "tests.service.page_jobs:has_word_lists"
    async with WorkerPool(1, LIMITS, jobs=(job,), warm_up=warm_up) as pool:
        assert await pool.run(job, b"", b"", wall=WALL) == loaded


async def test_the_real_jobs_are_there():
    async with WorkerPool(1, Limits()) as pool:
        header = b'{"url": "http://a.example/x", "content_type": "text/html", "now": "2026-03-02T12:00:00Z"}'
        for job in (PARSE_JOB, EXTRACT_JOB):
            assert (await pool.run(job, header, b"<html><body><p>Hello</p></body></html>", wall=WALL)).startswith(b"{")
