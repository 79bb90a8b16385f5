"""What becomes of a message that was not accepted."""

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.alerts.delivery import BACKOFF_LAST, PROBE_EVERY, after_refusal, backoff
from aggregator.alerts.values import MessageState
from aggregator.reasons import Reason

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "permanent", "channel", "state", "counts", "down"),
    [
        (Reason.SMTP_RECIPIENT, True, False, MessageState.DEAD, True, False),
        (Reason.SMTP_DATA, True, False, MessageState.DEAD, True, False),
        (Reason.SMTP_RECIPIENT, False, False, MessageState.RETRY, True, False),
        (Reason.SMTP_TIMEOUT, False, False, MessageState.RETRY, True, False),
        (Reason.SMTP_CONNECT, False, True, MessageState.RETRY, True, True),
        (Reason.SMTP_AUTH, False, True, MessageState.HELD, False, True),
        (Reason.SMTP_TLS, False, True, MessageState.HELD, False, True),
        (Reason.SMTP_SENDER, False, True, MessageState.HELD, False, True),
        (Reason.INTERNAL, False, False, MessageState.RETRY, True, False),
    ],
)
def test_only_a_refusal_of_this_message_kills_it(
    reason: Reason, permanent: bool, channel: bool, state: MessageState, counts: bool, down: bool
) -> None:
    verdict = after_refusal(reason, permanent_for_message=permanent, channel_down=channel, attempts=0, now=NOW)
    assert (verdict.state, verdict.counts, verdict.relay_down) == (state, counts, down)


def test_a_held_channel_is_probed() -> None:
    verdict = after_refusal(Reason.SMTP_AUTH, permanent_for_message=False, channel_down=True, attempts=3, now=NOW)
    assert verdict.due_at == NOW + PROBE_EVERY


def test_waits_grow_and_stay_at_four_hours() -> None:
    waits = [backoff(attempt) for attempt in range(12)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=30)
    assert waits[-1] == BACKOFF_LAST == timedelta(hours=4)
