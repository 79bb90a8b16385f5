"""The tree of a query. Positions are character offsets into the source and do not take part in comparisons."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from aggregator.topics.values import Field


class Mode(StrEnum):
    """How a word of a query is compared with words of a text."""

    PLAIN = "plain"
    EXACT = "exact"
    INFLECTED = "inflected"


class MetaField(StrEnum):
    """Properties of a document that a query can ask for. They are never marked in the text."""

    SOURCE = "source"
    SECTION = "section"
    LANGUAGE = "language"
    COUNTRY = "country"
    URL = "url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`pos:end` of the part in the query's source, end exclusive."""

    pos: int = field(compare=False)
    end: int = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word(Place):
    """One position of a text. `text` is as typed, with `?` and a final `*` when `wildcard`."""

    text: str
    mode: Mode = Mode.PLAIN
    wildcard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase(Place):
    """Adjacent words in order. `exact`: the characters they cover equal `text`."""

    words: tuple[Word, ...]
    text: str
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Near(Place):
    """Two places with at most `distance` words between them; `ordered`: left first."""

    left: "Node"
    right: "Node"
    distance: int
    ordered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class And(Place):
    """All parts. `implied`: at least two stand side by side without AND; `bracketed`: brackets stand around it."""

    parts: tuple["Node", ...]
    implied: bool = field(default=False, compare=False)
    bracketed: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Or(Place):
    """Any part. `list_name` when it came from `@name`."""

    parts: tuple["Node", ...]
    list_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Place):
    """True where the part is not found in the whole document (in the whole field when inside one)."""

    part: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope(Place):
    """The part, looked for in one field only."""

    field: Field
    part: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta(Place):
    """A property of the document."""

    field: MetaField
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast(Place):
    """At least `count` places that do not overlap."""

    count: int
    part: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Place):
    """A place in the title, or ending within the first `count` words of the body."""

    count: int
    part: "Node"


Node: TypeAlias = Word | Phrase | Near | And | Or | Not | Scope | Meta | AtLeast | Start


def children(node: Node) -> tuple[Node, ...]:
    """The parts directly below a node, in reading order; words of a phrase included."""
    match node:
        case And() | Or():
            return node.parts
        case Near():
            return (node.left, node.right)
        case Not() | Scope() | AtLeast() | Start():
            return (node.part,)
        case Phrase():
            return node.words
        case Word() | Meta():
            return ()


def walk(node: Node) -> tuple[Node, ...]:
    """The node and everything below it, parents first."""
    found: list[Node] = []
    waiting = [node]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting.extend(reversed(children(current)))
    return tuple(found)
