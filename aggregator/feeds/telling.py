"""What a parsed feed tells at a glance: how new it is, and how much of each article it prints."""

from datetime import datetime
from enum import StrEnum

from aggregator.feeds.urls import url_key
from aggregator.feeds.values import ParsedEntry, ParsedFeed

# A body of an article, not the beginning of one (characters).
FULL = 1_200


class Told(StrEnum):
    """How much of an article the feed prints."""

    FULL = "full text"
    SUMMARY = "summary"
    TITLES = "titles only"


def newest(feed: ParsedFeed) -> datetime | None:
    """The latest date of its entries."""
    dates = (entry.published_at or entry.updated_at for entry in feed.entries)
    return max((date for date in dates if date is not None), default=None)


def told(feed: ParsedFeed) -> Told:
    """By the majority of the entries."""
    if not feed.entries:
        return Told.TITLES
    half = len(feed.entries) / 2
    if sum(1 for entry in feed.entries if _is_full(entry)) >= half:
        return Told.FULL
    return Told.SUMMARY if sum(1 for entry in feed.entries if entry.summary or entry.content) >= half else Told.TITLES


def signature(feed: ParsedFeed) -> frozenset[str]:
    """The pages its entries lead to: two documents with the same ones are one feed in two forms."""
    return frozenset(url_key(entry.link) for entry in feed.entries if entry.link)


def _is_full(entry: ParsedEntry) -> bool:
    # Some outlets print whole articles as descriptions.
    return max(len(entry.content), len(entry.summary)) >= FULL
