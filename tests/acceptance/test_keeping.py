"""An installation that is kept: backups under load, a restore that sends nothing twice, an upgrade under a running service."""

import signal
import sqlite3
import subprocess
import tarfile
import time
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa

from aggregator.configure import load_settings
from aggregator.service import keeping
from aggregator.settings import Settings
from aggregator.store import migrate
from aggregator.store.lock import holder_of
from tests.acceptance.test_service import free_port, get, running, wait_for
from tests.databases import drop_postgres, postgres_url
from tests.mailbox import Mailbox
from tests.newspaper import Newspaper
from tests.program import Program, outlet_toml, topic_toml
from tests.store import samples

RELEASE_BEFORE = "9dd08bf"
ROOT = Path(__file__).parents[2]
BACKUPS = 6


def printed(number: int) -> tuple[str, list[str]]:
    """An article like no other of this newspaper."""
    text = [f"Bridge {number} was opened by the mayor on day {number}, at {number * 37} marks." for _ in range(3)]
    return f"Bridge {number} opened, {number * 37} marks", [*text, f"The mayor spoke of number {number * number}."]


def configure(program: Program, paper: Newspaper, *, smtp_port: int | None = None, port: int = 0, interval: str = "1s") -> None:
    program.configure(
        paper,
        outlets=outlet_toml("Herald", f"http://herald.example:{paper.port}/rss", language="en"),
        topics=topic_toml("Bridges", "bridge AND mayor"),
        smtp_port=smtp_port,
        settings=f'[poll]\nmin_interval = "{interval}"\nmax_interval = "{interval}"\n',
    )
    if port:
        file = program.config / "aggregator.toml"
        file.write_text(file.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))


def settings_of(program: Program) -> Settings:
    """For verbs that are called from this process, beside the service's own."""
    return load_settings(program.config, {})


def counts(path: Path) -> tuple[int, int]:
    """Articles and messages of a database file."""
    with closing(sqlite3.connect(path, timeout=20)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return tuple(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("articles", "outbox"))


def test_backups_under_load_are_complete_up_to_their_moment(newspaper: Newspaper, tmp_path: Path) -> None:
    """While `run` publishes article after article, every copy holds what was there when it began and restores into a fresh folder."""
    site, port = newspaper.outlet("herald.example"), free_port()
    program = Program(folder=tmp_path / "one")
    for number in range(150):
        site.add_article(*printed(number))
    configure(program, newspaper, port=port)
    database, shelf, made = program.folder / "var" / "aggregator.db", tmp_path / "shelf", []
    shelf.mkdir()
    with running(program):
        wait_for(lambda: len(newspaper.hits("herald.example")) > 10)
        for number in range(BACKUPS):
            before = counts(database)
            told = keeping.back_up(settings_of(program), shelf / f"{number}.db", force=False, keep=None).made
            made.append((before, told, counts(database)))
            for more in range(10):
                site.add_article(*printed(1000 + 10 * number + more))
            time.sleep(0.5)
    assert made[0][0] < made[-1][2], "the service published nothing meanwhile"
    assert {path.name for path in shelf.iterdir()} == {f"{number}.db" for number in range(BACKUPS)}
    for number, (before, told, after) in enumerate(made):
        fresh = Program(folder=tmp_path / f"fresh{number}")
        configure(fresh, newspaper)
        assert keeping.restore(settings_of(fresh), shelf / f"{number}.db", agree=lambda _seen: True) is not None
        found = counts(fresh.folder / "var" / "aggregator.db")
        assert found == (told.articles, told.messages)
        assert before[0] <= found[0] <= after[0]
        assert before[1] <= found[1] <= after[1]


def test_after_a_restore_nothing_is_sent_again_until_the_word(newspaper: Newspaper, tmp_path: Path) -> None:
    """Messages sent after the backup are known to it as waiting, or not at all: neither goes out until `outbox release`."""
    site = newspaper.outlet("herald.example")
    program = Program(folder=tmp_path)
    site.add_article(*printed(1))
    configure(program, newspaper)
    program.run("once")
    program.run("backup", str(tmp_path / "a.db"))
    site.add_article(*printed(2))
    with Mailbox() as mailbox:
        configure(program, newspaper, smtp_port=mailbox.port)
        time.sleep(1.1)
        program.run("once")
        first = mailbox.wait_for(2)
        said = program.run("restore", "--yes", str(tmp_path / "a.db"))
        assert "The outbox is held: 1 messages" in said.out
        assert "before-restore-" in said.out
        program.run("once")
        assert len(mailbox.messages) == 2
        held = program.run("outbox", "list", "--state", "held", "--json").json()
        assert sorted(row["subject"] for row in held) == sorted(mail.parsed["subject"] for mail in first)
        refused = program.run("outbox", "retry", code=1)
        assert "the outbox is held since a backup was restored" in refused.err
        assert "aggregator outbox release" in refused.err
        known = {mail.parsed["subject"]: mail.parsed["message-id"] for mail in first}
        dropped = next(row for row in held if row["subject"] == printed_subject(2))
        assert dropped["message_id"] != known[dropped["subject"]]
        program.run("outbox", "cancel", str(dropped["id"]))
        assert program.run("outbox", "release").out == "1 message is released; the outbox works again\n"
        program.run("once")
        assert [mail.parsed["subject"] for mail in mailbox.messages[2:]] == [printed_subject(1)]
        # The same message with the same name: a mail server that knows it drops it.
        assert mailbox.messages[2].parsed["message-id"] == known[printed_subject(1)]


def printed_subject(number: int) -> str:
    return f"[Bridges] {printed(number)[0]}"


def test_a_restore_asks_and_refuses_while_the_service_runs(newspaper: Newspaper, tmp_path: Path) -> None:
    program = Program(folder=tmp_path)
    newspaper.outlet("herald.example").add_article(*printed(1))
    configure(program, newspaper)
    program.run("once")
    program.run("backup", str(tmp_path / "a.db"))
    before = counts(tmp_path / "var" / "aggregator.db")
    refused = program.run("restore", str(tmp_path / "a.db"), code=2)
    assert refused.err.splitlines() == [
        "error: nobody can be asked here whether the database may be replaced",
        "  say so with --yes",
    ]
    with running(program) as service:
        wait_for(lambda: holder_of(tmp_path / "var" / "aggregator.lock"))
        refused = program.run("restore", "--yes", str(tmp_path / "a.db"), code=1)
        assert f"held by `run`, pid {service.pid}" in refused.err
    assert counts(tmp_path / "var" / "aggregator.db") == before
    assert not (tmp_path / "var" / "backups").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_backup_and_leaves_nothing(newspaper: Newspaper, tmp_path: Path, number: signal.Signals) -> None:
    program = Program(folder=tmp_path)
    newspaper.outlet("herald.example").add_article(*printed(1))
    configure(program, newspaper)
    program.run("once")
    swell(tmp_path / "var" / "aggregator.db")
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    end_during_copy(program.start("backup", str(shelf)), shelf, number)


def swell(database: Path) -> None:
    """So large that copying it takes a moment."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE bulk(x)")
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
        connection.execute(f"INSERT INTO bulk {numbers} SELECT zeroblob(1000) FROM n")


def end_during_copy(process: subprocess.Popen[str], shelf: Path, number: signal.Signals) -> None:
    wait_for(lambda: [path for path in shelf.rglob("*.db") if path.stat().st_size > 0])
    process.send_signal(number)
    assert process.wait(10) == 128 + number
    _, said = process.communicate()
    assert "Traceback" not in said
    assert list(shelf.iterdir()) == []


def test_sigterm_during_the_copy_before_a_migration_leaves_nothing_and_changes_nothing(
    newspaper: Newspaper, tmp_path: Path
) -> None:
    program = Program(folder=tmp_path)
    configure(program, newspaper)
    shelf, url = tmp_path / "var" / "backups", f"sqlite:///{tmp_path / 'var' / 'aggregator.db'}"
    (tmp_path / "var").mkdir()
    samples.make(url, migrate.revisions()[0])
    swell(tmp_path / "var" / "aggregator.db")
    end_during_copy(program.start("run"), shelf, signal.SIGTERM)
    assert migrate.current(url) == migrate.revisions()[0]


def test_run_brings_an_old_database_up_to_date_after_a_backup(newspaper: Newspaper, tmp_path: Path) -> None:
    newspaper.outlet("herald.example").add_article(*printed(1))
    program = Program(folder=tmp_path)
    configure(program, newspaper)
    (tmp_path / "var").mkdir()
    samples.make(f"sqlite:///{tmp_path / 'var' / 'aggregator.db'}", migrate.revisions()[0])
    assert "run: aggregator migrate" in program.run("status", code=1).err
    said = program.run("migrate").out.splitlines()
    assert said[0] == f"schema {migrate.head()}: brought up to date"
    kept = Path(said[1].removeprefix("the database as it was: "))
    assert kept.parent == tmp_path / "var" / "backups"
    assert counts(kept) == (3, 7)
    program.run("once")
    with closing(sqlite3.connect(tmp_path / "var" / "aggregator.db")) as connection:
        found = connection.execute("SELECT count(*) FROM articles WHERE id <= 3 OR headline = ?", (printed(1)[0],)).fetchone()
    assert found == (4,)


def test_this_program_goes_on_after_an_upgrade_of_the_future(newspaper: Newspaper, tmp_path: Path) -> None:
    """`once`, `status` and `migrate` with a database that a later version extended; refused when that version changed it."""
    site, program = newspaper.outlet("herald.example"), Program(folder=tmp_path)
    site.add_article(*printed(1))
    configure(program, newspaper)
    program.run("once")
    with closing(sqlite3.connect(tmp_path / "var" / "aggregator.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE reviews(id INTEGER PRIMARY KEY)")
        connection.execute("ALTER TABLE articles ADD COLUMN mood VARCHAR(16)")
        connection.execute("UPDATE alembic_version SET version_num = '9001'")
        site.add_article(*printed(2))
        time.sleep(1.1)
        assert program.run("once", "--json").json()["articles"] == 1
        assert program.run("status", "--json").json()["articles"] == 2
        assert program.run("migrate").out == "schema 9001: of a newer version, with which this one works as well; nothing to do\n"
        connection.execute("UPDATE facts SET value = '9001' WHERE name = 'works_with'")
    for command in ("once", "migrate"):
        refused = program.run(command, code=1)
        assert "schema 9001, which this version does not know" in refused.err
        assert "update the program" in refused.err


@pytest.fixture
def release_before(tmp_path: Path) -> Path:
    """The code of the release before this one, out of the history."""
    done = subprocess.run(["git", "-C", ROOT, "archive", RELEASE_BEFORE], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"the history does not reach back to {RELEASE_BEFORE}: {done.stderr.decode(errors='replace').strip()}")
    with tarfile.open(fileobj=BytesIO(done.stdout)) as packed:
        packed.extractall(tmp_path / "before", filter="data")
    return tmp_path / "before"


def test_the_release_before_works_on_while_the_schema_is_upgraded_under_it(
    newspaper: Newspaper, tmp_path: Path, release_before: Path
) -> None:
    """PostgreSQL: `run` of the old code polls and sends, `migrate` of this code passes, `run` goes on polling and sending."""
    site, port, url = newspaper.outlet("herald.example"), free_port(), postgres_url()
    site.add_article(*printed(1))
    program = Program(folder=tmp_path, database_url=url)
    old = {**program.environment(), "PYTHONPATH": str(release_before), "PYTHONSAFEPATH": "1"}
    try:
        with Mailbox() as mailbox:
            configure(program, newspaper, smtp_port=mailbox.port, port=port)
            for command in ("migrate", "apply"):
                subprocess.run(program.command(command), env=old, cwd=release_before, check=True, capture_output=True)
            assert migrate.current(url) == "0001"
            service = subprocess.Popen(program.command("run"), env=old, cwd=release_before, stderr=subprocess.PIPE, text=True)
            try:
                mailbox.wait_for(1, 30)
                assert program.run("migrate").out.startswith(f"schema {migrate.head()}: brought up to date")
                site.add_article(*printed(2))
                assert mailbox.wait_for(2, 30)[1].parsed["subject"] == printed_subject(2)
                assert get(port, "/health")[0] == 200
                service.send_signal(signal.SIGTERM)
                assert service.wait(30) == 0
            finally:
                service.kill()
                _, said = service.communicate(timeout=10)
        assert '"level": "error"' not in said
        with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM outbox WHERE state = 'sent'")).scalar_one() == 2
    finally:
        drop_postgres(url)
