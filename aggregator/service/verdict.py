"""Is it working? One answer in words, for the command line, the page and monitors."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aggregator.alerts.values import MessageState
from aggregator.reasons import explain
from aggregator.store.values import Overview

# A feed is due to the second; a service that leaves one so long is not polling.
STUCK_AFTER = timedelta(minutes=15)
# Relays greylist for minutes; what waits longer is worth a look.
LATE_AFTER = timedelta(minutes=15)
BACKLOG_AFTER = timedelta(hours=1)
# Between two runs of `once`, from cron, nothing holds the database. After so long it is no pause any more.
BETWEEN_RUNS = timedelta(hours=7)
# So long a message that was refused for good is worth a line.
GIVEN_UP_FOR = timedelta(days=3)
# The commands that do the service's work while they hold the database; others, as `restore`, keep it from working.
SERVING = ("run", "once", "feeds poll")


class Level(StrEnum):
    """`note`: it works, and there is something to know. `trouble`: it does not do what it is for."""

    OK = "ok"
    NOTE = "note"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`words`: one line. `serving`: the service itself does its work, whatever outlets and mail servers do."""

    level: Level
    words: str
    serving: bool = True

    @property
    def good(self) -> bool:
        return self.level is not Level.TROUBLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where the look was taken. `running` None: nothing tells whether a service runs (PostgreSQL); `disk_low`: as measured now.

    `held_by`: the command that holds the database and is not the service. `given_up`: messages refused for good in the last days.
    """

    running: bool | None
    now: datetime
    disk_low: bool = False
    held_by: str = ""
    given_up: int = 0


def judge(seen: Overview, at: Setting) -> Verdict:
    """The first of these that holds: the service does not work, it is held back, its surroundings fail it, it works."""
    return _stopped(seen, at) or _held_back(seen, at) or _let_down(seen, at) or _noted(seen, at) or _well(seen)


def _stopped(seen: Overview, at: Setting) -> Verdict | None:
    if at.running is False and not _between_runs(seen, at.now):
        if at.held_by:
            found = f"Not running: `{at.held_by}` holds the database; when it has ended, start the service with: aggregator run"
            return _trouble(found, serving=False)
        since = f" since the last poll, {when(seen.last_poll_at, at.now)}" if seen.last_poll_at else ""
        return _trouble(f"Not running: nothing holds the database{since}; start it with: aggregator run", serving=False)
    if at.disk_low or seen.disk_low_since:
        since = f" since {when(seen.disk_low_since, at.now)}" if seen.disk_low_since else ""
        return _trouble(f"Disk nearly full: reading is paused{since}; make room in the data folder", serving=False)
    idle_since = max((moment for moment in (seen.overdue_since, seen.last_poll_at, seen.started_at) if moment), default=at.now)
    if at.running is not False and seen.overdue_since and at.now - idle_since > STUCK_AFTER:
        who = "Running, but" if at.running else "Not running, or stuck:"
        return _trouble(f"{who} nothing was polled since {when(idle_since, at.now)}, although feeds are due", serving=False)
    return None


def _between_runs(seen: Overview, now: datetime) -> bool:
    return seen.started_at is None and seen.last_poll_at is not None and now - seen.last_poll_at < BETWEEN_RUNS


def _held_back(seen: Overview, at: Setting) -> Verdict | None:
    if seen.held_since:
        since = when(seen.held_since, at.now)
        return _trouble(f"Held: the outbox waits since a restore, {since}; let it go with: aggregator outbox release")
    if seen.feeds == 0:
        return _trouble("Nothing to do: no outlet is watched; add one to config/outlets.toml")
    return None


def _let_down(seen: Overview, at: Setting) -> Verdict | None:
    """The network, the mail server, every outlet at once."""
    start = _start(at)
    if seen.offline_since:
        since = when(seen.offline_since, at.now)
        return _trouble(f"{start}, but no outlet could be reached since {since}: is the network down?")
    if seen.unsent and at.now - seen.unsent.since > LATE_AFTER:
        why = f": {explain(seen.unsent.reason)}" if seen.unsent.reason else ""
        return _trouble(f"{start}, but mails wait since {when(seen.unsent.since, at.now)}{why}")
    if seen.outlets and not seen.outlets_read:
        reason = seen.troubles[0].reason
        why = explain(reason) if all(one.reason is reason for one in seen.troubles) else "see each below"
        return _trouble(f"{start}, but none of the {seen.outlets} outlets can be read: {why}")
    return None


def _noted(seen: Overview, at: Setting) -> Verdict | None:
    if seen.topics == 0:
        return _note("Working, but no topic is watched: nobody is told anything; add one to config/topics.toml")
    if seen.last_poll_at is None:
        return _note("Just started: nothing was polled yet")
    if seen.oldest_work_at and at.now - seen.oldest_work_at > BACKLOG_AFTER:
        return _note(f"Working, but behind: {_waiting(seen)}, the oldest since {when(seen.oldest_work_at, at.now)}")
    held = dict(seen.messages).get(MessageState.HELD, 0)
    if held:
        return _note(f"Working: {_outlets(seen)}, but {_count(held, 'mail')} held: see aggregator outbox list --state held")
    if at.given_up:
        found = f"{_count(at.given_up, 'mail')} refused for good in the last {GIVEN_UP_FOR.days} days"
        return _note(f"Working: {_outlets(seen)}, but {found}: see aggregator outbox list --state dead")
    return None


def _well(seen: Overview) -> Verdict:
    return Verdict(level=Level.OK, words=f"Working: {_outlets(seen)}, {_waiting(seen)}")


def _outlets(seen: Overview) -> str:
    return f"{seen.outlets_read} of {_count(seen.outlets, 'outlet')} read"


def _waiting(seen: Overview) -> str:
    late = 1 if seen.unsent else 0
    counts = dict(seen.messages)
    mails = max(late, counts.get(MessageState.RETRY, 0) + counts.get(MessageState.CLAIMED, 0))
    parts = (
        _count(seen.entries_to_read, "page") if seen.entries_to_read else "",
        _count(seen.entries_to_publish, "article") if seen.entries_to_publish else "",
        _count(mails, "mail") if mails else "",
    )
    told = ", ".join(part for part in parts if part)
    return f"waiting: {told}" if told else "nothing waits"


def _start(at: Setting) -> str:
    return "Between two runs" if at.running is False else "Running"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _trouble(words: str, *, serving: bool = True) -> Verdict:
    return Verdict(level=Level.TROUBLE, words=words, serving=serving)


def _note(words: str) -> Verdict:
    return Verdict(level=Level.NOTE, words=words)


def when(moment: datetime | None, now: datetime) -> str:
    """A moment in words: "14:02 UTC" within the last hours, with its day before."""
    if moment is None:
        return "never"
    return f"{moment:%H:%M} UTC" if abs(now - moment) < timedelta(hours=12) else f"{moment:%a %d %b %H:%M} UTC"


def unusable(problem: str) -> Verdict:
    """The verdict when the database cannot be asked."""
    return _trouble(f"Not working: {problem}", serving=False)
