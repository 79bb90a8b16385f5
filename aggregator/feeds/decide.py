"""What one poll leaves behind: pure decisions from what was known and what the outside said to a `PollOutcome`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from aggregator.feeds import schedule
from aggregator.feeds.gaps import measured, no_overlap
from aggregator.feeds.identity import Matched, match_entries
from aggregator.feeds.moves import moved
from aggregator.feeds.values import (
    Answer,
    DueFeed,
    EntryKey,
    FeedState,
    Hints,
    KnownEntry,
    NewEntry,
    ParsedEntry,
    ParsedFeed,
    PollOutcome,
)
from aggregator.limits import Limits
from aggregator.reasons import Reason
from aggregator.settings import PollSettings
from aggregator.text import one_line

# Longer ones are no validators but an attack on our next request; real ETags stay under 200 bytes.
MAX_VALIDATOR = 1024
MAX_DETAIL = 500
# A document of which more than half is new at once and old by its dates was printed again, by a move of the publishing system.
REPRINTED = 0.5
REPRINTED_LEAST = 5
OLD = timedelta(days=7)


def after_not_modified(feed: DueFeed, answer: Answer, *, now: datetime, poll: PollSettings, limits: Limits) -> PollOutcome:
    """304: validators stay, those sent anew replace the old ones."""
    del limits
    interval = schedule.quiet_interval(feed, poll)
    return _success(
        feed,
        answer,
        interval=interval,
        hints=feed.hints,
        now=now,
        poll=poll,
        reason=Reason.NOT_MODIFIED,
        etag=_validator(answer.etag) or feed.etag,
        last_modified=_validator(answer.last_modified) or feed.last_modified,
        body_sha=feed.body_sha,
        last_full_at=feed.last_full_at,
    )


def after_unchanged(feed: DueFeed, answer: Answer, *, now: datetime, poll: PollSettings, limits: Limits) -> PollOutcome:
    """200 with the very bytes we had: nothing to parse; the validators are the new answer's, also when it has none."""
    del limits
    interval = schedule.quiet_interval(feed, poll)
    return _success(feed, answer, interval=interval, hints=feed.hints, now=now, poll=poll, reason=Reason.UNCHANGED)


def after_parse(
    feed: DueFeed,
    answer: Answer,
    parsed: ParsedFeed,
    known: Mapping[EntryKey, KnownEntry],
    *,
    now: datetime,
    poll: PollSettings,
    limits: Limits,
    older: Sequence[ParsedEntry] = (),
) -> PollOutcome:
    """A document was read. New entries come oldest first.

    All are silent when this is a silent first poll; otherwise only what was printed again long after its day. `older`: what
    archives and the news sitemap gave to close a gap.
    """
    del limits
    matched = match_entries(parsed, known, policy=feed.identity, older=older)
    hints = Hints(ttl=parsed.ttl, skip_hours=parsed.skip_hours, skip_days=parsed.skip_days, is_index=bool(parsed.children))
    gap = measured(feed, parsed, matched, older, now=now)
    interval = schedule.news_interval(parsed.dates, feed, poll) if matched.new else schedule.quiet_interval(feed, poll)
    if gap and gap.missing:
        interval = poll.min_interval
    same = not matched.new and not matched.changed
    return _success(
        feed,
        answer,
        interval=interval,
        hints=hints,
        now=now,
        poll=poll,
        reason=Reason.UNCHANGED if same else None,
        fingerprint=parsed.fingerprint,
        title=parsed.title,
        last_new_at=now if matched.new else feed.last_new_at,
        new=_to_store(feed, parsed, matched, now),
        changed=matched.changed,
        rekeyed=matched.rekeyed,
        identity=matched.policy,
        printed=parsed.printed,
        usual_gap=schedule.usual_gap(parsed.dates) or feed.gap,
        gap=gap,
    )


def _to_store(feed: DueFeed, parsed: ParsedFeed, matched: Matched, now: datetime) -> tuple[NewEntry, ...]:
    first = feed.first_polled_at is None and feed.first_poll == "silent"
    reprinted = feed.first_poll == "silent" and no_overlap(feed, parsed, matched) is None and _is_reprint(feed, parsed, matched)
    return tuple(
        NewEntry(entry=entry, silent=first or (reprinted and _is_old(entry, feed))) for entry in _oldest_first(matched.new, now)
    )


def _is_reprint(feed: DueFeed, parsed: ParsedFeed, matched: Matched) -> bool:
    fresh = len(matched.new)
    return feed.last_ok_at is not None and fresh >= REPRINTED_LEAST and fresh > REPRINTED * (len(parsed.entries) + parsed.known)


def _is_old(entry: ParsedEntry, feed: DueFeed) -> bool:
    """Older than a week when we looked last, so it cannot have been printed since."""
    return entry.published_at is not None and feed.last_ok_at is not None and feed.last_ok_at - entry.published_at > OLD


def after_failure(
    feed: DueFeed,
    reason: Reason,
    detail: str,
    *,
    now: datetime,
    retry_after: timedelta | None = None,
    said_by: str = "",
    poll: PollSettings,
    limits: Limits,
) -> PollOutcome:
    """The poll brought nothing usable. What we hold (validators, hash, entries) stays; a server's Retry-After is a floor.

    `said_by`: the address that answered, when redirects led away from the feed's own.
    """
    failures = feed.failures + 1
    gone_since = (feed.gone_since or now) if reason is Reason.HTTP_410 else None
    state = schedule.failed_state(feed, failures, gone_since=gone_since, now=now)
    due = schedule.due_after_failure(feed, failures, state, now=now, poll=poll, limits=limits)
    if reason is Reason.HTTP_410:
        due = max(due, now + schedule.GONE_CONFIRMED)
    pause = _pause(reason, retry_after, limits)
    return PollOutcome(
        feed_id=feed.id,
        reason=reason,
        detail=one_line(detail, MAX_DETAIL),
        due_at=max(due, now + pause) if pause else due,
        interval=feed.interval,
        state=state,
        state_since=feed.state_since if state is feed.state and feed.state_since else now,
        failures=failures,
        gone_since=gone_since,
        etag=feed.etag,
        last_modified=feed.last_modified,
        body_sha=feed.body_sha,
        fingerprint=feed.fingerprint,
        first_polled_at=feed.first_polled_at,
        last_new_at=feed.last_new_at,
        title="",
        host_backoff_until=now + pause if pause else None,
        backoff_url=said_by,
        **_kept(feed),
    )


def after_our_fault(feed: DueFeed, reason: Reason, detail: str, *, now: datetime, again: timedelta) -> PollOutcome:
    """Our network or our workers are down: nothing counts against the feed, and it is asked again after `again`.

    Its jitter spreads the feeds over that time and half of it, so that they do not all come at once afterwards.
    """
    return PollOutcome(
        feed_id=feed.id,
        reason=reason,
        detail=one_line(detail, MAX_DETAIL),
        due_at=now + again * (1.25 + schedule.jitter(feed.id) / schedule.JITTER / 4),
        interval=feed.interval,
        state=feed.state,
        state_since=feed.state_since,
        failures=feed.failures,
        gone_since=feed.gone_since,
        etag=feed.etag,
        last_modified=feed.last_modified,
        body_sha=feed.body_sha,
        fingerprint=feed.fingerprint,
        first_polled_at=feed.first_polled_at,
        last_new_at=feed.last_new_at,
        title="",
        **_kept(feed),
    )


def _pause(reason: Reason, retry_after: timedelta | None, limits: Limits) -> timedelta | None:
    """How long the whole host is left alone: its own wish, or an hour after a bare 429."""
    if retry_after is not None and retry_after > timedelta():
        return min(retry_after, limits.retry_after_max)
    return schedule.MIN_THROTTLE if reason is Reason.HTTP_429 else None


def _success(
    feed: DueFeed, answer: Answer, *, interval: timedelta, hints: Hints, now: datetime, poll: PollSettings, **known: Any
) -> PollOutcome:
    """What every good poll leaves behind; `known`: fields that are to be otherwise."""
    values: dict[str, Any] = {
        "feed_id": feed.id,
        "reason": None,
        "detail": "",
        "due_at": schedule.due_after_success(feed, interval, answer=answer, hints=hints, now=now, poll=poll),
        "interval": interval,
        "state": FeedState.OK,
        "state_since": feed.state_since if feed.state is FeedState.OK and feed.state_since else now,
        "failures": 0,
        "gone_since": None,
        "etag": _validator(answer.etag),
        "last_modified": _validator(answer.last_modified),
        "body_sha": answer.body_sha,
        "fingerprint": feed.fingerprint,
        "first_polled_at": feed.first_polled_at or now,
        "last_new_at": feed.last_new_at,
        "title": "",
        **_kept(feed),
        "validators_host": answer.host,
        "last_full_at": now,
        "move": moved(feed, answer, now=now),
        "hints": hints,
    }
    return PollOutcome(**(values | known))


def _kept(feed: DueFeed) -> dict[str, Any]:
    """What a poll without a readable answer leaves as it was."""
    return {
        "move": feed.move,
        "hints": feed.hints,
        "identity": feed.identity,
        "usual_gap": feed.gap,
        "zone_min": feed.zone_min,
        "printed": feed.printed,
        "validators_host": feed.validators_host,
        "last_full_at": feed.last_full_at,
    }


def _validator(value: str | None) -> str | None:
    return value if value and len(value.encode("utf-8", "replace")) <= MAX_VALIDATOR else None


def _oldest_first(entries: Sequence[ParsedEntry], now: datetime) -> list[ParsedEntry]:
    """Feeds print the newest first; entries without a date keep their place among their neighbours."""
    upwards = entries[::-1]
    return sorted(upwards, key=lambda entry: entry.published_at or now)
