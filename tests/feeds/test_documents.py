"""The 112 captured and derived documents of the shared data: read, or refused with a named reason, in bounded time."""

import json
import time
from pathlib import Path

import pytest

from aggregator.errors import NotAFeedError
from aggregator.feeds.identity import match_entries
from aggregator.feeds.values import EntryKey, KnownEntry, ParsedFeed
from aggregator.ids import EntryId
from aggregator.reasons import Reason
from tests.feeds.documents import parsed, shared

SECONDS = 5.0
# Items that print one link under several guids, or one item twice, are one entry here; an item that says nothing is none.
FEWER = {
    "scripting_news-fd2b6f.xml": 48,
    "flux_rss_du_magazine_de_psychologie_le_cercle_psy-06e28e.xml": 9,
    "feed_item_fallbacks_rss_channel_item_extensions_xm-f2379f.xml": 2,
}


def documents() -> list[Path]:
    return [path for path in sorted(shared("data/feeds").iterdir()) if path.name != "manifest.json"]


def seen_by_feedparser() -> dict[str, int]:
    manifest = json.loads(shared("data/feeds/manifest.json").read_text(encoding="utf-8"))
    return {row["file"]: row["observed_feedparser_6_0_14"].get("entries", 0) for row in manifest["files"]}


def known_from(feed: ParsedFeed) -> dict[EntryKey, KnownEntry]:
    return {
        key: KnownEntry(id=EntryId(number), fingerprint=entry.fingerprint, link=entry.link)
        for number, entry in enumerate(feed.entries)
        for key in entry.keys
    }


def test_every_document_is_read_completely_and_soon() -> None:
    """All entries that feedparser finds come out, each with a title or a text to show, and none takes long."""
    expected = seen_by_feedparser()
    assert len(documents()) == len(expected) == 112
    for path in documents():
        started = time.process_time()
        feed = parsed(path.read_bytes())
        assert time.process_time() - started < SECONDS, path.name
        # feedparser reads no JSON Feed at all.
        wanted = FEWER.get(path.name, expected[path.name]) if path.suffix != ".json" else 1
        assert len(feed.entries) >= wanted, path.name


def test_second_run_of_every_document_finds_nothing_new() -> None:
    for path in documents():
        feed = parsed(path.read_bytes())
        again = match_entries(parsed(path.read_bytes()), known_from(feed))
        assert (again.new, again.changed, again.rekeyed) == ((), (), ()), path.name
        assert len(again.known) == len(feed.entries), path.name


def test_texts_carry_no_markup_and_links_are_absolute() -> None:
    for path in documents():
        for entry in parsed(path.read_bytes()).entries:
            assert "<script" not in entry.title, path.name
            assert entry.link == "" or entry.link.startswith(("http://", "https://")), path.name
            assert entry.keys, path.name


def test_every_document_cut_anywhere_is_read_or_refused_by_name() -> None:
    for path in documents()[::4]:
        body = path.read_bytes()
        for share in (0.05, 0.5, 0.9):
            try:
                parsed(body[: int(len(body) * share)])
            except NotAFeedError as error:
                assert error.reason in {Reason.EMPTY, Reason.NOT_A_FEED}, path.name


def test_moscow_times_polled_twice_is_the_same_feed() -> None:
    """Its template prints the present time as lastBuildDate on every request; nothing else differs."""
    first, second = (parsed(shared(f"data/feeds/shape-moscow_times_rss_news_poll_{poll}.xml").read_bytes()) for poll in "ab")
    assert first.entries
    assert first.fingerprint == second.fingerprint
    assert match_entries(second, known_from(first)).new == ()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("derived-cyrillic_cp1251_undeclared-474cc6.xml", "не"),
        ("derived-cyrillic_koi8r-474cc6.xml", "не"),
        ("derived-cyrillic_utf8-474cc6.xml", "не"),
    ],
)
def test_russian_is_read_in_every_encoding(name: str, words: str) -> None:
    reference = parsed(shared("data/feeds/derived-cyrillic_utf8-474cc6.xml").read_bytes())
    feed = parsed(shared(f"data/feeds/{name}").read_bytes(), content_type="")
    assert any(words in entry.summary for entry in feed.entries)
    assert [entry.summary for entry in feed.entries] == [entry.summary for entry in reference.entries]


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("derived-guid_changed-ee1df3.xml", "bbc_news-ee1df3.xml"),
        ("derived-utf16le_bom-9959e3.xml", "reddit_the_front_page_of_the_internet-9959e3.xml"),
        ("derived-bom_utf8-d90c22.xml", "most_popular-d90c22.xml"),
        ("derived-leading_junk-38c6bf.xml", "tuesdays_with_stories-38c6bf.xml"),
        ("derived-no_guid-872dd0.xml", "yuxi_on_the_wired-872dd0.xml"),
    ],
)
def test_a_defect_in_the_form_makes_no_entry_new(name: str, original: str) -> None:
    before, after = parsed(shared(f"data/feeds/{original}").read_bytes()), parsed(shared(f"data/feeds/{name}").read_bytes())
    assert match_entries(after, known_from(before)).new == ()
