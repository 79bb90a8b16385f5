"""The archive as people read it: lists, one article, search, export; and outlets that an import brings along."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import zstandard

from aggregator.articles.values import BodySource, Cause, Dropped, Status, seen_body
from aggregator.ids import ArticleId, OutletId, StoryId
from aggregator.store.search import candidates
from aggregator.store.tables import articles, feeds, matches, outlets, topics, versions
from aggregator.store.values import ArticleRow
from aggregator.topics.index import Narrow
from aggregator.topics.values import Document

PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One state of an article."""

    version: int
    cause: Cause
    seen_at: datetime
    headline: str
    body: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDetail:
    """An article with all that is known of it. `withdrawn_why`: how it showed that the outlet took it away (a word of `Reason`)."""

    row: ArticleRow
    status: Status
    summary: str
    captions: str
    sources: tuple[tuple[str, str], ...]
    dropped: tuple[Dropped, ...]
    versions: tuple[VersionRow, ...]
    copies: tuple[tuple[ArticleId, str, str], ...]
    withdrawn_why: str = ""


def _select() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(articles, outlets.c.name.label("outlet"), feeds.c.url.label("feed"))
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .outerjoin(feeds, feeds.c.id == articles.c.feed_id)
    )


def list_articles(
    connection: sa.Connection, *, limit: int, before: ArticleId | None = None, outlet: str = ""
) -> tuple[ArticleRow, ...]:
    """The newest articles, newest first, with ids below `before`."""
    chosen = _select().order_by(articles.c.id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(articles.c.id < before)
    if outlet:
        chosen = chosen.where(sa.or_(outlets.c.name == outlet, outlets.c.slug == outlet))
    return _rows(connection, connection.execute(chosen).all())


def export_articles(connection: sa.Connection) -> Iterator[ArticleRow]:
    """All articles, oldest first, a page at a time: memory stays flat whatever the archive holds."""
    after = 0
    while True:
        rows = connection.execute(_select().where(articles.c.id > after).order_by(articles.c.id).limit(PAGE)).all()
        yield from _rows(connection, rows)
        if len(rows) < PAGE:
            return
        after = rows[-1].id


def load_article(connection: sa.Connection, article_id: int) -> ArticleDetail | None:
    """One article with versions and copies; None when there is none."""
    row = connection.execute(_select().where(articles.c.id == article_id)).first()
    if row is None:
        return None
    root = row.copy_of or row.id
    copies = connection.execute(
        sa.select(articles.c.id, outlets.c.name, articles.c.url)
        .join(outlets, outlets.c.id == articles.c.outlet_id)
        .where(sa.or_(articles.c.id == root, articles.c.copy_of == root), articles.c.id != row.id)
        .order_by(articles.c.first_seen_at)
    )
    return ArticleDetail(
        row=_rows(connection, [row])[0],
        status=row.status,
        summary=row.summary,
        captions=row.captions,
        sources=row.sources,
        dropped=row.dropped,
        versions=_versions(connection, row.id),
        copies=tuple((ArticleId(copy.id), copy.name, copy.url) for copy in copies),
        withdrawn_why=row.withdrawn_why,
    )


def _versions(connection: sa.Connection, article_id: int) -> tuple[VersionRow, ...]:
    rows = connection.execute(sa.select(versions).where(versions.c.article_id == article_id).order_by(versions.c.version))
    return tuple(
        VersionRow(
            version=row.version,
            cause=row.cause,
            seen_at=row.seen_at,
            headline=row.headline,
            body=zstandard.decompress(row.body_zstd).decode(),
            status=row.status,
        )
        for row in rows
    )


def documents(
    connection: sa.Connection, narrow: Narrow, *, before: ArticleId | None, limit: int
) -> tuple[tuple[ArticleRow, Document], ...]:
    """Candidates of a query, newest first, with the document that the engine decides on."""
    ids = candidates(connection, narrow, before=before, limit=limit)
    if not ids:
        return ()
    chosen = _select().add_columns(outlets.c.country).where(articles.c.id.in_(ids)).order_by(articles.c.id.desc())
    raw = connection.execute(chosen).all()
    return tuple(zip(_rows(connection, raw), map(_document, raw), strict=True))


def _document(row: sa.Row[tuple[object, ...]]) -> Document:
    return Document(
        title=row.headline,
        body=seen_body(row.body, row.summary, row.body_source, row.status),
        author=", ".join(row.authors),
        caption=row.captions,
        language=row.language,
        sources=(row.outlet,),
        section=row.section,
        country=row.country,
        url=row.url,
    )


def _rows(connection: sa.Connection, rows: Sequence[sa.Row[tuple[object, ...]]]) -> tuple[ArticleRow, ...]:
    found: dict[int, list[str]] = {}
    named = (
        sa.select(matches.c.article_id, topics.c.name)
        .join(topics, topics.c.id == matches.c.topic_id)
        .where(matches.c.article_id.in_([row.id for row in rows]), matches.c.lost_at.is_(None))
        .order_by(topics.c.id)
    )
    for row in connection.execute(named):
        found.setdefault(row.article_id, []).append(row.name)
    return tuple(
        ArticleRow(
            id=ArticleId(row.id),
            url=row.url,
            canonical_url=row.canonical_url,
            outlet=row.outlet,
            feed=row.feed or "",
            headline=row.headline,
            authors=row.authors,
            published_at=row.published_at,
            modified_at=row.modified_at,
            first_seen_at=row.first_seen_at,
            language=row.language,
            section=row.section,
            body=row.body,
            image_url=row.image_url,
            body_source=BodySource(row.body_source).value,
            quality=row.quality,
            version=row.version,
            story_id=StoryId(row.story_id),
            copy_of=row.copy_of,
            topics=tuple(found.get(row.id, ())),
            withdrawn_at=row.withdrawn_at,
        )
        for row in rows
    )


def outlet_named(connection: sa.Connection, name: str, slug: str, *, now: datetime) -> OutletId:
    """The outlet with this name or slug; made when there is none, as an import may bring any."""
    row = connection.execute(
        sa.select(outlets.c.id).where(sa.or_(outlets.c.name == name, outlets.c.slug == slug)).order_by(outlets.c.id).limit(1)
    ).first()
    if row:
        return OutletId(row.id)
    made = sa.insert(outlets).values(slug=slug, name=name, origin="import", created_at=now).returning(outlets.c.id)
    return OutletId(connection.execute(made).scalar_one())


def outlet_country(connection: sa.Connection, outlet_id: OutletId) -> str:
    return str(connection.execute(sa.select(outlets.c.country).where(outlets.c.id == outlet_id)).scalar_one())
