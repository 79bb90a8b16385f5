"""The mail door against a real server on loopback: what an error means at each stage, and that nothing hangs or is sent twice."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import trustme

from aggregator.errors import DeliveryError
from aggregator.limits import Limits
from aggregator.net.smtp import MailDoor
from aggregator.reasons import Reason
from aggregator.settings import SmtpSettings
from tests.mailbox import Fault, Mailbox

FROM = "News alerts <alerts@example.org>"
TO = "desk@example.org"
TEXT = (
    b"From: alerts@example.org\r\nTo: desk@example.org\r\nSubject: One\r\nMessage-ID: <1@example.org>\r\n\r\nHello.\r\n.dot\r\n"
)
QUICK = replace(
    Limits(),
    smtp_connect=timedelta(seconds=0.5),
    smtp_command=timedelta(seconds=0.5),
    smtp_data=timedelta(seconds=0.5),
    smtp_total=timedelta(seconds=3),
)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as running:
        yield running


@asynccontextmanager
async def mail_door(
    mailbox: Mailbox, *, tls: ssl.SSLContext | None = None, limits: Limits = QUICK, **settings: object
) -> AsyncIterator[MailDoor]:
    chosen = replace(SmtpSettings(host="127.0.0.1", port=mailbox.port), **settings)
    async with MailDoor(chosen, limits, tls=tls) as door:
        yield door


async def refusal(door: MailDoor, address: str = TO, sender: str = FROM) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await door.send(sender, address, TEXT)
    return caught.value


def verdict(error: DeliveryError) -> str:
    assert not (error.permanent_for_message and error.channel_down)
    return "dead" if error.permanent_for_message else "channel" if error.channel_down else "retry"


async def test_a_message_arrives_byte_for_byte(mailbox):
    async with mail_door(mailbox) as door:
        reply = await door.send(FROM, TO, TEXT)
    assert reply == "250 2.0.0 accepted as 1"
    mail = mailbox.messages[0]
    assert (mail.sender, mail.recipient, mail.raw) == ("alerts@example.org", TO, TEXT)
    assert (mail.subject, mail.text) == ("One", "Hello.\n.dot\n")
    assert f"SIZE={len(TEXT)}" in mail.mail_options


async def test_one_connection_carries_fifty_messages(mailbox):
    async with mail_door(mailbox) as door:
        for _ in range(52):
            await door.send(FROM, TO, TEXT)
    assert [mail.connection for mail in mailbox.messages] == [1] * 50 + [2] * 2
    assert (1, "quit") in mailbox.commands


async def test_concurrent_senders_queue(mailbox):
    async with mail_door(mailbox) as door:
        await asyncio.gather(*(door.send(FROM, f"p{number}@example.org", TEXT) for number in range(10)))
    assert sorted(mail.recipient for mail in mailbox.messages) == sorted(f"p{number}@example.org" for number in range(10))
    assert mailbox.connections == 1


FOUR, FIVE = Fault(reply="451 4.3.2 later"), Fault(reply="550 5.1.1 never")
SHUT, CLOSE, STALL = Fault(reply="421 4.3.2 closing", close=True), Fault(close=True), Fault(stall=5)
DRIBBLE, RUBBISH, ENDLESS = Fault(reply="250-" * 50, dribble=0.05), Fault(reply="what?"), Fault(reply="250-" + "x" * 20_000)


@pytest.mark.parametrize(
    ("stage", "fault", "reason", "expected"),
    [
        ("greeting", FOUR, Reason.SMTP_CONNECT, "channel"),
        ("greeting", FIVE, Reason.SMTP_CONNECT, "channel"),
        ("greeting", SHUT, Reason.SMTP_CONNECT, "channel"),
        ("greeting", CLOSE, Reason.SMTP_CONNECT, "channel"),
        ("greeting", STALL, Reason.SMTP_TIMEOUT, "channel"),
        ("greeting", DRIBBLE, Reason.SMTP_TIMEOUT, "channel"),
        ("greeting", RUBBISH, Reason.SMTP_CONNECT, "channel"),
        ("greeting", ENDLESS, Reason.SMTP_CONNECT, "channel"),
        ("ehlo", FOUR, Reason.SMTP_CONNECT, "channel"),
        ("ehlo", FIVE, Reason.SMTP_CONNECT, "channel"),
        ("ehlo", SHUT, Reason.SMTP_CONNECT, "channel"),
        ("ehlo", CLOSE, Reason.SMTP_CONNECT, "channel"),
        ("ehlo", STALL, Reason.SMTP_TIMEOUT, "channel"),
        ("ehlo", RUBBISH, Reason.SMTP_CONNECT, "channel"),
        ("ehlo", ENDLESS, Reason.SMTP_CONNECT, "channel"),
        ("mail", FOUR, Reason.SMTP_SENDER, "channel"),
        ("mail", FIVE, Reason.SMTP_SENDER, "channel"),
        ("mail", Fault(reply="552 5.3.4 too big"), Reason.SMTP_SENDER, "dead"),
        ("mail", SHUT, Reason.SMTP_SENDER, "channel"),
        ("mail", CLOSE, Reason.SMTP_CONNECT, "channel"),
        ("mail", STALL, Reason.SMTP_TIMEOUT, "channel"),
        ("mail", RUBBISH, Reason.SMTP_CONNECT, "channel"),
        ("mail", ENDLESS, Reason.SMTP_CONNECT, "channel"),
        ("rcpt", FOUR, Reason.SMTP_RECIPIENT, "retry"),
        ("rcpt", FIVE, Reason.SMTP_RECIPIENT, "dead"),
        ("rcpt", SHUT, Reason.SMTP_RECIPIENT, "retry"),
        ("rcpt", CLOSE, Reason.SMTP_RECIPIENT, "retry"),
        ("rcpt", STALL, Reason.SMTP_TIMEOUT, "retry"),
        ("rcpt", DRIBBLE, Reason.SMTP_TIMEOUT, "retry"),
        ("rcpt", RUBBISH, Reason.SMTP_RECIPIENT, "retry"),
        ("rcpt", ENDLESS, Reason.SMTP_RECIPIENT, "retry"),
        ("data", FOUR, Reason.SMTP_DATA, "retry"),
        ("data", FIVE, Reason.SMTP_DATA, "dead"),
        ("data", CLOSE, Reason.SMTP_DATA, "retry"),
        ("data", SHUT, Reason.SMTP_DATA, "retry"),
        ("data", STALL, Reason.SMTP_TIMEOUT, "retry"),
        ("data", RUBBISH, Reason.SMTP_DATA, "retry"),
        ("data", ENDLESS, Reason.SMTP_DATA, "retry"),
        ("end", FOUR, Reason.SMTP_DATA, "retry"),
        ("end", FIVE, Reason.SMTP_DATA, "dead"),
        ("end", SHUT, Reason.SMTP_DATA, "retry"),
        ("end", CLOSE, Reason.SMTP_DATA, "retry"),
        ("end", STALL, Reason.SMTP_TIMEOUT, "retry"),
        ("end", RUBBISH, Reason.SMTP_DATA, "retry"),
        ("end", ENDLESS, Reason.SMTP_DATA, "retry"),
    ],
)  # fmt: skip
async def test_what_an_error_means_at_each_stage(mailbox, stage, fault, reason, expected):
    mailbox.script(stage, fault)
    async with mail_door(mailbox) as door:
        error = await refusal(door)
        assert (error.reason, verdict(error)) == (reason, expected)
        assert error.detail.isprintable()
        assert mailbox.messages == []
        assert await door.send(FROM, TO, TEXT), "the next message goes through"
    assert len(mailbox.messages) == 1


async def test_the_relays_words_are_kept_and_cleaned(mailbox):
    mailbox.script("rcpt", Fault(reply="550-5.1.1 No such\x1b[31m user\r\n550 5.1.1 here\u202e"))
    async with mail_door(mailbox) as door:
        error = await refusal(door)
    assert (error.code, error.detail) == (550, "550 5.1.1 No such[31m user 5.1.1 here")


async def test_a_refused_recipient_costs_no_connection(mailbox):
    mailbox.script("rcpt", FIVE, Fault(reply="450 4.2.1 later"))
    async with mail_door(mailbox) as door:
        await refusal(door)
        await refusal(door)
        await door.send(FROM, TO, TEXT)
    assert mailbox.connections == 1


@pytest.mark.parametrize("fault", [SHUT, CLOSE, Fault(reply="421 4.4.2 idle too long")])
async def test_a_kept_connection_that_ended_is_opened_again(mailbox, fault):
    async with mail_door(mailbox) as door:
        await door.send(FROM, TO, TEXT)
        mailbox.script("mail", fault)
        await door.send(FROM, TO, TEXT)
        mailbox.script("mail", fault, fault)
        assert verdict(await refusal(door)) == "channel"
    assert len(mailbox.messages) == 2


@pytest.mark.parametrize("fault", [FOUR, FIVE, CLOSE, STALL])
async def test_errors_at_the_goodbye_do_not_matter(mailbox, fault):
    mailbox.script("quit", fault, always=True)
    async with mail_door(mailbox) as door:
        for _ in range(51):
            await door.send(FROM, TO, TEXT)
            if fault is STALL and len(mailbox.messages) == 1:
                break
    assert {mail.recipient for mail in mailbox.messages} == {TO}


async def test_a_lost_reply_after_acceptance_is_a_retry(mailbox):
    mailbox.script("end", Fault(accept=True, close=True))
    async with mail_door(mailbox) as door:
        assert verdict(await refusal(door)) == "retry"
    assert len(mailbox.messages) == 1


async def test_the_total_deadline_ends_a_tarpit(mailbox):
    """Every command within its own limit, the whole not."""
    for stage in ("ehlo", "mail", "rcpt", "data"):
        mailbox.script(stage, Fault(reply="250 ok" if stage != "data" else "354 go", stall=0.35))
    started = time.monotonic()
    async with mail_door(mailbox, limits=replace(QUICK, smtp_total=timedelta(seconds=1))) as door:
        error = await refusal(door)
    assert (error.reason, verdict(error)) == (Reason.SMTP_TIMEOUT, "retry")
    assert time.monotonic() - started < 2.5


async def test_nobody_listens():
    door = MailDoor(SmtpSettings(host="127.0.0.1", port=1), QUICK)
    error = await refusal(door)
    assert (error.reason, verdict(error)) == (Reason.SMTP_CONNECT, "channel")
    door = MailDoor(SmtpSettings(host="no-such-relay.invalid"), replace(QUICK, smtp_connect=timedelta(seconds=20)))
    error = await refusal(door)
    assert (error.reason, verdict(error)) == (Reason.SMTP_CONNECT, "channel")


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@", "@b", "a b@example.org", "a@example.org>\r\nRCPT TO:<b@example.org", "a@b\nc"]
)
async def test_addresses_that_are_none_never_reach_the_relay(mailbox, address):
    async with mail_door(mailbox) as door:
        error = await refusal(door, address)
        assert (error.reason, verdict(error)) == (Reason.SMTP_RECIPIENT, "dead")
        error = await refusal(door, sender=address)
        assert (error.reason, verdict(error)) == (Reason.SMTP_SENDER, "channel")
    assert mailbox.connections == 0


async def test_addresses_beyond_ascii_need_a_relay_that_takes_them(mailbox):
    async with mail_door(mailbox) as door:
        await door.send(FROM, "почта@пример.example", TEXT)
    assert mailbox.messages[0].recipient == "почта@пример.example"
    mailbox.script("ehlo", Fault(reply="250-mail.example.org\r\n250 SIZE 1000"), always=True)
    async with mail_door(mailbox) as door:
        error = await refusal(door, "почта@пример.example")
        assert (error.reason, verdict(error)) == (Reason.SMTP_RECIPIENT, "dead")


async def test_an_old_relay_without_ehlo(mailbox):
    mailbox.script("ehlo", Fault(reply="502 5.5.1 unknown"))
    async with mail_door(mailbox) as door:
        assert await door.send(FROM, TO, TEXT)


async def test_cancelling_a_send_leaves_the_door_usable(mailbox):
    async with mail_door(mailbox, limits=Limits()) as door:
        mailbox.script("rcpt", STALL)
        task = asyncio.create_task(door.send(FROM, TO, TEXT))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await door.send(FROM, TO, TEXT)
    assert len(mailbox.messages) == 1


class TestLogIn:
    async def test_on_loopback_without_encryption(self):
        with Mailbox(users={"me": "secret"}) as mailbox:
            async with mail_door(mailbox, username="me", password="secret") as door:
                await door.send(FROM, TO, TEXT)
            assert mailbox.logged_in == ["me"]

    async def test_a_wrong_password_is_about_the_channel(self):
        with Mailbox(users={"me": "secret"}) as mailbox:
            async with mail_door(mailbox, username="me", password="wrong") as door:
                error = await refusal(door)
            assert (error.reason, verdict(error), error.code) == (Reason.SMTP_AUTH, "channel", 535)
            assert "wrong" not in str(error)

    async def test_a_temporary_failure_keeps_its_code(self):
        """The code is what lets the messages wait instead of being held."""
        with Mailbox(users={"me": "secret"}) as mailbox:
            mailbox.script("auth", Fault(reply="454 4.7.0 later"), Fault(reply="454 4.7.0 later"))
            async with mail_door(mailbox, username="me", password="secret") as door:
                error = await refusal(door)
            assert (error.reason, verdict(error), error.code) == (Reason.SMTP_AUTH, "channel", 454)

    async def test_a_relay_that_knows_no_log_in(self, mailbox):
        async with mail_door(mailbox, username="me", password="secret") as door:
            error = await refusal(door)
        assert (error.reason, verdict(error)) == (Reason.SMTP_AUTH, "channel")

    async def test_never_unencrypted_to_another_machine(self, mailbox):
        """The name leads to loopback, so the connection is made; only a literal or `localhost` counts as loopback."""
        async with mail_door(mailbox, host="127.0.0.1.nip.invalid", username="me", password="secret") as door:
            assert door._settings.security == "none"
            with pytest.raises(DeliveryError, match="unencrypted"):
                door._refuse_open_login()
        assert mailbox.logged_in == []


class TestEncryption:
    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @pytest.fixture
    def trusting(self, authority: trustme.CA) -> ssl.SSLContext:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        return context

    def server_side(self, authority: trustme.CA, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        return context

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    async def test_with_log_in(self, authority, trusting, security):
        server = self.server_side(authority, "127.0.0.1")
        with Mailbox(users={"me": "secret"}, tls=server, implicit_tls=security == "tls") as mailbox:
            async with mail_door(mailbox, tls=trusting, security=security, username="me", password="secret") as door:
                await door.send(FROM, TO, TEXT)
                await door.send(FROM, TO, TEXT)
            assert (len(mailbox.messages), mailbox.connections) == (2, 1)

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    @pytest.mark.parametrize("name", ["127.0.0.1", "other.example"])
    async def test_a_certificate_nobody_vouches_for_is_refused(self, authority, trusting, security, name):
        """An unknown authority, and a known one for another name."""
        server = self.server_side(authority, name)
        tls = None if name == "127.0.0.1" else trusting
        with Mailbox(tls=server, implicit_tls=security == "tls") as mailbox:
            async with mail_door(mailbox, tls=tls, security=security) as door:
                error = await refusal(door)
            assert (error.reason, verdict(error)) == (Reason.SMTP_TLS, "channel")
            assert mailbox.messages == []

    async def test_no_starttls_no_mail(self, mailbox):
        async with mail_door(mailbox, security="starttls") as door:
            error = await refusal(door)
        assert (error.reason, verdict(error)) == (Reason.SMTP_TLS, "channel")

    @pytest.mark.parametrize(("fault", "expected"), [(FIVE, 550), (Fault(reply="454 4.7.0 later"), 454)])
    async def test_starttls_refused(self, authority, trusting, fault, expected):
        with Mailbox(tls=self.server_side(authority, "127.0.0.1")) as mailbox:
            mailbox.script("starttls", fault)
            async with mail_door(mailbox, tls=trusting, security="starttls") as door:
                error = await refusal(door)
            assert (error.reason, verdict(error), error.code) == (Reason.SMTP_TLS, "channel", expected)


async def test_check_connects_and_sends_nothing(mailbox):
    async with mail_door(mailbox) as door:
        assert "mail.example.org" in await door.check()
    assert [name for _, name in mailbox.commands] == ["ehlo", "quit"]
