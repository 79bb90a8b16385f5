"""Discovery against a real newspaper: what is found, in which order, what is asked of the site, and what is said when there is nothing."""

import asyncio
import gzip
from collections import Counter
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from aggregator.clock import ManualClock
from aggregator.errors import AggregatorError, UsageError
from aggregator.feeds.discover import Source
from aggregator.feeds.telling import Told
from aggregator.feeds.values import FeedKind
from aggregator.reasons import Reason
from aggregator.service.discovery import MOST_REQUESTS, Discovered, discover, spellings
from aggregator.service.reading import reading
from aggregator.settings import Settings
from tests.feeds.documents import NOW
from tests.newspaper import Behaviour, Newspaper, OutletSite, redirect

RSS = "application/rss+xml"


async def found_at(paper: Newspaper, url: str, *, everything: bool = False, delay: float = 0.0) -> Discovered:
    fetch = paper.fetch_settings(per_host_delay=timedelta(seconds=delay))
    settings = Settings(config_dir=Path(), data_dir=Path(), database_url="sqlite://", fetch=fetch)
    async with reading(settings, clock=ManualClock(NOW)) as reader:
        return await discover(reader, url, everything=everything)


async def nothing_at(paper: Newspaper, url: str) -> AggregatorError:
    with pytest.raises(AggregatorError) as caught:
        await found_at(paper, url)
    return caught.value


def rss(site: OutletSite, title: str, numbers: range | tuple[int, ...] = (1, 2), *, days: int = 0, more: str = "") -> bytes:
    when = format_datetime(NOW - timedelta(days=days, hours=1))
    items = "".join(
        f"<item><title>{title} {n}</title><link>{site.url(f'/{title}/{n}')}</link><pubDate>{when}</pubDate>{more}</item>"
        for n in numbers
    )
    return f"<rss version='2.0'><channel><title>{title}</title><link>{site.base}/</link>{items}</channel></rss>".encode()


def page(*links: tuple[str, str], body: str = "", head: str = "") -> bytes:
    tags = "".join(f"<link rel='alternate' type='{RSS}' title='{title}' href='{href}'>" for title, href in links)
    return f"<!doctype html><html lang='en'><head><title>The Herald</title>{head}{tags}</head><body>{body}</body></html>".encode()


def addresses(found: Discovered) -> list[str]:
    return [one.url.split("/", 3)[3] for one in found.candidates]


@pytest.fixture
def herald(newspaper: Newspaper) -> OutletSite:
    """A site with a home page that says nothing."""
    site = newspaper.outlet("herald.example")
    site.validators = False
    for path in ("/rss", "/atom"):
        site.script(path, Behaviour(status=404), always=True)
    site.add_page("/", page())
    return site


async def test_a_feed_itself_is_taken_as_it_was_written(newspaper, herald):
    url = herald.add_feed("/news.xml", rss(herald, "News", more="<description>Short.</description>"))
    found = await found_at(newspaper, url)
    (one,) = found.candidates
    assert (one.url, one.source, one.kind, one.title, one.entries, one.text) == (
        url,
        Source.ITSELF,
        FeedKind.FEED,
        "News",
        2,
        Told.SUMMARY,
    )
    assert one.newest_at == NOW - timedelta(hours=1)
    assert found.requests == 1


async def test_a_home_page_gives_its_main_feed_first_then_sections_and_never_comments(newspaper, herald):
    herald.add_page("/", page(("Comments on The Herald", "/comments/feed/"), ("Sport", "/sport/rss.xml"), ("All", "/rss.xml")))
    for name, path in (("All", "/rss.xml"), ("Sport", "/sport/rss.xml"), ("Words", "/comments/feed/")):
        herald.add_feed(path, rss(herald, name))
    found = await found_at(newspaper, herald.base)
    assert addresses(found) == ["rss.xml", "sport/rss.xml"]
    assert (found.language, {one.source for one in found.candidates}) == ("en", {Source.ANNOUNCED})
    assert newspaper.hits(path="/comments/feed/") == []


async def test_the_same_feed_in_two_forms_is_offered_once(newspaper, herald):
    herald.add_page("/", page(("RSS", "/a.xml"), ("Other", "/b.xml"), ("Moved", "/c")))
    herald.add_feed("/a.xml", rss(herald, "News"))
    herald.add_feed("/b.xml", rss(herald, "News", more="<author>x</author>"))
    herald.script("/c", redirect("/a.xml", 301), always=True)
    assert addresses(await found_at(newspaper, herald.base)) == ["a.xml"]


async def test_feeds_that_are_empty_or_asleep_come_last(newspaper, herald):
    herald.add_page("/", page(("Empty", "/a.xml"), ("Old", "/b.xml"), ("New", "/c.xml")))
    herald.add_feed("/a.xml", rss(herald, "Empty", ()))
    herald.add_feed("/b.xml", rss(herald, "Old", days=400))
    herald.add_feed("/c.xml", rss(herald, "New"))
    assert addresses(await found_at(newspaper, herald.base)) == ["c.xml", "b.xml", "a.xml"]


async def test_a_permanent_redirect_is_remembered_and_a_temporary_one_is_not(newspaper, herald):
    herald.add_page("/", page(("A", "/a"), ("B", "/b")))
    herald.script("/a", redirect("/a.xml", 301), always=True)
    herald.script("/b", redirect("/b.xml", 302), always=True)
    herald.add_feed("/a.xml", rss(herald, "A"))
    herald.add_feed("/b.xml", rss(herald, "B"))
    assert addresses(await found_at(newspaper, herald.base)) == ["a.xml", "b"]


async def test_behind_a_page_of_consent_elsewhere_the_outlet_itself_is_asked(newspaper, herald):
    consent = newspaper.outlet("consent.elsewhere.example")
    consent.add_page("/ask", page(body="May we?"))
    herald.script("/", redirect(consent.url("/ask")), always=True)
    herald.add_feed("/feed/", rss(herald, "All"))
    found = await found_at(newspaper, herald.base)
    assert [one.url for one in found.candidates] == [herald.url("/feed/")]


async def test_a_link_header_announces_a_feed(newspaper, herald):
    herald.add_page("/", page(), headers=(("Link", f'</all.xml>; rel=alternate; type="{RSS}"'),))
    herald.add_feed("/all.xml", rss(herald, "All"))
    assert [one.source for one in (await found_at(newspaper, herald.base)).candidates] == [Source.HEADER]


async def test_a_page_of_feeds_is_followed_one_level(newspaper, herald):
    herald.add_page("/", page(body="<a href='/feeds'>RSS</a>"))
    herald.add_page("/feeds", page(body="<a href='/w.rss'>World</a><a href='/s.rss'>Sport</a><a href='/feeds/more'>more RSS</a>"))
    herald.add_page("/feeds/more", page(body="<a href='/x.rss'>X</a>"))
    for path in ("/w.rss", "/s.rss", "/x.rss"):
        herald.add_feed(path, rss(herald, path[1]))
    found = await found_at(newspaper, herald.base)
    assert addresses(found) == ["w.rss", "s.rss"]
    assert newspaper.hits(path="/x.rss") == []


async def test_wordpress_is_asked_for_its_feed(newspaper, herald):
    herald.add_page("/", page(head="<meta name='generator' content='WordPress 6.5'>"))
    herald.add_feed("/feed/", rss(herald, "Blog"))
    (one,) = (await found_at(newspaper, herald.base)).candidates
    assert one.source is Source.KNOWN_SITE


async def test_guesses_stop_at_two_hits_and_ask_nothing_twice(newspaper, herald):
    herald.add_feed("/rss.xml", rss(herald, "A"))
    herald.add_feed("/atom.xml", rss(herald, "B"))
    herald.add_feed("/index.xml", rss(herald, "C"))
    found = await found_at(newspaper, herald.base)
    assert addresses(found) == ["rss.xml", "atom.xml"]
    assert {one.source for one in found.candidates} == {Source.GUESSED}
    assert max(newspaper.counts().values()) == 1
    assert newspaper.hits(path="/index.xml") == []


async def test_a_site_with_nothing_costs_few_requests_each_once_and_says_what_was_tried(newspaper, herald):
    error = await nothing_at(newspaper, herald.base)
    assert "no feed, no news sitemap and no list of articles was found" in error.message
    assert "--force" in error.hint
    hits = [hit.path for hit in newspaper.hits("herald.example")]
    assert max(Counter(hits).values()) == 1
    assert len([path for path in hits if path not in ("/", "/robots.txt") and "sitemap" not in path]) <= 12
    assert len(hits) <= 20


async def test_a_soft_404_for_every_address_is_no_feed(newspaper, herald):
    """A site that answers everything with its home page."""
    home = page(body="<p>Welcome</p>")
    for path in ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/robots.txt", "/sitemap.xml", "/sitemap_news.xml"):
        herald.script(path, Behaviour(body=home, content_type="text/html"), always=True)
    assert "no feed" in (await nothing_at(newspaper, herald.base)).message


async def test_the_gap_of_the_host_is_kept(newspaper, herald):
    herald.add_page("/", page(*((f"S{n}", f"/{n}.xml") for n in range(4))))
    for number in range(4):
        herald.add_feed(f"/{number}.xml", rss(herald, f"S{number}"))
    await found_at(newspaper, herald.base, delay=0.2)
    times = [hit.at for hit in newspaper.hits("herald.example")]
    assert len(times) == 5
    # A busy machine may note one request late and the next one in time.
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(times))
    assert times[-1] - times[0] >= 4 * 0.2 - 0.1


async def test_a_few_feeds_are_looked_at_and_with_all_many(newspaper, herald):
    herald.add_page("/", page(*((f"S{n}", f"/s{n}.xml") for n in range(30))))
    for number in range(30):
        herald.add_feed(f"/s{number}.xml", rss(herald, f"S{number}"))
    found = await found_at(newspaper, herald.base)
    assert (len(found.candidates), len(found.more)) == (10, 20)
    found = await found_at(newspaper, herald.base, everything=True)
    assert (len(found.candidates), len(found.more)) == (30, 0)
    assert len(newspaper.hits()) <= 2 * MOST_REQUESTS


async def test_a_refused_home_page_does_not_hide_the_feeds(newspaper, herald):
    herald.script("/", Behaviour(status=403), always=True)
    herald.add_feed("/feed/", rss(herald, "A"))
    found = await found_at(newspaper, herald.base)
    assert addresses(found) == ["feed/"]
    assert (found.tried[0].source, found.tried[0].reason) == (Source.ITSELF, Reason.HTTP_403)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (Behaviour(status=500), "its server has a fault"),
        (Behaviour(status=429), "less often"),
        (Behaviour(raw=b"nonsense\r\n\r\n"), "not proper HTTP"),
        (Behaviour(cut_after=3, body=b"<html></html>"), "broke off"),
    ],
)
async def test_an_address_that_cannot_be_fetched_says_why_and_is_not_insisted_on(newspaper, herald, behaviour, said):
    herald.script("/", behaviour, always=True)
    error = await nothing_at(newspaper, herald.base)
    assert said in error.message
    assert "--force" in error.hint
    assert len(newspaper.hits("herald.example")) == 1


async def test_a_site_without_a_scheme_is_asked_over_https_then_http(newspaper):
    """A server that knows no TLS: it hangs up at the first spelling and answers the second."""
    firsts = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        firsts.append(await reader.read(1))
        if firsts[-1] == b"G":
            await reader.readuntil(b"\r\n\r\n")
            body = b"<rss version='2.0'><channel><title>All</title></channel></rss>"
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    found = await found_at(newspaper, f"127.0.0.1:{port}")
    server.close()
    assert found.candidates[0].url == f"http://127.0.0.1:{port}"
    assert firsts == [b"\x16", b"G"]


async def test_pages_and_feeds_that_would_do_harm_are_stepped_over(newspaper, herald):
    herald.add_page(
        "/", page(("Bomb", "/bomb.xml"), ("Private", "http://10.0.0.1/rss"), ("Circle", "/circle"), ("All", "/z.xml"))
    )
    bomb = b"<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><rss><channel><title>&b;</title></channel></rss>"
    herald.add_feed("/bomb.xml", bomb)
    herald.script("/circle", redirect("/circle"), always=True)
    herald.add_feed("/z.xml", rss(herald, "All"))
    found = await found_at(newspaper, herald.base)
    assert addresses(found) == ["z.xml"]
    assert {tried.reason for tried in found.tried[1:]} == {Reason.HOSTILE, Reason.BLOCKED_ADDRESS, Reason.TOO_MANY_REDIRECTS}


# --- news sitemaps and pages of links ---

NEWS = "xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"


def sitemap(site: OutletSite, *, news: bool = True, count: int = 3) -> bytes:
    when = (NOW - timedelta(hours=2)).isoformat()
    told = f"<news:news><news:title>Ferry %d runs again</news:title><news:publication_date>{when}</news:publication_date></news:news>"
    rows = "".join(f"<url><loc>{site.url(f'/news/ferry-{n}')}</loc>{told % n if news else ''}</url>" for n in range(count))
    return f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' {NEWS if news else ''}>{rows}</urlset>".encode()


def index(site: OutletSite, *paths: str) -> bytes:
    rows = "".join(f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in paths)
    return (
        f"<?xml version='1.0'?><sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</sitemapindex>".encode()
    )


async def test_an_outlet_without_a_feed_has_its_news_sitemap_from_robots_txt(newspaper, herald):
    herald.add_page(
        "/robots.txt", f"Sitemap: {herald.url('/all.xml')}\nSitemap: {herald.url('/maps/news.xml')}\n".encode(), "text/plain"
    )
    herald.add_page("/all.xml", sitemap(herald, news=False), "text/xml")
    herald.add_page("/maps/news.xml", sitemap(herald), "text/xml")
    (one,) = (await found_at(newspaper, herald.base)).candidates
    assert (one.url, one.kind, one.source, one.entries) == (herald.url("/maps/news.xml"), FeedKind.SITEMAP, Source.SITEMAP, 3)


async def test_an_index_of_sitemaps_leads_to_its_news(newspaper, herald):
    herald.add_page("/sitemap.xml", index(herald, "/pages.xml", "/news.xml.gz"), "text/xml")
    herald.add_page("/pages.xml", sitemap(herald, news=False), "text/xml")
    herald.add_page("/news.xml.gz", gzip.compress(sitemap(herald)), "application/gzip")
    (one,) = (await found_at(newspaper, herald.base)).candidates
    assert (one.url, one.kind) == (herald.url("/news.xml.gz"), FeedKind.SITEMAP)


async def test_a_sitemap_of_the_whole_site_is_no_news(newspaper, herald):
    herald.add_page("/sitemap.xml", sitemap(herald, news=False), "text/xml")
    error = await nothing_at(newspaper, herald.base)
    assert "no news sitemap" in error.message


async def test_without_feed_and_sitemap_the_page_itself_is_watched(newspaper, herald):
    articles = "".join(
        f"<h2><a href='/2026/03/02/the-ferry-runs-again-{n}'>The ferry to the island runs again, part {n}</a></h2>"
        for n in range(8)
    )
    herald.add_page("/", page(body=f"<main>{articles}</main>"))
    (one,) = (await found_at(newspaper, herald.base)).candidates
    assert (one.kind, one.source, one.entries) == (FeedKind.LISTING, Source.LISTING, 8)
    assert one.url == f"{herald.base}/"


# --- addresses ---


@pytest.mark.parametrize(
    ("asked", "spelled"),
    [
        ("themoscowtimes.com", ("https://themoscowtimes.com", "http://themoscowtimes.com", "https://www.themoscowtimes.com")),
        ("www.herald.example/sport", ("https://www.herald.example/sport", "http://www.herald.example/sport")),
        ("//www.herald.example", ("https://www.herald.example", "http://www.herald.example")),
        ("HTTP://herald.example", ("http://herald.example",)),
        ("feed://herald.example/rss", ("http://herald.example/rss",)),
        ("127.0.0.1:8000/rss", ("https://127.0.0.1:8000/rss", "http://127.0.0.1:8000/rss")),
    ],
)
def test_an_address_is_taken_as_people_write_it(asked, spelled):
    assert spellings(asked) == spelled


@pytest.mark.parametrize(
    "asked", ["", "herald", "not an address", "ftp://a.example/x", "file:///etc/passwd", "https://u:p@a.example/", "http://"]
)
def test_what_is_no_address_is_refused_with_an_example(asked):
    with pytest.raises(UsageError) as caught:
        spellings(asked)
    assert "www.example.org" in caught.value.hint


async def test_no_answer_of_a_site_is_larger_than_its_limit(newspaper, herald):
    herald.add_page("/", page(("Endless", "/endless"), ("All", "/all.xml")))
    herald.script("/endless", Behaviour(body=b"<rss>" * 50_000, endless=True), always=True)
    herald.add_feed("/all.xml", rss(herald, "All"))
    found = await found_at(newspaper, herald.base)
    assert addresses(found) == ["all.xml"]
    assert Reason.TOO_LARGE in {tried.reason for tried in found.tried}


async def test_a_telegram_channel_is_told_to_have_none(newspaper):
    site = newspaper.outlet("t.me")
    site.script("/rss", Behaviour(status=404), always=True)
    site.add_page("/s/herald", page())
    assert "Telegram channels have no feed" in (await nothing_at(newspaper, site.url("/s/herald"))).message
