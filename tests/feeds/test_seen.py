"""What stands in a document word for word as at the poll before is counted and not read again."""

from aggregator.feeds.gaps import no_overlap
from aggregator.feeds.identity import match_entries
from aggregator.feeds.job import decode_parsed, encode_header, parse_job
from aggregator.feeds.parse import parse_feed
from aggregator.feeds.values import ParsedFeed
from aggregator.limits import DEFAULT_LIMITS
from tests.feeds.documents import NOW, URL, atom, due, item, rss

DATED = "<pubDate>Mon, 02 Mar 2026 {:02}:00:00 GMT</pubDate>"


def read(body: bytes, before: ParsedFeed | None = None, *, url: str = URL) -> ParsedFeed:
    return parse_feed(body, url=url, now=NOW, limits=DEFAULT_LIMITS, seen=before.printed if before else b"")


def numbered(*numbers: int) -> str:
    return "".join(item(number, DATED.format(number)) for number in numbers)


def test_the_same_entries_in_any_order_are_known_and_nothing_is_lost_of_the_feed() -> None:
    first = read(rss(numbered(3, 2, 1)))
    again = read(rss(numbered(1, 3, 2), "<lastBuildDate>now</lastBuildDate>"), first)
    assert (first.known, len(first.entries)) == (0, 3)
    assert (again.known, again.entries, again.fingerprint) == (3, (), first.fingerprint)
    assert sorted(again.dates) == sorted(first.dates)
    assert len(again.dates) == 3
    assert (again.title, again.home_url) == (first.title, first.home_url)


def test_only_new_and_changed_entries_are_read() -> None:
    first = read(rss(numbered(2, 1)))
    again = read(rss(numbered(3, 2) + item(1, DATED.format(1), title="Ferry 1 runs no more")), first)
    assert [entry.guid for entry in again.entries] == ["post-3", "post-1"]
    assert again.known == 1
    assert again.fingerprint != first.fingerprint


def test_a_word_anywhere_in_an_entry_makes_it_another() -> None:
    first = read(rss(item(1, "<description>The ferry runs.</description>")))
    for changed in (
        item(1, "<description>The ferry sank.</description>"),
        item(1, "<description>The ferry runs.</description><author>Ann</author>"),
        item(1, "<description>The ferry runs.</description>", link="https://example.org/news/other"),
        item(1, "<description>The ferry runs.</description>", guid="another"),
        item(1, f"<description>The ferry runs.</description>{DATED.format(9)}"),
    ):
        assert read(rss(changed), first).known == 0


def test_relative_links_are_read_again_at_another_address() -> None:
    body = atom("<entry><id>1</id><title>Ferry</title><link href='/a'/></entry>")
    first = read(body)
    moved = read(body, first, url="https://new.example.org/feed")
    assert [entry.link for entry in moved.entries] == ["https://new.example.org/a"]


def test_an_entry_that_left_and_came_back_is_read_and_recognised_by_its_keys() -> None:
    first = read(rss(numbered(2, 1)))
    second = read(rss(numbered(2)), first)
    third = read(rss(numbered(2, 1)), second)
    assert (second.known, third.known, [entry.guid for entry in third.entries]) == (1, 1, ["post-1"])


def test_a_document_with_a_known_entry_is_no_gap() -> None:
    first = read(rss(numbered(2, 1)))
    again = read(rss(numbered(9, 8, 2)), first)
    feed = due(last_ok_at=NOW.replace(hour=3), last_new_at=NOW.replace(hour=2))
    assert no_overlap(feed, again, match_entries(again, {})) is None
    assert no_overlap(feed, read(rss(numbered(9, 8))), match_entries(read(rss(numbered(9, 8))), {})) is not None


def test_the_worker_is_told_what_was_seen() -> None:
    first = read(rss(numbered(2, 1)))
    header = encode_header(url=URL, content_type="", now=NOW, seen=first.printed)
    again = decode_parsed(parse_job(header, rss(numbered(3, 2, 1))))
    assert ([entry.guid for entry in again.entries], again.known, len(again.printed)) == (["post-3"], 2, 24)
