"""One function per command, for the command line and the page. Values in, values out; errors are AggregatorError.

Functions that work for long (`once`, `run`) are in `service.run`, those about feeds in `service.feeds`. Those that only look open the database for the moment.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aggregator.alerts.addresses import parse_address
from aggregator.alerts.messages import domain_of, message_id
from aggregator.alerts.render import render
from aggregator.alerts.values import Letter, MessageKind, MessageState, Rendered
from aggregator.articles.extract import extract_page
from aggregator.articles.values import Extraction
from aggregator.clock import Clock, SystemClock
from aggregator.errors import AggregatorError, UsageError
from aggregator.ids import ArticleId, MessageRowId
from aggregator.net.http import HttpDoor
from aggregator.net.resolve import Resolver
from aggregator.net.smtp import MailDoor
from aggregator.net.values import ACCEPT_PAGE, Request
from aggregator.pipeline.send import letter_for
from aggregator.service.build import Prepared, exclusively, open_database, prepare_database
from aggregator.service.configuration import Applied, apply_files, plan_for_nothing
from aggregator.settings import Settings
from aggregator.store import archive, migrate, outbox, status, topics
from aggregator.store.archive import ArticleDetail
from aggregator.store.backup import Tell, untold
from aggregator.store.db import Connection
from aggregator.store.facts import held_since, secret
from aggregator.store.happenings import Happening
from aggregator.store.journal import note
from aggregator.store.values import ArticleRow, MessageRow, Overview, TopicRow
from aggregator.topics.checking import check
from aggregator.topics.engine import Query
from aggregator.topics.index import narrow
from aggregator.topics.lemmas import Lemmatiser
from aggregator.topics.parser import parse
from aggregator.topics.sentences import sentences
from aggregator.topics.values import Checked, Sentence

SEARCH_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A search result with the sentences that matched."""

    article: ArticleRow
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A message as it would arrive, or did."""

    id: MessageRowId
    state: MessageState
    rendered: Rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """`differences` are left only when code and schema disagree, which is a fault of this program.

    `newer`: the schema is one of a later version, with which this one can work; nothing is done to it. `backup`: see `Prepared`.
    """

    changed: bool
    revision: str
    differences: tuple[str, ...]
    newer: bool = False
    backup: str = ""


@contextmanager
def looking(settings: Settings) -> Iterator[Connection]:
    """A reading connection for the moment."""
    database = open_database(settings)
    try:
        with database.read() as connection:
            yield connection
    finally:
        database.close()


@contextmanager
def writing(settings: Settings) -> Iterator[Connection]:
    """A short writing transaction, also while `run` runs."""
    database = open_database(settings)
    try:
        with database.write() as connection:
            yield connection
    finally:
        database.close()


def do_migrate(settings: Settings, *, check: bool = False, back_up: bool = True, tell: Tell = untold) -> Migrated:
    """`migrate`: bring the schema up to date; with `check` only compare. Raises StoreError for one that cannot be compared."""
    done = Prepared(changed=False)
    if check:
        migrate.require(settings.database_url)
    else:
        with exclusively(settings, command="migrate"):
            done = prepare_database(settings, back_up=back_up, tell=tell)
    found = migrate.standing(settings.database_url)
    if found.newer:
        migrate.require(settings.database_url)
        return Migrated(changed=False, revision=found.revision or "", differences=(), newer=True)
    differences = migrate.differences(settings.database_url)
    return Migrated(changed=done.changed, revision=migrate.head(), differences=differences, backup=str(done.backup or ""))


def do_apply(settings: Settings, *, dry_run: bool, force: bool, clock: Clock | None = None) -> Applied:
    """`apply`: files into the database; with `dry_run` everything is validated and nothing written, not even a schema."""
    if dry_run and not migrate.standing(settings.database_url).usable:
        return plan_for_nothing(settings)
    prepare_database(settings)
    database = open_database(settings)
    try:
        now = (clock or SystemClock()).now()
        return apply_files(settings, database, now=now, force=force or dry_run, dry_run=dry_run)
    finally:
        database.close()


def topics_check(settings: Settings, query: str) -> Checked:
    """`topics check`: the query as it is understood, with advice. Raises QueryError. Needs no database."""
    return check(query, _lists(settings), lemmatise=Lemmatiser())


def _lists(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The word lists of the database, or of the files when there is no database yet."""
    try:
        with looking(settings) as connection:
            return dict(topics.watched(connection)[2])
    except AggregatorError:
        return {}


def topics_list(settings: Settings) -> tuple[TopicRow, ...]:
    """`topics list`: all topics with what they found."""
    with looking(settings) as connection:
        return topics.list_topics(connection)


def articles_list(settings: Settings, *, limit: int, before: int | None = None, outlet: str = "") -> tuple[ArticleRow, ...]:
    """`articles list`: newest first."""
    with looking(settings) as connection:
        return archive.list_articles(connection, limit=limit, before=None if before is None else ArticleId(before), outlet=outlet)


def articles_show(settings: Settings, article_id: int) -> ArticleDetail:
    """`articles show`. Raises UsageError when there is none of that number."""
    with looking(settings) as connection:
        detail = archive.load_article(connection, article_id)
    if detail is None:
        raise UsageError(f"there is no article {article_id}", hint="see the numbers with: aggregator articles list")
    return detail


def articles_export(settings: Settings) -> Iterator[ArticleRow]:
    """`articles export`: every article, oldest first, without holding them all."""
    with looking(settings) as connection:
        yield from archive.export_articles(connection)


def articles_search(settings: Settings, query: str, *, limit: int) -> tuple[Found, ...]:
    """`articles search`: the archive in the language of topics, newest first. The index narrows, the engine decides."""
    node = parse(query, _lists(settings))
    lemmatise = Lemmatiser()
    wanted, engine = narrow(node, lemmatise=lemmatise), Query(node, lemmatise=lemmatise)
    found: list[Found] = []
    before: ArticleId | None = None
    with looking(settings) as connection:
        while len(found) < limit:
            batch = archive.documents(connection, wanted, before=before, limit=SEARCH_BATCH)
            for row, document in batch:
                spans = engine.find(document)
                if spans is not None and len(found) < limit:
                    found.append(Found(article=row, sentences=sentences(document, spans)))
            if len(batch) < SEARCH_BATCH:
                break
            before = batch[-1][0].id
    return tuple(found)


async def extract(
    settings: Settings, source: str, *, url: str, resolver: Resolver | None = None, clock: Clock | None = None
) -> Extraction:
    """`extract`: a page from a file or an address, read as the service would read it; nothing is stored."""
    now = (clock or SystemClock()).now()
    if source.startswith(("http://", "https://")):
        door = HttpDoor(settings.fetch, settings.limits, resolver=resolver, clock=clock)
        limits = settings.limits
        try:
            response = await door.get(
                Request(
                    url=source,
                    accept=ACCEPT_PAGE,
                    raw_cap=limits.page_raw,
                    decoded_cap=limits.page_decoded,
                    deadline=limits.page_deadline,
                )
            )
        finally:
            await door.aclose()
        body, kind, address = response.body, response.header("content-type") or "", url or response.final_url
    else:
        try:
            body, kind, address = await asyncio.to_thread(Path(source).read_bytes), "", url
        except OSError as error:
            raise UsageError(f"{source}: {error.strerror}", hint="give a file or an address that begins with https://") from error
    return extract_page(body, url=address, content_type=kind, feed=None, now=now, limits=settings.limits)


def outbox_list(settings: Settings, *, states: Sequence[MessageState] = (), limit: int = 200) -> tuple[MessageRow, ...]:
    """`outbox list`: the ledger, newest first."""
    with looking(settings) as connection:
        return outbox.list_messages(connection, states=states, limit=limit)


def outbox_show(settings: Settings, message: int, *, clock: Clock | None = None) -> tuple[MessageRow, Preview]:
    """`outbox show`: one message with its text."""
    with looking(settings) as connection:
        rows = outbox.list_messages(connection, message_id=message)
        if not rows:
            raise UsageError(f"there is no message {message}", hint="see the numbers with: aggregator outbox list")
        return rows[0], _preview(connection, settings, message, clock or SystemClock())


def outbox_preview(settings: Settings, topic: str, *, clock: Clock | None = None) -> tuple[Preview, ...]:
    """`outbox preview`: the latest messages of a topic as they would arrive."""
    with looking(settings) as connection:
        known = {name for row in topics.list_topics(connection) for name in (row.slug, row.name)}
        if topic not in known:
            raise UsageError(f"there is no topic {topic!r}", hint="see the names with: aggregator topics list")
        return tuple(
            _preview(connection, settings, one, clock or SystemClock()) for one in outbox.messages_of_topic(connection, topic)
        )


def _preview(connection: Connection, settings: Settings, message: int, clock: Clock) -> Preview:
    row = outbox.load_message(connection, message)
    assert row is not None
    (listed,) = outbox.list_messages(connection, message_id=message)
    rendered = render(letter_for(connection, row, status.health(connection, now=clock.now()), settings=settings, now=clock.now()))
    return Preview(id=row.id, state=listed.state, rendered=rendered)


def outbox_retry(settings: Settings, messages: Sequence[int], *, clock: Clock | None = None) -> int:
    """`outbox retry`: make these messages due now (all that wait, without numbers). Gives how many. An error while the outbox is held."""
    with writing(settings) as connection:
        since = held_since(connection)
        if since is not None:
            raise AggregatorError(
                f"the outbox is held since a backup was restored ({since:%Y-%m-%d %H:%M} UTC); nothing is sent",
                hint="send what is held: aggregator outbox release; or drop it: aggregator outbox release --cancel",
            )
        return outbox.retry_all(connection, messages, now=(clock or SystemClock()).now())


def outbox_cancel(settings: Settings, messages: Sequence[int]) -> int:
    """`outbox cancel`: these messages are never sent. Gives how many; raises when one of them cannot be cancelled, then none is."""
    with writing(settings) as connection:
        for number in messages:
            rows = outbox.list_messages(connection, message_id=number)
            if not rows:
                raise UsageError(f"there is no message {number}", hint="see the numbers with: aggregator outbox list")
            if rows[0].state not in outbox.UNFINISHED:
                raise AggregatorError(f"message {number} is {rows[0].state}, nothing can be cancelled", hint="none was cancelled")
        return outbox.cancel(connection, messages)


def outbox_release(settings: Settings, *, cancel: bool, clock: Clock | None = None) -> int:
    """`outbox release`: the word after a restore; what was held goes out, or never. Gives how many."""
    now = (clock or SystemClock()).now()
    with writing(settings) as connection:
        if held_since(connection) is None:
            raise AggregatorError("the outbox is not held", hint="what waits, and why: aggregator outbox list")
        count = outbox.release_restored(connection, cancel=cancel, now=now)
        note(connection, Happening.RELEASED, f"{count} messages {'cancelled' if cancel else 'released'}", now=now)
        return count


async def mail_test(settings: Settings, address: str, *, clock: Clock | None = None) -> str:
    """`mail test`: a real message over the real path, now. Gives the relay's reply; raises DeliveryError naming the stage."""
    to = parse_address(address)
    if not settings.smtp.host:
        raise UsageError("no mail server is configured", hint="set host under [smtp] in aggregator.toml")
    now = (clock or SystemClock()).now()
    with looking(settings) as connection:
        letter = Letter(
            kind=MessageKind.TEST,
            message_id=message_id(secret(connection), f"test:{now.isoformat()}", domain_of(settings.smtp.sender)),
            sender=settings.smtp.sender,
            address=to,
            timezone="UTC",
            items=(),
            health=status.health(connection, now=now),
            public_url=settings.web.public_url,
            now=now,
        )
    door = MailDoor(settings.smtp, settings.limits)
    try:
        return await door.send(settings.smtp.sender, to, render(letter).mime)
    finally:
        await door.close()


def overview(settings: Settings, *, clock: Clock | None = None) -> Overview:
    """`status`: one screen that answers "is it working?"."""
    with looking(settings) as connection:
        return status.overview(connection, now=(clock or SystemClock()).now())
