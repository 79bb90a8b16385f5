"""What the corridor is given: the doors, the clock, and the limits it keeps."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from aggregator.alerts.values import Health
from aggregator.clock import Clock
from aggregator.ids import TopicId
from aggregator.net.values import Permit, Request, Response
from aggregator.pipeline.permits import Permits
from aggregator.pipeline.reach import Reach
from aggregator.pipeline.refusals import Refusals
from aggregator.reasons import Reason
from aggregator.settings import Settings
from aggregator.store.db import Database
from aggregator.topics.engine import Matcher
from aggregator.topics.vocabulary import Lemmatise


class Fetcher(Protocol):
    """The HTTP door. Raises FetchError."""

    async def get(self, request: Request, *, permit: Permit | None = None) -> Response: ...
    def slow_down(self, url: str, gap: timedelta) -> None: ...


class Workers(Protocol):
    """Killable processes for parsing. Raises WorkerError."""

    async def run(self, job: str, header: bytes, body: bytes, *, wall: timedelta) -> bytes: ...


class Mailer(Protocol):
    """The mail door. Gives the relay's reply; raises DeliveryError."""

    async def send(self, sender: str, address: str, mime: bytes) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One finished piece of work, for progress bars and logs. `subject` is what was worked on, already fit to be printed."""

    stage: str
    subject: str
    reason: Reason | None = None
    detail: str = ""
    count: int = 0


Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The topics as they stood at `revision`, ready to match."""

    revision: int
    matcher: Matcher
    names: dict[TopicId, str]


@dataclass(slots=True, kw_only=True)
class Corridor:
    """Handed to every stage. `mail` is None when no mail server is configured; `watch` is renewed when topics change."""

    settings: Settings
    clock: Clock
    db: Database
    http: Fetcher
    workers: Workers
    mail: Mailer | None
    listen: Listener
    lemmatise: Lemmatise
    watch: Watch | None = None
    reach: Reach = field(default_factory=Reach)
    permits: Permits = field(default_factory=Permits)
    refusals: Refusals = field(default_factory=Refusals)
    # Source health as of a moment (clock seconds): one look serves all the mails of a while.
    health: tuple[float, Health] | None = None
    # Set by `send` while the relay as a whole refuses; nothing is tried before.
    relay_down_until: float = field(default=0.0)
