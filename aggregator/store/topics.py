"""Topics with their recipients, matches, and the alerts that follow from them."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count as numbers

import sqlalchemy as sa
import zstandard

from aggregator.alerts.messages import alert_key, digest_key, domain_of, message_id
from aggregator.alerts.plans import day_start, parse_plan, parse_quiet
from aggregator.alerts.values import AlertKind, MessageKind, MessageState, PlannedAlert, SentToday, Subscription, ToldText
from aggregator.ids import AlertId, ArticleId, MessageRowId, RecipientId, StoryId, TopicId
from aggregator.reasons import Reason
from aggregator.store.dialect import insert
from aggregator.store.facts import secret
from aggregator.store.tables import (
    alerts,
    articles,
    facts,
    matches,
    outbox,
    recipients,
    subscriptions,
    topics,
    versions,
    word_lists,
)
from aggregator.store.values import AlertRef, TopicMatch, TopicRow
from aggregator.topics.values import Topic

DEFAULT_DELIVERY = "immediately"
DEFAULT_ZONE = "UTC"
TOPICS_REVISION = "topics_revision"
# The sequence of the alert that tells of a withdrawal; those of edits are their versions.
WITHDRAWN = -1
# Asked by every article.
_REVISION = sa.select(facts.c.value).where(facts.c.name == TOPICS_REVISION)
# A digest in one of these states takes further alerts until it is frozen.
JOINABLE = (MessageState.PENDING, MessageState.RETRY, MessageState.HELD)


def revision(connection: sa.Connection) -> int:
    """Grows with every change of a topic or list; a matcher built for another revision is stale."""
    row = connection.execute(_REVISION).first()
    return int(row.value) if row else 0


def raise_revision(connection: sa.Connection) -> None:
    value = str(revision(connection) + 1)
    statement = insert(connection, facts).values(name=TOPICS_REVISION, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def watched(connection: sa.Connection) -> tuple[int, tuple[Topic, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """The revision, the topics that are not paused, and the word lists: what a matcher is built from."""
    rows = connection.execute(sa.select(topics).where(topics.c.paused_by.is_(None)).order_by(topics.c.id))
    found = tuple(Topic(id=TopicId(row.id), name=row.name, query=row.query, version=row.version) for row in rows)
    lists = connection.execute(sa.select(word_lists.c.name, word_lists.c.words))
    return revision(connection), found, tuple((row.name, row.words) for row in lists)


def load_subscriptions(connection: sa.Connection, topic_ids: Sequence[TopicId]) -> tuple[Subscription, ...]:
    """Who is to be told of these topics, with the plan that holds: the topic's own, else the person's, else at once."""
    rows = connection.execute(
        sa.select(
            topics.c.id.label("topic_id"),
            topics.c.name.label("topic_name"),
            topics.c.deliver.label("topic_deliver"),
            topics.c.timezone.label("topic_timezone"),
            recipients,
        )
        .join(subscriptions, subscriptions.c.topic_id == topics.c.id)
        .join(recipients, recipients.c.id == subscriptions.c.recipient_id)
        .where(topics.c.id.in_(topic_ids), subscriptions.c.left_at.is_(None), recipients.c.paused_by.is_(None))
        .order_by(topics.c.id, recipients.c.id)
    )
    return tuple(_subscription(row) for row in rows)


def _subscription(row: sa.Row[tuple[object, ...]]) -> Subscription:
    zone = row.topic_timezone or row.timezone or DEFAULT_ZONE
    return Subscription(
        topic_id=TopicId(row.topic_id),
        topic_name=row.topic_name,
        recipient_id=RecipientId(row.id),
        address=row.address,
        plan=parse_plan(row.topic_deliver or row.deliver or DEFAULT_DELIVERY, timezone=zone),
        quiet=parse_quiet(row.quiet) if row.quiet else None,
        max_per_day=row.max_per_day,
        suppressed=row.suppressed_at is not None,
    )


def matched_before(connection: sa.Connection, article_id: ArticleId) -> frozenset[TopicId]:
    """Topics that found this article in some version."""
    rows = connection.execute(sa.select(matches.c.topic_id).where(matches.c.article_id == article_id))
    return frozenset(TopicId(row.topic_id) for row in rows)


def record_matches(
    connection: sa.Connection, article_id: ArticleId, version: int, found: Sequence[TopicMatch], *, fresh: bool, now: datetime
) -> None:
    """The matches of this version; matches of an earlier version that are gone are marked lost, not deleted."""
    rows = [
        {
            "topic_id": match.topic_id,
            "article_id": article_id,
            "topic_version": match.topic_version,
            "article_version": version,
            "position": match.position,
            "spans": match.spans,
            "matched_at": now,
        }
        for match in found
    ]
    if rows:
        statement = insert(connection, matches)
        kept = {name: statement.excluded[name] for name in ("topic_version", "article_version", "position", "spans")}
        again = statement.on_conflict_do_update(index_elements=["topic_id", "article_id"], set_={**kept, "lost_at": None})
        connection.execute(statement if fresh else again, rows)
    if not fresh:
        gone = sa.update(matches).where(matches.c.article_id == article_id, matches.c.lost_at.is_(None))
        connection.execute(gone.where(matches.c.topic_id.not_in([match.topic_id for match in found])).values(lost_at=now))


def told_texts(connection: sa.Connection, group: Sequence[ArticleId], topic_ids: Sequence[TopicId]) -> tuple[ToldText, ...]:
    """What was told about the articles of one copy group: the texts as they stood when the alerts that carry a message arose."""
    rows = connection.execute(
        sa.select(
            alerts.c.id, alerts.c.topic_id, alerts.c.recipient_id, versions.c.headline, versions.c.body_zstd, articles.c.summary
        )
        .join(articles, articles.c.id == alerts.c.article_id)
        .join(versions, sa.and_(versions.c.article_id == alerts.c.article_id, versions.c.version == alerts.c.article_version))
        .where(alerts.c.article_id.in_(group), alerts.c.topic_id.in_(topic_ids), alerts.c.folded_into.is_(None))
        .order_by(alerts.c.id)
    )
    return tuple(
        ToldText(
            alert_id=AlertId(row.id),
            topic_id=TopicId(row.topic_id),
            recipient_id=RecipientId(row.recipient_id),
            text=f"{row.headline}\n{zstandard.decompress(row.body_zstd).decode()}\n{row.summary}",
        )
        for row in rows
    )


def sent_today(connection: sa.Connection, wanted: Sequence[Subscription], *, now: datetime) -> tuple[SentToday, ...]:
    """How many immediate alerts each recipient was given since the beginning of their own day."""
    zones = {one.recipient_id: one.plan.timezone for one in wanted if one.max_per_day is not None}
    counted = []
    for recipient_id, zone in zones.items():
        count = connection.execute(
            sa.select(sa.func.count())
            .select_from(outbox)
            .where(
                outbox.c.recipient_id == recipient_id,
                outbox.c.kind == MessageKind.ALERT,
                outbox.c.created_at >= day_start(zone, at=now),
            )
        ).scalar_one()
        counted.append(SentToday(recipient_id=recipient_id, count=count))
    return tuple(counted)


def record_alerts(
    connection: sa.Connection,
    planned: Sequence[PlannedAlert],
    found: Sequence[TopicMatch],
    *,
    article_id: ArticleId,
    story_id: StoryId,
    version: int,
    headline: str,
    topic_names: dict[TopicId, str],
    sender: str,
    now: datetime,
    withdrawn: bool = False,
) -> tuple[AlertRef, ...]:
    """Alerts with the outbox rows that carry them. An alert that exists already is not written again: nobody is told twice.

    `withdrawn`: they say that the article was taken away, not that its text changed.
    """
    places = {match.topic_id: match for match in found}
    told = _alerts_of(connection, article_id) if planned and (version > 1 or withdrawn) else frozenset()
    refs = []
    for plan in planned:
        sequence = WITHDRAWN if withdrawn else version if plan.kind is AlertKind.EDIT else 0
        if (plan.topic_id, plan.recipient_id, plan.kind, sequence) in told:
            continue
        match = places[plan.topic_id]
        message = None
        if plan.fold_into is None:
            subject = f"[{topic_names[plan.topic_id]}] {headline}"
            key = alert_key(plan.topic_id, plan.recipient_id, article_id, plan.kind, sequence)
            message = _message_for(connection, plan, key, story_id=story_id, subject=subject, sender=sender, now=now)
        connection.execute(
            sa.insert(alerts).values(
                topic_id=plan.topic_id,
                recipient_id=plan.recipient_id,
                article_id=article_id,
                story_id=story_id,
                outbox_id=message,
                kind=plan.kind,
                sequence=sequence,
                folded_into=plan.fold_into,
                article_version=version,
                spans=match.spans,
                position=match.position,
                created_at=now,
            )
        )
        refs.append(AlertRef(kind=plan.kind, topic_id=plan.topic_id, recipient_id=plan.recipient_id, message=message))
    return tuple(refs)


def _alerts_of(connection: sa.Connection, article_id: ArticleId) -> frozenset[tuple[int, int, AlertKind, int]]:
    """Which alerts the article caused before."""
    rows = connection.execute(
        sa.select(alerts.c.topic_id, alerts.c.recipient_id, alerts.c.kind, alerts.c.sequence).where(
            alerts.c.article_id == article_id
        )
    )
    return frozenset((row.topic_id, row.recipient_id, row.kind, row.sequence) for row in rows)


def _message_for(
    connection: sa.Connection, plan: PlannedAlert, key: str, *, story_id: StoryId, subject: str, sender: str, now: datetime
) -> MessageRowId:
    """An immediate alert has a message of its own; others share the digest of their slot."""
    digest = plan.slot is not None
    if plan.slot:
        key = _open_digest(connection, digest_key(plan.recipient_id, plan.plan_key, plan.slot))
    return add_message(
        connection,
        kind=MessageKind.DIGEST if digest else MessageKind.ALERT,
        dedup_key=key,
        address=plan.address,
        recipient_id=plan.recipient_id,
        topic_id=None if digest else plan.topic_id,
        story_id=None if digest else story_id,
        subject="" if digest else subject,
        due_at=plan.slot or now,
        window_from=now if digest else None,
        sender=sender,
        suppressed=plan.suppressed,
        now=now,
    )


def _open_digest(connection: sa.Connection, key: str) -> str:
    """The key of the slot's digest, or of its sequel when it was frozen already: made due early, or while this alert was written.

    The row is locked until the alert is written, so that no sender freezes it in between.
    """
    for number in numbers(1):
        candidate = key if number == 1 else f"{key}:{number}"
        row = connection.execute(
            sa.select(outbox.c.state, outbox.c.mime.is_not(None).label("frozen"))
            .where(outbox.c.dedup_key == candidate)
            .with_for_update()
        ).first()
        if row is None or (row.state in JOINABLE and not row.frozen):
            return candidate
    raise AssertionError


def add_message(
    connection: sa.Connection,
    *,
    kind: MessageKind,
    dedup_key: str,
    address: str,
    recipient_id: RecipientId | None,
    topic_id: TopicId | None,
    story_id: StoryId | None,
    subject: str,
    due_at: datetime,
    window_from: datetime | None,
    sender: str,
    suppressed: bool = False,
    now: datetime,
) -> MessageRowId:
    """The outbox row with this key, made if it does not exist; the key decides, so that no retry makes a second one."""
    made = connection.execute(
        insert(connection, outbox)
        .values(
            kind=kind,
            dedup_key=dedup_key,
            message_id=message_id(secret(connection), dedup_key, domain_of(sender)),
            address=address,
            recipient_id=recipient_id,
            topic_id=topic_id,
            story_id=story_id,
            subject=subject,
            state=MessageState.HELD if suppressed else MessageState.PENDING,
            reason=Reason.SUPPRESSED if suppressed else None,
            due_at=due_at,
            window_from=window_from,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(outbox.c.id)
    ).first()
    if made is None:
        made = connection.execute(sa.select(outbox.c.id).where(outbox.c.dedup_key == dedup_key)).one()
    return MessageRowId(made.id)


def list_topics(connection: sa.Connection) -> tuple[TopicRow, ...]:
    """All topics with what they found so far."""
    told = (
        sa.select(matches.c.topic_id, sa.func.count().label("n"), sa.func.max(matches.c.matched_at).label("last"))
        .group_by(matches.c.topic_id)
        .subquery()
    )
    rows = connection.execute(
        sa.select(topics, told.c.n, told.c.last).outerjoin(told, told.c.topic_id == topics.c.id).order_by(topics.c.id)
    ).all()
    addresses: dict[int, list[str]] = {}
    for row in connection.execute(
        sa.select(subscriptions.c.topic_id, recipients.c.address)
        .join(recipients)
        .where(subscriptions.c.left_at.is_(None))
        .order_by(recipients.c.id)
    ):
        addresses.setdefault(row.topic_id, []).append(row.address)
    return tuple(
        TopicRow(
            id=TopicId(row.id),
            slug=row.slug,
            name=row.name,
            query=row.query,
            version=row.version,
            deliver=row.deliver,
            timezone=row.timezone,
            recipients=tuple(addresses.get(row.id, ())),
            origin=row.origin,
            paused_by=row.paused_by,
            matches=row.n or 0,
            last_match_at=row.last,
        )
        for row in rows
    )
