"""Articles, their versions and aliases; stories and copies. Written by `publish` and by `articles import`."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
import zstandard

from aggregator.articles.learned import LEARNED
from aggregator.articles.values import Article, Cause
from aggregator.ids import ArticleId, EntryId, FeedId, OutletId, StoryId
from aggregator.store.dialect import insert_ignoring
from aggregator.store.tables import aliases, articles, copies, entries, stories, versions
from aggregator.store.values import StoredArticle
from aggregator.stories.identity import same_article
from aggregator.stories.values import Alias, AliasKind, CopyOf, Relation

COPY_METHOD = "exact-1"

# Statements that every article runs are made once: building one costs more than running it.
_INSERT_ARTICLE = sa.insert(articles).returning(articles.c.id)
_INSERT_STORY = sa.insert(stories).returning(stories.c.id)
_INSERT_VERSION = sa.insert(versions)
_FIND_COPY = (
    sa.select(articles.c.id, articles.c.copy_of, articles.c.story_id)
    .join(aliases, aliases.c.article_id == articles.c.id)
    .where(
        aliases.c.kind == AliasKind.CONTENT,
        aliases.c.value.in_((sa.bindparam("content"), sa.bindparam("other"))),
        articles.c.outlet_id != sa.bindparam("outlet"),
    )
    .order_by(articles.c.id)
    .limit(1)
)
_FIND_ALIAS = (
    sa.select(aliases.c.article_id)
    .where(sa.tuple_(aliases.c.kind, aliases.c.scope, aliases.c.value).in_(sa.bindparam("places", expanding=True)))
    .distinct()
    .order_by(aliases.c.article_id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_ADDRESSES = (AliasKind.URL, AliasKind.CANONICAL)
# Of articles that are only said to be the same, so many are compared: templates name one address for all.
_COMPARED = 5


def find_article(
    connection: sa.Connection, article: Article, found: Sequence[Alias], *, outlet_id: OutletId, known: ArticleId | None
) -> StoredArticle | None:
    """The article we hold under one of these aliases, or the one the entry was published as before (`known`).

    A text counts within its outlet (elsewhere the same text is a copy), addresses everywhere. An address that is only named (a
    canonical one, the end of a redirect) leads to an article when the texts agree: some templates name one address for all.
    A guid alone proves nothing: feeds print one guid with several links. It leads to its entry, and that to the article.
    """
    if known is not None:
        return load_stored(connection, known)
    own = [alias for alias in found if alias.kind in (AliasKind.URL, AliasKind.CONTENT)]
    if sure := _under(connection, [(alias.kind.value, _scope(alias, None, outlet_id), alias.value) for alias in own], most=1):
        return load_stored(connection, sure[0])
    named = {alias.value for alias in found if alias.kind in _ADDRESSES}
    said = _under(connection, [(kind.value, 0, value) for value in sorted(named) for kind in _ADDRESSES], most=_COMPARED)
    held = (load_stored(connection, article_id) for article_id in said)
    return next((stored for stored in held if stored and same_article(stored, article)), None)


def _under(connection: sa.Connection, places: list[tuple[str, int, str]], *, most: int) -> tuple[ArticleId, ...]:
    """The articles under these aliases, first published first."""
    rows = connection.execute(_FIND_ALIAS, {"places": places, "most": most}) if places else ()
    return tuple(ArticleId(row.article_id) for row in rows)


def _scope(alias: Alias, feed_id: FeedId | None, outlet_id: OutletId) -> int:
    return {AliasKind.GUID: feed_id or 0, AliasKind.CONTENT: outlet_id}.get(alias.kind, 0)


def load_stored(connection: sa.Connection, article_id: ArticleId) -> StoredArticle | None:
    row = connection.execute(sa.select(articles).where(articles.c.id == article_id)).first()
    if row is None:
        return None
    return StoredArticle(
        id=ArticleId(row.id),
        story_id=StoryId(row.story_id),
        outlet_id=OutletId(row.outlet_id),
        copy_of=row.copy_of,
        url=row.url,
        headline=row.headline,
        body=row.body,
        summary=row.summary,
        version=row.version,
        content_hash=row.content_hash,
        body_source=row.body_source,
        trusted=row.status.trusted,
        silent=row.silent,
        left_out=tuple(block.text for block in row.dropped if block.reason == LEARNED),
    )


def find_copy(connection: sa.Connection, contents: Sequence[str], *, outlet_id: OutletId) -> CopyOf | None:
    """The first article of another outlet with the same words, as the root of its copy group. `contents`: one digest, or two."""
    if not contents:
        return None
    row = connection.execute(_FIND_COPY, {"content": contents[0], "other": contents[-1], "outlet": outlet_id}).first()
    if row is None:
        return None
    return CopyOf(root=ArticleId(row.copy_of or row.id), story=StoryId(row.story_id), relation=Relation.COPY, score=1.0)


def insert_article(
    connection: sa.Connection,
    article: Article,
    *,
    outlet_id: OutletId,
    feed_id: FeedId | None,
    content_hash: str,
    copy: CopyOf | None,
    silent: bool,
    origin: str,
    now: datetime,
) -> tuple[ArticleId, StoryId]:
    """A new article with its first version; a copy joins its root's story, any other opens one."""
    story_id = _join_story(connection, copy.story, now) if copy else _open_story(connection, article, now)
    values = {
        "outlet_id": outlet_id,
        "feed_id": feed_id,
        "story_id": story_id,
        "url": article.url,
        "first_seen_at": article.first_seen_at,
        "version": 1,
        "copy_of": copy.root if copy else None,
        "silent": silent,
        "origin": origin,
        **_text_columns(article, content_hash, now),
    }
    article_id = connection.execute(_INSERT_ARTICLE, values).scalar_one()
    if copy:
        connection.execute(
            sa.insert(copies).values(
                article_id=article_id,
                other_id=copy.root,
                relation=copy.relation,
                score=copy.score,
                method=COPY_METHOD,
                found_at=now,
            )
        )
    _keep_version(
        connection, ArticleId(article_id), article, version=1, content_hash=content_hash, cause=Cause.PUBLISHER, now=now
    )
    return ArticleId(article_id), story_id


def update_article(
    connection: sa.Connection, stored: StoredArticle, article: Article, *, content_hash: str, cause: Cause, now: datetime
) -> int:
    """The article in a new state; the former states stay readable as versions. Gives the new version's number."""
    version = stored.version + 1
    connection.execute(
        sa.update(articles).where(articles.c.id == stored.id).values(version=version, **_text_columns(article, content_hash, now))
    )
    _keep_version(connection, stored.id, article, version=version, content_hash=content_hash, cause=cause, now=now)
    connection.execute(sa.update(stories).where(stories.c.id == stored.story_id).values(last_seen_at=now))
    return version


def refresh_article(connection: sa.Connection, stored: StoredArticle, article: Article, *, content_hash: str) -> None:
    """What was read of an unchanged text, in place of what was read before."""
    values = _text_columns(article, content_hash, now=None)
    connection.execute(sa.update(articles).where(articles.c.id == stored.id).values(values))


def _text_columns(article: Article, content_hash: str, now: datetime | None) -> dict[str, object]:
    """`now`: the text changed at this time; None: it did not."""
    return {
        "canonical_url": article.canonical_url,
        "headline": article.headline,
        "authors": article.authors,
        "published_at": article.published_at,
        "modified_at": article.modified_at,
        "language": article.language[:35],
        "section": article.section,
        "body": article.body,
        "summary": article.summary,
        "captions": article.captions,
        "image_url": article.image_url,
        "body_source": article.body_source,
        "status": article.status,
        "quality": article.quality,
        "dropped": article.dropped,
        "sources": article.sources,
        "is_live": article.is_live,
        "content_hash": content_hash,
        **({"changed_at": now} if now else {}),
    }


def _keep_version(
    connection: sa.Connection,
    article_id: ArticleId,
    article: Article,
    *,
    version: int,
    content_hash: str,
    cause: Cause,
    now: datetime,
) -> None:
    values = {
        "article_id": article_id,
        "version": version,
        "cause": cause,
        "seen_at": now,
        "headline": article.headline,
        "body_zstd": zstandard.compress(article.body.encode()),
        "status": article.status,
        "content_hash": content_hash,
    }
    connection.execute(_INSERT_VERSION, values)


def _open_story(connection: sa.Connection, article: Article, now: datetime) -> StoryId:
    values = {
        "headline": article.headline,
        "language": article.language[:35],
        "started_at": article.first_seen_at,
        "last_seen_at": now,
        "articles": 1,
    }
    return StoryId(connection.execute(_INSERT_STORY, values).scalar_one())


def _join_story(connection: sa.Connection, story_id: StoryId, now: datetime) -> StoryId:
    connection.execute(
        sa.update(stories).where(stories.c.id == story_id).values(last_seen_at=now, articles=stories.c.articles + 1)
    )
    return story_id


def remember_aliases(
    connection: sa.Connection, article_id: ArticleId, found: Sequence[Alias], *, feed_id: FeedId | None, outlet_id: OutletId
) -> None:
    """What the article can be recognised by from now on; an alias that leads elsewhere already is left alone."""
    rows = [
        {"kind": alias.kind, "scope": _scope(alias, feed_id, outlet_id), "value": alias.value, "article_id": article_id}
        for alias in found
    ]
    insert_ignoring(connection, aliases, rows)


def copy_group(connection: sa.Connection, article_id: ArticleId, copy_of: ArticleId | None) -> tuple[ArticleId, ...]:
    """All articles with the same text as this one, itself included, first seen first."""
    root = copy_of or article_id
    rows = connection.execute(
        sa.select(articles.c.id).where(sa.or_(articles.c.id == root, articles.c.copy_of == root)).order_by(articles.c.id)
    )
    return tuple(ArticleId(row.id) for row in rows)


def entry_of(connection: sa.Connection, article_id: ArticleId) -> EntryId | None:
    row = connection.execute(
        sa.select(entries.c.id).where(entries.c.article_id == article_id).order_by(entries.c.id).limit(1)
    ).first()
    return EntryId(row.id) if row else None
