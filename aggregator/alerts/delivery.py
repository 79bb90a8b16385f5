"""What follows from the relay's answer: the state of a message, and when it is tried again."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.alerts.values import MessageState
from aggregator.reasons import Reason

# Quick at first, for a relay that restarts or greylists; then patient. From the outbox measurements of the reliability study.
BACKOFF = tuple(timedelta(seconds=s) for s in (30, 120, 300, 900, 1800, 3600, 7200))
BACKOFF_LAST = timedelta(hours=4)
# While the relay as a whole refuses, one message probes it at least this often.
PROBE_EVERY = timedelta(minutes=5)
HOLDING = frozenset({Reason.SMTP_TLS, Reason.SMTP_AUTH, Reason.SMTP_SENDER})
# RFC 3463: 5.1.x is about the address, 5.2.1 a mailbox that takes no mail. 5.7.x is the relay's policy, often our own log-in.
_ENHANCED = re.compile(r"\d{3} (\d\.\d{1,3}\.\d{1,3})\b")
_ABOUT_ADDRESS = re.compile(r"5\.(1\.|2\.1$)")
_PROBLEM = f"{Reason.RENDER_FAILED.value}: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`counts`: the try counts against the message. `relay_down`: nothing else is tried until `due_at`. `bounced`: the address
    takes no mail.
    """

    state: MessageState
    due_at: datetime
    counts: bool = True
    relay_down: bool = False
    bounced: bool = False


def after_refusal(
    reason: Reason,
    *,
    code: int | None,
    words: str,
    permanent_for_message: bool,
    channel_down: bool,
    attempts: int,
    now: datetime,
) -> Verdict:
    """A message that was not accepted. `code` and `words` are the relay's; None when it gave no code.

    Only a refusal of this recipient or this text kills it. A relay that refuses everybody for good (TLS, log-in, sender) holds
    its messages; one that cannot be reached, or says "later", lets them wait: not long, for it may be back any minute.
    """
    if permanent_for_message:
        return Verdict(state=MessageState.DEAD, due_at=now, bounced=_is_bounce(reason, code, words))
    if channel_down:
        later = reason not in HOLDING or (code is not None and code < 500)
        wait = min(backoff(attempts), PROBE_EVERY) if later else PROBE_EVERY
        state = MessageState.RETRY if later else MessageState.HELD
        return Verdict(state=state, due_at=now + wait, counts=later, relay_down=True)
    return Verdict(state=MessageState.RETRY, due_at=now + backoff(attempts))


def backoff(attempts: int) -> timedelta:
    """The wait after the try number `attempts` (0 is the first)."""
    return BACKOFF[attempts] if attempts < len(BACKOFF) else BACKOFF_LAST


def _is_bounce(reason: Reason, code: int | None, words: str) -> bool:
    """Does a final refusal say that the address takes no mail? One without an enhanced code is taken so."""
    if reason is not Reason.SMTP_RECIPIENT or code is None:
        return False
    enhanced = _ENHANCED.match(words)
    return enhanced is None or _ABOUT_ADDRESS.match(enhanced[1]) is not None


def with_problem(words: str, before: str) -> str:
    """The relay's words, followed by why the mail was laid out plainly, when the row told that before."""
    _, told, problem = before.partition(_PROBLEM)
    return f"{words}; {told}{problem}" if told else words


def as_problem(problem: str) -> str:
    """How a row tells that its mail was laid out plainly; "" when it was not."""
    return f"{_PROBLEM}{problem}" if problem else ""
