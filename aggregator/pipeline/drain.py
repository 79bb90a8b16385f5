"""Work everything that is due through all stages: the one code path of `once`, `run` and `worker`.

A coordinator claims as many rows as there is room for, starts a task for each, and is woken by every task that ends and
by the ticks of `run`. A stage is asked for rows only when something may have come: a tick, or a neighbour's result.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from enum import StrEnum

from aggregator.errors import StoreError
from aggregator.feeds.urls import host_key
from aggregator.feeds.values import DueFeed
from aggregator.ids import FeedId
from aggregator.pipeline.context import Corridor, Event
from aggregator.pipeline.poll import poll
from aggregator.pipeline.publish import publish
from aggregator.pipeline.read import read
from aggregator.pipeline.send import can_send, send
from aggregator.reasons import Reason
from aggregator.store import entries, feeds, outbox
from aggregator.store.values import EntryToPublish, EntryToRead, MessageToSend

log = logging.getLogger(__name__)

PUBLISH_BATCH = 20


class Stage(StrEnum):
    POLL = "poll"
    READ = "read"
    PUBLISH = "publish"
    SEND = "send"


# Whom a finished piece of work may have given something to do. Entries without a link go from the feed straight to `publish`.
FOLLOWING = {
    Stage.POLL: (Stage.READ, Stage.PUBLISH),
    Stage.READ: (Stage.PUBLISH,),
    Stage.PUBLISH: (Stage.SEND,),
    Stage.SEND: (),
}


class Drain:
    """Drives the stages. `horizon` set (for `once`): rows that are put off during the run are left for another.

    `only`: these feeds are polled, due or not, and no others.
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
        self._tasks: dict[asyncio.Task[None], Stage] = {}
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
        """Something may be due in these stages (all of them when none is named)."""
        self._maybe |= set(stages or Stage) & self._stages
        self._bell.set()

    async def until_idle(self, stop: asyncio.Event) -> None:
        """Work until nothing is due any more, or `stop` is set; then what is under way is finished."""
        await self._work(stop, stay=False)

    async def forever(self, stop: asyncio.Event) -> None:
        """Work, and wait for the bell when nothing is due, until `stop` is set."""
        await self._work(stop, stay=True)

    async def _work(self, stop: asyncio.Event, *, stay: bool) -> None:
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._bell.clear()
                try:
                    await self._fill()
                except StoreError as error:
                    # A server that restarts, a long writer beside us: the service waits for its next tick, `once` says it failed.
                    if not stay:
                        raise
                    log.warning("nothing could be claimed", extra={"problem": str(error)})
                if not self._tasks and not self._maybe and not stay:
                    return
                if not self._bell.is_set():
                    ringing = asyncio.create_task(self._bell.wait())
                    await asyncio.wait({ringing, stopping}, return_when=asyncio.FIRST_COMPLETED)
                    ringing.cancel()
        finally:
            stopping.cancel()
            await self._finish()

    async def _finish(self) -> None:
        """Give the tasks under way their grace, then end them: their rows come back when the leases are cleared."""
        if self._tasks:
            grace = self._corridor.settings.limits.stop_grace.total_seconds()
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _fill(self) -> None:
        for stage in Stage:
            if stage not in self._maybe:
                continue
            busy = sum(held is stage for held in self._tasks.values())
            room = self._width[stage] - busy
            if room <= 0 or (busy and room < self._width[stage] // 4):
                # Claiming row by row would cost more than it wins: wait until there is room for several.
                continue
            # Forgotten before the rows are looked at: a task that ends meanwhile rings for what this look cannot see.
            self._maybe.discard(stage)
            if await self._claim[stage](room) >= room:
                self._maybe.add(stage)

    def _start(self, stage: Stage, work: Coroutine[object, object, None], host: str = "") -> None:
        task = asyncio.create_task(self._guarded(stage, work))
        self._tasks[task] = stage
        if host:
            self._hosts[host] += 1
        task.add_done_callback(lambda done: self._ended(done, stage, host))

    async def _guarded(self, stage: Stage, work: Coroutine[object, object, None]) -> None:
        """A fault in one piece of work is logged and counted; it never ends the drain. The row's lease runs out by itself."""
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("stage failed", extra={"stage": stage.value})
            self._corridor.listen(
                Event(stage=stage.value, subject="", reason=Reason.INTERNAL, detail=f"{type(error).__name__}: {error}"[:300])
            )

    def _ended(self, task: asyncio.Task[None], stage: Stage, host: str) -> None:
        self._tasks.pop(task, None)
        if host:
            self._hosts[host] -= 1
            if self._hosts[host] <= 0:
                del self._hosts[host]
        self.ring(stage, *FOLLOWING[stage])

    async def _claim_feeds(self, room: int) -> int:
        now, limits = self._corridor.clock.now(), self._corridor.settings.limits
        lease, first_poll = limits.lease + limits.feed_deadline, self._corridor.settings.alerts.first_poll
        if self._only is None:
            claimed = await self._corridor.db.run(
                feeds.claim_due,
                now=now,
                due_by=self._horizon or now,
                limit=room,
                lease=lease,
                first_poll=first_poll,
                busy_hosts=self._full_hosts(),
            )
        else:
            named, self._only = self._only[:room], self._only[room:]
            claimed = await self._corridor.db.run(feeds.claim_named, named, now=now, lease=lease, first_poll=first_poll)
        for feed in claimed:
            self._start(Stage.POLL, self._poll(feed), host_key(feed.url))
        return len(claimed)

    def _full_hosts(self) -> tuple[str, ...]:
        """Hosts with work enough under way, feeds and pages together: they share the host's queue."""
        return tuple(host for host, count in self._hosts.items() if count >= feeds.PER_HOST)

    async def _poll(self, feed: DueFeed) -> None:
        await poll(self._corridor, feed)

    async def _claim_pages(self, room: int) -> int:
        now, limits = self._corridor.clock.now(), self._corridor.settings.limits
        claimed = await self._corridor.db.run(
            entries.claim_to_read,
            now=now,
            horizon=self._horizon,
            limit=room,
            lease=limits.lease + limits.page_deadline,
            busy_hosts=self._full_hosts(),
        )
        for entry in claimed:
            self._start(Stage.READ, self._read(entry), entry.host_key)
        return len(claimed)

    async def _read(self, entry: EntryToRead) -> None:
        await read(self._corridor, entry)

    async def _claim_articles(self, _room: int) -> int:
        limits = self._corridor.settings.limits
        claimed = await self._corridor.db.run(
            entries.claim_to_publish,
            now=self._corridor.clock.now(),
            limit=PUBLISH_BATCH,
            lease=limits.lease,
            slack=limits.future_date_slack,
        )
        if claimed:
            self._start(Stage.PUBLISH, self._publish(claimed))
        return 1 if claimed else 0

    async def _publish(self, batch: tuple[EntryToPublish, ...]) -> None:
        """In arrival order, one after the other: the first copy must be the first one published."""
        for entry in batch:
            try:
                await publish(self._corridor, entry)
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
            await self._corridor.db.run(outbox.hold_without_server, now=now)
            return 0
        if not can_send(self._corridor):
            return 0
        message = await self._corridor.db.run(outbox.claim_message, now=now, horizon=self._horizon, lease=limits.mail_lease)
        if message is not None:
            self._start(Stage.SEND, self._send(message))
        return 0 if message is None else 1

    async def _send(self, message: MessageToSend) -> None:
        await send(self._corridor, message)
