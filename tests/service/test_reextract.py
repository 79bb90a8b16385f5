"""`articles reextract`: kept pages through the present extractor, published without a mail, whatever interrupts it."""

import json
import os
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import zstandard

from aggregator.articles.extract import EXTRACTOR
from aggregator.articles.values import BodySource, Cause, Status
from aggregator.configure import load_settings
from aggregator.reasons import Reason
from aggregator.service import reextract as service
from aggregator.service.reextract import articles_reextract
from aggregator.service.run import once
from aggregator.settings import Settings
from aggregator.store.db import Database
from aggregator.store.lock import FileLock
from aggregator.store.tables import articles, entries, matches, outbox, pages, readings, versions
from tests.newspaper import Newspaper
from tests.program import Program, outlet_toml, topic_toml

BOX = "Support our newsroom! Donate ten crowns today and keep the presses running for all of us."


def paragraphs(barge: int) -> list[str]:
    """No two articles share one: what repeats over an outlet's articles is left out of them."""
    return [
        f"The harbour council met for the {n + 10 * barge}. time and heard how barge number {n * 7 + 100 * barge} had struck the quay."
        for n in range(1, 7)
    ]


# Takes any extractor minutes.
HANGING = b"<html><body><ul>" + b"<li><a href='/x'>A link</a></li>" * 30_000 + b"</ul></body></html>"


@pytest.fixture
def program(newspaper: Newspaper, tmp_path: Path) -> Program:
    made = Program(folder=tmp_path)
    site = newspaper.outlet("herald.example")
    for n in range(1, 4):
        site.add_article(f"Barge {n} strikes the quay", [*paragraphs(n), f"The master of barge {n} was unhurt."])
    made.configure(
        newspaper,
        outlets=outlet_toml("Herald", site.feed_url, language="en"),
        topics=topic_toml("Barges", "barge AND quay") + topic_toml("Gifts", "donate"),
        settings='[limits]\npage_extract_wall = "4s"\n',
    )
    return made


@pytest.fixture
def settings(program: Program) -> Settings:
    return load_settings(program.config, {})


@pytest.fixture
def database(settings: Settings):
    """Opened when the first command has made it."""
    opened: list[Database] = []

    def give() -> Database:
        if not opened:
            opened.append(Database(settings.database_url))
        return opened[0]

    yield give
    for one in opened:
        one.close()


def as_read_before(connection: sa.Connection, *, extractor: str = "0+older", worse: str = BOX) -> None:
    """Makes all readings and articles what an older extractor would have left: a box in the body, no authors."""
    for row in connection.execute(sa.select(readings)).all():
        old = replace(row.extraction, extractor=extractor, body=f"{row.extraction.body}\n{worse}", authors=("Nobody",))
        connection.execute(sa.update(readings).where(readings.c.entry_id == row.entry_id).values(extraction=old))
    for row in connection.execute(sa.select(articles)).all():
        body = f"{row.body}\n{worse}"
        connection.execute(sa.update(articles).where(articles.c.id == row.id).values(body=body, authors=("Nobody",)))
        held = versions.c.article_id == row.id
        connection.execute(sa.update(versions).where(held).values(body_zstd=zstandard.compress(body.encode())))


def all_of(database: Database, table: sa.Table) -> list[sa.Row]:
    with database.read() as connection:
        return list(connection.execute(sa.select(table).order_by(*table.primary_key.columns)))


def page_of(article: int) -> sa.ScalarSelect[int]:
    """Pages are read side by side: which article one became is not in its number."""
    return (
        sa.select(pages.c.id)
        .join(entries, pages.c.entry_id == entries.c.id)
        .where(entries.c.article_id == article)
        .scalar_subquery()
    )


async def test_older_readings_are_made_anew_as_versions_of_their_own_cause_and_nobody_is_told(
    settings: Settings, database, newspaper: Newspaper
) -> None:
    await once(settings)
    db = database()
    with db.write() as connection:
        as_read_before(connection)
    mails, asked = len(all_of(db, outbox)), len(newspaper.log)
    told: list[tuple[int, int]] = []
    done = await articles_reextract(settings, progress=lambda n, total: told.append((n, total)))
    assert (done.pages, done.changed, done.same, done.worse, done.not_kept, done.failed) == (3, 3, 0, 0, 0, ())
    assert (told[0], told[-1]) == ((0, 3), (3, 3))
    for row in all_of(db, articles):
        assert BOX not in row.body
        assert (row.version, row.status, row.authors) == (2, Status.OK, ("Staff Writer",))
    assert [row.cause for row in all_of(db, versions)] == [Cause.PUBLISHER, Cause.REEXTRACT] * 3
    assert {row.extraction.extractor for row in all_of(db, readings)} == {EXTRACTOR}
    assert {(row.stage, row.cause) for row in all_of(db, entries)} == {("done", None)}
    assert (len(all_of(db, outbox)), len(newspaper.log)) == (mails, asked)
    again = await articles_reextract(settings)
    assert (again.pages, again.changed) == (0, 0)


async def test_a_match_that_only_a_box_made_is_lost_by_it(settings: Settings, database) -> None:
    await once(settings)
    db = database()
    with db.write() as connection:
        as_read_before(connection)
        row = connection.execute(sa.select(matches)).first()
        connection.execute(
            sa.insert(matches).values(
                topic_id=2, article_id=1, topic_version=1, article_version=1,
                position=row.position, spans=row.spans, matched_at=row.matched_at,
            )
        )  # fmt: skip
    await articles_reextract(settings)
    lost = {(row.topic_id, row.article_id): row.lost_at is not None for row in all_of(db, matches)}
    assert lost == {(1, 1): False, (1, 2): False, (1, 3): False, (2, 1): True}


async def test_other_authors_alone_are_no_version_but_are_stored(settings: Settings, database) -> None:
    await once(settings)
    db = database()
    with db.write() as connection:
        for row in connection.execute(sa.select(readings)).all():
            old = replace(row.extraction, extractor="0+older", authors=("Nobody",), section="Nowhere")
            connection.execute(sa.update(readings).where(readings.c.entry_id == row.entry_id).values(extraction=old))
        connection.execute(sa.update(articles).values(section="Nowhere"))
    done = await articles_reextract(settings)
    assert done.changed == 3
    assert {(row.version, row.section) for row in all_of(db, articles)} == {(1, "")}


async def test_a_dry_run_shows_what_would_change_writes_nothing_and_needs_no_lock(settings: Settings, database) -> None:
    await once(settings)
    db = database()
    with db.write() as connection:
        as_read_before(connection)
    tables = (articles, versions, readings, entries, pages, outbox)
    before = [all_of(db, table) for table in tables]
    with FileLock(settings.data_dir / "aggregator.lock", command="run"):
        done = await articles_reextract(settings, dry_run=True)
    assert [all_of(db, table) for table in tables] == before
    assert (done.written, done.changed, len(done.changes)) == (False, 3, 3)
    change = done.changes[0].change
    assert (change.words_new, change.words_gone, change.worse) == (0, len(BOX.split()), False)


async def test_a_text_that_is_trusted_no_longer_is_taken_shown_and_kept_as_a_version(settings: Settings, database) -> None:
    """The kept page is a consent wall that an older extractor took for an article."""
    await once(settings)
    db = database()
    wall = b"<html><body><p>We use cookies. Accept all cookies to continue, or manage your cookie preferences.</p></body></html>"
    with db.write() as connection:
        as_read_before(connection)
        connection.execute(sa.update(pages).where(pages.c.id == page_of(1)).values(body_zstd=zstandard.compress(wall)))
    done = await articles_reextract(settings)
    assert (done.changed, done.worse) == (3, 1)
    assert [one.change.worse for one in done.changes] == [True]
    row = all_of(db, articles)[0]
    assert not row.status.trusted
    assert row.body_source is BodySource.SUMMARY
    assert BOX in zstandard.decompress(all_of(db, versions)[0].body_zstd).decode()


async def test_pages_kept_no_longer_are_counted_and_a_page_that_cannot_be_read_is_named(settings: Settings, database) -> None:
    await once(settings)
    db = database()
    with db.write() as connection:
        as_read_before(connection)
        connection.execute(sa.update(pages).where(pages.c.id == page_of(1)).values(body_zstd=b""))
        connection.execute(sa.update(pages).where(pages.c.id == page_of(2)).values(body_zstd=b"no zstd"))
    done = await articles_reextract(settings)
    assert (done.pages, done.changed, done.not_kept) == (2, 1, 1)
    assert [(one.article_id, one.reason) for one in done.failed] == [(2, Reason.BAD_ENCODING)]
    assert [row.version for row in all_of(db, articles)] == [1, 1, 2]


async def test_a_page_that_hangs_costs_its_limit_and_the_others_go_on(settings: Settings, database) -> None:
    await once(settings)
    db = database()
    with db.write() as connection:
        as_read_before(connection)
        connection.execute(sa.update(pages).where(pages.c.id == page_of(2)).values(body_zstd=zstandard.compress(HANGING)))
    short = replace(settings, limits=replace(settings.limits, page_extract_wall=timedelta(seconds=2)))
    done = await articles_reextract(short)
    assert [(one.article_id, one.reason) for one in done.failed] == [(2, Reason.WORKER_TIMEOUT)]
    assert [row.version for row in all_of(db, articles)] == [2, 1, 2]


async def test_all_goes_on_where_a_broken_run_of_the_same_wish_came_to(settings: Settings, database, monkeypatch) -> None:
    await once(settings)
    monkeypatch.setattr(service, "BATCH", 1)

    class Broken(Exception):
        pass

    def broken(done: int, _total: int) -> None:
        if done == 2:
            raise Broken

    with pytest.raises(Broken):
        await articles_reextract(settings, everything=True, progress=broken)
    one_outlet = await articles_reextract(settings, everything=True, dry_run=True)
    assert one_outlet.pages == 3
    rest = await articles_reextract(settings, everything=True)
    assert (rest.pages, rest.changed) == (2, 0)
    whole = await articles_reextract(settings, everything=True)
    assert whole.pages == 3


async def test_outlet_and_date_narrow_it(settings: Settings, database) -> None:
    await once(settings)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert (await articles_reextract(settings, everything=True, since=tomorrow, dry_run=True)).pages == 0
    assert (await articles_reextract(settings, everything=True, outlet="Herald", dry_run=True)).pages == 3
    assert (await articles_reextract(settings, everything=True, outlet="herald", dry_run=True)).pages == 3


async def test_the_reading_that_another_feed_took_over_is_made_anew_with_it(
    program: Program, newspaper: Newspaper, database
) -> None:
    site = newspaper.outlet("herald.example")
    program.configure(
        newspaper, outlets=outlet_toml("Herald", site.feed_url, site.atom_url), topics=topic_toml("Barges", "barge AND quay")
    )
    settings = load_settings(program.config, {})
    await once(settings)
    db = database()
    assert (len(all_of(db, readings)), len(all_of(db, pages)), len(all_of(db, articles))) == (6, 3, 3)
    with db.write() as connection:
        as_read_before(connection)
    done = await articles_reextract(settings)
    assert (done.pages, done.changed) == (3, 3)
    assert {row.extraction.extractor for row in all_of(db, readings)} == {EXTRACTOR}
    assert [row.version for row in all_of(db, articles)] == [2, 2, 2]


def test_it_says_who_holds_the_database(program: Program, settings: Settings) -> None:
    program.run("once")
    with FileLock(settings.data_dir / "aggregator.lock", command="run"):
        ran = program.run("articles", "reextract", code=1)
    assert f"held by `run`, pid {os.getpid()} since" in ran.err
    assert program.run("articles", "reextract", "--outlet", "Nobody", code=2).err.startswith("error: there is no outlet 'Nobody'")


def test_a_killed_run_is_finished_by_the_next_and_the_table_says_what_changes(
    program: Program, settings: Settings, database
) -> None:
    program.run("once")
    db = database()
    with db.write() as connection:
        as_read_before(connection)
        connection.execute(sa.update(pages).where(pages.c.id == page_of(3)).values(body_zstd=zstandard.compress(HANGING)))
    shown = program.run("articles", "reextract", "--dry-run", code=1)
    assert "Barge 1 strikes the quay" in shown.out
    assert f"body +0/-{len(BOX.split())} words" in shown.out
    assert "3 pages read again: 2 articles would change" in shown.out
    assert "worker_timeout" in shown.err
    running = program.start("articles", "reextract")
    time.sleep(4)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=30)
    done = program.run("articles", "reextract", "--json", code=1).json()
    assert (len(done["failed"]), done["written"]) == (1, True)
    assert sorted(row.version for row in all_of(db, articles)) == [1, 2, 2]
    assert {row.stage for row in all_of(db, entries)} == {"done"}
    assert json.dumps(done)
