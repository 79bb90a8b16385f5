"""What follows from the relay's answer: the state of a message, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.alerts.values import MessageState
from aggregator.reasons import Reason

# Quick at first, for a relay that restarts or greylists; then patient. From the outbox measurements of the reliability study.
BACKOFF = tuple(timedelta(seconds=s) for s in (30, 120, 300, 900, 1800, 3600, 7200))
BACKOFF_LAST = timedelta(hours=4)
# While the relay as a whole refuses, one message probes it this often.
PROBE_EVERY = timedelta(minutes=5)
HOLDING = frozenset({Reason.SMTP_TLS, Reason.SMTP_AUTH, Reason.SMTP_SENDER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`counts`: the try counts against the message. `relay_down`: nothing else is tried until `due_at`."""

    state: MessageState
    due_at: datetime
    counts: bool
    relay_down: bool


def after_refusal(reason: Reason, *, permanent_for_message: bool, channel_down: bool, attempts: int, now: datetime) -> Verdict:
    """A message that was not accepted.

    Only a refusal of this recipient or this text kills it. A relay that refuses everybody (TLS, log-in, sender) holds its
    messages; one that cannot be reached lets them wait.
    """
    if permanent_for_message:
        return Verdict(state=MessageState.DEAD, due_at=now, counts=True, relay_down=False)
    if channel_down:
        state = MessageState.HELD if reason in HOLDING else MessageState.RETRY
        wait = PROBE_EVERY if state is MessageState.HELD else backoff(attempts)
        return Verdict(state=state, due_at=now + wait, counts=state is MessageState.RETRY, relay_down=True)
    return Verdict(state=MessageState.RETRY, due_at=now + backoff(attempts), counts=True, relay_down=False)


def backoff(attempts: int) -> timedelta:
    """The wait after the try number `attempts` (0 is the first)."""
    return BACKOFF[attempts] if attempts < len(BACKOFF) else BACKOFF_LAST
