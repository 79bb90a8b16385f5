"""robots.txt, rests and cookie files on the way of a page: what the outlet sees, and what becomes of the article."""

import asyncio
import shutil
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio
import sqlalchemy as sa

from aggregator.articles.values import BodySource
from aggregator.clock import ManualClock
from aggregator.pipeline.drain import Drain, Stage
from aggregator.reasons import Reason
from aggregator.service.workers import WorkerPool
from aggregator.store import feeds, migrate
from aggregator.store import robots as store
from aggregator.store.db import Database
from aggregator.store.robots import RobotsRow
from aggregator.store.tables import hosts, outlets, pages, robots
from tests import newsroom
from tests.net.test_proxies import Socks, listening
from tests.newspaper import Behaviour, Newspaper, OutletSite, redirect
from tests.pipeline.desk import START, Desk, declared, shared_workers

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOBODY = Behaviour(body=b"User-agent: *\nDisallow: /\n", content_type="text/plain")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def workers() -> AsyncIterator[WorkerPool]:
    async with shared_workers() as pool:
        yield pool


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def desk(
    newspaper: Newspaper, workers: WorkerPool, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    file = Path(shutil.copy(template, tmp_path / "desk.db"))
    database = Database(f"sqlite:///{file}")
    yield Desk(newspaper, database, workers, ManualClock(START), monkeypatch, {})
    database.close()


@pytest.fixture
def site(newspaper: Newspaper) -> OutletSite:
    herald = newspaper.outlet("herald.example")
    for number in range(3):
        print_one(herald, f"/news/{number}")
    return herald


def print_one(site: OutletSite, path: str) -> None:
    """An article like no other."""
    news = newsroom.Desk(zlib.crc32(f"{site.host}{path}".encode())).article()
    site.add_article(news.title, news.paragraphs, path=path)


def read_whole(desk: Desk) -> list[bool]:
    """Was the page read, or is it the feed's summary?"""
    return [article.body_source is BodySource.PAGE for article in desk.articles()]


def rules(text: str, *headers: tuple[str, str]) -> Behaviour:
    return Behaviour(body=text.encode(), content_type="text/plain", headers=headers)


def pages_asked(desk: Desk, host: str = "") -> list[str]:
    return sorted(hit.path for hit in desk.paper.hits(host) if hit.path.startswith("/news/"))


def reasons(desk: Desk) -> list[Reason | None]:
    return [row.reason for row in desk.entries()]


async def test_a_forbidden_page_is_published_with_its_summary_and_never_asked_for(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", rules("User-agent: aggregator\nDisallow: /news\nDisallow: /rss"), always=True)
    desk.watch(declared(site))
    await desk.once()
    assert pages_asked(desk) == []
    assert reasons(desk) == [Reason.ROBOTS] * 3
    assert "/robots.txt forbids it to aggregator" in desk.entries()[0].detail
    assert [article.headline for article in desk.articles()] == [item.title for item in reversed(site.items)]
    assert all(article.summary for article in desk.articles())
    assert read_whole(desk) == [False] * 3
    assert len(desk.asked("/robots.txt")) == 1
    assert len(desk.asked("/rss")) == 1, "feeds are made for programs"


async def test_some_pages_are_allowed_and_read(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", rules("User-agent: *\nDisallow: /news\nAllow: /news/1"), always=True)
    desk.watch(declared(site))
    await desk.once()
    assert pages_asked(desk) == ["/news/1"]
    assert read_whole(desk) == [False, True, False]


async def test_an_outlet_may_be_read_with_its_own_permission(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", NOBODY, always=True)
    desk.watch(declared(site, robots=False))
    await desk.once()
    assert len(pages_asked(desk)) == 3
    assert desk.asked("/robots.txt") == []


async def test_fifty_waiting_pages_cost_one_request_for_the_rules(desk: Desk, newspaper: Newspaper) -> None:
    sites = [newspaper.outlet(f"{name}.herald.example") for name in ("www", "sport")]
    for number in range(50):
        print_one(sites[0], f"/news/{number}")
    print_one(sites[1], "/news/1")
    for site in sites:
        site.script("/robots.txt", Behaviour(body=b"User-agent: *\nDisallow: /x", delay=0.2), always=True)
    desk.watch(*(declared(site) for site in sites))
    await desk.once()
    assert [len(desk.asked("/robots.txt", site.host)) for site in sites] == [1, 1]
    assert len(pages_asked(desk, "www.herald.example")) == 50


async def test_the_rules_are_kept_over_restarts_for_a_day(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", NOBODY, always=True)
    desk.watch(declared(site))
    for hours, times in ((0, 1), (12, 1), (11.9, 1), (0.2, 2)):
        desk.later(hours=hours)
        print_one(site, f"/news/{hours}")
        await desk.once()
        assert len(desk.asked("/robots.txt")) == times, hours
    assert pages_asked(desk) == []


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ((("Cache-Control", "max-age=1800"),), 30),
        ((("Cache-Control", "max-age=0"),), 5),
        ((("Cache-Control", "max-age=31536000"),), 24 * 60),
        ((("Cache-Control", "no-cache"),), 24 * 60),
    ],
)
async def test_max_age_shortens_the_day(desk: Desk, site: OutletSite, headers, minutes: int) -> None:
    site.script("/robots.txt", rules("User-agent: *\nDisallow: /x", *headers), always=True)
    desk.watch(declared(site))
    await desk.once()
    (row,) = rows(desk)
    assert row.expires_at - row.fetched_at == timedelta(minutes=minutes)


def rows(desk: Desk) -> list[sa.Row]:
    with desk.database.read() as connection:
        return list(connection.execute(sa.select(robots).order_by(robots.c.origin)))


@pytest.mark.parametrize("status", [401, 403, 404, 410, 418])
async def test_a_file_that_is_not_given_forbids_nothing(desk: Desk, site: OutletSite, status: int) -> None:
    site.script("/robots.txt", Behaviour(status=status, body=b"User-agent: *\nDisallow: /"), always=True)
    desk.watch(declared(site))
    await desk.once()
    assert len(pages_asked(desk)) == 3
    assert (rows(desk)[0].status, rows(desk)[0].body) == (status, "")


async def test_server_errors_forbid_for_now_and_the_page_is_read_when_they_are_over(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", Behaviour(status=500, body=b""), Behaviour(status=502, body=b""), rules(""))
    desk.watch(declared(site))
    await desk.once()
    assert pages_asked(desk) == []
    assert reasons(desk) == [Reason.HTTP_5XX] * 3
    assert desk.entries()[0].detail == "robots.txt: status 500"
    assert desk.articles() == []
    desk.later(minutes=1)
    await desk.once()
    assert pages_asked(desk) == []
    assert len(desk.asked("/robots.txt")) == 2
    desk.later(minutes=5)
    await desk.once()
    assert len(pages_asked(desk)) == 3
    assert read_whole(desk) == [True] * 3


async def test_a_file_that_stays_broken_holds_no_article_back(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", Behaviour(status=503, body=b""), always=True)
    desk.watch(declared(site))
    async with desk.open() as doors:
        for minutes in (0, 1, 5, 5):
            desk.later(minutes=minutes)
            await desk.work(doors)
        assert len(desk.articles()) == 3
        assert pages_asked(desk) == []
        site.script("/robots.txt")
        desk.later(minutes=30)
        await desk.work(doors)
    assert len(pages_asked(desk)) == 3
    assert read_whole(desk) == [True] * 3


async def test_after_a_month_of_server_errors_the_file_counts_as_missing(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", Behaviour(status=500, body=b""), always=True)
    desk.watch(declared(site))
    await desk.once()
    desk.later(days=29)
    print_one(site, "/news/still")
    await desk.once()
    assert pages_asked(desk) == []
    desk.later(days=1.1)
    print_one(site, "/news/last")
    await desk.once()
    assert "/news/last" in pages_asked(desk)


async def test_known_rules_hold_on_while_the_file_cannot_be_had(desk: Desk, site: OutletSite) -> None:
    answer = rules("User-agent: *\nDisallow: /news/secret")
    site.script("/robots.txt", answer, Behaviour(status=500, body=b""), Behaviour(raw=b"SSH-2.0\r\n"), answer)
    desk.watch(declared(site))
    await desk.once()
    for turn in range(2):
        desk.later(hours=25)
        print_one(site, f"/news/secret/{turn}")
        print_one(site, f"/news/open/{turn}")
        await desk.once()
        assert f"/news/open/{turn}" in pages_asked(desk)
        assert f"/news/secret/{turn}" not in pages_asked(desk)
    assert len(desk.asked("/robots.txt")) == 3


@pytest.mark.parametrize(("hops", "forbidden"), [(5, True), (6, False)])
async def test_five_redirects_of_the_file_are_followed(desk: Desk, site: OutletSite, hops: int, forbidden: bool) -> None:
    paths = ["/robots.txt", *(f"/r/{number}" for number in range(hops))]
    for here, there in pairwise(paths):
        site.script(here, redirect(there), always=True)
    site.script(paths[-1], NOBODY, always=True)
    desk.watch(declared(site))
    await desk.once()
    assert (pages_asked(desk) == []) is forbidden


async def test_a_redirect_of_the_file_into_a_private_network_is_no_file(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", redirect("http://10.0.0.1/robots"), always=True)
    desk.watch(declared(site))
    await desk.once()
    assert len(pages_asked(desk)) == 3


async def test_a_page_that_forwards_is_judged_by_every_server_on_the_way(
    desk: Desk, newspaper: Newspaper, site: OutletSite
) -> None:
    other = newspaper.outlet("other.example")
    other.script("/robots.txt", rules("User-agent: *\nDisallow: /news/moved"), always=True)
    other.add_page("/news/moved", b"<p>moved</p>")
    site.script("/news/1", redirect(other.url("/news/moved")), always=True)
    desk.watch(declared(site))
    await desk.once()
    assert pages_asked(desk, "other.example") == []
    assert reasons(desk) == [None, Reason.ROBOTS, None]


async def test_our_own_name_is_that_of_the_outlets_user_agent(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", rules("User-agent: presswatch\nDisallow: /news/1\n\nUser-agent: *\nDisallow: /"), always=True)
    desk.watch(declared(site, user_agent="PressWatch/2 (+https://example.org)"))
    await desk.once()
    assert pages_asked(desk) == ["/news/0", "/news/2"]
    assert desk.asked("/robots.txt")[0].header("user-agent") == "PressWatch/2 (+https://example.org)"


async def test_the_rules_come_the_same_way_as_the_pages(desk: Desk, site: OutletSite) -> None:
    """No name is pinned and no network allowed: what arrives came through the outlet's own proxy."""
    desk.fetch = {"resolve": (), "allow_networks": ()}
    site.script("/robots.txt", rules("User-agent: *\nDisallow: /news/1"), always=True)
    socks = Socks(site.port)
    async with listening(socks) as port:
        desk.watch(declared(site, proxy=f"socks5://127.0.0.1:{port}"))
        await desk.once()
    assert len(desk.asked("/robots.txt")) == 1
    assert pages_asked(desk) == ["/news/0", "/news/2"]
    assert set(socks.asked) == {(b"herald.example", site.port)}


async def test_crawl_delay_is_the_gap_of_the_host(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", rules("User-agent: *\nCrawl-delay: 0.3"), always=True)
    desk.watch(declared(site))
    await desk.once()
    starts = [hit.at for hit in desk.paper.hits()]
    assert len(starts) == 5
    # From the first page on: the file itself must have been read before.
    assert all(later - earlier > 0.2 for earlier, later in pairwise(starts[2:]))


async def test_an_outage_of_ours_is_not_kept_as_anybodys_answer(desk: Desk, newspaper: Newspaper) -> None:
    """Feeds were read, then the network is gone: nothing is known of robots.txt, and nothing is held against an outlet."""
    sites = [newspaper.outlet(f"outlet{number}.example") for number in range(4)]
    for site in sites:
        print_one(site, "/news/1")
        site.script("/robots.txt", Behaviour(status=500, body=b""))
    desk.watch(*(declared(site) for site in sites))
    await desk.once()

    class Nowhere:
        async def resolve(self, host: str, port: int) -> tuple[str, ...]:
            return ("127.0.0.77",)

    before = [(row.status, row.fetched_at) for row in rows(desk)]
    desk.later(minutes=1)
    async with desk.open(resolver=Nowhere()) as doors:
        for host in ("a", "b", "c"):
            doors.reach.failed(host, Reason.CONNECT, was_well=True)
        await desk.work(doors)
    assert reasons(desk) == [Reason.OFFLINE] * 4
    assert [row.tries for row in desk.entries()] == [1] * 4
    assert [(row.status, row.fetched_at) for row in rows(desk)] == before
    desk.later(minutes=1)
    await desk.once()
    assert len(pages_asked(desk)) == 4


async def test_a_clock_set_back_makes_no_old_answer_last(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", NOBODY, rules(""))
    ahead = START + timedelta(days=400)
    row = RobotsRow(origin=site.base, status=200, body="User-agent: *\nDisallow: /", fetched_at=ahead, expires_at=ahead)
    await desk.database.run(store.keep, row)
    desk.watch(declared(site))
    await desk.once()
    assert len(desk.asked("/robots.txt")) == 1


async def test_files_that_ran_out_long_ago_are_forgotten(desk: Desk, site: OutletSite) -> None:
    for days in (1, 50):
        row = RobotsRow(
            origin=f"http://{days}", status=200, body="\0é", fetched_at=START, expires_at=START - timedelta(days=days)
        )
        await desk.database.run(store.keep, row)
    assert await desk.database.run(store.forget, before=START - timedelta(days=30)) == 1
    assert [row.body for row in rows(desk)] == [" é"]
    desk.watch(declared(site))
    desk.later(days=100)
    await desk.once()
    assert [row.origin for row in rows(desk)] == [site.base]


def resting(desk: Desk) -> dict[str, timedelta]:
    with desk.database.read() as connection:
        return {row.host_key: row.backoff_until - desk.clock.now() for row in connection.execute(sa.select(hosts))}


@pytest.mark.parametrize(
    ("behaviour", "rest"),
    [
        (Behaviour(status=429, body=b"", headers=(("Retry-After", "7200"),)), timedelta(hours=2)),
        (Behaviour(status=503, body=b"", headers=(("Retry-After", "7200"),)), timedelta(hours=2)),
        (Behaviour(status=429, body=b""), timedelta(hours=1)),
        (Behaviour(status=302, body=b"", headers=(("Location", "/x"), ("Retry-After", "7200"))), timedelta(hours=2)),
        (Behaviour(status=429, body=b"", headers=(("Retry-After", "999999999"),)), timedelta(days=7)),
    ],
    ids=["p24", "p27", "p26", "redirect", "p28"],
)
async def test_p24_p26_p27_p28_a_pages_retry_after_rests_its_host_over_a_restart(
    desk: Desk, site: OutletSite, behaviour: Behaviour, rest: timedelta
) -> None:
    site.script("/news/0", behaviour, always=True)
    desk.watch(declared(site))
    await desk.once()
    assert resting(desk) == {"herald.example": rest}
    before = len(desk.paper.hits())
    for minutes in (1, 5):
        desk.later(minutes=minutes)
        await desk.once()
    assert len(desk.paper.hits()) == before
    desk.later(minutes=10)
    await desk.once()
    assert len(desk.paper.hits()) == before, "the feed waits as well"
    assert len(desk.articles()) == 3, "nobody waits hours for an alert: published with the summary"
    desk.clock.advance(rest)
    site.script("/news/0")
    await desk.once()
    assert len(desk.paper.hits()) > before
    assert read_whole(desk) == [True] * 3


async def test_a_bare_503_of_one_page_rests_nobody(desk: Desk, site: OutletSite) -> None:
    site.script("/news/0", Behaviour(status=503, body=b""), always=True)
    desk.watch(declared(site))
    await desk.once()
    assert resting(desk) == {}
    assert read_whole(desk) == [True, True]


async def test_a_longer_rest_is_not_cut_short(desk: Desk, site: OutletSite) -> None:
    site.script("/robots.txt", Behaviour(status=503, body=b"", headers=(("Retry-After", "7200"),)))
    desk.watch(declared(site))
    await desk.once()
    assert resting(desk) == {"herald.example": timedelta(hours=2)}
    assert pages_asked(desk) == []


async def test_a_subscription_is_read_with_its_cookie_file(
    desk: Desk, newspaper: Newspaper, site: OutletSite, tmp_path: Path
) -> None:
    file = tmp_path / "cookies.txt"
    file.write_text("# Netscape HTTP Cookie File\n.herald.example\tTRUE\t/news\tFALSE\t0\tsession\ts3cret\n")
    other = newspaper.outlet("other.example")
    print_one(other, "/news/9")
    other.script("/news/9", Behaviour(headers=(("Set-Cookie", "id=1; Path=/"),)))
    desk.watch(declared(site, cookies_file=str(file)), declared(other))
    await desk.once()
    sent = {(hit.host, hit.path): hit.header("cookie") for hit in newspaper.hits()}
    assert {key: value for key, value in sent.items() if value} == {
        ("herald.example", f"/news/{number}"): "session=s3cret" for number in range(3)
    }
    with desk.database.read() as connection:
        kept = [row.headers for row in connection.execute(sa.select(pages))]
    assert kept
    assert "set-cookie" not in {name for headers in kept for name, _ in headers}


async def test_a_cookie_file_that_is_none_is_told_and_the_others_go_on(
    desk: Desk, newspaper: Newspaper, site: OutletSite, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = newspaper.outlet("other.example")
    print_one(other, "/news/9")
    file = tmp_path / "cookies.txt"
    file.write_text('[{"name": "session", "value": "s3cret"}]')
    desk.watch(declared(site, cookies_file=str(file)), declared(other))
    await desk.once()
    with desk.database.read() as connection:
        herald, fine = feeds.list_feeds(connection)
    assert (herald.reason, fine.reason, reasons(desk)) == (Reason.COOKIES, None, [None])
    assert str(file) in herald.detail
    assert pages_asked(desk) == ["/news/9"]
    assert "s3cret" not in herald.detail + caplog.text


async def test_a_cookie_file_that_breaks_between_feed_and_page_is_told_at_the_pages(
    desk: Desk, site: OutletSite, tmp_path: Path
) -> None:
    file = tmp_path / "cookies.txt"
    desk.watch(declared(site))
    async with desk.open() as doors:
        await Drain(doors, stages=frozenset({Stage.POLL})).until_idle(asyncio.Event())
    with desk.database.write() as connection:
        connection.execute(sa.update(outlets).values(cookies_file=str(file)))
    await desk.once()
    assert reasons(desk) == [Reason.COOKIES] * 3
    assert str(file) in desk.entries()[0].detail
