"""Values of the articles room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.ids import ArticleId


class Status(StrEnum):
    """How far the extraction can be trusted. Only `ok` and `suspect` bodies are matched; all others: headline and summary."""

    OK = "ok"
    SUSPECT = "suspect"
    PARTIAL = "partial"
    BOILERPLATE_ONLY = "boilerplate_only"
    NOT_ARTICLE = "not_article"
    CONSENT_WALL = "consent_wall"
    SOFT_404 = "soft_404"
    JAVASCRIPT_ONLY = "javascript_only"
    BLOCKED = "blocked"
    GONE = "gone"
    FAILED = "failed"
    TIMEOUT = "timeout"

    @property
    def trusted(self) -> bool:
        """May topics see the body?"""
        return self in (Status.OK, Status.SUSPECT)


class BodySource(StrEnum):
    """Where the body came from: the page, the feed's full text, or only the feed's summary."""

    PAGE = "page"
    FEED = "feed"
    SUMMARY = "summary"


class Cause(StrEnum):
    """Why an article has a new version. Only `publisher` and the first `rescue` can cause mail."""

    PUBLISHER = "publisher"
    RESCUE = "rescue"
    REEXTRACT = "reextract"
    FILTER = "filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedText:
    """What the feed said about the article; plain normalised text."""

    link: str
    title: str
    author: str = ""
    summary: str = ""
    content: str = ""
    language: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    image_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A block that stood on the page and is not the article."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An article of the outlet in which a block stood; `title` is 64 bits of the digest of its headline's words."""

    article: ArticleId
    title: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    r"""What one reading of a page gave. `body`: normalised paragraphs joined by \\n, "" when nothing was found.

    `sources` names for each filled field where it came from, as ("headline", "json_ld"). `quality` is 0..1.
    `amp_url`: where the page says that its AMP variant stands. `detail` says in words why the status is `failed`. `is_live`: a page whose text grows by itself (live blog, ticker).
    `confirmed`: places of the body's paragraphs that feed, description or JSON-LD hold as well; never learned as boilerplate.
    """

    status: Status
    quality: float
    headline: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    modified_at: datetime | None = None
    language: str = ""
    section: str = ""
    body: str = ""
    captions: str = ""
    image_url: str = ""
    canonical_url: str = ""
    is_free: bool | None = None
    dropped: tuple[Dropped, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    extractor: str = ""
    detail: str = ""
    is_live: bool = False
    confirmed: tuple[int, ...] = ()
    amp_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """Page and entry brought together: what is stored, exported and matched."""

    url: str
    canonical_url: str
    headline: str
    authors: tuple[str, ...]
    published_at: datetime | None
    modified_at: datetime | None
    first_seen_at: datetime
    language: str
    section: str
    body: str
    summary: str
    captions: str
    image_url: str
    body_source: BodySource
    status: Status
    quality: float
    dropped: tuple[Dropped, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    is_live: bool = False
    amp_url: str = ""

    @property
    def matched_body(self) -> str:
        """The text that topics see as body."""
        return seen_body(self.body, self.summary, self.body_source, self.status)


def seen_body(body: str, summary: str, source: BodySource, status: Status) -> str:
    """The body when it can be trusted or came complete from the feed, else the feed's summary."""
    return body if source is BodySource.FEED or status.trusted else summary
