"""Whom the matches of an article are told: each decided with what its recipients know of the same text."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from aggregator.alerts.folding import plan_alerts
from aggregator.alerts.values import AlertKind, PlannedAlert, SentToday
from aggregator.ids import ArticleId, TopicId
from aggregator.store import topics
from aggregator.store.db import Connection
from aggregator.topics.sentences import matched_words, sentences
from aggregator.topics.values import Document, Field, Match

# More than a person reads; every sentence counts when it is decided whether a copy says anything new.
ALL_SENTENCES = 50


def plan(
    connection: Connection,
    document: Document,
    matches: Sequence[Match],
    wanted: Sequence[TopicId],
    *,
    group: Sequence[ArticleId],
    kind: AlertKind,
    now: datetime,
) -> tuple[PlannedAlert, ...]:
    """The alerts for these topics, each decided with what its recipients were told about the same text before."""
    if not wanted:
        return ()
    subscriptions = topics.load_subscriptions(connection, wanted)
    told = topics.told_texts(connection, group, wanted)
    today = topics.sent_today(connection, subscriptions, now=now)
    planned: list[PlannedAlert] = []
    for match in matches:
        if match.topic_id not in wanted:
            continue
        at_once = Counter(alert.recipient_id for alert in planned if alert.slot is None and alert.fold_into is None)
        planned += plan_alerts(
            document_text=f"{document.title}\n{document.body}",
            matched_sentences=_said(document, match),
            subscriptions=tuple(one for one in subscriptions if one.topic_id == match.topic_id),
            kind=kind,
            told=told,
            sent_today=(*today, *(SentToday(recipient_id=one, count=count) for one, count in at_once.items())),
            now=now,
        )
    return tuple(planned)


def _said(document: Document, match: Match) -> tuple[str, ...]:
    """What a match says: its sentences, and the watched words of the headline.

    Every outlet writes its own headline over the same text, so the headline as a whole is no news; a watched word that
    stands only there is.
    """
    stood = sentences(document, match.spans, limit=ALL_SENTENCES)
    headline = tuple(span for span in match.spans if span.field is Field.TITLE)
    return (*(sentence.text for sentence in stood), *matched_words(document, headline))
