"""`feeds check`: one look at a feed, as a poll would see it, said in plain words. Nothing is stored."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator.clock import Clock, SystemClock
from aggregator.errors import FetchError, NotAFeedError, UsageError, WorkerError
from aggregator.feeds.decide import after_failure, after_parse
from aggregator.feeds.diagnose import Look, Remark, form_of, remarks, usable
from aggregator.feeds.telling import Told, newest, told
from aggregator.feeds.urls import host_key
from aggregator.feeds.values import Answer, DueFeed, FeedKind, FeedState, ParsedFeed
from aggregator.ids import FeedId, OutletId
from aggregator.net.freshness import answer_of
from aggregator.net.resolve import Resolver
from aggregator.net.robots import parse_robots, product_token
from aggregator.net.target import parse_target
from aggregator.net.values import Response
from aggregator.reasons import Reason
from aggregator.service.discovery import is_sitemap, robots_of, spellings
from aggregator.service.reading import Reader, reading
from aggregator.service.verbs import looking
from aggregator.settings import Settings
from aggregator.store import feeds as store
from aggregator.store import migrate, subscriptions
from aggregator.store.values import FeedRow

_AT_ONCE = 10
_NEW_INTERVAL = timedelta(minutes=15)
# What RFC 9309 demands to be read of a robots.txt.
ROBOTS_BYTES = 500 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What `feeds check` says of one feed; its names are public. `feed` and `outlet` are None and "" for an address that is not watched."""

    url: str
    feed: FeedId | None
    outlet: str
    usable: bool
    reason: Reason | None
    status: int | None
    seconds: float | None
    final_url: str
    redirects: tuple[tuple[int, str], ...]
    kind: FeedKind
    format: str
    encoding: str
    declared_encoding: str
    content_type: str
    bytes: int
    title: str
    language: str
    entries: int
    newest_at: datetime | None
    text: Told | None
    etag: bool
    last_modified: bool
    answers_304: bool | None
    max_age_s: int | None
    ttl_s: int | None
    pages_allowed: bool | None
    next_poll_at: datetime | None
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What is looked at, and in whose manner. `rests`: until when its host asked to be left alone."""

    url: str
    kind: FeedKind = FeedKind.FEED
    row: FeedRow | None = None
    proxy: str = ""
    user_agent: str = ""
    rests: datetime | None = None


async def feeds_check(
    settings: Settings,
    which: Sequence[str],
    *,
    clock: Clock | None = None,
    resolver: Resolver | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[Check, ...]:
    """These feeds by number or address (all that are watched, without names). An address needs no database. Raises UsageError."""
    clock = clock or SystemClock()
    orders = _orders(settings, which, clock.now())
    turn, done = asyncio.Semaphore(_AT_ONCE), 0
    async with reading(settings, clock=clock, resolver=resolver, workers=2) as reader:

        async def one(order: _Order) -> Check:
            nonlocal done
            async with turn:
                check = _check(order, await _look(reader, order))
            done += 1
            progress(done, len(orders))
            return check

        return tuple(await asyncio.gather(*(one(order) for order in orders)))


def _orders(settings: Settings, which: Sequence[str], now: datetime) -> list[_Order]:
    known = _known(settings, now)
    if not which:
        if not known:
            raise UsageError("there is no feed to check", hint="give an address, or add one: aggregator feeds add URL")
        return [order for order in known if order.row and order.row.merged_into is None]
    return [_order_named(known, name) for name in which]


def _order_named(known: Sequence[_Order], name: str) -> _Order:
    for order in known:
        if order.row and name in {str(order.row.id), order.url, order.row.moved_from}:
            return order
    if name.isdecimal():
        raise UsageError(f"there is no feed {name!r}", hint="see the numbers with: aggregator feeds list")
    return _Order(url=spellings(name)[0])


def _known(settings: Settings, now: datetime) -> list[_Order]:
    """The feeds of the database; none where there is no database yet."""
    if not migrate.standing(settings.database_url).usable:
        return []
    with looking(settings) as connection:
        manners = subscriptions.manners(connection)
        resting = dict(store.resting_hosts(connection, now))
        return [
            _Order(
                url=row.url,
                kind=row.kind,
                row=row,
                proxy=manners[row.id][0],
                user_agent=manners[row.id][1],
                rests=resting.get(host_key(row.url)),
            )
            for row in store.list_feeds(connection)
        ]


async def _look(reader: Reader, order: _Order) -> Look:
    """What a poll of it meets, and whether it answers 304 to a second one."""
    now = reader.clock.now()
    nothing = Look(url=order.url, final_url=order.url, kind=order.kind, now=now)
    if order.rests is not None:
        detail = f"its host asked to be left alone until {order.rests:%Y-%m-%d %H:%M} UTC, so it was not asked now"
        return replace(nothing, reason=Reason.HTTP_429, detail=detail, poll_after=order.rests - now)
    started = time.monotonic()
    try:
        response = await reader.get(order.url, proxy=order.proxy, user_agent=order.user_agent)
    except FetchError as error:
        after = _after_failure(reader, order, error.reason, error.detail, error.retry_after)
        final = error.final_url or order.url
        return replace(nothing, reason=error.reason, detail=error.detail, status=error.status, final_url=final, poll_after=after)
    took = timedelta(seconds=time.monotonic() - started)
    seen = replace(
        nothing,
        kind=FeedKind.SITEMAP if order.kind is FeedKind.FEED and is_sitemap(response.body) else order.kind,
        final_url=response.final_url,
        status=response.status,
        took=took,
        hops=tuple((hop.status, hop.location) for hop in response.hops if hop.location),
        content_type=response.header("content-type") or "",
        size=len(response.body),
        form=form_of(response.body, response.header("content-type") or ""),
    )
    try:
        feed = await reader.parse(response, kind=seen.kind)
    except (NotAFeedError, WorkerError) as error:
        after = _after_failure(reader, order, error.reason, error.detail, None)
        return replace(seen, reason=error.reason, detail=error.detail, poll_after=after)
    answer = answer_of(response, now=now)
    return replace(
        seen,
        feed=feed,
        answer=answer,
        honoured=await _honoured(reader, order, response, answer),
        pages_allowed=await _pages_allowed(reader, feed),
        poll_after=_after_parse(reader, order, answer, feed),
    )


async def _honoured(reader: Reader, order: _Order, response: Response, answer: Answer) -> bool | None:
    """Does it say 304 to its own validators; None when it has none, or does not answer now."""
    if not (answer.etag or answer.last_modified):
        return None
    try:
        again = await reader.get(
            response.final_url,
            etag=answer.etag,
            last_modified=answer.last_modified,
            proxy=order.proxy,
            user_agent=order.user_agent,
        )
    except FetchError:
        return None
    return again.status == 304


async def _pages_allowed(reader: Reader, feed: ParsedFeed) -> bool | None:
    """May the page of its first entry be read. A site whose robots.txt cannot be had for a fault of its own says nothing."""
    page = next((entry.link for entry in feed.entries if entry.link and not entry.is_media), "")
    if not page:
        return None
    try:
        answer = await reader.get(robots_of(page))
    except FetchError as error:
        return True if error.status is not None and 400 <= error.status < 500 and error.status != 429 else None
    product = product_token(reader.settings.fetch.user_agent)
    rules = parse_robots(answer.body[:ROBOTS_BYTES].decode("utf-8", "replace"), product=product)
    return rules.allows(parse_target(page).target)


def _due(reader: Reader, order: _Order) -> DueFeed:
    """The feed as a poll would be given it; a new one when it is not watched."""
    row = order.row
    return DueFeed(
        id=row.id if row else FeedId(0),
        outlet_id=OutletId(0),
        url=order.url,
        interval=timedelta(seconds=row.interval_s) if row else _NEW_INTERVAL,
        state=row.state if row else FeedState.OK,
        failures=row.failures if row else 0,
        first_polled_at=reader.clock.now(),
        lease_token="",
    )


def _after_failure(reader: Reader, order: _Order, reason: Reason, detail: str, retry_after: timedelta | None) -> timedelta:
    now, settings = reader.clock.now(), reader.settings
    outcome = after_failure(
        _due(reader, order), reason, detail, now=now, retry_after=retry_after, poll=settings.poll, limits=settings.limits
    )
    return outcome.due_at - now


def _after_parse(reader: Reader, order: _Order, answer: Answer, feed: ParsedFeed) -> timedelta:
    now, settings = reader.clock.now(), reader.settings
    outcome = after_parse(_due(reader, order), answer, feed, {}, now=now, poll=settings.poll, limits=settings.limits)
    return outcome.due_at - now


def _check(order: _Order, look: Look) -> Check:
    said, form, feed, answer = remarks(look), look.form, look.feed, look.answer
    return Check(
        url=order.url,
        feed=order.row.id if order.row else None,
        outlet=order.row.outlet if order.row else "",
        usable=usable(said),
        reason=look.reason,
        status=look.status,
        seconds=round(look.took.total_seconds(), 3) if look.took else None,
        final_url=look.final_url,
        redirects=look.hops,
        kind=look.kind,
        format=form.name if form else "",
        encoding=form.encoding if form else "",
        declared_encoding=form.declared if form else "",
        content_type=look.content_type,
        bytes=look.size,
        title=feed.title if feed else "",
        language=feed.language if feed else "",
        entries=len(feed.entries) if feed else 0,
        newest_at=newest(feed) if feed else None,
        text=told(feed) if feed and feed.entries else None,
        etag=bool(answer and answer.etag),
        last_modified=bool(answer and answer.last_modified),
        answers_304=look.honoured,
        max_age_s=int(answer.max_age.total_seconds()) if answer and answer.max_age is not None else None,
        ttl_s=int(feed.ttl.total_seconds()) if feed and feed.ttl else None,
        pages_allowed=look.pages_allowed,
        next_poll_at=look.now + look.poll_after if look.poll_after is not None else None,
        remarks=said,
    )
