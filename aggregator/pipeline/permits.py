"""What robots.txt files said, what their absence means (RFC 9309), and a memory of it while the program runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aggregator.errors import FetchError
from aggregator.net.robots import EVERYTHING, Rules, parse_robots
from aggregator.reasons import Reason
from aggregator.store.robots import RobotsRow

# 2.4: a day at most; less than some minutes would be more requests for the rules than for the pages.
LONGEST, SHORTEST = timedelta(hours=24), timedelta(minutes=5)
# A server that is down may be up again in a moment; its pages wait so long, or for their next try.
_UNREACHABLE = timedelta(seconds=50)
# 2.3.1.4: after a month of server errors the file counts as one that is not there.
_GIVEN_UP = timedelta(days=30)
# 2.3.1.3: a refusal of the file forbids nothing; 2.3.1.2: and a redirect that leads nowhere is no file.
_NONE_THERE = frozenset(
    {Reason.HTTP_401, Reason.HTTP_403, Reason.HTTP_404, Reason.HTTP_410, Reason.HTTP_4XX, Reason.HTTP_OTHER}
    | {Reason.TOO_MANY_REDIRECTS, Reason.NOT_MODIFIED_UNASKED}
)
_NOWHERE = frozenset({Reason.BAD_URL, Reason.BLOCKED_ADDRESS})
KEPT_UNUSED = timedelta(days=60)
_REMEMBERED = 500
# A clock that was set back must not make yesterday's answer hold for months.
_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What holds from `since` to `until`: rules, or (None) the reason why nothing may be read at present."""

    rules: Rules | None
    reason: Reason = Reason.INTERNAL
    detail: str = ""
    status: int | None = None
    retry_after: timedelta | None = None
    since: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        return self.since <= now + _SLACK and now < self.until

    def error(self) -> FetchError:
        """For a verdict without rules."""
        return FetchError(self.reason, f"robots.txt: {self.detail}", status=self.status, retry_after=self.retry_after)


def settled(row: RobotsRow, product: str, now: datetime) -> Verdict:
    """What an answer means."""
    since, until = row.fetched_at, row.expires_at
    if row.status < 300:
        return Verdict(rules=parse_robots(row.body, product=product), since=since, until=until)
    if row.status < 500 or now - row.fetched_at >= _GIVEN_UP:
        return Verdict(rules=EVERYTHING, since=since, until=until)
    detail = f"status {row.status}"
    return Verdict(rules=None, reason=Reason.HTTP_5XX, detail=detail, status=row.status, since=since, until=until)


def after_refusal(error: FetchError, held: RobotsRow | None, origin: str, now: datetime) -> RobotsRow | None:
    """What is kept of an answer that brought no file; None when there was no answer, or one that only says "later"."""
    status = error.status or 0
    elsewhere = error.reason in _NOWHERE and urlsplit(error.final_url).path != "/robots.txt"
    if error.reason in _NONE_THERE or elsewhere:
        return RobotsRow(origin=origin, status=max(status, 400), body="", fetched_at=now, expires_at=now + LONGEST)
    known = held is not None and held.status < 300
    if status < 500 or error.retry_after is not None or known:
        return None
    since = held.fetched_at if held is not None and held.status >= 500 else now
    return RobotsRow(origin=origin, status=status, body="", fetched_at=since, expires_at=now + _UNREACHABLE)


def unknown(error: FetchError, held: RobotsRow | None, product: str, now: datetime) -> Verdict:
    """For a moment: what was known before holds on (2.4), else nothing is read."""
    # A host at rest says so itself, and knows best how long.
    until = now if error.reason is Reason.HTTP_429 else now + _UNREACHABLE
    if held is not None and held.status < 500:
        return Verdict(rules=settled(held, product, now).rules, since=now, until=until)
    return Verdict(
        rules=None,
        reason=error.reason,
        detail=error.detail,
        status=error.status,
        retry_after=error.retry_after,
        since=now,
        until=until,
    )


class Permits:
    """The verdicts on the origins asked last, one for each name that we give ourselves there."""

    def __init__(self) -> None:
        self._verdicts: dict[tuple[str, str], Verdict] = {}
        self._askers: dict[str, tuple[asyncio.Lock, int]] = {}
        self._swept_at: datetime | None = None

    def sweep_due(self, now: datetime) -> bool:
        """True once a day: time to forget the files of origins that nobody links to any more."""
        if self._swept_at is not None and abs(now - self._swept_at) < LONGEST:
            return False
        self._swept_at = now
        return True

    def recall(self, origin: str, product: str, now: datetime) -> Verdict | None:
        verdict = self._verdicts.get((origin, product))
        return verdict if verdict is not None and verdict.holds(now) else None

    def remember(self, origin: str, product: str, verdict: Verdict) -> None:
        self._verdicts.pop((origin, product), None)
        if len(self._verdicts) >= _REMEMBERED:
            del self._verdicts[next(iter(self._verdicts))]
        self._verdicts[origin, product] = verdict

    @asynccontextmanager
    async def alone(self, origin: str) -> AsyncIterator[None]:
        """Nobody else looks for this origin's file inside: who waited finds the answer in the memory."""
        lock, members = self._askers.get(origin, (asyncio.Lock(), 0))
        self._askers[origin] = lock, members + 1
        try:
            async with lock:
                yield
        finally:
            lock, members = self._askers.pop(origin)
            if members > 1:
                self._askers[origin] = lock, members - 1
