"""What a digest holds, in which order, and what its subject says."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from aggregator.alerts.values import AlertItem

_LAST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One topic of a digest."""

    topic_name: str
    items: tuple[AlertItem, ...]


def sections(items: tuple[AlertItem, ...]) -> tuple[Section, ...]:
    """Topics by name; in each, outlets of tier 1 first, then by time, oldest first."""
    ordered = sorted(items, key=_rank)
    return tuple(
        Section(topic_name=name, items=tuple(group)) for name, group in groupby(ordered, key=lambda item: item.topic_name)
    )


def _rank(item: AlertItem) -> tuple[str, str, int, datetime, int]:
    tier = item.tier if item.tier > 0 else _LAST
    return item.topic_name.casefold(), item.topic_name, tier, item.published_at or item.first_seen_at, item.article_id


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def contents(items: tuple[AlertItem, ...]) -> str:
    """`5 stories in 2 topics`. A story that several topics asked for is one story."""
    stories = counted(len({item.story_id for item in items}), "story", "stories")
    return f"{stories} in {counted(len({item.topic_name for item in items}), 'topic', 'topics')}"


def digest_subject(items: tuple[AlertItem, ...], day: str) -> str:
    """`[News digest] 5 stories in 2 topics, Mon 23 Nov`; `day` is the local date as shown."""
    return f"[News digest] {contents(items) if items else 'no stories'}, {day}"


def catch_up_subject(items: tuple[AlertItem, ...], since: str) -> str:
    """The subject after a time without a mail server: `[News digest] catch-up: 12 stories in 3 topics since Sat 21 Nov`."""
    return f"[News digest] catch-up: {contents(items) if items else 'no stories'} since {since}"
