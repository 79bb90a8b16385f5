"""Everything in which SQLite and PostgreSQL differ, in one file."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

# Any constants: they name the locks under which articles are published and schemas changed, one at a time.
_PUBLISH_LOCK = 7_364_201
_MIGRATION_LOCK = 7_364_202


def is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def insert(connection: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`, with the same words on both."""
    return sqlite_insert(table) if is_sqlite(connection) else postgresql_insert(table)


def insert_ignoring(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; those that exist already stay as they are."""
    if rows:
        connection.execute(_ignoring(table, sqlite=is_sqlite(connection)), list(rows))


@cache
def _ignoring(table: sa.Table, *, sqlite: bool) -> Any:
    statement = sqlite_insert(table) if sqlite else postgresql_insert(table)
    return statement.on_conflict_do_nothing()


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; those with the same primary key take over all other columns."""
    if rows:
        connection.execute(_upserting(table, sqlite=is_sqlite(connection)), list(rows))


@cache
def _upserting(table: sa.Table, *, sqlite: bool) -> Any:
    statement = sqlite_insert(table) if sqlite else postgresql_insert(table)
    taken = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=taken)


def lock_publishing(connection: sa.Connection) -> None:
    """Only one publisher at a time, else two workers both alert as "first copy". SQLite's single writer is that lock already."""
    if not is_sqlite(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_PUBLISH_LOCK)))


def lock_migrating(connection: sa.Connection) -> None:
    """Only one migration at a time, else the second fails half-way through what the first has just made."""
    if not is_sqlite(connection):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))


def tool_arguments(url: str) -> str:
    """The database in the words of PostgreSQL's own tools; a password is never shown, they ask for it."""
    parsed = sa.make_url(url)
    named = {"host": parsed.host, "port": parsed.port, "username": parsed.username, "dbname": parsed.database}
    return " ".join(f"--{name}={value}" for name, value in named.items() if value)
