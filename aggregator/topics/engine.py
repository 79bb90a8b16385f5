"""All topics against one document. Topics are looked at only when their rarest word is in the document."""

from collections.abc import Iterable, Mapping

from aggregator.topics.compiling import Compiled, compile_query
from aggregator.topics.hits import Mark
from aggregator.topics.parser import parse
from aggregator.topics.positions import BASES, BODY, FIELD_SIZE, Occurrences, occurrences
from aggregator.topics.syntax import Node
from aggregator.topics.values import Document, Field, Match, Position, Span, Topic
from aggregator.topics.vocabulary import Lemmatise, Vocabulary

# A story's lead: its first paragraph, or its first 60 words where paragraphs are shorter (two sentences of agency style).
LEAD_WORDS = 60


class Query:
    """One query ready to run over many documents, as backtests do. Not to be shared between threads."""

    def __init__(self, node: Node, *, lemmatise: Lemmatise | None = None) -> None:
        self._vocabulary = Vocabulary(lemmatise)
        self._compiled = compile_query(node, self._vocabulary)

    def find(self, document: Document) -> tuple[Span, ...] | None:
        """Sorted spans that do not overlap, empty for a query about metadata only; None when the document does not match."""
        found = occurrences(document, self._vocabulary, self._compiled.fields)
        result = self._compiled.find(found)
        return None if result is None else _spans({mark for hit in result for mark in hit[2]}, found)


def evaluate(node: Node, document: Document, *, lemmatise: Lemmatise | None = None) -> tuple[Span, ...] | None:
    """`Query(node).find(document)` for a single document."""
    return Query(node, lemmatise=lemmatise).find(document)


class Matcher:
    """All topics, ready to run. Build a new one when topics or lists change (0.2 s for 1,000). Not to be shared between threads.

    Raises QueryError when a topic's query cannot be read.
    """

    def __init__(
        self,
        topics: Iterable[Topic],
        lists: Mapping[str, tuple[str, ...]],
        *,
        lemmatise: Lemmatise | None = None,
    ) -> None:
        self._topics = tuple(topics)
        self._vocabulary = Vocabulary(lemmatise)
        self._compiled: tuple[Compiled, ...] = tuple(
            compile_query(parse(topic.query, lists), self._vocabulary) for topic in self._topics
        )
        self._fields = frozenset[Field]().union({Field.TITLE, Field.BODY}, *(compiled.fields for compiled in self._compiled))
        self._anchored: dict[int, list[int]] = {}
        self._always: list[int] = []
        self._anchor()

    def _anchor(self) -> None:
        for index, compiled in enumerate(self._compiled):
            # A property of the document never selects topics: such a topic would silently never be looked at.
            if compiled.anchor is None:
                self._always.append(index)
            else:
                for number in compiled.anchor.numbers:
                    self._anchored.setdefault(number, []).append(index)

    def match(self, document: Document) -> tuple[Match, ...]:
        """The topics found, in the order they were given."""
        found = occurrences(document, self._vocabulary, self._fields)
        matches = []
        for index in sorted(self._candidates(found)):
            result = self._compiled[index].find(found)
            if result is not None:
                marks = {mark for hit in result for mark in hit[2]}
                matches.append(_match(self._topics[index], marks, found))
        return tuple(matches)

    def _candidates(self, found: Occurrences) -> set[int]:
        candidates = set(self._always)
        for table in (found.text, found.author, found.caption):
            for number in table.keys() & self._anchored.keys():
                candidates.update(self._anchored[number])
        return candidates


def _match(topic: Topic, marks: set[Mark], found: Occurrences) -> Match:
    return Match(
        topic_id=topic.id,
        topic_version=topic.version,
        position=_position(marks, found),
        spans=_spans(marks, found),
    )


def _position(marks: set[Mark], found: Occurrences) -> Position:
    if any(start < BODY for start, _ in marks):
        return Position.HEADLINE
    body_ends = [end for start, end in marks if BODY <= start < BODY + FIELD_SIZE]
    if body_ends:
        return Position.LEAD if min(body_ends) <= _lead_end(found) else Position.BODY
    if any(BASES[Field.CAPTION] <= start for start, _ in marks):
        return Position.CAPTION
    return Position.METADATA


def _lead_end(found: Occurrences) -> int:
    """The position behind the lead."""
    paragraph = found.document.body.find("\n") % (len(found.document.body) + 1)
    end = BODY
    for count, (at, (start, _)) in enumerate(found.where(Field.BODY).items()):
        if count >= LEAD_WORDS and start > paragraph:
            break
        end = at + 1
    return end


def _spans(marks: set[Mark], found: Occurrences) -> tuple[Span, ...]:
    """Positions as characters; overlapping marks become one."""
    spans: list[Span] = []
    for name, low in BASES.items():
        inside = _joined(sorted(mark for mark in marks if low <= mark[0] < low + FIELD_SIZE))
        if inside:
            where = found.where(name)
            spans += [Span(field=name, start=where[start][0], end=where[end - 1][1]) for start, end in inside]
    return tuple(spans)


def _joined(marks: list[Mark]) -> list[Mark]:
    joined: list[Mark] = []
    for start, end in marks:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
