"""What the demo saw, as values: for the narrator, and for `--json`. Read from the service's database with its own engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aggregator.alerts.values import MessageState
from aggregator.demo.mailbox import Mail
from aggregator.feeds.values import FeedState
from aggregator.ids import ArticleId, MessageRowId, StoryId, TopicId
from aggregator.reasons import explain
from aggregator.store import archive, feeds, outbox
from aggregator.store.db import Connection
from aggregator.store.values import ArticleRow, FeedRow, TopicRow
from aggregator.topics.engine import Matcher
from aggregator.topics.index import Everything
from aggregator.topics.sentences import sentences
from aggregator.topics.values import Document, Match, Sentence

_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A topic found in an article, with the sentence that says so (None: only in what is no sentence)."""

    topic: str
    deliver: str
    sentence: Sentence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An article as the archive holds it."""

    id: ArticleId
    story_id: StoryId
    outlet: str
    language: str
    headline: str
    url: str
    version: int
    copy_of: ArticleId | None
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletSeen:
    """How an outlet's feed went; `reason` is empty when it was read."""

    name: str
    entries: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A message that waits for its hour."""

    id: MessageRowId
    to: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """Matches laid beside what the outlets wrote, and beside everything that stands on their pages.

    `wrong`: matches that the outlet's own text does not make, `missed`: those it makes and we have not. `articles`: those that hold
    a watched word only in a box, `avoided`: the matches that a reader of whole pages would have made of them.
    """

    wrong: int
    missed: int
    articles: int
    avoided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The closing figures. `stories` counts texts: copies are inside their story."""

    seconds: float
    stories: int
    copies: int
    matches: int
    articles: tuple[Seen, ...]
    mails: tuple[Mail, ...]
    held: tuple[Held, ...]
    outlets: tuple[OutletSeen, ...]
    boxes: Boxes


def seen_articles(connection: Connection, matcher: Matcher, topics: Mapping[TopicId, TopicRow]) -> tuple[Seen, ...]:
    """All articles, oldest first, with the recorded matches; the matcher only shows where they stand."""
    found = archive.documents(connection, Everything(), before=None, limit=_MOST)
    return tuple(_seen(row, document, matcher.match(document), topics) for row, document in reversed(found))


def _seen(row: ArticleRow, document: Document, matches: tuple[Match, ...], topics: Mapping[TopicId, TopicRow]) -> Seen:
    return Seen(
        id=row.id,
        story_id=row.story_id,
        outlet=row.outlet,
        language=row.language,
        headline=row.headline,
        url=row.url,
        version=row.version,
        copy_of=row.copy_of,
        hits=tuple(
            _hit(document, match, topics[match.topic_id]) for match in matches if topics[match.topic_id].name in row.topics
        ),
    )


def _hit(document: Document, match: Match, topic: TopicRow) -> Hit:
    sentence = next(iter(sentences(document, match.spans, limit=1)), None)
    return Hit(topic=topic.name, deliver=topic.deliver, sentence=sentence)


def seen_outlets(connection: Connection) -> tuple[OutletSeen, ...]:
    """Every outlet that was asked at least once, in the order in which they were declared."""
    asked = [row for row in feeds.list_feeds(connection) if row.last_polled_at is not None]
    return tuple(_outlet(row) for row in sorted(asked, key=lambda row: row.id))


def _outlet(row: FeedRow) -> OutletSeen:
    failed = row.failures > 0 or row.state is not FeedState.OK
    reason = explain(row.reason) if failed and row.reason else ""
    return OutletSeen(name=row.outlet, entries=row.entries, reason=reason, detail=row.detail if failed else "")


def held_messages(connection: Connection, *, now: datetime) -> tuple[Held, ...]:
    """Messages that are due later."""
    rows = outbox.list_messages(connection, states=(MessageState.PENDING,))
    return tuple(Held(id=row.id, to=row.recipient, due_at=row.due_at) for row in rows if row.due_at > now)


def compare(
    articles: tuple[Seen, ...],
    topics: Mapping[TopicId, TopicRow],
    matcher: Matcher,
    *,
    texts: Mapping[str, str],
    pages: Mapping[str, str],
) -> Boxes:
    """Lay the matches beside the outlets' own texts and beside their whole pages, both by address."""
    wrong = missed = boxed = avoided = 0
    for article in articles:
        ours = {hit.topic for hit in article.hits}
        own, whole = (_found(article, text.get(article.url, ""), topics, matcher) for text in (texts, pages))
        wrong, missed = wrong + len(ours - own), missed + len(own - ours)
        boxed, avoided = boxed + bool(whole - own), avoided + len(whole - own)
    return Boxes(wrong=wrong, missed=missed, articles=boxed, avoided=avoided)


def _found(article: Seen, text: str, topics: Mapping[TopicId, TopicRow], matcher: Matcher) -> set[str]:
    document = Document(title=article.headline, body=text, language=article.language)
    return {topics[match.topic_id].name for match in matcher.match(document)}
