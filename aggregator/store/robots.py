"""robots.txt files as they were answered, so that a restart asks nobody again."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from aggregator.store.dialect import insert
from aggregator.store.tables import robots


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRow:
    """The last answer of an origin (`scheme://host:port`). For a status of 500 and more `fetched_at` is the first of its kind in a row."""

    origin: str
    status: int
    body: str
    fetched_at: datetime
    expires_at: datetime


def held(connection: sa.Connection, origin: str) -> RobotsRow | None:
    """What an origin answered last, run out or not."""
    row = connection.execute(sa.select(robots).where(robots.c.origin == origin)).first()
    if row is None:
        return None
    return RobotsRow(origin=row.origin, status=row.status, body=row.body, fetched_at=row.fetched_at, expires_at=row.expires_at)


def keep(connection: sa.Connection, row: RobotsRow) -> None:
    """An answer takes the place of the one before."""
    # PostgreSQL's text holds no NUL.
    body = row.body.replace("\0", " ")
    values = {"status": row.status, "body": body, "fetched_at": row.fetched_at, "expires_at": row.expires_at}
    statement = insert(connection, robots).values(origin=row.origin, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["origin"], set_=values))


def forget(connection: sa.Connection, *, before: datetime) -> int:
    """Removes what ran out before that moment: origins that nobody links to any more. Gives how many."""
    return connection.execute(sa.delete(robots).where(robots.c.expires_at < before)).rowcount
