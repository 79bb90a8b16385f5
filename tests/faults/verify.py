"""What must hold after every kill, and what must hold once everything was worked off. Problems come as lines; none is good."""

import email
import email.policy
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.faults.world import TORN, World
from tests.mailbox import Mail

_TOKEN = re.compile(r"\bK\d{4}\b")
_MARK = re.compile(r"\bK\d{4}v\d+\b")
_ARTICLES = """
    SELECT o.name AS outlet, a.headline, a.body, a.summary, a.version,
           (SELECT count(*) FROM versions v WHERE v.article_id = a.id) AS versions
    FROM articles a JOIN outlets o ON o.id = a.outlet_id"""
_TOLD = """
    SELECT t.name AS topic, r.address, a.headline FROM alerts l
    JOIN topics t ON t.id = l.topic_id JOIN recipients r ON r.id = l.recipient_id JOIN articles a ON a.id = l.article_id
    WHERE l.kind = 'match' AND l.folded_into IS NULL"""
_ENTRIES = "SELECT f.url, e.title FROM entries e JOIN feeds f ON f.id = e.feed_id"
_UNTOUCHED = """
    SELECT 'entry' AS name, id FROM entries WHERE stage <> 'done' AND tries = 0
    UNION ALL SELECT 'message', id FROM outbox WHERE kind = 'alert' AND state <> 'sent'"""
_REASONS = "SELECT reason FROM feeds WHERE reason IS NOT NULL UNION SELECT reason FROM entries WHERE reason IS NOT NULL"
_LEASED = """
    SELECT 'feeds' AS name, id FROM feeds WHERE lease_token IS NOT NULL
    UNION ALL SELECT 'entries', id FROM entries WHERE lease_token IS NOT NULL
    UNION ALL SELECT 'outbox', id FROM outbox WHERE lease_token IS NOT NULL OR state = 'claimed'"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The database as a run left it."""

    damage: str
    articles: tuple[Any, ...]
    told: Counter[tuple[str, str, str]]
    entries: frozenset[tuple[str, str]]
    validators: dict[str, str]
    leased: tuple[str, ...]
    waiting: tuple[str, ...]
    messages: dict[str, str]
    reasons: frozenset[str]
    untouched: tuple[str, ...]

    @property
    def marks(self) -> frozenset[str]:
        """Which states of which texts the archive holds."""
        return frozenset(_mark(row) for row in self.articles)


# A run that was killed before it had made its tables left this.
NOTHING = Stored(
    damage="",
    articles=(),
    told=Counter(),
    entries=frozenset(),
    validators={},
    leased=(),
    waiting=(),
    messages={},
    reasons=frozenset(),
    untouched=(),
)


def look(world: World) -> Stored:
    """Read everything. A SQLite file is looked at in a copy, so that recovering its log stays the program's own work."""
    with _opened(world) as connection:
        if not sa.inspect(connection).has_table("outbox"):
            return NOTHING
        return Stored(
            damage="; ".join(_damage(connection)),
            articles=tuple(_rows(connection, _ARTICLES)),
            told=Counter((row.topic, row.address, _token(row.headline)) for row in _rows(connection, _TOLD)),
            entries=frozenset((row.url, _token(row.title)) for row in _rows(connection, _ENTRIES)),
            validators={row.url: row.etag for row in _rows(connection, "SELECT url, etag FROM feeds WHERE etag IS NOT NULL")},
            leased=tuple(f"{row.name} {row.id}" for row in _rows(connection, _LEASED)),
            waiting=tuple(
                f"entry {row.id} in {row.stage}"
                for row in _rows(connection, "SELECT id, stage FROM entries WHERE stage <> 'done'")
            ),
            messages={row.message_id: row.state for row in _rows(connection, "SELECT message_id, state FROM outbox")},
            reasons=frozenset(row.reason for row in _rows(connection, _REASONS)),
            untouched=tuple(f"{row.name} {row.id}" for row in _rows(connection, _UNTOUCHED)),
        )


def broken(world: World, stored: Stored) -> list[str]:
    """What may be wrong at no moment, however many kills there were."""
    return [*_damaged(stored), *_doubled(stored), *_ahead(world, stored), *_mails_doubled(world.mailbox.messages)]


def missing(world: World, stored: Stored) -> list[str]:
    """What may not be left after an undisturbed run: everything printed is stored and told, and nobody holds anything."""
    return [*_articles_missing(world, stored), *_tellings_missing(world, stored), *_left_over(world, stored)]


def not_resumed(world: World, stored: Stored) -> list[str]:
    """What a run left although it was due when it started: nothing may wait for the lease of a run that was killed."""
    printed = {(world.paper.outlet(f"{one.outlet.lower()}.example").feed_url, one.token) for one in world.printed}
    return [
        *(f"{key} was not polled" for key in printed - stored.entries),
        *(f"{row} was not touched" for row in stored.untouched),
    ]


def is_idle(stored: Stored) -> bool:
    """Is nothing put off into the future: no page, no digest?"""
    return not stored.waiting and set(stored.messages.values()) <= {"sent"}


def repeated(mails: list[Mail]) -> list[int]:
    """The numbers of the acceptances that were followed by another one of the same message."""
    found, later = [], set()
    for number in range(len(mails) - 1, -1, -1):
        name = _read(mails[number].raw)[0]
        if name in later:
            found.append(number)
        later.add(name)
    return found


@cache
def _read(raw: bytes) -> tuple[str, frozenset[str]]:
    """The Message-ID of a mail, and the articles that its text tells of."""
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    text = parsed.get_body(("plain",)).get_content()
    return str(parsed["Message-ID"]), frozenset(_TOKEN.findall(text))


def _mark(row: Any) -> str:
    """Which state of its text an article holds; of a page that could not be read only the summary is known."""
    found = _MARK.findall(row.body) or _MARK.findall(row.summary)
    return " and ".join(sorted(set(found)))


def _token(text: str) -> str:
    found = _TOKEN.search(text)
    return found[0] if found else text


def _damaged(stored: Stored) -> Iterator[str]:
    if stored.damage:
        yield f"the database is damaged: {stored.damage}"


def _doubled(stored: Stored) -> Iterator[str]:
    for key, count in Counter((row.outlet, _token(row.headline)) for row in stored.articles).items():
        if count > 1:
            yield f"{count} articles {key}"
    for key, count in stored.told.items():
        if count > 1:
            yield f"{count} alerts {key}"
    for row in stored.articles:
        if row.versions != row.version:
            yield f"{_token(row.headline)}: version {row.version} of {row.versions} kept ones"


def _ahead(world: World, stored: Stored) -> Iterator[str]:
    """A stored validator says that a document was read: what stood in it must be there, or it will never be."""
    for url, validator in stored.validators.items():
        printed = world.documents[url].get(validator)
        if printed is None:
            yield f"{url}: the validator {validator} is of no edition"
        else:
            yield from (f"{url}: {token} was passed over" for token in printed if (url, token) not in stored.entries)


def _mails_doubled(mails: list[Mail]) -> Iterator[str]:
    bodies: dict[str, set[bytes]] = defaultdict(set)
    tellers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mail in mails:
        name, tokens = _read(mail.raw)
        bodies[name].add(mail.raw)
        for token in tokens:
            tellers[mail.recipient, token].add(name)
    yield from (f"{name} was sent with {len(raw)} different texts" for name, raw in bodies.items() if len(raw) > 1)
    yield from (f"{key} was told by {len(names)} different mails" for key, names in tellers.items() if len(names) > 1)


def _articles_missing(world: World, stored: Stored) -> Iterator[str]:
    held = {(row.outlet, _token(row.headline)): row for row in stored.articles}
    printed = {(one.outlet, one.token): one for one in world.printed}
    yield from (f"article {key} was never printed" for key in held.keys() - printed.keys())
    for key, one in printed.items():
        row = held.get(key)
        if row is None:
            yield f"article {key} is lost"
            continue
        if _mark(row) != one.marks[-1]:
            yield f"article {key} holds the text {_mark(row)}, not {one.marks[-1]}"
        least = len(one.stored | {one.marks[-1]})
        if not least <= row.version <= len(one.marks) + (one.outlet == TORN):
            yield f"article {key} has {row.version} versions, printed were {len(one.marks)}"


def _tellings_missing(world: World, stored: Stored) -> Iterator[str]:
    wanted = world.tellings()
    yield from (f"no alert {key}" for key in wanted - stored.told.keys())
    yield from (f"an alert that nobody asked for: {key}" for key in stored.told.keys() - wanted)
    mentioned = {(mail.recipient, token) for mail in world.mailbox.messages for token in _read(mail.raw)[1]}
    yield from (f"no mail {key}" for key in {key[1:] for key in wanted} - mentioned)
    yield from (f"a mail that nobody asked for: {key}" for key in mentioned - {key[1:] for key in wanted})


def _left_over(world: World, stored: Stored) -> Iterator[str]:
    yield from (f"still leased: {row}" for row in stored.leased)
    yield from (f"still waiting: {row}" for row in stored.waiting)
    yield from (f"{name} is {state}" for name, state in stored.messages.items() if state != "sent")
    accepted = {_read(mail.raw)[0] for mail in world.mailbox.messages}
    yield from (f"{name} is called sent and never arrived" for name in stored.messages.keys() - accepted)
    yield from (f"{name} arrived and is not in the outbox" for name in accepted - stored.messages.keys())


@contextmanager
def _opened(world: World) -> Iterator[sa.Connection]:
    with tempfile.TemporaryDirectory() as folder:
        url = sa.make_url(world.database_url)
        if url.get_backend_name() == "sqlite":
            url = url.set(database=str(_copied(Path(url.database), Path(folder))))
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            yield connection


def _copied(path: Path, folder: Path) -> Path:
    for name in (path.name, f"{path.name}-wal"):
        if path.with_name(name).exists():
            shutil.copy(path.with_name(name), folder / name)
    return folder / path.name


def _rows(connection: sa.Connection, statement: str) -> list[Any]:
    return list(connection.execute(sa.text(statement)))


def _damage(connection: sa.Connection) -> list[str]:
    if connection.dialect.name != "sqlite":
        return []
    found = [row[0] for row in _rows(connection, "PRAGMA integrity_check")] + [
        str(row) for row in _rows(connection, "PRAGMA foreign_key_check")
    ]
    return [row for row in found if row != "ok"]
