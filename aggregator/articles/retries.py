"""When a page that could not be read is tried again, and when its article is published without it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.reasons import Reason

# The page will not come: waiting would only delay the alert.
FINAL = frozenset(
    {
        Reason.HTTP_404,
        Reason.HTTP_410,
        Reason.SOFT_404,
        Reason.HOME,
        Reason.ROBOTS,
        Reason.WRONG_TYPE,
        Reason.NO_LINK,
        Reason.BAD_URL,
        Reason.BLOCKED_ADDRESS,
    }
)
# Before publishing: a short wait saves most pages (a deploy, a cache, a busy minute).
FIRST_TRIES = (timedelta(minutes=1), timedelta(minutes=5))
# After publishing with the summary: an outage of a day is outlived.
LATER_TRIES = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8), timedelta(hours=24))
PUBLISH_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTry:
    """`retry_at` set: the entry waits for it. Else it is published as it is, and read again at `reread_at` (None: never)."""

    retry_at: datetime | None
    reread_at: datetime | None


def after_fatal_read(*, published: bool, now: datetime) -> NextTry:
    """What follows a page that a worker dies of: nobody waits for it, and one later look shows whether it was changed."""
    return NextTry(retry_at=None, reread_at=None if published else now + LATER_TRIES[0])


def after_failed_read(reason: Reason, *, tries: int, published: bool, first_seen_at: datetime, now: datetime) -> NextTry:
    """What follows a failed read; `tries` counts the failures before this one."""
    if reason in FINAL:
        return NextTry(retry_at=None, reread_at=None)
    waiting = not published and tries < len(FIRST_TRIES) and now - first_seen_at < PUBLISH_AFTER
    if waiting:
        return NextTry(retry_at=now + FIRST_TRIES[tries], reread_at=None)
    later = tries - len(FIRST_TRIES) if published else 0
    if later >= len(LATER_TRIES):
        return NextTry(retry_at=None, reread_at=None)
    return NextTry(retry_at=None, reread_at=now + LATER_TRIES[max(later, 0)])
