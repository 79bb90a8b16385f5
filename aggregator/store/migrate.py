"""Schema migrations, driven through Alembic's API. The files lie in migrations/ of a checkout, inside the package of a wheel."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from aggregator.errors import StoreError
from aggregator.store.db import explained
from aggregator.store.tables import metadata


def _folder() -> Path:
    packed = Path(str(resources.files("aggregator"))) / "_migrations"
    return packed if packed.is_dir() else Path(str(resources.files("aggregator"))).parent / "migrations"


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision this program works with."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(url: str) -> str | None:
    """The revision of the database; None when it has no schema yet."""
    with _plain(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def current_if_any(url: str) -> str | None:
    """As `current`, without making the file of an embedded database that is not there."""
    file = sa.make_url(url).database
    if sa.make_url(url).get_backend_name() == "sqlite" and not (file and Path(file).exists()):
        return None
    return current(url)


def upgrade(url: str) -> bool:
    """Bring the schema to this program's revision, in one transaction. True when something was done.

    Raises StoreError when the database was made by a newer program.
    """
    with _plain(url) as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision == head():
            return False
        try:
            command.upgrade(_config(connection), "head")
        except CommandError as error:
            raise StoreError(
                f"the database has schema {revision}, which this version does not know",
                hint="it was written by a newer version of aggregator: update the program",
            ) from error
        return True


def differences(url: str) -> tuple[str, ...]:
    """What distinguishes the database from the tables in code; empty when they agree."""
    with _plain(url) as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _ours, "compare_type": True})
        return tuple(str(difference) for difference in compare_metadata(context, metadata))


def _ours(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    # The word index is raw DDL of each database and FTS5 keeps shadow tables of its own.
    return not (kind in ("table", "index") and (name or "").startswith(("search_words", "ix_search_words")))


@contextmanager
def _plain(url: str) -> Iterator[sa.Connection]:
    """A connection of its own, with foreign keys off and an explicit BEGIN on SQLite.

    With foreign keys on, a table rebuild deletes every child row through its cascade; with the driver's own transactions a
    failed migration leaves its first half behind (both measured, both silent).
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _connected(connection: object, _record: object) -> None:
            connection.isolation_level = None  # type: ignore[attr-defined]
            connection.execute("PRAGMA foreign_keys = 0")  # type: ignore[attr-defined]
            connection.execute("PRAGMA busy_timeout = 10000")  # type: ignore[attr-defined]
            connection.execute("PRAGMA journal_mode = wal")  # type: ignore[attr-defined]

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    with explained(), engine.begin() as connection:
        yield connection
    engine.dispose()
