"""Values of the topics room."""

from dataclasses import dataclass, field
from enum import StrEnum

from aggregator.ids import TopicId


class Field(StrEnum):
    """The texts of a document, each a position range of its own: no phrase or NEAR crosses them."""

    TITLE = "title"
    BODY = "body"
    AUTHOR = "author"
    CAPTION = "caption"


class Position(StrEnum):
    """Where a match stands, best first."""

    HEADLINE = "headline"
    LEAD = "lead"
    BODY = "body"
    CAPTION = "caption"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the matcher reads. All texts in the stored normalised form (`aggregator.text.normalise`)."""

    title: str = ""
    body: str = ""
    author: str = ""
    caption: str = ""
    language: str = ""
    sources: tuple[str, ...] = ()
    section: str = ""
    country: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A watched query as the engine takes it. `version` grows with every change of the query."""

    id: TopicId
    name: str
    query: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Characters `start:end` (end exclusive) of one field of the document, in which a positive part of the query stands."""

    field: Field
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A topic found in a document. `spans` are sorted and do not overlap; a metadata-only topic has none."""

    topic_id: TopicId
    topic_version: int
    position: Position
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """Advice about a query that can be read; never blocks. `pos`, `end` are character offsets."""

    message: str
    pos: int
    end: int
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What `topics check` shows: the query read back in full brackets, advice, and what each word will find."""

    canonical: str
    lints: tuple[Lint, ...]
    words: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of the document around spans; `marks` are (start, end) offsets into `text`."""

    field: Field
    text: str
    marks: tuple[tuple[int, int], ...]
