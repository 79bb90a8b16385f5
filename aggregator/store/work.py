"""Claims: how a stage takes rows so that no other worker has them, and how it proves later that they are still its own."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa


def lease_free(table: sa.FromClause, now: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """Nobody holds the row, or its holder's time is over."""
    return sa.or_(table.c.lease_token.is_(None), table.c.lease_until < now)


def claim(
    connection: sa.Connection, table: sa.Table, chosen: sa.Select[Any], *, now: datetime, lease: timedelta, **values: Any
) -> tuple[int, ...]:
    """Lease the rows whose ids `chosen` selects; gives their ids in rising order. `values` are further columns to set.

    On PostgreSQL rows that another worker is just claiming are skipped; on SQLite the writer's transaction excludes that.
    """
    ids = chosen.with_for_update(skip_locked=True, of=table) if connection.dialect.name == "postgresql" else chosen
    rows = connection.execute(
        sa.update(table)
        .where(table.c.id.in_(ids))
        .values(lease_token=secrets.token_hex(16), lease_until=now + lease, **values)
        .returning(table.c.id)
    )
    return tuple(sorted(row.id for row in rows))


def claiming(
    table: sa.Table, condition: sa.ColumnElement[bool], *returned: sa.ColumnElement[Any], postgresql: bool, **values: Any
) -> sa.Executable:
    """As `claim`, for those of the rows `ids` on which `condition` holds, made once: building a claim costs more than running it.

    Gives `returned`. Its parameters are `ids`, `token`, `until`, and those of `condition` and `values`.
    """
    wanted = sa.and_(table.c.id.in_(sa.bindparam("ids", expanding=True)), condition)
    if postgresql:
        wanted = table.c.id.in_(sa.select(table.c.id).where(wanted).with_for_update(skip_locked=True, of=table))
    lease = {"lease_token": sa.bindparam("token"), "lease_until": sa.bindparam("until", type_=table.c.lease_until.type)}
    return sa.update(table).where(wanted).values(**lease, **values).returning(*returned)


def mine(table: sa.Table, row_id: int, token: str) -> sa.ColumnElement[bool]:
    """The condition of every write of a result. 0 rows written: another owner has the row, drop the result."""
    return sa.and_(table.c.id == row_id, table.c.lease_token == token)


# For the only claimer of an embedded database: its leases end when it says so. A lease that the clock ends would be claimed a
# second time after a jump of the clock or a night's sleep of the machine, and a mail under way would go out twice.
FOR_EVER = timedelta(days=36_500)
RELEASED: dict[str, None] = {"lease_token": None, "lease_until": None}


def clear_leases(connection: sa.Connection, tables: tuple[sa.Table, ...]) -> None:
    """Forget every lease: for the holder of the file lock at its start, so that a killed service resumes at once."""
    for table in tables:
        connection.execute(sa.update(table).where(table.c.lease_token.is_not(None)).values(**RELEASED))


def clear_orphans(connection: sa.Connection, tables: tuple[sa.Table, ...], held: Collection[str]) -> int:
    """Forget the leases that nobody works under: their work ended in a fault of ours or of the database. Gives how many.

    For the only claimer of an embedded database, between two claims; `held` are the tokens of the work under way.
    """
    return sum(
        connection.execute(
            sa.update(table).where(table.c.lease_token.is_not(None), table.c.lease_token.not_in(held)).values(**RELEASED)
        ).rowcount
        for table in tables
    )
