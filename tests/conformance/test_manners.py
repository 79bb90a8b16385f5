"""Points 46 to 56: an outlet sees few, honest and well spread requests, whatever happens to the service."""

from datetime import UTC, timedelta
from itertools import pairwise

import pytest

from aggregator.errors import ConfigError
from tests.conformance.conftest import START
from tests.conformance.documents import numbered, rss
from tests.conformance.station import ALL, gaps
from tests.newspaper import Behaviour, redirect

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SLACK = timedelta(seconds=2)
EVERY_30_MIN = '[poll]\nmin_interval = "30m"\nmax_interval = "30m"\n'


def test_p46_five_restarts_in_ten_minutes_ask_nothing_again(desk, site):
    station = desk(site.feed_url, site.atom_url)
    station.work()
    for _ in range(5):
        station.sleep(100 * timedelta(seconds=1))
        station.restart()
        station.work()
    assert len(station.times("/rss")) == 1
    assert len(station.times("/atom")) == 1
    station.go_on(4 * HOUR)
    assert min(gaps(station.times())) >= 10 * MINUTE


def test_p46_a_feed_polled_while_it_was_killed_is_asked_again_at_once(desk, site):
    site.script("/rss", Behaviour(hang=True))
    station = desk(site.feed_url)
    station.kill("/rss")
    station.work()
    assert len(station.hits()) == 2
    assert (station.feed().entries, station.feed().state) == (2, "ok")
    station.go_on(4 * HOUR)
    assert min(gaps(station.times()[1:])) >= 10 * MINUTE


def test_p46_kills_in_a_row_do_not_hammer(desk, site):
    """A document that kills us must not be fetched with every restart of the service."""
    site.script("/rss", Behaviour(hang=True), always=True)
    station = desk(site.feed_url)
    for _ in range(3):
        station.kill("/rss")
    site.script("/rss")
    for _ in range(4):
        station.restart()
        station.work()
        station.sleep(MINUTE)
    assert len(station.hits()) == 3
    station.go_on(HOUR)
    assert station.feed().entries == 2
    assert gaps(station.times())[2] >= 10 * MINUTE


def test_p47_a_clock_set_forward_and_back_brings_no_burst_and_no_silence(desk, site, newspaper):
    other = newspaper.outlet("other.example")
    other.add_article("Other", ["Text."])
    station = desk(site.feed_url, other.feed_url)
    station.go_on(HOUR)
    for jump in (HOUR, -HOUR, -HOUR, HOUR):
        before = {host: len(newspaper.hits(host)) for host in ("herald.example", "other.example")}
        station.set_clock(jump)
        station.go_on(2 * HOUR)
        for host, count in before.items():
            assert 1 <= len(newspaper.hits(host)) - count <= 13, (host, jump)


def test_p48_200_feeds_of_one_host_due_at_once_go_one_by_one(desk, site, newspaper):
    other = newspaper.outlet("other.example")
    other.add_article("Other", ["Text."])
    paths = [f"/feed/{number}" for number in range(200)]
    body = rss(*numbered(site.base, [1]))
    for path in paths:
        site.add_feed(path, body)
    site.script("/feed/50", Behaviour(delay=0.1))
    station = desk(*(site.url(path) for path in paths), other.feed_url)
    station.work()
    assert sorted(hit.path for hit in newspaper.hits("herald.example")) == sorted(paths)
    assert newspaper.most_at_once["herald.example"] == 1
    assert newspaper.hits("other.example")[0].at < newspaper.hits("herald.example")[10].at


def test_p48_between_two_starts_at_a_host_lies_the_gap(desk, site, newspaper):
    """A twentieth of a second here, over feeds, pages and redirects together; the default is a whole one."""
    site.script("/rss", redirect(site.url("/feed")))
    site.add_feed("/feed", rss(*numbered(site.base, range(10))))
    paths = [f"/feed/{number}" for number in range(8)]
    for path in paths:
        site.add_feed(path, rss(*numbered(site.base, [1])))
    station = desk(site.feed_url, *(site.url(path) for path in paths), per_host_delay="50ms", stages=ALL)
    station.work()
    starts = [hit.at for hit in newspaper.hits("herald.example")]
    assert len(starts) >= 20
    assert newspaper.most_at_once["herald.example"] == 1
    assert starts[-1] - starts[0] >= 0.05 * (len(starts) - 1) - 0.03
    # The newspaper dates a request when it has read it, on a busy machine some time after its start.
    early = [later - earlier for earlier, later in pairwise(starts) if later - earlier < 0.04]
    assert len(early) <= len(starts) // 5


def test_p48_no_more_requests_are_in_flight_than_allowed(desk, newspaper):
    hosts = [newspaper.outlet(f"outlet{number}.example") for number in range(30)]
    for host in hosts:
        host.add_article("One", ["Text."])
        host.script("/rss", Behaviour(delay=0.05), always=True)
    station = desk(*(host.feed_url for host in hosts), fetch="concurrency = 8\n")
    station.work()
    assert len(newspaper.hits()) == 30
    assert 4 <= newspaper.most_at_once[""] <= 8


def test_p49_spellings_of_one_address_are_one_feed(desk, site):
    station = desk(site.feed_url)
    for url in (
        site.feed_url + "#latest",
        site.feed_url.replace("herald.example", "HERALD.example"),
        site.feed_url.replace("http://", "HTTP://"),
    ):
        assert station.add(url) == (True, 1), url
    station.go_on(2 * HOUR)
    assert len(station.feeds()) == 1
    assert min(gaps(hit.when for hit in station.paper.log)) >= 10 * MINUTE


def test_p49_a_default_port_makes_no_second_feed(desk, newspaper):
    """Port 80 cannot be listened on here: what counts is that one feed is kept."""
    newspaper.outlet("herald.example")
    station = desk("http://herald.example:80/rss")
    for url in ("http://herald.example/rss", "http://Herald.Example/rss#x", "http://herald.example:080/rss"):
        assert station.add(url) == (True, 1), url
    assert len(station.feeds()) == 1


def test_p49_a_file_that_names_one_feed_twice_is_refused_with_its_place(desk, site):
    with pytest.raises(ConfigError, match="stands already"):
        desk(site.feed_url, site.feed_url + "#latest")


def test_p50_requests_carry_no_cookie_no_referer_and_an_honest_name(desk, site, newspaper):
    cookie = ("Set-Cookie", "visitor=42; Path=/; Max-Age=31536000")
    site.script("/rss", Behaviour(status=302, headers=(("Location", site.url("/feed?a=1&b=%20")), cookie), body=b""), always=True)
    site.add_feed("/feed?a=1&b=%20", rss(*numbered(site.base, [1, 2])))
    site.script("/feed?a=1&b=%20", Behaviour(headers=(cookie,)), always=True)
    station = desk(site.feed_url, stages=ALL)
    station.poll(3)
    assert {hit.path for hit in newspaper.log} >= {"/rss", "/feed?a=1&b=%20", "/story/1", "/story/2"}
    for hit in newspaper.log:
        assert hit.header("cookie") is None
        assert hit.header("referer") is None
        agent = hit.header("user-agent") or ""
        assert agent.startswith("aggregator/")
        assert "+https://" in agent
        assert "gzip" in (hit.header("accept-encoding") or "")
        assert {name for name, _ in hit.headers} <= {
            "host",
            "user-agent",
            "accept",
            "accept-encoding",
            "connection",
            "if-none-match",
            "if-modified-since",
        }


def test_p51_only_get_is_ever_used(desk, site, newspaper):
    station = desk(site.feed_url, stages=ALL)
    station.go_on(DAY)
    site.script("/rss", Behaviour(status=405, headers=(("Allow", "HEAD"),), body=b""), always=True)
    station.go_on(DAY)
    assert {hit.method for hit in newspaper.log} == {"GET"}


def test_p52_a_304_causes_no_other_request(desk, newspaper):
    site = newspaper.outlet("herald.example")
    site.add_article("Bridge opened", ["The bridge was opened.", "It is long."])
    station = desk(site.feed_url, stages=ALL)
    station.go_on(DAY)
    seen = len(newspaper.log)
    station.poll(5)
    assert [hit.path for hit in newspaper.log[seen:]] == ["/rss"] * 5
    assert "/favicon.ico" not in {hit.path for hit in newspaper.log}


def test_p53_after_a_sleep_of_the_machine_every_feed_is_asked_once(desk, newspaper):
    """And they do not go on as one block afterwards."""
    hosts = [newspaper.outlet(f"outlet{number}.example") for number in range(12)]
    for host in hosts:
        for number in range(4):
            host.add_article(f"Article {number}", ["Text."], published=START - number * 2 * HOUR)
    station = desk(*(host.feed_url for host in hosts))
    station.go_on(HOUR)
    before = len(newspaper.log)
    station.sleep(8 * HOUR)
    station.work()
    assert sorted(hit.host for hit in newspaper.log[before:]) == sorted(host.host for host in hosts)
    woke = len(newspaper.log)
    station.go_on(2 * HOUR)
    times = [hit.when for hit in newspaper.log[woke:]]
    assert len(times) >= 12
    assert len(set(times)) >= 10
    assert min(min(gaps(station.times("/rss", host.host))) for host in hosts) >= 10 * MINUTE


@pytest.mark.parametrize("element", ["<ttl>600</ttl>", "<sy:updatePeriod>daily</sy:updatePeriod>"])
def test_p54_a_long_ttl_is_a_wish_of_an_hour_at_most(desk, site, element):
    """The Moscow Times prints 600 minutes and several articles an hour."""
    site.add_feed("/rss", rss(*numbered(site.base, [1, 2], date=START), head=element))
    station = desk(site.feed_url)
    station.poll(2)
    assert 30 * MINUTE <= gaps(station.times())[0] <= HOUR + SLACK


def test_p54_a_ttl_of_a_minute_is_not_below_the_minimum(desk, site):
    site.add_feed("/rss", rss(*numbered(site.base, [1, 2], date=START), head="<ttl>1</ttl>"))
    station = desk(site.feed_url)
    station.poll(4)
    assert min(gaps(station.times())) >= 10 * MINUTE


HOURS = "<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in range(7)) + "</skipHours>"
SUNDAY = "<skipDays><day>Sunday</day></skipDays>"


def test_p55_hours_and_days_that_the_outlet_sleeps_are_kept(desk, site):
    site.add_feed("/rss", rss(*numbered(site.base, [1, 2], date=START), head=HOURS + SUNDAY))
    station = desk(site.feed_url, settings='[poll]\nmin_interval = "10m"\nmax_interval = "50m"\n')
    station.go_on(15 * HOUR)
    station.sleep(4 * DAY + 9.5 * HOUR)  # from Monday evening to Saturday morning
    station.go_on(2.5 * DAY)
    times = [when.astimezone(UTC) for when in station.times()]
    assert {when.hour for when in times} == set(range(7, 24))
    assert {when.weekday() for when in times} == {0, 5}
    # Once the ban is over it is asked soon, not an interval later.
    assert all(gap <= HOUR or 7 <= later.hour < 8 for gap, later in zip(gaps(times), times[1:], strict=True))


def test_p55_days_that_cover_the_whole_week_are_no_ban(desk, site):
    """A feed that forbids every day or every hour would never be read again: such a wish is ignored."""
    days = "".join(f"<day>{day}</day>" for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
    hours = "".join(f"<hour>{hour}</hour>" for hour in range(24))
    site.add_feed("/rss", rss(*numbered(site.base, [1, 2]), head=f"<skipDays>{days}</skipDays><skipHours>{hours}</skipHours>"))
    station = desk(site.feed_url)
    station.go_on(3 * DAY)
    assert len(station.hits()) >= 8


def test_p55_a_pinned_interval_goes_before_the_outlets_hours(desk, site):
    site.add_feed("/rss", rss(*numbered(site.base, [1, 2]), head=HOURS + SUNDAY))
    station = desk(site.feed_url, settings=EVERY_30_MIN)
    station.go_on(DAY)
    assert {when.astimezone(UTC).hour for when in station.times()} == set(range(24))


@pytest.mark.parametrize(
    "element",
    [
        "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0.1</sy:updateFrequency>",
        "<sy:updatePeriod>always</sy:updatePeriod><sy:updateFrequency>always</sy:updateFrequency>",
        "<sy:updatePeriod></sy:updatePeriod><sy:updateFrequency></sy:updateFrequency>",
        "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
        "<sy:updateFrequency>-3</sy:updateFrequency><ttl>often</ttl>",
        "<ttl>99999999999999999999</ttl><sy:updateBase>never</sy:updateBase>",
        "<skipHours><hour>25</hour><hour>x</hour></skipHours><skipDays><day>Someday</day></skipDays>",
    ],
)
def test_p56_rubbish_about_the_rhythm_is_ignored(desk, site, element):
    site.add_feed("/rss", rss(*numbered(site.base, [1, 2]), head=element))
    station = desk(site.feed_url)
    station.poll(3)
    assert (station.feed().state, station.feed().failures, station.feed().entries) == ("ok", 0, 2)
    assert max(gaps(station.times())) <= HOUR + SLACK
