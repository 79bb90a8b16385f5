"""Poll one feed: conditional GET, parse in a worker, decide, write."""

import logging
from dataclasses import replace

from aggregator.errors import FetchError, NotAFeedError, StoreError, WorkerError
from aggregator.feeds.dates import clock_without_zone
from aggregator.feeds.decide import after_failure, after_not_modified, after_our_fault, after_parse, after_unchanged
from aggregator.feeds.gaps import no_overlap
from aggregator.feeds.identity import match_entries
from aggregator.feeds.moves import address
from aggregator.feeds.schedule import wants_everything
from aggregator.feeds.values import Answer, DueFeed, ParsedEntry, ParsedFeed, PollOutcome
from aggregator.feeds.zones import learn_zone
from aggregator.net.freshness import answer_of
from aggregator.net.values import Request
from aggregator.pipeline.context import Corridor, Event
from aggregator.pipeline.documents import document_request, known_of, read_document, with_children
from aggregator.pipeline.fill import fill
from aggregator.pipeline.reach import AGAIN
from aggregator.reasons import Reason
from aggregator.store import feeds as store

log = logging.getLogger(__name__)


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
        # No content is no news either, and no feed that was emptied.
        if response.status in (204, 205, 304):
            return after_not_modified(feed, answer, now=corridor.clock.now(), poll=poll, limits=limits)
        if answer.body_sha == feed.body_sha and feed.fingerprint and not feed.hints.is_index:
            return after_unchanged(feed, answer, now=corridor.clock.now(), poll=poll, limits=limits)
        return await _read(corridor, feed, answer, await read_document(corridor, feed, response, seen=feed.printed or b""))
    except (FetchError, NotAFeedError, WorkerError) as error:
        ours = corridor.reach.fault_of_ours(feed.url, error, was_well=feed.failures == 0)
        if ours:
            # Without a network a try costs nobody anything; workers that do not start would have the outlet asked for nothing.
            again = AGAIN if ours is Reason.OFFLINE else max(AGAIN, poll.min_interval)
            return after_our_fault(feed, ours, error.detail, now=corridor.clock.now(), again=again)
        return _failed(corridor, feed, error.reason, error.detail, error if isinstance(error, FetchError) else None)
    except StoreError:
        raise
    except Exception as error:
        # A document that trips over a fault of this program must not come back every minute: it counts as a failed poll.
        log.exception("poll failed", extra={"subject": feed.url})
        return _failed(corridor, feed, Reason.INTERNAL, type(error).__name__, None)


def _failed(corridor: Corridor, feed: DueFeed, reason: Reason, detail: str, answer: FetchError | None) -> PollOutcome:
    settings = corridor.settings
    return after_failure(
        feed,
        reason,
        detail,
        now=corridor.clock.now(),
        retry_after=answer.retry_after if answer else None,
        said_by=answer.final_url if answer else "",
        poll=settings.poll,
        limits=settings.limits,
    )


def _request(corridor: Corridor, feed: DueFeed) -> Request:
    return document_request(corridor, feed, address(feed), conditional=not wants_everything(feed, corridor.clock.now()))


async def _read(corridor: Corridor, feed: DueFeed, answer: Answer, parsed: ParsedFeed) -> PollOutcome:
    settings, now = corridor.settings, corridor.clock.now()
    if parsed.children:
        parsed = await with_children(corridor, feed, parsed)
    if parsed.fingerprint == feed.fingerprint:
        return after_unchanged(feed, answer, now=now, poll=settings.poll, limits=settings.limits)
    known = await known_of(corridor, feed, parsed.entries)
    matched = match_entries(parsed, known, policy=feed.identity)
    older: tuple[ParsedEntry, ...] = ()
    if no_overlap(feed, parsed, matched):
        older, known = await fill(corridor, feed, parsed, known)
    feed = replace(feed, zone_min=await _zone(corridor, feed, matched.new))
    return after_parse(feed, answer, parsed, known, now=now, poll=settings.poll, limits=settings.limits, older=older)


async def _zone(corridor: Corridor, feed: DueFeed, new: tuple[ParsedEntry, ...]) -> int | None:
    """The zone of dates that name none, learned anew while such dates come: daylight saving changes it twice a year."""
    now = corridor.clock.now()
    samples = [(clock, now) for entry in new if (clock := clock_without_zone(entry.published_raw, language=entry.language))]
    if not samples or feed.first_polled_at is None:
        return feed.zone_min
    for raw, language, seen in await corridor.db.look(store.printed_dates, feed.id, since=feed.first_polled_at):
        clock = clock_without_zone(raw, language=language)
        samples += [(clock, seen)] if clock else []
    learned = learn_zone(samples)
    return feed.zone_min if learned is None else learned
