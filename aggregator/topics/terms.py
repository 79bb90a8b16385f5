"""One term of a query (a bare word, a quoted phrase, an entry of a list) as a word or phrase node."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.text import normalise
from aggregator.topics.syntax import Mode, Phrase, Word
from aggregator.topics.words import WORD

WILDCARD_LETTERS = 3
WORD_LENGTH = 200
_PIECE = re.compile(rf"(?:{WORD.pattern})|[*?]")
_LITERAL = re.compile(r"[^*?]*")


class TermError(ValueError):
    """What is wrong with a term; `start:end` are offsets into it."""

    def __init__(self, message: str, *, start: int, end: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    start: int
    end: int

    @property
    def wild(self) -> bool:
        return "*" in self.text or "?" in self.text


def read_term(text: str, *, mode: Mode, pos: int, end: int, inner: int) -> Word | Phrase:
    """A term's words. `pos:end` is its place with quotes and sign, `inner` where `text` begins. Raises TermError."""
    clean = normalise(text)
    pieces = list(_pieces(clean))
    if not any(char.isalnum() for char in clean) or not pieces:
        raise TermError(
            "there is no letter or digit in this term", start=0, end=len(text), hint="quotes do not help: marks are not searched"
        )
    # Where normalising moved the characters, a word's own place is unknown and the term's is used.
    shift = inner if clean == text else None
    words = tuple(_word(piece, mode, shift, (pos, end)) for piece in pieces)
    if len(words) == 1:
        return Word(pos=pos, end=end, text=words[0].text, mode=mode, wildcard=words[0].wildcard)
    covered = clean[pieces[0].start : pieces[-1].end]
    return Phrase(pos=pos, end=end, words=words, text=covered, exact=mode is Mode.EXACT)


def _pieces(text: str) -> Iterator[_Piece]:
    """Words and wildcards, a wildcard joined to what it touches."""
    current: _Piece | None = None
    for found in _PIECE.finditer(text):
        piece = _Piece(found[0], *found.span())
        if current and current.end == piece.start and (piece.wild or current.text[-1] in "*?"):
            current = _Piece(current.text + piece.text, current.start, piece.end)
            continue
        if current:
            yield current
        current = piece
    if current:
        yield current


def _word(piece: _Piece, mode: Mode, shift: int | None, place: tuple[int, int]) -> Word:
    if len(piece.text) > WORD_LENGTH:
        message = f"this word is too long, the most is {WORD_LENGTH} characters"
        raise TermError(message, start=piece.start, end=piece.end, hint="shorten it")
    if piece.wild:
        _check_wildcard(piece, mode)
    pos, end = place if shift is None else (piece.start + shift, piece.end + shift)
    return Word(pos=pos, end=end, text=piece.text, mode=mode, wildcard=piece.wild)


def _check_wildcard(piece: _Piece, mode: Mode) -> None:
    where = {"start": piece.start, "end": piece.end}
    if mode is Mode.EXACT:
        raise TermError("= and wildcards cannot be combined", **where, hint="leave the = or the wildcard out")
    if "*" in piece.text.removesuffix("*"):
        hint = "use ? for exactly one letter, or list the spellings with OR"
        raise TermError("* can only stand at the end of a word", **where, hint=hint)
    literal = _LITERAL.match(piece.text)
    if literal is None or sum(map(str.isalnum, literal[0])) < WILDCARD_LETTERS:
        hint = "write more of the word, or list the words with OR"
        raise TermError(f"a wildcard needs at least {WILDCARD_LETTERS} letters before it", **where, hint=hint)
