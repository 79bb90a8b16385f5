"""Points 24 to 36: every status has its meaning, and a feed that fails is asked less often but never forgotten."""

from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from tests.conformance.conftest import START
from tests.conformance.documents import numbered, rss
from tests.conformance.station import gaps
from tests.newspaper import Behaviour

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SLACK = timedelta(seconds=2)
LOGIN = b"<!doctype html><html><head><title>Welcome</title></head><body><form>Room number <input></form></body></html>"


def answers(site, status: int, *headers: tuple[str, str], body: bytes = b"") -> None:
    site.script("/rss", Behaviour(status=status, headers=headers, body=body), always=True)


def gap_after(desk, site, status: int, *headers: tuple[str, str], settings: str = "") -> timedelta:
    """The wait that follows one such answer."""
    answers(site, status, *headers)
    station = desk(site.feed_url, settings=settings)
    station.poll(2)
    return gaps(station.times())[0]


def test_p24_retry_after_of_a_429_keeps_all_feeds_of_the_host_away(desk, site):
    site.script("/rss", Behaviour(status=429, headers=(("Retry-After", "7200"),), body=b""))
    third = site.add_feed("/third", rss(*numbered(site.base, [1])))
    station = desk(site.feed_url, site.atom_url, third)
    station.go_on(timedelta(hours=4))
    first, *later = [hit.when for hit in station.paper.hits("herald.example")]
    assert later
    assert min(later) - first >= 2 * HOUR - SLACK
    assert {feed.state for feed in station.feeds()} == {"ok"}


def test_p24_retry_after_holds_after_a_restart(desk, site):
    site.script("/rss", Behaviour(status=429, headers=(("Retry-After", "7200"),), body=b""))
    station = desk(site.feed_url, site.atom_url)
    station.work()
    for _ in range(3):
        station.sleep(20 * MINUTE)
        station.restart()
        station.work()
    assert len(station.paper.hits("herald.example")) == 1


@pytest.mark.parametrize("form", ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"])
def test_p25_retry_after_as_a_date_in_all_three_forms(desk, site, form):
    wait = gap_after(desk, site, 429, ("Retry-After", (START + 3 * HOUR).strftime(form)))
    assert 3 * HOUR - SLACK <= wait <= 4 * HOUR


def test_p26_a_bare_429_means_an_hour_at_least(desk, site):
    assert gap_after(desk, site, 429) >= HOUR


@pytest.mark.parametrize("value", ["7200", format_datetime(START + 2 * HOUR, usegmt=True)])
def test_p27_retry_after_of_a_503_is_honoured_for_the_host(desk, site, value):
    site.script("/rss", Behaviour(status=503, headers=(("Retry-After", value),), body=b""))
    station = desk(site.feed_url, site.atom_url)
    station.go_on(timedelta(hours=4))
    first, *later = [hit.when for hit in station.paper.hits("herald.example")]
    assert later
    assert min(later) - first >= 2 * HOUR - SLACK


def test_p28_retry_after_is_capped_at_a_week(desk, site):
    assert 7 * DAY - SLACK <= gap_after(desk, site, 429, ("Retry-After", "1000000000")) <= 7 * DAY + HOUR


@pytest.mark.parametrize("value", ["-5", "soon", "", "0", "Mon, 02 Mar 2020 07:00:00 GMT", "9" * 400])
def test_p28_a_retry_after_that_says_nothing_is_ignored(desk, site, value):
    assert HOUR <= gap_after(desk, site, 429, ("Retry-After", value)) <= 2 * HOUR
    assert 10 * MINUTE <= gap_after(desk, site, 503, ("Retry-After", value)) <= HOUR


def test_p29_waits_double_with_every_500_up_to_a_day_and_one_200_ends_them(desk, site):
    answers(site, 500)
    station = desk(site.feed_url)
    station.poll(13)
    waits = gaps(station.times())
    for earlier, later in pairwise(waits[:5]):
        assert 1.6 <= later / earlier <= 2.4
    assert max(waits) <= DAY + SLACK
    assert min(waits[6:]) >= 10 * HOUR
    site.script("/rss")
    station.poll(2)
    assert (station.feed().state, station.feed().failures, station.feed().entries) == ("ok", 0, 2)
    assert gaps(station.times())[-1] <= 20 * MINUTE


def test_p29_the_state_is_told_and_months_of_500_never_end_the_asking(desk, site):
    answers(site, 500)
    station = desk(site.feed_url)
    station.poll(3)
    assert (station.feed().state, station.feed().reason) == ("failing", "http_5xx")
    station.go_on(20 * DAY)
    assert station.feed().state == "sick"
    station.go_on(60 * DAY)
    assert station.feed().state == "dead"
    before = len(station.hits())
    station.go_on(35 * DAY)
    assert 4 <= len(station.hits()) - before <= 6
    site.script("/rss")
    station.go_on(8 * DAY)
    assert (station.feed().state, station.feed().entries) == ("ok", 2)


def test_p30_a_404_is_asked_less_often_and_comes_back_to_life(desk, site):
    station = desk(site.feed_url)
    station.poll()
    answers(site, 404)
    station.poll(5)
    waits = gaps(station.times())[1:]
    assert waits == sorted(waits)
    assert waits[-1] > 3 * waits[0]
    assert (station.feed().state, station.feed().reason) == ("failing", "http_404")
    site.add_article("Article 3", ["Text of 3."], published=station.now)
    site.script("/rss")
    station.go_on(DAY)
    assert (station.feed().state, station.feed().entries) == ("ok", 3)


def test_p31_a_410_is_checked_a_day_later_and_then_believed(desk, site):
    answers(site, 410)
    station = desk(site.feed_url)
    station.poll(2)
    first, second = station.times()
    assert DAY <= second - first <= 2 * DAY
    assert (station.feed().state, station.feed().reason) == ("dead", "http_410")
    assert [(trouble.outlet, trouble.reason) for trouble in station.overview().troubles] == [("Herald", "http_410")]
    station.go_on(30 * DAY)
    weekly = gaps(station.times())[1:]
    assert len(weekly) == 4
    assert min(weekly) >= 6 * DAY
    site.script("/rss")
    station.go_on(8 * DAY)
    assert (station.feed().state, station.feed().entries) == ("ok", 2)


def test_p31_a_410_that_was_a_mistake_leaves_no_trace(desk, site):
    answers(site, 410)
    station = desk(site.feed_url)
    station.poll()
    assert station.feed().state != "dead"
    site.script("/rss")
    station.poll()
    answers(site, 410)
    station.poll()
    assert station.feed().state != "dead"


@pytest.mark.parametrize("status", [401, 403])
def test_p32_a_refusal_is_shown_and_not_hammered(desk, site, status):
    answers(site, status)
    station = desk(site.feed_url)
    station.go_on(2 * DAY)
    assert (station.feed().state, station.feed().reason) == ("failing", f"http_{status}")
    assert len(station.hits()) <= 9
    waits = gaps(station.times())
    assert waits == sorted(waits)


@pytest.mark.parametrize(
    ("header", "name"), [(("cf-mitigated", "challenge"), "cloudflare"), (("x-datadome", "protected"), "datadome")]
)
def test_p32_a_403_names_the_wall_it_comes_from(desk, site, header, name):
    site.script("/rss", Behaviour(status=403, headers=(header,), body=b"<html><title>Just a moment</title></html>"), always=True)
    station = desk(site.feed_url)
    station.poll()
    assert name in station.trouble().casefold()


def test_p33_an_empty_200_is_an_error_and_empties_nothing(desk, site):
    station = desk(site.feed_url)
    station.poll()
    answers(site, 200)
    station.poll(3)
    assert (station.feed().reason, station.feed().entries, station.feed().state) == ("empty", 2, "failing")
    site.script("/rss")
    station.poll()
    assert [poll.count for poll in station.polls] == [2, 0, 0, 0, 0]


def test_p34_a_page_in_the_place_of_the_feed_is_an_error_and_changes_nothing(desk, site, newspaper):
    portal = newspaper.outlet("portal.example")
    portal.add_page("/login", LOGIN)
    station = desk(site.feed_url)
    station.poll()
    site.script("/rss", Behaviour(body=LOGIN, content_type="text/html"), always=True)
    station.poll(2)
    assert station.feed().reason == "not_a_feed"
    site.script("/rss", Behaviour(status=302, headers=(("Location", portal.url("/login")),), body=b""), always=True)
    station.poll(4)
    feed = station.feed()
    assert (feed.reason, feed.entries, feed.url) == ("not_a_feed", 2, site.feed_url)
    site.script("/rss")
    station.poll()
    assert [poll.count for poll in station.polls[1:]] == [0] * 7


def test_p35_a_204_changes_nothing(desk, site):
    station = desk(site.feed_url)
    station.poll()
    answers(site, 204)
    station.poll(3)
    feed = station.feed()
    assert (feed.failures, feed.state, feed.entries) == (0, "ok", 2)
    assert min(gaps(station.times())) >= 10 * MINUTE


def test_p35_a_206_that_nobody_asked_for_is_an_error(desk, site):
    station = desk(site.feed_url)
    station.poll()
    answers(site, 206, ("Content-Range", "bytes 0-99/1000"), body=rss(*numbered(site.base, [7])))
    station.poll()
    assert (station.feed().failures, station.feed().entries) == (1, 2)


def test_p35_a_203_is_read(desk, site):
    answers(site, 203, body=rss(*numbered(site.base, [7])))
    station = desk(site.feed_url)
    station.poll()
    assert (station.feed().failures, station.feed().entries) == (0, 1)


def test_p36_deltas_are_not_asked_for_and_an_unasked_226_is_an_error(desk, site):
    station = desk(site.feed_url)
    station.poll()
    answers(site, 226, ("IM", "feed"), body=rss(*numbered(site.base, [7])))
    station.poll(2)
    assert {hit.header("a-im") for hit in station.hits()} == {None}
    assert (station.feed().failures, station.feed().entries) == (2, 2)
    site.script("/rss")
    station.poll()
    assert [poll.count for poll in station.polls] == [2, 0, 0, 0]
