"""Points 66 to 82: what is one entry and what is another, who is told of it, and what it says."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from aggregator.store.tables import entries
from tests.conformance.conftest import START
from tests.conformance.documents import atom, entry, item, numbered, rss
from tests.conformance.station import ALL, gaps
from tests.newspaper import Behaviour, OutletSite, redirect
from tests.program import outlet_toml, topic_toml

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BRIDGES = topic_toml("Bridges", "bridge")
TEXT = [f"Paragraph {n}: the bridge over the river was opened by the mayor, who spoke at length of its cost." for n in range(5)]


def watching(desk, mailbox, *urls: str, **more):
    """The whole flow, with a topic that every bridge meets."""
    return desk(*urls, topics=BRIDGES, mailbox=mailbox, stages=ALL, **more)


def subjects(mailbox) -> list[str]:
    return sorted(mail.subject for mail in mailbox.messages)


def prints(site: OutletSite, *items: str, head: str = "", kind: str = "text/xml") -> None:
    site.add_feed("/rss", rss(*items, head=head), kind)


def quiet_feed(desk, site: OutletSite, *items: str, **more):
    """The whole flow after a first poll of these items, without mails."""
    prints(site, *items)
    station = desk(site.feed_url, stages=ALL, **more)
    station.poll()
    station.work()
    return station


def test_p66_a_new_entry_becomes_exactly_one_article(desk, site, mailbox):
    station = watching(desk, mailbox, site.feed_url, site.atom_url)
    station.poll(2)
    site.add_article("A bridge of stone", TEXT, published=station.now)
    station.go_on(DAY)
    assert sorted(station.headlines()) == ["A bridge of stone", "Article 1", "Article 2"]
    assert subjects(mailbox) == ["[Bridges] A bridge of stone"]


def test_p67_a_changed_title_is_a_revision_and_no_second_alert(desk, site, mailbox):
    station = watching(desk, mailbox, site.feed_url)
    station.poll()
    printed = site.add_article("A bridge of stone", TEXT, published=station.now)
    station.go_on(HOUR)
    site.change_article(printed, title="A bridge of old stone")
    station.go_on(3 * HOUR)
    found = [article for article in station.articles() if "bridge" in article.headline]
    assert [(article.headline, article.version) for article in found] == [("A bridge of old stone", 2)]
    matches = [mail for mail in mailbox.messages if "match" in mail.text or mail.subject == "[Bridges] A bridge of stone"]
    assert len([mail for mail in mailbox.messages if mail.subject == "[Bridges] A bridge of stone"]) == 1
    assert len(matches) == 1


def test_p68_without_guids_the_link_is_the_identity(desk, site):
    station = quiet_feed(desk, site, item("One", site.url("/1"), text="x"), item("Two", site.url("/2"), text="x"))
    prints(site, item("Two, rewritten", site.url("/2?utm_source=rss"), text="y"), item("Three", site.url("/3"), text="x"))
    station.poll()
    assert [poll.count for poll in station.polls] == [2, 2]
    assert sorted(station.headlines()) == ["One", "Three", "Two, rewritten"]


def test_p69_guids_that_change_with_every_poll_make_nothing_new(desk, site, mailbox):
    def edition(number: int) -> None:
        rows = (item(f"Bridge {n}", site.url(f"/b/{n}"), f"{number}-{n}", text=f"The bridge {n}.") for n in range(5))
        prints(site, *rows)

    edition(0)
    station = watching(desk, mailbox, site.feed_url, first_poll="alert")
    station.poll()
    for number in range(1, 5):
        edition(number)
        station.poll()
    station.work()
    assert station.feed().entries == 5
    assert len(station.articles()) == 5
    assert len(mailbox.messages) == 5


def test_p69_guids_that_change_with_every_poll_in_a_feed_without_links(desk, site, mailbox):
    """No link stands in for the guid: after two polls at the latest the titles do, and nobody is told twice."""

    def edition(number: int) -> None:
        prints(site, *(item(f"Bridge {n}", "", f"{number}-{n}", permalink=False, date=START, text="Told.") for n in range(5)))

    edition(0)
    station = watching(desk, mailbox, site.feed_url, first_poll="alert")
    station.poll()
    for number in range(1, 6):
        edition(number)
        station.poll()
    station.work()
    assert [poll.count for poll in station.polls[3:]] == [0, 0, 0]
    assert len(mailbox.messages) == 5


def test_p70_one_guid_on_two_links_is_two_articles(desk, site):
    station = quiet_feed(desk, site, item("One", site.url("/one"), "same", text="x"))
    prints(site, item("Two", site.url("/two"), "same", text="y"))
    station.poll()
    prints(site, item("Four", site.url("/four"), "same", text="y"), item("Three", site.url("/three"), "same", text="y"))
    station.poll()
    assert sorted(station.headlines()) == ["Four", "One", "Three", "Two"]


def test_p71_a_guid_that_moves_from_http_to_https_or_from_a_path_to_an_address_is_the_same(desk, site):
    base = site.base
    station = quiet_feed(
        desk,
        site,
        item("One", f"{base}/posts/1", f"{base}/posts/1", text="x"),
        item("Two", f"{base}/posts/2", "/posts/2", permalink=False, text="x"),
        item("Three", "", f"{base}/posts/3", permalink=False, text="x"),
        item("Four", "", f"{base}/posts/4", permalink=True, text="x"),
    )
    secure = base.replace("http:", "https:")
    prints(
        site,
        item("One", f"{secure}/posts/1", f"{secure}/posts/1", text="x"),
        item("Two", f"{secure}/posts/2", f"{secure}/posts/2", text="x"),
        item("Three", "", f"{secure}/posts/3", permalink=False, text="x"),
        item("Four", "", f"{secure}/posts/4", permalink=True, text="x"),
    )
    station.poll()
    assert station.feed().entries == 4
    assert sorted(station.headlines()) == ["Four", "One", "Three", "Two"]


def test_p72_an_entry_that_returns_after_90_days_is_not_new(desk, site, mailbox):
    prints(site, *numbered(site.base, [1, 2], title="Bridge"))
    station = watching(desk, mailbox, site.feed_url, first_poll="alert")
    station.poll()
    prints(site, *numbered(site.base, [2, 3], title="Bridge"))
    station.poll()
    station.go_on(HOUR)
    told = len(mailbox.messages)
    assert told == 3
    station.sleep(90 * DAY)
    station.work()
    prints(site, *numbered(site.base, [1, 2, 3], title="Bridge"))
    station.go_on(DAY)
    assert (station.feed().entries, len(station.articles()), len(mailbox.messages)) == (3, 3, told)


# A real move brings 500; each costs a page here, and the rule is the same.
MOVED = 30


def moved_cms(site: OutletSite, *, old: datetime) -> None:
    """Old pieces under new addresses and guids, and one of today."""
    rows = [
        item(f"Old bridge {n}", site.url(f"/archive/{n}"), f"new-cms-{n}", date=old - n * HOUR, text=f"The bridge {n}.")
        for n in range(MOVED)
    ]
    prints(site, item("Bridge of today", site.url("/today"), "new-cms-today", date=START + DAY, text="The bridge."), *rows)


def test_p73_a_move_that_republishes_old_entries_alerts_none_of_them(desk, site, mailbox):
    prints(site, *numbered(site.base, range(10), date=START - HOUR, title="Bridge"))
    station = watching(desk, mailbox, site.feed_url)
    station.go_on(DAY)
    moved_cms(site, old=START - 30 * DAY)
    station.poll()
    station.go_on(HOUR)
    assert station.feed().entries == 11 + MOVED
    assert subjects(mailbox) == ["[Bridges] Bridge of today"]


def test_p73_a_young_article_with_an_old_date_is_still_told(desk, site, mailbox):
    """A document that is mostly known is no move, whatever date one entry carries."""
    known = numbered(site.base, range(10), date=START - HOUR, title="Road")
    prints(site, *known)
    station = watching(desk, mailbox, site.feed_url)
    station.poll()
    late = item("Late bridge", site.url("/late"), "late", date=START - 30 * DAY, text="The bridge.")
    prints(site, late, *known)
    station.poll()
    station.go_on(HOUR)
    assert subjects(mailbox) == ["[Bridges] Late bridge"]


def test_p73_a_busy_outlet_whose_whole_document_is_new_and_young_is_told(desk, site, mailbox):
    prints(site, *numbered(site.base, range(5), date=START - HOUR, title="Road"))
    station = watching(desk, mailbox, site.feed_url)
    station.poll()
    prints(site, *numbered(site.base, range(20, 25), date=station.now, title="Bridge"))
    station.poll()
    station.go_on(HOUR)
    assert subjects(mailbox) == [f"[Bridges] Bridge {n}" for n in range(20, 25)]


def test_p73_age_never_silences_where_everything_is_to_be_told(desk, site, mailbox):
    prints(site, *numbered(site.base, range(3), date=START - 40 * DAY, title="Bridge"))
    station = watching(desk, mailbox, site.feed_url, first_poll="alert")
    station.go_on(DAY)
    assert len(mailbox.messages) == 3
    prints(site, *numbered(site.base, range(10, 16), date=START - 40 * DAY, title="Bridge"))
    station.go_on(DAY)
    assert len(mailbox.messages) == 9


def test_p74_the_first_poll_is_stored_without_alerts(desk, site, mailbox):
    for number in range(3):
        site.add_article(f"Bridge {number}", [*TEXT, f"Number {number}."], published=START - number * MINUTE)
    station = watching(desk, mailbox, site.feed_url)
    station.go_on(HOUR)
    assert len(station.articles()) == 5
    assert mailbox.messages == []
    site.add_article("Bridge of the day", [*TEXT, "Today."], published=station.now)
    station.go_on(HOUR)
    assert subjects(mailbox) == ["[Bridges] Bridge of the day"]


def test_p74_a_first_poll_that_fails_leaves_the_next_one_silent(desk, site, mailbox):
    site.add_article("Bridge", TEXT, published=START)
    site.script("/rss", Behaviour(status=500), Behaviour(body=b"<html>", content_type="text/html"))
    station = watching(desk, mailbox, site.feed_url)
    station.go_on(DAY)
    assert len(station.articles()) == 3
    assert mailbox.messages == []


def test_p74_a_first_poll_of_an_empty_feed_makes_the_next_one_news(desk, site, mailbox):
    prints(site)
    station = watching(desk, mailbox, site.feed_url)
    station.poll()
    prints(site, *numbered(site.base, [1], date=station.now, title="Bridge"))
    station.go_on(DAY)
    assert subjects(mailbox) == ["[Bridges] Bridge 1"]


DATES = {
    "": None,
    "soon": None,
    "0000-00-00 00:00:00": None,
    "Thu, 01 Jan 1970 00:00:00 GMT": None,
    "Sat, 01 Jan 0000 00:00:00 GMT": None,
    "Sun, 01 Jan 2051 00:00:00 GMT": None,
    "Mon, 02 Mar 2026 10:00:00 GMT": None,
    "Mon, 02 Mar 2026 08:30:00 GMT": START + 1.5 * HOUR,
    "Wed, 25 Feb 2026 07:00:00 GMT": START - 5 * DAY,
    "Mon, 02 Mar 2026 09:00:00 MSK": START - HOUR,
}


def test_p75_dates_that_are_missing_ahead_or_impossible_count_from_when_the_entry_was_first_seen(desk, site):
    """None: by the time of first sight; two hours ahead are allowed for, more is not."""
    rows = [item(f"Item {n}", site.url(f"/{n}"), f"g{n}", date=date, text="x") for n, date in enumerate(DATES)]
    station = quiet_feed(desk, site, *rows, item("Dateless", site.url("/x"), "x", text="x"))
    counted = {article.headline: article.published_at or article.first_seen_at for article in station.articles()}
    assert counted == {
        **{f"Item {n}": expected or START for n, expected in enumerate(DATES.values())},
        "Dateless": START,
    }
    with station.database.read() as connection:
        raw = connection.execute(sa.select(entries.c.published_raw).order_by(entries.c.guid)).scalars().all()
    assert sorted(raw) == sorted([*DATES, ""])


def archived(site: OutletSite, page: int, numbers: range, head: str = "") -> None:
    site.add_feed(f"/archive/{page}", rss(*numbered(site.base, numbers, date=START + HOUR), head=head))


def links(site: OutletSite, page: int, rel: str = "prev-archive") -> str:
    return f"<atom:link rel='{rel}' href='{site.url(f'/archive/{page}')}'/>"


def test_p76_a_gap_is_filled_from_the_archives(desk, site):
    """30 entries in one interval, and a window of 10: RFC 5005 leads to the other 20."""
    prints(site, *numbered(site.base, range(10), date=START - HOUR))
    station = desk(site.feed_url, stages=ALL)
    station.poll()
    prints(site, *numbered(site.base, range(30, 40), date=START + HOUR), head=links(site, 2))
    archived(site, 2, range(20, 30), links(site, 1))
    archived(site, 1, range(5, 20))
    station.poll()
    station.go_on(HOUR)
    assert station.feed().entries == 40
    assert sorted(station.headlines()) == sorted(f"Item {n}" for n in range(40))
    assert len(station.hits("/archive/1")) == len(station.hits("/archive/2")) == 1


def test_p76_a_wordpress_feed_is_paged_back(desk, site):
    generator = "<generator>https://wordpress.org/?v=6.4</generator>"
    site.add_feed("/feed/", rss(*numbered(site.base, range(10), date=START - HOUR), head=generator))
    station = desk(site.url("/feed/"))
    station.poll()
    site.add_feed("/feed/", rss(*numbered(site.base, range(20, 30), date=START + HOUR), head=generator))
    site.add_feed("/feed/?paged=2", rss(*numbered(site.base, range(10, 20), date=START + HOUR), head=generator))
    site.add_feed("/feed/?paged=3", rss(*numbered(site.base, range(10), date=START - HOUR), head=generator))
    station.poll()
    station.go_on(MINUTE)
    assert station.feed().entries == 30


def test_p76_no_more_than_five_archive_pages_are_asked_for(desk, site):
    prints(site, *numbered(site.base, range(10), date=START - HOUR))
    station = desk(site.feed_url)
    station.poll()
    prints(site, *numbered(site.base, range(1000, 1010), date=START + HOUR), head=links(site, 20))
    for page in range(1, 21):
        archived(site, page, range(page * 20, page * 20 + 10), links(site, page - 1))
    seen = len(station.paper.log)
    station.poll()
    station.go_on(MINUTE)
    asked = [hit.path for hit in station.paper.log[seen:] if hit.path.startswith("/archive")]
    assert asked == [f"/archive/{page}" for page in (20, 19, 18, 17, 16)]


def test_p76_a_gap_that_stays_is_told_and_the_feed_is_asked_sooner(desk, site):
    prints(site, *(item(f"Item {n}", site.url(f"/{n}"), f"g{n}", date=START - n * 2 * HOUR) for n in range(10)))
    station = desk(site.feed_url)
    station.poll()
    station.poll()
    prints(
        site, *(item(f"Item {n}", site.url(f"/{n}"), f"g{n}", date=station.now + (15 + n % 10) * MINUTE) for n in range(20, 30))
    )
    station.poll()
    found = station.now
    station.poll()
    assert station.now - found <= 11 * MINUTE
    told = station.says("status") + station.says("feeds", "show", "1")
    assert "may be missing" in told
    assert "Herald" in told


def test_p76_an_overlap_is_no_gap(desk, site):
    prints(site, *numbered(site.base, range(10), date=START - HOUR))
    station = desk(site.feed_url)
    station.poll()
    prints(site, *numbered(site.base, range(9, 19), date=START + HOUR), head=links(site, 1))
    archived(site, 1, range(10))
    station.poll()
    station.go_on(HOUR)
    assert station.hits("/archive/1") == []
    assert "may be missing" not in station.says("status")


def test_p77_an_entry_without_a_title_is_called_by_its_text(desk, site):
    text = "The council met on Monday evening and spoke for three hours about the old harbour before it voted."
    station = quiet_feed(
        desk, site, item("", site.url("/1"), "1", text=text), item("  \n ", site.url("/2"), "2", text=f"<p>{text}</p>")
    )
    first, second = station.headlines()
    assert first == second
    assert text.startswith(first.rstrip(" …."))
    assert 60 <= len(first) <= 80


def test_p78_relative_links_are_resolved_by_base_then_by_the_final_address(desk, site, newspaper):
    other = newspaper.outlet("other.example")
    site.script("/rss", redirect(other.url("/deep/feed.xml"), 302), always=True)
    other.add_feed("/deep/feed.xml", rss(item("One", "one.html", "1", text="x"), item("Two", "/two.html", "2", text="x")))
    based = entry("Three", "<link href='three.html'/>", "t:3", date=START, base="http://third.example/s/")
    site.add_feed("/based", atom(based, entry("Four", "<link href='four.html'/>", "t:4", date=START)), "application/atom+xml")
    station = desk(site.feed_url, site.url("/based"), stages=ALL)
    station.go_on(15 * MINUTE)
    assert {article.headline: article.url for article in station.articles()} == {
        "One": other.url("/deep/one.html"),
        "Two": other.url("/two.html"),
        "Three": "http://third.example/s/three.html",
        "Four": site.url("/four.html"),
    }


def test_p79_a_guid_that_is_no_permalink_is_never_a_link(desk, site):
    station = quiet_feed(desk, site, item("One", "", site.url("/one"), permalink=False, text="x"))
    assert [(article.headline, article.url) for article in station.articles()] == [("One", "")]
    assert station.hits("/one") == []


@pytest.mark.parametrize("permalink", [True, None])
def test_p80_a_guid_that_is_an_address_is_the_link_where_there_is_none(desk, site, permalink):
    station = quiet_feed(desk, site, item("One", "", site.url("/one"), permalink=permalink, text="x"))
    assert [article.url for article in station.articles()] == [site.url("/one")]
    assert len(station.hits("/one")) == 1


def test_p81_wrapped_and_tracked_links_lead_to_the_articles_own_address(desk, site, newspaper):
    proxy = newspaper.outlet("feedproxy.example")
    origin = f"<feedburner:origLink>{site.url('/news/1')}</feedburner:origLink>"
    tracked = site.url("/news/2") + "?utm_source=rss&utm_medium=feed&fbclid=x"
    google = f"https://www.google.com/url?rct=j&amp;url={site.url('/news/3')}&amp;ct=ga".replace("&amp;", "&")
    site.add_article("Article 3", ["Text of 3."], published=START)
    site.add_page(tracked.removeprefix(site.base), b"", headers=())
    site.script(tracked.removeprefix(site.base), Behaviour(body=site.page("/news/2").body, content_type="text/html"), always=True)
    station = quiet_feed(
        desk,
        site,
        item("One", proxy.url("/~r/herald/1"), "1", text="x", more=origin),
        item("Two", tracked, "2", text="x"),
        item("Three", google, "3", text="x"),
    )
    station.go_on(15 * MINUTE)
    assert sorted(article.canonical_url for article in station.articles()) == [site.url(f"/news/{n}") for n in (1, 2, 3)]
    assert newspaper.hits("feedproxy.example") == []


def test_p81_one_article_in_two_feeds_under_differently_tracked_links_is_one(desk, site, mailbox):
    link = site.url("/news/bridge")
    site.add_page("/news/bridge?utm_source=b", b"<html><body><article><h1>Bridge</h1><p>The bridge.</p></article></body></html>")
    prints(site, item("Bridge", link + "?utm_source=a", "1", text="The bridge."))
    site.add_feed("/other", rss(item("Bridge", link + "?utm_source=b#top", "2", text="The bridge.")))
    station = watching(desk, mailbox, site.feed_url, site.url("/other"), first_poll="alert")
    station.go_on(HOUR)
    assert len(station.articles()) == 1
    assert len(mailbox.messages) == 1


def test_p82_the_alternate_link_is_chosen_over_self_replies_and_enclosure(desk, site):
    marks = (
        f"<link rel='self' href='{site.url('/self')}'/><link rel='replies' href='{site.url('/replies')}'/>"
        f"<link rel='enclosure' type='audio/mpeg' href='{site.url('/sound.mp3')}'/><link rel='edit' href='{site.url('/edit')}'/>"
        f"<link rel='alternate' type='application/json' href='{site.url('/data.json')}'/>"
        f"<link rel='alternate' type='text/html' href='{site.url('/page')}'/>"
    )
    site.add_feed("/rss", atom(entry("One", marks, "t:1", date=START)), "application/atom+xml")
    station = desk(site.feed_url, stages=ALL)
    station.work()
    assert [article.url for article in station.articles()] == [site.url("/page")]
    assert {hit.path for hit in station.paper.log} - {"/robots.txt"} == {"/rss", "/page"}


def test_p82_an_episode_without_a_page_is_stored_with_its_recording_which_is_never_fetched(desk, site, mailbox):
    sound = f"<enclosure url='{site.url('/bridge.mp3')}' type='audio/mpeg' length='1'/>"
    prints(site, item("The bridge, an episode", "", "episode-1", permalink=False, text="About the bridge.", more=sound))
    station = watching(desk, mailbox, site.feed_url, first_poll="alert")
    station.go_on(DAY)
    assert [(article.headline, article.url) for article in station.articles()] == [
        ("The bridge, an episode", site.url("/bridge.mp3"))
    ]
    assert station.hits("/bridge.mp3") == []
    assert len(mailbox.messages) == 1


def test_p82_a_recording_beside_a_page_changes_nothing(desk, site):
    sound = f"<enclosure url='{site.url('/bridge.mp3')}' type='audio/mpeg' length='1'/>"
    station = quiet_feed(desk, site, item("One", site.url("/page"), "1", text="x", more=sound))
    assert [article.url for article in station.articles()] == [site.url("/page")]
    assert station.hits("/bridge.mp3") == []


def test_p66_the_same_article_in_two_outlets_is_two_articles(desk, site, newspaper):
    """Each outlet's article is its own, also where both print the same words."""
    other = newspaper.outlet("other.example")
    for place in (site, other):
        place.add_article("A bridge of stone", TEXT, published=START)
    station = desk(outlets=outlet_toml("Herald", site.feed_url) + outlet_toml("Other", other.feed_url), stages=ALL)
    station.go_on(HOUR)
    assert station.headlines().count("A bridge of stone") == 2
    assert min(gaps(station.times("/rss", "other.example"))) >= 10 * MINUTE


def test_p75_the_zone_of_dates_without_one_is_learned_from_when_entries_appear(desk, site):
    """A feed that prints Moscow's clock and no zone: after some entries its times are right to the minute."""

    def printed(n: int, moment: datetime) -> str:
        clock = moment + timedelta(hours=3)
        return item(f"Item {n}", site.url(f"/{n}"), f"g{n}", text="x", more=f"<pubDate>{clock:%Y-%m-%d %H:%M}</pubDate>")

    rows = [printed(0, START - DAY)]
    site.add_feed("/rss", rss(*rows))
    station = desk(site.feed_url, stages=ALL)
    station.poll()
    for n in range(1, 9):
        rows.insert(0, printed(n, station.clock.now()))
        site.add_feed("/rss", rss(*rows))
        station.poll()
    station.go_on(15 * MINUTE)
    newest = max(station.articles(), key=lambda article: article.first_seen_at)
    assert abs(newest.published_at - newest.first_seen_at) <= timedelta(hours=1)
