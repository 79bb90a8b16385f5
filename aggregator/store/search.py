"""The archive's word index. It holds the matching engine's own keys, so that what it narrows to contains every match.

SQLite: an FTS5 table; written here and not by triggers, which an Alembic table rebuild drops without a word (measured).
PostgreSQL: a table with a GIN index over a tsvector whose lexemes are the keys, verbatim.
The engine verifies every candidate: the index narrows and never decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

import sqlalchemy as sa

from aggregator.ids import ArticleId
from aggregator.store.dialect import is_sqlite
from aggregator.store.tables import articles
from aggregator.topics.index import AllOf, AnyOf, Everything, Key, Narrow, Prefix

# A lexeme of PostgreSQL's tsvector may have 2,046 bytes; longer words carry no meaning.
MAX_KEY = 200

_FTS5_DELETE = sa.text("DELETE FROM search_words WHERE rowid = :id")
_FTS5_INSERT = sa.text("INSERT INTO search_words(rowid, words) VALUES (:id, :words)")
_TSVECTOR_UPSERT = sa.text(
    "INSERT INTO search_words(article_id, words) VALUES (:id, array_to_tsvector(CAST(:words AS text[]))) "
    "ON CONFLICT (article_id) DO UPDATE SET words = excluded.words"
)


def index_words(connection: sa.Connection, article_id: ArticleId, keys: Sequence[str], *, fresh: bool) -> None:
    """Put the article's keys into the index, in place of those of an earlier version unless the article is `fresh`."""
    short = [key for key in keys if len(key) <= MAX_KEY and " " not in key]
    if is_sqlite(connection):
        if not fresh:
            connection.execute(_FTS5_DELETE, {"id": article_id})
        connection.execute(_FTS5_INSERT, {"id": article_id, "words": " ".join(short)})
        return
    connection.execute(_TSVECTOR_UPSERT, {"id": article_id, "words": short})


def candidates(connection: sa.Connection, narrow: Narrow, *, before: ArticleId | None, limit: int) -> tuple[ArticleId, ...]:
    """Up to `limit` articles that may match, newest first, with ids below `before`."""
    chosen = sa.select(articles.c.id)
    if before is not None:
        chosen = chosen.where(articles.c.id < before)
    found = _write(narrow, _FTS5 if is_sqlite(connection) else _TSQUERY)
    if found:
        condition = (
            "articles.id IN (SELECT rowid FROM search_words WHERE search_words MATCH :found)"
            if is_sqlite(connection)
            else "articles.id IN (SELECT article_id FROM search_words WHERE words @@ CAST(:found AS tsquery))"
        )
        chosen = chosen.where(sa.text(condition).bindparams(found=found))
    rows = connection.execute(chosen.order_by(articles.c.id.desc()).limit(limit))
    return tuple(ArticleId(row.id) for row in rows)


@dataclass(frozen=True, slots=True)
class _Writing:
    """How a condition is written for one index. Every key is quoted: no text of a query is ever an operator."""

    quote: Callable[[str], str]
    prefix: str
    all_of: str
    any_of: str


_FTS5 = _Writing(quote=lambda key: '"' + key.replace('"', '""') + '"', prefix="*", all_of=" AND ", any_of=" OR ")
_TSQUERY = _Writing(
    quote=lambda key: "'" + key.replace("\\", "\\\\").replace("'", "''") + "'", prefix=":*", all_of=" & ", any_of=" | "
)


def _write(narrow: Narrow, writing: _Writing) -> str:
    """The condition as text; "" for no narrowing."""
    match narrow:
        case Key(key=value):
            return writing.quote(value)
        case Prefix(prefix=value):
            return writing.quote(value) + writing.prefix if value else ""
        case AnyOf(parts=parts):
            found = [_write(part, writing) for part in parts]
            return f"({writing.any_of.join(found)})" if all(found) else ""
        case AllOf(parts=parts):
            kept = [text for part in parts if (text := _write(part, writing))]
            return f"({writing.all_of.join(kept)})" if kept else ""
        case Everything():
            return ""
        case _:
            assert_never(narrow)
