"""Bytes that ended a worker: remembered by their digest, so that they end no other one under the same extractor."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from aggregator.reasons import Reason
from aggregator.store.dialect import insert
from aggregator.store.tables import refused


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """SHA-256 of the bytes in hex, and what the worker ended of when `extractor` read them."""

    sha256: str
    extractor: str
    reason: Reason
    detail: str
    at: datetime


def remember(connection: sa.Connection, row: RefusedRow) -> None:
    """The newest end takes the place of the one before: another extractor's says nothing about this one."""
    values = {"extractor": row.extractor, "reason": row.reason, "detail": row.detail[:1000], "at": row.at}
    statement = insert(connection, refused).values(sha256=row.sha256, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["sha256"], set_=values))


def remembered(connection: sa.Connection, *, extractor: str, since: datetime, limit: int) -> tuple[RefusedRow, ...]:
    """What this extractor ended of since then, the newest `limit`, newest first."""
    rows = connection.execute(
        sa.select(refused)
        .where(refused.c.extractor == extractor, refused.c.at >= since)
        .order_by(refused.c.at.desc(), refused.c.sha256)
        .limit(limit)
    )
    return tuple(
        RefusedRow(sha256=row.sha256, extractor=row.extractor, reason=row.reason, detail=row.detail, at=row.at) for row in rows
    )


def forget(connection: sa.Connection, *, before: datetime) -> int:
    """Removes what was written before that moment. Gives how many."""
    return connection.execute(sa.delete(refused).where(refused.c.at < before)).rowcount
