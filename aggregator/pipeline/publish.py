"""Publish one article: is it one we hold, a copy, or new; which topics find it; who is told. One transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.alerts.values import AlertKind, PlannedAlert
from aggregator.articles.learned import WHOLE, Cut, Edges, Known, cut, without
from aggregator.articles.values import Article, Cause
from aggregator.ids import ArticleId, FeedId, OutletId, StoryId, TopicId
from aggregator.pipeline.causes import TELLING, cause_of
from aggregator.pipeline.context import Corridor, Event, Watch
from aggregator.pipeline.telling import plan
from aggregator.store import articles as store
from aggregator.store import blocks, entries, looks, search, topics
from aggregator.store.db import Connection
from aggregator.store.dialect import lock_publishing
from aggregator.store.values import AlertRef, EntryToPublish, StoredArticle, TopicMatch
from aggregator.stories.copies import words, words_key
from aggregator.stories.identity import aliases, content_hash
from aggregator.stories.values import Alias, AliasKind
from aggregator.topics.engine import Matcher
from aggregator.topics.index import index_keys
from aggregator.topics.values import Document, Match, Topic
from aggregator.topics.vocabulary import Lemmatise


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Where an article came from. `tell`: may it cause alerts (not an import, not a silent first poll)?

    `again`: why it is published again although the outlet changed nothing.
    """

    outlet_id: OutletId
    feed_id: FeedId | None
    known: ArticleId | None
    tell: bool
    silent: bool
    origin: str
    again: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Everything about an article that can be computed before its transaction.

    `read`: the text's blocks as read, of which `cut` is left out of `article`; `edges`: those that are learned from, None when
    nothing is. `aliases`: what it is recognised by, the same whatever is left out; `contents`: the digests of its text with and
    without what is left out.
    """

    article: Article
    read: tuple[str, ...]
    edges: Edges | None
    cut: Cut
    document: Document
    aliases: tuple[Alias, ...]
    contents: tuple[str, ...]
    content_hash: str
    keys: tuple[str, ...]
    matches: tuple[Match, ...]
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What became of an arrival. `fresh`: a new article; `version` 0: nothing changed; `cause`: of the version."""

    article_id: ArticleId
    story_id: StoryId
    fresh: bool
    version: int
    alerts: tuple[AlertRef, ...]
    cause: Cause | None = None


class TopicsChangedError(Exception):
    """The topics' revision moved between matching and writing: match again."""


class BlocksChangedError(Exception):
    """What is boilerplate was learned or forgotten between filtering and writing, or the article is one that we hold: filter again."""

    def __init__(self, known: Known, self_id: ArticleId | None) -> None:
        super().__init__()
        self.known = known
        self.self_id = self_id


async def publish(corridor: Corridor, entry: EntryToPublish) -> Placed | None:
    """One entry's article; None when another publisher had taken the entry over."""
    arrival = Arrival(
        outlet_id=entry.outlet_id,
        feed_id=entry.feed_id,
        known=entry.article_id,
        tell=not entry.silent and entry.cause is None,
        silent=entry.silent,
        origin="feed",
        again=entry.cause,
    )
    known, self_id = entry.known, entry.article_id
    while True:
        watch = await current_watch(corridor)
        prepared = prepare(
            entry.article,
            watch,
            guid=entry.guid,
            final_url=entry.final_url,
            sources=entry.sources,
            country=entry.country,
            edges=entry.edges,
            made=cut(entry.edges, known, self_id) if entry.edges else WHOLE,
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
        except BlocksChangedError as moved:
            known, self_id = moved.known, moved.self_id
            continue
        if placed is not None and entry.cause is not Cause.FILTER:
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


def prepare(
    read: Article,
    watch: Watch,
    *,
    guid: str,
    final_url: str,
    sources: tuple[str, ...],
    country: str,
    edges: Edges | None = None,
    made: Cut = WHOLE,
) -> Prepared:
    """Leave out of the article what was learned (`made` of its `edges`), match it and compute its keys. Pure."""
    article = without(edges, made) if edges else read
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
    blocks_read = edges.blocks if edges else tuple(read.body.split("\n"))
    contents = _contents(article, blocks_read, made)
    found = tuple(alias for alias in aliases(article, guid=guid, final_url=final_url) if alias.kind is not AliasKind.CONTENT)
    # The text as read: by it the article is the same whatever is left out. A short one, or one that is not surely the article's
    # own (a stub, a consent page), recognises nothing.
    found += tuple(Alias(kind=AliasKind.CONTENT, value=content) for content in contents[-1:])
    return Prepared(
        article=article,
        read=blocks_read,
        edges=edges,
        cut=made,
        document=document,
        aliases=tuple(dict.fromkeys(found)),
        contents=contents,
        content_hash=content_hash(article),
        keys=index_keys(document),
        matches=watch.matcher.match(document),
        revision=watch.revision,
    )


def _contents(article: Article, read: Sequence[str], made: Cut) -> tuple[str, ...]:
    """Digests of the text without what is left out, then with it; only those that are long enough to tell a copy.

    Another outlet may print the same text with the agency's last line, or have nothing to learn.
    """
    if not article.status.trusted:
        return ()
    kept = words(article.body)
    found = [words_key(kept)]
    if made != WHOLE:
        head, tail = read[: made.head], read[len(read) - made.tail :]
        found.append(words_key((*words("\n".join(head)), *kept, *words("\n".join(tail)))))
    return tuple(one for one in found if one)


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
    if entries.finish(connection, entry, placed.article_id, changed=placed.cause in TELLING):
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
    """Identity, copy, story, version, matches and alerts of one arrival.

    Raises TopicsChangedError and BlocksChangedError before anything is written.
    """
    lock_publishing(connection)
    if topics.revision(connection) != prepared.revision:
        raise TopicsChangedError
    stored = store.find_article(connection, prepared.article, prepared.aliases, outlet_id=arrival.outlet_id, known=arrival.known)
    known = _known_blocks(connection, arrival, prepared, stored.id if stored else None)
    placed = (
        _insert(connection, arrival, prepared, names=names, sender=sender, now=now)
        if stored is None
        else _update(connection, arrival, prepared, stored, names=names, sender=sender, now=now)
    )
    texts = (Alias(kind=AliasKind.CONTENT, value=content) for content in prepared.contents)
    found = tuple(dict.fromkeys((*prepared.aliases, *texts)))
    store.remember_aliases(connection, placed.article_id, found, feed_id=arrival.feed_id, outlet_id=arrival.outlet_id)
    if prepared.edges and arrival.again is not Cause.FILTER:
        learned = blocks.record(connection, arrival.outlet_id, prepared.edges, known, article_id=placed.article_id, now=now)
        blocks.publish_again(connection, learned - {placed.article_id}, now=now)
    return placed


def _known_blocks(connection: Connection, arrival: Arrival, prepared: Prepared, self_id: ArticleId | None) -> Known:
    """The blocks as they are known now. Raises BlocksChangedError when the article was filtered with another knowledge."""
    if prepared.edges is None:
        return {}
    known = blocks.load(connection, arrival.outlet_id, prepared.edges.keys.values())
    if cut(prepared.edges, known, self_id) != prepared.cut:
        raise BlocksChangedError(known, self_id)
    return known


def _insert(
    connection: Connection, arrival: Arrival, prepared: Prepared, *, names: dict[TopicId, str], sender: str, now: datetime
) -> Placed:
    copy = store.find_copy(connection, prepared.contents, outlet_id=arrival.outlet_id)
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
        planned = plan(
            connection,
            prepared.document,
            prepared.matches,
            [match.topic_id for match in found],
            group=group,
            kind=AlertKind.MATCH,
            now=now,
        )
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
    return Placed(article_id=article_id, story_id=story_id, fresh=True, version=1, alerts=told, cause=Cause.PUBLISHER)


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
    cause = cause_of(
        stored,
        article,
        read=prepared.read,
        made=prepared.cut,
        again=arrival.again,
        own=arrival.known == stored.id,
        imported=arrival.origin == "import",
    )
    if cause is None:
        if arrival.again is Cause.REEXTRACT and arrival.known == stored.id and (article.status.trusted or not stored.trusted):
            _refresh(connection, prepared, stored, now=now)
        return Placed(article_id=stored.id, story_id=stored.story_id, fresh=False, version=0, alerts=())
    before = topics.matched_before(connection, stored.id)
    version = store.update_article(
        connection,
        stored,
        article,
        content_hash=prepared.content_hash,
        cause=cause,
        now=now,
    )
    search.index_words(connection, stored.id, prepared.keys, fresh=False)
    found = _topic_matches(prepared.matches)
    topics.record_matches(connection, stored.id, version, found, fresh=False, now=now)
    if not arrival.tell or cause not in TELLING:
        return Placed(article_id=stored.id, story_id=stored.story_id, fresh=False, version=version, alerts=(), cause=cause)
    group = store.copy_group(connection, stored.id, stored.copy_of)
    gained = [match.topic_id for match in found if match.topic_id not in before]
    planned = plan(connection, prepared.document, prepared.matches, gained, group=group, kind=AlertKind.MATCH, now=now)
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
    return Placed(article_id=stored.id, story_id=stored.story_id, fresh=False, version=version, alerts=told, cause=cause)


def _refresh(connection: Connection, prepared: Prepared, stored: StoredArticle, *, now: datetime) -> None:
    """Another reading of the same words: authors, dates, captions and what was left out may differ; no version, no mail."""
    store.refresh_article(connection, stored, prepared.article, content_hash=prepared.content_hash)
    search.index_words(connection, stored.id, prepared.keys, fresh=False)
    topics.record_matches(connection, stored.id, stored.version, _topic_matches(prepared.matches), fresh=False, now=now)


def _topic_matches(found: Sequence[Match]) -> tuple[TopicMatch, ...]:
    return tuple(
        TopicMatch(topic_id=match.topic_id, topic_version=match.topic_version, position=match.position, spans=match.spans)
        for match in found
    )
