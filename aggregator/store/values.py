"""What the store hands out that no room defines: work rows with their lease, and rows for people to read."""

from dataclasses import dataclass, field
from datetime import datetime

from aggregator.alerts.values import AlertKind, MessageKind, MessageState
from aggregator.articles.learned import Edges, Known
from aggregator.articles.values import Article, BodySource, Cause, FeedText
from aggregator.feeds.values import FeedKind, FeedState
from aggregator.ids import ArticleId, EntryId, FeedId, MessageRowId, OutletId, RecipientId, StoryId, TopicId
from aggregator.reasons import Reason
from aggregator.store.journal import JournalRow
from aggregator.topics.values import Position, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryToRead:
    """An entry whose page is due. `has_sibling`: another feed of the outlet printed the same link; `was_read`: a reading is held;
    `resting_until`: its host wants no request before.

    `looking`: its article is published, and nobody said that it changed; `looks` of those were made, and `reason` is what the last
    one found. `shown` is the article's headline, `home` the outlet's address.
    """

    id: EntryId
    outlet_id: OutletId
    url_key: str
    host_key: str
    text: FeedText
    first_seen_at: datetime
    due_at: datetime
    tries: int
    published: bool
    proxy: str
    user_agent: str
    robots: bool
    cookies_file: str
    resting_until: datetime | None
    has_sibling: bool
    was_read: bool
    lease_token: str
    looking: bool = False
    looks: int = 0
    reason: Reason | None = None
    article_id: ArticleId | None = None
    shown: str = ""
    withdrawn_at: datetime | None = None
    home: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryToPublish:
    """An entry with everything `publish` needs; `article_id` is set when it was published before.

    `article` is as it was read; `edges` are to be filtered with what was `known` of the outlet's blocks when the entry was claimed
    (None: nothing is left out). `cause`: why it is published again when the outlet changed nothing.
    """

    id: EntryId
    feed_id: FeedId
    outlet_id: OutletId
    article_id: ArticleId | None
    guid: str
    article: Article
    silent: bool
    final_url: str
    outlet: str
    sources: tuple[str, ...]
    country: str
    tier: int
    lease_token: str
    edges: Edges | None = None
    known: Known = field(default_factory=dict)
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """A page as it came, to be kept."""

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    sha256: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """The held state of an article that an arriving one is compared with. `left_out`: blocks of it that were learned boilerplate."""

    id: ArticleId
    story_id: StoryId
    outlet_id: OutletId
    copy_of: ArticleId | None
    url: str
    headline: str
    body: str
    summary: str
    version: int
    content_hash: str
    body_source: BodySource
    trusted: bool
    silent: bool
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMatch:
    """A match to be written."""

    topic_id: TopicId
    topic_version: int
    position: Position
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageToSend:
    """A claimed outbox row. `mime` is None until it was rendered and frozen; `detail` is what its last try left."""

    id: MessageRowId
    kind: MessageKind
    recipient_id: RecipientId | None
    story_id: StoryId | None
    address: str
    message_id: str
    subject: str
    mime: bytes | None
    attempts: int
    window_from: datetime | None
    created_at: datetime
    due_at: datetime
    lease_token: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed as people look at it. `url` is where it is asked; `moved_from` the owner's own address when it moved, else "".

    `merged_into`: the feed that does its work since both live at one address. `usual_gap_s`: seconds between two entries.
    """

    id: FeedId
    outlet: str
    url: str
    moved_from: str
    moving_to: str
    merged_into: int | None
    kind: FeedKind
    usual_gap_s: int | None
    title: str
    state: FeedState
    reason: Reason | None
    detail: str
    failures: int
    interval_s: int
    entries: int
    last_polled_at: datetime | None
    last_ok_at: datetime | None
    last_new_at: datetime | None
    next_poll_at: datetime
    paused_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """An article as it is exported and listed; the public form of product.md, and since when the outlet shows it no longer."""

    id: ArticleId
    url: str
    canonical_url: str
    outlet: str
    feed: str
    headline: str
    authors: tuple[str, ...]
    published_at: datetime | None
    modified_at: datetime | None
    first_seen_at: datetime
    language: str
    section: str
    body: str
    image_url: str
    body_source: str
    quality: float
    version: int
    story_id: StoryId
    copy_of: ArticleId | None
    topics: tuple[str, ...]
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """An outbox row as it is listed; the public form of product.md."""

    id: MessageRowId
    state: MessageState
    kind: MessageKind
    topic: str
    story_id: StoryId | None
    recipient: str
    message_id: str
    subject: str
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """A topic as it is listed."""

    id: TopicId
    slug: str
    name: str
    query: str
    version: int
    deliver: str
    timezone: str
    recipients: tuple[str, ...]
    origin: str
    paused_by: str | None
    matches: int
    last_match_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletTrouble:
    """An outlet of which no feed is well."""

    outlet: str
    state: FeedState
    reason: Reason
    detail: str
    since: datetime | None
    next_poll_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """A time of which up to `missing` items of an outlet were never seen; `filled` were found elsewhere."""

    feed_id: FeedId
    outlet: str
    found_at: datetime
    since: datetime
    until: datetime
    filled: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """The oldest message that should have left by now, and what its last try was told."""

    since: datetime
    reason: Reason | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFeed:
    """A feed that is polled, and the way its outlet is asked."""

    outlet: str
    url: str
    host_key: str
    proxy: str
    user_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One look at health.

    `warnings`: outlets that are silent, and what may be missing, in words. `overdue_since`: the longest due feed whose host does not ask to be left alone. `hours`: articles of each of the last 24 hours,
    oldest first. `held_since`: nothing is sent since a restore. `offline_since`, `disk_low_since`: what the service has told and not taken back.
    """

    outlets: int
    outlets_read: int
    feeds: int
    feeds_due: int
    troubles: tuple[OutletTrouble, ...]
    warnings: tuple[str, ...]
    entries_to_read: int
    entries_to_publish: int
    articles: int
    articles_today: int
    stories: int
    topics: int
    matches_today: int
    messages: tuple[tuple[MessageState, int], ...]
    oldest_waiting_at: datetime | None
    last_poll_at: datetime | None
    overdue_since: datetime | None
    oldest_work_at: datetime | None
    hours: tuple[int, ...]
    stories_today: int
    unsent: Unsent | None
    held_since: datetime | None
    started_at: datetime | None
    offline_since: datetime | None
    disk_low_since: datetime | None
    backup_at: datetime | None
    journal: tuple[JournalRow, ...]
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRef:
    """An alert just written: which kind, for whom, and the row that carries it (None: folded)."""

    kind: AlertKind
    topic_id: TopicId
    recipient_id: RecipientId
    message: MessageRowId | None
