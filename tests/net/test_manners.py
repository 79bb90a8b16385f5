"""Turns at hosts: one in flight, a gap between starts, no memory of idle hosts."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from aggregator.clock import ManualClock
from aggregator.errors import FetchError
from aggregator.net.manners import LocalSlots, Manners
from aggregator.reasons import Reason

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GAP = timedelta(seconds=0.1)


async def visit(manners: Manners, url: str, stay: float, log: list[tuple[float, float]]) -> None:
    async with manners.turn(url):
        started = time.monotonic()
        await asyncio.sleep(stay)
        log.append((started, time.monotonic()))


@pytest.mark.parametrize(("stay", "gap"), [(0.0, 0.1), (0.15, 0.1), (0.05, 0.0)])
async def test_five_at_once_take_turns(stay, gap):
    """Never two in flight, never two starts closer than the gap; www and feeds of one domain are one host."""
    manners = Manners(delay=timedelta(seconds=gap), concurrency=50)
    log: list[tuple[float, float]] = []
    urls = [f"http://{name}.herald.example/{number}" for number, name in enumerate(("www", "feeds", "www", "m", "feeds"))]
    await asyncio.gather(*(visit(manners, url, stay, log) for url in urls))
    assert len(log) == 5
    for (start, end), (next_start, _) in pairwise(log):
        assert next_start >= end
        assert next_start - start >= gap - 0.005


async def test_hosts_do_not_wait_for_each_other():
    manners = Manners(delay=timedelta(seconds=30), concurrency=50)
    log: list[tuple[float, float]] = []
    started = time.monotonic()
    await asyncio.gather(*(visit(manners, f"http://outlet{number}.example/", 0.05, log) for number in range(40)))
    assert time.monotonic() - started < 1


async def test_no_more_in_flight_than_allowed():
    manners = Manners(delay=timedelta(), concurrency=3)
    flying = most = 0

    async def fly(number: int) -> None:
        nonlocal flying, most
        async with manners.turn(f"http://outlet{number}.example/"):
            flying += 1
            most = max(most, flying)
            await asyncio.sleep(0.01)
            flying -= 1

    await asyncio.gather(*(fly(number) for number in range(30)))
    assert most == 3


async def test_hosts_in_their_gap_take_no_flight_from_others():
    manners = Manners(delay=timedelta(seconds=20), concurrency=1)
    log: list[tuple[float, float]] = []
    await visit(manners, "http://busy.example/", 0, log)
    waiting = [asyncio.create_task(visit(manners, "http://busy.example/", 0, log)) for _ in range(5)]
    await asyncio.sleep(0.05)
    await asyncio.wait_for(visit(manners, "http://free.example/", 0, log), 1)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert len(log) == 2


async def test_a_cancelled_wait_gives_its_place_to_the_next():
    manners = Manners(delay=timedelta(seconds=0.2), concurrency=1)
    log: list[tuple[float, float]] = []
    await visit(manners, "http://a.example/", 0, log)
    first = asyncio.create_task(visit(manners, "http://a.example/", 0, log))
    second = asyncio.create_task(visit(manners, "http://a.example/", 0, log))
    await asyncio.sleep(0.05)
    first.cancel()
    await asyncio.wait_for(second, 2)
    assert len(log) == 2
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_an_error_inside_a_turn_ends_it():
    manners = Manners(delay=timedelta(), concurrency=1)
    for _ in range(3):
        with pytest.raises(ValueError, match="inside"):
            async with manners.turn("http://a.example/"):
                raise ValueError("inside")


async def test_a_long_pause_is_refused_a_short_one_is_waited_for():
    clock = ManualClock(NOW)
    manners = Manners(delay=timedelta(), concurrency=1, clock=clock)
    await manners.pause("http://www.a.example/", NOW + timedelta(hours=2))
    with pytest.raises(FetchError) as caught:
        async with manners.turn("http://a.example/"):
            pytest.fail("the host was asked although it is paused")
    assert caught.value.reason is Reason.HTTP_429
    assert caught.value.retry_after > timedelta(minutes=119)
    await manners.pause("http://b.example/", NOW + timedelta(seconds=0.2))
    started = time.monotonic()
    async with manners.turn("http://b.example/"):
        assert time.monotonic() - started >= 0.19


async def test_a_pause_is_only_ever_extended():
    clock = ManualClock(NOW)
    slots = LocalSlots(clock)
    await slots.pause("a.example", NOW + timedelta(hours=2))
    await slots.pause("a.example", NOW + timedelta(hours=1))
    await slots.pause("a.example", NOW - timedelta(hours=1))
    assert await slots.take("a.example", GAP) > 7000


async def test_idle_hosts_are_forgotten():
    """10,000 hosts, visited once each: the table and the queues stay small."""
    slots = LocalSlots(ManualClock(NOW))
    manners = Manners(delay=timedelta(), concurrency=50, slots=slots)
    started = time.process_time()
    for number in range(10_000):
        async with manners.turn(f"http://outlet{number}.example/"):
            pass
    assert len(slots._next) <= 1_000
    assert manners._queues == {}
    assert time.process_time() - started < 10


async def test_hosts_in_their_gap_are_remembered():
    slots = LocalSlots(ManualClock(NOW))
    for number in range(5_000):
        assert await slots.take(f"outlet{number}.example", timedelta(hours=1)) == 0
    for number in range(5_000):
        assert await slots.take(f"outlet{number}.example", timedelta(hours=1)) > 0


async def test_p48_a_servers_own_gap_holds_for_its_whole_host_until_it_is_taken_back():
    manners = Manners(delay=timedelta(), concurrency=50)
    urls = [f"http://{name}.herald.example/{number}" for number, name in enumerate(("www", "feeds", "www"))]

    async def gaps() -> list[float]:
        log: list[tuple[float, float]] = []
        await asyncio.gather(*(visit(manners, url, 0, log) for url in urls))
        return [later - earlier for (earlier, _), (later, _) in pairwise(sorted(log))]

    manners.slow_down(urls[0], timedelta(seconds=0.1))
    manners.slow_down(urls[1], timedelta(seconds=0.2))
    assert all(gap > 0.19 for gap in await gaps())
    manners.slow_down(urls[1], timedelta())
    await asyncio.sleep(0.2)
    assert all(0.09 < gap < 0.19 for gap in await gaps())
    manners.slow_down(urls[0], timedelta())
    manners.slow_down("http://never.heard.example/", timedelta())
    await asyncio.sleep(0.1)
    assert max(await gaps()) < 0.09
    assert not manners._slow


async def test_wishes_of_very_many_hosts_are_not_all_remembered():
    manners = Manners(delay=timedelta(), concurrency=50)
    for number in range(10_500):
        manners.slow_down(f"http://host{number}.example/", timedelta(seconds=1))
    assert len(manners._slow) == 10_000
