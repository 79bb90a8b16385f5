"""New, changed or known: how entries are recognised again."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds.identity import Matched, match_entries
from aggregator.feeds.values import EntryKey, KeyKind, KnownEntry, ParsedFeed
from aggregator.ids import EntryId
from tests.feeds.documents import item, parsed, rss

A, B = "https://example.org/news/a", "https://example.org/news/b"


def remembered(feed: ParsedFeed, before: dict[EntryKey, KnownEntry] | None = None) -> dict[EntryKey, KnownEntry]:
    """What a store holds after `feed` was written over `before`: keys are only ever added."""
    known = dict(before or {})
    matched = match_entries(feed, known)
    number = len({held.id for held in known.values()})
    for entry in matched.new:
        held = KnownEntry(id=EntryId(number), fingerprint=entry.fingerprint, link=entry.link)
        number += 1
        known |= {key: held for key in entry.keys if key not in known}
    for change in (*matched.changed, *matched.rekeyed):
        held = KnownEntry(id=change.id, fingerprint=change.entry.fingerprint, link=change.entry.link)
        known = {key: held if old.id == change.id else old for key, old in known.items()}
        known |= {key: held for key in change.entry.keys if key not in known}
    return known


def counts(matched: Matched) -> tuple[int, int, int]:
    return len(matched.new), len(matched.changed), len(matched.known)


def poll(first: str, second: str) -> tuple[int, int, int]:
    """New, changed and known entries of the second document, after the first was stored."""
    return counts(match_entries(parsed(rss(second)), remembered(parsed(rss(first)))))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("", item(link=A), (1, 0, 0)),
        (item(link=A), item(link=A), (0, 0, 1)),
        (item(1, link=A), item(1, link=A) + item(2, link=B), (1, 0, 1)),
        (item(link=A, title="Old"), item(link=A, title="New"), (0, 1, 1)),
        (item(link=A), item(link=A, extra="<description>More.</description>"), (0, 1, 1)),
        (item(link=A, guid="x"), item(link=A, guid="y"), (0, 0, 1)),
        (item(link=A, guid="http://example.org/?p=1"), item(link=A, guid="https://www.example.org/?p=1"), (0, 0, 1)),
        (item(link=A, guid="x"), item(link=B, guid="x"), (1, 0, 0)),
        (item(link=A, guid="x"), item(link=A, guid="x") + item(link=B, guid="x"), (1, 0, 1)),
        (item(link=A), item(link=A + "?utm_source=rss&amp;utm_medium=x"), (0, 0, 1)),
        (item(link=A), item(link=A.replace("https", "http")), (0, 0, 1)),
        (
            item(link="https://example.org/news/ferry-late-a43786", guid="x"),
            item(link="https://example.org/news/ferry-on-time-a43786", guid="x"),
            (0, 1, 1),
        ),
        ("<item><title>Only a title</title></item>", "<item><title>Only a title</title></item>", (0, 0, 1)),
        ("<item><title>Only a title</title></item>", "<item><title>Another title</title></item>", (1, 0, 0)),
        (
            "<item><title>x</title><link>https://example.org/</link><guid isPermaLink='false'>1</guid></item>",
            "<item><title>y</title><link>https://example.org/</link><guid isPermaLink='false'>2</guid></item>",
            (1, 0, 0),
        ),
        (
            "<item><title>x</title><guid isPermaLink='false'>1</guid></item>",
            "<item><title>x</title><guid isPermaLink='false'>1</guid><link>https://example.org/news/a</link></item>",
            (0, 1, 1),
        ),
    ],
)
def test_second_poll(first: str, second: str, expected: tuple[int, int, int]) -> None:
    assert poll(first, second) == expected


@pytest.mark.parametrize(
    ("items", "count"),
    [
        (item(1, link=A) + item(2, link=A), 1),
        (item(1, link=A, guid="x") + item(2, link=B, guid="x"), 2),
        (item(1, link=A, guid="x") + item(1, link=A, guid="x"), 1),
        (item(1, link=A + "#one", guid=A + "#one") + item(2, link=A + "#two", guid=A + "#two"), 2),
        (item(1, link=A, guid=A + "#0") + item(2, link=A, guid=A + "#3"), 1),
        ("<item><title>x</title></item><item><title>y</title></item>", 2),
    ],
)
def test_entries_of_one_document(items: str, count: int) -> None:
    """One link under many guids is one entry; several items with one guid and different links are several."""
    assert len(parsed(rss(items)).entries) == count


def test_guid_on_two_links_is_no_key() -> None:
    feed = parsed(rss(item(1, link=A, guid="x") + item(2, link=B, guid="x")))
    assert [[key.kind for key in entry.keys] for entry in feed.entries] == [[KeyKind.LINK], [KeyKind.LINK]]


def test_a_changed_guid_is_remembered_beside_the_old_one() -> None:
    """After a poll with a new guid the entry is found by it, even when the link is gone."""
    known = remembered(parsed(rss(item(link=A, guid="new"))), remembered(parsed(rss(item(link=A, guid="old")))))
    bare = "<item><title>Ferry 1 runs again</title><guid isPermaLink='false'>{}</guid></item>"
    for guid in ("old", "new"):
        assert match_entries(parsed(rss(bare.format(guid))), known).new == ()


def test_order_and_channel_dates_do_not_change_the_feed() -> None:
    first = parsed(rss(item(1) + item(2), "<lastBuildDate>Mon, 02 Mar 2026 12:00:00 GMT</lastBuildDate>"))
    second = parsed(rss(item(2) + item(1), "<lastBuildDate>Mon, 02 Mar 2026 12:10:00 GMT</lastBuildDate><ttl>5</ttl>"))
    assert first.fingerprint == second.fingerprint


ITEMS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 2)), max_size=8)


def feed_of(rows: Sequence[tuple[int, int, int]]) -> ParsedFeed:
    """Items that share links, guids and titles in all possible ways; 0 means: none."""
    items = ""
    for link, guid, title in rows:
        items += f"<item><title>Title {title}</title>"
        items += f"<link>https://example.org/news/{link}</link>" if link else ""
        items += f"<guid isPermaLink='false'>g{guid}</guid>" if guid else ""
        items += "</item>"
    return parsed(rss(items))


@given(ITEMS)
def test_second_run_of_one_document_finds_nothing(rows: list[tuple[int, int, int]]) -> None:
    feed = feed_of(rows)
    again = match_entries(feed, remembered(feed))
    assert (again.new, again.changed, again.rekeyed) == ((), (), ())


@given(ITEMS, ITEMS)
def test_after_any_two_documents_the_last_one_is_known(
    first: list[tuple[int, int, int]], second: list[tuple[int, int, int]]
) -> None:
    known = remembered(feed_of(second), remembered(feed_of(first)))
    assert match_entries(feed_of(second), known).new == ()


def test_known_by_two_keys_is_met_once() -> None:
    feed = parsed(rss(item(1, link=A, guid="x") + item(2, link=B, guid="y")))
    held = KnownEntry(id=EntryId(1), fingerprint="", link="")
    matched = match_entries(feed, {key: held for entry in feed.entries for key in entry.keys})
    assert counts(matched) == (0, 1, 1)


def test_entry_without_any_known_key_keeps_its_keys() -> None:
    feed = parsed(rss(item(link=A)))
    (entry,) = match_entries(replace(feed), {}).new
    assert entry.keys == feed.entries[0].keys
