"""The grammar: OR < AND < NOT < NEAR < term. Every error names the place and what to write instead."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import NoReturn

from aggregator.errors import QueryError
from aggregator.topics import foreign
from aggregator.topics.foreign import NEAR_MAX
from aggregator.topics.lexer import Kind, Token, tokenise
from aggregator.topics.syntax import And, AtLeast, Meta, MetaField, Mode, Near, Node, Not, Or, Phrase, Scope, Start, Word, walk
from aggregator.topics.terms import TermError, read_term
from aggregator.topics.values import Field

SOURCE_BYTES = 20_000
WORDS = 500
NESTING = 50
COUNT_MAX = 10_000
_NO_LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_BEGINS = frozenset({Kind.PHRASE, Kind.WORD, Kind.OPEN, Kind.FIELD, Kind.MODIFIER, Kind.COUNT, Kind.LIST})
_MODES = {"=": Mode.EXACT, "~": Mode.INFLECTED}
_NAMES: dict[type, str] = {And: "AND", Not: "NOT", Scope: "a field", Meta: "a field", AtLeast: "ATLEAST", Start: "START"}
_TEXT_FIELDS = {str(member): member for member in Field}
_META_FIELDS = {str(member): member for member in MetaField}


def parse(source: str, lists: Mapping[str, tuple[str, ...]] = _NO_LISTS) -> Node:
    """The tree of a query; `@name` is replaced by the words of `lists`.

    Limits: 20,000 bytes, 500 words after the lists are filled in, 50 levels, NEAR/50. Raises QueryError with the place.
    """
    size = len(source.encode(errors="surrogatepass"))
    if size > SOURCE_BYTES:
        hint = "divide it into several topics, or move names into lists"
        message = f"the query is too long: {size:,} bytes, the most is {SOURCE_BYTES:,}"
        raise QueryError(message, source=source, pos=0, end=1, hint=hint)
    return _Parser(source, lists).query()


class _Parser:
    """Recursive descent over the tokens of one query; never deeper than NESTING."""

    def __init__(self, source: str, lists: Mapping[str, tuple[str, ...]]) -> None:
        self._source = source
        self._lists = lists
        self._tokens = tokenise(source)
        self._at = 0
        self._depth = 0
        self._words = 0

    def query(self) -> Node:
        if self._peek().kind is Kind.END:
            raise QueryError("the query is empty", source=self._source, pos=0, end=1, hint="write a word to watch for")
        node = self._or(None)
        left = self._peek()
        if left.kind is Kind.CLOSE:
            self._fail("this ) has no matching (", left, hint="remove it, or open a bracket before")
        if left.kind is not Kind.END:
            self._fail(f"{left.text} cannot stand here", left)
        self._refuse_only_excluding(node)
        return node

    # -- tokens

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _fail(self, message: str, at: Token | Node, *, hint: str = "") -> NoReturn:
        raise QueryError(message, source=self._source, pos=at.pos, end=max(at.end, at.pos + 1), hint=hint)

    def _deeper(self, at: Token) -> None:
        self._depth += 1
        if self._depth > NESTING:
            self._fail(f"the query is nested too deeply, the most is {NESTING} levels", at, hint="divide it into several topics")

    # -- grammar

    def _or(self, after: Token | None) -> Node:
        parts = [self._and(after)]
        while self._peek().kind is Kind.OR:
            parts.append(self._and(self._next()))
        if len(parts) == 1:
            return parts[0]
        return Or(pos=parts[0].pos, end=parts[-1].end, parts=tuple(parts))

    def _and(self, after: Token | None) -> Node:
        parts = [self._not(after)]
        implied = False
        while True:
            kind = self._peek().kind
            if kind is Kind.AND:
                parts.append(self._not(self._next()))
            elif kind is Kind.NOT:
                parts.append(self._not(None))
            elif kind in _BEGINS:
                implied = True
                parts.append(self._not(None))
            else:
                break
        if len(parts) == 1:
            return parts[0]
        return And(pos=parts[0].pos, end=parts[-1].end, parts=tuple(parts), implied=implied)

    def _not(self, after: Token | None) -> Node:
        token = self._peek()
        if token.kind is not Kind.NOT:
            return self._near(after)
        self._next()
        self._deeper(token)
        part = self._not(token)
        self._depth -= 1
        return Not(pos=token.pos, end=part.end, part=part)

    def _near(self, after: Token | None) -> Node:
        node = self._primary(after)
        depth = self._depth
        while self._peek().kind is Kind.NEAR:
            operator = self._next()
            distance = self._distance(operator)
            # A chain leans to the left: each link is one level more.
            self._deeper(operator)
            right = self._primary(operator)
            for operand in (node, right):
                self._refuse_in(operand, "NEAR")
            ordered = operator.text == "ONEAR"
            node = Near(pos=node.pos, end=right.end, left=node, right=right, distance=distance, ordered=ordered)
        self._depth = depth
        return node

    def _distance(self, operator: Token) -> int:
        name = operator.text
        if not operator.number:
            self._fail(
                f"{name} needs a distance", operator, hint=f"for example {name}/5: at most 5 words between; as a word, quote it"
            )
        if len(operator.number) > 9 or int(operator.number) > NEAR_MAX:
            self._fail(f"{name}/{operator.number[:9]} is too wide, the most is {NEAR_MAX}", operator, hint="use AND")
        return int(operator.number)

    def _refuse_in(self, node: Node, what: str) -> None:
        """Only what has a place in the text can be counted or be near to something."""
        if isinstance(node, Or):
            for part in node.parts:
                self._refuse_in(part, what)
        elif not isinstance(node, Word | Phrase | Near):
            name = _NAMES[type(node)]
            self._fail(f"{name} cannot stand inside {what}", node, hint="only words, phrases, OR-groups and NEAR can")

    def _primary(self, after: Token | None) -> Node:  # noqa: PLR0911 - one case a kind of token
        token = self._next()
        match token.kind:
            case Kind.OPEN:
                return self._brackets(token)
            case Kind.FIELD:
                return self._field(token)
            case Kind.COUNT:
                return self._counted(token)
            case Kind.MODIFIER:
                return self._modified(token)
            case Kind.LIST:
                return self._list(token)
            case Kind.PHRASE | Kind.WORD:
                return self._term(token, Mode.PLAIN, token.pos)
            case _:
                return self._missing(token, after)

    def _missing(self, token: Token, after: Token | None) -> NoReturn:
        if token.kind in {Kind.AND, Kind.OR, Kind.NEAR} and after is None:
            hint = f'to search the word itself, quote it: "{token.text}"'
            self._fail(f"{token.text} has nothing on its left", token, hint=hint)
        if token.kind is Kind.CLOSE and after is None:
            self._fail("this ) has no matching (", token, hint="remove it, or open a bracket before")
        behind = f" after {self._source[after.pos : after.end]}" if after else ""
        before = "" if token.kind is Kind.END else f" before {token.text}"
        self._fail(f"a word or phrase is missing{behind}{before}", token, hint="add one, or remove the operator")

    def _brackets(self, opening: Token) -> Node:
        if self._peek().kind is Kind.CLOSE:
            self._fail("these brackets are empty", replace(opening, end=self._peek().end), hint="put a word between them")
        self._deeper(opening)
        node = self._or(opening)
        self._depth -= 1
        if self._peek().kind is Kind.END:
            self._fail("this ( is never closed", opening, hint="add a )")
        if self._peek().kind is not Kind.CLOSE:
            self._fail(f"{self._peek().text} cannot stand here", self._peek())
        self._next()
        return replace(node, bracketed=True) if isinstance(node, And) else node

    def _field(self, token: Token) -> Node:
        name = token.text.lower()
        if name in _META_FIELDS:
            return self._meta(token, _META_FIELDS[name])
        if name not in _TEXT_FIELDS:
            self._fail(f"there is no field '{token.text}'", token, hint=_field_hint(name))
        self._deeper(token)
        part = self._primary(token)
        self._depth -= 1
        inner = next((node for node in walk(part) if isinstance(node, Scope)), None)
        if inner:
            self._fail(f"{inner.field}: cannot stand inside {name}:", inner, hint="a place is in one field only")
        return Scope(pos=token.pos, end=part.end, field=_TEXT_FIELDS[name], part=part)

    def _meta(self, token: Token, field: MetaField) -> Node:
        if self._peek().kind is not Kind.OPEN:
            return self._value(token, field, token.pos)
        self._next()
        values = [self._value(token, field, self._peek().pos)]
        while self._peek().kind is Kind.OR:
            self._next()
            values.append(self._value(token, field, self._peek().pos))
        closing = self._next()
        if closing.kind is Kind.END:
            self._fail(f"this {field}:( is never closed", token, hint="add a )")
        if closing.kind is not Kind.CLOSE:
            self._fail(f"only OR can stand inside {field}:( )", closing, hint=f"for example {field}:(a OR b)")
        return values[0] if len(values) == 1 else Or(pos=token.pos, end=closing.end, parts=tuple(values))

    def _value(self, token: Token, field: MetaField, pos: int) -> Meta:
        value = self._next()
        text = " ".join(value.text.split())
        if value.kind not in {Kind.WORD, Kind.PHRASE} or not text:
            self._fail(f"{field}: needs a value", value if value.text else token, hint=_VALUES[field])
        self._count_words(value, 1)
        return Meta(pos=pos, end=value.end, field=field, value=text)

    def _counted(self, token: Token) -> Node:
        name = token.text
        if not token.number or len(token.number) > 9 or not 1 <= int(token.number) <= COUNT_MAX:
            self._fail(f"{name} needs a number from 1 to {COUNT_MAX:,}", token, hint=f"for example {name}/3( … )")
        self._deeper(token)
        part = self._primary(token)
        self._depth -= 1
        self._refuse_in(part, name)
        made = AtLeast if name == "ATLEAST" else Start
        return made(pos=token.pos, end=part.end, count=int(token.number), part=part)

    def _modified(self, sign: Token) -> Node:
        token = self._peek()
        if token.kind not in {Kind.WORD, Kind.PHRASE} or token.pos != sign.end:
            self._fail(f"{sign.text} must touch a word or a quoted phrase", sign, hint=f"for example {sign.text}word")
        self._next()
        return self._term(token, _MODES[sign.text], sign.pos)

    def _term(self, token: Token, mode: Mode, pos: int) -> Node:
        inner = token.pos + (token.kind is Kind.PHRASE)
        try:
            node = read_term(token.text, mode=mode, pos=pos, end=token.end, inner=inner)
        except TermError as error:
            whole = error.end - error.start >= len(token.text)
            at = token if whole else replace(token, pos=inner + error.start, end=inner + error.end)
            self._fail(error.message, at, hint=error.hint)
        self._count_words(token, len(node.words) if isinstance(node, Phrase) else 1)
        return node

    def _list(self, token: Token) -> Node:
        entries = self._lists.get(token.text)
        if entries is None:
            close = get_close_matches(token.text, self._lists, 1)
            hint = f"did you mean @{close[0]}?" if close else "lists are written in topics.toml under [[lists]]"
            self._fail(f"there is no list '{token.text}'", token, hint=hint)
        if not entries:
            self._fail(f"the list '{token.text}' is empty", token, hint="add words to it")
        parts = tuple(self._entry(token, entry) for entry in entries)
        return Or(pos=token.pos, end=token.end, parts=parts, list_name=token.text)

    def _entry(self, token: Token, entry: str) -> Node:
        mode = _MODES.get(entry[:1], Mode.PLAIN)
        text = entry if mode is Mode.PLAIN else entry[1:]
        try:
            node = read_term(text, mode=mode, pos=token.pos, end=token.end, inner=token.pos)
        except TermError as error:
            self._fail(f"in the list '{token.text}', entry '{entry}': {error.message}", token, hint=error.hint)
        self._count_words(token, len(node.words) if isinstance(node, Phrase) else 1)
        if isinstance(node, Phrase):
            return replace(node, words=tuple(replace(word, pos=token.pos, end=token.end) for word in node.words))
        return node

    def _count_words(self, token: Token, count: int) -> None:
        self._words += count
        if self._words > WORDS:
            self._fail(f"the query has more than {WORDS} words", token, hint="divide it into several topics")

    def _refuse_only_excluding(self, node: Node) -> None:
        culprit = _only_excludes(node)
        if culprit:
            self._fail(
                "this only excludes: it would match every other article", culprit, hint="add with AND what you want to find"
            )


_VALUES = {
    MetaField.SOURCE: 'for example source:"The Moscow Times" or source:themoscowtimes.com',
    MetaField.SECTION: "for example section:business",
    MetaField.LANGUAGE: "for example language:ru, or language:(ru OR uk)",
    MetaField.COUNTRY: "for example country:EG",
    MetaField.URL: "for example url:/economy/",
}


def _field_hint(name: str) -> str:
    meant = foreign.FIELD_NAMES.get(name) or next(iter(get_close_matches(name, foreign.FIELDS, 1)), "")
    if meant:
        return f"did you mean {meant}:?"
    return f"put the term in quotes if : belongs to it; fields are {', '.join(foreign.FIELDS)}"


def _only_excludes(node: Node) -> Node | None:
    """The part through which a document could match without holding anything that was asked for; None when there is none."""
    match node:
        case Not():
            return node
        case And():
            return node if all(map(_only_excludes, node.parts)) else None
        case Or():
            found = (_only_excludes(part) for part in node.parts)
            return next((culprit for culprit in found if culprit), None)
        case Scope():
            return _only_excludes(node.part)
        case _:
            return None
