"""A query's source cut into tokens with their places. Knows operators by their looks only, not where they may stand."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from aggregator.errors import QueryError
from aggregator.topics import foreign
from aggregator.topics.syntax import MetaField


class Kind(StrEnum):
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    NEAR = "NEAR"
    COUNT = "COUNT"
    OPEN = "("
    CLOSE = ")"
    FIELD = "field"
    MODIFIER = "modifier"
    PHRASE = "phrase"
    WORD = "word"
    LIST = "list"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`text` is the operator's, field's or list's name, or the term without its quotes; `number` is what follows a slash."""

    kind: Kind
    text: str
    pos: int
    end: int
    number: str = ""


_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069"
_BLANK = re.compile(rf"[\s{_INVISIBLE}]+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
_STOP = r'\s()（）"“”„«»'
_BORDER = rf"(?=[{_STOP}]|\Z)"
_OPERATOR = re.compile(rf"(AND|OR|NOT){_BORDER}")
_NEAR = re.compile(rf"(O?NEAR)(?:/(\d+))?{_BORDER}")
_COUNT = re.compile(r"(ATLEAST|START)(?:/(\d+))?(?=\s*[(（])")
_FIELD = re.compile(r"([^\W\d_]+):")
_LIST = re.compile(r"@([\w.\-]+)")
_MINUS = re.compile(rf"[-−–](?=[^\s){_INVISIBLE}])")
_WORD = re.compile(rf"[^{_STOP}:]+")
_VALUE = re.compile(rf"[^{_STOP}]+")
_UNQUOTED = re.compile(r"[\[\]{}^\\|<>]")
_CLOSERS = {'"': '"', "“": '”"“', "”": '”"', "„": '“”"', "«": "»", "»": "«»"}
_META = frozenset(MetaField)


def tokenise(source: str) -> tuple[Token, ...]:
    """All tokens of a query, the last one `END`. Raises QueryError for a character or operator that cannot stand in a query."""
    control = _CONTROL.search(source)
    if control:
        _fail(source, f"a control character (U+{ord(control[0]):04X}) stands here", control.start(), hint="delete it")
    return tuple(_tokens(source))


def _fail(source: str, message: str, pos: int, end: int = 0, *, hint: str = "") -> NoReturn:
    raise QueryError(message, source=source, pos=pos, end=end or pos + 1, hint=hint)


def _tokens(source: str) -> Iterator[Token]:
    pos = 0
    after_meta = False
    while True:
        blank = _BLANK.match(source, pos)
        pos = blank.end() if blank else pos
        if pos >= len(source):
            break
        token = _value(source, pos) if after_meta else None
        token = token or _next(source, pos)
        yield token
        after_meta = token.kind is Kind.FIELD and token.text.lower() in _META
        pos = token.end
    yield Token(kind=Kind.END, text="", pos=len(source), end=len(source))


def _value(source: str, pos: int) -> Token | None:
    """Behind `url:` and its like a term may hold colons."""
    found = _VALUE.match(source, pos)
    return Token(kind=Kind.WORD, text=found[0], pos=pos, end=found.end()) if found else None


def _next(source: str, pos: int) -> Token:
    for reader in _READERS:
        token = reader(source, pos)
        if token is not None:
            return token
    _fail(source, f"{source[pos]!r} cannot stand here", pos, hint="to search for it, put the whole term in quotes")


def _bracket(source: str, pos: int) -> Token | None:
    kind = {"(": Kind.OPEN, "（": Kind.OPEN, ")": Kind.CLOSE, "）": Kind.CLOSE}.get(source[pos])
    return Token(kind=kind, text=kind.value, pos=pos, end=pos + 1) if kind else None


def _phrase(source: str, pos: int) -> Token | None:
    closers = _CLOSERS.get(source[pos])
    if closers is None:
        return None
    ends = [end for end in (source.find(closer, pos + 1) for closer in closers) if end >= 0]
    if not ends:
        _fail(source, "this quotation mark is never closed", pos, hint=f"add a closing {closers[0]}")
    end = min(ends)
    slop = foreign.slop(source, end + 1)
    if slop:
        _fail(source, f"{source[end + 1 : slop[0]]} is not known here", end + 1, slop[0], hint=slop[1])
    return Token(kind=Kind.PHRASE, text=source[pos + 1 : end], pos=pos, end=end + 1)


def _operator(source: str, pos: int) -> Token | None:
    found = _OPERATOR.match(source, pos)
    return Token(kind=Kind(found[1]), text=found[1], pos=pos, end=found.end()) if found else None


def _near(source: str, pos: int) -> Token | None:
    found = _NEAR.match(source, pos)
    return Token(kind=Kind.NEAR, text=found[1], number=found[2] or "", pos=pos, end=found.end()) if found else None


def _count(source: str, pos: int) -> Token | None:
    found = _COUNT.match(source, pos)
    return Token(kind=Kind.COUNT, text=found[1], number=found[2] or "", pos=pos, end=found.end()) if found else None


def _field(source: str, pos: int) -> Token | None:
    found = _FIELD.match(source, pos)
    return Token(kind=Kind.FIELD, text=found[1], pos=pos, end=found.end()) if found else None


def _list(source: str, pos: int) -> Token | None:
    found = _LIST.match(source, pos)
    return Token(kind=Kind.LIST, text=found[1], pos=pos, end=found.end()) if found else None


def _minus(source: str, pos: int) -> Token | None:
    found = _MINUS.match(source, pos)
    return Token(kind=Kind.NOT, text=found[0], pos=pos, end=found.end()) if found else None


def _modifier(source: str, pos: int) -> Token | None:
    return Token(kind=Kind.MODIFIER, text=source[pos], pos=pos, end=pos + 1) if source[pos] in "=~" else None


def _word(source: str, pos: int) -> Token | None:
    found = _WORD.match(source, pos)
    if not found:
        return None
    text, end = found[0], found.end()
    around = foreign.around(source, pos)
    end, hint = around or (end, foreign.refusal(text))
    if hint:
        _fail(source, f"{source[pos:end]} is not an operator here", pos, end, hint=hint)
    _refuse_function(source, text, pos)
    strange = _UNQUOTED.search(text)
    if strange:
        _fail(
            source,
            f"{strange[0]} cannot stand here",
            pos + strange.start(),
            hint="to search for it, put the whole term in quotes",
        )
    return Token(kind=Kind.WORD, text=text, pos=pos, end=end)


def _refuse_function(source: str, text: str, pos: int) -> None:
    """`headline("x")` of Lexis and Cision would be read as two terms."""
    name = foreign.FIELD_NAMES.get(text.lower(), text.lower())
    end = pos + len(text)
    if source[end : end + 1] == "(" and name in foreign.FIELDS:
        _fail(source, f"{text}( … ) is not known here", pos, end, hint=f"write {name}:( … )")


_READERS: tuple[Callable[[str, int], Token | None], ...] = (
    _bracket,
    _phrase,
    _minus,
    _modifier,
    _list,
    _operator,
    _near,
    _count,
    _field,
    _word,
)
