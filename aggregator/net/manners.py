"""One request in flight per host and a gap between starts, over everything that is fetched, redirects included."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from aggregator.clock import Clock, SystemClock
from aggregator.errors import FetchError
from aggregator.feeds.schedule import MIN_THROTTLE
from aggregator.feeds.urls import host_key
from aggregator.reasons import Reason

# A gap is waited for; a host that asked us away for longer is a matter of the schedule, not of a waiting task.
PATIENCE = timedelta(seconds=60)
_SWEEP_AT = 1_000
_SLOW_HOSTS = 10_000


def rest(reason: Reason, status: int | None, retry_after: timedelta | None) -> timedelta | None:
    """How long a failed request keeps everybody away from its host: as long as the server says with a 429, a 503 or a redirect,
    an hour after a bare 429. An HTTP_429 without a status is our own: the host is at rest already.
    """
    if status is None or (reason is not Reason.HTTP_429 and status != 503):
        return None
    if retry_after is not None:
        return retry_after
    return MIN_THROTTLE if reason is Reason.HTTP_429 else None


def _host(url: str) -> str:
    return _host_of_server(url[: url.find("/", url.find("://") + 3) + 1] or url)


@lru_cache(maxsize=5_000)
def _host_of_server(url: str) -> str:
    """As `host_key`: the lookup of a name's registrable part costs more than the rest of a turn."""
    return host_key(url)


class Slots(Protocol):
    """Who may ask a host next. The memory of one process below; a database can hold it for several."""

    async def take(self, host: str, gap: timedelta) -> float:
        """Takes this moment for `host` and gives 0.0, or takes nothing and gives the seconds to wait before asking again."""
        ...

    async def pause(self, host: str, until: datetime) -> None:
        """Gives no moment before `until`; an earlier pause is only ever extended."""
        ...


class LocalSlots:
    """Slots of one process. Gaps are measured on the monotonic clock: a clock that is set back delays nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[str, float] = {}
        self._sweep_at = _SWEEP_AT

    async def take(self, host: str, gap: timedelta) -> float:
        now = time.monotonic()
        wait = self._next.get(host, -math.inf) - now
        if wait > 0:
            return wait
        self._next[host] = now + gap.total_seconds()
        self._sweep(now)
        return 0.0

    async def pause(self, host: str, until: datetime) -> None:
        away = (until - self._clock.now()).total_seconds()
        self._next[host] = max(self._next.get(host, -math.inf), time.monotonic() + away)

    def _sweep(self, now: float) -> None:
        """Forgets hosts whose gap is over, each time the table has doubled: constant cost per request."""
        if len(self._next) >= self._sweep_at:
            self._next = {host: moment for host, moment in self._next.items() if moment > now}
            self._sweep_at = max(_SWEEP_AT, 2 * len(self._next))


@dataclass(slots=True)
class _Queue:
    """Who waits for one host; forgotten with its last member."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    members: int = 0


class Manners:
    """Turns at hosts. `delay` is counted from start to start; `concurrency` bounds what is in flight over all hosts."""

    def __init__(self, *, delay: timedelta, concurrency: int, clock: Clock | None = None, slots: Slots | None = None) -> None:
        self._delay = delay
        self._clock = clock or SystemClock()
        self._slots = slots or LocalSlots(self._clock)
        self._flights = asyncio.Semaphore(concurrency)
        self._queues: dict[str, _Queue] = {}
        # Hosts some of whose servers want a longer gap than ours: host -> server -> gap.
        self._slow: dict[str, dict[str, timedelta]] = {}

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[None]:
        """Waits until the host of `url` may be asked, and holds it until the block ends. Cancelling while waiting is safe.

        Raises FetchError HTTP_429 at once when the host is paused for more than a minute.
        """
        host = _host(url)
        queue = self._queues.setdefault(host, _Queue())
        queue.members += 1
        try:
            async with queue.lock:
                await self._take_off(host)
                try:
                    yield
                finally:
                    self._flights.release()
        finally:
            queue.members -= 1
            if not queue.members:
                del self._queues[host]

    async def pause(self, url: str, until: datetime) -> None:
        """The host of `url` asked to be left alone until then."""
        await self._slots.pause(_host(url), until)

    def slow_down(self, url: str, gap: timedelta) -> None:
        """The server of `url` (scheme, name, port) asks for such a gap; zero takes an earlier wish back. The host keeps the longest."""
        host, server = _host(url), url.partition("://")[2].partition("/")[0]
        wishes = self._slow.get(host, {})
        if gap > timedelta():
            if host not in self._slow and len(self._slow) >= _SLOW_HOSTS:
                self._slow.pop(next(iter(self._slow)))
            self._slow.setdefault(host, {})[server] = gap
        elif wishes.pop(server, None) is not None and not wishes:
            del self._slow[host]

    def _gap(self, host: str) -> timedelta:
        return max(self._delay, *self._slow[host].values()) if host in self._slow else self._delay

    async def _take_off(self, host: str) -> None:
        """Holds a flight only with a moment: a waiting host never keeps the others from flying."""
        while True:
            await self._flights.acquire()
            wait = math.inf
            try:
                wait = await self._slots.take(host, self._gap(host))
            finally:
                if wait > 0:
                    self._flights.release()
            if wait <= 0:
                return
            if wait > max(PATIENCE, 2 * self._gap(host)).total_seconds():
                until = self._clock.now() + timedelta(seconds=wait)
                detail = f"{host} asked to be left alone until {until:%Y-%m-%d %H:%M} UTC"
                raise FetchError(Reason.HTTP_429, detail, retry_after=timedelta(seconds=wait))
            await asyncio.sleep(wait)
