"""When a document shares nothing with the one before, what was printed in between may be missing: how much, and from when to when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from aggregator.feeds.identity import Matched
from aggregator.feeds.values import DueFeed, Gap, ParsedEntry, ParsedFeed

# Archive pages that are asked for one gap, and other sources after them.
MOST_PAGES = 5
# Clocks of outlets and entries that are dated when they were begun.
SLACK = timedelta(hours=1)


def no_overlap(feed: DueFeed, parsed: ParsedFeed, matched: Matched) -> tuple[datetime, datetime | None] | None:
    """The time that may be missing, (our last good poll, the oldest date of the document or None); None when nothing is.

    A document whose dates reach back behind our last poll has room for everything since: its entries are new to us because
    their addresses changed, not because others are missing.
    """
    if feed.first_polled_at is None or feed.last_ok_at is None or feed.last_new_at is None:
        return None
    if parsed.known or matched.known or not matched.new:
        return None
    dates = [entry.published_at for entry in matched.new if entry.published_at]
    oldest = min(dates, default=None)
    if oldest is not None and oldest <= feed.last_ok_at:
        return None
    return feed.last_ok_at, oldest


def measured(feed: DueFeed, parsed: ParsedFeed, matched: Matched, older: Sequence[ParsedEntry], *, now: datetime) -> Gap | None:
    """The gap of this poll after everything was tried, None when there was none.

    As many are missing, at most, as the outlet usually prints in the time that no entry covers, less those found elsewhere.
    """
    found = [entry for entry in older if entry in matched.new]
    window = no_overlap(feed, parsed, matched)
    if window is None:
        return _closed(feed, found, now) if found else None
    since, oldest = window
    until = max(oldest or now, since)
    usual = feed.gap or _usual(parsed)
    expected = ceil((until - since) / usual) if usual else max(len(parsed.entries), 1)
    return Gap(since=since, until=until, filled=len(found), missing=max(expected, 1))


def _closed(feed: DueFeed, found: Sequence[ParsedEntry], now: datetime) -> Gap:
    """Archives reached back to what we knew: nothing is missing any more."""
    dates = [entry.published_at for entry in found if entry.published_at]
    return Gap(since=feed.last_ok_at or now, until=max(dates, default=now), filled=len(found), missing=0)


def _usual(parsed: ParsedFeed) -> timedelta | None:
    dates = sorted(parsed.dates)
    return (dates[-1] - dates[0]) / (len(dates) - 1) if len(dates) > 1 and dates[-1] > dates[0] else None
