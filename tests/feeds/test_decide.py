"""What one poll leaves behind: due time, state, validators, new entries."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator.feeds.decide import after_failure, after_not_modified, after_our_fault, after_parse, after_unchanged
from aggregator.feeds.schedule import jitter
from aggregator.feeds.values import Answer, DueFeed, FeedState, PollOutcome
from aggregator.ids import FeedId
from aggregator.limits import DEFAULT_LIMITS
from aggregator.reasons import Reason
from aggregator.settings import PollSettings
from tests.feeds.documents import NOW, due, item, parsed, rss

POLL = PollSettings()
PINNED = PollSettings(min_interval=timedelta(minutes=5), max_interval=timedelta(minutes=5))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OK = Answer(status=200, etag='"new"', last_modified="Mon, 6 Sep 2021 1:2:3 +0000", body_sha="sha")
BARE = Answer(status=200, body_sha="sha")
OLD = {"etag": '"old"', "last_modified": "then", "body_sha": "old sha", "fingerprint": "old print"}


def failed(
    feed: DueFeed,
    reason: Reason = Reason.HTTP_5XX,
    *,
    now: datetime = NOW,
    retry: timedelta | None = None,
    poll: PollSettings = POLL,
) -> PollOutcome:
    return after_failure(feed, reason, "said so", now=now, retry_after=retry, poll=poll, limits=DEFAULT_LIMITS)


def read(feed: DueFeed, body: bytes, answer: Answer = OK, poll: PollSettings = POLL) -> PollOutcome:
    return after_parse(feed, answer, parsed(body), {}, now=NOW, poll=poll, limits=DEFAULT_LIMITS)


def quiet(feed: DueFeed, answer: Answer = BARE, poll: PollSettings = POLL) -> PollOutcome:
    return after_unchanged(feed, answer, now=NOW, poll=poll, limits=DEFAULT_LIMITS)


def carried(feed: DueFeed, outcome: PollOutcome) -> DueFeed:
    """The feed as the store hands it out at the next poll."""
    kept = ("interval", "state", "state_since", "failures", "gone_since", "etag", "last_modified", "first_polled_at")
    return replace(feed, **{name: getattr(outcome, name) for name in kept})


def test_our_own_fault_changes_nothing_but_the_next_try() -> None:
    feed = due(failures=2, state=FeedState.OK, **OLD)
    outcome = after_our_fault(feed, Reason.OFFLINE, "connect: refused", now=NOW, again=MINUTE)
    for name in ("failures", "state", "etag", "last_modified", "body_sha", "fingerprint", "interval", "first_polled_at"):
        assert getattr(outcome, name) == getattr(feed, name)
    assert outcome.reason is Reason.OFFLINE
    assert MINUTE <= outcome.due_at - NOW <= 1.5 * MINUTE


@pytest.mark.parametrize(
    ("answer", "etag", "last_modified"),
    [
        (Answer(status=304), '"old"', "then"),
        (Answer(status=304, etag='W/"new"'), 'W/"new"', "then"),
        (Answer(status=304, last_modified="now"), '"old"', "now"),
        (Answer(status=304, etag="x" * 1025), '"old"', "then"),
    ],
)
def test_validators_after_304(answer: Answer, etag: str, last_modified: str) -> None:
    outcome = after_not_modified(due(**OLD), answer, now=NOW, poll=POLL, limits=DEFAULT_LIMITS)
    assert (outcome.reason, outcome.etag, outcome.last_modified) == (Reason.NOT_MODIFIED, etag, last_modified)
    assert (outcome.body_sha, outcome.fingerprint) == ("old sha", "old print")


@pytest.mark.parametrize(
    ("answer", "etag", "last_modified"),
    [
        (OK, '"new"', "Mon, 6 Sep 2021 1:2:3 +0000"),
        (Answer(status=200, etag="unquoted"), "unquoted", None),
        (BARE, None, None),
        (Answer(status=200, etag="é" * 600, last_modified="x" * 2000), None, None),
    ],
)
def test_validators_after_200(answer: Answer, etag: str | None, last_modified: str | None) -> None:
    """They are the new answer's, byte for byte, or none; absurdly long ones are not kept."""
    for outcome in (quiet(due(**OLD), answer), read(due(**OLD), rss(item()), answer)):
        assert (outcome.etag, outcome.last_modified, outcome.body_sha) == (etag, last_modified, answer.body_sha)


def test_failure_keeps_what_we_hold() -> None:
    outcome = failed(due(**OLD), Reason.NOT_A_FEED)
    assert (outcome.etag, outcome.last_modified, outcome.body_sha, outcome.fingerprint) == (
        '"old"',
        "then",
        "old sha",
        "old print",
    )
    assert (outcome.new, outcome.changed, outcome.reason, outcome.detail) == ((), (), Reason.NOT_A_FEED, "said so")


@pytest.mark.parametrize(
    ("first_polled", "first_poll", "silent"),
    [(False, "silent", True), (False, "alert", False), (True, "silent", False), (True, "alert", False)],
)
def test_only_a_silent_first_poll_is_silent(first_polled: bool, first_poll: str, silent: bool) -> None:
    """With "alert" age never suppresses: the second item is twenty years old."""
    feed = due(first_polled_at=NOW - DAY if first_polled else None, first_poll=first_poll)
    outcome = read(feed, rss(item(1) + item(2, "<pubDate>Mon, 06 Mar 2006 12:00:00 GMT</pubDate>")))
    assert [entry.silent for entry in outcome.new] == [silent, silent]
    assert outcome.first_polled_at is not None
    assert outcome.last_new_at == NOW


def test_new_entries_come_oldest_first() -> None:
    def dated(number: int, day: int) -> str:
        return item(number, f"<pubDate>{day:02} Feb 2026 12:00:00 GMT</pubDate>")

    for body in (dated(3, 9) + dated(2, 8) + dated(1, 7), dated(1, 7) + dated(2, 8) + dated(3, 9)):
        assert [new.entry.guid for new in read(due(), rss(body)).new] == ["post-1", "post-2", "post-3"]
    assert [new.entry.guid for new in read(due(), rss(item(2) + item(1))).new] == ["post-1", "post-2"]


def test_same_entries_again_are_unchanged() -> None:
    feed = parsed(rss(""))
    outcome = after_parse(due(fingerprint=feed.fingerprint), OK, feed, {}, now=NOW, poll=POLL, limits=DEFAULT_LIMITS)
    assert outcome.reason is Reason.UNCHANGED
    assert read(due(), rss(item())).reason is None


@pytest.mark.parametrize(
    ("interval", "expected"),
    [(8 * MINUTE, 12.5 * MINUTE), (20 * MINUTE, 25 * MINUTE), (4 * HOUR, 5 * HOUR), (5 * HOUR, 6 * HOUR), (99 * HOUR, 6 * HOUR)],
)
def test_without_news_the_interval_grows_by_a_quarter(interval: timedelta, expected: timedelta) -> None:
    assert quiet(due(interval=interval)).interval == expected


@pytest.mark.parametrize(
    ("hours", "expected"),
    [((0, 1, 2, 3), 20 * MINUTE), ((0, 3, 6), HOUR), ((0, 72, 144), 6 * HOUR), ((0, 0.1, 0.2), 10 * MINUTE), ((0,), 15 * MINUTE)],
)
def test_with_news_the_interval_is_a_third_of_the_usual_gap(hours: tuple[float, ...], expected: timedelta) -> None:
    dates = (NOW - timedelta(hours=hour) for hour in hours)
    body = rss("".join(item(n, f"<pubDate>{date.isoformat()}</pubDate>") for n, date in enumerate(dates)))
    assert read(due(interval=6 * HOUR), body).interval == expected


@pytest.mark.parametrize(
    ("answer", "channel", "least", "most"),
    [
        (BARE, "", 10 * MINUTE, 17 * MINUTE),
        (replace(BARE, max_age=30 * MINUTE), "", 30 * MINUTE, 30 * MINUTE),
        (replace(BARE, max_age=timedelta(seconds=31_536_000)), "", HOUR, HOUR),
        (BARE, "<ttl>600</ttl>", HOUR, HOUR),
        (BARE, "<ttl>1</ttl>", 10 * MINUTE, 17 * MINUTE),
    ],
)
def test_hints_are_floors_with_a_cap(answer: Answer, channel: str, least: timedelta, most: timedelta) -> None:
    wait = read(due(), rss(item(), channel), answer).due_at - NOW
    assert least <= wait <= most


def test_pinned_feeds_know_no_hints_and_no_jitter() -> None:
    """Equal bounds are exactly the interval, whatever the feed says."""
    answer = replace(BARE, max_age=HOUR)
    for number in range(20):
        feed = due(id=FeedId(number))
        assert read(feed, rss(item(), "<ttl>60</ttl>"), answer, PINNED).due_at == NOW + 5 * MINUTE
        assert quiet(feed, answer, PINNED).due_at == NOW + 5 * MINUTE


def test_jitter_is_stable_small_and_spread() -> None:
    shares = [jitter(FeedId(number)) for number in range(1000)]
    assert shares == [jitter(FeedId(number)) for number in range(1000)]
    assert -0.1 <= min(shares) < -0.09
    assert 0.09 < max(shares) <= 0.1
    assert abs(sum(shares) / len(shares)) < 0.01


def test_due_time_never_leaves_the_bounds() -> None:
    for number in range(200):
        for minutes in (1, 10, 20, 360, 9999):
            wait = quiet(due(id=FeedId(number), interval=minutes * MINUTE)).due_at - NOW
            assert 10 * MINUTE <= wait <= 6 * HOUR


def test_backoff_doubles_to_its_cap_and_ends_with_success() -> None:
    feed = due(interval=20 * MINUTE)
    waits = []
    for _ in range(9):
        outcome = failed(feed)
        waits.append(outcome.due_at - NOW)
        feed = carried(feed, outcome)
    assert all(1.99 < later / earlier < 2.01 for earlier, later in itertools.pairwise(waits[:6]))
    assert max(waits) <= 24 * HOUR
    healthy = quiet(feed)
    assert (healthy.state, healthy.failures, healthy.gone_since) == (FeedState.OK, 0, None)
    assert healthy.due_at - NOW < HOUR


@pytest.mark.parametrize(
    ("reason", "retry", "wait", "pause"),
    [
        (Reason.HTTP_429, 2 * HOUR, 2 * HOUR, 2 * HOUR),
        (Reason.HTTP_5XX, 2 * HOUR, 2 * HOUR, 2 * HOUR),
        (Reason.HTTP_5XX, timedelta(seconds=10**9), 7 * DAY, 7 * DAY),
        (Reason.HTTP_429, None, HOUR, HOUR),
        (Reason.HTTP_5XX, -HOUR, 10 * MINUTE, None),
        (Reason.DNS, None, 10 * MINUTE, None),
        (Reason.HTTP_410, None, DAY, None),
    ],
)
def test_wish_of_the_server_is_a_floor_even_when_pinned(
    reason: Reason, retry: timedelta | None, wait: timedelta, pause: timedelta | None
) -> None:
    outcome = failed(due(interval=5 * MINUTE), reason, retry=retry, poll=PINNED)
    assert outcome.due_at - NOW == wait
    assert outcome.host_backoff_until == (NOW + pause if pause else None)


@pytest.mark.parametrize(
    ("state", "days", "failures", "expected"),
    [
        (FeedState.OK, 100, 0, FeedState.OK),
        (FeedState.OK, 100, 1, FeedState.OK),
        (FeedState.OK, 100, 2, FeedState.FAILING),
        (FeedState.FAILING, 1, 50, FeedState.FAILING),
        (FeedState.FAILING, 8, 5, FeedState.FAILING),
        (FeedState.FAILING, 8, 9, FeedState.SICK),
        (FeedState.SICK, 20, 30, FeedState.SICK),
        (FeedState.SICK, 53, 60, FeedState.DEAD),
        (FeedState.DEAD, 1, 99, FeedState.DEAD),
    ],
)
def test_state_after_one_more_failure(state: FeedState, days: int, failures: int, expected: FeedState) -> None:
    since = NOW - timedelta(days=days)
    outcome = failed(due(state=state, state_since=since, failures=failures))
    assert outcome.state is expected
    assert outcome.state_since == (since if state is expected else NOW)


def test_gone_twice_a_day_apart_is_dead_and_probed_weekly() -> None:
    first = failed(due(), Reason.HTTP_410)
    assert (first.state, first.gone_since) == (FeedState.OK, NOW)
    early = failed(carried(due(), first), Reason.HTTP_410, now=NOW + HOUR)
    assert early.state is FeedState.OK
    second = failed(carried(due(), early), Reason.HTTP_410, now=NOW + DAY)
    assert second.state is FeedState.DEAD
    assert second.due_at == NOW + DAY + 7 * DAY
    assert quiet(carried(due(), second)).state is FeedState.OK


def test_another_failure_between_takes_gone_back() -> None:
    between = failed(due(gone_since=NOW - 2 * DAY), Reason.HTTP_5XX)
    assert between.gone_since is None
    assert failed(carried(due(), between), Reason.HTTP_410).state is FeedState.OK


@pytest.mark.parametrize(("state", "wait"), [(FeedState.SICK, DAY), (FeedState.DEAD, 7 * DAY)])
def test_sick_is_asked_daily_and_dead_weekly(state: FeedState, wait: timedelta) -> None:
    outcome = failed(due(state=state, state_since=NOW - DAY, failures=20))
    assert outcome.due_at == NOW + wait
