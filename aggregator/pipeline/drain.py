"""Work everything that is due through all stages: the one code path of `once`, `run` and `worker`.

A coordinator claims as many rows as there is room for, starts a task for each, and is woken by every task that ends and
by the ticks of `run`. A stage is asked for rows only when something may have come: a tick, or a neighbour's result.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aggregator.errors import StoreError
from aggregator.feeds.agenda import Agenda
from aggregator.feeds.urls import host_key
from aggregator.feeds.values import DueFeed
from aggregator.ids import FeedId
from aggregator.pipeline.context import Corridor, Event
from aggregator.pipeline.look import look
from aggregator.pipeline.poll import poll
from aggregator.pipeline.publish import publish
from aggregator.pipeline.read import read
from aggregator.pipeline.send import can_send, send
from aggregator.reasons import Reason
from aggregator.store import due, entries, outbox
from aggregator.store.tables import WORK
from aggregator.store.values import EntryToPublish, EntryToRead, MessageToSend
from aggregator.store.work import FOR_EVER, clear_orphans

log = logging.getLogger(__name__)

PUBLISH_BATCH = 20
# Between two claims while the database does not take part.
AGAIN_S = 1.0


class Stage(StrEnum):
    POLL = "poll"
    READ = "read"
    PUBLISH = "publish"
    SEND = "send"


# Whom a finished piece of work may have given something to do. Entries without a link go from the feed straight to `publish`;
# a page that was read makes room at its host for a feed.
FOLLOWING = {
    Stage.POLL: (Stage.READ, Stage.PUBLISH),
    Stage.READ: (Stage.POLL, Stage.PUBLISH),
    Stage.PUBLISH: (Stage.SEND,),
    Stage.SEND: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What a task works on: its stage, the leases it holds, the host it asks ("" when none)."""

    stage: Stage
    leases: tuple[str, ...]
    host: str


class Drain:
    """Drives the stages. `horizon` set (for `once`): rows that are put off during the run are left for another.

    `only`: these feeds are polled, due or not, and no others. `resting`: stages that take nothing on at present (no room on the disk).
    """

    def __init__(
        self,
        corridor: Corridor,
        *,
        horizon: datetime | None = None,
        stages: frozenset[Stage] = frozenset(Stage),
        only: Sequence[FeedId] | None = None,
    ) -> None:
        self._corridor = corridor
        self._horizon = horizon
        self._only = None if only is None else list(only)
        self._stages = stages
        self._maybe = set(stages)
        self._agenda = Agenda(due.PER_HOST)
        # Set: feeds may have become due since the last look. While it is not, claims are served from the agenda alone.
        self._look = True
        self.resting: frozenset[Stage] = frozenset()
        self._sweep = False
        self._failing_since: float | None = None
        self._refused: StoreError | None = None
        self._tasks: dict[asyncio.Task[None], _Held] = {}
        self._busy: Counter[Stage] = Counter()
        self._hosts: Counter[str] = Counter()
        self._bell = asyncio.Event()
        self._claim: dict[Stage, Callable[[int], Awaitable[int]]] = {
            Stage.POLL: self._claim_feeds,
            Stage.READ: self._claim_pages,
            Stage.PUBLISH: self._claim_articles,
            Stage.SEND: self._claim_messages,
        }
        width = corridor.settings.fetch.concurrency
        self._width = {Stage.POLL: width, Stage.READ: width, Stage.PUBLISH: 1, Stage.SEND: 1}

    def ring(self, *stages: Stage) -> None:
        """Something may have become due in these stages (all of them when none is named)."""
        self._look = self._look or not stages or Stage.POLL in stages
        self._wake(*(stages or Stage))

    def _wake(self, *stages: Stage) -> None:
        """There may be work, or room for it, in these stages."""
        self._maybe |= set(stages) & self._stages
        self._bell.set()

    def sweep(self) -> None:
        """Before the next claim, leases that no work of ours holds are given back."""
        self._sweep = True
        self._bell.set()

    async def until_idle(self, stop: asyncio.Event) -> None:
        """Work until nothing is due any more, or `stop` is set; then what is under way is finished."""
        await self._work(stop, stay=False)

    async def forever(self, stop: asyncio.Event) -> None:
        """Work, and wait for the bell when nothing is due, until `stop` is set."""
        await self._work(stop, stay=True)

    async def _work(self, stop: asyncio.Event, *, stay: bool) -> None:
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _stopped: self._bell.set())
        try:
            while not stop.is_set():
                self._bell.clear()
                filled = await self._try_to_fill(stay=stay)
                if filled and not self._tasks and not self._maybe - self.resting and not stay:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(None if filled else AGAIN_S):
                        await self._bell.wait()
        finally:
            stopping.cancel()
            await self._finish()

    async def _try_to_fill(self, *, stay: bool) -> bool:
        """False: the database does not take part. The service goes on asking; `once` gives up after the store's patience."""
        now = asyncio.get_running_loop().time()
        if self._refused and not stay:
            # A result could not be written for as long as was allowed: what is claimed next would fare no better.
            raise self._refused
        try:
            await self._fill()
        except StoreError as error:
            self._failing_since = self._failing_since or now
            patience = self._corridor.settings.limits.store_patience.total_seconds()
            if not stay and (not error.temporary or now - self._failing_since > patience):
                raise
            return False
        self._failing_since = None
        return True

    async def _finish(self) -> None:
        """Give the tasks under way their grace, then end them: their rows come back when the leases are cleared."""
        if self._tasks:
            grace = self._corridor.settings.limits.stop_grace.total_seconds()
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _fill(self) -> None:
        if self._sweep and self._corridor.db.is_sqlite:
            await self._release_orphans()
        for stage in Stage:
            if stage not in self._maybe or stage in self.resting:
                continue
            busy = self._busy[stage]
            room = self._width[stage] - busy
            if room <= 0 or (busy and room < self._width[stage] // 4):
                # Claiming row by row would cost more than it wins: wait until there is room for several.
                continue
            # Forgotten before the rows are looked at: a task that ends meanwhile rings for what this look cannot see.
            self._maybe.discard(stage)
            try:
                more = await self._claim[stage](room) >= room
            except StoreError:
                self._maybe.add(stage)
                raise
            if more:
                self._maybe.add(stage)

    async def _release_orphans(self) -> None:
        """Only here, where no claim is under way: every lease in the database is then either in `_tasks` or nobody's."""
        held = [lease for work in self._tasks.values() for lease in work.leases]
        released = await self._corridor.db.attempt(clear_orphans, WORK, held)
        self._sweep = False
        if released:
            log.info("work given back", extra={"rows": released})
            self._maybe |= self._stages
            self._look = True

    def _lease(self, length: timedelta) -> timedelta:
        return FOR_EVER if self._corridor.db.is_sqlite else length

    def _start(self, held: _Held, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(self._guarded(held.stage, work))
        self._tasks[task] = held
        self._busy[held.stage] += 1
        if held.host:
            self._hosts[held.host] += 1
        task.add_done_callback(lambda done: self._ended(done, held))

    async def _guarded(self, stage: Stage, work: Coroutine[object, object, None]) -> None:
        """A fault in one piece of work is logged and counted; it never ends the drain. Its rows come back with their leases."""
        try:
            await work
        except asyncio.CancelledError:
            raise
        except StoreError as error:
            # The store has told of its trouble once; a line for each of fifty results would say no more.
            self._refused = error
            log.debug("result dropped", extra={"stage": stage.value, "problem": error.message})
        except Exception as error:
            log.exception("stage failed", extra={"stage": stage.value})
            self._corridor.listen(
                Event(stage=stage.value, subject="", reason=Reason.INTERNAL, detail=f"{type(error).__name__}: {error}"[:300])
            )

    def _ended(self, task: asyncio.Task[None], held: _Held) -> None:
        del self._tasks[task]
        self._busy[held.stage] -= 1
        if held.host:
            self._hosts[held.host] -= 1
            if self._hosts[held.host] <= 0:
                del self._hosts[held.host]
        # Before nothing is left to do, one look at what came meanwhile: a feed whose host wanted rest, or that somebody let go.
        self._look = self._look or not self._busy[Stage.POLL]
        self._wake(held.stage, *FOLLOWING[held.stage])

    async def _claim_feeds(self, room: int) -> int:
        claimed = await (self._claim_due(room) if self._only is None else self._claim_named(room))
        for feed in claimed:
            held = _Held(stage=Stage.POLL, leases=(feed.lease_token,), host=host_key(feed.url))
            self._start(held, self._poll(feed))
        return len(claimed)

    async def _claim_due(self, room: int) -> tuple[DueFeed, ...]:
        now, settings = self._corridor.clock.now(), self._corridor.settings
        self._agenda.stale = self._agenda.stale or self._look
        # Forgotten before the look: what rings meanwhile asks for another.
        self._look = False
        try:
            return await self._corridor.db.attempt(
                due.claim_due,
                now=now,
                due_by=self._horizon or now,
                limit=room,
                lease=self._lease(settings.limits.lease + settings.limits.feed_deadline),
                first_poll=settings.alerts.first_poll,
                crash_rest=settings.poll.min_interval,
                busy=dict(self._hosts),
                agenda=self._agenda,
            )
        except BaseException:
            # What it had taken from the agenda was not claimed after all.
            self._look = True
            raise

    async def _claim_named(self, room: int) -> tuple[DueFeed, ...]:
        settings, only = self._corridor.settings, self._only or []
        claimed = await self._corridor.db.attempt(
            due.claim_named,
            only[:room],
            now=self._corridor.clock.now(),
            lease=self._lease(settings.limits.lease + settings.limits.feed_deadline),
            first_poll=settings.alerts.first_poll,
        )
        self._only = only[room:]
        return claimed

    def _full_hosts(self) -> tuple[str, ...]:
        """Hosts with work enough under way, feeds and pages together: they share the host's queue."""
        return tuple(host for host, count in self._hosts.items() if count >= due.PER_HOST)

    async def _poll(self, feed: DueFeed) -> None:
        await poll(self._corridor, feed)

    async def _claim_pages(self, room: int) -> int:
        now, limits = self._corridor.clock.now(), self._corridor.settings.limits
        claimed = await self._corridor.db.attempt(
            entries.claim_to_read,
            now=now,
            horizon=self._horizon,
            limit=room,
            lease=self._lease(limits.lease + limits.page_deadline),
            busy_hosts=self._full_hosts(),
        )
        for entry in claimed:
            self._start(_Held(stage=Stage.READ, leases=(entry.lease_token,), host=entry.host_key), self._read(entry))
        return len(claimed)

    async def _read(self, entry: EntryToRead) -> None:
        if not entry.looking:
            await read(self._corridor, entry)
            return
        await look(self._corridor, entry)
        # Who was told of an article hears that it is gone.
        self._wake(Stage.SEND)

    async def _claim_articles(self, _room: int) -> int:
        limits = self._corridor.settings.limits
        claimed = await self._corridor.db.attempt(
            entries.claim_to_publish,
            now=self._corridor.clock.now(),
            limit=PUBLISH_BATCH,
            lease=self._lease(limits.lease),
            slack=limits.future_date_slack,
        )
        if claimed:
            held = _Held(stage=Stage.PUBLISH, leases=tuple(entry.lease_token for entry in claimed), host="")
            self._start(held, self._publish(claimed))
        return 1 if claimed else 0

    async def _publish(self, batch: tuple[EntryToPublish, ...]) -> None:
        """In arrival order, one after the other: the first copy must be the first one published."""
        for entry in batch:
            try:
                await publish(self._corridor, entry)
            except StoreError:
                raise
            except Exception as error:
                log.exception("publish failed", extra={"entry": entry.id})
                await self._corridor.db.run(
                    entries.put_off,
                    entry.id,
                    entry.lease_token,
                    until=self._corridor.clock.now() + self._corridor.settings.limits.lease,
                    reason=Reason.INTERNAL,
                    detail=type(error).__name__,
                )

    async def _claim_messages(self, _room: int) -> int:
        now, limits = self._corridor.clock.now(), self._corridor.settings.limits
        if self._corridor.mail is None:
            await self._corridor.db.attempt(outbox.hold_without_server, now=now)
            return 0
        if not can_send(self._corridor):
            return 0
        lease = self._lease(limits.mail_lease)
        message = await self._corridor.db.attempt(outbox.claim_message, now=now, horizon=self._horizon, lease=lease)
        if message is not None:
            self._start(_Held(stage=Stage.SEND, leases=(message.lease_token,), host=""), self._send(message))
        return 0 if message is None else 1

    async def _send(self, message: MessageToSend) -> None:
        await send(self._corridor, message)
