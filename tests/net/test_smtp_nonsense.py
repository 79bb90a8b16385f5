"""Mail servers that are none, or speak out of turn: the try ends soon and clearly, memory stays flat, nothing raw comes through."""

import asyncio
import resource
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import trustme

from aggregator.errors import DeliveryError
from aggregator.net.smtp import MailDoor
from aggregator.reasons import Reason
from aggregator.settings import SmtpSettings
from tests.net.test_smtp import FROM, QUICK, TEXT, TO, refusal, verdict

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HELLO, OK, GO = b"220 mail.example.org\r\n", b"250 ok\r\n", b"354 go\r\n"
UP_TO_DATA = (HELLO, OK, OK, OK, GO)
MIB = 1 << 20


class Relay:
    """A listening port. `got` is what came in; every connection is handed to `talk`."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.got = b""
        self.connections = 0
        self.port = 0
        self.tasks: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.tasks.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self.talk(reader, writer)
        writer.transport.abort()

    async def line(self, reader: asyncio.StreamReader) -> None:
        self.got += await reader.readuntil(b"\r\n")


@asynccontextmanager
async def listening(relay: Relay, **settings: object) -> AsyncIterator[MailDoor]:
    server = await asyncio.start_server(relay.accept, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    limits = settings.pop("limits", QUICK)
    own = {name: settings.pop(name) for name in ("tls", "idle") if name in settings}
    chosen = replace(SmtpSettings(host="127.0.0.1", port=relay.port), **settings)
    try:
        async with MailDoor(chosen, limits, **own) as door:
            yield door
    finally:
        server.close()
        for task in relay.tasks:
            task.cancel()
        await asyncio.gather(*relay.tasks, return_exceptions=True)
        await asyncio.sleep(0)  # transports close in the next round of the loop


def saying(*replies: bytes, pieces: int = 0, then: Talk | None = None) -> Relay:
    """Says the first reply at once and one more after every line (after the text: one); then `then`, or the end at the next line.

    `pieces`: so many bytes at a time.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, reply in enumerate(replies):
            if number:
                await (relay.line(reader) if replies[number - 1] != GO else _text(relay, reader))
            for start in range(0, len(reply), pieces or len(reply) or 1):
                writer.write(reply[start : start + (pieces or len(reply))])
                await writer.drain()
                if pieces:
                    await asyncio.sleep(0)
        if then is not None:
            await then(reader, writer)
        else:
            await relay.line(reader)

    relay = Relay(talk)
    return relay


async def _text(relay: Relay, reader: asyncio.StreamReader) -> None:
    relay.got += await reader.readuntil(b"\r\n.\r\n")


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH-2.0-OpenSSH_9.6"),
        (b"+OK POP3 ready\r\n", "+OK POP3 ready"),
        (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "* OK [CAPABILITY"),
        (bytes(range(256)) * 8 + b"\r\n", "no proper SMTP"),
        (b"250 ok\r\n", "250 ok"),
        (b"\r\n", "no proper SMTP"),
        (b"2200 too many digits\r\n", ""),
        (b"999 what\r\n", "999 what"),
        (b"000 what\r\n", "what"),
    ],
)
async def test_a_server_of_another_kind_is_told_as_such(greeting: bytes, words: str) -> None:
    async with listening(saying(greeting)) as door:
        started = time.monotonic()
        error = await refusal(door)
    assert verdict(error) == "channel"
    assert error.reason in (Reason.SMTP_CONNECT, Reason.SMTP_TIMEOUT)
    assert words in error.detail
    assert error.detail.isprintable()
    assert time.monotonic() - started < 2


async def test_a_server_that_waits_for_encryption_is_no_reason_to_hang() -> None:
    """Port 465 spoken to in the clear: it says nothing."""
    async with listening(saying(b"")) as door:
        error = await refusal(door)
    assert (error.reason, verdict(error)) == (Reason.SMTP_TIMEOUT, "channel")


async def test_encryption_spoken_to_a_server_in_the_clear() -> None:
    async with listening(saying(HELLO), security="tls", tls=ssl.create_default_context()) as door:
        error = await refusal(door)
    assert (error.reason, verdict(error)) == (Reason.SMTP_TLS, "channel")


def endless(piece: bytes) -> Talk:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(piece)
            await writer.drain()

    return talk


@pytest.mark.parametrize("piece", [b"250-more of it\r\n" * 4_000, b"x" * 64_000], ids=["lines", "one-line"])
@pytest.mark.parametrize("before", [(), (HELLO,), (HELLO, OK), (HELLO, OK, OK), (HELLO, OK, OK, OK), UP_TO_DATA])
async def test_a_reply_without_an_end_costs_no_memory_and_no_time(piece: bytes, before: tuple[bytes, ...]) -> None:
    """At the speed of loopback, at the greeting and after every command: without a bound this is a gigabyte a second."""

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if before:
            await (relay.line(reader) if before[-1] != GO else _text(relay, reader))
        await endless(piece)(reader, writer)

    relay = saying(*before, then=flood)
    high = _peak()
    async with listening(relay) as door:
        started = time.monotonic()
        error = await refusal(door)
        assert time.monotonic() - started < 2
    assert error.reason in (Reason.SMTP_CONNECT, Reason.SMTP_RECIPIENT, Reason.SMTP_DATA)
    assert verdict(error) == ("channel" if len(before) < 3 else "retry")
    assert "no proper SMTP" in error.detail
    assert len(error.detail) <= 520
    assert _peak() - high < 30 * MIB


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def test_a_relay_that_goes_on_talking_is_left() -> None:
    """After its 250 it never stops: reading that away would keep the loop busy for as long as the connection is kept."""
    ended = asyncio.Event()

    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        try:
            await endless(b"250 and\r\n" * 1_000)(reader, writer)
        finally:
            ended.set()

    async with listening(saying(*UP_TO_DATA, OK, then=chatter), idle=timedelta(seconds=0.2)) as door:
        assert await door.send(FROM, TO, TEXT) == "250 ok"
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_relay_that_stops_reading_the_text_is_left_at_once() -> None:
    """More text than the sockets hold: ending the connection in peace would keep it, and the text, for ever."""
    gone = asyncio.Event()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()
        while not writer.transport.is_closing():
            await asyncio.sleep(0.05)
            with suppress(OSError):
                # A reset shows in writing; what is written is never read.
                writer.write(b"2")
        gone.set()

    async with listening(saying(*UP_TO_DATA, then=deaf)) as door:
        with pytest.raises(DeliveryError) as caught:
            await door.send(FROM, TO, TEXT + (b"x" * 78 + b"\r\n") * 200_000)
        assert (caught.value.reason, verdict(caught.value)) == (Reason.SMTP_TIMEOUT, "retry")
        await asyncio.wait_for(gone.wait(), 5)


async def test_the_final_dot_is_waited_for_no_longer_than_the_total(quick_total: float = 1.0) -> None:
    """The relay has the text and never answers: nobody can know, so the row must try again, soon enough to keep its lease."""
    limits = replace(QUICK, smtp_data=timedelta(seconds=600), smtp_total=timedelta(seconds=quick_total))

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await _text(relay, reader)
        await reader.read()

    relay = saying(*UP_TO_DATA, then=silent)
    async with listening(relay, limits=limits) as door:
        started = time.monotonic()
        error = await refusal(door)
    assert (error.reason, verdict(error)) == (Reason.SMTP_TIMEOUT, "retry")
    assert time.monotonic() - started < quick_total + 1
    assert relay.got.endswith(b"Hello.\r\n..dot\r\n.\r\n")


async def test_a_greeting_that_drips_for_ever_is_about_the_relay() -> None:
    """Each byte comes in time; the whole does not."""

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"2")
            await writer.drain()
            await asyncio.sleep(0.02)

    limits = replace(QUICK, smtp_connect=timedelta(seconds=600), smtp_total=timedelta(seconds=0.5))
    async with listening(saying(then=drip), limits=limits) as door:
        error = await refusal(door)
    assert (error.reason, verdict(error)) == (Reason.SMTP_TIMEOUT, "channel")


async def test_replies_in_single_bytes_are_understood() -> None:
    relay = saying(HELLO, b"250-mail.example.org\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n", OK, OK, GO, OK, pieces=1)
    async with listening(relay) as door:
        assert await door.send(FROM, TO, TEXT) == "250 ok"
    assert b"SIZE=" in relay.got


@pytest.mark.parametrize("final", [b"200 fine\r\n", b"251 forwarded\r\n", b"252 perhaps\r\n"])
async def test_any_success_after_the_text_is_success(final: bytes) -> None:
    """RFC 5321 4.3.2: the first digit decides. Taken for a refusal, every try would bring another copy."""
    async with listening(saying(*UP_TO_DATA, final)) as door:
        assert (await door.send(FROM, TO, TEXT)).startswith(final[:3].decode())


@pytest.mark.parametrize(
    ("replies", "reason", "expected"),
    [
        ((HELLO, b"220 again\r\n"), Reason.SMTP_CONNECT, "channel"),
        ((HELLO, b"354 go\r\n"), Reason.SMTP_CONNECT, "channel"),
        ((HELLO, OK, b"220 hm\r\n"), Reason.SMTP_CONNECT, "channel"),
        ((HELLO, OK, OK, b"354 go\r\n"), Reason.SMTP_RECIPIENT, "retry"),
        ((HELLO, OK, OK, OK, OK), Reason.SMTP_DATA, "retry"),
        ((HELLO, OK, OK, OK, b"220 hm\r\n"), Reason.SMTP_DATA, "retry"),
        ((*UP_TO_DATA, b"354 go\r\n"), Reason.SMTP_DATA, "retry"),
        ((*UP_TO_DATA, b"334 VXNlcm5hbWU6\r\n"), Reason.SMTP_DATA, "retry"),
    ],
)
async def test_a_code_out_of_place_is_no_acceptance_and_ends_the_connection(
    replies: tuple[bytes, ...], reason: Reason, expected: str
) -> None:
    """Replies and commands may no longer belong together: a kept connection would pair the next message with an old reply."""
    relay = saying(*replies)
    async with listening(relay) as door:
        error = await refusal(door)
        assert (error.reason, verdict(error), error.code) == (reason, expected, None)
        assert "no proper SMTP" in error.detail
        assert b"RSET" not in relay.got
        await refusal(door)
    assert relay.connections == 2


async def test_a_second_go_ahead_is_not_paired_with_the_next_message() -> None:
    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await relay.line(reader)
        writer.write(GO)
        await asyncio.sleep(0.02)
        writer.write(GO)
        await _text(relay, reader)
        writer.write(OK)
        await relay.line(reader)

    relay = saying(HELLO, OK, OK, OK, then=twice)
    async with listening(relay) as door:
        assert verdict(await refusal(door)) == "retry"
        relay.talk = saying(*UP_TO_DATA, b"250 second\r\n").talk
        assert await door.send(FROM, TO, TEXT) == "250 second"
    assert relay.connections == 2


async def test_an_answer_before_the_text_is_not_the_answer_to_it() -> None:
    """354 and 250 in one packet, then 550 to the text: nothing was accepted, and nothing is handed over."""
    async with listening(saying(HELLO, OK, OK, OK, b"354 go\r\n250 queued\r\n")) as door:
        error = await refusal(door)
    assert (error.reason, verdict(error)) == (Reason.SMTP_DATA, "retry")


@pytest.mark.parametrize("half", [True, False], ids=["half-closed", "reset"])
async def test_a_connection_that_ends_before_the_text_accepts_nothing(half: bool) -> None:
    """250 in the place of 354, then the end; and 354, then the end."""
    for last in (OK, GO):

        async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if half:
                writer.write_eof()
                await reader.read()

        async with listening(saying(HELLO, OK, OK, OK, last, then=leave)) as door:
            error = await refusal(door)
        assert (error.reason, verdict(error)) == (Reason.SMTP_DATA, "retry")


@pytest.mark.parametrize("stage", range(6))
async def test_nothing_raw_of_a_reply_gets_through(stage: int) -> None:
    """NUL, escape sequences, C1 controls, bidi marks, broken UTF-8: the words go to a terminal, a log and PostgreSQL."""
    good = (HELLO, OK, OK, OK, GO, OK)
    bad = b"550 5.0.0 a\x00b\x1b[2Jc\x9b31md\xe2\x80\xaee\xff\xfe\xc2\x9bf\xe2\x80\xa8g\r\n"
    async with listening(saying(*good[:stage], bad)) as door:
        error = await refusal(door)
    assert error.detail.isprintable()
    assert error.detail.startswith("550 5.0.0 ab[2Jc")
    error.detail.encode()  # no lone surrogates either


async def test_nothing_raw_of_an_acceptance_gets_through() -> None:
    async with listening(saying(*UP_TO_DATA, b"250 queued\x00 as\x1b]0;owned\x07 \xe2\x80\xae1\xff\r\n")) as door:
        reply = await door.send(FROM, TO, TEXT)
        assert "mail" not in reply
    assert reply == "250 queued as]0;owned 1"


class TestEncryption:
    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    def context(self, authority: trustme.CA) -> ssl.SSLContext:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(server)
        return server

    def trusting(self, authority: trustme.CA) -> ssl.SSLContext:
        client = ssl.create_default_context()
        authority.configure_trust(client)
        return client

    @pytest.mark.parametrize("pause", [0.0, 0.05], ids=["same-packet", "next-packet"])
    async def test_words_slipped_in_before_the_encryption_do_not_count(self, authority: trustme.CA, pause: float) -> None:
        """What came in the clear after 220 must not answer the encrypted EHLO."""
        server = self.context(authority)

        async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await relay.line(reader)
            injected = b"250-evil\r\n250 AUTH PLAIN\r\n"
            writer.write(b"220 go\r\n" + (b"" if pause else injected))
            if pause:
                await asyncio.sleep(pause)
                writer.write(injected)
            await writer.start_tls(server)
            await relay.line(reader)
            writer.write(b"250 the true one\r\n")
            await relay.line(reader)
            writer.write(b"550 5.7.0 seen\r\n")
            await relay.line(reader)

        relay = saying(HELLO, b"250-mail\r\n250 STARTTLS\r\n", then=upgrade)
        async with listening(relay, security="starttls", tls=self.trusting(authority)) as door:
            error = await refusal(door)
        assert b"AUTH" not in relay.got
        assert (error.reason, verdict(error)) in ((Reason.SMTP_SENDER, "channel"), (Reason.SMTP_TLS, "channel"))
        assert "evil" not in error.detail

    async def test_a_log_in_that_is_offered_only_after_encryption(self, authority: trustme.CA) -> None:
        server = self.context(authority)

        async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await relay.line(reader)
            writer.write(b"220 go\r\n")
            await writer.start_tls(server)
            for reply in (b"250-mail\r\n250 AUTH PLAIN\r\n", b"235 welcome\r\n", OK, OK, GO):
                await relay.line(reader)
                writer.write(reply)
            await _text(relay, reader)
            writer.write(OK)
            await relay.line(reader)

        relay = saying(HELLO, b"250-mail\r\n250 STARTTLS\r\n", then=upgrade)
        settings = {"security": "starttls", "username": "me", "password": "secret"}
        async with listening(relay, tls=self.trusting(authority), **settings) as door:
            assert await door.send(FROM, TO, TEXT) == "250 ok"
        before, _, after = relay.got.partition(b"STARTTLS\r\n")
        assert b"AUTH" not in before
        assert b"AUTH PLAIN" in after
