"""Fill a gap: what a feed's document no longer holds stands in its archive pages (RFC 5005, paged feeds) or the news sitemap."""

import logging
from collections.abc import Mapping, Sequence
from urllib.parse import urljoin

from aggregator.errors import FetchError, NotAFeedError, WorkerError
from aggregator.feeds.gaps import MOST_PAGES, SLACK
from aggregator.feeds.values import DueFeed, EntryKey, FeedKind, KnownEntry, ParsedEntry, ParsedFeed
from aggregator.pipeline.context import Corridor
from aggregator.pipeline.documents import document_request, known_of, read_document

log = logging.getLogger(__name__)

Known = Mapping[EntryKey, KnownEntry]
# Where outlets keep the sitemap that search engines read for news; it holds two days.
NEWS_SITEMAPS = ("/news-sitemap.xml", "/sitemap_news.xml", "/sitemap-news.xml")


async def fill(corridor: Corridor, feed: DueFeed, parsed: ParsedFeed, known: Known) -> tuple[tuple[ParsedEntry, ...], Known]:
    """Entries from elsewhere that may close the gap, and what is known of all. Raises nothing for what others answer.

    Stops at the first source that reaches back to an entry we know, or behind our last good poll.
    """
    older: list[ParsedEntry] = []
    held = dict(known)
    for url, kind in _sources(feed, parsed):
        place, pages = url, 0
        while place and pages < MOST_PAGES:
            document = await _document(corridor, feed, place, kind)
            pages += 1
            if document is None:
                break
            found = await known_of(corridor, feed, document.entries)
            held.update(found)
            older += _missed(feed, document.entries, found)
            if found or _reaches_back(feed, document.entries):
                return tuple(older), held
            place = document.archive_url if document.archive_url != place else ""
    return tuple(older), held


def _sources(feed: DueFeed, parsed: ParsedFeed) -> list[tuple[str, FeedKind]]:
    archive = [(parsed.archive_url, FeedKind.FEED)] if parsed.archive_url else []
    if feed.kind is FeedKind.SITEMAP:
        return archive
    home = parsed.home_url or feed.url
    return archive + [(urljoin(home, path), FeedKind.SITEMAP) for path in NEWS_SITEMAPS]


async def _document(corridor: Corridor, feed: DueFeed, url: str, kind: FeedKind) -> ParsedFeed | None:
    try:
        response = await corridor.http.get(document_request(corridor, feed, url))
        return await read_document(corridor, feed, response, kind=kind)
    except (FetchError, NotAFeedError, WorkerError) as error:
        log.debug("gap not filled", extra={"subject": url, "reason": error.reason.value})
        return None


def _missed(feed: DueFeed, entries: Sequence[ParsedEntry], found: Known) -> list[ParsedEntry]:
    """What was printed since our last good poll: archives and sitemaps hold older things as well, which are no news.

    Entries without a date count as long as they stand before the first one we know.
    """
    if feed.last_ok_at is None:
        return []
    since = feed.last_ok_at - SLACK
    kept: list[ParsedEntry] = []
    for entry in entries:
        if entry.published_at is not None:
            kept += [entry] if entry.published_at >= since else []
        elif any(key in found for key in entry.keys):
            break
        else:
            kept.append(entry)
    return kept


def _reaches_back(feed: DueFeed, entries: Sequence[ParsedEntry]) -> bool:
    dates = [entry.published_at for entry in entries if entry.published_at]
    return bool(dates) and feed.last_ok_at is not None and min(dates) <= feed.last_ok_at
