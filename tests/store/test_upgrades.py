"""Schemas change while data and neighbours stay: samples of old releases, additive migrations, programs of yesterday and tomorrow."""

import random
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from aggregator.alerts.values import MessageState
from aggregator.articles.values import Status
from aggregator.clock import ManualClock
from aggregator.errors import StoreError
from aggregator.feeds.values import FeedState
from aggregator.reasons import Reason
from aggregator.store import archive, entries, facts, feeds, migrate, outbox, topics
from aggregator.store.db import Database
from aggregator.store.status import overview
from tests.databases import SERVER
from tests.store import children, rows, samples
from tests.store.test_publishing import WIRE, Desk

KNOWN = migrate.revisions()
STEPS = list(pairwise(KNOWN))
ADDITIVE = [(old, new) for old, new in STEPS if migrate.serves(new) != new]
KILLS = 10
LEASE = timedelta(minutes=5)
MIGRATIONS = Path(migrate.__file__).parents[2] / "migrations"

ADDS = """
def upgrade():
    op.create_table("reviews", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("note", sa.Text()))
    with op.batch_alter_table("articles") as batch:
        batch.add_column(sa.Column("mood", sa.String(16), nullable=True))
        batch.add_column(sa.Column("weight", sa.Integer(), nullable=False, server_default="1"))
"""
SLOW = """
import time
from pathlib import Path

def upgrade():
    Path(__file__).with_name("began").touch()
    for number in range(30):
        op.add_column("articles", sa.Column(f"slow_{number}", sa.Text(), nullable=True))
        op.execute(f"UPDATE articles SET slow_{number} = body, headline = 'half done'")
        op.execute("DELETE FROM alerts WHERE id = %d" % (number + 1))
        time.sleep(0.02)
"""


def write_future(folder: Path, body: str, *, works_with: str = "") -> Path:
    """A folder of migrations with one more than this program knows."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    told = f'works_with = "{works_with}"\n' if works_with else ""
    head = f'revision = "9001"\ndown_revision = "{KNOWN[-1]}"\n{told}branch_labels = depends_on = None\n'
    (folder / "versions" / "9001_future.py").write_text(f"import sqlalchemy as sa\nfrom alembic import op\n{head}{body}")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of its own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/old.db"
        return
    name = f"{sa.make_url(request.getfixturevalue('server_url')).database}_old"
    server = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    yield sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def connected(url: str) -> sa.Engine:
    return sa.create_engine(url, poolclass=sa.NullPool)


@pytest.mark.parametrize(("old", "new"), STEPS)
def test_every_row_of_an_old_release_survives_the_upgrade(url: str, old: str, new: str) -> None:
    samples.make(url, old)
    with connected(url).connect() as connection:
        tables = samples.reflected(connection)
        before = samples.rows(connection, tables)
    assert all(len(found) >= 2 for found in before.values())
    assert migrate.upgrade(url, to=new)
    with connected(url).connect() as connection:
        assert samples.rows(connection, tables) == before
    assert not migrate.upgrade(url, to=new)


@pytest.mark.parametrize("old", KNOWN[:-1])
def test_this_program_reads_and_goes_on_with_the_data_of_every_old_release(url: str, old: str, clock: ManualClock) -> None:
    samples.make(url, old)
    migrate.upgrade(url)
    assert migrate.differences(url) == ()
    database = Database(url)
    with database.write() as connection:
        newest, *_, first = archive.list_articles(connection, limit=10)
        assert newest.language == "ar"
        detail = archive.load_article(connection, first.id)
        assert detail is not None
        assert [version.cause.value for version in detail.versions] == ["publisher", "rescue"]
        assert len(outbox.list_messages(connection)) == 7
        assert len(topics.list_topics(connection)) == 2
        assert overview(connection, now=clock.now()).articles == 3
        assert outbox.claim_message(connection, now=clock.now(), horizon=None, lease=LEASE) is not None
        assert rows.claim(connection, now=clock.now())
        assert len(entries.claim_to_read(connection, now=clock.now(), horizon=None, limit=9, lease=LEASE, busy_hosts=())) == 1
    database.close()


@pytest.mark.parametrize(("old", "new"), ADDITIVE)
def test_what_an_additive_migration_says_is_true_for_the_statements_of_old_programs(url: str, old: str, new: str) -> None:
    """Old tables and columns keep type and nullability, nothing new is demanded; old INSERT, UPDATE, SELECT and DELETE work."""
    samples.make(url, old)
    with connected(url).connect() as connection:
        tables, rules = samples.reflected(connection), _rules(connection)
        content = samples.rows(connection, tables)
    migrate.upgrade(url, to=new)
    with connected(url).begin() as connection:
        now = {table.name: table for table in samples.reflected(connection)}
        for table in tables:
            for column in table.c:
                kept = now[table.name].c[column.name]
                assert (str(kept.type), kept.nullable) == (str(column.type), column.nullable), column
            for added in set(now[table.name].c.keys()) - set(table.c.keys()):
                column = now[table.name].c[added]
                assert column.nullable or column.server_default is not None, f"{column}: old programs do not fill it"
        for name, found in _rules(connection).items():
            assert name not in rules or found == rules[name], f"{name}: a new constraint that old programs do not know"
        for table in reversed(tables):
            connection.execute(sa.delete(table))
        content.pop(samples.INDEX)
        for table in tables:
            connection.execute(sa.insert(table), [dict(zip(table.c.keys(), row, strict=True)) for row in content[table.name]])
            connection.execute(sa.update(table).values({column: column for column in table.c}))
        assert samples.rows(connection, tables).items() >= content.items()


def _rules(connection: sa.Connection) -> dict[str, list[str]]:
    look = sa.inspect(connection)
    return {
        table.name: sorted(
            [
                *(str(rule["column_names"]) for rule in look.get_unique_constraints(table.name)),
                *(str(rule["column_names"]) for rule in look.get_indexes(table.name) if rule["unique"]),
                *(f"{rule['constrained_columns']} to {rule['referred_table']}" for rule in look.get_foreign_keys(table.name)),
                *(str(rule["sqltext"]) for rule in look.get_check_constraints(table.name)),
            ]
        )
        for table in samples.reflected(connection)
    }


def test_a_migration_serves_the_oldest_program_that_all_steps_serve(tmp_path: Path) -> None:
    """One step that changes what was there ends the reach of all before it, whatever later ones say."""
    contract = write_future(tmp_path / "contract", ADDS)
    assert migrate.serves("9001", contract) == "9001"
    later = (
        'revision = "9002"\ndown_revision = "9001"\nworks_with = "0001"\nbranch_labels = depends_on = None\ndef upgrade(): pass\n'
    )
    (contract / "versions" / "9002_later.py").write_text(later)
    assert migrate.serves("9002", contract) == "9001"
    assert migrate.serves("9001", write_future(tmp_path / "additive", ADDS, works_with="0002")) == "0002"


def test_this_program_works_on_with_a_schema_of_the_future_that_only_adds(url: str, tmp_path: Path, clock: ManualClock) -> None:
    migrate.upgrade(url)
    assert migrate.upgrade(url, scripts=write_future(tmp_path / "future", ADDS, works_with=KNOWN[-1]))
    found = migrate.standing(url)
    assert (found.revision, found.usable, found.newer, found.outdated) == ("9001", True, True, False)
    assert not migrate.upgrade(url)
    migrate.require(url)
    database = Database(url)
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        desk.publish("https://herald.example.org/a", WIRE)
        assert desk.claim() is not None
        assert connection.execute(sa.text("SELECT weight FROM articles")).scalar_one() == 1
    database.close()


def test_a_schema_of_the_future_that_changes_what_was_there_is_refused(url: str, tmp_path: Path) -> None:
    migrate.upgrade(url)
    migrate.upgrade(url, scripts=write_future(tmp_path / "future", ADDS))
    for refused in (migrate.require, migrate.upgrade):
        with pytest.raises(StoreError, match="has schema 9001, which this version does not know") as caught:
            refused(url)
        assert "update the program" in caught.value.hint


def test_a_migration_killed_at_any_moment_leaves_the_old_schema_and_every_row(forks, tmp_path: Path) -> None:
    """kill -9 in the middle of the upgrade, again and again; the last one is let through and does it."""
    url, scripts = f"sqlite:///{tmp_path}/old.db", write_future(tmp_path / "future", SLOW)
    samples.make(url, KNOWN[0])
    migrate.upgrade(url)
    with connected(url).connect() as connection:
        tables = samples.reflected(connection)
        before = samples.rows(connection, tables)
    began, dice = scripts / "versions" / "began", random.Random(3)
    for _ in range(KILLS):
        child = forks.Process(target=children.upgrade, args=(url, scripts))
        child.start()
        end = time.monotonic() + 20
        while not began.exists():
            assert time.monotonic() < end
            time.sleep(0.002)
        time.sleep(dice.uniform(0, 0.5))
        child.kill()
        child.join(10)
        began.unlink()
        assert child.exitcode == -9
        assert migrate.current(url) == KNOWN[-1]
        with connected(url).connect() as connection:
            assert connection.exec_driver_sql("PRAGMA quick_check").scalar_one() == "ok"
            assert samples.rows(connection, tables) == before
        assert migrate.differences(url) == ()
    assert migrate.upgrade(url, scripts=scripts)
    assert migrate.current(url) == "9001"


def test_two_migrations_at_once_are_one(forks, url: str) -> None:
    pair = [forks.Process(target=children.upgrade, args=(url, MIGRATIONS)) for _ in range(2)]
    for one in pair:
        one.start()
    for one in pair:
        one.join(30)
    assert [one.exitcode for one in pair] == [0, 0]
    assert migrate.differences(url) == ()


def test_messages_in_states_and_kinds_of_a_newer_program_are_left_to_it(database: Database, clock: ManualClock) -> None:
    """Neither sent, retried, released nor cancelled here, and still listed."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        for n in range(2):
            desk.publish(f"https://herald.example.org/{n}", f"{WIRE} Number {n}, told apart.", headline=f"Canal, part {n}")
        connection.exec_driver_sql("UPDATE outbox SET state = 'bundled' WHERE id = 1")
        connection.exec_driver_sql("UPDATE outbox SET kind = 'webhook' WHERE id = 2")
        assert desk.claim() is None
        assert outbox.retry_all(connection, [1], now=clock.now()) == 0
        assert outbox.cancel(connection, [1]) == 0
        assert outbox.hold_without_server(connection, now=clock.now()) == 0
        assert outbox.release_held(connection, sender="News <alerts@example.org>", now=clock.now()) == 0
        assert {row.id: row.state for row in outbox.list_messages(connection)} == {
            1: MessageState.CLAIMED,
            2: MessageState.PENDING,
        }
        assert connection.exec_driver_sql("SELECT state FROM outbox WHERE id = 1").scalar_one() == "bundled"


def test_words_of_a_newer_program_are_read_with_care(database: Database, clock: ManualClock) -> None:
    """A feed in an unknown state is polled, a text of unknown status is not taken for read, an unknown reason is a fault of ours."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        placed = desk.publish("https://herald.example.org/a", WIRE)
        connection.exec_driver_sql("UPDATE feeds SET state = 'resting', reason = 'moon_phase'")
        for column in ("body_source", "status"):
            connection.exec_driver_sql(f"UPDATE articles SET {column} = 'dreamt'")
        connection.exec_driver_sql("UPDATE versions SET cause = 'dreamt', status = 'dreamt'")
        connection.exec_driver_sql("UPDATE alerts SET kind = 'dreamt', position = 'dreamt'")
        connection.exec_driver_sql("UPDATE matches SET position = 'dreamt'")
        assert {(row.state, row.reason) for row in feeds.list_feeds(connection)} == {(FeedState.FAILING, Reason.INTERNAL)}
        assert len(rows.claim(connection, now=clock.now())) == 2
        detail = archive.load_article(connection, placed.article_id)
        assert detail is not None
        assert detail.status is Status.FAILED
        message = desk.claim()
        assert message is not None
        (item,) = outbox.load_items(connection, message.id)
        assert item.partly_read


def test_the_secret_changes_when_it_is_told_to_and_the_hold_is_remembered(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        first = facts.secret(connection)
        facts.renew_secret(connection)
        assert facts.secret(connection) != first
        assert facts.held_since(connection) is None
        facts.hold(connection, now=clock.now())
        assert facts.held_since(connection) == clock.now()
        assert facts.lift(connection)
        assert not facts.lift(connection)
