"""The delivery ledger: what is due, what became of each message, what people look at."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from aggregator.alerts.messages import digest_key
from aggregator.alerts.values import AlertItem, AlsoIn, MessageKind, MessageState
from aggregator.articles.values import Status, seen_body
from aggregator.ids import AlertId, ArticleId, MessageRowId, RecipientId, StoryId
from aggregator.reasons import Reason, how_it_went
from aggregator.store.facts import held_since, lift
from aggregator.store.tables import alerts, articles, outbox, outlets, recipients, topics
from aggregator.store.topics import add_message
from aggregator.store.values import MessageRow, MessageToSend
from aggregator.store.work import RELEASED, claim, lease_free, mine
from aggregator.topics.sentences import matched_words, sentences
from aggregator.topics.values import Document, Span

WAITING = (MessageState.PENDING, MessageState.RETRY)
# What can still be cancelled; a message that is claimed may be on its way.
UNFINISHED = (*WAITING, MessageState.HELD)
# Kinds that this program can write. A newer one may have put others into the table: they are left to it.
KINDS = tuple(MessageKind)
# Held for the relay's sake and tried again by themselves; everything else that is held waits for a person.
PROBED = (Reason.SMTP_TLS, Reason.SMTP_AUTH, Reason.SMTP_SENDER)
# The relay was not there; nothing was said about the message.
UNREACHED = (Reason.SMTP_CONNECT,)
# What waited longer than this for a mail server leaves as one digest instead of many mails.
CATCH_UP_AFTER = timedelta(hours=24)
SUPPRESS_AFTER = 2
# What a mail shows of an article.
SHOWN = (
    "id", "story_id", "copy_of", "headline", "authors", "body", "summary", "captions", "language",
    "body_source", "status", "url", "canonical_url", "published_at", "first_seen_at", "withdrawn_at", "withdrawn_why",
)  # fmt: skip


def _sendable(now: datetime) -> sa.ColumnElement[bool]:
    # A claim whose lease ran out, or was cleared after its holder was killed: whether it was accepted is not known.
    crashed = sa.and_(outbox.c.state == MessageState.CLAIMED, lease_free(outbox, now))
    probed = sa.and_(outbox.c.state == MessageState.HELD, outbox.c.reason.in_(PROBED))
    return sa.and_(outbox.c.due_at <= now, outbox.c.kind.in_(KINDS), sa.or_(outbox.c.state.in_(WAITING), crashed, probed))


def claim_message(
    connection: sa.Connection, *, now: datetime, horizon: datetime | None, lease: timedelta
) -> MessageToSend | None:
    """The next message that is due. A claim that ran out may have been accepted already: the row says so.

    None also while the outbox is held after a restore: what arose since is then held as well, also what is not due yet.
    """
    if held_since(connection) is not None:
        _hold(connection, _waiting(now))
        return None
    due = [_sendable(now), lease_free(outbox, now)]
    if horizon is not None:
        due.append(sa.or_(outbox.c.attempts == 0, outbox.c.due_at <= horizon))
    chosen = sa.select(outbox.c.id).where(*due).order_by(outbox.c.due_at, outbox.c.id).limit(1)
    ambiguous = sa.or_(outbox.c.ambiguous, outbox.c.state == MessageState.CLAIMED)
    ids = claim(connection, outbox, chosen, now=now, lease=lease, state=MessageState.CLAIMED, ambiguous=ambiguous)
    if not ids:
        return None
    row = connection.execute(sa.select(outbox).where(outbox.c.id == ids[0])).one()
    return _to_send(row)


def _waiting(now: datetime) -> sa.ColumnElement[bool]:
    states = outbox.c.state.in_((*WAITING, MessageState.CLAIMED))
    return sa.and_(states, outbox.c.kind.in_(KINDS), lease_free(outbox, now))


def _hold(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    held = sa.update(outbox).where(which).values(state=MessageState.HELD, reason=Reason.RESTORED, detail="", **RELEASED)
    return connection.execute(held.values(ambiguous=sa.or_(outbox.c.ambiguous, outbox.c.state == MessageState.CLAIMED))).rowcount


def _to_send(row: sa.Row[tuple[object, ...]]) -> MessageToSend:
    return MessageToSend(
        id=MessageRowId(row.id),
        kind=row.kind,
        recipient_id=row.recipient_id,
        story_id=row.story_id,
        address=row.address,
        message_id=row.message_id,
        subject=row.subject,
        mime=row.mime,
        attempts=row.attempts,
        window_from=row.window_from,
        created_at=row.created_at,
        due_at=row.due_at,
        lease_token=row.lease_token or "",
        detail=row.detail,
    )


def freeze(connection: sa.Connection, message: MessageToSend, *, subject: str, mime: bytes, detail: str = "") -> bool:
    """Keep the rendered mail before it is sent: every later try sends the same bytes."""
    held = mine(outbox, message.id, message.lease_token)
    written = connection.execute(sa.update(outbox).where(held).values(subject=subject, mime=mime, detail=detail))
    return written.rowcount > 0


def mark(
    connection: sa.Connection,
    message: MessageToSend,
    state: MessageState,
    *,
    reason: Reason | None,
    detail: str,
    due_at: datetime,
    counts: bool,
    now: datetime,
) -> bool:
    """What became of a try. False: somebody else owns the row, nothing is written."""
    written = connection.execute(
        sa.update(outbox)
        .where(mine(outbox, message.id, message.lease_token), outbox.c.state == MessageState.CLAIMED)
        .values(
            state=state,
            reason=reason,
            detail=detail[:1000],
            due_at=due_at,
            attempts=outbox.c.attempts + (1 if counts else 0),
            sent_at=now if state is MessageState.SENT else None,
            **RELEASED,
        )
    )
    return written.rowcount > 0


def count_bounce(connection: sa.Connection, recipient_id: RecipientId, *, now: datetime) -> bool:
    """A hard bounce at RCPT. True when this one makes the address suppressed."""
    row = connection.execute(
        sa.update(recipients)
        .where(recipients.c.id == recipient_id)
        .values(bounces=recipients.c.bounces + 1)
        .returning(recipients.c.bounces, recipients.c.suppressed_at)
    ).one()
    if row.bounces < SUPPRESS_AFTER or row.suppressed_at is not None:
        return False
    connection.execute(sa.update(recipients).where(recipients.c.id == recipient_id).values(suppressed_at=now))
    return True


def hold_without_server(connection: sa.Connection, *, now: datetime) -> int:
    """No mail server: what is due is held with that reason (after a restore: all that waits, with its own), and nothing is tried."""
    if held_since(connection) is not None:
        return _hold(connection, _waiting(now))
    due = sa.update(outbox).where(_waiting(now), outbox.c.due_at <= now)
    return connection.execute(due.values(state=MessageState.HELD, reason=Reason.NO_MAIL_SERVER, detail="", **RELEASED)).rowcount


def hold_unfinished(connection: sa.Connection) -> int:
    """After a restore: every message that the backup knows as not finished may have been sent since. Gives how many.

    Messages to addresses that bounce stay what they are: a release must not send them.
    """
    unfinished = outbox.c.state.in_((*UNFINISHED, MessageState.CLAIMED))
    bounced = sa.and_(outbox.c.reason.is_not(None), outbox.c.reason == Reason.SUPPRESSED)
    return _hold(connection, sa.and_(unfinished, sa.not_(bounced)))


def release_restored(connection: sa.Connection, *, cancel: bool, now: datetime) -> int:
    """The operator's word after a restore: what was held for its sake goes out (digests at their hour), or never. Gives how many."""
    if lift(connection):
        _hold(connection, _waiting(now))
    due_at = sa.case((outbox.c.kind == MessageKind.DIGEST, outbox.c.due_at), else_=now)
    values = {"state": MessageState.CANCELLED} if cancel else {"state": MessageState.PENDING, "reason": None, "due_at": due_at}
    held = sa.and_(outbox.c.state == MessageState.HELD, outbox.c.reason == Reason.RESTORED)
    return connection.execute(sa.update(outbox).where(held).values(values)).rowcount


def cancel(connection: sa.Connection, ids: Sequence[int]) -> int:
    """These messages are never sent; those that are under way or finished stay what they are. Gives how many."""
    waits = sa.and_(outbox.c.state.in_(UNFINISHED), outbox.c.lease_token.is_(None))
    return connection.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_(ids), waits)
        .values(state=MessageState.CANCELLED, reason=None, detail="by the operator")
    ).rowcount


def release_held(connection: sa.Connection, *, sender: str, now: datetime) -> int:
    """A mail server has appeared: young messages go out as they are, old ones as one catch-up digest a recipient.

    What the server itself was the trouble with is due now: its settings may have been put right.
    """
    away = sa.and_(outbox.c.state == MessageState.RETRY, outbox.c.reason == Reason.SMTP_CONNECT)
    refused = sa.and_(outbox.c.state == MessageState.HELD, outbox.c.reason.in_(PROBED))
    connection.execute(sa.update(outbox).where(sa.or_(away, refused), outbox.c.due_at > now).values(due_at=now))
    held = sa.and_(outbox.c.state == MessageState.HELD, outbox.c.reason == Reason.NO_MAIL_SERVER)
    old = connection.execute(
        sa.select(outbox.c.id, outbox.c.recipient_id, outbox.c.address, outbox.c.created_at)
        .where(held, outbox.c.created_at < now - CATCH_UP_AFTER, outbox.c.recipient_id.is_not(None))
        .order_by(outbox.c.created_at)
    ).all()
    for recipient_id in dict.fromkeys(row.recipient_id for row in old):
        rows = [row for row in old if row.recipient_id == recipient_id]
        _catch_up(connection, RecipientId(recipient_id), rows, sender=sender, now=now)
    return connection.execute(sa.update(outbox).where(held).values(state=MessageState.PENDING, reason=None, due_at=now)).rowcount


def _catch_up(
    connection: sa.Connection,
    recipient_id: RecipientId,
    rows: Sequence[Any],
    *,
    sender: str,
    now: datetime,
) -> None:
    digest = add_message(
        connection,
        kind=MessageKind.DIGEST,
        dedup_key=digest_key(recipient_id, "catch-up", now),
        address=rows[0].address,
        recipient_id=recipient_id,
        topic_id=None,
        story_id=None,
        subject="",
        due_at=now,
        window_from=rows[0].created_at,
        sender=sender,
        now=now,
    )
    ids = [row.id for row in rows]
    connection.execute(sa.update(alerts).where(alerts.c.outbox_id.in_(ids)).values(outbox_id=digest))
    connection.execute(sa.update(outbox).where(outbox.c.id.in_(ids)).values(state=MessageState.CANCELLED, reason=Reason.CATCH_UP))


def wake_unreached(connection: sa.Connection, *, now: datetime) -> int:
    """The relay can be reached again: what only waited for that is due now. Gives how many."""
    waited = sa.and_(outbox.c.state == MessageState.RETRY, outbox.c.reason.in_(UNREACHED), outbox.c.due_at > now)
    return connection.execute(sa.update(outbox).where(waited).values(due_at=now)).rowcount


def retry_all(connection: sa.Connection, ids: Sequence[int], *, now: datetime) -> int:
    """Make messages due now: those named (dead ones too), or all that wait or are held. None while the outbox is held."""
    if held_since(connection) is not None:
        return 0
    states = (*UNFINISHED, *((MessageState.DEAD, MessageState.CANCELLED) if ids else ()))
    chosen = sa.update(outbox).where(outbox.c.state.in_(states), outbox.c.lease_token.is_(None))
    if ids:
        chosen = chosen.where(outbox.c.id.in_(ids))
    else:
        # A digest that waits for its hour is not late, and an address that bounces is not written to unasked.
        chosen = chosen.where(sa.or_(outbox.c.reason.is_(None), outbox.c.reason != Reason.SUPPRESSED))
        chosen = chosen.where(sa.or_(outbox.c.kind != MessageKind.DIGEST, outbox.c.state != MessageState.PENDING))
    return connection.execute(chosen.values(state=MessageState.PENDING, due_at=now, reason=None, detail="")).rowcount


def load_items(connection: sa.Connection, message_id: MessageRowId) -> tuple[AlertItem, ...]:
    """Everything that the alerts of one message show, in the order they arose."""
    rows = connection.execute(
        sa.select(
            alerts.c.id.label("alert_id"),
            alerts.c.kind,
            alerts.c.spans,
            alerts.c.position,
            topics.c.name.label("topic_name"),
            topics.c.query,
            outlets.c.name.label("outlet"),
            outlets.c.tier,
            *(articles.c[name] for name in SHOWN),
        )
        .join(topics, topics.c.id == alerts.c.topic_id)
        .join(articles, articles.c.id == alerts.c.article_id)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(alerts.c.outbox_id == message_id)
        .order_by(alerts.c.id)
    ).all()
    return tuple(_item(connection, row) for row in rows)


def _item(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> AlertItem:
    document = Document(
        title=row.headline,
        body=seen_body(row.body, row.summary, row.body_source, row.status),
        author=", ".join(row.authors),
        caption=row.captions,
        language=row.language,
    )
    spans = _within(row.spans, document)
    return AlertItem(
        alert_id=AlertId(row.alert_id),
        topic_name=row.topic_name,
        kind=row.kind,
        article_id=ArticleId(row.id),
        story_id=StoryId(row.story_id),
        headline=row.headline,
        url=row.url or row.canonical_url,
        outlet=row.outlet,
        tier=row.tier,
        published_at=row.published_at,
        first_seen_at=row.first_seen_at,
        language=row.language,
        position=row.position,
        sentences=sentences(document, spans),
        matched_words=matched_words(document, spans),
        why=row.query,
        also_in=_also_in(connection, ArticleId(row.id), row.copy_of or row.id),
        partly_read=row.status not in (Status.OK, Status.SUSPECT),
        withdrawn_at=row.withdrawn_at,
        withdrawn_why=how_it_went(row.withdrawn_why),
    )


def _within(spans: Sequence[Span], document: Document) -> tuple[Span, ...]:
    """The article may have changed since the alert arose; spans that fall outside the present text are left out."""
    lengths = {
        "title": len(document.title),
        "body": len(document.body),
        "author": len(document.author),
        "caption": len(document.caption),
    }
    return tuple(span for span in spans if span.end <= lengths[span.field.value])


def _also_in(connection: sa.Connection, article_id: ArticleId, root: ArticleId) -> tuple[AlsoIn, ...]:
    rows = connection.execute(
        sa.select(outlets.c.name, articles.c.url, articles.c.first_seen_at)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(sa.or_(articles.c.id == root, articles.c.copy_of == root), articles.c.id != article_id)
        .order_by(articles.c.first_seen_at, articles.c.id)
    )
    return tuple(AlsoIn(outlet=row.name, url=row.url, first_seen_at=row.first_seen_at) for row in rows)


def thread_of(connection: sa.Connection, message: MessageToSend) -> tuple[str, ...]:
    """Message-IDs of earlier mails about the same story to the same person, oldest first: they make a thread."""
    if message.story_id is None:
        return ()
    rows = connection.execute(
        sa.select(outbox.c.message_id)
        .where(
            outbox.c.story_id == message.story_id,
            outbox.c.recipient_id == message.recipient_id,
            outbox.c.id < message.id,
            outbox.c.state != MessageState.CANCELLED,
        )
        .order_by(outbox.c.id)
        .limit(20)
    )
    return tuple(row.message_id for row in rows)


def zone_of(connection: sa.Connection, message: MessageToSend) -> str:
    """The recipient's time zone; else that of the topic that told them last; else UTC."""
    row = connection.execute(
        sa.select(recipients.c.timezone.label("own"), topics.c.timezone.label("topic"))
        .select_from(outbox)
        .join(recipients, recipients.c.id == outbox.c.recipient_id)
        .outerjoin(alerts, alerts.c.outbox_id == outbox.c.id)
        .outerjoin(topics, topics.c.id == alerts.c.topic_id)
        .where(outbox.c.id == message.id)
        .limit(1)
    ).first()
    return (row.topic or row.own) if row and (row.topic or row.own) else "UTC"


def list_messages(
    connection: sa.Connection, *, states: Sequence[MessageState] = (), limit: int = 200, message_id: int | None = None
) -> tuple[MessageRow, ...]:
    """The ledger, newest first."""
    chosen = sa.select(outbox, topics.c.name.label("topic")).outerjoin(topics, topics.c.id == outbox.c.topic_id)
    if states:
        chosen = chosen.where(outbox.c.state.in_(states))
    if message_id is not None:
        chosen = chosen.where(outbox.c.id == message_id)
    rows = connection.execute(chosen.order_by(outbox.c.id.desc()).limit(limit))
    return tuple(
        MessageRow(
            id=MessageRowId(row.id),
            state=row.state,
            kind=row.kind,
            topic=row.topic or "",
            story_id=row.story_id,
            recipient=row.address,
            message_id=row.message_id,
            subject=row.subject,
            attempts=row.attempts,
            created_at=row.created_at,
            due_at=row.due_at,
            sent_at=row.sent_at,
            reason=" ".join(part for part in (row.reason.value if row.reason else "", row.detail) if part),
        )
        for row in rows
    )


def load_message(connection: sa.Connection, message_id: int) -> MessageToSend | None:
    """One row as the sender sees it, without claiming it: for previews."""
    row = connection.execute(sa.select(outbox).where(outbox.c.id == message_id)).first()
    return None if row is None else _to_send(row)


def messages_of_topic(connection: sa.Connection, slug_or_name: str, *, limit: int = 20) -> tuple[MessageRowId, ...]:
    """The latest messages that carry alerts of this topic, newest first."""
    rows = connection.execute(
        sa.select(alerts.c.outbox_id)
        .join(topics, topics.c.id == alerts.c.topic_id)
        .where(sa.or_(topics.c.slug == slug_or_name, topics.c.name == slug_or_name), alerts.c.outbox_id.is_not(None))
        .group_by(alerts.c.outbox_id)
        .order_by(alerts.c.outbox_id.desc())
        .limit(limit)
    )
    return tuple(MessageRowId(row.outbox_id) for row in rows)
