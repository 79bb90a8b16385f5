"""A tree as functions over positions.

Each node becomes one finder that decides and tells the places at once, so that a mark can never disagree with a match.
Nothing of a query's text is ever run as code.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from aggregator.topics import hits
from aggregator.topics.hits import Hit
from aggregator.topics.lints import COMMON
from aggregator.topics.positions import BASES, BODY, FIELD_SIZE, Occurrences, field_text
from aggregator.topics.syntax import And, AtLeast, Meta, MetaField, Near, Node, Not, Or, Phrase, Scope, Start, Word, walk
from aggregator.topics.values import Document, Field
from aggregator.topics.vocabulary import Vocabulary, primary_subtag
from aggregator.topics.words import base

Finder: TypeAlias = Callable[[Occurrences], list[Hit] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A range of positions: one field, or title and body together when `field` is None."""

    field: Field | None = None

    def positions(self, number: int, found: Occurrences) -> Sequence[int]:
        """Positions of a query word inside the region."""
        match self.field:
            case None:
                return found.text.get(number, ())
            case Field.TITLE:
                return [at for at in found.text.get(number, ()) if at < BODY]
            case Field.BODY:
                return [at for at in found.text.get(number, ()) if at >= BODY]
            case Field.AUTHOR:
                return found.author.get(number, ())
            case Field.CAPTION:
                return found.caption.get(number, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Query words of which at least one must be in a document that matches; `cost` is how often that is expected."""

    cost: float
    numbers: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A query ready to run. `anchor` None: no word is needed, every document must be looked at.

    `fields` are the fields that are read besides title and body.
    """

    find: Finder
    anchor: Anchor | None
    fields: frozenset[Field]


def compile_query(node: Node, vocabulary: Vocabulary) -> Compiled:
    """The query as functions; its words are added to the vocabulary."""
    fields = frozenset(part.field for part in walk(node) if isinstance(part, Scope)) | {Field.TITLE, Field.BODY}
    compiler = _Compiler(vocabulary)
    return Compiled(find=compiler.finder(node, Region()), anchor=compiler.anchor(node), fields=fields)


class _Compiler:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def finder(self, node: Node, region: Region) -> Finder:  # noqa: C901, PLR0911 - one case a node type
        match node:
            case Word():
                return _word(self._vocabulary.add(node), region)
            case Phrase():
                return _phrase(tuple(map(self._vocabulary.add, node.words)), region, node.text if node.exact else None)
            case Near():
                return _near(self.finder(node.left, region), self.finder(node.right, region), node)
            case And():
                return _all(tuple(self.finder(part, region) for part in self._by_cost(node.parts)))
            case Or():
                return _any(tuple(self.finder(part, region) for part in node.parts))
            case Not():
                return _not(self.finder(node.part, region))
            case Scope():
                return self.finder(node.part, Region(field=node.field))
            case Meta():
                return _meta(node)
            case AtLeast():
                return _at_least(self.finder(node.part, region), node.count)
            case Start():
                return _start(self.finder(node.part, region), node.count)

    def _by_cost(self, parts: tuple[Node, ...]) -> list[Node]:
        """Rarest first: the earlier a conjunction fails, the cheaper; exclusions last."""
        return sorted(parts, key=self._cost)

    def _cost(self, node: Node) -> float:
        anchor = self.anchor(node)
        return anchor.cost if anchor else 0.0 if isinstance(node, Meta) else 1e9

    def anchor(self, node: Node) -> Anchor | None:
        """The rarest group of words of which one must be there."""
        match node:
            case Word():
                return Anchor(cost=_expected(node), numbers=frozenset((self._vocabulary.add(node),)))
            case Phrase() | And():
                return self._cheapest(node.words if isinstance(node, Phrase) else node.parts)
            case Near():
                return self._cheapest((node.left, node.right))
            case Or():
                return self._joined(node.parts)
            case Not() | Meta():
                return None
            case Scope() | AtLeast() | Start():
                return self.anchor(node.part)

    def _cheapest(self, parts: Sequence[Node]) -> Anchor | None:
        anchors = [anchor for part in parts if (anchor := self.anchor(part))]
        return min(anchors, key=lambda anchor: anchor.cost, default=None)

    def _joined(self, parts: Sequence[Node]) -> Anchor | None:
        anchors = [anchor for part in parts if (anchor := self.anchor(part))]
        if len(anchors) < len(parts):
            return None
        numbers = frozenset[int]().union(*(anchor.numbers for anchor in anchors))
        return Anchor(cost=sum(anchor.cost for anchor in anchors), numbers=numbers)


def _expected(word: Word) -> float:
    """Longer words are rarer (measured good enough without frequencies); common words are in every article."""
    if base(word.text) in COMMON:
        return 1.0
    return (0.4 if word.wildcard else 0.2) / len(word.text)


def _word(number: int, region: Region) -> Finder:
    def find(found: Occurrences) -> list[Hit] | None:
        return hits.of_word(region.positions(number, found)) or None

    return find


def _phrase(numbers: tuple[int, ...], region: Region, exact: str | None) -> Finder:
    def find(found: Occurrences) -> list[Hit] | None:
        positions = [region.positions(number, found) for number in numbers]
        if not all(positions):
            return None
        result = hits.adjacent(positions)
        if exact is not None and result:
            result = _as_written(result, exact, found)
        return result or None

    return find


def _as_written(result: list[Hit], exact: str, found: Occurrences) -> list[Hit]:
    """The hits whose characters are the ones typed."""
    kept: list[Hit] = []
    for name, low in BASES.items():
        inside = [hit for hit in result if low <= hit[0] < low + FIELD_SIZE]
        if not inside:
            continue
        text = field_text(found.document, name)
        where = found.where(name)
        kept += [hit for hit in inside if text[where[hit[0]][0] : where[hit[1] - 1][1]] == exact]
    return kept


def _near(left: Finder, right: Finder, node: Near) -> Finder:
    distance, ordered = node.distance, node.ordered

    def find(found: Occurrences) -> list[Hit] | None:
        first = left(found)
        second = right(found) if first else None
        return (hits.near(first, second, distance, ordered=ordered) or None) if first and second else None

    return find


def _all(finders: tuple[Finder, ...]) -> Finder:
    def find(found: Occurrences) -> list[Hit] | None:
        results = []
        for finder in finders:
            result = finder(found)
            if result is None:
                return None
            results.append(result)
        return hits.merged(results)

    return find


def _any(finders: tuple[Finder, ...]) -> Finder:
    def find(found: Occurrences) -> list[Hit] | None:
        results = [result for finder in finders if (result := finder(found)) is not None]
        return hits.merged(results) if results else None

    return find


def _not(finder: Finder) -> Finder:
    def find(found: Occurrences) -> list[Hit] | None:
        return [] if finder(found) is None else None

    return find


def _at_least(finder: Finder, count: int) -> Finder:
    def find(found: Occurrences) -> list[Hit] | None:
        result = finder(found)
        return result if result and hits.disjoint(result) >= count else None

    return find


def _start(finder: Finder, count: int) -> Finder:
    def find(found: Occurrences) -> list[Hit] | None:
        return [hit for hit in finder(found) or () if hit[0] < BODY or BODY <= hit[0] < hit[1] <= BODY + count] or None

    return find


def _meta(node: Meta) -> Finder:
    value = node.value.casefold().strip()
    holds = _PROPERTIES[node.field]

    def find(found: Occurrences) -> list[Hit] | None:
        return [] if holds(found.document, value) else None

    return find


def _source(document: Document, value: str) -> bool:
    """A name, a domain, or the domain of which it is a part."""
    return any(source.casefold() == value or source.casefold().endswith("." + value) for source in document.sources)


_PROPERTIES: dict[MetaField, Callable[[Document, str], bool]] = {
    MetaField.SOURCE: _source,
    MetaField.SECTION: lambda document, value: document.section.casefold() == value,
    MetaField.LANGUAGE: lambda document, value: primary_subtag(document.language) == primary_subtag(value),
    MetaField.COUNTRY: lambda document, value: document.country.casefold() == value,
    MetaField.URL: lambda document, value: value in document.url.casefold(),
}
