"""A letter becomes a mail: templates, MIME, headers, and the plain fallback that goes out when any of it fails."""

import hashlib
import re
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from aggregator.alerts.addresses import parse_address, split_address
from aggregator.alerts.digest import contents
from aggregator.alerts.headers import address_line, check, header_text, tokens_line, words_line
from aggregator.alerts.values import AlertItem, Letter, MessageKind, Rendered
from aggregator.alerts.view import page, safe_url, subject
from aggregator.errors import UsageError
from aggregator.text import one_line

__all__ = ["fallback", "header_text", "parse_address", "render", "render_text_only"]

# Printable ASCII; 255 as in the column; nothing that a reader could take for an encoded word.
_ID = re.compile(r"<(?=.{3,253}>)(?!.*=\?)[\x21-\x3b\x3d\x3f-\x7e]+@[\x21-\x3b\x3d\x3f-\x7e]+>")
# RFC 5322 asks for the thread's first and latest; long-running stories would make the line grow for ever.
_REFERENCES = 12
_TEMPLATES = {
    MessageKind.ALERT: "alert",
    MessageKind.DIGEST: "digest",
    MessageKind.NOTICE: "notice",
    MessageKind.TEST: "test",
}


def render(letter: Letter) -> Rendered:
    """Write the mail. The same letter gives the same bytes. Never raises for what outlets print: then it is `fallback`."""
    try:
        return _render(letter)
    except Exception as problem:  # noqa: BLE001  whatever an outlet printed must not stop the outbox
        return fallback(letter, problem=f"{type(problem).__name__}: {one_line(str(problem), 200)}")


def render_text_only(letter: Letter) -> str:
    """The text part alone, for a preview on a terminal."""
    return _fill(letter, "txt")


def _render(letter: Letter) -> Rendered:
    title = subject(letter)
    text = _fill(letter, "txt")
    mail = EmailMessage(policy=SMTP)
    mail.set_content(text, cte=_encoding(text))
    html = _fill(letter, "html")
    mail.add_alternative(html, subtype="html", cte=_encoding(html))
    mail.set_boundary(f"=_{hashlib.sha256(letter.message_id.encode()).hexdigest()[:32]}")
    return _finish(_headers(letter, title), mail, title, text)


def _fill(letter: Letter, ending: str) -> str:
    template = _environment().get_template(f"{_TEMPLATES[letter.kind]}.{ending}")
    return template.render(page=page(letter, sender=_sender(letter).addr_spec)).rstrip("\n") + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("aggregator.alerts"),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _encoding(text: str) -> str:
    """Quoted-printable stays readable for Latin scripts; base64 is half its size for the others. Both keep lines short and 7-bit."""
    return "base64" if len(text.encode()) - len(text) > len(text) // 4 else "quoted-printable"


def _finish(lines: tuple[bytes, ...], mail: EmailMessage, title: str, text: str, problem: str = "") -> Rendered:
    mime = b"".join(lines) + mail.as_bytes()
    names = [line.partition(b":")[0].decode() for line in lines]
    check(mime, (*names, *mail.keys()), title)
    return Rendered(subject=title, text=text, mime=mime, problem=problem)


def _sender(letter: Letter) -> Address:
    return split_address(letter.sender, display_name=True)


def _headers(letter: Letter, title: str) -> tuple[bytes, ...]:
    sender = _sender(letter)
    if not _ID.fullmatch(letter.message_id):
        raise ValueError("the Message-ID is not usable")
    return (
        tokens_line("Date", [format_datetime(letter.now.astimezone(UTC))]),
        address_line("From", sender),
        address_line("To", split_address(letter.address)),
        words_line("Subject", title),
        tokens_line("Message-ID", [letter.message_id]),
        *_thread(letter),
        tokens_line("List-Id", [f"<{_list_id(letter, sender.domain)}>"]),
        *_unsubscribe(letter, sender.addr_spec),
        tokens_line("Auto-Submitted", ["auto-generated"]),
        tokens_line("Precedence", ["bulk"]),
    )


def _thread(letter: Letter) -> tuple[bytes, ...]:
    known = [each for each in dict.fromkeys(letter.references) if _ID.fullmatch(each) and each != letter.message_id]
    if not known:
        return ()
    kept = known if len(known) <= _REFERENCES else [known[0], *known[1 - _REFERENCES :]]
    return tokens_line("In-Reply-To", [kept[-1]]), tokens_line("References", kept)


def _list_id(letter: Letter, domain: str) -> str:
    """RFC 2919: dotted words. A letter without one belongs to the installation's list."""
    clean = re.sub(r"[^a-z0-9.-]+", "-", letter.list_id.strip("<> ").lower()).strip(".-")[:200]
    return clean if "." in clean else f"{clean or 'alerts'}.{domain}"


def _unsubscribe(letter: Letter, sender: str) -> tuple[bytes, ...]:
    """One-Click (RFC 8058) needs https and the recipient's token in the address; without it a mail to the sender is the way."""
    by_mail = f"<mailto:{quote(sender, safe='@')}?subject=unsubscribe>"
    url = safe_url(letter.unsubscribe_url)
    if not url or not url.isascii() or "," in url:
        return (tokens_line("List-Unsubscribe", [by_mail]),)
    both = tokens_line("List-Unsubscribe", [f"<{url}>,", by_mail])
    if not url.startswith("https://"):
        return (both,)
    return both, tokens_line("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"])


def fallback(letter: Letter, *, problem: str = "") -> Rendered:
    """The plain mail for a letter that cannot be rendered: own words in the subject, headlines and links as text, no HTML."""
    title = _plain_subject(letter)
    text = "\n\n".join([title, *map(_plain_item, letter.items), *map(one_line, letter.paragraphs), _plain_foot(letter)]) + "\n"
    mail = EmailMessage(policy=SMTP)
    mail.set_content(text, cte=_encoding(text))
    lines = (
        tokens_line("Date", [format_datetime(letter.now.astimezone(UTC))]),
        _sender_or_self(letter.sender),
        _recipient_or_none(letter.address),
        words_line("Subject", title),
        tokens_line("Message-ID", [_usable_id(letter.message_id)]),
        tokens_line("Auto-Submitted", ["auto-generated"]),
        tokens_line("Precedence", ["bulk"]),
    )
    return _finish(lines, mail, title, text, problem)


def _plain_subject(letter: Letter) -> str:
    match letter.kind:
        case MessageKind.ALERT if letter.items:
            return f"New match #{letter.items[0].alert_id}"
        case MessageKind.ALERT | MessageKind.DIGEST:
            return f"[News digest] {contents(letter.items)}"
        case MessageKind.NOTICE | MessageKind.TEST:
            return f"[aggregator] {letter.kind}"


def _plain_item(item: AlertItem) -> str:
    parts = (item.topic_name, item.headline, item.outlet, safe_url(item.url))
    return "\n".join(one_line(part, 1_000) for part in parts if part)


def _plain_foot(letter: Letter) -> str:
    read, total = letter.health.outlets_read, letter.health.outlets_total
    return f"This mail is plain because it could not be laid out.\n{read} of {total} outlets read."


def _sender_or_self(sender: str) -> bytes:
    try:
        return address_line("From", split_address(sender, display_name=True))
    except UsageError:
        return tokens_line("From", ["aggregator@localhost"])


def _recipient_or_none(address: str) -> bytes:
    try:
        return address_line("To", split_address(address))
    except UsageError:
        return tokens_line("To", ["undisclosed-recipients:;"])


def _usable_id(message_id: str) -> str:
    if _ID.fullmatch(message_id):
        return message_id
    return f"<{hashlib.sha256(message_id.encode('utf-8', 'replace')).hexdigest()[:40]}@localhost>"
