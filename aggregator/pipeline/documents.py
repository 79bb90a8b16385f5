"""Feed documents on their way through the doors: asked for, parsed in a worker, laid beside what is known."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from aggregator.feeds.identity import feed_fingerprint
from aggregator.feeds.job import decode_parsed, encode_header
from aggregator.feeds.values import DueFeed, EntryKey, FeedKind, KnownEntry, ParsedEntry, ParsedFeed
from aggregator.net.values import ACCEPT_FEED, Request, Response
from aggregator.pipeline.context import Corridor
from aggregator.store import feeds as store

PARSE_JOB = "aggregator.feeds.job:parse_job"
# Sitemaps of an index that are read at one poll: the news and what was touched last.
_MOST_CHILDREN = 2


def document_request(corridor: Corridor, feed: DueFeed, url: str, *, conditional: bool = False) -> Request:
    """A request in the manner of the feed's outlet; `conditional`: with the feed's validators."""
    limits = corridor.settings.limits
    return Request(
        url=url,
        etag=feed.etag if conditional else None,
        last_modified=feed.last_modified if conditional else None,
        validators_host=feed.validators_host if conditional else "",
        accept=ACCEPT_FEED,
        raw_cap=limits.feed_raw,
        decoded_cap=limits.feed_decoded,
        deadline=limits.feed_deadline,
        proxy=feed.proxy,
        user_agent=feed.user_agent,
        cookies_file=feed.cookies_file,
    )


async def read_document(
    corridor: Corridor, feed: DueFeed, response: Response, *, kind: FeedKind | None = None, seen: bytes = b""
) -> ParsedFeed:
    """`seen`: what the poll before printed and need not be read again. Raises NotAFeedError and WorkerError."""
    limits = corridor.settings.limits
    header = encode_header(
        url=response.final_url,
        content_type=response.header("content-type") or "",
        now=corridor.clock.now(),
        limits=limits,
        kind=kind or feed.kind,
        zone_min=feed.zone_min,
        country=feed.country,
        seen=seen,
    )
    data = await corridor.workers.run(PARSE_JOB, header, response.body, wall=limits.feed_parse_wall)
    return decode_parsed(data)


async def with_children(corridor: Corridor, feed: DueFeed, index: ParsedFeed) -> ParsedFeed:
    """A sitemap index with the entries of its first sitemaps. Raises FetchError, NotAFeedError and WorkerError."""
    entries: list[ParsedEntry] = []
    for child in index.children[:_MOST_CHILDREN]:
        response = await corridor.http.get(document_request(corridor, feed, child))
        entries += (await read_document(corridor, feed, response, kind=FeedKind.SITEMAP)).entries
    kept = tuple(entries[: corridor.settings.limits.feed_entries])
    return replace(index, entries=kept, fingerprint=feed_fingerprint(kept))


async def known_of(corridor: Corridor, feed: DueFeed, entries: Sequence[ParsedEntry]) -> Mapping[EntryKey, KnownEntry]:
    """What is stored under the keys of these entries."""
    keys = tuple(key for entry in entries for key in entry.keys)
    return await corridor.db.look(store.known_entries, feed.id, keys) if feed.first_polled_at and keys else {}
