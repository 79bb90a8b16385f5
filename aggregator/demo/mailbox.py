"""The demo's mailbox: a real mail server on loopback that accepts everything and delivers nothing."""

import asyncio
import email
import email.policy
import socket
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from aggregator.web.app import accept_no_more

_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as it arrived; `text` is its plain part."""

    to: str
    subject: str
    text: str


class Mailbox:
    """`mails` grows as the service sends."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self._open: set[asyncio.Transport] = set()
        self._closed = False

    async def serve(self, listener: socket.socket, stop: asyncio.Event) -> None:
        """Accept mail until `stop` is set; no connection is left open."""
        server = await asyncio.get_running_loop().create_server(self._connection, sock=listener)
        try:
            await stop.wait()
        finally:
            await accept_no_more(listener)
            server.close()
            self._closed = True
            for transport in list(self._open):
                transport.abort()

    def _connection(self) -> "_Connection":
        return _Connection(self)

    def opened(self, transport: asyncio.Transport) -> None:
        """The service may connect in the very moment in which the mailbox closes."""
        if self._closed:
            transport.abort()
        else:
            self._open.add(transport)

    def lost(self, transport: asyncio.Transport) -> None:
        self._open.discard(transport)

    def accept(self, envelope: Envelope) -> None:
        assert isinstance(envelope.content, bytes)
        self.mails.append(read_mail(envelope.content, to=", ".join(envelope.rcpt_tos)))


def read_mail(raw: bytes, *, to: str) -> Mail:
    """What a reader sees of a message. `to` is the envelope's recipient: the header is only text."""
    parsed = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    part = parsed.get_body(preferencelist=("plain",))
    text = str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
    return Mail(to=to, subject=str(parsed["Subject"] or ""), text=text)


class _Connection(SMTP):
    """One connection, known to the mailbox while it is open."""

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__(_Hooks(mailbox.accept), hostname="localhost", ident="demo", data_size_limit=_LARGEST)
        self._mailbox = mailbox
        self._accepted: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._accepted = transport
        self._mailbox.opened(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._accepted is not None:
            self._mailbox.lost(self._accepted)
        super().connection_lost(error)


class _Hooks:
    """What aiosmtpd calls by name when a message is complete."""

    def __init__(self, accept: Callable[[Envelope], None]) -> None:
        self._accept = accept

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self._accept(envelope)
        return "250 2.0.0 accepted"
