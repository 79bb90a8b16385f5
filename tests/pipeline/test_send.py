"""What becomes of a row for every fault of the relay, against a real one; one bad message or relay never stops the others."""

import asyncio
import sqlite3
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import trustme

from aggregator.alerts.values import MessageState
from aggregator.clock import ManualClock
from aggregator.errors import DeliveryError
from aggregator.limits import DEFAULT_LIMITS
from aggregator.net.smtp import MailDoor
from aggregator.pipeline.context import Corridor
from aggregator.pipeline.drain import Drain, Stage
from aggregator.reasons import Reason
from aggregator.service.build import silent
from aggregator.settings import Settings, SmtpSettings
from aggregator.store import migrate, outbox
from aggregator.store.db import Database
from aggregator.store.tables import outbox as outbox_table
from aggregator.store.tables import recipients
from tests.databases import copy_sqlite
from tests.mailbox import Fault, Mailbox
from tests.store import rows
from tests.store.test_publishing import Desk

QUICK = replace(
    DEFAULT_LIMITS,
    smtp_connect=timedelta(seconds=0.4),
    smtp_command=timedelta(seconds=0.4),
    smtp_data=timedelta(seconds=0.4),
    smtp_total=timedelta(seconds=3),
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))


@pytest.fixture
def database(template: Path, tmp_path: Path) -> Iterator[Database]:
    opened = Database(copy_sqlite(template, tmp_path))
    yield opened
    opened.close()


def publish(database: Database, clock: ManualClock, *words: str, address: str = "desk@example.org") -> None:
    """One article and one message for each word."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("canal", "canal", address))
        for word in words:
            desk.publish(f"https://herald.example.org/{word}", f"The canal at {word} was opened by {word}.", headline=word)


@asynccontextmanager
async def corridor(
    database: Database, clock: ManualClock, mailbox: Mailbox, *, tls: ssl.SSLContext | None = None, **smtp: object
) -> AsyncIterator[Corridor]:
    chosen = replace(SmtpSettings(host="127.0.0.1", port=mailbox.port), **smtp)
    settings = Settings(
        config_dir=Path(), data_dir=Path(), database_url=str(database.url), smtp=chosen, limits=QUICK
    )  # fmt: skip
    async with MailDoor(settings.smtp, QUICK, tls=tls) as door:
        yield Corridor(
            settings=settings, clock=clock, db=database, http=None, workers=None, mail=door, listen=silent, lemmatise=None
        )  # type: ignore[arg-type]
    await asyncio.sleep(0)  # transports close in the next round of the loop


async def drain(doors: Corridor) -> None:
    """Everything that is due goes through `send`."""
    await asyncio.wait_for(Drain(doors, stages=frozenset({Stage.SEND})).until_idle(asyncio.Event()), 20)


def ledger(database: Database) -> list[sa.Row]:
    with database.read() as connection:
        return list(connection.execute(sa.select(outbox_table).order_by(outbox_table.c.id)))


FAULTS = {
    "421": Fault(reply="421 4.3.2 closing", close=True),
    "4xx": Fault(reply="451 4.3.2 later"),
    "5xx": Fault(reply="554 5.1.1 never"),
    "close": Fault(close=True),
    "stall": Fault(stall=3),
    "garbage": Fault(reply="what?"),
}
# In the order of the faults; "!": the relay as a whole is left alone until a probe.
EXPECTED = {
    "greeting": "retry! retry! retry! retry! retry! retry!",
    "ehlo": "retry! retry! retry! retry! retry! retry!",
    "starttls": "retry! retry! held! retry! retry! retry!",
    "auth": "retry! retry! held! retry! retry! retry!",
    "mail": "retry! retry! held! retry! retry! retry!",
    "rcpt": "retry retry dead retry retry retry",
    "data": "retry retry dead retry retry retry",
    "end": "retry retry dead retry retry retry",
}
MATRIX = [
    (stage, fault, expected) for stage, line in EXPECTED.items() for fault, expected in zip(FAULTS, line.split(), strict=True)
]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def mailbox(authority: trustme.CA) -> Iterator[Mailbox]:
    """With everything: encryption and a log-in."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    with Mailbox(users={"me": "secret"}, tls=server) as running:
        yield running


@pytest.fixture
def secure(authority: trustme.CA) -> dict[str, object]:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    return {"tls": trusting, "security": "starttls", "username": "me", "password": "secret"}


@pytest.mark.parametrize(("stage", "fault", "expected"), MATRIX)
async def test_the_state_of_a_row_after_every_fault_and_its_delivery_afterwards(
    database: Database, clock: ManualClock, mailbox: Mailbox, secure: dict[str, object], stage: str, fault: str, expected: str
) -> None:
    """What is not dead goes out once the relay is well, at the latest after the wait of the row: the same bytes, once."""
    publish(database, clock, "Suez")
    mailbox.script(stage, FAULTS[fault], always=True)
    async with corridor(database, clock, mailbox, **secure) as doors:
        await drain(doors)
        (row,) = ledger(database)
        down = doors.relay_down_until > clock.now().timestamp()
        assert f"{row.state.value}{'!' if down else ''}" == expected
        assert row.reason is not None
        assert row.detail.isprintable()
        assert row.lease_token is None
        assert mailbox.messages == []
        mailbox.script(stage)
        clock.advance(timedelta(minutes=5))
        await drain(doors)
    (after,) = ledger(database)
    assert after.mime == row.mime
    if expected == "dead":
        assert (after.state, mailbox.messages) == (MessageState.DEAD, [])
    else:
        assert after.state is MessageState.SENT
        assert [mail.raw for mail in mailbox.messages] == [row.mime]
        assert mailbox.messages[0].parsed["Message-ID"] == row.message_id


@pytest.mark.parametrize(("stage", "fault"), [("greeting", "4xx"), ("ehlo", "garbage"), ("auth", "5xx"), ("mail", "close")])
async def test_a_relay_that_is_down_is_probed_by_one_message_and_then_all_go_out(
    database: Database, clock: ManualClock, mailbox: Mailbox, secure: dict[str, object], stage: str, fault: str
) -> None:
    publish(database, clock, "Suez", "Corinth", "Panama", "Kiel")
    mailbox.script(stage, FAULTS[fault], always=True)
    async with corridor(database, clock, mailbox, **secure) as doors:
        for probes in range(1, 4):
            before = mailbox.connections
            await drain(doors)
            assert mailbox.connections == before + 1, f"probe {probes}"
            clock.advance(timedelta(minutes=5))
        mailbox.script(stage)
        await drain(doors)
    assert [row.state for row in ledger(database)] == [MessageState.SENT] * 4
    assert sorted(mail.parsed["Message-ID"] for mail in mailbox.messages) == sorted(row.message_id for row in ledger(database))


async def test_a_refused_message_does_not_stop_the_queue(database: Database, clock: ManualClock) -> None:
    """Refused for good, put off, and cut off in the text: each is about one message, the fourth goes out in the same turn."""
    publish(database, clock, "Suez", "Corinth", "Panama", "Kiel")
    with Mailbox() as mailbox:
        mailbox.script("end", FAULTS["5xx"], FAULTS["4xx"], FAULTS["close"])
        async with corridor(database, clock, mailbox) as doors:
            await drain(doors)
    states = [row.state for row in ledger(database)]
    assert states == [MessageState.DEAD, MessageState.RETRY, MessageState.RETRY, MessageState.SENT]


async def test_a_message_that_cannot_be_composed_does_not_stop_the_queue(database: Database, clock: ManualClock) -> None:
    """Its row in the database is not what the program writes; the next one goes out, and the row says that something is wrong."""
    publish(database, clock, "Suez", "Corinth")
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alerts SET spans = 'no json' WHERE id = 1"))
    with Mailbox() as mailbox:
        async with corridor(database, clock, mailbox) as doors:
            await drain(doors)
        assert len(mailbox.messages) == 1
    poisoned, well = ledger(database)
    assert (poisoned.state, poisoned.reason, poisoned.lease_token) == (MessageState.RETRY, Reason.INTERNAL, None)
    assert poisoned.due_at > clock.now()
    assert well.state is MessageState.SENT


async def test_a_mail_that_had_to_be_plain_says_so_on_its_row(database: Database, clock: ManualClock) -> None:
    """Also after a try that was put off, when the mail is long since frozen."""
    publish(database, clock, "Suez")
    with database.write() as connection:
        connection.execute(sa.update(outbox_table).values(message_id="<two words@example.org>"))
    with Mailbox() as mailbox:
        mailbox.script("rcpt", FAULTS["4xx"])
        async with corridor(database, clock, mailbox) as doors:
            await drain(doors)
            (row,) = ledger(database)
            assert row.detail.startswith("451 4.3.2 later; render_failed: ")
            clock.advance(timedelta(minutes=5))
            await drain(doors)
        assert "could not be laid out" in mailbox.messages[0].text
    with database.read() as connection:
        (shown,) = outbox.list_messages(connection)
    assert shown.state is MessageState.SENT
    assert "render_failed: " in shown.reason


@pytest.mark.parametrize(("words", "suppressed"), [("550 5.1.1 no such user", True), ("554 5.7.1 relaying denied", False)])
async def test_an_address_that_bounces_twice_is_given_up(
    database: Database, clock: ManualClock, words: str, suppressed: bool
) -> None:
    """Not for a relay that only wants a log-in: it would refuse everybody's address."""
    publish(database, clock, "Suez", "Corinth", "Panama")
    with Mailbox() as mailbox:
        mailbox.script("rcpt", Fault(reply=words), always=True)
        async with corridor(database, clock, mailbox) as doors:
            await drain(doors)
    with database.read() as connection:
        person = connection.execute(sa.select(recipients)).one()
    assert (person.suppressed_at is not None) is suppressed
    assert person.bounces == (3 if suppressed else 0)


async def test_a_bounce_that_is_not_written_with_its_message_is_not_counted(database: Database, clock: ManualClock) -> None:
    """Another sender took the row over meanwhile: neither the state nor the bounce is written."""
    publish(database, clock, "Suez")
    with Mailbox() as mailbox:
        mailbox.script("rcpt", FAULTS["5xx"])
        async with corridor(database, clock, mailbox) as doors:
            doors.mail = _Robbed(database, doors.mail)
            await drain(doors)
    with database.read() as connection:
        assert connection.execute(sa.select(recipients.c.bounces)).scalar_one() == 0
    assert ledger(database)[0].state is MessageState.CLAIMED


class _Robbed:
    """A mail door during whose work another sender takes the row."""

    def __init__(self, database: Database, door: MailDoor) -> None:
        self.database, self.door = database, door

    async def send(self, sender: str, address: str, mime: bytes) -> str:
        try:
            return await self.door.send(sender, address, mime)
        except DeliveryError:
            with self.database.write() as connection:
                connection.execute(sa.update(outbox_table).values(lease_token="another"))
            raise


async def test_an_acceptance_is_written_however_long_the_database_is_locked(database: Database, clock: ManualClock) -> None:
    """Another program locks it between the relay's 250 and our mark, for longer than all patience: one mail, and it is sent."""
    publish(database, clock, "Suez", "Corinth")
    with Mailbox() as mailbox:
        async with corridor(database, clock, mailbox) as doors:
            doors.mail = _Locking(database, doors.mail)
            await drain(doors)
        assert len(mailbox.messages) == 2
    assert [(row.state, row.attempts, row.ambiguous) for row in ledger(database)] == [(MessageState.SENT, 1, False)] * 2


class _Locking:
    """A mail door after whose first work another program holds the database for 11 s; SQLite itself waits 10."""

    def __init__(self, database: Database, door: MailDoor) -> None:
        self.door = door
        self.other = sqlite3.connect(database.url.database, isolation_level=None)
        self.done = False

    async def send(self, sender: str, address: str, mime: bytes) -> str:
        reply = await self.door.send(sender, address, mime)
        if not self.done:
            self.done = True
            self.other.execute("BEGIN IMMEDIATE")
            asyncio.get_running_loop().call_later(11, self.other.close)
        return reply
