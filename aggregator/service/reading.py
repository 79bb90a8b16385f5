"""The doors through which commands look at the outside on their own, without a database: fetch, and parse where it can be stopped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aggregator.clock import Clock, SystemClock
from aggregator.feeds.cluejob import decode_clues, encode_order
from aggregator.feeds.discover import PageClues
from aggregator.feeds.job import decode_parsed, encode_header
from aggregator.feeds.values import FeedKind, ParsedFeed
from aggregator.net.http import HttpDoor
from aggregator.net.resolve import Resolver
from aggregator.net.values import ACCEPT_FEED, Request, Response
from aggregator.pipeline.context import Fetcher, Workers
from aggregator.service.workers import CLUE_JOB, PARSE_JOB, WorkerPool
from aggregator.settings import Settings

# A person's address may be a page or a feed: either is welcome.
ACCEPT_ANY = "text/html, application/xhtml+xml, application/atom+xml;q=0.9, application/rss+xml;q=0.9, application/feed+json;q=0.9, */*;q=0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Fetches under the settings of the service, with its manners and limits, and parses in worker processes."""

    settings: Settings
    clock: Clock
    http: Fetcher
    workers: Workers

    async def get(
        self,
        url: str,
        *,
        accept: str = ACCEPT_FEED,
        etag: str | None = None,
        last_modified: str | None = None,
        proxy: str = "",
        user_agent: str = "",
    ) -> Response:
        """A GET with the caps of a feed. Raises FetchError."""
        limits = self.settings.limits
        request = Request(
            url=url,
            accept=accept,
            etag=etag,
            last_modified=last_modified,
            raw_cap=limits.feed_raw,
            decoded_cap=limits.feed_decoded,
            deadline=limits.feed_deadline,
            proxy=proxy,
            user_agent=user_agent,
        )
        return await self.http.get(request)

    async def parse(self, response: Response, *, kind: FeedKind = FeedKind.FEED) -> ParsedFeed:
        """The document as a feed of that kind. Raises NotAFeedError, WorkerError."""
        limits = self.settings.limits
        header = encode_header(
            url=response.final_url,
            content_type=response.header("content-type") or "",
            now=self.clock.now(),
            limits=limits,
            kind=kind,
        )
        return decode_parsed(await self.workers.run(PARSE_JOB, header, response.body, wall=limits.feed_parse_wall))

    async def clues(self, response: Response) -> PageClues:
        """What a page says of its feeds. Raises NotAFeedError INTERNAL, WorkerError."""
        limits = self.settings.limits
        order = encode_order(
            url=response.final_url,
            content_type=response.header("content-type") or "",
            links=tuple(value for name, value in response.headers if name == "link"),
            limits=limits,
        )
        return decode_clues(await self.workers.run(CLUE_JOB, order, response.body, wall=limits.page_extract_wall))


@asynccontextmanager
async def reading(
    settings: Settings, *, clock: Clock | None = None, resolver: Resolver | None = None, workers: int = 1
) -> AsyncIterator[Reader]:
    """A reader for the moment; its worker processes start with the first document."""
    clock = clock or SystemClock()
    async with HttpDoor(settings.fetch, settings.limits, resolver=resolver, clock=clock) as http:
        pool = WorkerPool(workers, settings.limits)
        try:
            yield Reader(settings=settings, clock=clock, http=http, workers=pool)
        finally:
            await pool.close()
