"""Rows for store tests, made through the same functions that the program uses."""

from datetime import datetime, timedelta

from aggregator.articles.compose import compose
from aggregator.articles.values import Article, Extraction, FeedText, Status
from aggregator.declare.plan import plan
from aggregator.declare.values import Declared, DeclaredOutlet, DeclaredRecipient, DeclaredTopic
from aggregator.feeds.decide import after_parse
from aggregator.feeds.identity import entry_keys
from aggregator.feeds.values import Answer, DueFeed, ParsedEntry, ParsedFeed
from aggregator.limits import DEFAULT_LIMITS
from aggregator.settings import PollSettings
from aggregator.store import config, due, feeds
from aggregator.store.db import Connection

LEASE = timedelta(seconds=120)
CRASH_REST = timedelta(minutes=10)


def outlet(slug: str = "herald", *, count: int = 1, **changes: object) -> DeclaredOutlet:
    urls = tuple(f"https://{slug}.example.org/rss/{n}" for n in range(count))
    return DeclaredOutlet(slug=slug, name=slug.title(), feeds=urls, **changes)  # type: ignore[arg-type]


def topic(slug: str = "canal", query: str = "canal", *addresses: str, deliver: str = "") -> DeclaredTopic:
    return DeclaredTopic(
        slug=slug, name=slug.title(), query=query, recipients=addresses or ("desk@example.org",), deliver=deliver
    )


def declare(connection: Connection, *outlets: DeclaredOutlet, topics: tuple[DeclaredTopic, ...] = (), now: datetime) -> None:
    people = {address for one in topics for address in one.recipients}
    declared = Declared(
        outlets=outlets, topics=topics, recipients=tuple(DeclaredRecipient(address=one) for one in sorted(people))
    )
    config.apply(connection, plan(declared, config.known(connection)), declared, now=now)


def claim(connection: Connection, *, now: datetime, limit: int = 10) -> tuple[DueFeed, ...]:
    return due.claim_due(connection, now=now, due_by=now, limit=limit, lease=LEASE, first_poll="alert", crash_rest=CRASH_REST)


def entry(link: str, *, guid: str = "", title: str = "A canal opens", summary: str = "The canal is open.") -> ParsedEntry:
    return ParsedEntry(
        guid=guid or link,
        link=link,
        title=title,
        author="",
        summary=summary,
        content="",
        language="en",
        published_at=None,
        published_raw="",
        updated_at=None,
        updated_raw="",
        image_url="",
        keys=entry_keys(guid=guid or link, link=link, title=title, published_at=None),
        fingerprint=f"{title}|{summary}|{link}"[:64],
    )


def poll(connection: Connection, feed: DueFeed, *entries: ParsedEntry, now: datetime) -> int | None:
    parsed = ParsedFeed(title="News", home_url="", language="en", ttl=None, entries=entries, fingerprint=str(hash(entries))[:64])
    keys = tuple(key for one in entries for key in one.keys)
    outcome = after_parse(
        feed,
        Answer(status=200, etag='"1"', body_sha="0" * 64),
        parsed,
        feeds.known_entries(connection, feed.id, keys),
        now=now,
        poll=PollSettings(),
        limits=DEFAULT_LIMITS,
    )
    return feeds.record_poll(connection, feed, outcome, now=now)


def extraction(body: str, *, headline: str = "A canal opens", status: Status = Status.OK) -> Extraction:
    return Extraction(status=status, quality=0.9, headline=headline, body=body, extractor="test")


def article(url: str, body: str, *, headline: str = "A canal opens", now: datetime, status: Status = Status.OK) -> Article:
    feed = FeedText(link=url, title=headline, summary="In short.")
    return compose(feed, extraction(body, headline=headline, status=status), url=url, first_seen_at=now, slack=timedelta(hours=2))
