"""Points 37 to 45: a redirect is followed at once, and believed only when it has proved itself."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import trustme

from tests.conformance.conftest import START
from tests.conformance.documents import item, numbered, rss
from tests.conformance.station import ALL, gaps
from tests.newspaper import Behaviour, Newspaper, OutletSite, redirect
from tests.program import outlet_toml

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY_72_H = '[poll]\nmin_interval = "72h"\nmax_interval = "72h"\n'


@pytest.fixture
def moved(newspaper: Newspaper, site: OutletSite) -> OutletSite:
    """Where the feed went: another host with a document of its own."""
    other = newspaper.outlet("moved.example")
    other.validators = False
    other.add_feed("/feed", rss(*numbered(site.base, [1, 2, 3], date=START)))
    return other


def asked(station, host: str = "") -> list[str]:
    """What was asked of the newspaper, in its order."""
    return [f"{hit.host}{hit.path}" for hit in station.paper.hits(host)]


@pytest.mark.parametrize("status", [301, 308])
def test_p37_p38_a_permanent_redirect_is_followed_at_once_and_adopted_after_three_polls(desk, site, moved, status):
    site.script("/rss", redirect(moved.url("/feed"), status), always=True)
    station = desk(site.feed_url)
    station.poll()
    assert station.feed().entries == 3
    assert station.feed().url == site.feed_url
    station.poll(2)
    assert asked(station) == ["herald.example/rss", "moved.example/feed"] * 3
    station.poll(2)
    assert asked(station)[6:] == ["moved.example/feed"] * 2
    feed = station.feed()
    assert (feed.url, feed.entries, feed.failures) == (moved.url("/feed"), 3, 0)


def test_p37_the_old_address_stays_known(desk, site, moved):
    site.script("/rss", redirect(moved.url("/feed"), 301), always=True)
    station = desk(site.feed_url)
    station.poll(4)
    for url in (site.feed_url, moved.url("/feed")):
        assert station.add(url) == (True, 1), url
    station.restart()  # the file still names the old address
    station.poll()
    assert len(station.feeds()) == 1
    assert asked(station)[-1] == "moved.example/feed"
    assert len(station.hits("/rss")) == 3


def test_p37_two_answers_that_lie_48_hours_apart_are_enough(desk, site, moved):
    site.script("/rss", redirect(moved.url("/feed"), 301), always=True)
    station = desk(site.feed_url, settings=EVERY_72_H)
    station.poll(3, within=10 * DAY)
    assert len(station.hits("/rss")) == 2
    assert station.feed().url == moved.url("/feed")


def test_p37_a_maintenance_page_is_never_adopted(desk, site, newspaper):
    """What Vienna did: the address of the maintenance page stood in the place of the feed's ever after."""
    newspaper.outlet("down.example").add_page("/back-soon", b"<!doctype html><html><body>Back soon</body></html>")
    station = desk(site.feed_url)
    station.poll()
    site.script("/rss", redirect(newspaper.outlet("down.example").url("/back-soon"), 301), always=True)
    station.go_on(5 * DAY)
    assert station.feed().url == site.feed_url
    assert station.times()[-1] == station.times("/back-soon")[-1]
    site.script("/rss")
    station.go_on(2 * DAY)
    assert (station.feed().state, station.feed().url, station.feed().entries) == ("ok", site.feed_url, 2)


def test_p37_an_answer_that_changes_begins_anew(desk, site, moved, newspaper):
    other = newspaper.outlet("elsewhere.example")
    other.add_feed("/feed", rss(*numbered(site.base, [1, 2, 3], date=START)))
    station = desk(site.feed_url)
    for place in (moved, moved, other, other):
        site.script("/rss", redirect(place.url("/feed"), 301), always=True)
        station.poll()
    site.script("/rss")
    station.poll()
    assert station.feed().url == site.feed_url
    assert len(station.hits("/rss")) == 5


def test_p38_a_308_counts_like_a_301(desk, site, moved):
    station = desk(site.feed_url)
    for status in (308, 301, 308):
        site.script("/rss", redirect(moved.url("/feed"), status), always=True)
        station.poll()
    assert station.feed().url == moved.url("/feed")


@pytest.mark.parametrize("status", [302, 303, 307])
def test_p39_a_temporary_redirect_is_followed_and_never_adopted(desk, site, moved, status):
    site.script("/rss", redirect(moved.url("/feed"), status), always=True)
    station = desk(site.feed_url)
    station.go_on(2 * DAY)
    assert station.feed().entries == 3
    assert station.feed().url == site.feed_url
    assert asked(station) == ["herald.example/rss", "moved.example/feed"] * len(station.polls)
    assert len(station.polls) >= 5


def test_p40_a_chain_is_adopted_only_up_to_its_first_temporary_hop(desk, site, moved, newspaper):
    middle = newspaper.outlet("middle.example")
    site.script("/rss", redirect(middle.url("/hop"), 301), always=True)
    middle.script("/hop", redirect(moved.url("/feed"), 302), always=True)
    station = desk(site.feed_url)
    station.poll(3)
    station.poll(2)
    assert asked(station)[-4:] == ["middle.example/hop", "moved.example/feed"] * 2
    assert station.feed().url == middle.url("/hop")


def test_p40_a_temporary_hop_before_a_permanent_one_moves_nothing(desk, site, moved, newspaper):
    middle = newspaper.outlet("middle.example")
    site.script("/rss", redirect(middle.url("/hop"), 302), always=True)
    middle.script("/hop", redirect(moved.url("/feed"), 301), always=True)
    station = desk(site.feed_url)
    station.go_on(2 * DAY)
    assert station.feed().url == site.feed_url
    assert asked(station)[-3:] == ["herald.example/rss", "middle.example/hop", "moved.example/feed"]


def test_p41_a_loop_is_an_error(desk, site):
    site.script("/rss", redirect(site.url("/b"), 301), always=True)
    site.script("/b", redirect(site.feed_url, 301), always=True)
    station = desk(site.feed_url)
    station.poll()
    assert station.feed().reason == "too_many_redirects"
    assert len(station.paper.log) <= 6


def test_p41_six_hops_are_one_too_many(desk, site):
    station = desk(site.feed_url)
    for count, good in ((5, True), (6, False)):
        site.script("/rss", redirect(site.url("/hop1"), 302), always=True)
        for hop in range(1, count):
            site.script(f"/hop{hop}", redirect(site.url(f"/hop{hop + 1}"), 302), always=True)
        site.script(f"/hop{count}", Behaviour(body=rss(*numbered(site.base, [1])), content_type="text/xml"), always=True)
        station.poll()
        assert (station.feed().reason == "too_many_redirects") is not good
    assert station.feed().url == site.feed_url


def test_p42_a_step_down_from_https_is_followed_and_never_stored(desk, shared_desk, moved, clock, monkeypatch):
    authority = trustme.CA()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    monkeypatch.setattr(shared_desk, "tls", trusting)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("secure.example").configure_cert(context)
    with Newspaper(clock=clock, tls=context) as secured:
        secure = secured.outlet("secure.example")
        secure.script("/rss", redirect(moved.url("/feed"), 301), always=True)
        station = desk(secure.feed_url, pins=secured.resolve())
        station.poll()
        assert station.feed().entries == 3
        station.go_on(2 * DAY)
        assert station.feed().url == secure.feed_url
        assert len(secured.hits()) == len(station.hits("/feed")) == len(station.polls)


@contextmanager
def listening(address: str, port: int = 0) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as server:
        server.bind((address, port))
        server.listen()
        server.settimeout(0)
        yield server


def test_p43_redirects_into_the_machine_or_its_network_are_refused_without_a_connection(desk, site):
    """The newspaper's own loopback address is allowed here; everything else must be as closed as on any machine."""
    station = desk(site.feed_url, allow="127.0.0.1/32")
    with listening("127.0.0.2") as inside, listening("::1") as six:
        port, port6 = inside.getsockname()[1], six.getsockname()[1]
        places = (
            f"http://127.0.0.2:{port}/rss",
            f"http://127.0.2:{port}/rss",
            f"http://2130706434:{port}/rss",
            f"http://[::ffff:127.0.0.2]:{port}/rss",
            f"http://[::1]:{port6}/rss",
            "http://169.254.169.254/latest/meta-data/",
            "http://10.0.0.1/rss",
            "file:///etc/passwd",
            "ftp://127.0.0.2/rss",
            "gopher://127.0.0.2/",
            "//127.0.0.2/rss",
        )
        for place in places:
            site.script("/rss", redirect(place, 301), always=True)
            station.poll()
            assert station.feed().reason in ("blocked_address", "bad_url", "dns"), place
            assert station.feed().url == site.feed_url
        for server in (inside, six):
            with pytest.raises(BlockingIOError):
                server.accept()
    assert len(station.paper.log) == len(places)


def test_p44_two_feeds_that_moved_to_one_address_are_merged_without_double_entries(desk, site):
    site.script("/rss", redirect(site.url("/feed"), 301), always=True)
    site.script("/atom", redirect(site.url("/feed"), 301), always=True)
    site.add_feed("/feed", rss(*numbered(site.base, [1, 2, 3], date=START)))
    station = desk(site.feed_url, site.atom_url, stages=ALL)
    station.poll(12)
    since = station.now
    site.add_feed("/feed", rss(*numbered(site.base, [1, 2, 3, 4], date=START)))
    station.go_on(8 * HOUR)
    assert sorted(station.headlines()) == ["Item 1", "Item 2", "Item 3", "Item 4"]
    assert min(gaps([when for when in station.times("/feed") if when > since])) >= 10 * MINUTE
    assert len([when for when in station.times("/rss") + station.times("/atom") if when > since]) == 0
    assert site.url("/feed") in {feed.url for feed in station.feeds()}
    station.work()
    assert (station.overview().overdue_since, station.overview().feeds_due) == (None, 0)


def test_p44_a_feed_that_moved_to_the_address_of_another_outlets_feed(desk, site, moved):
    """Both are watched: one is asked from then on, and nothing is told or stored twice."""
    site.script("/rss", redirect(moved.url("/feed"), 301), always=True)
    station = desk(
        outlets=outlet_toml("Herald", site.feed_url, language="en") + outlet_toml("Moved", moved.url("/feed"), language="en"),
        stages=ALL,
    )
    station.poll(12)
    since = station.now
    moved.add_feed("/feed", rss(*numbered(site.base, [1, 2, 3, 4], date=START)))
    station.go_on(8 * HOUR)
    assert station.headlines().count("Item 4") == 1
    assert min(gaps([when for when in station.times("/feed") if when > since])) >= 10 * MINUTE


@pytest.mark.parametrize(
    "element",
    [
        "<itunes:new-feed-url>{url}</itunes:new-feed-url>",
        "<atom:link rel='self' href='{url}'/>",
        "<atom:link rel='alternate' type='application/rss+xml' href='{url}'/>",
    ],
)
def test_p45_an_address_in_the_document_moves_nothing(desk, site, moved, element):
    body = rss(item("Item", site.url("/1"), "1"), head=element.format(url=moved.url("/feed")))
    site.add_feed("/rss", body)
    station = desk(site.feed_url)
    station.go_on(2 * DAY)
    assert station.feed().url == site.feed_url
    assert station.paper.hits("moved.example") == []
