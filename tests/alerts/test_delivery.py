"""What becomes of a message that was not accepted."""

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.alerts.delivery import BACKOFF_LAST, PROBE_EVERY, Verdict, after_refusal, as_problem, backoff, with_problem
from aggregator.alerts.values import MessageState
from aggregator.reasons import Reason

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def verdict(
    reason: Reason, *, permanent: bool = False, channel: bool = False, code: int | None = None, **more: object
) -> Verdict:
    asked = {"words": "", "attempts": 0, "now": NOW, **more}
    return after_refusal(reason, code=code, permanent_for_message=permanent, channel_down=channel, **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reason", "permanent", "channel", "code", "state", "counts", "down"),
    [
        (Reason.SMTP_RECIPIENT, True, False, 550, MessageState.DEAD, True, False),
        (Reason.SMTP_DATA, True, False, 554, MessageState.DEAD, True, False),
        (Reason.SMTP_RECIPIENT, False, False, 450, MessageState.RETRY, True, False),
        (Reason.SMTP_TIMEOUT, False, False, None, MessageState.RETRY, True, False),
        (Reason.SMTP_CONNECT, False, True, None, MessageState.RETRY, True, True),
        (Reason.SMTP_CONNECT, False, True, 554, MessageState.RETRY, True, True),
        (Reason.SMTP_TIMEOUT, False, True, None, MessageState.RETRY, True, True),
        (Reason.SMTP_AUTH, False, True, 535, MessageState.HELD, False, True),
        (Reason.SMTP_AUTH, False, True, 454, MessageState.RETRY, True, True),
        (Reason.SMTP_TLS, False, True, None, MessageState.HELD, False, True),
        (Reason.SMTP_TLS, False, True, 454, MessageState.RETRY, True, True),
        (Reason.SMTP_SENDER, False, True, 550, MessageState.HELD, False, True),
        (Reason.SMTP_SENDER, False, True, 451, MessageState.RETRY, True, True),
        (Reason.INTERNAL, False, False, None, MessageState.RETRY, True, False),
    ],
)
def test_only_a_refusal_of_this_message_kills_it(
    reason: Reason, permanent: bool, channel: bool, code: int | None, state: MessageState, counts: bool, down: bool
) -> None:
    found = verdict(reason, permanent=permanent, channel=channel, code=code)
    assert (found.state, found.counts, found.relay_down) == (state, counts, down)


def test_a_held_channel_is_probed() -> None:
    assert verdict(Reason.SMTP_AUTH, channel=True, attempts=3).due_at == NOW + PROBE_EVERY


@pytest.mark.parametrize("attempts", [0, 1, 3, 20])
def test_a_relay_that_is_away_is_never_left_alone_for_long(attempts: int) -> None:
    """It may be back any minute, and then everything must go out; a message that is greylisted waits its own time."""
    waits = verdict(Reason.SMTP_CONNECT, channel=True, attempts=attempts).due_at - NOW
    assert timedelta(seconds=30) <= waits <= PROBE_EVERY
    assert verdict(Reason.SMTP_RECIPIENT, code=450, attempts=20).due_at - NOW == BACKOFF_LAST


@pytest.mark.parametrize(
    ("reason", "code", "words", "bounced"),
    [
        (Reason.SMTP_RECIPIENT, 550, "550 5.1.1 no such user", True),
        (Reason.SMTP_RECIPIENT, 550, "550 no such user", True),
        (Reason.SMTP_RECIPIENT, 550, "550 5.2.1 mailbox disabled", True),
        (Reason.SMTP_RECIPIENT, 552, "552 5.2.2 mailbox full", False),
        (Reason.SMTP_RECIPIENT, 554, "554 5.7.1 relaying denied", False),
        (Reason.SMTP_RECIPIENT, None, "not a mail address: x", False),
        (Reason.SMTP_DATA, 554, "554 5.7.1 looks like spam", False),
    ],
)
def test_only_what_is_said_about_the_address_counts_as_a_bounce(
    reason: Reason, code: int | None, words: str, bounced: bool
) -> None:
    """A relay that wants a log-in refuses every recipient: their addresses must not be given up for that."""
    assert verdict(reason, permanent=True, code=code, words=words).bounced is bounced


def test_why_a_mail_is_plain_stays_with_its_row() -> None:
    note = as_problem("KeyError: 'x'")
    first = with_problem("451 later", note)
    assert first == "451 later; render_failed: KeyError: 'x'"
    assert with_problem("250 ok", first) == "250 ok; render_failed: KeyError: 'x'"
    assert with_problem("250 ok", "451 later") == "250 ok"
    assert as_problem("") == ""


def test_waits_grow_and_stay_at_four_hours() -> None:
    waits = [backoff(attempt) for attempt in range(12)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=30)
    assert waits[-1] == BACKOFF_LAST == timedelta(hours=4)
