"""Schema migrations, driven through Alembic's API. The files lie in migrations/ of a checkout, inside the package of a wheel.

Expand and contract: a migration that only adds says `works_with`, the revision whose programs it still serves, and those go on
working with the new schema. Without it a migration serves only programs that know it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from aggregator.errors import StoreError
from aggregator.store.db import explained
from aggregator.store.dialect import is_sqlite, lock_migrating
from aggregator.store.facts import declare_works_with, works_with
from aggregator.store.tables import facts, metadata

# On PostgreSQL the service works on meanwhile: a table that is in use is waited for, but not for ever.
_LACKS = ("add_table", "add_column")  # as alembic names what would make the database as the tables in code
POSTGRES_OPTIONS = "-c lock_timeout=10000 -c timezone=UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a database's schema stands to this program. `revision` None: it has no tables yet.

    `usable`: this program can work with it as it is. `newer`: this program does not know it.
    """

    revision: str | None
    usable: bool
    newer: bool

    @property
    def outdated(self) -> bool:
        """Does an upgrade change what is there?"""
        return self.revision is not None and not self.newer and not self.usable


def _folder() -> Path:
    packed = Path(str(resources.files("aggregator"))) / "_migrations"
    return packed if packed.is_dir() else Path(str(resources.files("aggregator"))).parent / "migrations"


def _config(connection: sa.Connection | None = None, *, scripts: Path | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts or _folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def revisions(scripts: Path | None = None) -> tuple[str, ...]:
    """All revisions that this program knows, oldest first."""
    script = ScriptDirectory.from_config(_config(scripts=scripts))
    return tuple(found.revision for found in reversed(list(script.walk_revisions())))


def head() -> str:
    """The revision this program works with."""
    return revisions()[-1]


def serves(revision: str, scripts: Path | None = None) -> str:
    """The oldest revision whose programs can work with this one: what the strictest migration up to it says."""
    script, known = ScriptDirectory.from_config(_config(scripts=scripts)), revisions(scripts)
    steps = known[: known.index(revision) + 1]
    return max((getattr(script.get_revision(step).module, "works_with", step) for step in steps), key=known.index)


def current(url: str) -> str | None:
    """The revision of the database; None when it has no schema yet."""
    with _looking(url) as connection:
        return _revision(connection)


def _there(url: str) -> bool:
    parsed = sa.make_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").exists()


def standing(url: str) -> Standing:
    """How the database stands to this program; the file of an embedded one is not made."""
    if not _there(url):
        return Standing(revision=None, usable=False, newer=False)
    with _looking(url) as connection:
        return _standing(connection, revisions())


def _standing(connection: sa.Connection, known: tuple[str, ...]) -> Standing:
    told = works_with(connection) if sa.inspect(connection).has_table(facts.name) else None
    return _judged(_revision(connection), told, known)


def judge(revision: str | None, told: str | None) -> Standing:
    """How a schema stands to this program whose last migration declared `told` as what it works with."""
    return _judged(revision, told, revisions())


def _judged(revision: str | None, told: str | None, known: tuple[str, ...]) -> Standing:
    newer = revision is not None and revision not in known
    return Standing(revision=revision, usable=told in known if newer else revision == known[-1], newer=newer)


def _revision(connection: sa.Connection) -> str | None:
    return ", ".join(MigrationContext.configure(connection).get_current_heads()) or None


def require(url: str) -> None:
    """Raises StoreError with the remedy when this program cannot work with the database as it is."""
    found = standing(url)
    if found.usable:
        return
    if found.newer:
        raise too_new(found)
    what = "has no tables yet" if found.revision is None else f"has schema {found.revision}, this program works with {head()}"
    embedded = sa.make_url(url).get_backend_name() == "sqlite"
    also = "; `run` and `once` do it by themselves" if embedded else ""
    raise StoreError(f"the database {what}", hint=f"run: aggregator migrate{also}")


def too_new(found: Standing) -> StoreError:
    """The words for a schema of the future."""
    return StoreError(
        f"the database has schema {found.revision}, which this version does not know",
        hint="it was written by a newer version of aggregator: update the program",
    )


def upgrade(url: str, *, to: str = "", scripts: Path | None = None) -> bool:
    """Bring the schema to this program's revision (or to that of `to`), in one transaction. True when something was done.

    A newer schema that serves this program is left as it is; another one is a StoreError. `scripts`: another folder of migrations.
    """
    known = revisions(scripts)
    target = to or known[-1]
    with _plain(url) as connection:
        lock_migrating(connection)
        found = _standing(connection, known)
        if found.newer and not found.usable:
            raise too_new(found)
        if found.newer or found.revision == target:
            return False
        command.upgrade(_config(connection, scripts=scripts), target)
        declare_works_with(connection, serves(target, scripts))
        return True


def differences(url: str, *, more: bool = False) -> tuple[str, ...]:
    """What distinguishes the database from the tables in code; empty when they agree.

    `more`: it is of a newer version, and may have more than they; what it lacks remains a difference.
    """
    with _looking(url) as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _ours, "compare_type": True})
        return tuple(str(found) for found in compare_metadata(context, metadata) if not more or found[0] in _LACKS)


def _ours(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    # The word index is raw DDL of each database and FTS5 keeps shadow tables of its own.
    return not (kind in ("table", "index") and (name or "").startswith(("search_words", "ix_search_words")))


def _engine(url: str) -> sa.Engine:
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, poolclass=sa.NullPool, connect_args={"options": POSTGRES_OPTIONS, "connect_timeout": 10})
    engine = sa.create_engine(url, poolclass=sa.NullPool)

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        for pragma in ("busy_timeout = 10000", "foreign_keys = 0", "trusted_schema = 0"):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    return engine


@contextmanager
def _looking(url: str) -> Iterator[sa.Connection]:
    """A connection of its own that asks for no lock beyond a reader's."""
    engine = _engine(url)
    with explained(sa.make_url(url)), engine.connect() as connection:
        yield connection


@contextmanager
def _plain(url: str) -> Iterator[sa.Connection]:
    """A connection of its own, with foreign keys off and an explicit BEGIN on SQLite.

    With foreign keys on, a table rebuild deletes every child row through its cascade; with the driver's own transactions a
    failed migration leaves its first half behind (both measured, both silent).
    """
    engine = _engine(url)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        if is_sqlite(connection):
            connection.exec_driver_sql("PRAGMA journal_mode = wal")
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    with explained(sa.make_url(url)), engine.begin() as connection:
        yield connection
