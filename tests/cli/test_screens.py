"""`status` and `doctor` as they are looked at: on a terminal of 80 columns, in a pipe, by a monitor."""

import fcntl
import json
import os
import pty
import re
import socket
import sqlite3
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from aggregator.cli.main import execute
from aggregator.cli.status import sparkline
from aggregator.store.lock import FileLock
from tests.databases import drop_postgres, postgres_url
from tests.newspaper import Behaviour, Newspaper
from tests.program import Program, outlet_toml, topic_toml

PARAGRAPHS = [f"Paragraph {n}: the bridge over the river was opened by the mayor, who spoke of its cost." for n in range(6)]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine for commands that run in this process."""
    for name in [name for name in os.environ if name.startswith("AGGREGATOR_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def program(newspaper: Newspaper, tmp_path: Path) -> Program:
    """One outlet that is read, one that is dead with a name that would move the cursor, one topic, no mail server."""
    newspaper.outlet("herald.example").add_article("Bridge opened", PARAGRAPHS)
    newspaper.outlet("dead.example").script("/rss", Behaviour(status=404, body=b"no"), always=True)
    made = Program(folder=tmp_path)
    configure(made, newspaper)
    return made


def configure(program: Program, paper: Newspaper) -> None:
    outlets = "".join(
        outlet_toml(name, paper.outlet(host).feed_url) for name, host in (("Herald", "herald.example"), ("Dead", "dead.example"))
    )
    program.configure(paper, outlets=outlets, topics=topic_toml("Bridges", "bridge AND mayor"))


def on_terminal(program: Program, *arguments: str) -> tuple[str, int]:
    """What a terminal of 80 columns is shown."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    environment = {**program.environment(), "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        environment.pop(name, None)
    process = subprocess.Popen(program.command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # the end of a terminal
        pass
    finally:
        os.close(ours)
    return shown.decode(), process.wait(60)


def shown(program: Program, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a command prints, run in this process: starting one takes longer than all it does."""
    assert execute(["--config", str(program.config), *arguments]) == code
    return capsys.readouterr().out


def test_status_in_a_pipe_and_for_monitors(program: Program, newspaper: Newspaper, capsys: pytest.CaptureFixture[str]):
    """The verdict first, then plain `name  value` lines; `--check` ends with 1 when it does not work, 0 when it does."""
    program.run("once")
    out = shown(program, capsys, "status", "--check")
    assert out.splitlines()[0] == "Working: 1 of 2 outlets read, but 1 mail held: see aggregator outbox list --state held"
    assert "\x1b" not in out
    assert re.search(r"^outlets read +1 of 2$", out, re.MULTILINE)
    assert re.search(r"^service +none$", out, re.MULTILINE)
    assert re.search(r"^! Dead: it is not there \(404\), never read, next try \d{4}-", out, re.MULTILINE)
    assert "last 24 hours" not in out
    with FileLock(program.folder / "var" / "aggregator.lock", command="run"):
        assert f"`run`, pid {os.getpid()} since" in shown(program, capsys, "status")
    found = json.loads(shown(program, capsys, "status", "--json"))
    assert {"verdict", "level", "good", "outlets", "articles", "troubles", "messages", "service", "room", "journal"} <= set(found)
    assert (found["good"], found["level"], sum(found["hours"]), len(found["hours"])) == (True, "note", 1, 24)
    (program.config / "outlets.toml").write_text(outlet_toml("Dead", newspaper.outlet("dead.example").feed_url))
    shown(program, capsys, "apply", "--force")
    # The one that is read is paused now, with its feed.
    assert "none of the 1 outlets can be read" in shown(program, capsys, "status", "--check", code=1)


def test_status_says_in_its_first_line_why_mails_wait(program: Program, capsys: pytest.CaptureFixture[str]):
    """A mail server that is away: the reason is in the verdict, the server's words below it, and a monitor rings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    file = program.config / "aggregator.toml"
    file.write_text(file.read_text() + f'[smtp]\nhost = "127.0.0.1"\nport = {port}\n')
    program.run("once")
    with sqlite3.connect(program.folder / "var" / "aggregator.db") as connection:
        connection.execute("UPDATE outbox SET created_at = '2026-01-05 08:00:00.000000'")
    connection.close()
    out = shown(program, capsys, "status", "--check", code=1)
    assert re.match(r".*, but mails wait since Mon 05 Jan 08:00 UTC: no connection to the mail server\n", out)
    assert re.search(r"^oldest waiting message +2026-01-05T08:00:00Z, no connection to the mail server: \S", out, re.MULTILINE)


def test_status_on_a_terminal_is_one_screen(program: Program):
    """At most 25 lines of at most 80 columns, the verdict in colour, the last day as bars."""
    program.run("once")
    painted, code = on_terminal(program, "status")
    lines = COLOUR.sub("", painted).splitlines()
    assert code == 0
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 80
    assert "\x1b[1;33mWorking" in painted
    assert any(line.startswith("last 24 hours") and "█" in line for line in lines)


def test_status_on_postgresql_tells_by_the_last_poll(newspaper: Newspaper, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    url = postgres_url()
    try:
        newspaper.outlet("herald.example").add_article("Bridge opened", PARAGRAPHS)
        program = Program(folder=tmp_path, database_url=url)
        newspaper.outlet("dead.example").script("/rss", Behaviour(status=404, body=b"no"), always=True)
        configure(program, newspaper)
        for command in ("migrate", "apply"):
            shown(program, capsys, command)
        program.run("once")
        out = shown(program, capsys, "status", "--check")
        assert out.startswith("Working: 1 of 2 outlets read")
        assert re.search(r"^service +on PostgreSQL", out, re.MULTILINE)
        found = json.loads(shown(program, capsys, "doctor", "--json"))
        states = {one["name"]: one["state"] for one in found["findings"]}
        assert (states["database"], states["service"], states["outbox"]) == ("ok", "not checked", "warning")
    finally:
        drop_postgres(url)


def test_doctor_on_a_terminal_and_in_a_pipe(program: Program, capsys: pytest.CaptureFixture[str]):
    """A mark, a name, what was found, and below it the remedy; in a pipe four columns; JSON with the same words."""
    painted, code = on_terminal(program, "doctor")
    lines = COLOUR.sub("", painted).splitlines()
    assert code == 0
    assert max(map(len, lines)) <= 80
    assert any(re.match(r"✓ +disk +\d+ MiB free", line) for line in lines)
    place = next(number for number, line in enumerate(lines) if re.match(r"! +mail ", line))
    assert any("→ set host under [smtp]" in line for line in lines[place : place + 4])
    assert re.fullmatch(r"0 faults, \d warnings\.", lines[-1].strip())
    rows = [line.split("\t") for line in shown(program, capsys, "doctor").splitlines()]
    assert {len(row) for row in rows} == {4}
    assert {row[0] for row in rows} <= {"ok", "warning", "fault", "not checked"}
    assert [row[1] for row in rows] == [one["name"] for one in json.loads(shown(program, capsys, "doctor", "--json"))["findings"]]


def test_doctor_ends_with_1_when_there_is_a_fault_and_shows_it_without_moving_the_cursor(program: Program):
    """A key with escape sequences in it is shown as text."""
    file = program.config / "outlets.toml"
    file.write_text(file.read_text().replace("name =", '"na\\u001b[2Jme" =', 1))
    ran = program.run("doctor", code=1)
    assert ran.err == ""
    assert "fault\tconfiguration\t" in ran.out
    assert "\x1b" not in ran.out


@pytest.mark.parametrize(
    ("counts", "bars"),
    [((0, 0), "··  at most 0 an hour"), ((1, 0, 8), "▁·█  at most 8 an hour"), ((1, 1000), "▁█  at most 1000 an hour")],
)
def test_the_bars_of_a_day(counts: tuple[int, ...], bars: str):
    """The largest is full, nothing is a dot, and one of a thousand is still seen."""
    assert sparkline(counts) == bars
