"""Kept pages, older readings and looks, on both databases."""

from datetime import timedelta

import sqlalchemy as sa

from aggregator.clock import ManualClock
from aggregator.ids import ArticleId
from aggregator.reasons import Reason
from aggregator.store import entries, looks, pages, reextract
from aggregator.store.db import Connection, Database
from aggregator.store.reextract import NewReading, Wanted
from aggregator.store.tables import articles, readings
from aggregator.store.tables import entries as entries_table
from aggregator.store.tables import pages as pages_table
from aggregator.store.values import RawPage
from tests.store import rows
from tests.store.test_publishing import WIRE, Desk

HOUR = timedelta(hours=1)
OLDER = Wanted(extractor="new")


def read(connection: Connection, clock: ManualClock, *links: str) -> None:
    """Entries that were read and published as one article each."""
    desk = Desk(connection, clock, rows.topic())
    (feed, _) = rows.claim(connection, now=clock.now())
    rows.poll(connection, feed, *(rows.entry(link, title=link) for link in links), now=clock.now())
    claimed = entries.claim_to_read(connection, now=clock.now(), horizon=None, limit=9, lease=rows.LEASE, busy_hosts=())
    for number, entry in enumerate(claimed):
        page = RawPage(
            url=entry.text.link, final_url=entry.text.link, status=200, headers=(("content-type", "text/html"),),
            sha256=str(number), body=f"<p>{number}</p>".encode(),
        )  # fmt: skip
        found = rows.extraction(f"{WIRE} Number {number}.")
        entries.record_reading(connection, entry, page=page, extraction=found, final_url=entry.text.link, now=clock.now())
        placed = desk.publish(entry.text.link, found.body)
        connection.execute(
            sa.update(entries_table)
            .where(entries_table.c.id == entry.id)
            .values(stage="done", article_id=placed.article_id, lease_token=None)
        )


LINKS = ("https://herald.example.org/a", "https://herald.example.org/b")


def test_older_readings_are_found_once_and_the_newest_page_of_each(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        read(connection, clock, *LINKS)
        clock.advance(HOUR)
        first = connection.execute(sa.select(pages_table).order_by(pages_table.c.id)).first()
        again = {**first._mapping, "id": 99, "sha256": "x", "fetched_at": clock.now()}
        connection.execute(sa.insert(pages_table).values(again))
        assert reextract.count(connection, OLDER) == (2, 0)
        found = reextract.batch(connection, OLDER, after=0, limit=9)
        assert {page.page_id for page in found} == {99, 2}
        assert [page.latest for page in found] == [True, True]
        assert reextract.batch(connection, OLDER, after=found[0].entry_id, limit=9) == found[1:]
        made = [NewReading(page=page, extraction=rows.extraction("x"), publish=page is found[0]) for page in found]
        assert reextract.record(connection, made, now=clock.now()) == 1
        assert reextract.count(connection, OLDER) == (1, 0)
        connection.execute(sa.update(pages_table).values(body_zstd=b""))
        assert reextract.count(connection, OLDER) == (0, 1)
        assert reextract.count(connection, Wanted(extractor="test")) == (0, 0)
        assert reextract.count(connection, Wanted(extractor="test", everything=True, outlet="Times")) == (0, 0)


def test_a_broken_run_is_known_by_its_wish(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        wish, other = Wanted(extractor="1", everything=True), Wanted(extractor="1", everything=True, outlet="x")
        reextract.set_cursor(connection, wish, 17)
        assert (reextract.cursor(connection, wish), reextract.cursor(connection, other)) == (17, 0)
        reextract.drop_cursor(connection)
        assert reextract.cursor(connection, wish) == 0


def test_pages_are_emptied_and_their_evidence_stays(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        read(connection, clock, *LINKS)
        assert pages.empty_older(connection, before=clock.now(), limit=9) == 0
        clock.advance(HOUR)
        assert pages.empty_older(connection, before=clock.now(), limit=1) == 1
        assert pages.empty_older(connection, before=clock.now(), limit=9) == 1
        kept = [row.kept for article in (1, 2) for row in pages.of_article(connection, ArticleId(article))]
        assert kept == [False, False]


def test_an_article_is_withdrawn_once_and_given_back(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        read(connection, clock, *LINKS)
        connection.execute(sa.update(entries_table).values(reread_at=clock.now()))
        assert entries.wake_rereads(connection, now=clock.now()) == 2
        (entry, _) = entries.claim_to_read(connection, now=clock.now(), horizon=None, limit=9, lease=rows.LEASE, busy_hosts=())
        assert (entry.looking, entry.shown, entry.article_id) == (True, "A canal opens", 1)
        page, held = looks.held(connection, entry.id)
        assert (page.sha256, held.extractor) == ("0", "test")
        assert looks.finish(connection, entry, reason=Reason.HTTP_404, detail="", at=None)
        assert not looks.finish(connection, entry, reason=None, detail="", at=None)
        marked = [looks.withdraw(connection, ArticleId(1), Reason.HTTP_404, now=clock.now()) for _ in range(2)]
        assert marked == [True, False]
        assert looks.told(connection, ArticleId(1)) == ()
        looks.give_back(connection, ArticleId(1), now=clock.now())
        assert connection.execute(sa.select(articles.c.withdrawn_why).where(articles.c.id == 1)).scalar_one() == ""
        assert connection.execute(sa.select(sa.func.count()).select_from(readings)).scalar_one() == 2
