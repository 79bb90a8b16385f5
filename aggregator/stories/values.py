"""Values of the stories room."""

from dataclasses import dataclass
from enum import StrEnum

from aggregator.ids import ArticleId, StoryId


class AliasKind(StrEnum):
    """By what an article is recognised as one we hold. `guid` counts within one feed, `content` within one outlet, the others
    everywhere. `canonical`: an address that is only named (canonical, AMP, where a redirect led); the texts must agree as well.
    """

    GUID = "guid"
    URL = "url"
    CANONICAL = "canonical"
    CONTENT = "content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """`value` is the key itself or a digest of it, at most 512 characters."""

    kind: AliasKind
    value: str


class Relation(StrEnum):
    """How a copy's text stands to its root's."""

    COPY = "copy"
    EXCERPT = "excerpt"
    CONTAINS = "contains"
    PARTLY_SHARED = "partly_shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOf:
    """The verdict that an article carries an earlier article's text; `root` is the first of the group."""

    root: ArticleId
    story: StoryId
    relation: Relation
    score: float
