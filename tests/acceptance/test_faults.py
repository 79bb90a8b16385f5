"""The program on a bad day of its machine: disk, folder, database file, name server. One clear line each, nothing lost or doubled."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.acceptance.test_service import wait_for
from tests.databases import drop_postgres, postgres_url
from tests.mailbox import Mailbox
from tests.newspaper import Newspaper
from tests.program import Program, Ran, outlet_toml, topic_toml

MIB = 1 << 20
# Mode bits mean nothing to an administrator; without these two rights they mean what they say.
ORDINARY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")
IMPATIENT = (
    '[poll]\nmin_interval = "1s"\nmax_interval = "1s"\n[limits]\nstore_patience = "1s"\nstop_grace = "5s"\ndisk_free = 1\n'
)


@dataclass(slots=True, kw_only=True)
class Machine(Program):
    """`before`: what stands before the command, to take something from it."""

    before: tuple[str, ...] = ()

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def file(self) -> Path:
        return self.var / "aggregator.db"

    def command(self, *arguments: str) -> list[str]:
        # Not `super()`: a slotted dataclass is a new class, which that does not know.
        return [*self.before, *Program.command(self, *arguments)]

    def declare(self, paper: Newspaper, mailbox: Mailbox | None, *, settings: str = IMPATIENT, feed: str = "") -> None:
        self.configure(
            paper,
            outlets=outlet_toml("Herald", feed or f"http://herald.example:{paper.port}/rss", language="en"),
            topics=topic_toml("Bridges", "bridge"),
            smtp_port=mailbox.port if mailbox else None,
            settings=settings,
        )


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as opened:
        yield opened


@pytest.fixture
def machine(newspaper: Newspaper, mailbox: Mailbox, tmp_path: Path) -> Machine:
    """One outlet, one topic that finds every article, a mailbox."""
    newspaper.outlet("herald.example")
    made = Machine(folder=tmp_path)
    made.declare(newspaper, mailbox)
    return made


def printed(newspaper: Newspaper, *numbers: int) -> None:
    """Long articles that cannot be compressed."""
    chance = random.Random(1)
    for number in numbers:
        text = [" ".join(f"{chance.getrandbits(48):x}" for _ in range(700)) for _ in range(4)]
        newspaper.outlet("herald.example").add_article(f"Bridge {number}", [f"The bridge of {number} is open.", *text])


def complete(machine: Machine, mailbox: Mailbox, count: int) -> None:
    """Every article is there once, and every mail arrived once."""
    articles = machine.run("articles", "list", "--json").json()
    assert sorted(row["headline"] for row in articles) == sorted(f"Bridge {n}" for n in range(count))
    ids = [mail.parsed["Message-ID"] for mail in mailbox.messages]
    assert len(set(ids)) == len(ids) == count
    with sqlite3.connect(machine.file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def told(ran: Ran, *words: str) -> None:
    """One line and a hint, no traceback."""
    lines = [line for line in ran.err.splitlines() if line.strip() and not line.startswith("{")]
    assert len(lines) <= 2, ran.err
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err, ran.err


@contextmanager
def logged(machine: Machine, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A command that stays, and the file its log goes to."""
    log = machine.folder / "log"
    with log.open("w") as sink:
        process = subprocess.Popen(
            machine.command(*arguments), stdout=subprocess.DEVNULL, stderr=sink, text=True, env=machine.environment()
        )
        try:
            yield process, log
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(30)


def stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) == 0


class TestTheDiskIsFull:
    @pytest.fixture
    def small_disk(self, machine: Machine) -> Iterator[Machine]:
        """The data folder on a file system of 24 MB: thrice what database and log need."""
        machine.var.mkdir()
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "none", str(machine.var)], capture_output=True, check=False
        )
        if made.returncode:
            pytest.skip("file systems cannot be mounted here; the limit on file sizes is tested instead")
        try:
            yield machine
        finally:
            subprocess.run(["umount", "-l", str(machine.var)], check=True)

    def fill(self, machine: Machine, *, leave: int) -> Path:
        found = os.statvfs(machine.var)
        ballast = machine.var / "ballast"
        ballast.write_bytes(b"x" * max(found.f_bavail * found.f_frsize - leave, 0))
        return ballast

    def test_once_says_so_and_goes_on_when_there_is_room(
        self, small_disk: Machine, newspaper: Newspaper, mailbox: Mailbox
    ) -> None:
        small_disk.run("once")
        printed(newspaper, *range(25))
        ballast = self.fill(small_disk, leave=MIB // 4)
        ran = small_disk.run("once", code=1)
        told(ran, "full", "free some space")
        assert len(mailbox.messages) < 25
        ballast.unlink()
        small_disk.run("outbox", "retry")
        small_disk.run("once")
        complete(small_disk, mailbox, 25)

    def test_run_waits_and_goes_on_by_itself(self, small_disk: Machine, newspaper: Newspaper, mailbox: Mailbox) -> None:
        """One line when it begins and one when it ends, however many writes were refused meanwhile."""
        with logged(small_disk, "run") as (service, log):
            wait_for(lambda: newspaper.hits("herald.example", "/rss"))
            ballast = self.fill(small_disk, leave=MIB // 4)
            printed(newspaper, *range(25))
            wait_for(lambda: "does not take part" in log.read_text())
            time.sleep(3)
            ballast.unlink()
            mailbox.wait_for(25, seconds=60)
            stop(service)
        complete(small_disk, mailbox, 25)
        lines = log.read_text()
        assert "works again" in lines
        assert "Traceback" not in lines
        assert 1 <= lines.count("does not take part") <= 3

    def test_nothing_is_fetched_while_the_disk_is_nearly_full(
        self, small_disk: Machine, newspaper: Newspaper, mailbox: Mailbox
    ) -> None:
        """24 MB are less than the limit of 200: polling rests, is told in one line, and goes on when there is room."""
        printed(newspaper, 0)
        small_disk.declare(newspaper, mailbox, settings="")
        ran = small_disk.run("once")
        assert newspaper.hits("herald.example", "/rss") == []
        assert "disk" in ran.out + ran.err
        small_disk.declare(newspaper, mailbox)
        small_disk.run("once")
        complete(small_disk, mailbox, 1)

    def test_a_limit_on_the_size_of_files_is_the_same(self, machine: Machine, newspaper: Newspaper, mailbox: Mailbox) -> None:
        """What a quota looks like from inside; without it the next run completes what was cut."""
        machine.run("once")
        printed(newspaper, *range(25))
        limit = max(machine.file.stat().st_size, 300_000) + 100_000
        program = f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); os.execv(sys.argv[1], sys.argv[1:])"
        machine.before = (sys.executable, "-c", program)
        told(machine.run("once", code=1), "the database cannot be used", "disk")
        assert len(mailbox.messages) < 25
        machine.before = ()
        machine.run("outbox", "retry")
        machine.run("once")
        complete(machine, mailbox, 25)


class TestFolders:
    @pytest.fixture
    def ordinary(self, machine: Machine) -> Iterator[Machine]:
        """A user whom mode bits stop."""
        if os.geteuid() == 0:
            if shutil.which("setpriv") is None:
                pytest.skip("an administrator without setpriv cannot be stopped by mode bits")
            machine.before = ORDINARY
        yield machine
        for path in (machine.folder, machine.config, machine.var, *machine.folder.rglob("*")):
            if path.exists():
                path.chmod(0o755)

    def test_a_data_folder_that_cannot_be_made(self, ordinary: Machine) -> None:
        ordinary.folder.chmod(0o555)
        told(ordinary.run("once", code=1), str(ordinary.var), "data_dir")

    @pytest.mark.parametrize("command", ["once", "run"])
    def test_a_read_only_data_folder(self, ordinary: Machine, command: str) -> None:
        ordinary.var.mkdir()
        ordinary.var.chmod(0o555)
        told(ordinary.run(command, code=1), str(ordinary.var))

    def test_a_read_only_database(self, ordinary: Machine, newspaper: Newspaper, mailbox: Mailbox) -> None:
        """Nothing is lost: with the rights back, everything is done."""
        printed(newspaper, 0)
        ordinary.run("migrate")
        for path in ordinary.var.iterdir():
            path.chmod(0o444)
        ordinary.var.chmod(0o555)
        told(ordinary.run("once", code=1), str(ordinary.var))
        ordinary.var.chmod(0o755)
        for path in ordinary.var.iterdir():
            path.chmod(0o644)
        ordinary.run("once")
        complete(ordinary, mailbox, 1)

    def test_a_read_only_database_file_in_a_good_folder(self, ordinary: Machine) -> None:
        ordinary.run("migrate")
        ordinary.file.chmod(0o444)
        told(ordinary.run("once", code=1), str(ordinary.file), "may this user")

    @pytest.mark.parametrize("name", ["", "aggregator.toml", "topics.toml"])
    def test_an_unreadable_configuration(self, ordinary: Machine, name: str) -> None:
        (ordinary.config / name).chmod(0)
        ran = ordinary.run("once", code=2)
        told(ran, str(ordinary.config / name))

    def test_a_data_folder_that_is_a_file(self, machine: Machine) -> None:
        machine.var.write_text("not a folder")
        told(machine.run("once", code=1), str(machine.var), "data_dir")


@contextmanager
def holding(file: Path) -> Iterator[subprocess.Popen[str]]:
    """Another program in the middle of a write, until the block ends."""
    code = f"import sqlite3, sys; c = sqlite3.connect({str(file)!r}, isolation_level=None); c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "held\n"
        yield other
    finally:
        other.kill()
        other.communicate(timeout=10)


class TestAnotherProgramHoldsTheDatabase:
    def test_once_waits_for_a_short_while(self, machine: Machine, newspaper: Newspaper, mailbox: Mailbox) -> None:
        printed(newspaper, 0)
        machine.run("migrate")
        with holding(machine.file):
            process = machine.start("once")
            time.sleep(3)
            assert process.poll() is None
        process.communicate(timeout=60)
        assert process.returncode == 0
        complete(machine, mailbox, 1)

    def test_once_gives_up_with_one_line_and_loses_nothing(
        self, machine: Machine, newspaper: Newspaper, mailbox: Mailbox
    ) -> None:
        printed(newspaper, 0)
        machine.run("migrate")
        with holding(machine.file):
            told(machine.run("once", code=1, timeout=60), "locked", "another program holds")
        machine.run("once")
        complete(machine, mailbox, 1)

    def test_run_waits_longer_than_its_patience_and_goes_on(
        self, machine: Machine, newspaper: Newspaper, mailbox: Mailbox
    ) -> None:
        """The lock comes while it works and lasts longer than SQLite's own waiting and ours together."""
        with logged(machine, "run") as (service, log):
            wait_for(lambda: newspaper.hits("herald.example", "/rss"))
            with holding(machine.file):
                printed(newspaper, *range(3))
                wait_for(lambda: "does not take part" in log.read_text())
                time.sleep(4)
                assert service.poll() is None
            mailbox.wait_for(3, seconds=60)
            stop(service)
        assert "works again" in log.read_text()
        assert "Traceback" not in log.read_text()
        complete(machine, mailbox, 3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a few articles."""
    with Newspaper() as paper:
        printed(paper, *range(4))
        made = Machine(folder=tmp_path_factory.mktemp("whole"))
        made.declare(paper, None)
        made.run("once")
    with sqlite3.connect(made.file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return made.file


class TestADamagedDatabase:
    def damage(self, file: Path, how: str) -> None:
        size = file.stat().st_size
        with file.open("r+b") as opened:
            if how == "overwritten":
                for page in range(1, size // 4096):
                    opened.seek(page * 4096)
                    opened.write(b"\xff" * 512)
            elif how == "first page":
                opened.write(os.urandom(4096))
            elif how == "truncated":
                opened.truncate(size // 2)
            else:
                opened.truncate()
                opened.write(b"this is a letter to my aunt\n" * 400)
                opened.truncate()

    @pytest.mark.parametrize(
        ("how", "command"),
        [("overwritten", "once"), ("overwritten", "status"), ("first page", "run"), ("truncated", "once"), ("a text", "status")],
    )
    def test_is_told_with_the_remedy(self, machine: Machine, whole: Path, how: str, command: str) -> None:
        machine.var.mkdir()
        shutil.copy(whole, machine.file)
        self.damage(machine.file, how)
        told(machine.run(command, code=1, timeout=60), "damaged", "restore")


class TestTheNameServerIsGone:
    def test_nobody_is_blamed(self, newspaper: Newspaper, mailbox: Mailbox, tmp_path: Path) -> None:
        """Names under `.invalid` cannot be found by any resolver; once the names are known again everything is read at once."""
        machine = Machine(folder=tmp_path)
        names = ("herald", "times", "courier", "post")
        machine.declare(newspaper, mailbox)
        file = machine.config / "outlets.toml"
        file.write_text("\n".join(outlet_toml(name, f"http://{name}.invalid/rss") for name in names))
        started = time.monotonic()
        machine.run("once")
        assert time.monotonic() - started < 60
        rows = machine.run("feeds", "list", "--json").json()
        reasons = [row["reason"] for row in rows]
        assert set(reasons) <= {"dns", "offline"}
        assert "offline" in reasons
        assert sum(row["failures"] for row in rows) <= 2
        assert mailbox.messages == []

    def test_one_outlet_without_a_name_is_its_own_fault(self, machine: Machine, newspaper: Newspaper, mailbox: Mailbox) -> None:
        printed(newspaper, 0)
        file = machine.config / "outlets.toml"
        file.write_text(file.read_text() + outlet_toml("Gone", "http://gone.invalid/rss"))
        machine.run("once")
        rows = {row["outlet"]: row for row in machine.run("feeds", "list", "--json").json()}
        assert (rows["Gone"]["reason"], rows["Gone"]["failures"]) == ("dns", 1)
        complete(machine, mailbox, 1)


def test_connections_to_postgresql_that_are_cut_cost_nothing(newspaper: Newspaper, mailbox: Mailbox, tmp_path: Path) -> None:
    """An administrator ends all our sessions, again and again, in the middle of the work."""
    url = postgres_url()
    name = sa.make_url(url).database
    server = sa.create_engine(sa.make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    cut = sa.text("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = :name")
    try:
        newspaper.outlet("herald.example")
        machine = Machine(folder=tmp_path, database_url=url)
        machine.declare(newspaper, mailbox, settings=IMPATIENT.replace('"1s"\nstop', '"20s"\nstop'))
        machine.run("migrate")
        machine.run("apply")
        ended = 0
        with logged(machine, "run") as (service, log):
            wait_for(lambda: newspaper.hits("herald.example", "/rss"))
            for batch in range(2):
                printed(newspaper, *range(batch * 10, batch * 10 + 10))
                for _ in range(4):
                    time.sleep(0.4)
                    with server.connect() as connection:
                        ended += connection.execute(cut, {"name": name}).scalar_one()
            mailbox.wait_for(20, seconds=60)
            time.sleep(1)
            stop(service)
        assert ended > 4
        assert "Traceback" not in log.read_text()
        articles = machine.run("articles", "list", "--json").json()
        assert sorted(row["headline"] for row in articles) == sorted(f"Bridge {n}" for n in range(20))
        ids = [mail.parsed["Message-ID"] for mail in mailbox.messages]
        assert len(set(ids)) == len(ids) == 20
    finally:
        server.dispose()
        drop_postgres(url)
