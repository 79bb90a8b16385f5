"""Raw pages: what is kept of them, and for how long."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import zstandard

from aggregator.ids import ArticleId, EntryId
from aggregator.store.facts import recall, remember
from aggregator.store.tables import entries, pages

_EMPTIED_TO = "raw_pages_emptied_to"
# No page is larger decoded; a broken row must not fill the memory.
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """The evidence of one fetch. `kept`: the bytes are still there."""

    id: int
    entry_id: EntryId
    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    sha256: str
    fetched_at: datetime
    kept: bool


_KEPT = sa.func.length(pages.c.body_zstd) > 0
_EVIDENCE = (*(column for column in pages.c if column.name != "body_zstd"), _KEPT.label("kept"))


def of_article(connection: sa.Connection, article_id: ArticleId) -> tuple[PageRow, ...]:
    """Every page that was fetched for an article, by whichever feed it came, oldest first."""
    rows = connection.execute(
        sa.select(*_EVIDENCE)
        .join(entries, entries.c.id == pages.c.entry_id)
        .where(entries.c.article_id == article_id)
        .order_by(pages.c.fetched_at, pages.c.id)
    )
    return tuple(_row(row) for row in rows)


def newest(connection: sa.Connection, entry_id: EntryId) -> PageRow | None:
    """The page that was fetched last for an entry; None when none was."""
    row = connection.execute(
        sa.select(*_EVIDENCE).where(pages.c.entry_id == entry_id).order_by(pages.c.fetched_at.desc(), pages.c.id.desc()).limit(1)
    ).first()
    return None if row is None else _row(row)


def body(connection: sa.Connection, page_id: int) -> bytes:
    """The bytes as they were hashed; b"" when they are no longer kept. Raises zstandard.ZstdError for a broken row."""
    packed = connection.execute(sa.select(pages.c.body_zstd).where(pages.c.id == page_id)).scalar_one()
    return zstandard.decompress(packed, max_output_size=_LARGEST) if packed else b""


def empty_older(connection: sa.Connection, *, before: datetime, limit: int) -> int:
    """Let go of the bytes of up to `limit` pages that were fetched before; hash, headers and times stay. Gives how many.

    How far this came is remembered, so that the many that are empty already are not looked at again.
    """
    done = recall(connection, _EMPTIED_TO)
    since = [pages.c.fetched_at >= datetime.fromisoformat(done)] if done else []
    old = connection.execute(
        sa.select(pages.c.id, pages.c.fetched_at)
        .where(*since, pages.c.fetched_at < before, _KEPT)
        .order_by(pages.c.fetched_at)
        .limit(limit)
    ).all()
    if old:
        connection.execute(sa.update(pages).where(pages.c.id.in_([row.id for row in old])).values(body_zstd=b""))
    reached = old[-1].fetched_at if len(old) == limit else before
    if not done or datetime.fromisoformat(done) < reached:
        remember(connection, _EMPTIED_TO, reached.isoformat())
    return len(old)


def _row(row: sa.Row[tuple[object, ...]]) -> PageRow:
    return PageRow(
        id=row.id,
        entry_id=EntryId(row.entry_id),
        url=row.url,
        final_url=row.final_url,
        status=row.status,
        headers=row.headers,
        sha256=row.sha256,
        fetched_at=row.fetched_at,
        kept=bool(row.kept),
    )
