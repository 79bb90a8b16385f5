"""The coordinator: no wake-up is lost, and `once` ends only when nothing is left."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from aggregator.clock import ManualClock
from aggregator.errors import StoreError
from aggregator.feeds.agenda import Agenda
from aggregator.feeds.values import DueFeed
from aggregator.ids import FeedId, OutletId
from aggregator.limits import DEFAULT_LIMITS
from aggregator.pipeline.drain import Drain, Stage, _Held
from aggregator.settings import AlertSettings, FetchSettings, PollSettings


class Queues:
    """A drain whose stages take numbers from lists instead of rows."""

    def __init__(self, drain: Drain) -> None:
        self.waiting: dict[Stage, list[int]] = {stage: [] for stage in Stage}
        self.done: list[tuple[Stage, int]] = []
        self.drain = drain
        drain._claim = {stage: self._claimer(stage) for stage in Stage}

    def _claimer(self, stage: Stage):
        async def claim(room: int) -> int:
            taken, self.waiting[stage] = self.waiting[stage][:room], self.waiting[stage][room:]
            await self.while_claiming(stage)
            for number in taken:
                self.drain._start(_Held(stage=stage, leases=(), host=""), self.work(stage, number))
            return len(taken)

        return claim

    async def while_claiming(self, stage: Stage) -> None: ...

    async def work(self, stage: Stage, number: int) -> None:
        self.done.append((stage, number))


@pytest.fixture
def drain() -> Drain:
    corridor = SimpleNamespace(
        settings=SimpleNamespace(fetch=FetchSettings(), limits=DEFAULT_LIMITS),
        clock=ManualClock(datetime(2026, 3, 1, tzinfo=UTC)),
    )
    return Drain(corridor)  # type: ignore[arg-type]


async def test_entries_without_a_link_are_published_in_the_same_run(drain: Drain) -> None:
    class Linkless(Queues):
        async def work(self, stage: Stage, number: int) -> None:
            if stage is Stage.POLL:
                await asyncio.sleep(0.01)
                self.waiting[Stage.PUBLISH].append(number)
            await super().work(stage, number)

    queues = Linkless(drain)
    queues.waiting[Stage.POLL] = [1]
    await asyncio.wait_for(drain.until_idle(asyncio.Event()), 5)
    assert (Stage.PUBLISH, 1) in queues.done


async def test_what_becomes_due_while_rows_are_being_claimed_is_not_overlooked(drain: Drain) -> None:
    class Late(Queues):
        async def while_claiming(self, stage: Stage) -> None:
            # The claim has seen the rows already when a neighbour's task writes another one and ends.
            if stage is Stage.PUBLISH and not self.done:
                release.set()
                await asyncio.wait(self.drain._tasks)
                await asyncio.sleep(0)

        async def work(self, stage: Stage, number: int) -> None:
            if stage is Stage.READ:
                await release.wait()
                self.waiting[Stage.PUBLISH].append(number)
            await super().work(stage, number)

    release = asyncio.Event()
    queues = Late(drain)
    queues.waiting[Stage.READ] = [1]
    await asyncio.wait_for(drain.until_idle(asyncio.Event()), 5)
    assert (Stage.PUBLISH, 1) in queues.done


class Away(Queues):
    """The database does not take part while `away`."""

    away = True
    temporary = True

    async def while_claiming(self, stage: Stage) -> None:
        if self.away:
            raise StoreError("the database cannot be used: the connection was closed", temporary=self.temporary)


async def test_a_database_that_is_away_does_not_end_the_service_and_no_work_is_forgotten(drain: Drain) -> None:
    queues = Away(drain)
    queues.waiting[Stage.READ] = [1]
    stop = asyncio.Event()
    service = asyncio.create_task(drain.forever(stop))
    await asyncio.sleep(0.05)
    queues.away = False
    drain.ring()
    await asyncio.sleep(0.05)
    stop.set()
    await asyncio.wait_for(service, 5)
    assert queues.done == [(Stage.READ, 1)]


async def test_once_waits_for_a_database_that_is_away_as_long_as_its_patience(drain: Drain) -> None:
    queues = Away(drain)
    drain._corridor.settings.limits = replace(DEFAULT_LIMITS, store_patience=timedelta())
    with pytest.raises(StoreError):
        await asyncio.wait_for(drain.until_idle(asyncio.Event()), 5)
    drain._corridor.settings.limits = DEFAULT_LIMITS
    queues.waiting[Stage.READ] = [1]
    asyncio.get_running_loop().call_later(0.2, setattr, queues, "away", False)
    await asyncio.wait_for(drain.until_idle(asyncio.Event()), 5)
    assert queues.done == [(Stage.READ, 1)]


async def test_once_does_not_wait_for_what_will_not_pass(drain: Drain) -> None:
    queues = Away(drain)
    queues.temporary = False
    with pytest.raises(StoreError):
        await asyncio.wait_for(drain.until_idle(asyncio.Event()), 0.5)


async def test_a_resting_stage_takes_nothing_on_and_does_not_keep_once_from_ending(drain: Drain) -> None:
    queues = Queues(drain)
    queues.waiting = {stage: [1] for stage in Stage}
    drain.resting = frozenset({Stage.POLL, Stage.READ})
    await asyncio.wait_for(drain.until_idle(asyncio.Event()), 5)
    assert sorted(queues.done) == [(Stage.PUBLISH, 1), (Stage.SEND, 1)]
    drain.resting = frozenset()
    await asyncio.wait_for(drain.until_idle(asyncio.Event()), 5)
    assert {stage for stage, _ in queues.done} == set(Stage)


async def test_once_says_so_when_a_result_could_not_be_written(drain: Drain) -> None:
    class Refused(Queues):
        async def work(self, stage: Stage, number: int) -> None:
            raise StoreError("the database cannot be used: database or disk is full", temporary=True)

    queues = Refused(drain)
    queues.waiting[Stage.READ] = [1]
    with pytest.raises(StoreError, match="full"):
        await asyncio.wait_for(drain.until_idle(asyncio.Event()), 5)


async def test_a_page_that_was_read_makes_room_for_a_feed_of_its_host(drain: Drain) -> None:
    class Full(Queues):
        async def while_claiming(self, stage: Stage) -> None:
            if stage is Stage.READ and Stage.READ in {done for done, _ in self.done}:
                return
            if stage is Stage.POLL and not self.done:
                self.waiting[Stage.POLL], self.kept = [], self.waiting[Stage.POLL] or [7]

        async def work(self, stage: Stage, number: int) -> None:
            if stage is Stage.READ:
                self.waiting[Stage.POLL] = self.kept
            await super().work(stage, number)

    queues = Full(drain)
    queues.waiting[Stage.READ] = [1]
    await asyncio.wait_for(drain.until_idle(asyncio.Event()), 5)
    assert (Stage.POLL, 7) in queues.done


class Book:
    """A database that has only feeds to claim, and counts how often it was looked through."""

    is_sqlite = True

    def __init__(self, hosts: list[str]) -> None:
        self.due = [(FeedId(number), host) for number, host in enumerate(hosts)]
        self.looks, self.refusals = 0, 0

    async def attempt(self, _function, *, limit: int, agenda: Agenda, busy: dict[str, int], **_times) -> tuple[DueFeed, ...]:
        taken = agenda.take(limit, busy)
        if not taken and agenda.stale:
            self.looks += 1
            agenda.fill(self.due)
            taken = agenda.take(limit, busy)
        if self.refusals:
            self.refusals -= 1
            raise StoreError("the database cannot be used: database is locked", temporary=True)
        claimed = [entry for entry in self.due if entry[0] in taken]
        self.due = [entry for entry in self.due if entry[0] not in taken]
        return tuple(
            DueFeed(
                id=number,
                outlet_id=OutletId(1),
                url=f"https://{host}/rss",
                interval=timedelta(minutes=10),
                lease_token=str(number),
            )
            for number, host in claimed
        )


@pytest.fixture
def polled(drain: Drain, monkeypatch: pytest.MonkeyPatch) -> list[FeedId]:
    """Who was polled; a poll takes a moment, and of a host never more than two are under way."""
    seen: list[FeedId] = []

    async def poll(feed: DueFeed) -> None:
        assert max(drain._hosts.values()) <= 2
        await asyncio.sleep(0.001 * (1 + feed.id % 7))
        seen.append(feed.id)

    monkeypatch.setattr(drain, "_poll", poll)
    drain._stages, drain._maybe = frozenset({Stage.POLL}), {Stage.POLL}
    drain._corridor.settings.alerts, drain._corridor.settings.poll = AlertSettings(), PollSettings()
    return seen


async def test_few_looks_serve_all_the_claims(drain: Drain, polled: list[FeedId]) -> None:
    book = drain._corridor.db = Book([f"paper{number % 40}.example" for number in range(400)])
    await asyncio.wait_for(drain.until_idle(asyncio.Event()), 20)
    assert sorted(polled) == list(range(400))
    # One at the start, one before the end; one more when for a moment nothing was under way.
    assert 2 <= book.looks <= 5


async def test_a_bell_asks_for_another_look(drain: Drain, polled: list[FeedId]) -> None:
    book = drain._corridor.db = Book([])
    stop = asyncio.Event()
    service = asyncio.create_task(drain.forever(stop))
    await asyncio.sleep(0.02)
    book.due = [(FeedId(7), "late.example")]
    drain.ring(Stage.POLL)
    await asyncio.sleep(0.05)
    stop.set()
    await asyncio.wait_for(service, 5)
    assert polled == [7]


async def test_what_a_refused_claim_had_taken_is_claimed_again(drain: Drain, polled: list[FeedId]) -> None:
    book = drain._corridor.db = Book(["a.example", "b.example", "c.example"])
    book.refusals = 1
    await asyncio.wait_for(drain.until_idle(asyncio.Event()), 5)
    assert sorted(polled) == [0, 1, 2]
