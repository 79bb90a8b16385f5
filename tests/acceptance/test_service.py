"""The program as a service: start, stop, second start, dead neighbours, a mail server that is away."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.databases import drop_postgres, postgres_url
from tests.mailbox import Mailbox
from tests.newspaper import Behaviour, Newspaper
from tests.program import Program, outlet_toml, topic_toml

PARAGRAPHS = [
    f"Paragraph {n}: the bridge over the river was opened by the mayor, who spoke at length of its cost." for n in range(6)
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(program: Program) -> Iterator[subprocess.Popen[str]]:
    process = program.start("run")
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)


def wait_for(condition, *, seconds: float = 60) -> object:
    """Poll until the condition gives something true; it must within the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
        except (urllib.error.URLError, ConnectionError, AssertionError, json.JSONDecodeError):
            pass
        time.sleep(0.2)
    pytest.fail(f"nothing came within {seconds} s")


def get(port: int, path: str = "/", host: str = "127.0.0.1") -> tuple[int, str, dict[str, str]]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), dict(error.headers)


@pytest.fixture
def bridge(newspaper: Newspaper, tmp_path: Path) -> Program:
    """One outlet with one article that one topic finds; no mail server."""
    site = newspaper.outlet("herald.example")
    site.add_article("Bridge opened", PARAGRAPHS)
    program = Program(folder=tmp_path)
    configure(program, newspaper)
    return program


def configure(
    program: Program, paper: Newspaper, *, smtp_port: int | None = None, port: int | None = None, more: str = ""
) -> None:
    program.configure(
        paper,
        outlets=outlet_toml("Herald", f"http://herald.example:{paper.port}/rss", language="en") + more,
        topics=topic_toml("Bridges", "bridge AND mayor"),
        smtp_port=smtp_port,
    )
    if port:
        file = program.config / "aggregator.toml"
        file.write_text(file.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))


def test_run_reads_shows_and_stops(bridge: Program, newspaper: Newspaper) -> None:
    """`run` delivers, answers on the page with strict headers, and ends with 0 at SIGTERM with nothing left claimed."""
    port = free_port()
    with Mailbox() as mailbox:
        configure(bridge, newspaper, smtp_port=mailbox.port, port=port)
        with running(bridge) as service:
            wait_for(lambda: mailbox.messages)
            status, page, headers = get(port)
            assert status == 200
            assert "Bridge opened" in page
            assert "script" not in page
            assert "default-src 'none'" in headers["content-security-policy"]
            assert json.loads(get(port, "/health")[1])["ok"] is True
            assert get(port, host="evil.example")[0] == 400
            second = bridge.run("once", code=1)
            assert re.search(rf"held by `run`, pid {service.pid} since", second.err)
            assert len(second.err.strip().splitlines()) <= 2
            newspaper.outlet("herald.example").add_article("Another bridge", [*PARAGRAPHS, "The second one."])
            listed = bridge.run("status", "--json").json()
            assert listed["articles"] == 1
            # As `timeout` does it: the process, then its group.
            service.send_signal(signal.SIGTERM)
            service.send_signal(signal.SIGTERM)
            assert service.wait(30) == 0
    assert len(mailbox.messages) == 1


def test_a_killed_service_goes_on_at_once(bridge: Program, newspaper: Newspaper) -> None:
    """kill -9 in the middle of a page: the next start reads it without waiting for a lease, and tells once."""
    newspaper.outlet("herald.example").script("/news/1", Behaviour(hang=True))
    with Mailbox() as mailbox:
        configure(bridge, newspaper, smtp_port=mailbox.port, port=free_port())
        with running(bridge) as service:
            wait_for(lambda: newspaper.hits("herald.example", "/news/1"))
            os.kill(service.pid, signal.SIGKILL)
            service.wait(10)
        started = time.monotonic()
        bridge.run("once")
        assert time.monotonic() - started < 60
        assert len(mailbox.messages) == 1
    assert len(newspaper.hits("herald.example", "/news/1")) == 2


def test_a_taken_port_is_one_line(bridge: Program, newspaper: Newspaper) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        configure(bridge, newspaper, port=taken.getsockname()[1])
        ran = bridge.run("run", code=1)
    assert "cannot listen" in ran.err
    assert "[web] listen" in ran.err
    assert "Traceback" not in ran.err


def test_without_a_mail_server_messages_are_held_and_can_be_read(bridge: Program) -> None:
    bridge.run("once")
    (row,) = bridge.run("outbox", "list", "--json").json()
    assert (row["state"], row["reason"]) == ("held", "no_mail_server")
    assert set(row) >= {
        "id", "state", "kind", "topic", "story_id", "recipient", "message_id",
        "subject", "attempts", "created_at", "sent_at", "reason",
    }  # fmt: skip
    preview = bridge.run("outbox", "preview", "Bridges").out
    assert "Bridge opened" in preview
    assert "mayor" in preview


def test_messages_wait_for_a_mail_server_that_is_down(bridge: Program, newspaper: Newspaper) -> None:
    port = free_port()
    configure(bridge, newspaper, smtp_port=port)
    bridge.run("once")
    (row,) = bridge.run("outbox", "list", "--json").json()
    assert row["state"] == "retry"
    assert "smtp_connect" in row["reason"]
    with Mailbox() as mailbox:
        configure(bridge, newspaper, smtp_port=mailbox.port)
        bridge.run("outbox", "retry")
        bridge.run("once")
        assert len(mailbox.messages) == 1
        assert mailbox.messages[0].parsed["Message-ID"] == row["message_id"]
        bridge.run("once")
        assert len(mailbox.messages) == 1


def test_bad_neighbours_fail_with_a_named_reason_and_the_others_go_on(newspaper: Newspaper, tmp_path: Path) -> None:
    cases = {
        "dead": Behaviour(status=404, body=b"gone"),
        "broken": Behaviour(status=500, body=b"oops"),
        "html": Behaviour(body=b"<!doctype html><html><body>Hello</body></html>", content_type="text/html"),
        "empty": Behaviour(body=b""),
        "endless": Behaviour(body=b"x" * 65536, endless=True),
        "cut": Behaviour(body=b"<rss>" + b" " * 5000, cut_after=100),
        "refusing": Behaviour(status=403, body=b"no"),
    }
    blocks = []
    for name, behaviour in cases.items():
        site = newspaper.outlet(f"{name}.example")
        site.script("/rss", behaviour, always=True)
        blocks.append(outlet_toml(name, site.feed_url))
    good = newspaper.outlet("good.example")
    good.add_article("Bridge opened", PARAGRAPHS)
    blocks.append(outlet_toml("good", good.feed_url))
    blocks.append(outlet_toml("private", "http://10.1.2.3/rss"))
    program = Program(folder=tmp_path)
    program.configure(newspaper, outlets="\n".join(blocks), topics=topic_toml("Bridges", "bridge"))
    program.run("once")
    reasons = {row["outlet"]: row["reason"] for row in program.run("feeds", "list", "--json").json()}
    assert reasons == {
        "dead": "http_404",
        "broken": "http_5xx",
        "html": "not_a_feed",
        "empty": "empty",
        "endless": "too_large",
        "cut": "truncated",
        "refusing": "http_403",
        "private": "blocked_address",
        "good": None,
    }
    assert len(program.run("articles", "list", "--json").json()) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("topics.toml", '"bridge AND mayor"', '"bridge AND"', ["topics.toml", "column", "missing"]),
        ("topics.toml", "query =", "qeury =", ["topics.toml", "qeury", "query"]),
        (
            "topics.toml",
            "recipients",
            'timezone = "Europe/Amsterdm"\nrecipients',
            ["topics.toml", "Europe/Amsterdm", "Europe/Amsterdam"],
        ),
        ("outlets.toml", "[[outlets]]", "[[outlets]", ["outlets.toml", "1"]),
        ("aggregator.toml", "per_host_delay", "per_host_dealy", ["aggregator.toml", "per_host_dealy", "per_host_delay"]),
    ],
)
def test_wrong_configuration_is_refused_with_its_place(
    bridge: Program, file: str, old: str, new: str, expected: list[str]
) -> None:
    """Exit 2, one line with file, key or position and a hint; nothing is applied."""
    path = bridge.config / file
    path.write_text(path.read_text().replace(old, new, 1))
    ran = bridge.run("once", code=2)
    for word in expected:
        assert word in ran.err
    assert "Traceback" not in ran.err
    assert not (bridge.folder / "var" / "aggregator.db").exists() or bridge.run("feeds", "list", "--json", code=None).out in (
        "",
        "[]\n",
    )


def test_duplicate_outlets_are_refused(bridge: Program) -> None:
    path = bridge.config / "outlets.toml"
    path.write_text(path.read_text() * 2)
    assert "Herald" in bridge.run("apply", "--dry-run", code=2).err


def test_the_archive_goes_out_and_comes_back(bridge: Program, newspaper: Newspaper, tmp_path: Path) -> None:
    """Export and import: the same articles, no mail, a second import adds none, bad lines are named and skipped."""
    bridge.run("once")
    exported = bridge.run("articles", "export", "--format", "jsonl").out
    file = tmp_path / "archive.jsonl"
    file.write_text(exported + "not json\n" + json.dumps({"url": "https://a.example/1"}) + "\n")
    other = Program(folder=tmp_path / "other")
    other.folder.mkdir()
    configure(other, newspaper)
    first = other.run("articles", "import", str(file), code=None)
    assert "line 2" in first.out + first.err
    again = other.run("articles", "export", "--format", "jsonl").out
    ours, theirs = json.loads(again), json.loads(exported)
    assert {key: ours[key] for key in ("url", "outlet", "headline", "body", "topics")} == {
        key: theirs[key] for key in ("url", "outlet", "headline", "body", "topics")
    }
    other.run("articles", "import", str(file), code=None)
    assert len(other.run("articles", "export", "--format", "jsonl").out.splitlines()) == 1
    assert other.run("outbox", "list", "--json").json() == []
    (hit,) = other.run("articles", "search", '"opened by the mayor"', "--json").json()
    assert hit["headline"] == "Bridge opened"


def test_the_same_flow_on_postgresql(newspaper: Newspaper, tmp_path: Path) -> None:
    """`database_url` is the only change: migrate, apply, once; a second once sends nothing."""
    url = postgres_url()
    try:
        newspaper.outlet("herald.example").add_article("Bridge opened", PARAGRAPHS)
        with Mailbox() as mailbox:
            program = Program(folder=tmp_path, database_url=url)
            configure(program, newspaper, smtp_port=mailbox.port)
            assert "migrate" in program.run("once", code=1).err
            program.run("migrate")
            program.run("migrate", "--check")
            program.run("apply")
            program.run("once")
            program.run("feeds", "poll")
            assert len(mailbox.messages) == 1
            (article,) = program.run("articles", "search", "mayor AND bridge", "--json").json()
            assert article["topics"] == ["Bridges"]
    finally:
        drop_postgres(url)
