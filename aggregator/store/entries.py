"""Entries on their way: pages to be read, readings to be published."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa
import zstandard

from aggregator.articles.compose import compose
from aggregator.articles.learned import edges
from aggregator.articles.retries import PUBLISH_AFTER
from aggregator.articles.values import Extraction, FeedText
from aggregator.ids import ArticleId, EntryId, FeedId, OutletId
from aggregator.reasons import Reason
from aggregator.store import blocks
from aggregator.store.due import PER_HOST
from aggregator.store.feeds import STAGE_DONE, STAGE_PUBLISH, STAGE_READ
from aggregator.store.tables import articles, entries, feeds, hosts, outlets, pages, readings
from aggregator.store.values import EntryToPublish, EntryToRead, RawPage
from aggregator.store.work import RELEASED, claim, lease_free, mine

log = logging.getLogger(__name__)

# The sibling feed's reading of the same link is taken over when it is younger than this.
SHARED_FOR = timedelta(hours=6)

# Statements that every page runs are made once: building one costs more than running it.
_UPDATE_MINE = sa.update(entries).where(entries.c.id == sa.bindparam("row"), entries.c.lease_token == sa.bindparam("token"))
_UPDATE_READING = sa.update(readings).where(readings.c.entry_id == sa.bindparam("row"))
_INSERT_READING = sa.insert(readings)
_FIND_PAGE = sa.select(pages.c.id).where(pages.c.entry_id == sa.bindparam("entry"), pages.c.sha256 == sa.bindparam("sha"))
_INSERT_PAGE = sa.insert(pages)
_EXTRACTIONS = msgspec.json.Decoder(Extraction)


def claim_to_read(
    connection: sa.Connection,
    *,
    now: datetime,
    horizon: datetime | None,
    limit: int,
    lease: timedelta,
    busy_hosts: Collection[str],
) -> tuple[EntryToRead, ...]:
    """Entries whose page is due, oldest first, at most two a host and none of `busy_hosts` or of hosts that want rest.

    `horizon` (for `once`): rows that failed during the run and were put off wait for another run. A host's rest may last for days:
    an article that nobody was told of yet is claimed all the same once it has waited long enough, to be published with its summary.
    """
    resting = sa.select(hosts.c.host_key).where(hosts.c.backoff_until > now)
    overdue = sa.and_(entries.c.article_id.is_(None), entries.c.first_seen_at <= now - PUBLISH_AFTER)
    may_ask = sa.or_(entries.c.host_key.not_in(resting), overdue)
    due = [entries.c.stage == STAGE_READ, entries.c.due_at <= now, lease_free(entries, now), may_ask]
    if horizon is not None:
        fresh = sa.and_(entries.c.tries == 0, entries.c.reason.is_(None))
        due.append(sa.or_(fresh, entries.c.due_at <= horizon))
    if busy_hosts:
        due.append(entries.c.host_key.not_in(busy_hosts))
    ranked = (
        sa.select(
            entries.c.id,
            sa.func.row_number().over(partition_by=entries.c.host_key, order_by=(entries.c.due_at, entries.c.id)).label("place"),
        )
        .where(*due, sa.not_(_sibling_first(now)))
        .subquery()
    )
    first = sa.select(ranked.c.id).where(ranked.c.place <= PER_HOST)
    chosen = (
        sa.select(entries.c.id)
        # Said again for PostgreSQL, which checks only these on rows that another worker finished meanwhile.
        .where(entries.c.id.in_(first), entries.c.stage == STAGE_READ, entries.c.due_at <= now, lease_free(entries, now))
        .order_by(entries.c.due_at, entries.c.id)
        .limit(limit)
    )
    ids = claim(connection, entries, chosen, now=now, lease=lease)
    return _load_to_read(connection, ids, now) if ids else ()


def _sibling_first(now: datetime) -> sa.Exists:
    """Another feed of the outlet printed the same link, and its entry is being read or stands before this one: one request is enough."""
    other = entries.alias()
    return sa.exists().where(
        other.c.outlet_id == entries.c.outlet_id,
        other.c.url_key == entries.c.url_key,
        other.c.id != entries.c.id,
        other.c.stage == STAGE_READ,
        other.c.due_at <= now,
        sa.or_(other.c.id < entries.c.id, sa.not_(lease_free(other, now))),
    )


def _load_to_read(connection: sa.Connection, ids: Sequence[int], now: datetime) -> tuple[EntryToRead, ...]:
    held = sa.exists().where(readings.c.entry_id == entries.c.id)
    other = entries.alias()
    sibling = sa.exists().where(
        other.c.outlet_id == entries.c.outlet_id, other.c.url_key == entries.c.url_key, other.c.id != entries.c.id
    )
    rows = connection.execute(
        sa.select(
            entries,
            outlets.c.proxy,
            outlets.c.user_agent,
            outlets.c.robots,
            outlets.c.cookies_file,
            hosts.c.backoff_until,
            sibling.label("has_sibling"),
            held.label("was_read"),
            outlets.c.url.label("home"),
            articles.c.headline.label("shown"),
            articles.c.withdrawn_at,
        )
        .outerjoin(articles, articles.c.id == entries.c.article_id)
        .join(outlets, outlets.c.id == entries.c.outlet_id)
        .outerjoin(hosts, sa.and_(hosts.c.host_key == entries.c.host_key, hosts.c.backoff_until > now))
        .where(entries.c.id.in_(ids))
        .order_by(entries.c.due_at, entries.c.id)
    )
    return tuple(
        EntryToRead(
            id=EntryId(row.id),
            outlet_id=OutletId(row.outlet_id),
            url_key=row.url_key,
            host_key=row.host_key,
            text=_feed_text(row),
            first_seen_at=row.first_seen_at,
            due_at=row.due_at,
            tries=row.tries,
            published=row.article_id is not None,
            proxy=row.proxy,
            user_agent=row.user_agent,
            robots=row.robots,
            cookies_file=row.cookies_file,
            resting_until=row.backoff_until,
            has_sibling=row.has_sibling,
            was_read=row.was_read,
            lease_token=row.lease_token,
            looking=row.was_read and row.article_id is not None and row.reread_at is not None,
            looks=row.looks,
            reason=row.reason,
            article_id=row.article_id,
            shown=row.shown or "",
            withdrawn_at=row.withdrawn_at,
            home=row.home,
        )
        for row in rows
    )


def _feed_text(row: sa.Row[tuple[object, ...]]) -> FeedText:
    return FeedText(
        link=row.link,
        title=row.title,
        author=row.author,
        summary=row.summary,
        content=row.content,
        language=row.language,
        published_at=row.published_at,
        updated_at=row.updated_at,
        image_url=row.image_url,
    )


def sibling_reading(connection: sa.Connection, entry: EntryToRead, *, now: datetime) -> tuple[str, Extraction] | None:
    """What another feed's entry with the same link of the same outlet brought just now: one article, one request."""
    row = connection.execute(
        sa.select(readings.c.final_url, readings.c.extraction)
        .join(entries, entries.c.id == readings.c.entry_id)
        .where(
            entries.c.outlet_id == entry.outlet_id,
            entries.c.url_key == entry.url_key,
            entries.c.id != entry.id,
            readings.c.read_at > now - SHARED_FOR,
            # An older reading shows the page before the change for which it is read again.
            readings.c.read_at >= entry.due_at,
        )
        .order_by(readings.c.read_at.desc())
        .limit(1)
    ).first()
    return (row.final_url, row.extraction) if row else None


def record_reading(
    connection: sa.Connection, entry: EntryToRead, *, page: RawPage | None, extraction: Extraction, final_url: str, now: datetime
) -> bool:
    """Keep the page and what was read from it, and hand the entry on. False: the lease was lost, nothing is written."""
    if not _hand_on(connection, entry, reason=None, detail="", reread_at=None, now=now):
        return False
    if page is not None:
        _keep_page(connection, entry.id, page, now, first=not entry.was_read)
    values = {
        "entry_id": entry.id,
        "final_url": final_url,
        "status": extraction.status,
        "extraction": extraction,
        "read_at": now,
    }
    if entry.was_read:
        connection.execute(_UPDATE_READING, {"row": values.pop("entry_id"), **values})
    else:
        connection.execute(_INSERT_READING, values)
    return True


def _keep_page(connection: sa.Connection, entry_id: EntryId, page: RawPage, now: datetime, *, first: bool) -> None:
    if not first and connection.execute(_FIND_PAGE, {"entry": entry_id, "sha": page.sha256}).first():
        return
    values = {
        "entry_id": entry_id,
        "url": page.url,
        "final_url": page.final_url,
        "status": page.status,
        "headers": page.headers,
        "sha256": page.sha256,
        "body_zstd": zstandard.compress(page.body),
        "fetched_at": now,
    }
    connection.execute(_INSERT_PAGE, values)


def record_read_failure(
    connection: sa.Connection,
    entry: EntryToRead,
    *,
    reason: Reason,
    detail: str,
    retry_at: datetime | None,
    reread_at: datetime | None,
    now: datetime,
) -> bool:
    """A page that could not be read: try again at `retry_at`, or publish what the feed said and look again at `reread_at`."""
    if retry_at is None:
        return _hand_on(connection, entry, reason=reason, detail=detail, reread_at=reread_at, now=now)
    written = connection.execute(
        sa.update(entries)
        .where(mine(entries, entry.id, entry.lease_token))
        .values(tries=entry.tries + 1, reason=reason, detail=detail[:1000], due_at=retry_at, **RELEASED)
    )
    return written.rowcount > 0


def _hand_on(
    connection: sa.Connection,
    entry: EntryToRead,
    *,
    reason: Reason | None,
    detail: str,
    reread_at: datetime | None,
    now: datetime,
) -> bool:
    values = {
        "stage": STAGE_PUBLISH,
        "tries": entry.tries + 1 if reason else 0,
        "reason": reason,
        "detail": detail[:1000],
        "due_at": now,
        "reread_at": reread_at,
        "looks": entry.looks + entry.looking,
        # Whatever it was to be published again for: now it is for what the outlet says.
        "cause": None,
        **RELEASED,
    }
    return connection.execute(_UPDATE_MINE, {"row": entry.id, "token": entry.lease_token, **values}).rowcount > 0


def wake_rereads(connection: sa.Connection, *, now: datetime) -> int:
    """Published entries whose page could not be read, or is looked at again, come back to `read` when their time has come.

    `reread_at` stays until the page was asked for: it tells a look from an entry that its feed printed anew.
    """
    return connection.execute(
        sa.update(entries)
        .where(entries.c.reread_at <= now, entries.c.stage == STAGE_DONE)
        .values(stage=STAGE_READ, due_at=entries.c.reread_at)
    ).rowcount


def release(connection: sa.Connection, entry_id: EntryId, token: str) -> None:
    """Give a claimed entry back untouched."""
    connection.execute(sa.update(entries).where(mine(entries, entry_id, token)).values(**RELEASED))


def claim_to_publish(
    connection: sa.Connection, *, now: datetime, limit: int, lease: timedelta, slack: timedelta
) -> tuple[EntryToPublish, ...]:
    """The next entries in arrival order, composed into articles."""
    chosen = (
        sa.select(entries.c.id)
        .where(entries.c.stage == STAGE_PUBLISH, entries.c.due_at <= now, lease_free(entries, now))
        # News does not wait for what is only published again.
        .order_by(entries.c.cause.is_not(None), entries.c.id)
        .limit(limit)
    )
    ids = claim(connection, entries, chosen, now=now, lease=lease)
    if not ids:
        return ()
    rows = connection.execute(
        sa.select(
            entries,
            sa.type_coerce(readings.c.extraction, sa.Text).label("extraction"),
            readings.c.final_url,
            outlets.c.name.label("outlet"),
            outlets.c.url.label("outlet_url"),
            outlets.c.language.label("outlet_language"),
            outlets.c.country,
            outlets.c.tier,
            outlets.c.learn_boilerplate,
            feeds.c.host_key.label("feed_host"),
        )
        .join(outlets, outlets.c.id == entries.c.outlet_id)
        .join(feeds, feeds.c.id == entries.c.feed_id)
        .outerjoin(readings, readings.c.entry_id == entries.c.id)
        .where(entries.c.id.in_(ids))
        .order_by(entries.c.id)
    )
    return _with_known_blocks(connection, [_to_publish(row, slack) for row in rows])


def _with_known_blocks(connection: sa.Connection, claimed: Sequence[EntryToPublish]) -> tuple[EntryToPublish, ...]:
    """The entries with what is known of the blocks of their outlets: one look for all of an outlet."""
    wanted: dict[OutletId, set[int]] = {}
    for entry in claimed:
        if entry.edges:
            wanted.setdefault(entry.outlet_id, set()).update(entry.edges.keys.values())
    known = {outlet_id: blocks.load(connection, outlet_id, keys) for outlet_id, keys in wanted.items()}
    return tuple(replace(entry, known=known[entry.outlet_id]) if entry.edges else entry for entry in claimed)


def _reading(row: sa.Row[tuple[object, ...]]) -> Extraction | None:
    """What was read; None when nothing was, or when a newer program wrote it in a form of its own: the feed's words are there."""
    try:
        return None if row.extraction is None else _EXTRACTIONS.decode(row.extraction)
    except msgspec.MsgspecError:
        log.warning("reading not understood", extra={"entry": row.id})
        return None


def _to_publish(row: sa.Row[tuple[object, ...]], slack: timedelta) -> EntryToPublish:
    reading = _reading(row)
    article = compose(
        _feed_text(row),
        reading,
        url=row.link,
        first_seen_at=row.first_seen_at,
        slack=slack,
    )
    if not article.language:
        article = replace(article, language=row.outlet_language)
    return EntryToPublish(
        id=EntryId(row.id),
        feed_id=FeedId(row.feed_id),
        outlet_id=OutletId(row.outlet_id),
        article_id=None if row.article_id is None else ArticleId(row.article_id),
        guid=row.guid,
        article=article,
        silent=row.silent,
        final_url=row.final_url or "",
        outlet=row.outlet,
        sources=tuple(dict.fromkeys(part for part in (row.outlet, row.host_key, row.feed_host) if part)),
        country=row.country,
        tier=row.tier,
        lease_token=row.lease_token,
        edges=edges(article, reading.confirmed) if reading and row.learn_boilerplate else None,
        cause=row.cause,
    )


def finish(connection: sa.Connection, entry: EntryToPublish, article_id: ArticleId, *, changed: bool) -> bool:
    """The entry is published; `changed`: the article is new, or the outlet changed it. False: the lease was lost."""
    printed = {"edits": 0} if changed else {}
    values = {"stage": STAGE_DONE, "article_id": article_id, "due_at": None, "cause": None, **printed, **RELEASED}
    return connection.execute(_UPDATE_MINE, {"row": entry.id, "token": entry.lease_token, **values}).rowcount > 0


def wait(connection: sa.Connection, entry: EntryToRead, *, until: datetime, reason: Reason) -> None:
    """A page that was not read through no fault of its own: later again, and the try does not count."""
    connection.execute(
        sa.update(entries)
        .where(mine(entries, entry.id, entry.lease_token))
        .values(due_at=until, reason=reason, detail="", **RELEASED)
    )


def put_off(connection: sa.Connection, entry_id: EntryId, token: str, *, until: datetime, reason: Reason, detail: str) -> None:
    """An entry that could not be worked on for a fault of ours: later again, the reason kept."""
    connection.execute(
        sa.update(entries)
        .where(mine(entries, entry_id, token))
        .values(due_at=until, tries=entries.c.tries + 1, reason=reason, detail=detail[:1000], **RELEASED)
    )
