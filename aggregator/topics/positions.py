"""Where the words of queries stand in a document, and which characters a position is.

Every field has its own range of positions, so that no phrase and no NEAR crosses from one into another. A paragraph break
takes one position: phrases never cross it, NEAR may.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from aggregator.topics.values import Document, Field
from aggregator.topics.vocabulary import Vocabulary
from aggregator.topics.words import WORD, word_spans

# Far above the words of a page of 5 MiB.
FIELD_SIZE = 1 << 24
BASES: Mapping[Field, int] = {field_name: number * FIELD_SIZE for number, field_name in enumerate(Field)}
BODY = BASES[Field.BODY]
AUTHOR = BASES[Field.AUTHOR]


@dataclass(slots=True, kw_only=True)
class Occurrences:
    """Number of a query word -> its positions in rising order, for title and body, and for the fields that are asked by name."""

    document: Document
    text: dict[int, list[int]] = field(default_factory=dict)
    author: dict[int, list[int]] = field(default_factory=dict)
    caption: dict[int, list[int]] = field(default_factory=dict)
    _where: dict[Field, dict[int, tuple[int, int]]] = field(default_factory=dict)

    def where(self, name: Field) -> Mapping[int, tuple[int, int]]:
        """Position -> (start, end) in characters, in reading order. Made once a document, and only when something matched."""
        found = self._where.get(name)
        if found is None:
            words = places(field_text(self.document, name), BASES[name])
            found = self._where[name] = {at: (start, end) for at, start, end in words}
        return found


def field_text(document: Document, name: Field) -> str:
    """The text of one field."""
    match name:
        case Field.TITLE:
            return document.title
        case Field.BODY:
            return document.body
        case Field.AUTHOR:
            return document.author
        case Field.CAPTION:
            return document.caption


def occurrences(document: Document, vocabulary: Vocabulary, fields: frozenset[Field]) -> Occurrences:
    """All positions of the vocabulary's words. Author and caption are read only when `fields` names them."""
    found = Occurrences(document=document)
    memo = vocabulary.memo(document.language)
    for name, table in (
        (Field.TITLE, found.text),
        (Field.BODY, found.text),
        (Field.AUTHOR, found.author),
        (Field.CAPTION, found.caption),
    ):
        if name in fields:
            _enter(field_text(document, name), BASES[name], memo, table)
    return found


def _enter(text: str, position: int, memo: Mapping[str, tuple[int, ...]], table: dict[int, list[int]]) -> None:
    for paragraph in text.split("\n"):
        words = WORD.findall(paragraph)
        if not words:
            continue
        for at, word in enumerate(words, position):
            for number in memo[word]:
                if number in table:
                    table[number].append(at)
                else:
                    table[number] = [at]
        position += len(words) + 1


def places(text: str, position: int) -> Iterator[tuple[int, int, int]]:
    """(position, start, end) of every word of a field's text; the field's range begins at `position`."""
    offset = 0
    for paragraph in text.split("\n"):
        words = list(word_spans(paragraph))
        for at, (start, end) in enumerate(words, position):
            yield at, offset + start, offset + end
        position += len(words) + 1 if words else 0
        offset += len(paragraph) + 1
