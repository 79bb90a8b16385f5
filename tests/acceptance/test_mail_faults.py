"""The program beside a mail server that is down, hung, speaks nonsense or refuses the log-in: nothing waits for it, nothing is lost."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.test_service import PARAGRAPHS, free_port, get, running, wait_for
from tests.mailbox import Fault, Mailbox
from tests.newspaper import Newspaper
from tests.program import Program, outlet_toml, topic_toml

HANGING = Fault(stall=3600)
QUICK = '[poll]\nmin_interval = "1s"\nmax_interval = "1s"\n[limits]\nstop_grace = "2s"\nsmtp_connect = "{connect}"\n'


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as opened:
        yield opened


def printing(newspaper: Newspaper, *titles: str) -> None:
    site = newspaper.outlet("herald.example")
    for title in titles:
        site.add_article(title, [*PARAGRAPHS, f"This was the one named {title}."])


def programme(folder: Path, newspaper: Newspaper, smtp_port: int, *, settings: str = "", port: int = 0) -> Program:
    made = Program(folder=folder)
    made.configure(
        newspaper,
        outlets=outlet_toml("Herald", f"http://herald.example:{newspaper.port}/rss", language="en"),
        topics=topic_toml("Bridges", "bridge AND mayor"),
        smtp_port=smtp_port,
        settings=settings,
    )
    if port:
        file = made.config / "aggregator.toml"
        file.write_text(file.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
    return made


def ledger(program: Program) -> list[dict]:
    return program.run("outbox", "list", "--json").json()


def test_a_hung_mail_server_delays_neither_the_reading_nor_the_end(
    newspaper: Newspaper, mailbox: Mailbox, tmp_path: Path
) -> None:
    """The relay accepts connections and says nothing. What is printed meanwhile is read and shown; SIGTERM ends it in its grace."""
    printing(newspaper, "Bridge opened")
    mailbox.script("greeting", HANGING, always=True)
    port = free_port()
    program = programme(tmp_path, newspaper, mailbox.port, settings=QUICK.format(connect="600s"), port=port)
    with running(program) as service:
        wait_for(lambda: mailbox.connections)
        printing(newspaper, "Another bridge")
        asked = time.monotonic()
        wait_for(lambda: "Another bridge" in get(port)[1], seconds=30)
        assert time.monotonic() - asked < 20
        assert mailbox.connections == 1
        service.send_signal(signal.SIGTERM)
        stopping = time.monotonic()
        assert service.wait(30) == 0
        assert time.monotonic() - stopping < 12
    mailbox.script("greeting")
    program.run("once")
    assert sorted(mail.subject for mail in mailbox.messages) == ["[Bridges] Another bridge", "[Bridges] Bridge opened"]
    assert {row["state"] for row in ledger(program)} == {"sent"}


TITLES = ("Bridge opened", "Another bridge", "Third bridge")
TROUBLES = {
    "down": ("smtp_connect", None),
    "hung": ("smtp_timeout", HANGING),
    "nonsense": ("smtp_connect", Fault(reply="HTTP/1.1 400 Bad Request\r\n")),
}


@pytest.mark.long
def test_a_relay_that_comes_back_gets_everything_by_itself(newspaper: Newspaper, tmp_path: Path) -> None:
    """Down, hung and talking nonsense, three services at a time: one message probes, the others wait untouched; then all go out."""
    printing(newspaper, *TITLES)
    with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
        boxes = {name: Mailbox(port=free_port()) for name in TROUBLES}
        programs, services = {}, {}
        for name, (_reason, fault) in TROUBLES.items():
            if fault is not None:
                stack.enter_context(boxes[name])
                boxes[name].script("greeting", fault, always=True)
            programs[name] = programme(tmp_path / name, newspaper, boxes[name].port, settings=QUICK.format(connect="1s"))
            services[name] = stack.enter_context(running(programs[name]))

        def waits(name: str) -> dict[str, dict]:
            """The ledger once a message has failed and all are there."""

            def seen() -> list[dict]:
                rows = ledger(programs[name])
                return rows if len(rows) == len(TITLES) and any(row["reason"] for row in rows) else []

            return {row["message_id"]: row for row in wait_for(seen)}

        waiting = dict(zip(TROUBLES, pool.map(waits, TROUBLES), strict=True))
        for name, (reason, fault) in TROUBLES.items():
            tried = [row for row in waiting[name].values() if row["attempts"]]
            assert [row["state"] for row in tried] == ["retry"] * len(tried)
            assert all(row["reason"].startswith(reason) for row in tried)
            assert all("\n" not in row["reason"] and row["reason"].isprintable() for row in tried)
            assert fault is None or boxes[name].connections <= sum(row["attempts"] for row in tried) + 1, "one probe at a time"
        for name, (_reason, fault) in TROUBLES.items():
            if fault is None:
                stack.enter_context(boxes[name])
            boxes[name].script("greeting")
        for name in TROUBLES:
            boxes[name].wait_for(len(TITLES), seconds=150)
        for service in services.values():
            service.send_signal(signal.SIGTERM)
        for name, service in services.items():
            assert service.wait(30) == 0
            assert sorted(mail.parsed["Message-ID"] for mail in boxes[name].messages) == sorted(waiting[name])
            assert {row["state"] for row in ledger(programs[name])} == {"sent"}


def test_messages_that_wait_for_the_right_password_leave_as_soon_as_it_is_given(newspaper: Newspaper, tmp_path: Path) -> None:
    """A wrong one holds them all after a single try; `once` and a restarted `run` with the right one need no waiting."""
    printing(newspaper, *TITLES)
    with Mailbox(users={"me": "secret"}) as mailbox:
        program = programme(tmp_path, newspaper, mailbox.port, settings='username = "me"\npassword = "wrong-one"\n')
        ran = program.run("once")
        rows = ledger(program)
        assert [row["state"] for row in rows].count("held") == 1
        (held,) = [row for row in rows if row["state"] == "held"]
        assert held["reason"].startswith("smtp_auth 535")
        assert "wrong-one" not in ran.out + ran.err + str(rows)
        assert mailbox.connections == 1
        file = program.config / "aggregator.toml"
        file.write_text(file.read_text().replace("wrong-one", "secret"))
        with running(program) as service:
            mailbox.wait_for(len(TITLES), seconds=25)
            service.send_signal(signal.SIGTERM)
            assert service.wait(30) == 0
        assert sorted(mail.parsed["Message-ID"] for mail in mailbox.messages) == sorted(row["message_id"] for row in rows)
