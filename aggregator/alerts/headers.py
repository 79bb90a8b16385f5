"""Header lines of a mail, written byte by byte.

The standard library's folding lets `=?UTF-8?Q?=0A?=` in a headline become a real header line (CVE-2024-6923, in Python 3.11.7 and
3.12.1) and encodes long Message-IDs; so the lines are made here, of printable ASCII only, and are the same on every interpreter.
"""

import base64
import re
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.parser import BytesParser

from aggregator.text import one_line

_LINE = 76
# 39 bytes make 52 base64 characters and an encoded word of 64, which fits behind "Subject: " (RFC 2047: 76 a line).
_CHUNK = 39
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_WIRE = re.compile(r"[\x20-\x7e]*")


def header_text(text: str, limit: int = 0) -> str:
    """Outside text for a header: one line, no control, direction or surrogate characters, nothing that reads as an encoded word.

    `limit` > 0 cuts to that many characters.
    """
    clean = one_line(text).replace("=?", "= ?")
    return clean if not limit or len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def words_line(name: str, text: str) -> bytes:
    """A header of free text (Subject): plain where it is ASCII and its words fit a line, else encoded words."""
    text = header_text(text)
    tokens = text.split(" ") if _fits(text) else _encoded(text)
    return tokens_line(name, tokens)


def _fits(text: str) -> bool:
    return text.isascii() and all(len(word) <= _LINE - 16 for word in text.split(" "))


def _encoded(text: str) -> list[str]:
    return [f"=?utf-8?b?{base64.b64encode(chunk.encode()).decode()}?=" for chunk in _chunks(text)]


def _chunks(text: str) -> list[str]:
    chunks, size = [""], 0
    for sign in text:
        length = len(sign.encode())
        if size + length > _CHUNK:
            chunks.append("")
            size = 0
        chunks[-1] += sign
        size += length
    return chunks


def tokens_line(name: str, tokens: list[str]) -> bytes:
    """A header of tokens that stay whole (Message-IDs, links), folded between them; ValueError for anything but printable ASCII."""
    lines = [f"{name}:"]
    for token in tokens:
        if not _WIRE.fullmatch(token) or len(token) > 900:
            raise ValueError(f"{name}: not for a header: {token[:60]!a}")
        if len(lines[-1]) + 1 + len(token) > _LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {token}"
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def address_line(name: str, address: Address) -> bytes:
    """From or To with one address."""
    spec = f"<{address.addr_spec}>"
    return tokens_line(name, [*_phrase(address.display_name), spec] if address.display_name else [address.addr_spec])


def _phrase(display: str) -> list[str]:
    if not _fits(display) or "=?" in display:
        return _encoded(display)
    if _ATOMS.fullmatch(display):
        return display.split(" ")
    escaped = display.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"']


def check(mime: bytes, names: tuple[str, ...], subject: str) -> None:
    """Read the finished mail back; ValueError unless it has exactly these headers, in this order, and this subject."""
    # The header block alone is read in full: below it everything is encoded, and interpreting the parts' headers costs ten times more.
    parsed = BytesParser(policy=policy.default).parsebytes(mime, headersonly=True)
    defects = [*parsed.defects, *message_from_bytes(mime, policy=policy.compat32).defects]
    found = tuple(name.lower() for name in parsed.keys())  # noqa: SIM118  a mail's headers are a list, not a mapping
    if found != tuple(name.lower() for name in names):
        raise ValueError(f"headers read back otherwise than written: {found!a}")
    if str(parsed["Subject"]) != header_text(subject):
        raise ValueError("the subject reads back otherwise than written")
    if defects:
        raise ValueError(f"the mail reads back with defects: {defects!a}")
