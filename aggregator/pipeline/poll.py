"""Poll one feed: conditional GET, parse in a worker, decide, write."""

import logging
from datetime import timedelta

from aggregator.errors import FetchError, NotAFeedError, StoreError, WorkerError
from aggregator.feeds.decide import after_failure, after_not_modified, after_our_fault, after_parse, after_unchanged
from aggregator.feeds.job import decode_parsed, encode_header
from aggregator.feeds.values import Answer, DueFeed, ParsedFeed, PollOutcome
from aggregator.net.freshness import answer_of
from aggregator.net.values import ACCEPT_FEED, Request, Response
from aggregator.pipeline.context import Corridor, Event
from aggregator.pipeline.reach import AGAIN
from aggregator.reasons import Reason
from aggregator.store import feeds as store

log = logging.getLogger(__name__)

PARSE_JOB = "aggregator.feeds.job:parse_job"


async def poll(corridor: Corridor, feed: DueFeed) -> int:
    """One poll of one feed, written in one transaction. Gives the number of new and changed entries."""
    outcome = await _outcome(corridor, feed)
    try:
        written = await corridor.db.together(store.record_poll, feed, outcome, now=corridor.clock.now())
    except StoreError:
        raise
    except Exception as error:
        # What cannot be stored for a fault of ours must leave a trace on the feed, and not come back every half minute.
        log.exception("poll not stored", extra={"subject": feed.url})
        outcome = _failed(corridor, feed, Reason.INTERNAL, type(error).__name__, None)
        written = await corridor.db.together(store.record_poll, feed, outcome, now=corridor.clock.now())
    corridor.listen(Event(stage="poll", subject=feed.url, reason=outcome.reason, detail=outcome.detail, count=written or 0))
    return written or 0


async def _outcome(corridor: Corridor, feed: DueFeed) -> PollOutcome:
    poll, limits = corridor.settings.poll, corridor.settings.limits
    try:
        response = await corridor.http.get(_request(corridor, feed))
        corridor.reach.answered()
        answer = answer_of(response, now=corridor.clock.now())
        if response.status == 304:
            return after_not_modified(feed, answer, now=corridor.clock.now(), poll=poll, limits=limits)
        if answer.body_sha == feed.body_sha and feed.fingerprint:
            return after_unchanged(feed, answer, now=corridor.clock.now(), poll=poll, limits=limits)
        return await _read(corridor, feed, answer, await _parse(corridor, response))
    except (FetchError, NotAFeedError, WorkerError) as error:
        ours = corridor.reach.fault_of_ours(feed.url, error, was_well=feed.failures == 0)
        if ours:
            # Without a network a try costs nobody anything; workers that do not start would have the outlet asked for nothing.
            again = AGAIN if ours is Reason.OFFLINE else max(AGAIN, poll.min_interval)
            return after_our_fault(feed, ours, error.detail, now=corridor.clock.now(), again=again)
        return _failed(corridor, feed, error.reason, error.detail, getattr(error, "retry_after", None))
    except StoreError:
        raise
    except Exception as error:
        # A document that trips over a fault of this program must not come back every minute: it counts as a failed poll.
        log.exception("poll failed", extra={"subject": feed.url})
        return _failed(corridor, feed, Reason.INTERNAL, type(error).__name__, None)


def _failed(corridor: Corridor, feed: DueFeed, reason: Reason, detail: str, retry_after: timedelta | None) -> PollOutcome:
    settings = corridor.settings
    return after_failure(
        feed, reason, detail, now=corridor.clock.now(), retry_after=retry_after, poll=settings.poll, limits=settings.limits
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
