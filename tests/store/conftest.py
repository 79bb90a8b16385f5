"""Every store test runs on both databases."""

import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest

from aggregator.clock import ManualClock
from aggregator.store import migrate
from aggregator.store.db import Database
from tests.databases import copy_sqlite, drop_postgres, empty_postgres, postgres_url


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    url = postgres_url()
    migrate.upgrade(url)
    yield url
    drop_postgres(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = copy_sqlite(request.getfixturevalue("template"), tmp_path)
    else:
        url = request.getfixturevalue("server_url")
        empty_postgres(url)
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def forks() -> BaseContext:
    """Makes child processes that have the program loaded already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.children"])
    return context


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
