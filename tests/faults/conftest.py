"""Worlds for the kills: a newspaper, a mailbox and a configuration each."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.databases import drop_postgres, postgres_url
from tests.faults.series import Series
from tests.faults.world import START, World
from tests.mailbox import Mailbox
from tests.newspaper import Newspaper


@contextmanager
def opened(folder: Path, *, seed: int, database_url: str = "", start: datetime = START) -> Iterator[Series]:
    """A series on an empty database; 40 articles are in the first edition."""
    folder.mkdir(exist_ok=True)
    with Newspaper() as paper, Mailbox() as mailbox:
        world = World(folder, paper, mailbox, database_url=database_url, start=start)
        world.open()
        yield Series(world, seed=seed)


@pytest.fixture
def series(tmp_path: Path) -> Iterator[Series]:
    """On SQLite."""
    with opened(tmp_path, seed=1) as begun:
        yield begun


@pytest.fixture
def postgres_series(tmp_path: Path) -> Iterator[Series]:
    """On PostgreSQL, with the schema and the configuration applied as its operator does; `apply` knows no other time than now."""
    url = postgres_url()
    try:
        with opened(tmp_path, seed=1, database_url=url, start=datetime.now(UTC)) as begun:
            begun.world.program.run("migrate")
            begun.world.program.run("apply")
            yield begun
    finally:
        drop_postgres(url)
