"""What publishers wish of those who poll, where older entries are, and what is no move of a feed."""

from dataclasses import asdict

import pytest

from aggregator.feeds.values import ParsedFeed
from tests.feeds.documents import atom, item, parsed, rss

FEED = "https://herald.example/feed/"
ATOM = 'xmlns:atom="http://www.w3.org/2005/Atom"'
WORDPRESS = "<generator>https://wordpress.org/?v=6.9</generator>"


def channel(extra: str, url: str = FEED, items: str = item()) -> ParsedFeed:
    return parsed(rss(items, extra), url=url)


@pytest.mark.parametrize(
    ("extra", "url", "archive"),
    [
        (f'<link {ATOM} rel="prev-archive" href="/2026/02.xml"/>'.replace("<link", "<atom:link"), FEED, "/2026/02.xml"),
        (f'<atom:link {ATOM} rel="next" href="?page=2"/>', FEED, "/feed/?page=2"),
        (f'<atom:link {ATOM} rel="next" href="/n"/><atom:link {ATOM} rel="prev-archive" href="/p"/>', FEED, "/p"),
        (f'<atom:link {ATOM} rel="next" href="javascript:alert(1)"/>', FEED, ""),
        (f'<atom:link {ATOM} rel="next" href="file:///etc/passwd"/>', FEED, ""),
        (f'<atom:link {ATOM} rel="next" href="{FEED}"/>', FEED, ""),
        (f'<atom:link {ATOM} rel="self" href="https://other.example/"/>', FEED, ""),
        (f'<atom:link {ATOM} rel="previous" href="/newer"/>', FEED, ""),
        (WORDPRESS, FEED, "/feed/?paged=2"),
        (WORDPRESS, f"{FEED}?paged=2", "/feed/?paged=3"),
        (WORDPRESS, f"{FEED}?lang=ru&paged=9", "/feed/?lang=ru&paged=10"),
        (WORDPRESS, "https://herald.example/?feed=rss2", "/?feed=rss2&paged=2"),
        (WORDPRESS, f"{FEED}?paged=soon", ""),
        (WORDPRESS, f"{FEED}?paged=1000", ""),
        ("<generator>Ghost 6</generator>", FEED, ""),
        ("", FEED, ""),
    ],
)
def test_p76_older_entries_of_an_rss_feed(extra: str, url: str, archive: str) -> None:
    assert channel(extra, url).archive_url == (f"https://herald.example{archive}" if archive else "")


def test_p76_older_entries_of_atom_and_json() -> None:
    entry = (
        "<link rel='next' href='/page2'/><entry><id>urn:1</id><title>x</title><link rel='next' href='/other-article'/></entry>"
    )
    assert parsed(atom(entry), url=FEED).archive_url == "https://herald.example/page2"
    entry = "<entry><id>urn:1</id><title>x</title><link rel='next' href='/other-article'/></entry>"
    assert parsed(atom(entry), url=FEED).archive_url == ""
    body = b'{"version":"https://jsonfeed.org/version/1.1","title":"x","next_url":"/2.json","items":[{"id":"1","title":"y"}]}'
    assert parsed(body, url=FEED).archive_url == "https://herald.example/2.json"


def test_p76_page_without_entries_leads_nowhere() -> None:
    assert channel(WORDPRESS, f"{FEED}?paged=7", items="").archive_url == ""


def test_p76_archive_is_found_in_a_broken_document_too() -> None:
    assert channel(WORDPRESS, items=item() + "<item><title>cut").archive_url == f"{FEED}?paged=2"


@pytest.mark.parametrize(
    ("extra", "hours", "days"),
    [
        ("<skipHours><hour>0</hour><hour>6</hour><hour>24</hour></skipHours>", (0, 6), ()),
        ("<skiphours><hour> 23 </hour><hour>7</hour><hour>7</hour></skiphours>", (7, 23), ()),
        ("<skipHours><hour>25</hour><hour>-1</hour><hour>six</hour><hour/><hour>9999999999</hour></skipHours>", (), ()),
        ("<skipDays><day>Sunday</day><day>MONDAY</day><day>saturday </day></skipDays>", (), (0, 5, 6)),
        ("<skipDays><day>Someday</day><day>7</day><day/></skipDays>", (), ()),
        ("<skipHours/><skipDays/>", (), ()),
        ("<skipHours>" + "<hour>1</hour>" * 10_000 + "</skipHours>", (1,), ()),
        ("", (), ()),
    ],
)
def test_p55_hours_and_days_without_visits(extra: str, hours: tuple[int, ...], days: tuple[int, ...]) -> None:
    feed = channel(extra)
    assert (feed.skip_hours, feed.skip_days) == (hours, days)


def test_p45_a_feed_that_names_another_address_for_itself_has_not_moved() -> None:
    """Neither itunes:new-feed-url nor rel=self reaches anything that is read from a document."""
    extra = (
        '<itunes:new-feed-url xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">https://thief.example/</itunes:new-feed-url>'
        f'<atom:link {ATOM} rel="self" href="https://thief.example/self"/><newlocation>https://thief.example/n</newlocation>'
    )
    for body in (rss(item(), extra), rss(item(), extra)[:-10], atom("<link rel='self' href='https://thief.example/'/>")):
        feed = parsed(body, url=FEED)
        assert "thief" not in repr(asdict(feed))
