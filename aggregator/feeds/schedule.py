"""When a feed is polled next, as pure arithmetic. Measured choices: the recommended scheduler of the feeds reference."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from aggregator.feeds.values import Answer, DueFeed, FeedState, Hints
from aggregator.ids import FeedId
from aggregator.limits import Limits
from aggregator.settings import PollSettings

# An outlet that prints <ttl>600</ttl> would otherwise be read every 10 hours.
HINT_CAP = timedelta(minutes=60)
NEW_FEED_INTERVAL = timedelta(minutes=15)
QUIET_GROWTH = 1.25
GAPS = 20
JITTER = 0.1
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MIN_THROTTLE = timedelta(hours=1)
FAILING_AFTER = 3
SICK_AFTER = 10
SICK_AGE = WEEK
# 7 days failing and 53 days sick are the 60 days after which a feed is called dead.
DEAD_AGE = timedelta(days=53)
GONE_CONFIRMED = DAY
# A feed that printed daily and answers "not modified" for a week may have a stuck cache before it: it is asked for everything once a day.
STUCK_AFTER = WEEK
# So many changes of an entry in a row that turn out to be none are read at once; from then on its page is left alone for a while.
EDITS_AT_ONCE = 1
# Longest silence that hours and days without visits can add up to; more is nonsense and not obeyed.
MOST_SKIPPED = timedelta(days=8)


def pinned(poll: PollSettings) -> bool:
    """Equal bounds: the owner wants exactly this interval, hints and jitter do not count."""
    return poll.min_interval == poll.max_interval


def bounded(value: timedelta, poll: PollSettings) -> timedelta:
    return max(poll.min_interval, min(value, poll.max_interval))


def jitter(feed_id: FeedId) -> float:
    """A stable share between -0.1 and +0.1, so that feeds added together spread and each keeps its rhythm."""
    number = int.from_bytes(hashlib.sha256(f"feed {feed_id}".encode()).digest()[:8], "big")
    return (number / 2**64 * 2 - 1) * JITTER


def quiet_interval(feed: DueFeed, poll: PollSettings) -> timedelta:
    """Longer by a quarter with every poll that brought nothing."""
    return bounded(bounded(feed.interval, poll) * QUIET_GROWTH, poll)


def usual_gap(dates: Sequence[datetime]) -> timedelta | None:
    """The median gap between the last 20 dates; None when there are too few of them."""
    latest = sorted(dates, reverse=True)[:GAPS]
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(latest)]
    return timedelta(seconds=median(gaps)) if len(gaps) >= 2 else None


def news_interval(dates: Sequence[datetime], feed: DueFeed, poll: PollSettings) -> timedelta:
    """A third of the usual gap; a feed without dates falls back to a quarter of an hour."""
    gap = usual_gap(dates)
    return bounded(min(NEW_FEED_INTERVAL, feed.interval) if gap is None else gap / 3, poll)


def due_after_success(
    feed: DueFeed, interval: timedelta, *, answer: Answer, hints: Hints, now: datetime, poll: PollSettings
) -> datetime:
    """The interval with jitter, but not before the freshest hint (at most 60 minutes), never outside the bounds, and not
    in hours or days in which the publisher wants no visits.
    """
    if pinned(poll):
        return now + poll.min_interval
    hint = min(max(hints.ttl or timedelta(), answer.max_age or timedelta()), HINT_CAP)
    return _past_skipped(now + bounded(max(interval * (1 + jitter(feed.id)), hint), poll), hints)


def _past_skipped(due: datetime, hints: Hints) -> datetime:
    """The first moment from `due` on that lies in no skipped hour or day (GMT)."""
    moment = due
    while moment - due < MOST_SKIPPED:
        if moment.weekday() in hints.skip_days:
            moment = moment.replace(hour=0, minute=moment.minute, second=moment.second) + DAY
        elif moment.hour in hints.skip_hours:
            moment += timedelta(hours=1)
        else:
            return moment
    return due


def look_again_after(edits: int) -> timedelta:
    """How long after its last reading a page is read again, when its entry changed for the `edits`-th time since a change that
    was one. Feeds print counters and the present time into their entries; nobody edits an article with every poll.
    """
    if edits <= EDITS_AT_ONCE:
        return timedelta()
    wait: timedelta = timedelta(minutes=15) * 4 ** min(edits - EDITS_AT_ONCE - 1, 5)
    return min(wait, DAY)


def wants_everything(feed: DueFeed, now: datetime) -> bool:
    """Ask without validators: a cache that is stuck on "not modified", or an index whose sitemaps change under it."""
    if feed.hints.is_index:
        return True
    daily = feed.gap is not None and feed.gap <= DAY
    quiet = feed.last_new_at is not None and now - feed.last_new_at >= STUCK_AFTER
    return daily and quiet and (feed.last_full_at is None or now - feed.last_full_at >= DAY)


def due_after_failure(
    feed: DueFeed, failures: int, state: FeedState, *, now: datetime, poll: PollSettings, limits: Limits
) -> datetime:
    """Doubling with every failure, capped; a sick feed is asked daily, a dead one weekly."""
    if state is FeedState.DEAD:
        return now + WEEK
    base = bounded(feed.interval, poll)
    wait: timedelta = min(base * 2 ** min(failures, 6), max(limits.backoff_max, base))
    if state is FeedState.SICK:
        wait = max(wait, DAY)
    elif not pinned(poll):
        wait = min(wait * (1 + jitter(feed.id)), max(limits.backoff_max, base))
    return now + wait


def failed_state(feed: DueFeed, failures: int, *, gone_since: datetime | None, now: datetime) -> FeedState:
    """From ok to failing (3 in a row), sick (10 and a week), dead (60 days, or 410 twice at least a day apart)."""
    if feed.state is FeedState.DEAD or (gone_since and feed.gone_since and now - gone_since >= GONE_CONFIRMED):
        return FeedState.DEAD
    age = now - feed.state_since if feed.state_since else timedelta()
    if feed.state is FeedState.SICK:
        return FeedState.DEAD if age >= DEAD_AGE else FeedState.SICK
    if feed.state is FeedState.FAILING:
        return FeedState.SICK if failures >= SICK_AFTER and age >= SICK_AGE else FeedState.FAILING
    return FeedState.FAILING if failures >= FAILING_AFTER else FeedState.OK
