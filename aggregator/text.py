"""Text from outside, made safe to store and to show. Pure string functions; every room uses these and no others."""

import re
import unicodedata

# Soft hyphen, zero-width blanks and joiners of direction, BOM, bidi embeddings and isolates. ZWJ and ZWNJ stay: they spell
# words in Persian and Indic scripts.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069\u061c]")
# C0 and C1 controls except tab, newline and carriage return; lone surrogates; non-characters.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" *\n[ \n]*")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def normalise(text: str) -> str:
    """The one stored form of outside text: NFC, no invisible or control characters, single blanks, one line break between paragraphs.

    Offsets of matches refer to text in this form; it is idempotent.
    """
    # Most lines are in that form already: nothing that is not printable, no two blanks together.
    if text.isprintable() and "  " not in text and unicodedata.is_normalized("NFC", text):
        return text.strip()
    text = _LINE_ENDS.sub("\n", text)
    text = _CONTROL.sub("", text)
    text = _INVISIBLE.sub("", text)
    text = unicodedata.normalize("NFC", text)
    return _BREAKS.sub("\n", _BLANKS.sub(" ", text)).strip()


def one_line(text: str, limit: int = 0) -> str:
    """`normalise` without paragraph breaks, cut to `limit` characters with an ellipsis when it is longer (0: not cut)."""
    text = normalise(text).replace("\n", " ")
    if limit and len(text) > limit:
        return text[: limit - 1].rstrip() + "…"
    return text


def word_set(words: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(words.split())


def printable(text: str) -> str:
    """For a terminal or a log line: one line, nothing that moves a cursor or changes direction."""
    return one_line(text)
