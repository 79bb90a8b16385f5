"""The only source of the time. Rooms take the time as an argument; `service` hands a clock to the doors."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time as an aware UTC datetime."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock, optionally started at another moment (`--now`): it then runs on from there."""

    def __init__(self, start: datetime | None = None) -> None:
        self.moved = start is not None
        self._offset = start.astimezone(UTC) - datetime.now(UTC) if start else timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset


class ManualClock:
    """A clock that stands still until it is moved: for tests, and for planning ahead."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by
