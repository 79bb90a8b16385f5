"""Points 1 to 23: validators go back byte for byte, and what an answer says of its freshness is a hint with a cap."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from tests.conformance.conftest import START
from tests.conformance.documents import item, numbered, rss
from tests.conformance.station import gaps
from tests.newspaper import Behaviour, Newspaper, OutletSite, redirect

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SLACK = timedelta(seconds=2)
CONDITIONAL = ("if-none-match", "if-modified-since")


def sends(site: OutletSite, *headers: tuple[str, str], status: int = 200) -> None:
    """From now on the feed carries these headers."""
    site.script("/rss", Behaviour(status=status, headers=headers), always=True)


def asked_with(station) -> tuple[str | None, str | None]:
    """The validators of the last request."""
    return tuple(station.hits()[-1].header(name) for name in CONDITIONAL)


def second_request(desk, site: OutletSite, *headers: tuple[str, str]) -> tuple[str | None, str | None]:
    """The validators that follow an answer with these headers."""
    sends(site, *headers)
    station = desk(site.feed_url)
    station.poll(2)
    return asked_with(station)


def test_p01_the_first_poll_is_unconditional(desk, site):
    station = desk(site.feed_url)
    station.work()
    assert [asked_with(station)] == [(None, None)]
    assert len(station.hits()) == 1


def test_p02_etag_is_sent_back_with_its_quotes(desk, site):
    assert second_request(desk, site, ("ETag", '"abc"')) == ('"abc"', None)


def test_p03_weak_etag_is_sent_back_with_its_mark(desk, site):
    assert second_request(desk, site, ("ETag", 'W/"abc"')) == ('W/"abc"', None)


def test_p04_etag_without_quotes_is_sent_back_without(desk, site):
    assert second_request(desk, site, ("ETag", "abc")) == ("abc", None)


@pytest.mark.parametrize("value", ["Mon, 6 Sep 2021 1:2:3 +0000", "yesterday", "Mon, 06 Sep 2021 01:02:03 CEST"])
def test_p05_last_modified_is_sent_back_byte_for_byte(desk, site, value):
    assert second_request(desk, site, ("Last-Modified", value)) == (None, value)


def test_p06_both_validators_are_sent_back(desk, site):
    date = "Mon, 06 Sep 2021 01:02:03 GMT"
    assert second_request(desk, site, ("ETag", '"abc"'), ("Last-Modified", date)) == ('"abc"', date)


def test_p07_no_validator_is_invented(desk, site):
    """Neither from a Date, nor from the document, nor one from the other."""
    date = format_datetime(START, usegmt=True)
    assert second_request(desk, site, ("Date", date)) == (None, None)
    assert second_request(desk, site, ("ETag", '"abc"'), ("Date", date)) == ('"abc"', None)
    assert second_request(desk, site, ("Last-Modified", date)) == (None, date)


def test_p08_a_304_without_validators_keeps_the_old_ones(desk, site):
    sends(site, ("ETag", '"abc"'), ("Last-Modified", "then"))
    station = desk(site.feed_url)
    station.poll()
    sends(site, status=304)
    station.poll(3)
    assert [hit.header("if-none-match") for hit in station.hits()[1:]] == ['"abc"'] * 3
    assert asked_with(station) == ('"abc"', "then")


def test_p09_a_304_with_validators_replaces_them(desk, site):
    sends(site, ("ETag", '"abc"'), ("Last-Modified", "then"))
    station = desk(site.feed_url)
    station.poll()
    sends(site, ("ETag", '"def"'), ("Last-Modified", "now"), status=304)
    station.poll(2)
    assert asked_with(station) == ('"def"', "now")


@pytest.mark.parametrize("changes", [True, False], ids=["new document", "same bytes"])
def test_p10_a_200_without_validators_drops_the_old_ones(desk, site, changes):
    sends(site, ("ETag", '"abc"'), ("Last-Modified", "then"))
    station = desk(site.feed_url)
    station.poll()
    sends(site)
    if changes:
        site.add_article("Article 3", ["Text of 3."], published=START)
    station.poll(2)
    assert asked_with(station) == (None, None)


def test_p11_a_304_to_an_unconditional_request_is_an_error_and_the_next_is_unconditional(desk, site):
    site.script("/rss", Behaviour(status=304, headers=(("ETag", '"abc"'),)))
    station = desk(site.feed_url)
    station.poll()
    assert station.feed().reason == "not_modified_unasked"
    station.go_on(HOUR, until=lambda: station.feed().entries)
    assert [(hit.header("if-none-match"), hit.header("if-modified-since")) for hit in station.hits()] == [(None, None)] * 2
    assert (station.feed().reason, station.feed().entries) == (None, 2)


@pytest.mark.parametrize("good_before", [False, True])
def test_p12_validators_of_a_document_that_cannot_be_read_are_not_kept(desk, site, good_before):
    """Else the server would say 304 for ever, and the broken body would never be read again."""
    sends(site, ("ETag", '"good"'))
    station = desk(site.feed_url)
    if good_before:
        station.poll()
    site.script(
        "/rss",
        Behaviour(body=b"<rss version='2.0'><channel><title>Her", headers=(("ETag", '"broken"'), ("Last-Modified", "broken"))),
        always=True,
    )
    station.poll(2)
    assert station.feed().failures > 0
    assert asked_with(station) == ('"good"' if good_before else None, None)


def test_p13_validators_never_go_to_another_host_by_a_redirect(desk, site, newspaper):
    """Not those of the first host to the second, and not those of the second to the first."""
    other = newspaper.outlet("other.example")
    other.validators = False
    other.add_feed("/feed", rss(*numbered(site.base, [1, 2])))
    other.script("/feed", Behaviour(headers=(("ETag", '"of other"'),)), always=True)
    sends(site, ("ETag", '"of herald"'))
    station = desk(site.feed_url)
    station.poll()
    site.script("/rss", redirect(other.url("/feed"), 302), always=True)
    station.poll(3)
    seen_by_other = {hit.header("if-none-match") for hit in station.hits("/feed")}
    seen_by_herald = {hit.header("if-none-match") for hit in station.hits("/rss")}
    assert len(station.hits("/feed")) == 3
    assert seen_by_other <= {None, '"of other"'}
    assert seen_by_herald <= {None, '"of herald"'}


def test_p13_validators_never_go_to_another_host_when_the_feed_has_moved_there(desk, site, newspaper):
    other = newspaper.outlet("other.example")
    other.validators = False
    other.add_feed("/feed", rss(*numbered(site.base, [1, 2])))
    sends(site, ("ETag", '"of herald"'), ("Last-Modified", "then"))
    station = desk(site.feed_url)
    station.poll()
    site.script("/rss", redirect(other.url("/feed"), 301), always=True)
    station.poll(6)
    assert len(station.hits("/feed")) == 6
    assert {hit.header(name) for hit in station.hits("/feed") for name in CONDITIONAL} == {None}


def test_p14_the_same_bytes_under_a_new_etag_are_not_parsed(desk, site):
    sends(site, ("ETag", '"one"'))
    station = desk(site.feed_url)
    station.poll()
    for name in ("two", "three"):
        sends(site, ("ETag", f'"{name}"'))
        station.poll()
    assert station.parsed == 1
    assert [poll.count for poll in station.polls] == [2, 0, 0]
    assert station.feed().entries == 2
    assert asked_with(station) == ('"two"', None)


def test_p15_dates_of_the_channel_alone_change_no_entry(desk, newspaper):
    site = newspaper.outlet("herald.example")

    def prints(minute: int) -> None:
        dates = f"<lastBuildDate>Mon, 02 Mar 2026 07:{minute}:00 GMT</lastBuildDate>"
        dates += f"<pubDate>Mon, 02 Mar 2026 07:{minute}:00 GMT</pubDate>"
        site.add_feed("/rss", rss(*numbered(site.base, range(5), date=START), head=dates))

    prints(10)
    station = desk(site.feed_url)
    station.poll()
    for minute in (25, 40):
        prints(minute)
        station.poll()
    assert [poll.count for poll in station.polls] == [5, 0, 0]
    assert [(poll.reason or "") for poll in station.polls] == ["", "unchanged", "unchanged"]


def test_p16_max_age_is_waited_for(desk, site):
    sends(site, ("Cache-Control", "public, max-age=1800"))
    station = desk(site.feed_url)
    station.poll(3)
    assert min(gaps(station.times())) >= 30 * MINUTE


def test_p17_max_age_of_a_year_holds_for_an_hour(desk, site):
    sends(site, ("Cache-Control", "max-age=31536000"))
    station = desk(site.feed_url)
    station.poll(2)
    assert 59 * MINUTE <= gaps(station.times())[0] <= HOUR + SLACK


@pytest.mark.parametrize("value", ["max-age=0", "no-cache", "no-cache, no-store, must-revalidate, max-age=0", "max-age=-1"])
def test_p18_an_answer_that_is_never_fresh_is_not_asked_before_the_interval(desk, site, value):
    sends(site, ("Cache-Control", value))
    station = desk(site.feed_url)
    station.poll(3)
    assert min(gaps(station.times())) >= 10 * MINUTE


def test_p19_no_store_leaves_validators_in_use_and_no_copy_of_the_document(desk, site):
    body = rss(*numbered(site.base, [1, 2]), head="<!-- set by hand in the Gutenberg hall -->")
    site.script("/rss", Behaviour(body=body, headers=(("Cache-Control", "no-store"), ("ETag", '"abc"'))), always=True)
    station = desk(site.feed_url)
    station.poll(2)
    assert asked_with(station) == ('"abc"', None)
    files = [file for file in station.settings.data_dir.rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if b"Gutenberg hall" in file.read_bytes()]


@pytest.mark.parametrize("value", ["Mon, 02 Mar 2020 07:00:00 GMT", "0", "-1", "soon", "Mon, 99 Foo 2026 25:61:61 GMT"])
def test_p20_an_expires_in_the_past_or_unreadable_is_ignored(desk, site, value):
    sends(site, ("Expires", value))
    station = desk(site.feed_url)
    station.poll(2)
    assert 10 * MINUTE <= gaps(station.times())[0] <= 20 * MINUTE
    assert station.feed().failures == 0


def test_p20_an_expires_in_the_future_is_waited_for(desk, site):
    sends(site, ("Expires", format_datetime(START + 40 * MINUTE, usegmt=True)))
    station = desk(site.feed_url)
    station.poll(2)
    assert gaps(station.times())[0] >= 40 * MINUTE - SLACK


def test_p21_age_is_taken_off_max_age(desk, site):
    """A feed that would be asked every minute, fresh for 5 more of its 30."""
    for number in range(3, 8):
        site.add_article(f"Article {number}", ["Text."], published=START - timedelta(seconds=number))
    sends(site, ("Cache-Control", "max-age=1800"), ("Age", "1500"))
    station = desk(site.feed_url, settings='[poll]\nmin_interval = "1m"\n')
    station.poll(2)
    assert 5 * MINUTE - SLACK <= gaps(station.times())[0] <= 5 * MINUTE + SLACK


def test_p22_max_age_of_a_304_counts_too(desk, site):
    sends(site, ("ETag", '"abc"'))
    station = desk(site.feed_url)
    station.poll()
    sends(site, ("Cache-Control", "max-age=2400"), status=304)
    station.poll(2)
    assert gaps(station.times())[-1] >= 40 * MINUTE - SLACK


def test_p23_a_cache_stuck_on_304_is_asked_without_validators_once_a_day(desk, newspaper: Newspaper):
    """A feed of four articles a day says 304 for a week: from then on one request a day brings out what it hides."""
    site = newspaper.outlet("herald.example")
    for number in range(20):
        site.add_article(f"Article {number}", ["Text."], published=START - 5 * DAY + number * 6 * HOUR)
    station = desk(site.feed_url)
    station.poll()
    site.stuck = True
    station.go_on(DAY)
    site.add_article("Hidden article", ["Text."], published=station.now)
    station.go_on(9 * DAY)
    bare = [hit.when for hit in station.hits()[1:] if not hit.header("if-none-match") and not hit.header("if-modified-since")]
    assert bare
    assert bare[0] - START >= 6.5 * DAY
    assert bare[0] - START <= 8.5 * DAY
    assert min(gaps(bare), default=DAY) >= 23 * HOUR
    assert max(gaps(bare), default=DAY) <= 1.5 * DAY + 6 * HOUR
    assert station.feed().entries == 21


def test_p23_a_feed_that_was_always_slow_is_left_in_peace(desk, newspaper: Newspaper):
    """One article a month and 304 for two weeks is what such a feed looks like."""
    site = newspaper.outlet("herald.example")
    items = [item(f"Item {n}", site.url(f"/{n}"), f"g{n}", date=START - (n + 1) * 30 * DAY) for n in range(6)]
    site.add_feed("/rss", rss(*items))
    station = desk(site.feed_url)
    station.go_on(14 * DAY)
    assert len([hit for hit in station.hits() if not hit.header("if-none-match")]) == 1
