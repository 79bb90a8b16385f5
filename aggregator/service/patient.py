"""What the doctor knows before it looks closer: the configuration and the database, as far as each can be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aggregator.clock import Clock
from aggregator.configure import load_settings
from aggregator.declare.read import read_declared
from aggregator.declare.values import Declared
from aggregator.errors import AggregatorError, ConfigError
from aggregator.feeds.urls import host_key
from aggregator.service.build import is_embedded
from aggregator.settings import Settings
from aggregator.store import migrate, status
from aggregator.store.db import Database
from aggregator.store.values import Overview, WatchedFeed
from aggregator.text import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """`known`: `settings` are the owner's; else a mistake in them left the defaults. `mistakes` are what `apply` would say.

    `standing` and `seen` are None when the database cannot be asked; `illness` then says why.
    """

    settings: Settings
    known: bool
    mistakes: tuple[ConfigError, ...]
    declared: Declared | None
    standing: migrate.Standing | None = None
    seen: Overview | None = None
    watched: tuple[WatchedFeed, ...] = ()
    illness: AggregatorError | None = None

    @property
    def embedded(self) -> bool:
        return is_embedded(self.settings)

    @property
    def database_file(self) -> Path:
        """Of an embedded database."""
        return Path(self.settings.database_url.removeprefix("sqlite:///"))

    @property
    def feeds(self) -> tuple[WatchedFeed, ...]:
        """Those of the database, else those that the files declare."""
        return self.watched or _declared_feeds(self.declared)


def read_configuration(config_dir: Path, env: Mapping[str, str]) -> Patient:
    """The configuration, every file read for itself: one with a mistake hides nothing of the others."""
    mistakes: list[ConfigError] = []
    settings, declared = None, None
    try:
        settings = load_settings(config_dir, env)
    except ConfigError as mistake:
        mistakes.append(mistake)
    try:
        declared = read_declared(config_dir)
    except ConfigError as mistake:
        mistakes.append(mistake)
    except Exception as error:  # noqa: BLE001 - the doctor goes on with what it can read
        found = f"cannot be read: {printable(f'{type(error).__name__}: {error}')[:200]}"
        mistakes.append(ConfigError(str(config_dir), found, hint="see its outlets.toml and topics.toml"))
    return Patient(
        settings=settings or _default_settings(config_dir),
        known=settings is not None,
        mistakes=tuple(mistakes),
        declared=declared,
    )


def _default_settings(config_dir: Path) -> Settings:
    base = config_dir.absolute()
    data = base.parent / "var"
    return Settings(config_dir=base, data_dir=data, database_url=f"sqlite:///{data / 'aggregator.db'}")


def ask_database(patient: Patient, clock: Clock) -> tuple[migrate.Standing, Overview | None, tuple[WatchedFeed, ...]]:
    """How the schema stands and, when it can be read, what it holds. Makes no file. Raises StoreError."""
    standing = migrate.standing(patient.settings.database_url)
    if not standing.usable:
        return standing, None, ()
    database = Database(patient.settings.database_url)
    try:
        with database.read() as connection:
            return standing, status.overview(connection, now=clock.now()), status.watched_feeds(connection, now=clock.now())
    finally:
        database.close()


def _declared_feeds(declared: Declared | None) -> tuple[WatchedFeed, ...]:
    return tuple(
        WatchedFeed(outlet=outlet.name, url=url, host_key=host_key(url), proxy=outlet.proxy, user_agent=outlet.user_agent)
        for outlet in (declared.outlets if declared else ())
        if outlet.enabled
        for url in outlet.feeds
    )
