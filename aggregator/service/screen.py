"""What `status` shows: the database's own numbers, and what only the machine knows."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator.clock import Clock, SystemClock
from aggregator.service.build import is_embedded
from aggregator.service.guards import room_on_disk
from aggregator.service.verbs import looking, overview
from aggregator.service.verdict import GIVEN_UP_FOR, SERVING, Setting, Verdict, judge
from aggregator.settings import Settings
from aggregator.store import status
from aggregator.store.lock import Holder, holder_of
from aggregator.store.values import Overview


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Who holds the embedded database, and where `run` shows its page. All empty when nobody does, or nobody can tell (PostgreSQL)."""

    embedded: bool
    command: str
    pid: int | None
    since: datetime | None
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Bytes: free on the disk of the data folder (None: not known, or not our disk), the database, SQLite's log beside it."""

    free: int | None
    database: int
    log: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One look."""

    verdict: Verdict
    seen: Overview
    serving: Serving
    room: Room


def look_around(settings: Settings, *, clock: Clock | None = None) -> Screen:
    """Everything `status` shows; works whether or not the service runs. Raises StoreError when the database cannot be asked."""
    now = (clock or SystemClock()).now()
    seen = overview(settings, clock=clock)
    with looking(settings) as connection:
        given_up = status.given_up(connection, since=now - GIVEN_UP_FOR)
    serving = _serving(settings)
    free = room_on_disk(settings)
    at = Setting(
        running=serving.command in SERVING if serving.embedded else None,
        now=now,
        disk_low=free is not None and free < settings.limits.disk_free,
        held_by="" if serving.command in SERVING else serving.command,
        given_up=given_up,
    )
    room = Room(free=free, database=seen.size, log=_log_size(settings))
    return Screen(verdict=judge(seen, at), seen=seen, serving=serving, room=room)


def _serving(settings: Settings) -> Serving:
    embedded = is_embedded(settings)
    holder = holder_of(settings.data_dir / "aggregator.lock") if embedded else None
    return Serving(
        embedded=embedded,
        command=holder.command if holder else "",
        pid=holder.pid if holder else None,
        since=holder.since if holder else None,
        page=page_of(settings.web.listen, holder),
    )


def page_of(listen: str, holder: Holder | None) -> str:
    """Where the page is while `run` holds the database; port 0 is known only to `run`."""
    if holder is None or holder.command != "run" or listen.endswith(":0"):
        return ""
    return f"http://{listen}/"


def _log_size(settings: Settings) -> int:
    if not is_embedded(settings):
        return 0
    try:
        return Path(settings.database_url.removeprefix("sqlite:///") + "-wal").stat().st_size
    except OSError:
        return 0
