"""Lists of feeds through the database: all come back as they went, nothing twice, and their first polls are spread."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from aggregator.clock import ManualClock
from aggregator.errors import AggregatorError
from aggregator.feeds.opml import read_opml
from aggregator.feeds.values import FeedKind
from aggregator.limits import DEFAULT_LIMITS
from aggregator.service.lists import feeds_export, feeds_import
from aggregator.settings import Settings
from aggregator.store import archive, config, subscriptions
from aggregator.store.db import Database
from aggregator.store.subscriptions import NewOutlet
from aggregator.store.tables import feeds, outlets
from tests.feeds.documents import shared

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CLOCK = ManualClock(NOW)
LIST = """<opml version="2.0"><head><title>Mine</title></head><body>
<outline text="Europe"><outline text="North"><outline text="Herald" xmlUrl="https://herald.example/rss" htmlUrl="https://herald.example/" language="en"/></outline>
<outline text="Post" xmlUrl="https://post.example/rss"/></outline>
<outline text="Post" xmlUrl="ftp://post.example/x"/>
<outline text="Lone" xmlUrl="https://lone.example/rss"/></body></opml>"""


def installation(folder: Path) -> Settings:
    folder.mkdir()
    return Settings(config_dir=folder, data_dir=folder, database_url=f"sqlite:///{folder}/aggregator.db")


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return installation(tmp_path / "one")


def exported(settings: Settings) -> str:
    return feeds_export(settings, clock=CLOCK)


def imported(settings: Settings, text: str | bytes, **more):
    body = text if isinstance(text, bytes) else text.encode()
    return feeds_import(settings, body, where="list.opml", clock=CLOCK, **more)


def rows(settings: Settings, *columns: sa.Column) -> list[tuple]:
    database = Database(settings.database_url)
    with database.read() as connection:
        found = [
            tuple(row) for row in connection.execute(sa.select(*columns).select_from(feeds.join(outlets)).order_by(feeds.c.id))
        ]
    database.close()
    return found


def test_a_list_becomes_outlets_in_folders_and_what_is_wrong_is_named(here):
    done = imported(here, LIST)
    assert (done.added, done.folders, len(done.known), done.written) == (3, 2, 0, True)
    assert [(one.line, one.what) for one in done.skipped] == [(4, "'Post': 'ftp://post.example/x' is no web address")]
    assert rows(here, outlets.c.name, outlets.c.url, outlets.c.language, outlets.c.folder, outlets.c.origin) == [
        ("Herald", "https://herald.example/", "en", "Europe\nNorth", "import"),
        ("Post", "", "", "Europe", "import"),
        ("Lone", "", "", "", "import"),
    ]


def test_a_second_import_adds_nothing_and_names_what_is_known(here):
    imported(here, LIST)
    done = imported(here, LIST)
    assert (done.added, [one.title for one in done.known]) == (0, ["Herald", "Post", "Lone"])
    assert len(rows(here, feeds.c.id)) == 3


def test_a_dry_run_counts_and_makes_nothing_not_even_a_database(here):
    done = imported(here, LIST, dry_run=True)
    assert (done.added, done.written) == (3, False)
    assert list(here.data_dir.iterdir()) == []
    imported(here, LIST)
    assert imported(here, LIST, dry_run=True).added == 0


def test_what_a_feed_moved_to_is_known_as_well(here):
    imported(here, LIST)
    database = Database(here.database_url)
    with database.write() as connection:
        connection.execute(sa.update(feeds).where(feeds.c.id == 1).values(moved_to="https://new.example/rss"))
    database.close()
    assert imported(here, LIST.replace("herald.example/rss", "NEW.example:443/rss")).added == 0


def test_first_polls_are_spread_over_the_time_a_list_needs(here):
    many = "".join(f'<outline text="O{n}" xmlUrl="https://o{n}.example/rss"/>' for n in range(290))
    seen: list[tuple[int, int]] = []
    imported(here, f"<opml><body>{many}</body></opml>", progress=lambda done, of: seen.append((done, of)))
    due = [row[0] - NOW for row in rows(here, feeds.c.due_at)]
    assert due == sorted(due)
    assert due[0] == timedelta()
    assert timedelta(seconds=57) < due[-1] < timedelta(seconds=58)
    assert max(sum(1 for one in due if start <= one.total_seconds() < start + 1) for start in range(58)) <= 6
    assert seen == [(50, 290), (100, 290), (150, 290), (200, 290), (250, 290), (290, 290)]


def test_the_real_list_goes_through_an_installation_and_back_unchanged(here, tmp_path):
    """290 feeds: addresses, titles and folders as they were; into an empty installation and out again to the byte."""
    body = shared("data/outlets.opml").read_bytes()
    original = read_opml(body, limits=DEFAULT_LIMITS).feeds
    done = imported(here, body)
    assert (done.added, done.skipped, done.known) == (290, (), ())
    first = exported(here)
    came_back = read_opml(first.encode(), limits=DEFAULT_LIMITS).feeds
    assert [(one.title, one.url, one.folder, one.home) for one in came_back] == [
        (one.title, one.url, one.folder, one.home) for one in original
    ]
    other = installation(tmp_path / "two")
    assert imported(other, first).added == 290
    assert exported(other) == first
    assert re.search("<dateCreated>Mon, 02 Mar 2026 12:00:00 GMT</dateCreated>", first)


def test_outlets_of_one_name_in_two_folders_stay_two(here):
    text = (
        "<opml><body><outline text='A'><outline text='News' xmlUrl='https://a.example/1'/></outline>"
        "<outline text='B'><outline text='News' xmlUrl='https://b.example/1'/></outline>"
        "<outline text='News' xmlUrl='https://c.example/1' htmlUrl='https://c.example/'/></body></opml>"
    )
    imported(here, text)
    assert rows(here, outlets.c.slug, outlets.c.folder) == [("news", "A"), ("news-2", "B"), ("news", "A")]


def test_several_feeds_of_one_name_and_folder_are_one_outlet_and_keep_their_titles(here):
    text = "<opml><body>" + "".join(f"<outline text='News' xmlUrl='https://a.example/{n}'/>" for n in range(3)) + "</body></opml>"
    imported(here, text)
    assert len({row[0] for row in rows(here, outlets.c.id)}) == 1
    assert [one.title for one in read_opml(exported(here).encode(), limits=DEFAULT_LIMITS).feeds] == ["News"] * 3


def test_an_outlet_from_the_files_takes_the_folder_of_the_list(here):
    imported(here, "<opml><body><outline text='x' xmlUrl='https://x.example/'/></body></opml>")
    database = Database(here.database_url)
    with database.write() as connection:
        herald = archive.outlet_named(connection, "Herald", "herald", now=NOW)
        connection.execute(sa.update(outlets).where(outlets.c.id == herald).values(origin="file"))
        config.add_feed(connection, herald, "https://herald.example/own", origin="file", now=NOW)
    database.close()
    imported(here, LIST)
    assert rows(here, outlets.c.name, outlets.c.folder)[1:3] == [("Herald", "Europe\nNorth"), ("Herald", "Europe\nNorth")]


def test_a_title_that_a_poll_changed_does_not_rename_a_lone_feed_in_the_list(here):
    imported(here, LIST)
    database = Database(here.database_url)
    with database.write() as connection:
        connection.execute(sa.update(feeds).where(feeds.c.id == 1).values(title="Herald - all the news, all the time"))
    database.close()
    assert 'text="Herald" title="Herald"' in exported(here)


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"<opml><body>"])
def test_a_list_that_cannot_be_read_names_the_file_and_writes_nothing(here, body):
    with pytest.raises(AggregatorError) as caught:
        imported(here, body)
    assert caught.value.message.startswith("list.opml: ")
    assert list(here.data_dir.iterdir()) == []


def test_a_slug_that_many_have_gets_the_next_number(here):
    imported(here, LIST)
    database = Database(here.database_url)
    with database.write() as connection:
        for number in range(3):
            wanted = NewOutlet(name="Herald", folder=(f"F{number}",))
            subscriptions.outlet_for(connection, wanted, origin="import", now=NOW)
        slugs = set(connection.execute(sa.select(outlets.c.slug)).scalars())
        one = subscriptions.outlet_for(connection, NewOutlet(name="Herald", home="https://else.example/"), origin="page", now=NOW)
        assert (
            subscriptions.outlet_for(
                connection, NewOutlet(name="Herald", home="https://else.example/", meant=True), origin="page", now=NOW
            )
            == 1
        )
        assert one != 1
    database.close()
    assert {"herald", "herald-2", "herald-3", "herald-4"} <= slugs


def test_a_kind_is_written_with_the_feed(here):
    imported(here, LIST)
    database = Database(here.database_url)
    with database.write() as connection:
        config.add_feed(
            connection, subscriptions.outlet_for(connection, NewOutlet(name="Lone"), origin="page", now=NOW),
            "https://lone.example/sitemap.xml", origin="page", now=NOW, kind=FeedKind.SITEMAP,
        )  # fmt: skip
    database.close()
    assert rows(here, feeds.c.kind)[-1] == (FeedKind.SITEMAP,)


def test_more_feeds_than_the_limit_are_refused_whole(here):
    with pytest.raises(AggregatorError, match="more than 2 feeds"):
        imported(replace(here, limits=replace(DEFAULT_LIMITS, opml_feeds=2)), LIST)
