"""A query read back: with every bracket, and the caret under a mistake."""

import re
import unicodedata

from aggregator.errors import QueryError
from aggregator.topics.syntax import And, AtLeast, Meta, Mode, Near, Node, Not, Or, Phrase, Scope, Start, Word

_SIGNS = {Mode.PLAIN: "", Mode.EXACT: "=", Mode.INFLECTED: "~"}
# What the lexer would read as something else must stay in quotes.
_BARE = re.compile(r"(?!(?:AND|OR|NOT|O?NEAR|and|or|not|near|AROUND|ADJ\d*|NEAR\d+|near\d+|ANDNOT|(?i:atleast)\d+)\Z)[\w?*.']+\Z")
_QUOTES = ('""', "«»", "“”")
_CONTEXT = 60


def show(node: Node) -> str:
    """The query with full brackets, operators written out; parsing it again gives an equal tree."""
    text = _show(node)
    return text[1:-1] if isinstance(node, And | Or | Near) and not _list_name(node) else text


def _list_name(node: Node) -> str:
    return node.list_name if isinstance(node, Or) else ""


def _show(node: Node) -> str:  # noqa: PLR0911 - one case a node type
    match node:
        case Word():
            return _SIGNS[node.mode] + (node.text if _BARE.match(node.text) else _quoted(node.text))
        case Phrase():
            sign = "=" if node.exact else _SIGNS[node.words[0].mode]
            return sign + _quoted(node.text)
        case Near():
            name = "ONEAR" if node.ordered else "NEAR"
            return f"({_show(node.left)} {name}/{node.distance} {_show(node.right)})"
        case And():
            return f"({' AND '.join(map(_show, node.parts))})"
        case Or():
            return f"@{node.list_name}" if node.list_name else f"({' OR '.join(map(_show, node.parts))})"
        case Not():
            return f"NOT {_show(node.part)}"
        case Scope():
            return f"{node.field}:{_show(node.part)}"
        case Meta():
            return f"{node.field}:{_quoted(node.value)}"
        case AtLeast() | Start():
            return _counted(node)


def _counted(node: AtLeast | Start) -> str:
    name = "ATLEAST" if isinstance(node, AtLeast) else "START"
    inner = _show(node.part)
    return f"{name}/{node.count}{inner}" if inner.startswith("(") else f"{name}/{node.count}({inner})"


def _quoted(text: str) -> str:
    """In the first pair of quotes whose marks the text does not hold; inside any other quotes it could not have been read."""
    pair = next((pair for pair in _QUOTES if not set(pair) & set(text)), _QUOTES[0])
    return f"{pair[0]}{text}{pair[1]}"


def caret(error: QueryError) -> str:
    """Two lines: the line of the query that holds the mistake, and carets under it.

    Long lines are cut around the mistake; control and direction characters are shown as `·`, wide ones take two columns.
    """
    start = error.source.rfind("\n", 0, error.pos) + 1
    stop = error.source.find("\n", error.pos)
    line = error.source[start : stop if stop >= 0 else len(error.source)]
    pos, end = error.pos - start, max(error.pos + 1, error.end) - start
    left = max(0, pos - _CONTEXT)
    right = min(len(line), max(pos + 1, min(end, pos + _CONTEXT)) + _CONTEXT)
    before = ("…" if left else "") + _printable(line[left:pos])
    marked = _printable(line[pos : min(end, pos + _CONTEXT)])
    after = _printable(line[min(end, pos + _CONTEXT) : right]) + ("…" if right < len(line) else "")
    return f"{before}{marked}{after}\n{' ' * _width(before)}{'^' * max(1, _width(marked))}"


def _printable(text: str) -> str:
    return "".join(" " if char.isspace() else char if unicodedata.category(char)[0] != "C" else "·" for char in text)


def _width(text: str) -> int:
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
