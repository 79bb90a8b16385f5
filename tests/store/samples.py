"""Sample data of every released schema: rows as that release wrote them, put into a database that is brought no further.

A new revision needs a sample before the next one can follow. Fill a database of it with believable rows (the `run` of a test
will do, with some NULLs, another script, a compressed text), then write them down:

    python -m tests.store.samples sqlite:////path/aggregator.db > tests/store/releases/REVISION.json
"""

import base64
import json
import sys
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from aggregator.store import migrate

RELEASES = Path(__file__).parent / "releases"
# Kept in DDL of each database's own; written and read below.
INDEX = "search_words"
KEYS = {"sqlite": f"INSERT INTO {INDEX}(rowid, words) VALUES (:id, :words)"}
KEYS["postgresql"] = (
    f"INSERT INTO {INDEX}(article_id, words) VALUES (:id, array_to_tsvector(string_to_array(CAST(:words AS text), ' ')))"
)


def make(url: str, revision: str) -> None:
    """A database of this revision with its sample in it."""
    path = RELEASES / f"{revision}.json"
    assert path.is_file(), f"there is no sample of schema {revision}: {path} is missing. How to make one: {__doc__}"
    migrate.upgrade(url, to=revision)
    sample = json.loads(path.read_text())
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        tables = reflected(connection)
        assert {table.name for table in tables} | {INDEX} == set(sample), f"{path.name} must hold every table of its schema"
        for table in tables:
            connection.execute(sa.delete(table))
            connection.execute(sa.insert(table), [_typed(table, row, naive=is_sqlite(connection)) for row in sample[table.name]])
            if not is_sqlite(connection) and "id" in table.c:
                connection.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), 1000)"))
        connection.execute(sa.text(KEYS[connection.dialect.name]), sample[INDEX])


def is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def reflected(connection: sa.Connection) -> list[sa.Table]:
    """The tables as they are in the database, parents first."""
    found = sa.MetaData()
    found.reflect(connection, only=lambda name, _: not name.startswith(INDEX) and name != "alembic_version")
    return found.sorted_tables


def rows(connection: sa.Connection, tables: list[sa.Table]) -> dict[str, list[tuple[object, ...]]]:
    """Everything in these columns, in the order of the keys."""
    found = {
        table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))] for table in tables
    }
    found[INDEX] = [tuple(row) for row in connection.execute(sa.text(f"SELECT * FROM {INDEX} ORDER BY 1"))]
    # Written by the upgrade itself.
    found["facts"] = [row for row in found["facts"] if row[0] != "works_with"]
    return found


def _typed(table: sa.Table, row: dict[str, object], *, naive: bool) -> dict[str, object]:
    return {name: _value(table.c[name].type, value, naive=naive) for name, value in row.items()}


def _value(kind: sa.types.TypeEngine[object], value: object, *, naive: bool) -> object:
    if isinstance(kind, sa.LargeBinary) and isinstance(value, str):
        return base64.b64decode(value)
    if isinstance(kind, sa.DateTime) and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=None) if naive else moment
    return value


def dump(url: str) -> str:
    """The rows of an embedded database as a sample."""
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        found = {
            table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()] for table in reflected(connection)
        }
        index = connection.execute(sa.text(f"SELECT rowid AS id, words FROM {INDEX}")).mappings()
        found[INDEX] = [dict(row) for row in index]
    return json.dumps(found, ensure_ascii=False, indent=1, default=_written) + "\n"


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.isoformat()}+00:00"
    assert isinstance(value, bytes)
    return base64.b64encode(value).decode()


if __name__ == "__main__":
    sys.stdout.write(dump(sys.argv[1]))
