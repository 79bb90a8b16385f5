"""What may be missing between two polls that share no entry, and what was only printed again."""

from datetime import timedelta

import pytest

from aggregator.feeds.decide import after_parse
from aggregator.feeds.identity import match_entries
from aggregator.feeds.values import Answer, DueFeed, EntryKey, Gap, KnownEntry, PollOutcome
from aggregator.ids import EntryId
from aggregator.limits import DEFAULT_LIMITS
from aggregator.settings import PollSettings
from tests.feeds.documents import NOW, due, item, parsed, rss

POLL = PollSettings()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OK = Answer(status=200, body_sha="sha")


def dated(number: int, age: timedelta) -> str:
    return item(number, f"<pubDate>{NOW - age:%d %b %Y %H:%M:%S} GMT</pubDate>")


def watched(**changes: object) -> DueFeed:
    return due(**({"last_ok_at": NOW - 10 * HOUR, "last_new_at": NOW - 11 * HOUR, "gap": HOUR} | changes))


def read(feed: DueFeed, items: str, *known: int, older: str = "") -> PollOutcome:
    """`known`: the numbers of the entries that the store holds."""
    held: dict[EntryKey, KnownEntry] = {}
    for number in known:
        (entry,) = parsed(rss(item(number))).entries
        held |= {key: KnownEntry(id=EntryId(number), fingerprint="", link=entry.link) for key in entry.keys}
    more = parsed(rss(older)).entries if older else ()
    return after_parse(feed, OK, parsed(rss(items)), held, now=NOW, poll=POLL, limits=DEFAULT_LIMITS, older=more)


def test_p76_a_poll_without_a_known_entry_is_a_gap_and_polls_faster() -> None:
    """Ten hours at one an hour, of which the document covers the last two: eight may be missing."""
    outcome = read(watched(interval=6 * HOUR), dated(9, HOUR) + dated(8, 2 * HOUR))
    assert outcome.gap == Gap(since=NOW - 10 * HOUR, until=NOW - 2 * HOUR, filled=0, missing=8)
    assert outcome.interval == POLL.min_interval
    assert [new.silent for new in outcome.new] == [False, False]


@pytest.mark.parametrize(
    ("feed", "items", "known"),
    [
        (watched(), dated(9, HOUR) + dated(8, 2 * HOUR), (8,)),
        (watched(), dated(9, HOUR) + dated(8, 11 * HOUR), ()),
        (watched(first_polled_at=None, last_ok_at=None, last_new_at=None), dated(9, HOUR), ()),
        (watched(last_new_at=None), dated(9, HOUR), ()),
        (watched(), "", ()),
    ],
    ids=["one is known", "it reaches back behind our last poll", "first poll", "it was always empty", "it is empty"],
)
def test_p76_no_gap(feed: DueFeed, items: str, known: tuple[int, ...]) -> None:
    assert read(feed, items, *known).gap is None


def test_p76_archives_that_reach_back_to_what_we_know_close_the_gap() -> None:
    outcome = read(watched(), dated(9, HOUR), 5, older=dated(7, 3 * HOUR) + dated(6, 5 * HOUR) + dated(5, 10 * HOUR))
    assert outcome.gap == Gap(since=NOW - 10 * HOUR, until=NOW - 3 * HOUR, filled=2, missing=0)
    assert [new.entry.guid for new in outcome.new] == ["post-6", "post-7", "post-9"]


def test_p76_archives_that_end_too_soon_leave_less_missing() -> None:
    outcome = read(watched(), dated(9, HOUR), older=dated(7, 3 * HOUR) + dated(6, 5 * HOUR))
    assert outcome.gap == Gap(since=NOW - 10 * HOUR, until=NOW - 5 * HOUR, filled=2, missing=5)


def test_p76_without_dates_a_document_s_worth_may_be_missing() -> None:
    gap = read(watched(gap=None), item(1) + item(2) + item(3)).gap
    assert gap is not None
    assert (gap.since, gap.until, gap.missing) == (NOW - 10 * HOUR, NOW, 3)


def reprint(*, first_poll: str = "silent", fresh: int = 0) -> PollOutcome:
    old = "".join(dated(number, 30 * DAY + number * HOUR) for number in range(1, 9))
    new = "".join(dated(100 + number, HOUR) for number in range(fresh))
    return read(watched(first_poll=first_poll), new + old)


def test_p73_old_entries_printed_again_are_stored_silently() -> None:
    outcome = reprint(fresh=2)
    assert [new.silent for new in outcome.new] == [True] * 8 + [False] * 2
    assert outcome.gap is None


def test_p73_with_first_poll_alert_age_never_suppresses() -> None:
    assert [new.silent for new in reprint(first_poll="alert").new] == [False] * 8


def test_p73_a_single_old_entry_is_news() -> None:
    outcome = read(watched(), dated(1, 30 * DAY) + "".join(dated(number, HOUR) for number in range(2, 8)), *range(2, 8))
    assert [(new.entry.guid, new.silent) for new in outcome.new] == [("post-1", False)]


def linkless(number: int, guid: str) -> str:
    return f"<item><title>Notice {number} of the harbour</title><guid isPermaLink='false'>{guid}</guid></item>"


def test_p69_guids_rebuilt_at_every_poll_without_links_flip_the_policy_at_once_and_for_ever() -> None:
    first = parsed(rss("".join(linkless(n, f"a{n}") for n in range(3))))
    known = {
        key: KnownEntry(id=EntryId(n), fingerprint=entry.fingerprint, link="")
        for n, entry in enumerate(first.entries)
        for key in entry.keys
    }
    again = match_entries(parsed(rss("".join(linkless(n, f"b{n}") for n in range(3)))), known)
    assert (again.new, again.policy.value) == ((), "text")
    one = parsed(rss(linkless(1, "c1")))
    assert match_entries(one, known).new != ()
    assert match_entries(one, known, policy=again.policy).new == ()


def test_p70_titles_that_stand_under_several_guids_are_no_keys() -> None:
    """Five "Weather" notes without links and with guids of their own are five entries."""
    notes = "".join(f"<item><title>Weather</title><guid isPermaLink='false'>{n}</guid></item>" for n in range(5))
    assert len(match_entries(parsed(rss(notes)), {}).new) == 5


def test_p70_a_link_that_changes_at_every_poll_is_one_entry_while_guid_and_title_stay() -> None:
    link = "https://example.org/news/ferry?visit={}"
    (entry,) = parsed(rss(item(link=link.format("one")))).entries
    known = {key: KnownEntry(id=EntryId(1), fingerprint="", link=entry.link, title=entry.title) for key in entry.keys}
    same = match_entries(parsed(rss(item(link=link.format("two")))), known)
    other = match_entries(parsed(rss(item(link=link.format("two"), title="Quite another ferry sinks"))), known)
    assert (len(same.new), len(other.new)) == (0, 1)
