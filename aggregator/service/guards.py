"""What `run` watches beside its work: the clock, the disk, the network, and how the last run ended.

Each trouble is told once when it begins and once when it ends: in the log and in the journal of the installation.
"""

import asyncio
import contextlib
import logging
import os
import threading
from datetime import datetime, timedelta
from pathlib import Path

from aggregator.clock import SystemClock
from aggregator.errors import StoreError
from aggregator.pipeline.context import Corridor
from aggregator.pipeline.drain import Drain, Stage
from aggregator.pipeline.reach import BELOW_HTTP
from aggregator.service.hearing import listen_around
from aggregator.service.retention import let_go
from aggregator.settings import Settings
from aggregator.store import blocks, clockwork, feeds, journal, outbox
from aggregator.store.happenings import Happening
from aggregator.store.lock import Holder

log = logging.getLogger(__name__)

# What writes most: the pages and articles. Publishing what was read and sending what was published go on as long as they can.
PAUSED_BY_DISK = frozenset({Stage.POLL, Stage.READ})
# Less is the clock being trimmed, or a tick that came late.
JUMP_BACK = timedelta(minutes=1)
# How long an outage may have lasted before it is recognised: three time-outs and a tick.
BEFORE_OFFLINE = timedelta(minutes=3)
JUMP_AHEAD = timedelta(hours=1)
LISTEN_EVERY = timedelta(hours=1)
FORGET_EVERY = timedelta(hours=1)


def room_on_disk(settings: Settings) -> int | None:
    """Free bytes where the embedded database lies; None when that cannot be known, or is not our matter (PostgreSQL)."""
    if not settings.database_url.startswith("sqlite"):
        return None
    try:
        found = os.statvfs(Path(settings.data_dir))
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def paused_by_disk(settings: Settings, *, was_low: bool = False) -> frozenset[Stage]:
    """The stages that must rest because the disk is nearly full. Once low, a quarter more must be free before they go on."""
    free, needed = room_on_disk(settings), settings.limits.disk_free
    return PAUSED_BY_DISK if free is not None and free < (needed * 5 // 4 if was_low else needed) else frozenset()


class Guards:
    """Looks after the running service, at every reconciling tick. `monotonic` in seconds."""

    def __init__(self, doors: Corridor, drain: Drain, *, monotonic: float) -> None:
        self._doors = doors
        self._drain = drain
        self._seen = (doors.clock.now(), monotonic)
        self._offline_since: datetime | None = None
        self._heard_at: datetime | None = None
        self._forgot_at: datetime | None = None

    async def look(self) -> None:
        """Network and disk, and once an hour the outlets and what is kept no longer. Whatever the database refuses now is done at a later look."""
        try:
            await self._network()
            await self._disk()
            await self._outlets()
            await self._blocks()
        except StoreError as error:
            log.debug("not noted", extra={"problem": error.message})

    async def look_at_clock(self, *, monotonic: float) -> None:
        """Often: two jumps between two looks would hide each other."""
        now = self._doors.clock.now()
        before, then = self._seen
        jump = (now - before) - timedelta(seconds=monotonic - then)
        if jump <= -JUMP_BACK and self._doors.db.is_sqlite:
            try:
                await set_back(self._doors, -jump, now=now)
            except StoreError:
                return  # seen again at the next look
            self._drain.ring()
        elif jump >= JUMP_AHEAD:
            await self._tell(Happening.CLOCK_JUMP, f"ahead by {jump}: the clock was set, or the machine slept")
        self._seen = (now, monotonic)

    async def _network(self) -> None:
        offline, now = self._doors.reach.offline, self._doors.clock.now()
        if offline and self._offline_since is None:
            self._offline_since = now
            await self._tell(Happening.OFFLINE, "no outlet can be reached; is the network of this machine down?")
        elif not offline and self._offline_since is not None:
            # Those that failed before the outage was recognised, and mails that could not leave, need not wait out their back-off.
            await self._doors.db.attempt(feeds.wake_failed, BELOW_HTTP, since=self._offline_since - BEFORE_OFFLINE, now=now)
            await self._doors.db.attempt(outbox.wake_unreached, now=now)
            self._doors.relay_down_until = 0.0
            self._offline_since = None
            await self._tell(Happening.ONLINE, "outlets answer again")
            self._drain.ring()

    async def _disk(self) -> None:
        resting = await asyncio.to_thread(paused_by_disk, self._doors.settings, was_low=bool(self._drain.resting))
        if resting == self._drain.resting:
            return
        self._drain.resting = resting
        if resting:
            free = (room_on_disk(self._doors.settings) or 0) // 2**20
            await self._tell(Happening.DISK_LOW, f"{free} MiB free in {self._doors.settings.data_dir}: polling and reading rest")
        else:
            await self._tell(Happening.DISK_OK, "polling and reading go on")
            self._drain.ring()

    async def _outlets(self) -> None:
        now = self._doors.clock.now()
        if self._heard_at is None or not timedelta() <= now - self._heard_at < LISTEN_EVERY:
            self._heard_at = now
            await listen_around(self._doors)
            await let_go(self._doors)

    async def _blocks(self) -> None:
        """As long as there are many, some at every tick, so that publishing goes on between; then once an hour."""
        now = self._doors.clock.now()
        if self._forgot_at is None or not timedelta() <= now - self._forgot_at < FORGET_EVERY:
            gone = await self._doors.db.attempt(blocks.forget, now=now)
            self._forgot_at = now if gone < blocks.FORGET_AT_ONCE else None

    async def _tell(self, kind: Happening, detail: str) -> None:
        level = logging.INFO if kind in (Happening.ONLINE, Happening.DISK_OK) else logging.WARNING
        log.log(level, kind.value, extra={"detail": detail})
        await note(self._doors, kind, detail)


async def set_back(doors: Corridor, by: timedelta, *, now: datetime) -> None:
    """The clock was set back: what was put off by the wrong clock comes as much earlier, else nothing would be done for so long."""
    longest = doors.settings.limits.retry_after_max
    rows = await doors.db.attempt(clockwork.bring_forward, by, now=now, longest_rest=longest)
    doors.relay_down_until = 0.0
    doors.health = None
    detail = f"back by {by}: {rows} times brought forward"
    log.warning(Happening.CLOCK_JUMP.value, extra={"detail": detail})
    await note(doors, Happening.CLOCK_JUMP, detail)


async def at_start(doors: Corridor, left_by: Holder | None) -> None:
    """Before the first work: sets times right that a wrong clock wrote, and tells when the last holder was killed.

    Only where this process is alone: the clock of one machine of several must not move the rows of all. Not under `--now`, which
    is no clock that was set.
    """
    now = doors.clock.now()
    ahead = await doors.db.look(clockwork.ahead_by, now=now) if doors.db.is_sqlite else timedelta()
    if ahead >= JUMP_BACK and not (isinstance(doors.clock, SystemClock) and doors.clock.moved):
        await set_back(doors, ahead, now=now)
    if left_by is not None:
        ended = f"`{left_by.command}`, pid {left_by.pid} since {left_by.since:%Y-%m-%d %H:%M} UTC"
        log.warning(Happening.KILLED.value, extra={"detail": f"{ended}, ended without stopping; its work goes on"})
        await note(doors, Happening.KILLED, ended)


async def note(doors: Corridor, kind: Happening, detail: str = "") -> None:
    """A line in the journal, if the database takes it."""
    with contextlib.suppress(StoreError):
        await doors.db.attempt(journal.note, kind, detail, now=doors.clock.now())


async def check_file(doors: Corridor, stop: asyncio.Event) -> None:
    """After an unclean end: is the file whole? It is read to its end beside the work, and given up when the service stops."""
    enough = threading.Event()
    check = asyncio.ensure_future(asyncio.to_thread(_damage, doors, enough))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({check, stopping}, return_when=asyncio.FIRST_COMPLETED)
    enough.set()
    stopping.cancel()
    found = await check
    if found:
        log.error(Happening.DAMAGED.value, extra={"detail": found})
        await note(doors, Happening.DAMAGED, found)


def _damage(doors: Corridor, enough: threading.Event) -> str:
    try:
        return doors.db.damage(enough)
    except StoreError as error:
        return error.message
