"""Copies of the embedded database, and a copy back in its place: complete or not there, never trusted, never half-way."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from aggregator.alerts.values import MessageState
from aggregator.clock import ManualClock
from aggregator.errors import AggregatorError, LockHeldError, StoreError, UsageError
from aggregator.reasons import Reason
from aggregator.service import build, keeping, verbs
from aggregator.service.keeping import Replacing
from aggregator.settings import Settings
from aggregator.store import backup, facts, journal, migrate, outbox
from aggregator.store import restore as store
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
from aggregator.store.tables import feeds
from aggregator.store.tables import outbox as outbox_table
from tests.store import children, rows, samples
from tests.store.test_publishing import SENDER, WIRE, Desk

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def settings(template: Path, tmp_path: Path) -> Settings:
    """An installation with an empty database, in a folder whose name SQLite could misread."""
    data = tmp_path / "data & café 100%"
    data.mkdir(mode=0o700)
    shutil.copy(template, data / "aggregator.db")
    return Settings(config_dir=tmp_path, data_dir=data, database_url=f"sqlite:///{data / 'aggregator.db'}")


@pytest.fixture
def desk(settings: Settings, clock: ManualClock) -> Iterator[Desk]:
    """Three articles, of which one mail was sent, one is under way and one waits; two feeds are being polled."""
    database = Database(settings.database_url)
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        for n in range(3):
            desk.publish(f"https://herald.example.org/{n}", f"{WIRE} Part {n} of it.", headline=f"Canal, part {n}, {n * 7}")
        finish(connection, clock)
        assert desk.claim() is not None
        assert len(rows.claim(connection, now=clock.now())) == 2
    database.close()
    return desk


def finish(connection: sa.Connection, clock: ManualClock) -> None:
    message = outbox.claim_message(connection, now=clock.now(), horizon=None, lease=timedelta(minutes=5))
    assert message is not None
    outbox.mark(connection, message, MessageState.SENT, reason=None, detail="", due_at=clock.now(), counts=True, now=clock.now())


def file_of(settings: Settings) -> Path:
    return settings.data_dir / "aggregator.db"


def yes(_seen: Replacing) -> bool:
    return True


def back_up(settings: Settings, target: Path, **more: object) -> keeping.BackedUp:
    return keeping.back_up(settings, target, **{"force": False, "keep": None, **more})  # type: ignore[arg-type]


def restore(settings: Settings, source: Path, **more: object) -> keeping.Restored | None:
    return keeping.restore(settings, source, **{"agree": yes, **more})  # type: ignore[arg-type]


def query(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path, timeout=20)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None, timeout=20)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def last_noted(settings: Settings, kind: Happening) -> journal.JournalRow:
    database = Database(settings.database_url)
    with database.read() as connection:
        found = journal.last(connection, kind)
    database.close()
    assert found is not None
    return found


def listed(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_backup_is_one_complete_private_file_and_is_noted(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    done = back_up(settings, tmp_path / "copy.db", clock=ManualClock(NOW))
    assert (done.made.schema, done.made.articles, done.made.messages) == (migrate.head(), 3, 3)
    assert done.made.bytes == (tmp_path / "copy.db").stat().st_size
    assert done.made.last_article_at == desk.clock.now()
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert query(tmp_path / "copy.db", "PRAGMA integrity_check") == [("ok",)]
    assert not [name for name in listed(tmp_path) if name.startswith((".aggregator-", "copy.db-"))]
    noted = last_noted(settings, Happening.BACKED_UP)
    assert noted.detail == str(tmp_path / "copy.db")


def test_a_file_that_is_there_is_replaced_only_by_force(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        back_up(settings, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"
    back_up(settings, tmp_path / "copy.db", force=True)
    assert backup.inspect(tmp_path / "copy.db").schema == migrate.head()


def test_in_a_folder_it_has_a_name_with_the_time_and_old_ones_go(settings: Settings, tmp_path: Path) -> None:
    """Only names of our own form go, and no links, whatever they look like."""
    folder, clock = tmp_path / "shelf", ManualClock(NOW)
    folder.mkdir()
    others = {"aggregator-mine.db", "aggregator-20200101-000000.db.bak", "before-0001-20200101-000000.db", "x"}
    for name in others:
        (folder / name).write_text("keep me")
    (folder / "aggregator-20190101-000000.db").symlink_to(folder / "x")
    for _ in range(4):
        done = back_up(settings, folder, keep=2, clock=clock)
        clock.advance(timedelta(days=1))
    assert [path.name for path in done.forgotten] == ["aggregator-20260302-120000.db"]
    kept = {"aggregator-20260303-120000.db", "aggregator-20260304-120000.db", "aggregator-20190101-000000.db"}
    assert listed(folder) == others | kept


def test_the_backup_just_made_stays_whatever_the_names_of_the_others_say(settings: Settings, tmp_path: Path) -> None:
    """A clock that was wrong once leaves names of the future; the new file is one of those that are kept."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for n in range(3):
        (shelf / f"aggregator-2099010{n}-000000.db").write_text("of the future")
        (shelf / f"before-0002-2099010{n}-000000.db").write_text("of the future")
    done = back_up(settings, shelf, keep=2, clock=ManualClock(NOW))
    assert done.made.path in shelf.iterdir()
    assert {path.name for path in done.forgotten} == {"aggregator-20990100-000000.db", "aggregator-20990101-000000.db"}
    done = back_up(settings, shelf, keep=1, clock=ManualClock(NOW + timedelta(days=1)))
    assert [path.name for path in shelf.glob("aggregator-*")] == [done.made.path.name]
    kept = backup.before_migration(file_of(settings), shelf, target="0002", now=NOW, tell=backup.untold)
    others = {"before-0002-20990101-000000.db", "before-0002-20990102-000000.db"}
    assert {path.name for path in shelf.glob("before-*")} == others | {kept.name}


def test_a_journal_that_cannot_be_written_does_not_undo_a_backup(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The old ones of its folder go as well; the trouble is told."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "aggregator-20200101-000000.db").write_text("old")
    change(file_of(settings), "DROP TABLE journal")
    done = back_up(settings, shelf, keep=1, clock=ManualClock(NOW))
    assert listed(shelf) == {done.made.path.name}
    assert "the backup is made, but not noted in the journal" in caplog.text


def test_what_a_killed_backup_left_goes_with_the_next_one(settings: Settings, tmp_path: Path) -> None:
    """Not what a backup under way holds, nor what only looks like it, nor what a link of that name points to."""
    shelf, elsewhere = tmp_path / "shelf", tmp_path / "elsewhere"
    for path in (shelf, elsewhere):
        path.mkdir()
        (path / "mine").write_text("keep me")
    (shelf / f".aggregator-{'0' * 16}.part").symlink_to(elsewhere)
    (shelf / f".aggregator-{'1' * 16}.part").write_text("a file, not ours")
    code = (
        "import os, sys; from pathlib import Path; from aggregator.store import backup\n"
        "backup.write_copy(Path(sys.argv[1]), Path(sys.argv[2]), tell=lambda *_: os.kill(os.getpid(), 9))"
    )
    change(
        file_of(settings),
        "CREATE TABLE bulk(x)",
        "INSERT INTO bulk WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 200000) SELECT zeroblob(1000) FROM n",
    )
    before = listed(shelf)
    killed = subprocess.run([sys.executable, "-c", code, str(file_of(settings)), str(shelf / "a.db")], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = listed(shelf) - before
    change(file_of(settings), "DROP TABLE bulk")
    with backup._scratch(shelf, file_of(settings)) as held:
        assert left not in listed(shelf)
        back_up(settings, shelf / "a.db")
        assert held.exists()
    assert listed(shelf) == before | {"a.db"}
    assert (elsewhere / "mine").exists()


def test_a_name_that_no_disk_takes_is_one_line(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="too long"):
        back_up(settings, tmp_path / ("x" * 300))


def test_keep_needs_a_folder(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--keep needs a folder"):
        back_up(settings, tmp_path / "nowhere", keep=3)


def test_names_that_must_not_be_written_are_refused(settings: Settings, tmp_path: Path) -> None:
    """The database, its log, links to them or to anything, devices, pipes: also with --force."""
    data = settings.data_dir
    (tmp_path / "link.db").symlink_to(data / "aggregator.db")
    (tmp_path / "dangling.db").symlink_to(tmp_path / "elsewhere.db")
    (tmp_path / "hard.db").hardlink_to(data / "aggregator.db")
    os.mkfifo(tmp_path / "pipe")
    before = (data / "aggregator.db").read_bytes()
    places = [
        data / "aggregator.db",
        data / "aggregator.db-wal",
        data / "." / "aggregator.db-shm",
        data / "aggregator.db-journal",
    ]
    places += [tmp_path / name for name in ("link.db", "dangling.db", "hard.db", "pipe")]
    for path in [*places, Path("/dev/full"), Path("/dev/null"), tmp_path / "\udcff.db"]:
        with pytest.raises(UsageError):
            back_up(settings, path, force=True)
    assert (data / "aggregator.db").read_bytes() == before
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_folder_that_is_not_there_or_not_ours_is_one_line(settings: Settings, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "a.db", Path("/proc/a.db"), file_of(settings) / "a.db"):
        with pytest.raises(StoreError, match=r"No such file|not permitted|Not a directory|denied"):
            back_up(settings, path)


def test_too_little_space_is_told_before_anything_is_written(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"MB are free, \d+ MB are needed"):
        backup.require_space(tmp_path, 1 << 60)


def test_what_fails_in_the_middle_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    """A damaged database is found when the copy is made or read back, and no file bears the name."""
    with file_of(settings).open("r+b") as file:
        file.seek(4096 * 4)
        file.write(b"\xde\xad" * 4096)
    with pytest.raises(StoreError, match=r"malformed|broken"):
        back_up(settings, tmp_path / "copy.db")
    assert not [name for name in listed(tmp_path) if "copy" in name or ".part" in name]


def test_a_copy_that_is_interrupted_stops_at_once_and_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    change(
        file_of(settings),
        "CREATE TABLE bulk(x)",
        "INSERT INTO bulk WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 60000) SELECT randomblob(2000) FROM n",
    )

    def impatient(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(settings, tmp_path / "copy.db", tell=impatient)
    assert not [name for name in listed(tmp_path) if "copy" in name or ".part" in name]


def test_on_postgresql_the_right_tool_is_named_without_the_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://joe:hunter2@db.example:5433/news"
    settings = Settings(config_dir=tmp_path, data_dir=tmp_path, database_url=url)
    for tool, verb in (("pg_dump", back_up), ("pg_restore", restore)):
        with pytest.raises(AggregatorError) as caught:
            verb(settings, tmp_path / "a.dump")
        assert f"{tool} --host=db.example --port=5433 --username=joe --dbname=news" in caught.value.hint
        assert "hunter2" not in f"{caught.value}{caught.value.hint}"


def test_a_restore_holds_every_unfinished_message_and_clears_every_lease(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    back_up(settings, tmp_path / "copy.db")
    database = Database(settings.database_url)
    with database.write() as connection:
        secret = facts.secret(connection)
    database.close()
    change(file_of(settings), "UPDATE outbox SET state = 'sent'", "DELETE FROM articles WHERE id = 3")
    done = restore(settings, tmp_path / "copy.db", clock=ManualClock(NOW))
    assert done is not None
    assert (done.held, done.backup.path, done.backup.articles) == (2, tmp_path / "copy.db", 3)
    assert done.kept == settings.data_dir / "backups" / "before-restore-20260301-120000.db"
    assert query(done.kept, "SELECT state, count(*) FROM outbox GROUP BY 1") == [("sent", 3)]
    database = Database(settings.database_url)
    with database.write() as connection:
        assert [(row.state, row.reason) for row in reversed(outbox.list_messages(connection))] == [
            (MessageState.SENT, ""),
            (MessageState.HELD, "restored"),
            (MessageState.HELD, "restored"),
        ]
        assert connection.execute(sa.select(outbox_table.c.ambiguous).order_by(outbox_table.c.id)).scalars().all() == [
            False,
            True,
            False,
        ]
        assert connection.execute(sa.select(feeds.c.lease_token)).scalars().all() == [None, None]
        assert facts.held_since(connection) == NOW
        # Numbers are given again after a restore: with the old secret another article's mail could bear a Message-ID that was used.
        assert facts.secret(connection) != secret
        noted = journal.last(connection, Happening.RESTORED)
        assert noted is not None
        assert noted.detail == "copy.db; 2 messages are held"
    database.close()
    assert file_of(settings).stat().st_mode & 0o777 == 0o600
    assert listed(settings.data_dir) - {"aggregator.db-wal", "aggregator.db-shm"} == {
        "aggregator.db",
        "aggregator.lock",
        "backups",
    }


def test_nothing_goes_out_until_the_operator_says_so(database: Database, clock: ManualClock) -> None:
    """Old messages, new ones, those of a missing mail server, `retry`: all wait; bounced addresses stay what they are."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        for n in range(3):
            desk.publish(f"https://herald.example.org/{n}", f"{WIRE} Part {n} of it.", headline=f"Canal, part {n}, {n * 7}")
        connection.execute(sa.update(outbox_table).where(outbox_table.c.id == 3).values(state="held", reason="suppressed"))
        assert outbox.hold_unfinished(connection) == 2
        facts.hold(connection, now=clock.now())
        assert desk.claim() is None
        desk.publish("https://herald.example.org/new", f"{WIRE} Born later.", headline="The canal afterwards")
        assert desk.claim() is None
        assert outbox.retry_all(connection, (), now=clock.now()) == 0
        assert outbox.retry_all(connection, (1,), now=clock.now()) == 0
        assert outbox.release_held(connection, sender=SENDER, now=clock.now()) == 0
        desk.publish("https://herald.example.org/newer", f"{WIRE} And later.", headline="The canal in the evening")
        assert outbox.hold_without_server(connection, now=clock.now()) == 1
        reasons = connection.execute(sa.select(outbox_table.c.reason).order_by(outbox_table.c.id)).scalars().all()
        assert reasons == [Reason.RESTORED, Reason.RESTORED, Reason.SUPPRESSED, Reason.RESTORED, Reason.RESTORED]
        desk.publish("https://herald.example.org/newest", f"{WIRE} At night.", headline="The canal at night")
        assert outbox.release_restored(connection, cancel=False, now=clock.now()) == 5
        claimed = []
        while message := desk.claim():
            claimed.append(message.id)
        assert claimed == [1, 2, 4, 5, 6]


def test_what_was_sent_before_can_be_dropped(database: Database, clock: ManualClock) -> None:
    """One by one with `cancel`, or all; a digest that is held for its hour is followed by a new one for what comes."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic(), rows.topic("port", "port", deliver="daily at 08:00"))
        desk.publish("https://herald.example.org/0", WIRE)
        assert outbox.hold_unfinished(connection) == 2
        facts.hold(connection, now=clock.now())
        assert outbox.cancel(connection, [1]) == 1
        assert outbox.cancel(connection, [1, 99]) == 0
        assert outbox.release_restored(connection, cancel=True, now=clock.now()) == 1
        assert desk.claim() is None
        desk.publish("https://herald.example.org/1", f"{WIRE} Anew.", headline="The canal and the port, anew")
        clock.advance(timedelta(days=1))
        left = [desk.claim(), desk.claim()]
        assert [len(outbox.load_items(connection, message.id)) for message in left if message] == [1, 1]
        assert desk.claim() is None


def test_a_released_digest_keeps_its_hour(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("canal", "canal", deliver="daily at 08:00"))
        desk.publish("https://herald.example.org/0", WIRE)
        outbox.hold_unfinished(connection)
        facts.hold(connection, now=clock.now())
        assert outbox.release_restored(connection, cancel=False, now=clock.now()) == 1
        assert desk.claim() is None
        clock.advance(timedelta(days=1))
        assert desk.claim() is not None


def test_the_commands_say_what_holds(settings: Settings, desk: Desk) -> None:
    """`outbox retry`, `cancel` and `release`: counts, and an error that names what to do; an error changes nothing."""
    with pytest.raises(AggregatorError, match="the outbox is not held"):
        verbs.outbox_release(settings, cancel=False)
    with pytest.raises(UsageError, match="there is no message 77"):
        verbs.outbox_cancel(settings, [3, 77])
    with pytest.raises(AggregatorError, match="message 1 is sent"):
        verbs.outbox_cancel(settings, [3, 1])
    assert verbs.outbox_cancel(settings, [3, 3]) == 1
    assert verbs.outbox_retry(settings, [3]) == 1
    database = Database(settings.database_url)
    with database.write() as connection:
        facts.hold(connection, now=NOW)
        assert outbox.hold_unfinished(connection) == 2
    database.close()
    with pytest.raises(AggregatorError, match=r"held since a backup was restored \(2026-03-01 12:00 UTC\)") as caught:
        verbs.outbox_retry(settings, [])
    assert "aggregator outbox release" in caught.value.hint
    assert verbs.outbox_release(settings, cancel=True) == 2
    assert last_noted(settings, Happening.RELEASED).detail == "2 messages cancelled"


def test_an_older_backup_is_brought_up_to_date(settings: Settings, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    samples.make(f"sqlite:///{old}", "0001")
    content = old.read_bytes()
    done = restore(settings, old)
    assert done is not None
    assert (done.backup.schema, done.backup.articles, done.held) == ("0001", 3, 3)
    assert migrate.differences(settings.database_url) == ()
    assert old.read_bytes() == content
    assert dict(query(file_of(settings), "SELECT state, count(*) FROM outbox WHERE state != 'held' GROUP BY 1")) == {
        "sent": 1,
        "dead": 1,
        "cancelled": 1,
    }


def test_a_backup_of_a_newer_schema_that_serves_this_program_is_restored(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    """The program that works with such a database can put it back; what it does not know stays in it."""
    newer(file_of(settings))
    back_up(settings, tmp_path / "copy.db")
    change(file_of(settings), "DELETE FROM alerts", "DELETE FROM articles")
    done = restore(settings, tmp_path / "copy.db")
    assert done is not None
    assert (done.backup.schema, done.backup.articles, done.held) == ("9999", 3, 2)
    assert query(file_of(settings), "SELECT count(mood) FROM articles UNION SELECT count(*) FROM reviews") == [(0,)]
    build.open_database(settings).close()


def broken(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * 6)
        file.write(b"\xde\xad" * 8192)


def newer(path: Path, works_with: str = "0001") -> None:
    """As a version of the future leaves it: extended, and declared to serve programs of `works_with` and later."""
    change(
        path,
        "CREATE TABLE reviews(id INTEGER PRIMARY KEY)",
        "ALTER TABLE articles ADD COLUMN mood VARCHAR(16)",
        "UPDATE alembic_version SET version_num = '9999'",
        f"INSERT OR REPLACE INTO facts(name, value) VALUES ('works_with', '{works_with}')",
    )


BAD = {
    "text": (lambda path: path.write_text("no database at all"), "is no SQLite database"),
    "empty": (lambda path: path.write_bytes(b""), "is no SQLite database"),
    "header only": (lambda path: path.write_bytes(b"SQLite format 3\x00" + bytes(84)), "broken|not a database|lacks our tables"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:20_000]), "malformed|broken|disk image"),
    "overwritten": (broken, "malformed|broken"),
    "another program's": (lambda path: (path.unlink(), change(path, "CREATE TABLE bookmarks(x)")), "lacks our tables"),
    "trigger": (
        lambda path: change(
            path, "CREATE TRIGGER t AFTER INSERT ON outbox BEGIN UPDATE outbox SET address = 'thief@example.org'; END"
        ),
        "it holds t",
    ),
    "view": (lambda path: change(path, "CREATE VIEW v AS SELECT 1"), "it holds v"),
    "virtual table": (lambda path: change(path, "CREATE VIRTUAL TABLE v USING fts5(x)"), "it holds v"),
    "other columns": (lambda path: change(path, "ALTER TABLE outbox RENAME COLUMN address TO addressee"), "is not a database of"),
    "newer": (lambda path: newer(path, works_with="9999"), "9999, which this version"),
    "newer, and it lacks a column": (
        lambda path: (newer(path), change(path, "ALTER TABLE outbox RENAME COLUMN address TO addressee")),
        "is not a database of",
    ),
    "no schema": (lambda path: change(path, "DELETE FROM alembic_version"), "which this version does not know"),
    "unfinished": (lambda path: path.with_name("bad.db-wal").write_bytes(b"log"), "is not a finished backup"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_is_no_good_backup_is_refused_and_nothing_is_touched(
    settings: Settings, desk: Desk, template: Path, tmp_path: Path, case: str
) -> None:
    spoil, words = BAD[case]
    bad = tmp_path / "bad.db"
    shutil.copy(template, bad)
    spoil(bad)
    before = file_of(settings).read_bytes()
    with pytest.raises(AggregatorError, match=words):
        restore(settings, bad)
    assert file_of(settings).read_bytes() == before
    assert listed(settings.data_dir) == {"aggregator.db", "aggregator.lock"}


def test_what_is_no_file_is_refused_at_once(settings: Settings, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero"), tmp_path / "nowhere", file_of(settings)):
        with pytest.raises(AggregatorError):
            restore(settings, path)


def test_a_no_changes_nothing_and_a_restore_needs_the_lock(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    back_up(settings, tmp_path / "copy.db")
    before = file_of(settings).read_bytes()
    asked: list[Replacing] = []
    assert restore(settings, tmp_path / "copy.db", agree=lambda seen: bool(asked.append(seen))) is None
    assert asked[0].present is not None
    assert (asked[0].present.articles, asked[0].backup.articles) == (3, 3)
    with build.lock_of(settings, command="run"), pytest.raises(LockHeldError, match="held by `run`"):
        restore(settings, tmp_path / "copy.db")
    assert file_of(settings).read_bytes() == before


def test_while_another_program_reads_the_database_it_is_not_replaced(settings: Settings, tmp_path: Path) -> None:
    back_up(settings, tmp_path / "copy.db")
    reader = sqlite3.connect(file_of(settings))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM articles").fetchall()
    with pytest.raises(StoreError, match="is open in another program"):
        restore(settings, tmp_path / "copy.db")
    reader.close()
    assert restore(settings, tmp_path / "copy.db") is not None


def test_whoever_opened_the_old_file_cannot_spoil_the_new_one(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    """The trap: a program that opened the database just before it is replaced, and writes after, would leave its log beside the new one."""
    back_up(settings, tmp_path / "copy.db")
    shutil.copy(tmp_path / "copy.db", tmp_path / "scratch.db")
    late = sqlite3.connect(file_of(settings), isolation_level=None)
    with ExitStack() as afterwards, store._alone(file_of(settings)):
        store._keep(file_of(settings), tmp_path / "kept.db", afterwards)
        store._swap(file_of(settings), tmp_path / "scratch.db")
    for statement in ("PRAGMA journal_mode = wal", "DELETE FROM alerts"):
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            late.execute(statement)
    late.close()
    assert listed(settings.data_dir) == {"aggregator.db"}
    assert query(tmp_path / "kept.db", "SELECT count(*) FROM alerts") == [(3,)]


def test_a_log_left_by_a_killed_service_goes_with_the_old_database(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    back_up(settings, tmp_path / "copy.db")
    code = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('DELETE FROM alerts'); c.execute('DELETE FROM articles'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(file_of(settings))], check=False)
    assert (settings.data_dir / "aggregator.db-wal").stat().st_size > 0
    done = restore(settings, tmp_path / "copy.db")
    assert done is not None
    assert done.kept is not None
    assert not (settings.data_dir / "aggregator.db-wal").exists()
    assert query(file_of(settings), "SELECT count(*) FROM articles") == [(3,)]
    assert query(done.kept, "SELECT count(*) FROM articles") == [(0,)]


def test_the_question_counts_what_lies_in_the_log_of_a_killed_service(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    """And a no leaves that log, with everything in it, where it was."""
    back_up(settings, tmp_path / "copy.db")
    code = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('DELETE FROM alerts'); c.execute('DELETE FROM articles WHERE id > 1'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(file_of(settings))], check=False)
    asked: list[Replacing] = []
    assert restore(settings, tmp_path / "copy.db", agree=lambda seen: bool(asked.append(seen))) is None
    assert asked[0].present is not None
    assert (asked[0].present.articles, asked[0].backup.articles) == (1, 3)
    assert (settings.data_dir / "aggregator.db-wal").stat().st_size > 0
    assert query(file_of(settings), "SELECT count(*) FROM articles") == [(1,)]


def test_a_database_behind_a_link_is_replaced_where_it_lies(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    """The link stays, and the database as it was is a file with everything in it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    file_of(settings).rename(disk / "real.db")
    file_of(settings).symlink_to(disk / "real.db")
    back_up(settings, tmp_path / "copy.db")
    with pytest.raises(UsageError, match="belongs to the database"):
        back_up(settings, disk / "real.db-wal", force=True)
    change(file_of(settings), "UPDATE articles SET headline = 'the old one'")
    done = restore(settings, tmp_path / "copy.db")
    assert done is not None
    assert done.kept is not None
    assert not done.kept.is_symlink()
    assert query(done.kept, "SELECT count(*) FROM articles WHERE headline = 'the old one'") == [(3,)]
    assert file_of(settings).readlink() == disk / "real.db"
    assert query(disk / "real.db", "SELECT count(*) FROM articles WHERE headline = 'the old one'") == [(0,)]
    assert listed(disk) == {"real.db"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files for others")
def test_what_root_makes_in_the_folder_of_the_service_is_the_services(settings: Settings, tmp_path: Path) -> None:
    """A migration with its copy, a new database, a restore over and beside one; a backup elsewhere stays root's."""
    data, joe = settings.data_dir, 65534

    def owners() -> set[int]:
        found = [path for path in data.rglob("*") if path.name != "aggregator.lock"]
        assert found
        return {path.lstat().st_uid for path in found}

    os.chown(data, joe, joe)
    back_up(settings, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_uid == 0
    file_of(settings).unlink()
    build.prepare_database(settings)
    assert owners() == {joe}
    file_of(settings).unlink()
    assert restore(settings, tmp_path / "copy.db") is not None
    assert owners() == {joe}
    assert restore(settings, tmp_path / "copy.db") is not None
    shutil.rmtree(data / "backups")
    for path in data.glob("aggregator.db*"):
        path.unlink()
    samples.make(settings.database_url, "0001")
    os.chown(file_of(settings), joe, joe)
    assert build.prepare_database(settings).backup is not None
    assert owners() == {joe}
    (tmp_path / "home").mkdir()
    os.chown(tmp_path / "home", joe + 1, joe + 1)
    back_up(settings, tmp_path / "home")
    assert {path.stat().st_uid for path in (tmp_path / "home").iterdir()} == {0}


def test_a_damaged_database_can_be_replaced_and_is_kept_with_its_log(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    back_up(settings, tmp_path / "copy.db")
    file_of(settings).write_bytes(b"garbage" * 1000)
    (settings.data_dir / "aggregator.db-wal").write_bytes(b"log")
    done = restore(settings, tmp_path / "copy.db")
    assert done is not None
    assert done.kept is not None
    assert done.kept.read_bytes() == b"garbage" * 1000
    assert done.kept.with_name(f"{done.kept.name}-wal").read_bytes() == b"log"
    assert query(file_of(settings), "SELECT count(*) FROM articles") == [(3,)]


def test_where_the_disk_has_no_links_the_old_database_is_copied(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    """The folder of backups on another disk; nobody gets at the old file while it is copied."""
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second disk here")
    back_up(settings, tmp_path / "copy.db")
    with TemporaryDirectory(dir=elsewhere) as folder:
        (settings.data_dir / "backups").symlink_to(folder)
        done = restore(settings, tmp_path / "copy.db")
        assert done is not None
        assert done.kept is not None
        assert done.kept.stat().st_mode & 0o777 == 0o600
        assert query(done.kept, "SELECT count(*) FROM articles") == [(3,)]


def test_into_an_empty_folder(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    back_up(settings, tmp_path / "copy.db")
    fresh = tmp_path / "fresh"
    elsewhere = Settings(config_dir=tmp_path, data_dir=fresh, database_url=f"sqlite:///{fresh / 'aggregator.db'}")
    done = restore(elsewhere, tmp_path / "copy.db")
    assert done is not None
    assert done.kept is None
    assert query(fresh / "aggregator.db", "SELECT count(*) FROM articles") == [(3,)]


def test_a_restore_killed_at_any_step_leaves_the_old_or_the_new_database_complete(
    forks, settings: Settings, desk: Desk, tmp_path: Path
) -> None:
    """kill -9 before the n-th step that changes a name or opens a database, for every n until one run comes through; then once more in peace."""
    back_up(settings, tmp_path / "copy.db")
    change(file_of(settings), "UPDATE articles SET headline = 'the old one'", "PRAGMA wal_checkpoint(TRUNCATE)")
    pristine = file_of(settings).read_bytes()
    seen = set()
    for steps in range(100):
        for name in listed(settings.data_dir):
            path = settings.data_dir / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        file_of(settings).write_bytes(pristine)
        child = forks.Process(target=children.restore_and_die, args=(settings, tmp_path / "copy.db", steps))
        child.start()
        child.join(30)
        assert query(file_of(settings), "PRAGMA quick_check") == [("ok",)]
        old = query(file_of(settings), "SELECT count(*) FROM articles WHERE headline = 'the old one'")[0][0]
        held = query(file_of(settings), "SELECT count(*) FROM facts WHERE name = 'outbox_held_since'")[0][0]
        assert (old, held) in {(3, 0), (0, 1)}
        seen.add(held)
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
    assert child.exitcode == 0
    assert seen == {0, 1}
    again = restore(settings, tmp_path / "copy.db")
    assert again is not None


def test_an_outdated_database_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    """Into `backups`, for this user alone; the last three such copies stay, and the migration is noted."""
    data = tmp_path / "data"
    settings = Settings(config_dir=tmp_path, data_dir=data, database_url=f"sqlite:///{data / 'aggregator.db'}")
    assert build.prepare_database(settings).backup is None
    shelf = data / "backups"
    shelf.mkdir()
    for n in range(4):
        (shelf / f"before-0002-2020010{n}-000000.db").write_text("old")
    (shelf / "before-restore-20200101-000000.db").write_text("not of a migration")
    file_of(settings).unlink()
    samples.make(settings.database_url, "0001")
    done = build.prepare_database(settings)
    assert done.changed
    assert done.backup is not None
    assert backup.inspect(done.backup).schema == "0001"
    assert done.backup.stat().st_mode & 0o777 == 0o600
    assert listed(shelf) == {
        "before-restore-20200101-000000.db",
        "before-0002-20200102-000000.db",
        "before-0002-20200103-000000.db",
        done.backup.name,
    }
    noted = last_noted(settings, Happening.MIGRATED)
    assert noted.detail == f"0001 to {migrate.head()}; before: {done.backup.name}"
    assert build.prepare_database(settings) == build.Prepared(changed=False)


def test_without_a_backup_there_is_no_migration_unless_it_is_said(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    settings = Settings(config_dir=tmp_path, data_dir=data, database_url=f"sqlite:///{data / 'aggregator.db'}")
    samples.make(settings.database_url, "0001")
    (data / "backups").write_text("in the way")
    with pytest.raises(StoreError, match="no backup can be made before the migration, so nothing was done") as caught:
        build.prepare_database(settings)
    assert "aggregator migrate --no-backup" in caught.value.hint
    assert migrate.current(settings.database_url) == "0001"
    assert build.prepare_database(settings, back_up=False).changed


def test_the_folder_and_the_database_are_for_this_user_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = Settings(config_dir=tmp_path, data_dir=data, database_url=f"sqlite:///{data / 'aggregator.db'}")
    before = os.umask(0o000)
    try:
        build.prepare_database(settings)
        database = build.open_database(settings)
        with database.write() as connection:
            facts.secret(connection)
            modes = {path.name: path.stat().st_mode & 0o777 for path in [data, *data.iterdir()]}
    finally:
        os.umask(before)
    database.close()
    assert modes == {"data": 0o700, "aggregator.db": 0o600, "aggregator.db-wal": 0o600, "aggregator.db-shm": 0o600}


def test_looking_makes_no_database(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = Settings(config_dir=tmp_path, data_dir=data, database_url=f"sqlite:///{data / 'aggregator.db'}")
    with pytest.raises(StoreError, match="has no tables yet"):
        build.open_database(settings)
    assert listed(data) == set()
