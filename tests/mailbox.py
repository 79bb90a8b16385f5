"""A real mail server on loopback (aiosmtpd in a thread) that keeps what it accepts and misbehaves as scripted.

    with Mailbox() as mailbox:
        mailbox.script("rcpt", Fault(reply="451 4.7.1 greylisted"))   # once, then normal again
        ...
        assert mailbox.messages[0].parsed["Subject"] == "..."

Stages: greeting, ehlo, starttls, auth, mail, rcpt, data (before the text), end (after it), rset, quit.
"""

import asyncio
import email
import email.policy
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`accept` (stage "end" only): the message is kept before the fault shows. `stall`: seconds of silence. `dribble`: the
    reply's bytes come one by one with so many seconds between them. Then the reply, then `close`."""

    reply: str = ""
    stall: float = 0.0
    dribble: float = 0.0
    close: bool = False
    accept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message as it was accepted. `at` is the monotonic clock."""

    sender: str
    recipient: str
    raw: bytes
    parsed: EmailMessage
    mail_options: tuple[str, ...]
    connection: int
    at: float = field(default_factory=time.monotonic)

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"])

    @property
    def text(self) -> str:
        """The plain text part, "" when there is none."""
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.parsed.get_body(preferencelist=(kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


class Mailbox:
    """`users`: log-ins that are demanded (name -> password). `tls`: a server context, offered as STARTTLS or, with
    `implicit_tls`, spoken from the first byte. `port`: where it listens, 0 for any."""

    def __init__(
        self, *, users: dict[str, str] | None = None, tls: ssl.SSLContext | None = None, implicit_tls: bool = False, port: int = 0
    ) -> None:
        self.port = port
        self.messages: list[Mail] = []
        self.commands: list[tuple[int, str]] = []
        self.connections = 0
        self.users = users or {}
        self.logged_in: list[str] = []
        self.open_transports: set[asyncio.BaseTransport] = set()
        self._tls = tls
        self._implicit = implicit_tls
        self._scripts: dict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mailbox", daemon=True)
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the mailbox did not start"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the mailbox did not stop"

    def script(self, stage: str, *faults: Fault, always: bool = False) -> None:
        """The next answers at a stage, one each; with `always` the one fault stays until the next `script`."""
        self._always.pop(stage, None)
        self._scripts[stage] = deque(() if always else faults)
        if always:
            self._always[stage] = faults[0]

    def next_fault(self, stage: str) -> Fault | None:
        scripted = self._scripts[stage]
        return scripted.popleft() if scripted else self._always.get(stage)

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Mail]:
        """The messages once there are `count` of them; fails after `seconds`."""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < deadline, f"{len(self.messages)} of {count} messages after {seconds} s"
            time.sleep(0.02)
        return list(self.messages)

    def keep(self, envelope: Envelope, connection: int) -> None:
        raw = bytes(envelope.content or b"")
        for recipient in envelope.rcpt_tos:
            self.messages.append(
                Mail(
                    sender=envelope.mail_from or "",
                    recipient=recipient,
                    raw=raw,
                    parsed=email.message_from_bytes(raw, policy=email.policy.default),
                    mail_options=tuple(envelope.mail_options),
                    connection=connection,
                )
            )

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        name, password = data.login.decode(), data.password.decode()
        good = self.users.get(name) == password
        if good:
            self.logged_in.append(name)
        return AuthResult(success=good, handled=False)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await self._loop.create_server(
            lambda: _Server(self, tls_context=None if self._implicit else self._tls),
            "127.0.0.1",
            self.port,
            ssl=self._tls if self._implicit else None,
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for transport in self.open_transports:
            transport.abort()
        await asyncio.sleep(0)  # transports close in the next round of the loop


class _Server(SMTP):
    """One connection. aiosmtpd finds the commands by their method names."""

    def __init__(self, mailbox: Mailbox, *, tls_context: ssl.SSLContext | None) -> None:
        super().__init__(
            _Hooks(mailbox),
            hostname="mail.example.org",
            ident="mailbox",
            enable_SMTPUTF8=True,
            tls_context=tls_context,
            # Log-ins are demanded by smtp_MAIL below: aiosmtpd's own switch warns about AUTH without TLS, which is what is tested.
            auth_require_tls=False,
            authenticator=mailbox.authenticate,
            auth_exclude_mechanism=() if mailbox.users else ("LOGIN", "PLAIN"),
        )
        self._mailbox = mailbox
        self._number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mailbox.open_transports.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._mailbox.open_transports.discard(self.transport)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        if not self._number:
            self._mailbox.connections += 1
            self._number = self._mailbox.connections
            fault = self._mailbox.next_fault("greeting")
            if fault is not None:
                await self.act(fault)
                self.transport.close()
                return
        await super()._handle_client()

    async def act(self, fault: Fault) -> None:
        """Stalls, replies, closes."""
        await asyncio.sleep(fault.stall)
        if fault.dribble:
            for byte in fault.reply.encode():
                self.transport.write(bytes([byte]))
                await asyncio.sleep(fault.dribble)
        elif fault.reply:
            self.transport.write(fault.reply.encode() + b"\r\n")
        if fault.close:
            self.transport.close()

    async def _stage(self, name: str, normal: Callable[[str], Awaitable[None]], arg: str) -> None:
        self._mailbox.commands.append((self._number, name))
        fault = self._mailbox.next_fault(name)
        if fault is None:
            await normal(arg)
        else:
            await self.act(fault)

    async def smtp_EHLO(self, arg: str) -> None:
        await self._stage("ehlo", super().smtp_EHLO, arg)

    async def smtp_STARTTLS(self, arg: str) -> None:
        await self._stage("starttls", super().smtp_STARTTLS, arg)

    async def smtp_AUTH(self, arg: str) -> None:
        await self._stage("auth", super().smtp_AUTH, arg)

    async def smtp_MAIL(self, arg: str) -> None:
        if self._mailbox.users and not self.session.authenticated:
            await self.push("530 5.7.0 Authentication required")
            return
        await self._stage("mail", super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg: str) -> None:
        await self._stage("rcpt", super().smtp_RCPT, arg)

    async def smtp_DATA(self, arg: str) -> None:
        await self._stage("data", super().smtp_DATA, arg)

    async def smtp_RSET(self, arg: str) -> None:
        await self._stage("rset", super().smtp_RSET, arg)

    async def smtp_QUIT(self, arg: str) -> None:
        await self._stage("quit", super().smtp_QUIT, arg)


class _Hooks:
    """What aiosmtpd calls when a message is complete."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: _Server, session: Session, envelope: Envelope) -> str:
        fault = self._mailbox.next_fault("end")
        if fault is None or fault.accept:
            self._mailbox.keep(envelope, server._number)
        if fault is not None:
            await asyncio.sleep(fault.stall)
            if fault.close:
                server.transport.abort()
            return fault.reply or "451 4.3.0 scripted"
        return f"250 2.0.0 accepted as {len(self._mailbox.messages)}"
