"""The status page and /health over a real database: the verdict in words, and when a monitor must ring."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.types import Message

from aggregator.clock import ManualClock
from aggregator.settings import WebSettings
from aggregator.store import facts, journal, migrate
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
from aggregator.web.app import make_app
from tests.store import rows

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """One outlet with a feed that was read a minute ago, one topic."""
    url = f"sqlite:///{tmp_path / 'aggregator.db'}"
    migrate.upgrade(url)
    opened = Database(url)
    with opened.write() as connection:
        rows.declare(connection, rows.outlet("herald"), topics=(rows.topic(),), now=NOW)
        (feed,) = rows.claim(connection, now=NOW)
        rows.poll(connection, feed, now=NOW)
    yield opened
    opened.close()


def get(database: Database, path: str, *, now: datetime = NOW + timedelta(minutes=1)) -> tuple[int, str]:
    """One request to the application, without a network."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "headers": [(b"host", b"127.0.0.1")], "http_version": "1.1", "server": ("127.0.0.1", 80),
    }  # fmt: skip
    app = make_app(database, WebSettings(), ManualClock(now))
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode()


def tell(database: Database, kind: Happening, *, at: datetime = NOW) -> None:
    with database.write() as connection:
        journal.note(connection, kind, now=at)


def test_the_page_begins_with_the_verdict(database: Database) -> None:
    status, page = get(database, "/")
    assert status == 200
    assert '<p class="strip" role="status">Working: 1 of 1 outlet read, nothing waits.</p>' in page
    tell(database, Happening.OFFLINE)
    page = get(database, "/")[1]
    assert '<p class="strip warn" role="status">Running, but no outlet could be reached since 14:30 UTC' in page


def test_health_is_200_while_the_service_works_whatever_outlets_and_mails_do(database: Database) -> None:
    status, text = get(database, "/health")
    found = json.loads(text)
    assert (status, found["ok"], found["level"]) == (200, True, "ok")
    assert found["verdict"] == "Working: 1 of 1 outlet read, nothing waits"
    tell(database, Happening.OFFLINE)
    with database.write() as connection:
        facts.hold(connection, now=NOW)
    status, text = get(database, "/health")
    assert (status, json.loads(text)["ok"], json.loads(text)["level"]) == (200, True, "trouble")


@pytest.mark.parametrize("ended_by", [Happening.DISK_OK, Happening.STARTED, Happening.STOPPED, Happening.KILLED])
def test_health_is_503_while_the_disk_is_full(database: Database, ended_by: Happening) -> None:
    """What was told about the disk holds until it is taken back, or until the run that told it has ended."""
    tell(database, Happening.STARTED)
    tell(database, Happening.DISK_LOW)
    status, text = get(database, "/health")
    assert (status, json.loads(text)["verdict"].split(":")[0]) == (503, "Disk nearly full")
    tell(database, ended_by)
    assert get(database, "/health")[0] == 200


def test_health_is_503_when_nothing_is_polled_although_it_is_due(database: Database) -> None:
    """A day later with no poll since; a service that has only just started has its first minutes."""
    later = NOW + timedelta(days=1)
    status, text = get(database, "/health", now=later)
    assert (status, "nothing was polled since" in json.loads(text)["verdict"]) == (503, True)
    tell(database, Happening.STARTED, at=later)
    assert get(database, "/health", now=later + timedelta(minutes=1))[0] == 200


def test_health_is_503_when_the_database_cannot_be_used(database: Database) -> None:
    Path(str(database.url.database)).write_bytes(b"no database at all" * 500)
    for leftover in ("-wal", "-shm"):
        Path(f"{database.url.database}{leftover}").unlink(missing_ok=True)
    fresh = Database(database.url.render_as_string())
    status, text = get(fresh, "/health")
    fresh.close()
    assert (status, json.loads(text)["verdict"].startswith("Not working: the database")) == (503, True)
