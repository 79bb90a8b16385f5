"""Real databases for tests: SQLite files, and PostgreSQL where one answers (with CI=true it must)."""

import os
import shutil
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from aggregator.store.tables import metadata

_numbers = count()
SERVER = os.environ.get("TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


def postgres_url() -> str:
    """A database of its own on the server. Skips when there is no server, fails with CI=true."""
    name = f"aggregator_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{next(_numbers)}"
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool, connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}"')
            connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    except sa.exc.OperationalError as error:
        reason = f"no PostgreSQL answers at {SERVER}: {str(error.orig).splitlines()[0]}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)


def drop_postgres(url: str) -> None:
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{sa.make_url(url).database}" WITH (FORCE)')


def empty_postgres(url: str) -> None:
    """All rows gone, numbers from 1 again."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    names = ", ".join([*(table.name for table in metadata.sorted_tables), "search_words"])
    with engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


def copy_sqlite(template: Path, folder: Path) -> str:
    path = folder / "aggregator.db"
    shutil.copy(template, path)
    return f"sqlite:///{path}"
