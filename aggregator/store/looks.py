"""Looking again at the pages of published articles, and articles that their outlet took away."""

from datetime import datetime

import sqlalchemy as sa

from aggregator.alerts.values import AlertKind, MessageKind, MessageState
from aggregator.articles.looks import CONFIRM_AFTER, GONE, next_look
from aggregator.articles.values import Extraction
from aggregator.ids import ArticleId, EntryId, RecipientId, TopicId
from aggregator.reasons import Reason, explain
from aggregator.store import journal, pages
from aggregator.store.entries import _reading
from aggregator.store.feeds import STAGE_DONE, STAGE_READ
from aggregator.store.happenings import Happening
from aggregator.store.pages import PageRow
from aggregator.store.tables import alerts, articles, entries, matches, outbox, outlets, readings
from aggregator.store.topics import JOINABLE, WITHDRAWN
from aggregator.store.values import EntryToPublish, EntryToRead, TopicMatch
from aggregator.store.work import RELEASED, mine

FIRST_TIER = 1

# Statements that every article runs are made once: building one costs more than running it.
_STATE = (
    sa.select(entries.c.reread_at, entries.c.reason, readings.c.read_at, articles.c.withdrawn_at)
    .select_from(entries)
    .join(articles, articles.c.id == sa.bindparam("article"))
    .outerjoin(readings, readings.c.entry_id == entries.c.id)
    .where(entries.c.id == sa.bindparam("entry"))
)
_MATCH = sa.select(matches.c.id).where(matches.c.article_id == sa.bindparam("article"), matches.c.lost_at.is_(None)).limit(1)


def schedule(connection: sa.Connection, entry: EntryToPublish, article_id: ArticleId, *, now: datetime) -> None:
    """After an entry was published: when is its page looked at again? One entry an article, and only articles that somebody waits
    for (a topic found them, or their outlet is of the first tier); not what a new feed held already.

    A withdrawn article that was read since is back.
    """
    row = connection.execute(_STATE, {"entry": entry.id, "article": article_id}).first()
    if row is None or row.read_at is None:
        return
    withdrawn_at = row.withdrawn_at
    if (
        withdrawn_at
        and entry.cause is None
        and row.reason is None
        and row.read_at > withdrawn_at
        and entry.article.status.trusted
    ):
        give_back(connection, article_id, now=now)
        withdrawn_at = None
    if row.reread_at is not None or (entry.silent and not withdrawn_at):
        return
    if row.reason in GONE and withdrawn_at is None:
        _look_at(connection, entry.id, now + CONFIRM_AFTER)
        return
    at = next_look(first_seen_at=entry.article.first_seen_at, now=now, withdrawn_at=withdrawn_at)
    if (
        at is not None
        and (withdrawn_at or _awaited(connection, entry, article_id))
        and not _looked_at(connection, entry.id, article_id)
    ):
        _look_at(connection, entry.id, at)


def _awaited(connection: sa.Connection, entry: EntryToPublish, article_id: ArticleId) -> bool:
    return entry.tier == FIRST_TIER or connection.execute(_MATCH, {"article": article_id}).first() is not None


def _looked_at(connection: sa.Connection, entry_id: EntryId, article_id: ArticleId) -> bool:
    """Another feed's entry of the article does it already, or is being read."""
    waits = sa.or_(entries.c.reread_at.is_not(None), entries.c.stage == STAGE_READ)
    other = sa.select(entries.c.id).where(entries.c.article_id == article_id, entries.c.id != entry_id, waits).limit(1)
    return connection.execute(other).first() is not None


def _look_at(connection: sa.Connection, entry_id: EntryId, at: datetime) -> None:
    connection.execute(sa.update(entries).where(entries.c.id == entry_id).values(reread_at=at))


def held(connection: sa.Connection, entry_id: EntryId) -> tuple[PageRow | None, Extraction | None]:
    """The page that came last, and what was read from it."""
    text = sa.type_coerce(readings.c.extraction, sa.Text).label("extraction")
    row = connection.execute(sa.select(readings.c.entry_id.label("id"), text).where(readings.c.entry_id == entry_id)).first()
    return pages.newest(connection, entry_id), _reading(row) if row else None


def finish(connection: sa.Connection, entry: EntryToRead, *, reason: Reason | None, detail: str, at: datetime | None) -> bool:
    """A look that changes nothing about the article. `at`: the next one. False: the lease was lost, nothing is written."""
    values = {
        "stage": STAGE_DONE,
        "due_at": None,
        "reason": reason,
        "detail": detail[:1000],
        "tries": 0,
        "looks": entry.looks + 1,
        "reread_at": at,
        **RELEASED,
    }
    return connection.execute(sa.update(entries).where(mine(entries, entry.id, entry.lease_token)).values(values)).rowcount > 0


def withdraw(connection: sa.Connection, article_id: ArticleId, why: Reason, *, now: datetime) -> bool:
    """Mark an article as taken away; text and versions stay. False: it was marked before."""
    stands = sa.and_(articles.c.id == article_id, articles.c.withdrawn_at.is_(None))
    marked = connection.execute(sa.update(articles).where(stands).values(withdrawn_at=now, withdrawn_why=why.value)).rowcount > 0
    if marked:
        journal.note(connection, Happening.WITHDRAWN, f"{_named(connection, article_id)}: {explain(why)}", now=now)
    return marked


def give_back(connection: sa.Connection, article_id: ArticleId, *, now: datetime) -> None:
    """The article is there again. What nobody was sent yet about its withdrawal is not said."""
    marked = sa.and_(articles.c.id == article_id, articles.c.withdrawn_at.is_not(None))
    if connection.execute(sa.update(articles).where(marked).values(withdrawn_at=None, withdrawn_why="")).rowcount:
        journal.note(connection, Happening.RETURNED, _named(connection, article_id), now=now)
        _unsay(connection, article_id)


def _unsay(connection: sa.Connection, article_id: ArticleId) -> None:
    unwritten = sa.and_(outbox.c.mime.is_(None), outbox.c.lease_token.is_(None), outbox.c.state.in_(JOINABLE))
    said = connection.execute(
        sa.select(alerts.c.id, alerts.c.outbox_id, outbox.c.kind)
        .join(outbox, outbox.c.id == alerts.c.outbox_id)
        .where(alerts.c.article_id == article_id, alerts.c.kind == AlertKind.EDIT, alerts.c.sequence == WITHDRAWN, unwritten)
    ).all()
    connection.execute(sa.delete(alerts).where(alerts.c.id.in_([row.id for row in said])))
    own = [row.outbox_id for row in said if row.kind is MessageKind.ALERT]
    emptied = [row.outbox_id for row in said if row.kind is MessageKind.DIGEST]
    # A digest that held nothing else would say that there was nothing.
    left = sa.exists().where(alerts.c.outbox_id == outbox.c.id)
    connection.execute(sa.delete(outbox).where(outbox.c.id.in_([*own, *emptied]), sa.not_(left)))


def _named(connection: sa.Connection, article_id: ArticleId) -> str:
    row = connection.execute(
        sa.select(outlets.c.name, articles.c.headline).join(outlets).where(articles.c.id == article_id)
    ).one()
    return f"article {article_id}, {row.name}: {row.headline[:200]}"


def told(connection: sa.Connection, article_id: ArticleId) -> tuple[tuple[RecipientId, TopicMatch], ...]:
    """To whom an alert of this article went out, or is written and will; for which topic, and the places that were shown. In the
    order of the alerts.

    A mail that is not written yet will say by itself that the article is gone, and of a folded copy nobody was told.
    """
    written = sa.and_(outbox.c.mime.is_not(None), outbox.c.state.not_in((MessageState.CANCELLED, MessageState.DEAD)))
    rows = connection.execute(
        sa.select(alerts.c.recipient_id, alerts.c.topic_id, alerts.c.spans, alerts.c.position, matches.c.topic_version)
        .join(outbox, outbox.c.id == alerts.c.outbox_id)
        .outerjoin(matches, sa.and_(matches.c.topic_id == alerts.c.topic_id, matches.c.article_id == alerts.c.article_id))
        .where(alerts.c.article_id == article_id, alerts.c.folded_into.is_(None), written)
        .order_by(alerts.c.id)
    )
    return tuple(
        (
            RecipientId(row.recipient_id),
            TopicMatch(
                topic_id=TopicId(row.topic_id), topic_version=row.topic_version or 1, position=row.position, spans=row.spans
            ),
        )
        for row in rows
    )
