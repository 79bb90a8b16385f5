"""Bytes become text. The bytes themselves are believed before what header and declaration say about them.

Real feeds disagree with their own declaration often enough (latin-1 declared UTF-8, UTF-8 sent as us-ascii) that the
order is: byte order mark, zero bytes, valid UTF-8, declaration, header, guess.
"""

import codecs
import re
from itertools import pairwise

from aggregator.errors import NotAFeedError
from aggregator.reasons import Reason

_DECLARED = re.compile(rb"^\s{0,64}<\?xml[^>]{0,200}?encoding\s{0,8}=\s{0,8}[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head)\b", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^<>]{0,300}?\bcharset\s{0,8}=\s{0,8}[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What publishers mean when they write the smaller name.
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "iso8859-11": "cp874",
    "iso8859-9": "cp1254",
}
# The only encodings of plain ASCII bytes that are not ASCII; utf-7 is refused, it hides markup.
_ESCAPED = ("iso2022", "hz")
# The first two letters that UTF-8 taken for Western text begins with.
_LEAD = re.compile("[\xc2-\xf4][\x80-\xbf\u0152-\u2122]")
_HAS_C1 = re.compile("[\x80-\x9f]")
_C1 = {code: found for code in range(0x80, 0xA0) if (found := bytes([code]).decode("cp1252", "ignore"))}
_BYTES = {ord(found): code for code, found in _C1.items()}
# The commonest lower-case Russian letters tell windows-1251 from koi8-r.
_COMMON_RUSSIAN = frozenset("оеаинтсрвл")


def to_text(body: bytes, content_type: str) -> str:
    """The document as text, whatever was declared. Never fails on bytes; raises NotAFeedError(HOSTILE) for utf-7."""
    declared, sent = _declared(body), _codec(_first(_CHARSET, content_type))
    if "utf-7" in {declared, sent}:
        raise NotAFeedError(Reason.HOSTILE, "the document declares utf-7, which is only used to hide markup")
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    if codec := _wide(body):
        return body.decode(codec, "replace")
    if body.isascii():
        escaped = next((c for c in (declared, sent) if c.startswith(_ESCAPED)), "ascii")
        return body.decode(escaped, "replace")
    return _eight_bit(body, declared, sent)


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _declared(body: bytes) -> str:
    match = _DECLARED.match(body[:512])
    if match is None and _PAGE.search(body[:1024]):
        match = _META.search(body[:4096])
    return _codec(match[1].decode("ascii")) if match else ""


def _codec(name: str) -> str:
    """Python's name for a text encoding; "" when it knows none."""
    try:
        found = codecs.lookup(name) if name else None
    except (LookupError, ValueError):
        return ""
    # Python has codecs that are no text encodings (rot13, zlib); they may not be reached from outside.
    if found is None or not getattr(found, "_is_text_encoding", True) or found.name in {"idna", "punycode", "unicode_escape"}:
        return ""
    return _MEANT.get(found.name, found.name)


def _wide(body: bytes) -> str:
    """UTF-16 or UTF-32 without a byte order mark: zero bytes around the first "<"."""
    starts = {b"<\0\0\0": "utf-32-le", b"\0\0\0<": "utf-32-be"}
    if codec := starts.get(body[:4]):
        return codec
    # The second letter too: one stray zero byte makes no UTF-16.
    if body[:2] == b"<\0" and body[3:4] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if body[:2] == b"\0<" and body[2:3] == b"\0" else ""


def _eight_bit(body: bytes, declared: str, sent: str) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        pass
    damaged = body.decode("utf-8", "replace")
    lost = damaged.count("\ufffd")
    # A cut or a few foreign bytes in honest UTF-8: most multi-byte characters are sound.
    sound = sum(1 for c in damaged[:200_000] if c > "\x7f" and c != "\ufffd")
    if lost * 20 < sound:
        return damaged
    for codec in dict.fromkeys((declared, sent)):
        if codec and not codec.startswith(("utf", "raw")):
            try:
                return body.decode(codec)
            except (UnicodeDecodeError, LookupError):
                continue
    return _guess(body)


def _guess(body: bytes) -> str:
    """Undeclared 8-bit text: letters in runs are Cyrillic (the only such legacy feeds seen), single ones Western."""
    high = [byte > 0xBF for byte in body[:100_000]]
    pairs = sum(1 for one, other in pairwise(high) if one and other)
    if pairs * 2 > sum(high):
        return max((body.decode(codec, "replace") for codec in ("cp1251", "koi8-r")), key=_russian)
    return body.decode("cp1252", "replace")


def mended(text: str) -> str:
    """Text whose UTF-8 was taken for Western characters and encoded once more ("CafÃ©", "â€™"), and C1 codes that mean windows-1252.

    Letters that form UTF-8 by chance do not stand in any language, so a text that can be turned back was turned before.
    """
    if text.isascii():
        return text
    text = _twice_encoded(text)
    return text.translate(_C1) if _HAS_C1.search(text) else text


def _twice_encoded(text: str) -> str:
    if not _LEAD.search(text):
        return text
    try:
        return text.translate(_BYTES).encode("latin-1").decode()
    except UnicodeError:
        return text


def _russian(text: str) -> int:
    return sum(1 for character in text[:100_000] if character in _COMMON_RUSSIAN)
