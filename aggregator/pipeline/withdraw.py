"""An outlet took an article away: mark it, note it, and tell in one line those who were told of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from aggregator.alerts.folding import plan_alerts
from aggregator.alerts.values import AlertKind, PlannedAlert, Subscription
from aggregator.articles.looks import next_look
from aggregator.ids import ArticleId, RecipientId, TopicId
from aggregator.reasons import Reason
from aggregator.store import articles, looks, topics
from aggregator.store.db import Connection
from aggregator.store.dialect import lock_publishing
from aggregator.store.values import EntryToRead, TopicMatch


def withdraw(
    connection: Connection, entry: EntryToRead, article_id: ArticleId, why: Reason, detail: str, *, sender: str, now: datetime
) -> int | None:
    """One transaction. Gives how many are told; None when the lease was lost, and nothing is written."""
    lock_publishing(connection)
    at = next_look(first_seen_at=entry.first_seen_at, now=now, withdrawn_at=now)
    if not looks.finish(connection, entry, reason=why, detail=detail, at=at):
        return None
    return _tell(connection, article_id, sender=sender, now=now) if looks.withdraw(connection, article_id, why, now=now) else 0


def _tell(connection: Connection, article_id: ArticleId, *, sender: str, now: datetime) -> int:
    """At once where alerts come at once, in the same thread; else in the next digest. Nobody twice, however many topics told him."""
    stored = articles.load_stored(connection, article_id)
    told = looks.told(connection, article_id)
    if stored is None or not told:
        return 0
    subscribed = {(one.topic_id, one.recipient_id): one for one in topics.load_subscriptions(connection, _topics(told))}
    chosen = _one_each(told, subscribed)
    today = topics.sent_today(connection, tuple(subscribed[one] for one in chosen), now=now)
    planned: list[PlannedAlert] = []
    for place in chosen:
        planned += plan_alerts(
            document_text="",
            matched_sentences=(),
            subscriptions=(subscribed[place],),
            kind=AlertKind.EDIT,
            told=(),
            sent_today=today,
            now=now,
        )
    found = {match.topic_id: match for _, match in reversed(told)}
    refs = topics.record_alerts(
        connection,
        planned,
        tuple(found.values()),
        article_id=article_id,
        story_id=stored.story_id,
        version=stored.version,
        headline=stored.headline,
        topic_names={one.topic_id: one.topic_name for one in subscribed.values()},
        sender=sender,
        now=now,
        withdrawn=True,
    )
    return len(refs)


def _topics(told: Iterable[tuple[RecipientId, TopicMatch]]) -> tuple[TopicId, ...]:
    return tuple(dict.fromkeys(match.topic_id for _, match in told))


def _one_each(
    told: Iterable[tuple[RecipientId, TopicMatch]], subscribed: Mapping[tuple[TopicId, RecipientId], Subscription]
) -> tuple[tuple[TopicId, RecipientId], ...]:
    """For each person the first topic that told them, of those that they still want to hear of."""
    first: dict[RecipientId, TopicId] = {}
    for recipient_id, match in told:
        if (match.topic_id, recipient_id) in subscribed:
            first.setdefault(recipient_id, match.topic_id)
    return tuple((topic_id, recipient_id) for recipient_id, topic_id in first.items())
