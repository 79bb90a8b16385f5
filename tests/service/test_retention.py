"""Raw pages are let go after their time, a batch at a time; the evidence of the fetch stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import zstandard

from aggregator.clock import ManualClock, SystemClock
from aggregator.configure import load_settings
from aggregator.service import retention
from aggregator.service.reextract import articles_reextract
from aggregator.service.run import once
from aggregator.settings import RetentionSettings
from aggregator.store import migrate, pages
from aggregator.store.db import Database
from aggregator.store.tables import entries
from aggregator.store.tables import pages as table
from tests.newspaper import Newspaper
from tests.program import Program, outlet_toml, topic_toml
from tests.store import rows

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def doors(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/aggregator.db"
    migrate.upgrade(url)
    database = Database(url)
    with database.write() as connection:
        rows.declare(connection, rows.outlet(), now=NOW)
        (feed,) = rows.claim(connection, now=NOW)
        rows.poll(connection, feed, rows.entry("https://herald.example.org/a"), now=NOW)
    yield SimpleNamespace(db=database, clock=ManualClock(NOW), settings=SimpleNamespace(retention=RetentionSettings()))
    database.close()


def keep(doors: SimpleNamespace, *ages: timedelta) -> None:
    with doors.db.write() as connection:
        entry = connection.execute(sa.select(entries.c.id)).scalar_one()
        for age in ages:
            connection.execute(
                sa.insert(table).values(
                    entry_id=entry, url="u", final_url="f", status=200, headers=(("etag", "1"),), sha256=str(age),
                    body_zstd=zstandard.compress(b"page"), fetched_at=doors.clock.now() - age,
                )
            )  # fmt: skip


def kept(doors: SimpleNamespace) -> list[bytes]:
    with doors.db.read() as connection:
        found = connection.execute(sa.select(table.c.id).order_by(table.c.fetched_at))
        return [pages.body(connection, row.id) for row in found]


async def test_bytes_older_than_the_setting_go_and_hash_and_headers_stay(doors: SimpleNamespace) -> None:
    keep(doors, 31 * DAY, 30 * DAY + timedelta(seconds=1), 30 * DAY, DAY)
    assert await retention.let_go(doors) == 2
    assert kept(doors) == [b"", b"", b"page", b"page"]
    with doors.db.read() as connection:
        old = connection.execute(sa.select(table).order_by(table.c.fetched_at)).first()
    assert (old.sha256, old.headers, old.final_url) == (str(31 * DAY), (("etag", "1"),), "f")


async def test_forever_keeps_them(doors: SimpleNamespace) -> None:
    keep(doors, 4_000 * DAY)
    doors.settings.retention = RetentionSettings(raw_pages=None)
    assert await retention.let_go(doors) == 0
    assert kept(doors) == [b"page"]


async def test_many_go_in_batches_and_what_grows_old_later_goes_later(doors: SimpleNamespace, monkeypatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    keep(doors, *(40 * DAY - timedelta(minutes=n // 3) for n in range(8)), 29 * DAY)
    assert [await retention.let_go(doors) for _ in range(3)] == [6, 2, 0]
    doors.clock.advance(2 * DAY)
    assert await retention.let_go(doors) == 1
    doors.settings.retention = RetentionSettings(raw_pages=90 * DAY)
    keep(doors, 50 * DAY)
    assert await retention.let_go(doors) == 0
    doors.settings.retention = RetentionSettings(raw_pages=timedelta(seconds=1))
    keep(doors, timedelta(minutes=1))
    assert await retention.let_go(doors) == 1


async def test_once_lets_them_go_and_reextract_says_how_many_it_skips(newspaper: Newspaper, tmp_path: Path) -> None:
    site = newspaper.outlet("herald.example")
    site.add_article("Bridge opened", [f"Paragraph {n} tells of the bridge and its mayor at length." for n in range(8)])
    program = Program(folder=tmp_path)
    program.configure(newspaper, outlets=outlet_toml("Herald", site.feed_url), topics=topic_toml("Bridges", "bridge"))
    settings = load_settings(program.config, {})
    await once(settings)
    await once(settings, clock=SystemClock(datetime.now(UTC) + 40 * DAY))
    done = await articles_reextract(settings, everything=True)
    assert (done.pages, done.not_kept) == (0, 1)
    site.add_article("Mill burns", [f"Paragraph {n} tells of the mill and its fire at length." for n in range(8)])
    forever = replace(settings, retention=RetentionSettings(raw_pages=None))
    await once(forever, clock=SystemClock(datetime.now(UTC) + 80 * DAY))
    assert (await articles_reextract(settings, everything=True)).pages == 1
