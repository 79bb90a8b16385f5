"""The only way a mail leaves: one SMTP transaction per message over a connection that is kept for the next.

What an error means depends on the stage it happens at. Whatever goes wrong before the recipient is named is about the relay as
a whole; a 5xx to the recipient or the text is about this message; everything else passes. The library keeps replies under 32 KiB.
"""

import asyncio
import contextlib
import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parseaddr
from types import TracebackType
from typing import Final, Self

import aiosmtplib

from aggregator.errors import DeliveryError
from aggregator.limits import Limits
from aggregator.reasons import Reason
from aggregator.settings import SmtpSettings
from aggregator.text import printable

# Relays count messages per connection and begin to refuse at 50 to 100.
_MESSAGES_PER_CONNECTION: Final = 50
_GOODBYE: Final = timedelta(seconds=5)
# Relays close idle connections, firewalls forget them, and a relay gone mad may go on talking.
_IDLE: Final = timedelta(seconds=10)
_BAD_ADDRESS: Final = re.compile(r"[\x00-\x20\x7f-\x9f<>\u2028\u2029]")
_LINE_BREAK: Final = re.compile(r"[\r\n\x00]")
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT: Final = re.compile(rb"(?m)^\.")
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_GO_AHEAD: Final = 354
_SERVICE_CLOSES: Final = 421
_TOO_BIG: Final = 552


class MailDoor:
    """Sends through one relay, one message at a time; concurrent senders queue. Close it with `close`.

    `idle`: how long a connection is kept for the next message.
    """

    def __init__(
        self, settings: SmtpSettings, limits: Limits, *, tls: ssl.SSLContext | None = None, idle: timedelta = _IDLE
    ) -> None:
        self._settings = settings
        self._limits = limits
        self._tls = tls
        self._turn = asyncio.Lock()
        self._client: aiosmtplib.SMTP | None = None
        self._sent = 0
        self._idle = idle
        self._leaving: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def send(self, sender: str, address: str, mime: bytes) -> str:
        """The relay's reply to an accepted message, as one printable line.

        `sender` may carry a display name; `mime` is the finished message. Raises DeliveryError; after it nothing was accepted,
        except when the connection broke while the reply was awaited: then nobody can know.
        """
        envelope = (_sender(sender), _bare(address, Reason.SMTP_RECIPIENT))
        async with self._turn:
            self._stay()
            try:
                async with asyncio.timeout(self._limits.smtp_total.total_seconds()):
                    reply = await self._deliver(*envelope, mime)
            except TimeoutError as error:
                # A connection that was not yet fit for a message is not kept here: then the relay is to blame.
                relay = self._client is None
                self._drop()
                total = self._limits.smtp_total.total_seconds()
                raise DeliveryError(Reason.SMTP_TIMEOUT, f"not accepted within {total:g} s", channel_down=relay) from error
            except DeliveryError as error:
                await self._clear(error)
                raise
            except BaseException:
                self._drop()
                raise
            await self._rest()
            return reply

    async def check(self) -> str:
        """Connects, encrypts and logs in without sending; gives the relay's greeting. Raises DeliveryError as `send` does."""
        async with self._turn:
            self._stay()
            try:
                async with asyncio.timeout(self._limits.smtp_total.total_seconds()):
                    client = await self._connected()
            except TimeoutError as error:
                self._drop()
                raise DeliveryError(Reason.SMTP_TIMEOUT, "no complete greeting in time", channel_down=True) from error
            greeting = client.last_ehlo_response or client.last_helo_response
            return _words(greeting.message) if greeting else ""

    async def close(self) -> None:
        """Says goodbye to the relay; errors no longer matter."""
        async with self._turn:
            await self._say_goodbye()

    async def _deliver(self, sender: str, address: str, mime: bytes) -> str:
        kept = self._client is not None and self._client.is_connected
        client = await self._connected()
        try:
            await self._mail_from(client, sender, address, mime)
        except DeliveryError as error:
            # Relays close idle connections, some with 421 to the next command: that says nothing about this message.
            if not kept or (error.code != _SERVICE_CLOSES and client.is_connected):
                raise
            self._drop()
            client = await self._connected()
            await self._mail_from(client, sender, address, mime)
        with _stage(Reason.SMTP_RECIPIENT):
            await client.rcpt(address, encoding="utf-8")
        with _stage(Reason.SMTP_DATA):
            response = await self._hand_over(client, mime)
        return _words(f"{response.code} {response.message}")

    async def _hand_over(self, client: aiosmtplib.SMTP, mime: bytes) -> aiosmtplib.SMTPResponse:
        """DATA and the text. Not the library's `data`: that takes a final 2xx other than 250 for a refusal, and every try would
        bring another copy; and it cannot tell it from a 2xx in the place of 354, after which nothing was sent.
        """
        answer = await client.execute_command(b"DATA")
        if answer.code != _GO_AHEAD:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)
        protocol = client.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        if getattr(protocol, "_buffer", b""):
            # Said before the text was: it would be taken for the answer to it, and a refused mail for an accepted one.
            raise aiosmtplib.SMTPServerDisconnected("the mail server answers before the text")
        protocol.write(_on_the_wire(mime))
        final = await protocol.read_response(timeout=self._limits.smtp_data.total_seconds())
        if not 200 <= final.code < 300:
            raise aiosmtplib.SMTPDataError(final.code, final.message)
        return final

    async def _mail_from(self, client: aiosmtplib.SMTP, sender: str, address: str, mime: bytes) -> None:
        options = _mail_options(client, sender, address, mime)
        with _stage(Reason.SMTP_SENDER, channel=True):
            await client.mail(sender, options=options, encoding="utf-8")

    async def _connected(self) -> aiosmtplib.SMTP:
        """A connection on which MAIL may be said."""
        if self._client is not None and self._client.is_connected:
            return self._client
        self._drop()
        self._client = client = aiosmtplib.SMTP(
            hostname=self._settings.host,
            port=self._settings.port,
            use_tls=self._settings.security == "tls",
            start_tls=False,
            local_hostname=_own_name(),
            timeout=self._limits.smtp_command.total_seconds(),
            tls_context=await self._context() if self._settings.security != "none" else None,
        )
        try:
            await self._open(client)
        except BaseException:
            self._drop()
            raise
        return client

    async def _open(self, client: aiosmtplib.SMTP) -> None:
        with _stage(Reason.SMTP_CONNECT, channel=True):
            await client.connect(timeout=self._limits.smtp_connect.total_seconds())
            await _introduce(client)
        if self._settings.security == "starttls":
            if not client.supports_extension("starttls"):
                raise DeliveryError(Reason.SMTP_TLS, "the mail server offers no STARTTLS", channel_down=True)
            with _stage(Reason.SMTP_TLS, channel=True):
                await client.starttls()
                await _introduce(client)
        if self._settings.username:
            self._refuse_open_login()
            with _stage(Reason.SMTP_AUTH, channel=True):
                await client.login(self._settings.username, self._settings.password)

    def _refuse_open_login(self) -> None:
        if self._settings.security == "none" and not _is_loopback(self._settings.host):
            words = "the log-in would cross the network unencrypted; set smtp.security to starttls or tls"
            raise DeliveryError(Reason.SMTP_AUTH, words, channel_down=True)

    async def _context(self) -> ssl.SSLContext:
        """Reading the authorities takes 20 ms: once, and not on the loop."""
        if self._tls is None:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        return self._tls

    async def _clear(self, error: DeliveryError) -> None:
        """After a refusal: the connection is kept for the next message when the relay forgets this one.

        After anything else its replies and our commands may no longer belong together.
        """
        client = self._client
        if client is None or not client.is_connected or not _is_refusal(error.code):
            self._drop()
            return
        try:
            await client.rset(timeout=_GOODBYE.total_seconds())
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            self._drop()
        else:
            self._leave_later()

    async def _rest(self) -> None:
        """After an accepted message: the connection is kept for a while."""
        self._sent += 1
        if self._sent >= _MESSAGES_PER_CONNECTION:
            await self._say_goodbye()
        else:
            self._leave_later()

    def _leave_later(self) -> None:
        self._leaving = asyncio.get_running_loop().call_later(self._idle.total_seconds(), self._drop)

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    async def _say_goodbye(self) -> None:
        if self._client is not None and self._client.is_connected:
            transport = self._client.transport
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await self._client.quit(timeout=_GOODBYE.total_seconds())
            # The library has begun to close it; under TLS that waits for the relay's part of the farewell.
            _hang_up(transport)
        self._drop()

    def _drop(self) -> None:
        """Ends the connection at once. Closing it in peace would wait for ever when a relay has stopped reading the text."""
        self._stay()
        self._sent = 0
        if self._client is not None:
            _hang_up(self._client.transport)
            self._client.close()
            self._client = None


def _hang_up(transport: asyncio.BaseTransport | None) -> None:
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


async def _introduce(client: aiosmtplib.SMTP) -> None:
    """EHLO, or HELO where that is not known."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in {500, 501, 502, 504}:
            raise
        await client.helo()


def _mail_options(client: aiosmtplib.SMTP, sender: str, address: str, mime: bytes) -> list[str]:
    options = []
    if client.supports_extension("size"):
        options.append(f"SIZE={len(mime)}")
    if not mime.isascii() and client.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    if sender.isascii() and address.isascii():
        return options
    if client.supports_extension("smtputf8"):
        return [*options, "SMTPUTF8"]
    words = "the mail server takes no addresses beyond ASCII"
    if sender.isascii():
        raise DeliveryError(Reason.SMTP_RECIPIENT, words, permanent_for_message=True)
    raise DeliveryError(Reason.SMTP_SENDER, words, channel_down=True)


@contextlib.contextmanager
def _stage(reason: Reason, *, channel: bool = False) -> Iterator[None]:
    """Names what the library raises inside. `channel`: a lasting refusal here is about the relay, not about the message."""
    try:
        yield
    except aiosmtplib.SMTPResponseException as error:
        raise _refusal(reason, error, channel=channel) from error
    except aiosmtplib.SMTPTimeoutError as error:
        raise DeliveryError(Reason.SMTP_TIMEOUT, f"{reason.value}: {_words(error)}", channel_down=channel) from error
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        if _caused_by_tls(error):
            raise DeliveryError(Reason.SMTP_TLS, _words(error), channel_down=True) from error
        if channel and isinstance(error, aiosmtplib.SMTPServerDisconnected):
            words = _with_stage(reason, Reason.SMTP_CONNECT, _words(error))
            raise DeliveryError(Reason.SMTP_CONNECT, words, channel_down=True) from error
        raise DeliveryError(reason, _words(error), channel_down=channel) from error


def _refusal(reason: Reason, error: aiosmtplib.SMTPResponseException, *, channel: bool) -> DeliveryError:
    if not _is_refusal(error.code):
        said = error.message if error.code <= 0 else f"{error.code} {error.message}"
        told = Reason.SMTP_CONNECT if channel else reason
        return DeliveryError(told, _with_stage(reason, told, _words(f"no proper SMTP: {said}")), channel_down=channel)
    lasting = error.code >= 500
    # RFC 1870: a 552 to MAIL with a SIZE is about this message.
    about_message = lasting and (not channel or (error.code == _TOO_BIG and reason is Reason.SMTP_SENDER))
    return DeliveryError(
        reason,
        _words(f"{error.code} {error.message}"),
        code=error.code,
        permanent_for_message=about_message,
        channel_down=channel and not about_message,
    )


def _with_stage(stage: Reason, told: Reason, words: str) -> str:
    """Where it happened, when the reason does not say that."""
    return words if stage is told else f"{stage.value}: {words}"


def _is_refusal(code: int | None) -> bool:
    return code is not None and 400 <= code < 600


def _on_the_wire(mime: bytes) -> bytes:
    """CRLF line ends, leading dots doubled, and the dot that ends it."""
    text = _LINE_END.sub(b"\r\n", mime)
    if not text.endswith(b"\r\n"):
        text += b"\r\n"
    return _LEADING_DOT.sub(b"..", text) + b".\r\n"


def _sender(text: str) -> str:
    """The bare address of a sender that may carry a display name."""
    named = "<" in text and not _LINE_BREAK.search(text)
    return _bare(parseaddr(text)[1] if named else text, Reason.SMTP_SENDER)


def _bare(address: str, reason: Reason) -> str:
    """Raises DeliveryError for what could not be an address, before anything is sent."""
    if _BAD_ADDRESS.search(address) or "@" not in address[1:-1]:
        recipient = reason is Reason.SMTP_RECIPIENT
        words = f"not a mail address: {_words(address)}"
        raise DeliveryError(reason, words, permanent_for_message=recipient, channel_down=not recipient)
    return address


def _caused_by_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _own_name() -> str:
    """What EHLO says. Not `getfqdn`, which asks name servers and may hang; the literal is what RFC 5321 has for nameless hosts."""
    name = socket.gethostname()
    return name if _HOST_NAME.fullmatch(name) else "[127.0.0.1]"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _words(error: object) -> str:
    return printable(str(error))[:500] or type(error).__name__
