"""What an outlet can do to us by malice or by a broken publishing system, and what a user would call wrong afterwards.

Floods of alerts, double articles, lost articles, outlets that are hammered: none of it may be had by printing an odd feed.
"""

import socket
import time
from collections import Counter
from datetime import timedelta

import pytest

from tests.conformance.conftest import START
from tests.conformance.documents import atom, entry, item, json_feed, numbered, rss
from tests.conformance.station import ALL, gaps
from tests.newspaper import Behaviour, redirect
from tests.program import outlet_toml, topic_toml

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BRIDGES = topic_toml("Bridges", "bridge")
EVERY_10_MIN = '[poll]\nmin_interval = "10m"\nmax_interval = "10m"\n'
TEXT = "The bridge over the river was opened by the mayor, who spoke at length of its cost."


def watching(desk, mailbox, *urls: str, first_poll: str = "alert", **more):
    return desk(*urls, topics=BRIDGES, mailbox=mailbox, stages=ALL, first_poll=first_poll, **more)


def pages(site, numbers) -> None:
    """Real pages behind `numbered` entries, each with words of its own."""
    for n in numbers:
        words = "".join(f"<p>{TEXT} It is number {n}, and paragraph {k} of {n} says so again and again.</p>" for k in range(6))
        site.add_page(f"/story/{n}", f"<html><body><article><h1>Bridge {n}</h1>{words}</article></body></html>".encode())


def reads(station, prefix: str = "/story/") -> Counter[str]:
    """How often each page was asked for."""
    return Counter(hit.path for hit in station.paper.log if hit.path.startswith(prefix))


# -- the wire


@pytest.mark.parametrize(
    "answer",
    [
        Behaviour(raw=b"HTTP/1.1 102 Processing\r\n\r\n" * 40_000, drip=(270, 0.01)),
        Behaviour(raw=b"HTTP/1.1 100 Continue\r\n\r\n" * 400_000),
        Behaviour(raw=b"HTTP/1.1 200 OK\r\n" + b"X-Filler: of no use\r\n" * 400_000),
        Behaviour(raw=b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 20_000_000),
        Behaviour(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n<\r\n" * 400_000, drip=(600, 0.01)),
        Behaviour(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 20_000_000),
        Behaviour(raw=b"\x00" * 5_000_000),
        Behaviour(raw=b"220 mail.example ESMTP\r\n" * 100),
        Behaviour(status=301, headers=(("Location", "/" + "x" * 60_000),), body=b""),
        Behaviour(status=301, headers=(("Location", "http://\x80\xff:99999999/"),), body=b""),
    ],
    ids=["1xx drip", "1xx flood", "headers", "long header", "chunks", "chunk ext", "zeros", "mail", "long place", "bad place"],
)
def test_an_answer_that_never_comes_to_its_point_ends_in_time_and_is_a_failure(desk, site, newspaper, answer):
    site.script("/rss", answer, always=True)
    other = newspaper.outlet("other.example")
    other.add_article("Other", ["Text."])
    station = desk(site.feed_url, other.feed_url, settings='[limits]\nfeed_deadline = "1s"\n')
    started = time.monotonic()
    station.work()
    assert time.monotonic() - started < 5
    assert station.feed("1").failures == 1
    assert station.feed("2").entries == 1


def test_an_etag_made_to_burden_our_next_request_is_not_sent_back(desk, site):
    site.script("/rss", Behaviour(headers=(("ETag", '"' + "e" * 60_000 + '"'), ("Last-Modified", "l" * 60_000))), always=True)
    station = desk(site.feed_url)
    station.poll(2)
    assert sum(len(name) + len(value) for name, value in station.hits()[-1].headers) < 4_000
    assert station.feed().failures == 0


def test_a_429_behind_a_redirect_rests_the_host_that_said_it(desk, site, newspaper):
    """Herald leads to Other, which wants rest: Other gets it, after a restart too, and Herald's other feed is read on."""
    other = newspaper.outlet("other.example")
    other.add_article("Other", ["Text."])
    other.script("/busy", Behaviour(status=429, headers=(("Retry-After", "7200"),), body=b""), always=True)
    site.script("/rss", redirect(other.url("/busy"), 302), always=True)
    station = desk(site.feed_url)
    station.work()
    station.program.config.joinpath("outlets.toml").write_text(
        outlet_toml("Herald", site.feed_url, site.atom_url) + outlet_toml("Other", other.feed_url)
    )
    station.restart()
    station.go_on(HOUR)
    assert station.hits("/rss", "other.example") == []
    assert len(station.hits("/busy")) == 1
    assert len(station.hits("/atom")) >= 3


def test_a_retry_after_on_a_redirect_is_a_floor(desk, site, newspaper):
    other = newspaper.outlet("other.example")
    other.add_feed("/feed", rss(*numbered(site.base, [1])))
    headers = (("Location", other.url("/feed")), ("Retry-After", "7200"))
    site.script("/rss", Behaviour(status=302, headers=headers, body=b""), always=True)
    station = desk(site.feed_url)
    station.poll(2)
    assert gaps(station.times())[0] >= 2 * HOUR - timedelta(seconds=2)


def test_links_of_entries_into_the_machine_are_never_followed(desk, site):
    with socket.socket() as inside:
        inside.bind(("127.0.0.2", 0))
        inside.listen()
        inside.settimeout(0)
        port = inside.getsockname()[1]
        rows = [
            item("One", f"http://127.0.0.2:{port}/1", "1", text="x"),
            item("Two", f"http://[::ffff:7f00:2]:{port}/2", "2", text="x"),
            item("Three", "file:///etc/passwd", "3", text="x"),
            item(
                "Four", "", "4", text="x", more=f"<enclosure url='http://127.0.0.2:{port}/4.mp3' type='audio/mpeg' length='1'/>"
            ),
        ]
        site.add_feed("/rss", rss(*rows))
        station = desk(site.feed_url, stages=ALL, allow="127.0.0.1/32")
        station.go_on(HOUR)
        with pytest.raises(BlockingIOError):
            inside.accept()
    assert sorted(station.headlines()) == ["Four", "One", "Three", "Two"]


# -- what is printed anew with every poll


def volatile(site, n: int, edition: int) -> dict[str, bytes]:
    """One edition of entries that say the same: something in them is of this moment."""
    link, now = site.url(f"/story/{n}"), START + edition * 10 * MINUTE
    return {
        "comments": item(f"Bridge {n}", link, f"g{n}", text=f"{TEXT} ({edition} comments)"),
        "views in the title": item(f"Bridge {n} [{edition * 17} views]", link, f"g{n}", text=TEXT),
        "pubDate is now": item(f"Bridge {n}", link, f"g{n}", date=now, text=TEXT),
        "updated is now": item(f"Bridge {n}", link, f"g{n}", text=TEXT, more=f"<atom:updated>{now.isoformat()}</atom:updated>"),
        "link counts": item(f"Bridge {n}", f"{link}?r={edition}", f"g{n}", permalink=False, text=TEXT),
    }


VOLATILE = ("comments", "views in the title", "pubDate is now", "updated is now", "link counts")


@pytest.mark.parametrize("kind", VOLATILE)
def test_entries_with_something_of_the_moment_in_them_cost_no_read_with_every_poll(desk, site, mailbox, kind):
    """15 polls within three hours: three articles, three mails, and the outlet's pages are not read fifteen times."""
    numbers = range(3)
    pages(site, numbers)
    station = watching(desk, mailbox, site.feed_url, settings=EVERY_10_MIN)
    for edition in range(15):
        site.add_feed("/rss", rss(*(volatile(site, n, edition)[kind] for n in numbers)))
        if kind == "link counts":
            for n in numbers:
                site.add_page(f"/story/{n}?r={edition}", site.page(f"/story/{n}").body)
        station.poll()
    station.work()
    assert len(station.articles()) == 3
    first = [mail for mail in mailbox.messages if mail.subject.startswith("[Bridges] Bridge")]
    assert len(first) == 3
    per_page = Counter(path.partition("?")[0] for path in reads(station).elements())
    # At once, and after a quarter of an hour, one and six hours: nobody edits more often.
    assert max(per_page.values()) <= 5


def test_a_changing_link_under_one_guid_is_one_entry_also_where_the_page_cannot_be_read(desk, site, mailbox):
    """A cache buster in the links, and pages that fail: nothing but the guid says that these are five old entries."""
    station = watching(desk, mailbox, site.feed_url)
    for edition in range(6):
        rows = (item(f"Bridge {n}", site.url(f"/gone?id={n}&t={edition}"), f"g{n}", permalink=False, text=TEXT) for n in range(5))
        site.add_feed("/rss", rss(*rows))
        station.poll()
    station.work()
    assert station.feed().entries == 5
    assert len(mailbox.messages) == 5


def test_the_same_articles_in_another_format_with_every_poll_are_the_same(desk, site, mailbox):
    pages(site, range(4))
    links = [site.url(f"/story/{n}") for n in range(4)]
    editions = (
        rss(*(item(f"Bridge {n}", links[n], links[n], date=START, text=TEXT) for n in range(4))),
        atom(*(entry(f"Bridge {n}", f"<link href='{links[n]}'/>", links[n], date=START, text=TEXT) for n in range(4))),
        json_feed(
            {"id": link, "url": link, "title": f"Bridge {n}", "summary": TEXT, "date_published": START.isoformat()}
            for n, link in enumerate(links)
        ),
    )
    station = watching(desk, mailbox, site.feed_url)
    for number in range(12):
        site.add_feed("/rss", editions[number % 3])
        station.poll()
    station.work()
    assert station.feed().entries == len(station.articles()) == len(mailbox.messages) == 4
    assert max(reads(station).values()) <= 4


def test_the_same_articles_in_another_encoding_with_every_poll_are_unchanged(desk, site):
    rows = [item(f"Мост {n}", site.url(f"/story/{n}"), f"g{n}", date=START, text="Мэр открыл мост.") for n in range(4)]
    station = desk(site.feed_url)
    for encoding in ("utf-8", "windows-1251", "koi8-r", "utf-16", "iso-8859-5", "utf-8"):
        site.add_feed("/rss", rss(*rows, encoding=encoding), f"application/xml; charset={encoding}")
        station.poll()
    assert [poll.count for poll in station.polls] == [4, 0, 0, 0, 0, 0]


def test_two_servers_with_different_documents_are_no_gap_and_no_news(desk, site, mailbox):
    """A load balancer in front of two caches: every poll shows the other half, all of it known."""
    archive = f"<atom:link rel='prev-archive' href='{site.url('/archive')}'/>"
    site.add_feed("/archive", rss(*numbered(site.base, range(100, 110), date=START - DAY)))
    station = watching(desk, mailbox, site.feed_url, first_poll="silent")
    sets = [numbered(site.base, range(start, start + 10), date=START, title="Bridge") for start in (0, 10)]
    for number in range(12):
        site.add_feed("/rss", rss(*sets[number % 2], head=archive))
        station.poll()
    station.work()
    assert len(station.hits("/archive")) <= 1
    assert station.says("status").count("may be missing") <= 1
    assert gaps(station.times())[-1] > 15 * MINUTE
    new = [poll.count for poll in station.polls]
    assert sum(new[2:]) == 0


def test_a_document_that_is_empty_for_an_hour_makes_nothing_new(desk, site, mailbox):
    known = numbered(site.base, range(10), date=START, title="Bridge")
    site.add_feed("/rss", rss(*known))
    station = watching(desk, mailbox, site.feed_url, first_poll="silent")
    station.poll()
    site.add_feed("/rss", rss())
    station.go_on(HOUR)
    site.add_feed("/rss", rss(*numbered(site.base, [10], date=station.now, title="Bridge"), *known))
    station.go_on(2 * HOUR)
    assert [mail.subject for mail in mailbox.messages] == ["[Bridges] Bridge 10"]
    assert "may be missing" not in station.says("status")


# -- what is lost


@pytest.mark.parametrize("form", ["rss", "json"])
def test_of_a_document_beyond_the_limit_the_newest_are_kept(desk, site, form):
    """A feed that is printed oldest first and grows: the new entries stand at its end."""

    def prints(count: int) -> None:
        dates = [START - 30 * DAY + n * HOUR for n in range(count)]
        if form == "rss":
            rows = [item(f"Item {n}", site.url(f"/{n}"), f"g{n}", date=date, text="x") for n, date in enumerate(dates)]
            site.add_feed("/rss", rss(*rows))
        else:
            site.add_feed(
                "/rss",
                json_feed(
                    {"id": f"g{n}", "url": site.url(f"/{n}"), "title": f"Item {n}", "date_published": date.isoformat()}
                    for n, date in enumerate(dates)
                ),
            )

    prints(60)
    station = desk(site.feed_url, settings="[limits]\nfeed_entries = 50\n")
    station.poll()
    prints(63)
    station.poll()
    assert [poll.count for poll in station.polls] == [50, 3]


def test_a_feed_that_grows_without_end_costs_the_same(desk, site):
    site.add_feed("/rss", rss(*numbered(site.base, range(900), date=START)))
    station = desk(site.feed_url, settings="[limits]\nfeed_entries = 500\n")
    started = time.monotonic()
    station.poll()
    assert station.feed().entries == 500
    first, started = time.monotonic() - started, time.monotonic()
    site.add_feed("/rss", rss(*numbered(site.base, [9999], date=START), *numbered(site.base, range(900), date=START)))
    station.poll()
    assert station.polls[-1].count == 1
    assert time.monotonic() - started < max(2 * first, 3)


def test_many_guids_on_one_link_stay_one_entry_and_one_article(desk, site, mailbox):
    """A thousand guids over ten polls: not a thousand mails, and not a poll that takes longer each time."""
    pages(site, [1])
    station = watching(desk, mailbox, site.feed_url)
    for edition in range(10):
        rows = (item("Bridge 1", site.url("/story/1"), f"{edition}-{n}", permalink=False, text=TEXT) for n in range(100))
        site.add_feed("/rss", rss(*rows))
        station.poll()
    station.work()
    assert len(station.articles()) == len(mailbox.messages) == 1
    assert max(reads(station).values()) <= 3


def test_a_move_that_was_a_mistake_is_taken_back(desk, site, newspaper):
    """For an hour the outlet led to its staging machine, which then vanished: the address of before works again."""
    staging = newspaper.outlet("staging.example")
    staging.add_feed("/feed", rss(*numbered(site.base, [1, 2], date=START)))
    station = desk(site.feed_url)
    station.poll()
    site.script("/rss", redirect(staging.url("/feed"), 301), always=True)
    station.poll(4)
    staging.script("/feed", Behaviour(status=404), always=True)
    site.script("/rss")
    site.add_article("After the mistake", ["Text."], published=station.now)
    before = station.feed().entries
    station.go_on(4 * DAY)
    assert station.feed().entries > before
    assert station.feed().state == "ok"


def test_two_addresses_that_lead_to_each_other_are_an_error_and_both_go_on(desk, site):
    station = desk(site.feed_url, site.atom_url)
    station.poll()
    site.script("/rss", redirect(site.atom_url, 301), always=True)
    site.script("/atom", redirect(site.feed_url, 301), always=True)
    station.go_on(DAY)
    site.script("/rss")
    site.script("/atom")
    site.add_article("After the loop", ["Text."], published=station.now)
    entries = sum(feed.entries for feed in station.feeds())
    station.go_on(DAY)
    assert sum(feed.entries for feed in station.feeds()) > entries
    assert [feed.state for feed in station.feeds()] == ["ok", "ok"]


def test_two_feeds_that_exchange_their_addresses_by_and_by_are_both_read(desk, site):
    """First one leads to the other, and when that was believed, the other leads back."""
    station = desk(site.feed_url, site.atom_url)
    station.poll()
    site.script("/rss", redirect(site.atom_url, 301), always=True)
    station.go_on(8 * HOUR)
    site.script("/rss")
    site.script("/atom", redirect(site.feed_url, 301), always=True)
    station.go_on(8 * HOUR)
    site.add_article("After all that", ["Text."], published=station.now)
    before = sum(feed.entries for feed in station.feeds())
    station.go_on(8 * HOUR)
    assert sum(feed.entries for feed in station.feeds()) > before
    assert min(gaps(sorted(station.times("/rss")[-5:]))) >= 10 * MINUTE


def test_a_feed_that_was_merged_into_one_that_is_watched_no_longer_is_read_on(desk, site, newspaper):
    other = newspaper.outlet("other.example")
    other.add_feed("/feed", rss(*numbered(site.base, [1, 2], date=START)))
    site.script("/rss", redirect(other.url("/feed"), 301), always=True)
    herald, second = outlet_toml("Herald", site.feed_url), outlet_toml("Other", other.url("/feed"))
    third = outlet_toml("Third", site.atom_url) + outlet_toml("Fourth", site.url("/third"))
    site.add_feed("/third", rss(*numbered(site.base, [7])))
    station = desk(outlets=herald + second + third)
    station.go_on(6 * HOUR)
    station.program.config.joinpath("outlets.toml").write_text(herald + third)
    station.restart()
    before = len(station.hits("/feed"))
    station.go_on(8 * HOUR)
    assert len(station.hits("/feed")) > before


def test_one_page_in_two_feeds_of_an_outlet_is_read_once(desk, site):
    """Also when both feeds print it within the time that the page takes."""
    for number in (1, 2):
        site.script(f"/news/{number}", Behaviour(delay=0.2), always=True)
    station = desk(site.feed_url, site.atom_url, stages=ALL)
    station.work()
    assert set(reads(station, "/news/").values()) == {1}
