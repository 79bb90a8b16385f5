"""`articles import`: an archive line by line through identity, copies, stories and matching. Nothing is sent."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec

from aggregator.articles.compose import from_import
from aggregator.articles.values import Article, BodySource
from aggregator.clock import Clock, SystemClock
from aggregator.declare.read import slug_of
from aggregator.errors import UsageError
from aggregator.feeds.urls import safe_url
from aggregator.ids import OutletId
from aggregator.pipeline.context import Watch
from aggregator.pipeline.publish import Arrival, TopicsChangedError, compile_watch, place, prepare
from aggregator.service.build import exclusively, forget_leases, is_embedded, open_database, prepare_database
from aggregator.service.configuration import apply_files
from aggregator.settings import Settings
from aggregator.store import archive, topics
from aggregator.store.db import Connection, Database
from aggregator.text import one_line
from aggregator.topics.lemmas import Lemmatiser

BATCH = 50
# A line longer than this is no article; the longest real bodies have a tenth of it.
MAX_LINE = 5_000_000

Text = Annotated[str, msgspec.Meta(min_length=1)]


class Line(msgspec.Struct, kw_only=True):
    """One line of the public export form; only the first five are needed, what else the form holds is taken or ignored."""

    url: Text
    outlet: Text
    headline: Text
    body: str
    published_at: datetime
    canonical_url: str = ""
    authors: tuple[str, ...] = ()
    modified_at: datetime | None = None
    first_seen_at: datetime | None = None
    language: str = ""
    section: str = ""
    image_url: str = ""
    body_source: BodySource = BodySource.PAGE
    quality: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A line that was skipped. Lines count from 1."""

    line: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did. `known`: lines whose article was there already."""

    lines: int
    added: int
    known: int
    problems: tuple[Problem, ...]


def articles_import(
    settings: Settings, path: Path, *, progress: Callable[[int, int], None], clock: Clock | None = None
) -> Imported:
    """Import a JSONL file in file order; a second run of the same file adds nothing, so that a broken run is just repeated.

    `progress(bytes done, bytes in all)` is called after each batch. Raises UsageError when the file cannot be read.
    """
    clock = clock or SystemClock()
    try:
        size = path.stat().st_size
        source = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="give the path of a JSONL file") from error
    with source, exclusively(settings, command="articles import"):
        prepare_database(settings)
        database = open_database(settings)
        try:
            forget_leases(database)
            if is_embedded(settings):
                apply_files(settings, database, now=clock.now(), force=False)
            return _import(settings, database, enumerate(source, 1), lambda: progress(source.tell(), size), clock)
        finally:
            database.close()


def _import(
    settings: Settings, database: Database, lines: Iterator[tuple[int, bytes]], progress: Callable[[], None], clock: Clock
) -> Imported:
    lemmatise = Lemmatiser()
    watch = _watch(database, lemmatise)
    total, added, known, problems = 0, 0, 0, list[Problem]()
    while batch := tuple(islice(lines, BATCH)):
        while True:
            try:
                with database.write() as connection:
                    done = _import_batch(connection, batch, watch, settings, clock.now())
                break
            except TopicsChangedError:
                # `apply` beside a long import: nothing of the batch was written, it is matched again.
                watch = _watch(database, lemmatise)
        total, added, known = total + done.lines, added + done.added, known + done.known
        problems += done.problems
        progress()
    return Imported(lines=total, added=added, known=known, problems=tuple(problems))


def _watch(database: Database, lemmatise: Lemmatiser) -> Watch:
    with database.read() as connection:
        revision, found, lists = topics.watched(connection)
    return compile_watch(revision, found, lists, lemmatise)


def _import_batch(
    connection: Connection, batch: tuple[tuple[int, bytes], ...], watch: Watch, settings: Settings, now: datetime
) -> Imported:
    total, added, problems = 0, 0, list[Problem]()
    for number, raw in batch:
        if not raw.strip():
            continue
        total += 1
        try:
            added += _import_line(connection, raw, watch, settings, now)
        except ValueError as error:
            problems.append(Problem(line=number, what=str(error)))
    return Imported(lines=total, added=added, known=total - added - len(problems), problems=tuple(problems))


def _import_line(connection: Connection, raw: bytes, watch: Watch, settings: Settings, now: datetime) -> bool:
    """True for a new article. Raises ValueError with what is wrong with the line."""
    line = _decode(raw)
    url = safe_url(line.url)
    if not url:
        raise ValueError(f"url {line.url[:100]!r} is no web address")
    outlet = one_line(line.outlet)
    if not outlet:
        raise ValueError(f"outlet {line.outlet[:100]!r} is no name")
    article = _article(line, url, now, settings.limits.future_date_slack)
    outlet_id: OutletId = archive.outlet_named(connection, outlet, slug_of(outlet), now=now)
    prepared = prepare(
        article,
        watch,
        guid="",
        final_url="",
        sources=(outlet,),
        country=archive.outlet_country(connection, outlet_id),
    )
    arrival = Arrival(outlet_id=outlet_id, feed_id=None, known=None, tell=False, silent=True, origin="import")
    return place(connection, arrival, prepared, names=watch.names, sender=settings.smtp.sender, now=now).fresh


def _decode(raw: bytes) -> Line:
    if len(raw) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE} bytes")
    try:
        return msgspec.convert(json.loads(raw), Line)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not JSON: {error}") from error
    except (msgspec.ValidationError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _article(line: Line, url: str, now: datetime, slack: timedelta) -> Article:
    return from_import(
        url=url,
        headline=line.headline,
        body=line.body,
        published_at=_utc(line.published_at),
        first_seen_at=_utc(line.first_seen_at) if line.first_seen_at else now,
        slack=slack,
        canonical_url=safe_url(line.canonical_url),
        authors=line.authors,
        modified_at=_utc(line.modified_at) if line.modified_at else None,
        language=line.language,
        section=line.section,
        image_url=safe_url(line.image_url),
        body_source=line.body_source,
        quality=line.quality,
    )


def _utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{moment.isoformat()} is no possible time") from error
