"""When a page is tried again, and when its article goes out without it."""

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.articles.retries import LATER_TRIES, NextTry, after_failed_read, after_fatal_read
from aggregator.reasons import Reason

SEEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("tries", "published", "after", "retry", "reread"),
    [
        (0, False, minutes(0), minutes(1), None),
        (1, False, minutes(1), minutes(5), None),
        (2, False, minutes(6), None, minutes(30)),
        (0, False, minutes(11), None, minutes(30)),
        (3, True, minutes(40), None, timedelta(hours=2)),
        (4, True, minutes(200), None, timedelta(hours=8)),
        (5, True, timedelta(hours=11), None, timedelta(hours=24)),
        (6, True, timedelta(hours=36), None, None),
    ],
)
def test_transient_failures(
    tries: int, published: bool, after: timedelta, retry: timedelta | None, reread: timedelta | None
) -> None:
    """1 and 5 minutes, then published; read again after 30 minutes, 2, 8 and 24 hours."""
    now = SEEN + after
    verdict = after_failed_read(Reason.HTTP_5XX, tries=tries, published=published, first_seen_at=SEEN, now=now)
    assert verdict.retry_at == (now + retry if retry else None)
    assert verdict.reread_at == (now + reread if reread else None)


@pytest.mark.parametrize("reason", [Reason.HTTP_404, Reason.HTTP_410, Reason.ROBOTS, Reason.NO_LINK, Reason.WRONG_TYPE])
def test_final_failures_publish_at_once(reason: Reason) -> None:
    verdict = after_failed_read(reason, tries=0, published=False, first_seen_at=SEEN, now=SEEN)
    assert (verdict.retry_at, verdict.reread_at) == (None, None)


def test_every_later_try_is_reached() -> None:
    tries, found = 2, []
    now = SEEN + minutes(10)
    while True:
        verdict = after_failed_read(Reason.TIMEOUT, tries=tries, published=tries > 2, first_seen_at=SEEN, now=now)
        if verdict.reread_at is None:
            break
        found.append(verdict.reread_at - now)
        tries += 1
    assert tuple(found) == LATER_TRIES


def test_nobody_waits_for_a_page_that_workers_die_of():
    assert after_fatal_read(published=False, now=SEEN) == NextTry(retry_at=None, reread_at=SEEN + minutes(30))
    assert after_fatal_read(published=True, now=SEEN) == NextTry(retry_at=None, reread_at=None)
