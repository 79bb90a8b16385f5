"""What happened to the installation itself: the first thing an operator asks after a bad night.

One line an event, never one an article but those that an outlet takes away. The table keeps its last `KEPT` lines.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from aggregator.store.happenings import Happening
from aggregator.store.tables import journal

KEPT = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """One event."""

    at: datetime
    kind: Happening
    detail: str


def note(connection: sa.Connection, kind: Happening, detail: str = "", *, now: datetime) -> None:
    """Add a line, and forget those beyond the last `KEPT`."""
    written = connection.execute(sa.insert(journal).values(at=now, kind=kind, detail=detail[:1000]).returning(journal.c.id))
    connection.execute(sa.delete(journal).where(journal.c.id <= written.scalar_one() - KEPT))


def recent(connection: sa.Connection, *, limit: int = 20) -> tuple[JournalRow, ...]:
    """The latest events, newest first."""
    rows = connection.execute(sa.select(journal).order_by(journal.c.id.desc()).limit(limit))
    return tuple(JournalRow(at=row.at, kind=row.kind, detail=row.detail) for row in rows)


def last(connection: sa.Connection, *kinds: Happening) -> JournalRow | None:
    """The latest event of one of these kinds."""
    row = connection.execute(sa.select(journal).where(journal.c.kind.in_(kinds)).order_by(journal.c.id.desc()).limit(1)).first()
    return None if row is None else JournalRow(at=row.at, kind=row.kind, detail=row.detail)
