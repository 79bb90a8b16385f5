"""The doctor: every fault really made, on disk or on loopback, is found, named, and answered with a remedy."""

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from aggregator.clock import ManualClock, SystemClock
from aggregator.errors import FetchError
from aggregator.reasons import Reason
from aggregator.service.doctor import examine
from aggregator.service.examinations import Finding, State, disk, file_system, told_once
from aggregator.settings import WebSettings
from aggregator.store import facts, journal, migrate, outbox
from aggregator.store.db import Database
from aggregator.store.happenings import Happening
from aggregator.store.lock import FileLock
from aggregator.web.app import listen_on, make_app, serve
from tests.mailbox import Fault, Mailbox
from tests.newspaper import Behaviour, Newspaper
from tests.program import Program, outlet_toml, topic_toml

BOUND = timedelta(seconds=6)
SENDER = 'sender = "alerts@herald.example"\n'
LOGIN = 'username = "alerts"\npassword_file = "secret"\n'


def http_date(moment: datetime | None = None) -> tuple[tuple[str, str], ...]:
    return (("Date", format_datetime(moment or datetime.now(UTC), usegmt=True)),)


@pytest.fixture
def ward(newspaper: Newspaper, tmp_path: Path) -> "Ward":
    return Ward(newspaper, tmp_path)


class Ward:
    """An installation that is well: two outlets that tell the time, one topic, an applied database, no mail server yet."""

    def __init__(self, paper: Newspaper, folder: Path) -> None:
        self.paper = paper
        self.program = Program(folder=folder)
        self.hosts = ("herald.example", "courier.example")
        for host in self.hosts:
            paper.outlet(host).add_page("/robots.txt", b"User-agent: *\n", "text/plain", http_date())
        self.configure()

    @property
    def data(self) -> Path:
        return self.program.folder / "var"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.data / 'aggregator.db'}"

    def configure(self, *, smtp_port: int | None = None, settings: str = "", more: str = "") -> None:
        outlets = "".join(outlet_toml(host, self.paper.outlet(host).feed_url, more=more) for host in self.hosts)
        self.program.configure(
            self.paper, outlets=outlets, topics=topic_toml("Bridges", "bridge"), smtp_port=smtp_port, settings=settings
        )

    def migrate(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        migrate.upgrade(self.url)

    def examine(self, **options) -> dict[str, Finding]:
        bound = options.pop("bound", BOUND)
        return {one.name: one for one in asyncio.run(examine(self.program.config, {}, bound=bound, **options))}


@contextmanager
def listening() -> int:
    """Somebody else's port, that accepts and says nothing."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_ordinary_user(command: list[str]) -> list[str]:
    """Root may read everything; without these two rights file modes hold for it too."""
    if os.geteuid():
        return command
    if shutil.which("setpriv") is None:
        pytest.skip("file modes do not hold for root, and setpriv is not there")
    rights = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}", *command]


def test_all_well_is_exit_0_and_says_so(ward: Ward):
    """Every check is ok while `run` works, its page included; each outlet was asked for one small page and nothing else."""
    with Mailbox(users={"alerts": "right"}) as mailbox:
        port = free_port()
        ward.program.config.parent.joinpath("secret").write_text("right")
        ward.program.config.parent.joinpath("secret").chmod(0o600)
        ward.configure(smtp_port=mailbox.port, settings=SENDER + LOGIN)
        file = ward.program.config / "aggregator.toml"
        file.write_text(file.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        service = ward.program.start("run")
        try:
            until(lambda: answers(port) and ward.paper.hits(path="/rss"))
            before = len(ward.paper.hits(path="/robots.txt"))
            ran = ward.program.run("doctor", "--json").json()
            asked = ward.paper.hits(path="/robots.txt")[before:]
        finally:
            service.terminate()
            service.communicate(timeout=30)
    assert {one["name"]: one["state"] for one in ran["findings"] if one["state"] != "ok"} == {}
    assert ran["state"] == "ok"
    assert sorted(hit.host for hit in asked) == sorted(ward.hosts)
    assert all(hit.header("user-agent").startswith("aggregator/") for hit in asked)
    assert mailbox.messages == []


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


def test_before_the_first_run_nothing_is_made_and_nothing_is_a_fault(ward: Ward):
    """Without a database every other check still works, and the folder stays as it was."""
    found = ward.examine()
    assert [one.name for one in found.values() if one.state is State.FAULT] == []
    assert found["database"].state is State.WARNING
    assert "aggregator run" in found["database"].remedy
    assert (found["names"].state, found["watched"].state) == (State.OK, State.OK)
    assert not ward.data.exists()


def test_a_wrong_configuration_is_told_from_all_files_and_the_rest_is_checked(ward: Ward):
    """The same words as `apply --dry-run`; what does not need the settings is checked, what does says so."""
    for name, old, new in (("aggregator.toml", "per_host_delay", "per_host_dealy"), ("topics.toml", "query", "qeury")):
        path = ward.program.config / name
        path.write_text(path.read_text().replace(old, new, 1))
    found = ward.examine()
    assert found["configuration"].state is State.FAULT
    assert "per_host_dealy" in found["configuration"].found
    assert "qeury" in found["configuration"].found
    assert found["configuration"].remedy
    assert (found["python"].state, found["disk"].state, found["time zones"].state) == (State.OK, State.OK, State.OK)
    assert (found["mail"].state, found["page"].state) == (State.NOT_CHECKED, State.NOT_CHECKED)


@pytest.mark.parametrize(
    "line", ['database_url = "postgresql://h:notaport/db"', 'data_dir = "~nosuch/x"', '[smtp]\npassword_file = "~nosuch/x"']
)
def test_a_setting_that_cannot_be_used_is_a_finding(ward: Ward, line: str):
    """A port that is no number, a home of nobody: a mistake of the configuration and no end of the doctor."""
    file = ward.program.config / "aggregator.toml"
    text = file.read_text().removeprefix('database_url = ""\n')
    file.write_text(f"{text}{line}\n" if line.startswith("[") else f"{line}\n{text}")
    found = ward.examine()
    assert found["configuration"].state is State.FAULT
    assert line.split(" = ", maxsplit=1)[0].rpartition("\n")[2] in found["configuration"].found
    assert (found["secrets"].state, found["python"].state) == (State.OK, State.OK)


def test_an_outlet_that_cannot_be_read_for_a_reason_of_its_own_is_a_finding(ward: Ward):
    """Cookies in the home of nobody."""
    ward.configure(more='cookies_file = "~nosuch/x"\n')
    found = ward.examine()
    assert (found["configuration"].state, found["python"].state) == (State.FAULT, State.OK)


def test_an_unreadable_file_and_a_folder_without_rights_are_faults(ward: Ward):
    """A child process without root's exemption: the file that cannot be read and the folder that cannot be written are named."""
    ward.migrate()
    (ward.program.config / "topics.toml").chmod(0)
    ward.data.chmod(0o500)
    (ward.data / "aggregator.db").chmod(0o400)
    try:
        done = subprocess.run(
            as_ordinary_user(ward.program.command("doctor")),
            env=ward.program.environment(),
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )
    finally:
        ward.data.chmod(0o700)
    lines = {line.split("\t")[1]: line.split("\t") for line in done.stdout.splitlines()}
    assert done.returncode == 1, done.stderr
    assert (lines["configuration"][0], lines["data folder"][0]) == ("fault", "fault")
    assert "topics.toml" in lines["configuration"][2]
    assert "cannot write there" in lines["data folder"][2]
    assert "chown" in lines["data folder"][3]


def test_a_folder_open_to_others_and_a_secret_open_to_everybody(ward: Ward):
    ward.migrate()
    ward.data.chmod(0o755)
    secret = ward.program.folder / "secret"
    secret.write_text("hush")
    secret.chmod(0o644)
    ward.configure(smtp_port=1, settings=LOGIN)
    found = ward.examine()
    assert (found["data folder"].state, found["data folder"].remedy) == (State.WARNING, f"chmod 700 {ward.data}")
    assert (found["secrets"].state, found["secrets"].remedy) == (State.FAULT, f"chmod o= {secret}")
    secret.chmod(0o600)
    assert ward.examine()["secrets"].state is State.OK


def test_a_password_in_the_file_itself_counts_as_a_secret(ward: Ward):
    ward.configure(smtp_port=1, settings='username = "a"\npassword = "hush"\n')
    file = ward.program.config / "aggregator.toml"
    file.chmod(0o644)
    found = ward.examine()["secrets"]
    assert (found.state, str(file) in found.found, "hush" in found.found) == (State.FAULT, True, False)


def test_an_old_schema_is_to_be_migrated(ward: Ward):
    ward.data.mkdir(mode=0o700)
    migrate.upgrade(ward.url, to=migrate.revisions()[0])
    found = ward.examine()
    assert (found["database"].state, found["database"].remedy) == (State.FAULT, "run: aggregator migrate")
    assert found["outbox"].state is State.NOT_CHECKED
    assert found["watched"].state is State.OK


def test_a_schema_of_the_future_wants_a_newer_program(ward: Ward):
    ward.migrate()
    with sqlite3.connect(ward.data / "aggregator.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE facts SET value = '9998' WHERE name = 'works_with'")
    connection.close()
    found = ward.examine()["database"]
    assert (found.state, found.remedy, "9999" in found.found) == (State.FAULT, "update the program", True)


@pytest.mark.parametrize("where", ["head", "middle"])
def test_a_damaged_file_is_found(ward: Ward, where: str):
    """The first bytes overwritten, and pages in the middle: both end in the advice to restore."""
    ward.migrate()
    file = ward.data / "aggregator.db"
    with file.open("r+b") as raw:
        if where == "middle":
            raw.seek(4096 * 3)
        raw.write(os.urandom(4096 * (1 if where == "head" else 30)))
    found = ward.examine()["database"]
    assert (found.state, "restore" in found.remedy) == (State.FAULT, True), found


def test_a_killed_holder_is_told_and_a_living_one_is_shown(ward: Ward):
    ward.migrate()
    lock = FileLock(ward.data / "aggregator.lock", command="run")
    with lock:
        found = ward.examine()["service"]
        assert (found.state, f"`run` works, pid {os.getpid()}" in found.found) == (State.OK, True)
        written = (ward.data / "aggregator.lock").read_bytes()
    assert ward.examine()["service"].found == "nothing runs"
    with FileLock(ward.data / "aggregator.lock", command="restore"):
        found = ward.examine()["service"]
        assert (found.state, "no service runs" in found.found) == (State.WARNING, True)
    (ward.data / "aggregator.lock").write_bytes(written)
    found = ward.examine()["service"]
    assert (found.state, "ended without stopping" in found.found) == (State.WARNING, True)
    assert "aggregator run" in found.remedy


def test_a_taken_port_and_a_page_that_does_not_answer(ward: Ward):
    """Somebody else's program on the port; and our own `run` whose page is not there."""
    ward.migrate()
    file = ward.program.config / "aggregator.toml"
    text = file.read_text()
    with listening() as port:
        file.write_text(text.replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        found = ward.examine(bound=timedelta(seconds=3))["page"]
        assert (found.state, "[web] listen" in found.remedy) == (State.FAULT, True)
    found = ward.examine()["page"]
    assert (found.state, found.found) == (State.OK, f"127.0.0.1:{port} is free")
    with FileLock(ward.data / "aggregator.lock", command="run"):
        found = ward.examine()["page"]
        assert (found.state, "does not answer" in found.found) == (State.FAULT, True)


def test_a_page_that_says_503_is_told_with_the_reason(ward: Ward):
    """The real page over a database whose last word is that the disk is nearly full."""
    ward.migrate()
    database = Database(ward.url)
    with database.write() as connection:
        journal.note(connection, Happening.DISK_LOW, now=datetime.now(UTC))
    listener = listen_on("127.0.0.1:0")
    file = ward.program.config / "aggregator.toml"
    file.write_text(file.read_text().replace("127.0.0.1:0", f"127.0.0.1:{listener.getsockname()[1]}"))

    async def look() -> Finding:
        stop = asyncio.Event()
        page = asyncio.create_task(serve(make_app(database, WebSettings(), SystemClock()), listener, stop))
        try:
            return next(one for one in await examine(ward.program.config, {}, bound=BOUND) if one.name == "page")
        finally:
            stop.set()
            await page

    with FileLock(ward.data / "aggregator.lock", command="run"):
        found = asyncio.run(look())
    database.close()
    assert (found.state, "does not work: Disk nearly full: reading is paused since" in found.found) == (State.FAULT, True)


def test_a_database_address_that_its_driver_refuses_is_a_finding(ward: Ward):
    """Found by nobody before it is used; the other checks go on."""
    file = ward.program.config / "aggregator.toml"
    file.write_text(file.read_text().replace('database_url = ""', 'database_url = "postgresql://127.0.0.1:1/d?nosuch=1"'))
    found = ward.examine()
    assert (found["database"].state, "nosuch" in found["database"].found) == (State.FAULT, True)
    assert found["python"].state is State.OK


class Names:
    """A name server that knows some names, none, or never answers."""

    def __init__(self, *known: str, hangs: bool = False) -> None:
        self.known, self.hangs, self.asked = known, hangs, []

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        self.asked.append(host)
        if self.hangs:
            await asyncio.sleep(3600)
        if host not in self.known:
            raise FetchError(Reason.DNS, f"{host}: not known")
        return ("127.0.0.1",)


def test_a_name_that_is_not_found_is_named_with_its_outlet(ward: Ward):
    found = ward.examine(resolver=Names("herald.example"))["names"]
    assert (found.state, "courier.example (courier.example)" in found.found) == (State.WARNING, True)
    assert "outlets.toml" in found.remedy


def test_without_a_network_it_is_said_once(ward: Ward):
    """No name is found: one fault. Clock, mail and proxy, which the same explains, were not checked."""
    ward.migrate()
    ward.configure(settings='[smtp]\nhost = "mail.nowhere.invalid"\n', more='proxy = ""')
    found = ward.examine(resolver=Names())
    assert [one.name for one in found.values() if one.state is State.FAULT] == ["names"]
    assert (found["clock"].state, found["clock"].found) == (State.NOT_CHECKED, "no network, see names")
    assert found["mail"].state is State.NOT_CHECKED


def test_a_name_server_that_hangs_ends_the_check_not_the_doctor(ward: Ward):
    started = time.monotonic()
    found = ward.examine(resolver=Names(hangs=True), bound=timedelta(seconds=2))
    assert time.monotonic() - started < 8
    assert (found["names"].state, found["names"].found) == (State.FAULT, "no answer within 2 s")
    assert found["clock"].state is State.NOT_CHECKED
    assert found["time zones"].state is State.OK


def test_few_names_are_looked_up_unless_all_are_wanted(ward: Ward):
    ward.hosts = tuple(f"outlet{n}.example" for n in range(12))
    ward.configure()
    few, every = Names(*ward.hosts), Names(*ward.hosts)
    assert ward.examine(resolver=few)["names"].found == "5 of 5 found"
    assert {"outlet0.example", "outlet11.example"} <= set(few.asked)
    assert ward.examine(resolver=every, every_name=True)["names"].found == "12 of 12 found"
    assert len(ward.paper.hits()) <= 6, "three outlets a look at most"


@pytest.mark.parametrize(
    ("ahead", "state"),
    [(timedelta(seconds=30), State.OK), (timedelta(minutes=4), State.WARNING), (timedelta(hours=3), State.FAULT), (timedelta(hours=-3), State.FAULT)],
)  # fmt: skip
def test_the_clock_is_compared_with_what_outlets_say(ward: Ward, ahead: timedelta, state: State):
    """Also by the Date of a refusal; a cache's Age is added."""
    there = datetime.now(UTC) - ahead
    ward.paper.outlet("herald.example").script(
        "/robots.txt", Behaviour(status=403, headers=http_date(there), body=b"no"), always=True
    )
    cached = (*http_date(there - timedelta(hours=1)), ("Age", "3600"))
    ward.paper.outlet("courier.example").script("/robots.txt", Behaviour(headers=cached, body=b"x"), always=True)
    for host in ward.hosts:
        ward.paper.outlet(host).add_page("/robots.txt", b"x", "text/plain")
    found = ward.examine()["clock"]
    assert found.state is state, found
    assert state is State.OK or ("ahead" if ahead > timedelta() else "behind") in found.found


def test_one_outlet_with_a_wrong_clock_does_not_count(ward: Ward):
    ward.hosts = (*ward.hosts, "weekly.example")
    ward.paper.outlet("weekly.example").add_page("/robots.txt", b"x", "text/plain", http_date(datetime(2001, 1, 1, tzinfo=UTC)))
    ward.configure()
    assert ward.examine()["clock"].state is State.OK


def test_a_clock_that_was_never_set_is_known_without_a_network(ward: Ward):
    found = ward.examine(resolver=Names(), clock=ManualClock(datetime(1970, 1, 1, tzinfo=UTC)))["clock"]
    assert (found.state, found.found) == (State.FAULT, "the year is 1970")


def test_a_dead_proxy_is_named_without_its_password(ward: Ward):
    ward.configure(more=f'proxy = "http://me:hush@127.0.0.1:{free_port()}"')
    found = ward.examine()["proxy"]
    assert (found.state, "hush" in found.found) == (State.FAULT, False)
    assert "http://127.0.0.1:" in found.found


def test_a_socks_proxy_that_is_none_is_a_fault(ward: Ward):
    """The port answers, in another language."""
    ward.configure(more=f'proxy = "socks5://127.0.0.1:{ward.paper.port}"')
    found = ward.examine(bound=timedelta(seconds=3))["proxy"]
    assert found.state is State.FAULT


@pytest.mark.parametrize(
    ("make", "said", "remedy"),
    [
        ("refuses", "refuses the user name or password", "username and password"),
        ("hangs", "did not answer in time", "host, port and security"),
        ("wrong port", "no connection to the mail server", "host and port"),
        ("no tls", "no encrypted connection", "security and port"),
    ],
)
def test_a_mail_server_that_fails_is_told_with_its_stage(ward: Ward, make: str, said: str, remedy: str):
    (ward.program.folder / "secret").write_text("wrong")
    with Mailbox(users={"alerts": "right"}) as mailbox:
        if make == "hangs":
            mailbox.script("greeting", Fault(stall=30), always=True)
        port = free_port() if make == "wrong port" else mailbox.port
        ward.configure(smtp_port=port, settings=SENDER + LOGIN + ('security = "starttls"\n' if make == "no tls" else ""))
        found = ward.examine(bound=timedelta(seconds=3))["mail"]
    assert found.state is State.FAULT, found
    assert said in found.found
    assert remedy in found.remedy


def test_no_mail_server_and_the_example_sender_are_warnings(ward: Ward):
    found = ward.examine()["mail"]
    assert (found.state, "every message is held" in found.found) == (State.WARNING, True)
    with Mailbox() as mailbox:
        ward.configure(smtp_port=mailbox.port)
        found = ward.examine()["mail"]
    assert (found.state, "still the example" in found.found) == (State.WARNING, True)


def test_an_outbox_that_is_held_since_a_restore(ward: Ward):
    ward.migrate()
    database = Database(ward.url)
    with database.write() as connection:
        facts.hold(connection, now=datetime.now(UTC))
        journal.note(connection, Happening.RESTORED, now=datetime.now(UTC))
        assert outbox.hold_unfinished(connection) == 0
    database.close()
    found = ward.examine()["outbox"]
    assert (found.state, "aggregator outbox release" in found.remedy) == (State.WARNING, True)


def test_nothing_to_watch_is_a_warning(ward: Ward):
    (ward.program.config / "outlets.toml").write_text("")
    (ward.program.config / "topics.toml").write_text("")
    found = ward.examine()
    assert (found["watched"].state, found["watched"].found) == (State.WARNING, "no outlet is watched")
    assert (found["names"].state, found["clock"].state) == (State.NOT_CHECKED, State.NOT_CHECKED)


MOUNTS = """\
22 1 0:20 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:30 / /srv rw - nfs4 files:/srv rw
31 30 0:31 / /srv/my\\040data rw - xfs /dev/sdb rw
32 22 0:32 / /srvx rw - cifs //files/x rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/home/a", "ext4"), ("/srv", "nfs4"), ("/srv/deep/er", "nfs4"), ("/srv/my data/x", "xfs"), ("/srvx/y", "cifs"), ("/srvy", "ext4")],
)  # fmt: skip
def test_the_file_system_of_a_folder(path: str, kind: str):
    """The longest mount point that holds it; a name that only begins alike does not."""
    assert file_system(MOUNTS, path) == kind


@pytest.mark.parametrize(
    ("changes", "state", "said"),
    [
        ({}, State.OK, "MiB free"),
        ({"free": 100}, State.FAULT, "polling and reading are paused"),
        ({"free": 1500}, State.WARNING, "pauses below"),
        ({"free_inodes": 5}, State.FAULT, "only 5 files"),
        ({"inodes": 0, "free_inodes": 0}, State.OK, "MiB free"),
        ({"system": "nfs4"}, State.FAULT, "network file system (nfs4)"),
        ({"system": "nfs4", "embedded": False}, State.OK, "MiB free"),
    ],
)
def test_the_disk(changes: dict, state: State, said: str):
    """Room, inodes (file systems without such a limit say 0) and network disks, which SQLite's log cannot use."""
    usual = {"free": 9000, "wanted": 1000, "inodes": 10**6, "free_inodes": 10**6, "system": "ext4", "embedded": True}
    found = disk(**{**usual, **changes})
    assert (found.state, said in found.found) == (state, True), found


def test_a_full_disk_by_the_owners_own_measure(ward: Ward):
    ward.configure(settings="[limits]\ndisk_free = 1099511627776\n")
    assert ward.examine()["disk"].state is State.FAULT


def test_only_a_missing_network_hides_what_it_explains():
    broken = Finding(name="clock", state=State.FAULT, found="x", by_network=True)
    names = Finding(name="names", state=State.OK, found="fine")
    assert told_once([names, broken]) == (names, broken)
