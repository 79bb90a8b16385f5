"""Keys for the search index, and what a query needs of them. The index only narrows: the matcher decides.

Index and query must be made with the same lemmatiser, otherwise inflected words are missed.
"""

from dataclasses import dataclass
from typing import TypeAlias

from aggregator.topics.syntax import And, AtLeast, Meta, Near, Node, Not, Or, Phrase, Scope, Start, Word
from aggregator.topics.values import Document, Field
from aggregator.topics.vocabulary import Lemmatise, wanted
from aggregator.topics.words import WORD, base, text_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Documents that hold this key."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """Documents that hold a key beginning so."""

    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """All documents: the index cannot tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    parts: tuple["Narrow", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    parts: tuple["Narrow", ...]


Narrow: TypeAlias = Key | Prefix | Everything | AllOf | AnyOf


def index_keys(document: Document) -> tuple[str, ...]:
    """Sorted distinct keys of the words of title and body. No key holds a blank."""
    found: set[str] = set()
    for word in {*WORD.findall(document.title), *WORD.findall(document.body)}:
        found |= text_keys(word)
    return tuple(sorted(found))


def narrow(node: Node, *, lemmatise: Lemmatise | None = None) -> Narrow:  # noqa: PLR0911 - one case a node type
    """A condition over index keys that every matching document fulfils."""
    match node:
        case Word():
            return _word(node, lemmatise)
        case Phrase() | And():
            parts = node.words if isinstance(node, Phrase) else node.parts
            return _all_of(tuple(narrow(part, lemmatise=lemmatise) for part in parts))
        case Near():
            return _all_of((narrow(node.left, lemmatise=lemmatise), narrow(node.right, lemmatise=lemmatise)))
        case Or():
            return _any_of(tuple(narrow(part, lemmatise=lemmatise) for part in node.parts))
        case Scope():
            in_index = node.field in {Field.TITLE, Field.BODY}
            return narrow(node.part, lemmatise=lemmatise) if in_index else Everything()
        case AtLeast() | Start():
            return narrow(node.part, lemmatise=lemmatise)
        case Not() | Meta():
            return Everything()


def _word(word: Word, lemmatise: Lemmatise | None) -> Narrow:
    want = wanted(word, inflect=lemmatise is not None)
    if want.exact:
        return Key(key=base(word.text))
    if want.prefix:
        return _any_of(tuple(Prefix(prefix=key) for key in sorted(want.keys)))
    if want.inflected:
        # The index holds written forms only: keys of lemmas would load every language's dictionary for every article read.
        return Everything()
    return _any_of(tuple(Key(key=key) for key in sorted(want.keys)))


def _all_of(parts: tuple[Narrow, ...]) -> Narrow:
    kept = tuple(dict.fromkeys(part for part in parts if not isinstance(part, Everything)))
    if not kept:
        return Everything()
    return kept[0] if len(kept) == 1 else AllOf(parts=kept)


def _any_of(parts: tuple[Narrow, ...]) -> Narrow:
    if any(isinstance(part, Everything) for part in parts):
        return Everything()
    kept = tuple(dict.fromkeys(parts))
    return kept[0] if len(kept) == 1 else AnyOf(parts=kept)
