"""What is remembered of an outlet's blocks, and the articles that follow when one is learned. On both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from aggregator.articles import learned
from aggregator.articles.learned import LEARNED, block_key
from aggregator.articles.values import Cause, Extraction, Status
from aggregator.clock import ManualClock
from aggregator.ids import ArticleId, OutletId
from aggregator.pipeline.context import Watch
from aggregator.pipeline.publish import Arrival, BlocksChangedError, Placed, place, prepare
from aggregator.pipeline.publish import _publish_entry as publish_entry
from aggregator.store import archive, blocks, entries, topics
from aggregator.store.db import Connection, Database
from aggregator.store.tables import articles, copies, matches, outbox, outlets, readings, versions
from aggregator.store.tables import blocks as block_table
from aggregator.store.tables import entries as entry_table
from aggregator.store.values import EntryToPublish
from aggregator.topics.engine import Matcher
from tests.store import rows

SENDER = "News <alerts@example.org>"
LEASE = timedelta(minutes=2)
FOOTER = ("The Valley Gazette is published by Riverside Media, 12 Mill Lane.", "Registered at the court of Lower Hill.")
STORIES = (
    ("Lock closed", "The lock was closed on Monday after a barge had torn off a gate.", "Repairs take a week."),
    ("Mill burns", "A mill burned down in the night, and nobody was hurt in the fire.", "The cause is not known."),
    ("Choir sings", "The choir of the upper town sang in the square on Sunday evening.", "It rained at the end."),
    ("Bridge opens", "A new bridge over the weir was opened by two engineers on Friday.", "It carries no cars."),
    ("Fair begins", "The spring fair begins on Saturday with a parade of old tractors.", "Entry is free."),
)
LONG = tuple(f"Sentence {n} of a long agency text tells how the harbour was dredged by two ships in winter." for n in range(8))


class Desk:
    """Entries of two outlets through reading and publishing, each step in the transaction of the test."""

    def __init__(self, connection: Connection, clock: ManualClock, *wanted: object, **outlet: object) -> None:
        self.connection, self.clock = connection, clock
        self.declare(*wanted, **outlet)
        self.feeds = {feed.outlet_id: feed for feed in rows.claim(connection, now=clock.now())}

    def declare(self, *wanted: object, **outlet: object) -> None:
        rows.declare(self.connection, rows.outlet(**outlet), rows.outlet("times"), topics=wanted, now=self.clock.now())  # type: ignore[arg-type]
        revision, found, lists = topics.watched(self.connection)
        self.watch = Watch(
            revision=revision, matcher=Matcher(found, dict(lists)), names={topic.id: topic.name for topic in found}
        )

    def print(self, number: int, body: tuple[str, ...], *, headline: str, outlet: int = 1, **read: object) -> int:
        """An entry with its reading, due to be published; gives its number."""
        feed = self.feeds[OutletId(outlet)]
        link = f"https://{'herald' if outlet == 1 else 'times'}.example.org/{number}"
        values = rows.entry(link, title=headline, summary="In short.")
        made = self.connection.execute(
            sa.insert(entry_table)
            .values(
                feed_id=feed.id,
                outlet_id=outlet,
                guid=link,
                link=link,
                url_key=link,
                host_key="example.org",
                title=headline,
                summary="In short.",
                fingerprint=values.fingerprint,
                silent=False,
                first_seen_at=self.clock.now(),
                stage="publish",
                due_at=self.clock.now(),
            )
            .returning(entry_table.c.id)
        ).scalar_one()
        extraction = replace(rows.extraction("\n".join(body), headline=headline), **read)  # type: ignore[arg-type]
        self.connection.execute(sa.insert(readings).values(entry_id=made, **self._reading(extraction)))
        return int(made)

    def read_again(self, entry: int, body: tuple[str, ...], *, headline: str, cause: Cause | None = None, **read: object) -> None:
        """Another reading of the same page, as `read` records it."""
        self.clock.advance(timedelta(minutes=5))
        extraction = replace(rows.extraction("\n".join(body), headline=headline), **read)  # type: ignore[arg-type]
        self.connection.execute(sa.update(readings).where(readings.c.entry_id == entry).values(**self._reading(extraction)))
        due = {"stage": "publish", "due_at": self.clock.now(), "cause": cause}
        self.connection.execute(sa.update(entry_table).where(entry_table.c.id == entry).values(**due))

    def _reading(self, extraction: Extraction) -> dict[str, object]:
        return {"final_url": "", "status": extraction.status, "extraction": extraction, "read_at": self.clock.now()}

    def claim(self) -> tuple[EntryToPublish, ...]:
        return entries.claim_to_publish(self.connection, now=self.clock.now(), limit=20, lease=LEASE, slack=timedelta(hours=2))

    def publish(self, entry: EntryToPublish) -> Placed:
        """As the stage does it, in one transaction."""
        known, self_id = entry.known, entry.article_id
        for _ in range(3):
            prepared = prepare(
                entry.article,
                self.watch,
                guid=entry.guid,
                final_url="",
                sources=("herald",),
                country="",
                edges=entry.edges,
                made=learned.cut(entry.edges, known, self_id) if entry.edges else learned.WHOLE,
            )
            arrival = Arrival(
                outlet_id=entry.outlet_id,
                feed_id=entry.feed_id,
                known=entry.article_id,
                tell=True,
                silent=False,
                origin="feed",
                again=entry.cause,
            )
            try:
                placed = publish_entry(
                    self.connection, entry, arrival, prepared, names=self.watch.names, sender=SENDER, now=self.clock.now()
                )
            except BlocksChangedError as moved:
                known, self_id = moved.known, moved.self_id
                continue
            assert placed is not None
            return placed
        raise AssertionError("it never agrees")

    def work(self) -> list[Placed]:
        """Everything that is due, until nothing is."""
        done: list[Placed] = []
        for _ in range(10):
            batch = self.claim()
            if not batch:
                return done
            done += [self.publish(entry) for entry in batch]
        raise AssertionError("there is no end to it")

    def story(self, number: int, *more: str, **changes: object) -> int:
        headline, *text = STORIES[number]
        return self.print(number, (*text, *more), headline=headline, **changes)  # type: ignore[arg-type]

    def bodies(self) -> list[str]:
        return list(self.connection.execute(sa.select(articles.c.body).order_by(articles.c.id)).scalars())

    def causes(self, article: int) -> list[Cause]:
        chosen = sa.select(versions.c.cause).where(versions.c.article_id == article).order_by(versions.c.version)
        return list(self.connection.execute(chosen).scalars())

    def count(self, table: sa.Table) -> int:
        return int(self.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())

    def waiting(self) -> list[tuple[int, Cause | None]]:
        chosen = sa.select(entry_table.c.id, entry_table.c.cause).where(entry_table.c.stage != "done").order_by(entry_table.c.id)
        return [(row.id, row.cause) for row in self.connection.execute(chosen)]


def text(number: int) -> str:
    return "\n".join(STORIES[number][1:])


def test_the_third_article_is_clean_and_the_first_two_follow_without_a_mail(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("media", "riverside"))
        for number in range(2):
            desk.story(number, *FOOTER)
            desk.work()
        assert desk.bodies() == ["\n".join((text(n), *FOOTER)) for n in range(2)]
        assert desk.count(outbox) == 2
        clock.advance(timedelta(hours=1))
        third = desk.story(2, *FOOTER)
        first_run = [desk.publish(entry) for entry in desk.claim()]
        assert [placed.alerts for placed in first_run] == [()]
        assert desk.waiting() == [(1, Cause.FILTER), (2, Cause.FILTER)]
        assert third not in [entry for entry, _ in desk.waiting()]
        again = desk.work()
        assert [(placed.version, placed.cause, placed.alerts) for placed in again] == [(2, Cause.FILTER, ())] * 2
        assert desk.bodies() == [text(n) for n in range(3)]
        assert [desk.causes(n) for n in (1, 2, 3)] == [[Cause.PUBLISHER, Cause.FILTER]] * 2 + [[Cause.PUBLISHER]]
        assert desk.waiting() == []
        assert desk.count(outbox) == 2
        lost = connection.execute(sa.select(matches.c.article_id, matches.c.lost_at).order_by(matches.c.article_id)).all()
        assert [(row.article_id, row.lost_at) for row in lost] == [(1, clock.now()), (2, clock.now())]
        detail = archive.load_article(connection, 1)
        assert detail is not None
        assert [(block.text, block.reason) for block in detail.dropped] == [(line, LEARNED) for line in FOOTER]


def test_a_batch_that_was_claimed_together_comes_out_as_one_after_the_other(database: Database, clock: ManualClock) -> None:
    """All of it was claimed before anything was known: what was learned within the batch is seen in the transaction."""
    with database.write() as connection:
        desk = Desk(connection, clock)
        for number in range(5):
            desk.story(number, *FOOTER)
        desk.work()
        assert desk.bodies() == [text(n) for n in range(5)]
        assert [len(desk.causes(n + 1)) for n in range(5)] == [2, 2, 1, 1, 1]


def test_a_match_that_the_filter_brings_is_recorded_and_not_told(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("locks", "lock NOT riverside"))
        for number in range(3):
            desk.story(number, *FOOTER)
            desk.work()
        (match,) = connection.execute(sa.select(matches)).all()
        assert (match.article_id, match.lost_at) == (1, None)
        assert desk.count(outbox) == 0
        desk.read_again(1, (*STORIES[0][1:], "A diver found the gate.", *FOOTER), headline="Lock closed")
        assert desk.work()[0].cause is Cause.PUBLISHER
        assert desk.count(outbox) == 0


def test_an_unchanged_page_that_is_read_again_is_no_change_of_the_outlet(database: Database, clock: ManualClock) -> None:
    """The filter has grown meanwhile, and the entry came round for another reason."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("locks", "lock NOT riverside"))
        for number in range(3):
            desk.story(number, *FOOTER)
        batch = desk.claim()
        for entry in batch:
            desk.publish(entry)
        desk.read_again(1, (*STORIES[0][1:], *FOOTER), headline="Lock closed")
        assert [(placed.version, placed.cause) for placed in desk.work()] == [(2, Cause.FILTER)] * 2
        assert desk.count(outbox) == 0


def test_a_change_of_the_outlet_stays_one_when_blocks_were_learned_too(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("divers", "diver"))
        for number in range(3):
            desk.story(number, *FOOTER)
            desk.work()
        desk.read_again(2, (*STORIES[1][1:], "A diver was there.", *FOOTER), headline="Mill burns")
        (placed,) = desk.work()
        assert (placed.cause, len(placed.alerts)) == (Cause.PUBLISHER, 1)
        assert desk.causes(2) == [Cause.PUBLISHER, Cause.FILTER, Cause.PUBLISHER]


def test_an_older_reading_does_not_take_a_newer_text_back(database: Database, clock: ManualClock) -> None:
    """Two feeds print one article; the entry whose reading is the newest is the one that is published again."""
    with database.write() as connection:
        desk = Desk(connection, clock)
        old = desk.story(0, *FOOTER)
        newer = desk.story(0, *FOOTER)
        desk.work()
        assert desk.count(articles) == 1
        desk.read_again(old, (*STORIES[0][1:], "A diver found the gate.", *FOOTER), headline="Lock closed")
        desk.work()
        for number in (1, 2):
            desk.story(number, *FOOTER)
            desk.work()
        assert desk.bodies()[0] == f"{text(0)}\nA diver found the gate."
        connection.execute(
            sa.update(entry_table)
            .where(entry_table.c.id == newer)
            .values(stage="publish", due_at=clock.now(), cause=Cause.FILTER)
        )
        (placed,) = desk.work()
        assert placed.version == 0
        assert desk.bodies()[0] == f"{text(0)}\nA diver found the gate."


def test_the_same_article_read_again_and_a_second_one_of_its_title_teach_nothing(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock)
        first = desk.story(0, *FOOTER)
        desk.work()
        for n in range(3):
            desk.read_again(first, (*STORIES[0][1:], *FOOTER), headline=f"Lock closed, day {n}")
            desk.work()
        desk.print(
            7, ("Another text stands under the title that the first one has now.", *FOOTER), headline="LOCK closed - day 2"
        )
        desk.work()
        desk.story(1, *FOOTER)
        desk.work()
        assert all(body.endswith(FOOTER[1]) for body in desk.bodies())
        seen = connection.execute(sa.select(block_table.c.seen).where(block_table.c.key == block_key(FOOTER[0]))).scalar_one()
        assert [one.article for one in seen] == [1, 3]


def test_an_outlet_that_is_not_to_learn_keeps_its_texts(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, learn_boilerplate=False)
        for number in range(4):
            desk.story(number, *FOOTER)
            desk.work()
        assert desk.bodies() == ["\n".join((text(n), *FOOTER)) for n in range(4)]
        assert desk.count(block_table) == 0


def test_switched_off_everything_comes_back_and_nobody_is_told(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("media", "riverside"))
        for number in range(5):
            desk.story(number, *FOOTER)
            desk.work()
        told = desk.count(outbox)
        desk.declare(rows.topic("media", "riverside"), learn_boilerplate=False)
        assert connection.execute(sa.select(outlets.c.learn_boilerplate).where(outlets.c.id == 1)).scalar_one() is False
        assert {placed.cause for placed in desk.work()} == {Cause.FILTER}
        assert desk.bodies() == ["\n".join((text(n), *FOOTER)) for n in range(5)]
        assert desk.causes(5) == [Cause.PUBLISHER, Cause.FILTER]
        assert connection.execute(sa.select(matches.c.article_id).where(matches.c.lost_at.is_(None))).scalars().all() == [
            *range(1, 6)
        ]
        assert desk.count(outbox) == told
        desk.declare(rows.topic("media", "riverside"), learn_boilerplate=False, tier=1)
        assert desk.work() == []


def test_a_page_of_nothing_but_boilerplate_is_matched_with_its_summary(database: Database, clock: ManualClock) -> None:
    """The raw text stays; an article that was published with it before follows."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("media", "riverside"))
        desk.print(9, FOOTER, headline="Something else")
        for number in range(3):
            desk.story(number, *FOOTER)
            desk.work()
        row = connection.execute(sa.select(articles).where(articles.c.id == 1)).one()
        assert (row.status, row.body, row.version) == (Status.BOILERPLATE_ONLY, "\n".join(FOOTER), 2)
        lost = connection.execute(sa.select(matches.c.lost_at).where(matches.c.article_id == 1)).scalar_one()
        assert lost is not None
        desk.read_again(
            1, ("Two swans have settled on the pond of the upper mill this week.", *FOOTER), headline="Something else"
        )
        (placed,) = desk.work()
        assert placed.cause is Cause.RESCUE
        desk.print(10, FOOTER, headline="Yet another thing")
        desk.work()
        assert connection.execute(sa.select(articles.c.status).where(articles.c.id == 5)).scalar_one() is Status.BOILERPLATE_ONLY


def test_what_the_feed_confirms_is_neither_left_out_nor_learned(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock)
        for number in range(3):
            desk.story(number, *FOOTER, confirmed=(2,))
            desk.work()
        desk.story(3, *FOOTER, confirmed=(2,))
        desk.story(4, *FOOTER)
        desk.work()
        assert desk.bodies()[3] == f"{text(3)}\n{FOOTER[0]}"
        assert desk.bodies()[4] == f"{text(4)}\n{FOOTER[0]}"


@pytest.mark.parametrize("first", [1, 2])
def test_a_copy_is_recognised_although_one_outlet_has_a_learned_footer(
    database: Database, clock: ManualClock, first: int
) -> None:
    """The agency's last line repeats: one outlet has learned it, the other prints it for the first time."""
    credit = "Reporting by Ada Mole; editing by Ben Hart"
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("ships", "dredged"))
        for number in range(3):
            desk.story(number, credit)
            desk.work()
        for outlet in (first, 3 - first):
            desk.print(20, (*LONG, credit), headline=f"Harbour dredged {outlet}", outlet=outlet)
            desk.work()
        assert connection.execute(sa.select(copies.c.article_id, copies.c.other_id)).all() == [(5, 4)]
        assert desk.count(outbox) == 1
        clean = connection.execute(sa.select(articles.c.body).where(articles.c.outlet_id == 1, articles.c.id > 3)).scalar_one()
        assert clean == "\n".join(LONG)


def test_a_copy_is_recognised_when_the_other_outlet_prints_no_last_line(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock)
        for number in range(3):
            desk.story(number, *FOOTER)
            desk.work()
        desk.print(20, LONG, headline="Harbour dredged", outlet=2)
        desk.print(21, (*LONG, *FOOTER), headline="Dredging done")
        desk.work()
        assert connection.execute(sa.select(copies.c.article_id, copies.c.other_id)).all() == [(5, 4)]


def test_a_new_extractors_text_has_its_cause_and_tells_nobody(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("divers", "diver"))
        first = desk.story(0)
        desk.work()
        found = (*STORIES[0][1:], "A diver found the gate.")
        desk.read_again(first, found, headline="Lock closed", cause=Cause.REEXTRACT)
        (placed,) = desk.work()
        assert (placed.cause, placed.alerts, desk.causes(1)) == (Cause.REEXTRACT, (), [Cause.PUBLISHER, Cause.REEXTRACT])
        assert desk.count(matches) == 1
        assert desk.waiting() == []
        desk.read_again(first, found, headline="Lock closed", cause=Cause.REEXTRACT, status=Status.CONSENT_WALL)
        assert desk.work()[0].cause is Cause.REEXTRACT
        assert connection.execute(sa.select(articles.c.body)).scalar_one() == "In short."
        desk.read_again(first, found, headline="Lock closed", cause=Cause.REEXTRACT)
        assert [(placed.cause, placed.alerts) for placed in desk.work()] == [(Cause.REEXTRACT, ())]
        desk.read_again(first, (), headline="Lock closed", cause=Cause.REEXTRACT, status=Status.FAILED)
        assert desk.work()[0].version == 0


def test_a_later_change_of_the_outlet_wins_over_the_cause(database: Database, clock: ManualClock) -> None:
    """It was to be published again for the filter, and is read again first: what it says then is the outlet's."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("divers", "diver"))
        first = desk.story(0)
        desk.work()
        blocks.publish_again(connection, [ArticleId(1)], now=clock.now())
        assert desk.waiting() == [(first, Cause.FILTER)]
        connection.execute(sa.update(entry_table).values(stage="read"))
        (to_read,) = entries.claim_to_read(connection, now=clock.now(), horizon=None, limit=5, lease=LEASE, busy_hosts=())
        found = rows.extraction(f"{text(0)}\nA diver found the gate.", headline="Lock closed")
        assert entries.record_reading(connection, to_read, page=None, extraction=found, final_url="", now=clock.now())
        (placed,) = desk.work()
        assert (placed.cause, len(placed.alerts)) == (Cause.PUBLISHER, 1)


def test_news_goes_before_what_is_published_again(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock)
        desk.story(0)
        desk.work()
        blocks.publish_again(connection, [ArticleId(1)], now=clock.now())
        fresh = desk.story(1)
        assert (
            entries.claim_to_publish(connection, now=clock.now(), limit=1, lease=LEASE, slack=timedelta(hours=2))[0].id == fresh
        )


def test_an_entry_on_its_way_is_left_alone(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock)
        desk.story(0)
        desk.work()
        connection.execute(sa.update(entry_table).values(stage="read"))
        blocks.publish_again(connection, [ArticleId(1), ArticleId(99)], now=clock.now())
        assert connection.execute(sa.select(entry_table.c.stage, entry_table.c.cause)).one() == ("read", None)


def test_learned_blocks_cost_no_write(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock)
        for number in range(4):
            desk.story(number, *FOOTER)
            desk.work()
        chosen = sa.select(block_table).where(block_table.c.key.in_([block_key(line) for line in FOOTER]))
        before = connection.execute(chosen.order_by(block_table.c.key)).all()
        clock.advance(timedelta(days=1))
        desk.story(4, *FOOTER)
        desk.work()
        assert connection.execute(chosen.order_by(block_table.c.key)).all() == before
        assert {row.sample for row in before} == set(FOOTER)


def test_blocks_that_do_not_repeat_are_forgotten_and_learned_ones_are_not(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock)
        for number in range(3):
            desk.story(number, *FOOTER)
            desk.work()
        assert desk.count(block_table) == 8
        clock.advance(timedelta(days=89))
        assert blocks.forget(connection, now=clock.now()) == 0
        clock.advance(timedelta(days=2))
        desk.story(3)
        desk.work()
        monkeypatch.setattr(blocks, "FORGET_AT_ONCE", 4)
        assert [blocks.forget(connection, now=clock.now()) for _ in range(3)] == [4, 2, 0]
        assert desk.count(block_table) == 4
        desk.story(4, *FOOTER)
        desk.work()
        assert desk.bodies()[4] == text(4)


def test_an_import_is_neither_filtered_nor_learned_from(database: Database, clock: ManualClock) -> None:
    """Its text was extracted elsewhere, and is taken as it is."""
    with database.write() as connection:
        desk = Desk(connection, clock)
        for number in range(3):
            desk.story(number, *FOOTER)
            desk.work()
        before = desk.count(block_table)
        article = rows.article("https://herald.example.org/old", "\n".join((*LONG, *FOOTER)), headline="Old", now=clock.now())
        prepared = prepare(article, desk.watch, guid="", final_url="", sources=("herald",), country="")
        arrival = Arrival(outlet_id=OutletId(1), feed_id=None, known=None, tell=False, silent=True, origin="import")
        place(connection, arrival, prepared, names={}, sender=SENDER, now=clock.now())
        assert desk.bodies()[3].endswith(FOOTER[1])
        assert desk.count(block_table) == before


def test_what_the_feed_prints_anew_wins_over_the_cause(database: Database, clock: ManualClock) -> None:
    """An entry without a link goes from the feed straight to `publish`."""
    with database.write() as connection:
        desk = Desk(connection, clock)
        feed = desk.feeds[OutletId(1)]
        first = replace(rows.entry("", guid="g1"), link="")
        rows.poll(connection, feed, first, now=clock.now())
        desk.work()
        blocks.publish_again(connection, [ArticleId(1)], now=clock.now())
        assert desk.waiting() == [(1, Cause.FILTER)]
        clock.advance(timedelta(hours=8))
        (again,) = [one for one in rows.claim(connection, now=clock.now()) if one.id == feed.id]
        rows.poll(connection, again, replace(first, summary="The canal is closed.", fingerprint="other"), now=clock.now())
        assert desk.waiting() == [(1, None)]
