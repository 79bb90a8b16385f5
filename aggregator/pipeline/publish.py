"""Publish one article: is it one we hold, a copy, or new; which topics find it; who is told. One transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.alerts.folding import plan_alerts
from aggregator.alerts.values import AlertKind, PlannedAlert, SentToday
from aggregator.articles.values import Article, Cause
from aggregator.ids import ArticleId, FeedId, OutletId, StoryId, TopicId
from aggregator.pipeline.context import Corridor, Event, Watch
from aggregator.store import articles as store
from aggregator.store import entries, looks, search, topics
from aggregator.store.db import Connection
from aggregator.store.dialect import lock_publishing
from aggregator.store.values import AlertRef, EntryToPublish, StoredArticle, TopicMatch
from aggregator.stories.copies import content_key
from aggregator.stories.identity import aliases, content_hash, is_variant
from aggregator.stories.values import Alias, AliasKind
from aggregator.stories.versions import changed
from aggregator.topics.engine import Matcher
from aggregator.topics.index import index_keys
from aggregator.topics.sentences import matched_words, sentences
from aggregator.topics.values import Document, Field, Match, Topic
from aggregator.topics.vocabulary import Lemmatise

# More than a person reads; every sentence counts when it is decided whether a copy says anything new.
ALL_SENTENCES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Where an article came from. `tell`: may it cause alerts (not an import, not a silent first poll, not our own doing)?

    `cause`: we read it anew in another way; the outlet changed nothing.
    """

    outlet_id: OutletId
    feed_id: FeedId | None
    known: ArticleId | None
    tell: bool
    silent: bool
    origin: str
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Everything about an article that can be computed before its transaction."""

    article: Article
    document: Document
    aliases: tuple[Alias, ...]
    content: str | None
    content_hash: str
    keys: tuple[str, ...]
    matches: tuple[Match, ...]
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What became of an arrival. `fresh`: a new article; `version` 0: nothing changed."""

    article_id: ArticleId
    story_id: StoryId
    fresh: bool
    version: int
    alerts: tuple[AlertRef, ...]


class TopicsChangedError(Exception):
    """The topics' revision moved between matching and writing: match again."""


async def publish(corridor: Corridor, entry: EntryToPublish) -> Placed | None:
    """One entry's article; None when another publisher had taken the entry over."""
    arrival = Arrival(
        outlet_id=entry.outlet_id,
        feed_id=entry.feed_id,
        known=entry.article_id,
        tell=not entry.silent and entry.cause is None,
        silent=entry.silent,
        origin="feed",
        cause=entry.cause,
    )
    while True:
        watch = await current_watch(corridor)
        prepared = prepare(
            entry.article, watch, guid=entry.guid, final_url=entry.final_url, sources=entry.sources, country=entry.country
        )
        try:
            placed = await corridor.db.run(
                _publish_entry,
                entry,
                arrival,
                prepared,
                names=watch.names,
                sender=corridor.settings.smtp.sender,
                now=corridor.clock.now(),
            )
        except TopicsChangedError:
            corridor.watch = None
            continue
        if placed is not None:
            told = sum(alert.message is not None for alert in placed.alerts)
            corridor.listen(Event(stage="publish", subject=entry.article.headline, count=told))
        return placed


async def current_watch(corridor: Corridor) -> Watch:
    """The topics as they stand, compiled; made anew only when they changed."""
    if corridor.watch is None:
        revision, found, lists = await corridor.db.look(topics.watched)
        corridor.watch = compile_watch(revision, found, lists, corridor.lemmatise)
    return corridor.watch


def compile_watch(
    revision: int, found: Sequence[Topic], lists: Iterable[tuple[str, tuple[str, ...]]], lemmatise: Lemmatise
) -> Watch:
    """The topics ready to match."""
    matcher = Matcher(found, dict(lists), lemmatise=lemmatise)
    return Watch(revision=revision, matcher=matcher, names={topic.id: topic.name for topic in found})


def prepare(article: Article, watch: Watch, *, guid: str, final_url: str, sources: tuple[str, ...], country: str) -> Prepared:
    """Match the article and compute its keys. Pure."""
    document = Document(
        title=article.headline,
        body=article.matched_body,
        author=", ".join(article.authors),
        caption=article.captions,
        language=article.language,
        sources=sources,
        section=article.section,
        country=country,
        url=article.url,
    )
    content = content_key(article) if article.status.trusted else None
    # A text that is not surely the article's own (a stub, a consent page) recognises nothing.
    named = aliases(article, guid=guid, final_url=final_url)
    found = tuple(alias for alias in named if alias.kind is not AliasKind.CONTENT or alias.value == content)
    return Prepared(
        article=article,
        document=document,
        aliases=found,
        content=content,
        content_hash=content_hash(article),
        keys=index_keys(document),
        matches=watch.matcher.match(document),
        revision=watch.revision,
    )


def _publish_entry(
    connection: Connection,
    entry: EntryToPublish,
    arrival: Arrival,
    prepared: Prepared,
    *,
    names: dict[TopicId, str],
    sender: str,
    now: datetime,
) -> Placed | None:
    placed = place(connection, arrival, prepared, names=names, sender=sender, now=now)
    if entries.finish(connection, entry, placed.article_id, changed=placed.version > 0):
        looks.schedule(connection, entry, placed.article_id, now=now)
        return placed
    # Another publisher owns the entry: whatever was written here is its work to do.
    connection.rollback()
    return None


def place(
    connection: Connection,
    arrival: Arrival,
    prepared: Prepared,
    *,
    names: dict[TopicId, str],
    sender: str,
    now: datetime,
) -> Placed:
    """Identity, copy, story, version, matches and alerts of one arrival. Raises TopicsChangedError before anything is written."""
    lock_publishing(connection)
    if topics.revision(connection) != prepared.revision:
        raise TopicsChangedError
    stored = store.find_article(connection, prepared.article, prepared.aliases, outlet_id=arrival.outlet_id, known=arrival.known)
    placed = (
        _insert(connection, arrival, prepared, names=names, sender=sender, now=now)
        if stored is None
        else _update(connection, arrival, prepared, stored, names=names, sender=sender, now=now)
    )
    store.remember_aliases(connection, placed.article_id, prepared.aliases, feed_id=arrival.feed_id, outlet_id=arrival.outlet_id)
    return placed


def _insert(
    connection: Connection, arrival: Arrival, prepared: Prepared, *, names: dict[TopicId, str], sender: str, now: datetime
) -> Placed:
    copy = store.find_copy(connection, prepared.content, outlet_id=arrival.outlet_id)
    article_id, story_id = store.insert_article(
        connection,
        prepared.article,
        outlet_id=arrival.outlet_id,
        feed_id=arrival.feed_id,
        content_hash=prepared.content_hash,
        copy=copy,
        silent=arrival.silent,
        origin=arrival.origin,
        now=now,
    )
    search.index_words(connection, article_id, prepared.keys, fresh=True)
    found = _topic_matches(prepared.matches)
    topics.record_matches(connection, article_id, 1, found, fresh=True, now=now)
    planned: tuple[PlannedAlert, ...] = ()
    if arrival.tell and found:
        group = store.copy_group(connection, article_id, copy.root if copy else None)
        planned = _plan(connection, prepared, [match.topic_id for match in found], group=group, kind=AlertKind.MATCH, now=now)
    told = topics.record_alerts(
        connection,
        planned,
        found,
        article_id=article_id,
        story_id=story_id,
        version=1,
        headline=prepared.article.headline,
        topic_names=names,
        sender=sender,
        now=now,
    )
    return Placed(article_id=article_id, story_id=story_id, fresh=True, version=1, alerts=told)


def _update(
    connection: Connection,
    arrival: Arrival,
    prepared: Prepared,
    stored: StoredArticle,
    *,
    names: dict[TopicId, str],
    sender: str,
    now: datetime,
) -> Placed:
    article = prepared.article
    if not _is_news(arrival, stored, article):
        if arrival.cause and arrival.known == stored.id and (article.status.trusted or not stored.trusted):
            _refresh(connection, prepared, stored, now=now)
        return Placed(article_id=stored.id, story_id=stored.story_id, fresh=False, version=0, alerts=())
    rescued = article.status.trusted and not stored.trusted
    before = topics.matched_before(connection, stored.id)
    version = store.update_article(
        connection,
        stored,
        article,
        content_hash=prepared.content_hash,
        cause=arrival.cause or (Cause.RESCUE if rescued else Cause.PUBLISHER),
        now=now,
    )
    search.index_words(connection, stored.id, prepared.keys, fresh=False)
    found = _topic_matches(prepared.matches)
    topics.record_matches(connection, stored.id, version, found, fresh=False, now=now)
    if not arrival.tell:
        return Placed(article_id=stored.id, story_id=stored.story_id, fresh=False, version=version, alerts=())
    group = store.copy_group(connection, stored.id, stored.copy_of)
    gained = [match.topic_id for match in found if match.topic_id not in before]
    planned = _plan(connection, prepared, gained, group=group, kind=AlertKind.MATCH, now=now)
    told = topics.record_alerts(
        connection,
        planned,
        found,
        article_id=stored.id,
        story_id=stored.story_id,
        version=version,
        headline=prepared.article.headline,
        topic_names=names,
        sender=sender,
        now=now,
    )
    return Placed(article_id=stored.id, story_id=stored.story_id, fresh=False, version=version, alerts=told)


def _refresh(connection: Connection, prepared: Prepared, stored: StoredArticle, *, now: datetime) -> None:
    """Another reading of the same words: authors, dates, captions and what was left out may differ; no version, no mail."""
    store.refresh_article(connection, stored, prepared.article, content_hash=prepared.content_hash)
    search.index_words(connection, stored.id, prepared.keys, fresh=False)
    topics.record_matches(connection, stored.id, stored.version, _topic_matches(prepared.matches), fresh=False, now=now)


def _is_news(arrival: Arrival, stored: StoredArticle, article: Article) -> bool:
    """Does the arrival say something about the article's text that we do not hold?"""
    if arrival.cause is Cause.REEXTRACT and arrival.known == stored.id:
        # A text that the present extractor does not trust was a mistake to show; the version before keeps it.
        return changed(stored, article)
    if not article.status.trusted and (stored.trusted or arrival.known != stored.id):
        # A page that cannot be read now, or another feed's summary, says nothing about the text.
        return False
    if arrival.known != stored.id and stored.trusted and is_variant(stored, article):
        # The AMP, print or mobile page of what we read already: its template drops a line here and adds one there.
        return False
    if arrival.origin == "import" and arrival.known != stored.id:
        # Equal addresses are one article; an archive does not overwrite what was read.
        return False
    return changed(stored, article)


def _topic_matches(found: Sequence[Match]) -> tuple[TopicMatch, ...]:
    return tuple(
        TopicMatch(topic_id=match.topic_id, topic_version=match.topic_version, position=match.position, spans=match.spans)
        for match in found
    )


def _plan(
    connection: Connection,
    prepared: Prepared,
    wanted: Sequence[TopicId],
    *,
    group: Sequence[ArticleId],
    kind: AlertKind,
    now: datetime,
) -> tuple[PlannedAlert, ...]:
    """The alerts for these topics, each decided with what its recipients were told about the same text before."""
    if not wanted:
        return ()
    subscriptions = topics.load_subscriptions(connection, wanted)
    told = topics.told_texts(connection, group, wanted)
    today = topics.sent_today(connection, subscriptions, now=now)
    planned: list[PlannedAlert] = []
    for match in prepared.matches:
        if match.topic_id not in wanted:
            continue
        at_once = Counter(alert.recipient_id for alert in planned if alert.slot is None and alert.fold_into is None)
        planned += plan_alerts(
            document_text=f"{prepared.document.title}\n{prepared.document.body}",
            matched_sentences=_said(prepared.document, match),
            subscriptions=tuple(one for one in subscriptions if one.topic_id == match.topic_id),
            kind=kind,
            told=told,
            sent_today=(*today, *(SentToday(recipient_id=one, count=count) for one, count in at_once.items())),
            now=now,
        )
    return tuple(planned)


def _said(document: Document, match: Match) -> tuple[str, ...]:
    """What a match says: its sentences, and the watched words of the headline.

    Every outlet writes its own headline over the same text, so the headline as a whole is no news; a watched word that
    stands only there is.
    """
    stood = sentences(document, match.spans, limit=ALL_SENTENCES)
    headline = tuple(span for span in match.spans if span.field is Field.TITLE)
    return (*(sentence.text for sentence in stood), *matched_words(document, headline))
