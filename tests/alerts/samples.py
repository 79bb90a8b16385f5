"""Letters for the tests of this room; all texts are invented."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.alerts.values import AlertItem, AlertKind, AlsoIn, Health, Letter, MessageKind
from aggregator.ids import AlertId, ArticleId, StoryId
from aggregator.topics.values import Field, Position, Sentence

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def sentence(text: str, *words: str) -> Sentence:
    """A sentence with the first place of each word marked."""
    starts = [(text.index(word), len(word)) for word in words]
    return Sentence(field=Field.BODY, text=text, marks=tuple((start, start + length) for start, length in starts))


def item(**changes: Any) -> AlertItem:
    """An alert about an invented visit; every field can be changed."""
    values: dict[str, Any] = {
        "alert_id": AlertId(7),
        "topic_name": "Harbour and Bridge",
        "kind": AlertKind.MATCH,
        "article_id": ArticleId(1),
        "story_id": StoryId(1),
        "headline": "Council votes to close the old bridge",
        "url": "https://gazette.example/bridge?id=1&from=feed",
        "outlet": "Northern Gazette",
        "tier": 1,
        "published_at": NOW - timedelta(minutes=18),
        "first_seen_at": NOW - timedelta(minutes=10),
        "language": "en",
        "position": Position.LEAD,
        "sentences": (sentence("The harbour master warned that the bridge cannot carry lorries.", "harbour", "bridge"),),
        "matched_words": ("harbour", "bridge"),
        "why": "harbour NEAR/10 bridge",
    }
    return AlertItem(**(values | changes))


def letter(*items: AlertItem, **changes: Any) -> Letter:
    """An alert letter to one recipient in Amsterdam."""
    values: dict[str, Any] = {
        "kind": MessageKind.ALERT,
        "message_id": "<0123456789abcdef@alerts.example>",
        "sender": "News alerts <alerts@alerts.example>",
        "address": "desk@press.example",
        "timezone": "Europe/Amsterdam",
        "items": items or (item(),),
        "health": Health(outlets_total=38, outlets_read=37, troubles=("Coast Radio has been silent for 3 times its usual gap.",)),
        "now": NOW,
    }
    return Letter(**(values | changes))


def also(outlet: str, minutes: int, url: str = "https://copy.example/a") -> AlsoIn:
    return AlsoIn(outlet=outlet, url=url, first_seen_at=NOW - timedelta(minutes=minutes))


def alert_letter() -> Letter:
    """The alert of the golden file."""
    copies = (also("Coast Radio", 5), also("Evening Post", 2, "https://post.example/b"))
    return letter(item(also_in=copies), references=("<first@alerts.example>", "<second@alerts.example>"))


def digest_letter() -> Letter:
    """The digest of the golden file: two topics, tiers, four scripts, a copy, a page that could not be read."""
    russian = item(
        topic_name="Мосты",
        article_id=ArticleId(2),
        story_id=StoryId(2),
        headline="Совет закрыл старый мост",
        outlet="Северная газета",
        language="ru",
        tier=2,
        sentences=(sentence("Начальник порта: мост не выдержит грузовиков.", "мост"),),
        matched_words=("мост",),
        why="мост",
        also_in=(also("Утренний листок", 5),),
    )
    arabic = item(
        article_id=ArticleId(3),
        story_id=StoryId(3),
        headline="إغلاق الجسر القديم في الميناء",
        outlet="جريدة الساحل",
        language="ar",
        tier=2,
        sentences=(sentence("قال المجلس إن الجسر القديم سيغلق غدا.", "الجسر"),),
        matched_words=("الجسر",),
        partly_read=True,
    )
    edited = item(
        article_id=ArticleId(4), story_id=StoryId(1), kind=AlertKind.EDIT, tier=2, published_at=None, outlet="Evening Post"
    )
    window = (NOW - timedelta(days=1), NOW)
    links = {"copy_url": "https://news.press.example/articles/1", "mute_url": "https://news.press.example/mute/x"}
    return letter(
        russian,
        arabic,
        edited,
        item(**links),
        kind=MessageKind.DIGEST,
        window=window,
        public_url="https://news.press.example",
        unsubscribe_url="https://news.press.example/u/3f9ac1",
    )
