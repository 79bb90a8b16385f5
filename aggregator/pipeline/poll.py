"""Poll one feed: conditional GET, parse in a worker, decide, write."""

from aggregator.errors import FetchError, NotAFeedError, WorkerError
from aggregator.feeds.decide import after_failure, after_not_modified, after_parse, after_unchanged
from aggregator.feeds.job import decode_parsed, encode_header
from aggregator.feeds.values import Answer, DueFeed, ParsedFeed, PollOutcome
from aggregator.net.freshness import answer_of
from aggregator.net.values import ACCEPT_FEED, Request, Response
from aggregator.pipeline.context import Corridor, Event
from aggregator.store import feeds as store

PARSE_JOB = "aggregator.feeds.job:parse_job"


async def poll(corridor: Corridor, feed: DueFeed) -> int:
    """One poll of one feed, written in one transaction. Gives the number of new and changed entries."""
    outcome = await _outcome(corridor, feed)
    written = await corridor.db.run(store.record_poll, feed, outcome, now=corridor.clock.now())
    corridor.listen(Event(stage="poll", subject=feed.url, reason=outcome.reason, detail=outcome.detail, count=written or 0))
    return written or 0


async def _outcome(corridor: Corridor, feed: DueFeed) -> PollOutcome:
    poll, limits = corridor.settings.poll, corridor.settings.limits
    try:
        response = await corridor.http.get(_request(corridor, feed))
        answer = answer_of(response, now=corridor.clock.now())
        if response.status == 304:
            return after_not_modified(feed, answer, now=corridor.clock.now(), poll=poll, limits=limits)
        if answer.body_sha == feed.body_sha and feed.fingerprint:
            return after_unchanged(feed, answer, now=corridor.clock.now(), poll=poll, limits=limits)
        return await _read(corridor, feed, answer, await _parse(corridor, response))
    except FetchError as error:
        return after_failure(
            feed, error.reason, error.detail, now=corridor.clock.now(), retry_after=error.retry_after, poll=poll, limits=limits
        )
    except (NotAFeedError, WorkerError) as error:
        return after_failure(
            feed, error.reason, error.detail, now=corridor.clock.now(), retry_after=None, poll=poll, limits=limits
        )


def _request(corridor: Corridor, feed: DueFeed) -> Request:
    limits = corridor.settings.limits
    return Request(
        url=feed.url,
        etag=feed.etag,
        last_modified=feed.last_modified,
        accept=ACCEPT_FEED,
        raw_cap=limits.feed_raw,
        decoded_cap=limits.feed_decoded,
        deadline=limits.feed_deadline,
        proxy=feed.proxy,
        user_agent=feed.user_agent,
    )


async def _parse(corridor: Corridor, response: Response) -> ParsedFeed:
    limits = corridor.settings.limits
    header = encode_header(
        url=response.final_url,
        content_type=response.header("content-type") or "",
        now=corridor.clock.now(),
        limits=limits,
    )
    data = await corridor.workers.run(PARSE_JOB, header, response.body, wall=limits.feed_parse_wall)
    return decode_parsed(data)


async def _read(corridor: Corridor, feed: DueFeed, answer: Answer, parsed: ParsedFeed) -> PollOutcome:
    settings, now = corridor.settings, corridor.clock.now()
    if parsed.fingerprint == feed.fingerprint:
        return after_unchanged(feed, answer, now=now, poll=settings.poll, limits=settings.limits)
    keys = tuple(key for entry in parsed.entries for key in entry.keys)
    known = await corridor.db.look(store.known_entries, feed.id, keys) if feed.first_polled_at else {}
    return after_parse(feed, answer, parsed, known, now=now, poll=settings.poll, limits=settings.limits)
