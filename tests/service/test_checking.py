"""`feeds check` against a real newspaper: what is said of a feed, and whether it can be used."""

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.clock import ManualClock
from aggregator.errors import UsageError
from aggregator.feeds.diagnose import Level
from aggregator.feeds.values import FeedKind
from aggregator.reasons import Reason
from aggregator.service.checking import Check, feeds_check
from aggregator.service.feeds import Wishes, feeds_force
from aggregator.settings import Settings
from aggregator.store import feeds as store
from aggregator.store.db import Database
from tests.feeds.documents import NOW, atom, item, rss
from tests.newspaper import Behaviour, Newspaper, OutletSite, redirect

CLOCK = ManualClock(NOW)


@pytest.fixture
def herald(newspaper: Newspaper) -> OutletSite:
    site = newspaper.outlet("herald.example")
    site.add_article("Bridge opened", ["It was opened."], published=NOW - timedelta(hours=2))
    return site


@pytest.fixture
def settings(newspaper: Newspaper, herald: OutletSite, tmp_path: Path) -> Settings:
    return Settings(
        config_dir=tmp_path,
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path}/aggregator.db",
        fetch=newspaper.fetch_settings(),
    )


async def checked(settings: Settings, url: str) -> Check:
    (found,) = await feeds_check(settings, [url], clock=CLOCK)
    return found


def said(check: Check, level: Level) -> dict[str, str]:
    return {remark.about: remark.what for remark in check.remarks if remark.level is level}


async def test_a_good_feed_is_usable_and_nothing_is_stored(settings, herald, tmp_path):
    found = await checked(settings, herald.feed_url)
    assert (found.usable, found.format, found.encoding, found.entries, found.feed) == (True, "RSS 2.0", "utf-8", 1, None)
    assert (found.etag, found.last_modified, found.answers_304, found.pages_allowed) == (True, True, True, True)
    assert found.newest_at == NOW - timedelta(hours=2)
    assert said(found, Level.NOTE) == {}
    assert said(found, Level.OK)["entries"] == "1 entries, the newest 2 hours old"
    assert found.next_poll_at is not None and found.next_poll_at > NOW
    assert list(tmp_path.iterdir()) == []


async def test_validators_that_are_not_honoured_are_told(settings, herald):
    herald.validators = False
    herald.script("/rss", Behaviour(headers=(("ETag", '"a"'),)), always=True)
    found = await checked(settings, herald.feed_url)
    assert found.answers_304 is False
    assert "sends the whole document again" in said(found, Level.NOTE)["validators"]


async def test_a_feed_without_validators_says_what_each_poll_moves(settings, herald):
    herald.validators = False
    assert "each poll moves the whole document" in said(await checked(settings, herald.feed_url), Level.NOTE)["validators"]


async def test_a_wish_of_ten_hours_counts_for_one(settings, herald):
    url = herald.add_feed("/a.xml", rss(item(1), "<ttl>600</ttl>"))
    herald.script("/a.xml", Behaviour(headers=(("Cache-Control", "max-age=300"),)), always=True)
    found = await checked(settings, url)
    assert (found.ttl_s, found.max_age_s) == (36_000, 300)
    hints = [remark.what for remark in found.remarks if remark.about == "hints"]
    assert hints == [
        "Cache-Control or Expires asks for 5 minutes between two polls",
        "ttl asks for 10 hours between two polls, of which 60 minutes count",
    ]


@pytest.mark.parametrize(
    ("items", "about", "what"),
    [
        ("<item><title>a</title><link>https://a.example/1</link></item>", "guids", "1 of 1 entries have no guid"),
        ("<item><title>a</title><guid isPermaLink='false'>x</guid></item>", "links", "1 of 1 entries have no link to a page"),
        (item(1), "dates", "1 of 1 entries have no date"),
        (item(1, "<pubDate>soon</pubDate>"), "dates", "1 of 1 entries have no date, 1 of them with a date that cannot be read"),
        (item(1, "<pubDate>2024-01-01T00:00:00Z</pubDate>"), "entries", "1 entries, the newest 792 days old"),
        ("", "entries", "it holds no entries at the moment"),
    ],
)
async def test_what_is_odd_is_said_in_plain_words(settings, herald, items, about, what):
    found = await checked(settings, herald.add_feed("/a.xml", rss(items)))
    told = said(found, Level.NOTE) | said(found, Level.PROBLEM)
    assert told[about] == what


async def test_entries_without_link_and_text_are_of_no_use(settings, herald):
    found = await checked(
        settings, herald.add_feed("/a.xml", rss("<item><title>a</title><guid isPermaLink='false'>x</guid></item>"))
    )
    assert not found.usable


async def test_an_atom_feed_in_another_encoding_than_it_says(settings, herald):
    body = atom("<entry><title>Grüße</title><id>1</id><link href='https://a.example/1'/></entry>").decode().encode("latin-1")
    found = await checked(
        settings, herald.add_feed("/a.xml", body.replace(b'"1.0"?>', b'"1.0" encoding="utf-8"?>', 1), "text/html")
    )
    assert found.format == "Atom 1.0"
    notes = said(found, Level.NOTE)
    assert "encoding" in notes
    assert notes["type"] == "it is sent as text/html"


async def test_redirects_are_told_apart(settings, herald):
    herald.script("/old", redirect(herald.feed_url, 301), always=True)
    herald.script("/now", redirect(herald.feed_url, 302), always=True)
    moved, led = await checked(settings, herald.url("/old")), await checked(settings, herald.url("/now"))
    assert moved.usable
    assert said(moved, Level.NOTE)["redirect"] == f"has moved for good (301) to {herald.feed_url}"
    assert said(led, Level.OK)["redirect"] == f"leads for the time being (302) to {herald.feed_url}"
    assert moved.redirects == ((301, herald.feed_url),)


@pytest.mark.parametrize(
    ("behaviour", "reason", "what", "do"),
    [
        (Behaviour(status=404), Reason.HTTP_404, "it is not there (404) (status 404)", "aggregator feeds add"),
        (Behaviour(status=403), Reason.HTTP_403, "it refuses us", "user_agent"),
        (Behaviour(status=500), Reason.HTTP_5XX, "its server has a fault", "try again later"),
        (Behaviour(body=b"<html><body>Hello</body></html>"), Reason.NOT_A_FEED, "not a feed", "aggregator feeds add"),
        (Behaviour(body=b""), Reason.EMPTY, "the answer is empty", "tell the outlet"),
    ],
)
async def test_what_is_wrong_comes_with_what_to_do(settings, herald, behaviour, reason, what, do):
    herald.script("/rss", behaviour, always=True)
    found = await checked(settings, herald.feed_url)
    (problem,) = [remark for remark in found.remarks if remark.level is Level.PROBLEM]
    assert (found.usable, found.reason) == (False, reason)
    assert what in problem.what
    assert do in problem.do


async def test_robots_that_forbid_the_pages_are_told(settings, herald):
    herald.add_page("/robots.txt", b"User-agent: *\nDisallow: /news/\n", "text/plain")
    found = await checked(settings, herald.feed_url)
    assert found.pages_allowed is False
    assert found.usable


async def test_a_sitemap_of_news_is_known_by_its_form(settings, herald):
    when = NOW.isoformat()
    body = (
        "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        f"xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>{herald.url('/news/1')}</loc>"
        f"<news:news><news:title>A</news:title><news:publication_date>{when}</news:publication_date></news:news></url></urlset>"
    )
    found = await checked(settings, herald.add_feed("/news.xml", body.encode(), "text/xml"))
    assert (found.usable, found.kind, found.format, found.entries) == (True, FeedKind.SITEMAP, "news sitemap", 1)


async def test_stored_feeds_are_checked_by_number_or_all_and_a_resting_host_is_left_alone(settings, herald, newspaper):
    feeds_force(settings, herald.feed_url, Wishes(outlet="Herald"), clock=CLOCK)
    feeds_force(settings, herald.atom_url, Wishes(outlet="Herald"), clock=CLOCK)
    told: list[tuple[int, int]] = []
    both = await feeds_check(settings, [], clock=CLOCK, progress=lambda done, of: told.append((done, of)))
    assert [(one.feed, one.outlet, one.usable) for one in both] == [(1, "Herald", True), (2, "Herald", True)]
    assert told == [(1, 2), (2, 2)]
    (second,) = await feeds_check(settings, ["2"], clock=CLOCK)
    assert second.format.startswith("Atom")
    before = len(newspaper.hits())
    database = Database(settings.database_url)
    with database.write() as connection:
        store.rest_host(connection, f"127.0.0.1:{herald.port}", NOW + timedelta(hours=3))
        store.rest_host(connection, "herald.example", NOW + timedelta(hours=3))
    database.close()
    (resting,) = await feeds_check(settings, ["1"], clock=CLOCK)
    assert (resting.usable, resting.reason, len(newspaper.hits())) == (False, Reason.HTTP_429, before)


async def test_a_number_that_is_none_and_nothing_to_check_are_said(settings):
    with pytest.raises(UsageError, match="no feed to check"):
        await feeds_check(settings, [], clock=CLOCK)
    with pytest.raises(UsageError, match="there is no feed '7'"):
        await feeds_check(settings, ["7"], clock=CLOCK)
    with pytest.raises(UsageError, match="no address"):
        await feeds_check(settings, ["rubbish"], clock=CLOCK)
