"""Identity, copies, matches, alerts and the outbox, written in one transaction."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from aggregator.alerts.values import MessageKind, MessageState
from aggregator.articles.values import Cause, Status
from aggregator.clock import ManualClock
from aggregator.ids import OutletId
from aggregator.pipeline.context import Watch
from aggregator.pipeline.publish import Arrival, Placed, TopicsChangedError, place, prepare
from aggregator.reasons import Reason
from aggregator.store import archive, outbox, topics
from aggregator.store.db import Connection, Database
from aggregator.store.tables import alerts, articles, copies, matches, stories, versions
from aggregator.store.tables import outbox as outbox_table
from aggregator.topics.engine import Matcher, Query
from aggregator.topics.index import narrow
from aggregator.topics.parser import parse
from tests.store import rows

SENDER = "News <alerts@example.org>"
WIRE = " ".join(f"Sentence {n} tells how the canal was opened by the minister in the port of Suez." for n in range(12))


class Desk:
    """Publishes articles into one database."""

    def __init__(self, connection: Connection, clock: ManualClock, *wanted: object) -> None:
        self.connection, self.clock = connection, clock
        rows.declare(connection, rows.outlet("herald"), rows.outlet("times"), topics=wanted, now=clock.now())  # type: ignore[arg-type]
        revision, found, lists = topics.watched(connection)
        self.watch = Watch(
            revision=revision, matcher=Matcher(found, dict(lists)), names={topic.id: topic.name for topic in found}
        )

    def publish(
        self, url: str, body: str, *, outlet: int = 1, tell: bool = True, known: Placed | None = None, **more: object
    ) -> Placed:
        article = rows.article(url, body, now=self.clock.now(), **more)  # type: ignore[arg-type]
        prepared = prepare(article, self.watch, guid=url, final_url="", sources=("herald",), country="EG")
        arrival = Arrival(
            outlet_id=OutletId(outlet),
            feed_id=None,
            known=known.article_id if known else None,
            tell=tell,
            silent=not tell,
            origin="feed",
        )
        return place(self.connection, arrival, prepared, names=self.watch.names, sender=SENDER, now=self.clock.now())

    def count(self, table: sa.Table) -> int:
        return int(self.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())

    def claim(self, horizon: datetime | None = None):
        return outbox.claim_message(self.connection, now=self.clock.now(), horizon=horizon, lease=timedelta(seconds=1500))


def test_one_address_is_one_article(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        first = desk.publish("https://herald.example.org/a?utm_source=rss", WIRE)
        second = desk.publish("https://www.herald.example.org/a", WIRE)
        assert (second.article_id, second.fresh) == (first.article_id, False)
        assert (desk.count(articles), desk.count(alerts), desk.count(outbox_table)) == (1, 1, 1)


def test_the_same_text_at_another_outlet_joins_the_story_and_is_folded(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        first = desk.publish("https://herald.example.org/a", WIRE)
        second = desk.publish("https://times.example.org/b", WIRE, outlet=2, headline="Canal: minister opens it")
        assert second.story_id == first.story_id
        assert connection.execute(sa.select(copies.c.other_id)).scalar_one() == first.article_id
        assert (desk.count(articles), desk.count(stories), desk.count(matches)) == (2, 1, 2)
        assert [alert.message is None for alert in second.alerts] == [True]
        assert desk.count(outbox_table) == 1
        message = desk.claim()
        assert message is not None
        (item,) = outbox.load_items(connection, message.id)
    assert [also.outlet for also in item.also_in] == ["Times"]


def test_a_copy_of_a_silent_article_is_told(database: Database, clock: ManualClock) -> None:
    """`copy_of` alone never suppresses: nobody was told of the first one."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        desk.publish("https://herald.example.org/a", WIRE, tell=False)
        told = desk.publish("https://times.example.org/b", WIRE, outlet=2)
        assert len(told.alerts) == 1
        assert desk.count(outbox_table) == 1


def test_a_copy_that_says_more_is_told(database: Database, clock: ManualClock) -> None:
    """The headline of the copy has the watched word, the alerted text had it elsewhere: the sentence is new."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("strike", "strike* OR canal"))
        desk.publish("https://herald.example.org/a", WIRE)
        second = desk.publish("https://times.example.org/b", WIRE, outlet=2, headline="Strikers close the port for a week")
        assert len(second.alerts) == 1
        assert second.alerts[0].message is not None


def test_what_was_told_is_the_text_of_that_time(database: Database, clock: ManualClock) -> None:
    """An edit that nobody was told of is no reason to fold a copy that says the same."""
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("canal", "canal OR tug"))
        first = desk.publish("https://herald.example.org/a", WIRE)
        edited = f"{WIRE} A tug sank in the night."
        desk.publish("https://herald.example.org/a", edited, known=first)
        copy = desk.publish("https://times.example.org/b", edited, outlet=2)
        assert copy.alerts[0].message is not None


def test_short_texts_are_never_copies(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock)
        desk.publish("https://herald.example.org/a", "Subscribe to read on.")
        desk.publish("https://herald.example.org/b", "Subscribe to read on.")
        desk.publish("https://times.example.org/c", "Subscribe to read on.", outlet=2)
        assert (desk.count(articles), desk.count(copies)) == (3, 0)


def test_an_edited_article_gets_a_version_and_no_second_mail(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        first = desk.publish("https://herald.example.org/a", WIRE)
        comma = desk.publish("https://herald.example.org/a", WIRE.replace("opened by", "opened, by"), known=first)
        edited = desk.publish("https://herald.example.org/a", f"{WIRE} A tug sank.", known=first)
        assert (comma.version, edited.version) == (0, 2)
        rows_ = connection.execute(sa.select(versions.c.version, versions.c.cause).order_by(versions.c.version)).all()
        assert [(row.version, row.cause) for row in rows_] == [(1, Cause.PUBLISHER), (2, Cause.PUBLISHER)]
        assert (desk.count(alerts), desk.count(outbox_table)) == (1, 1)


def test_an_edit_that_gains_a_match_is_told_and_one_that_loses_it_is_kept(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("tug", "tug"))
        first = desk.publish("https://herald.example.org/a", WIRE)
        gained = desk.publish("https://herald.example.org/a", f"{WIRE} A tug sank.", known=first)
        assert len(gained.alerts) == 1
        desk.publish("https://herald.example.org/a", WIRE, known=first)
        row = connection.execute(sa.select(matches)).one()
    assert row.lost_at is not None


def test_a_page_that_fails_later_does_not_take_the_text_away(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock)
        first = desk.publish("https://herald.example.org/a", WIRE)
        again = desk.publish("https://herald.example.org/a", "Enable JavaScript.", known=first, status=Status.JAVASCRIPT_ONLY)
        assert again.version == 0
        assert connection.execute(sa.select(articles.c.body)).scalar_one() == WIRE


def test_a_body_read_at_last_is_a_rescue_and_tells_what_it_finds(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        first = desk.publish("https://herald.example.org/a", "", status=Status.FAILED, headline="News of the day")
        assert first.alerts == ()
        rescued = desk.publish("https://herald.example.org/a", WIRE, known=first, headline="News of the day")
        assert len(rescued.alerts) == 1
        causes = connection.execute(sa.select(versions.c.cause).order_by(versions.c.version)).scalars().all()
    assert causes == [Cause.PUBLISHER, Cause.RESCUE]


def test_topics_that_changed_meanwhile_are_matched_again(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        rows.declare(
            connection, rows.outlet("herald"), rows.outlet("times"), topics=(rows.topic("canal", "tug"),), now=clock.now()
        )
        with pytest.raises(TopicsChangedError):
            desk.publish("https://herald.example.org/a", WIRE)
        assert desk.count(articles) == 0


def test_a_digest_gathers_the_alerts_of_its_slot(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic("canal", "canal", deliver="daily at 08:00"))
        desk.publish("https://herald.example.org/a", WIRE)
        desk.publish("https://herald.example.org/b", "Another canal is planned.", headline="Plans")
        assert desk.claim() is None
        clock.advance(timedelta(hours=20))
        message = desk.claim()
        assert message is not None
        assert message.kind is MessageKind.DIGEST
        assert len(outbox.load_items(connection, message.id)) == 2
        assert desk.claim() is None


def test_a_message_is_marked_only_by_who_holds_it(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        desk.publish("https://herald.example.org/a", WIRE)
        slow = desk.claim()
        assert slow is not None
        clock.advance(timedelta(seconds=1501))
        owner = desk.claim()
        assert owner is not None
        assert owner.message_id == slow.message_id
        assert _mark(connection, slow, MessageState.SENT, clock) is False
        assert _mark(connection, owner, MessageState.SENT, clock) is True
        assert connection.execute(sa.select(outbox_table.c.ambiguous)).scalar_one() is True
        assert desk.claim() is None


def _mark(connection, message, state, clock, *, reason=None, due_in=timedelta()):
    return outbox.mark(
        connection,
        message,
        state,
        reason=reason,
        detail="",
        due_at=clock.now() + due_in,
        counts=True,
        now=clock.now(),
    )


def test_a_retry_waits_for_its_time_and_once_does_not_wait_for_it(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        desk.publish("https://herald.example.org/a", WIRE)
        start = clock.now()
        message = desk.claim()
        _mark(connection, message, MessageState.RETRY, clock, reason=Reason.SMTP_CONNECT, due_in=timedelta(seconds=30))
        assert desk.claim() is None
        clock.advance(timedelta(seconds=31))
        assert desk.claim(horizon=start) is None
        assert outbox.retry_all(connection, (), now=clock.now()) == 1
        assert desk.claim() is not None


def test_without_a_mail_server_messages_are_held_and_later_sent(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        desk.publish("https://herald.example.org/a", WIRE)
        assert outbox.hold_without_server(connection, now=clock.now()) == 1
        (row,) = outbox.list_messages(connection)
        assert (row.state, row.reason) == (MessageState.HELD, "no_mail_server")
        assert desk.claim() is None
        clock.advance(timedelta(hours=2))
        assert outbox.release_held(connection, sender=SENDER, now=clock.now()) == 1
        assert desk.claim() is not None


def test_what_waited_a_day_leaves_as_one_digest(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        for n in range(3):
            desk.publish(f"https://herald.example.org/{n}", f"Canal number {n}.", headline=f"Canal {n}")
        outbox.hold_without_server(connection, now=clock.now())
        clock.advance(timedelta(hours=25))
        outbox.release_held(connection, sender=SENDER, now=clock.now())
        message = desk.claim()
        assert message is not None
        assert message.kind is MessageKind.DIGEST
        assert len(outbox.load_items(connection, message.id)) == 3
        assert desk.claim() is None
        states = connection.execute(sa.select(outbox_table.c.state).order_by(outbox_table.c.id)).scalars().all()
    assert states[:3] == [MessageState.CANCELLED] * 3


def test_the_second_hard_bounce_suppresses_the_address(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        (subscription,) = topics.load_subscriptions(connection, list(desk.watch.names))
        assert outbox.count_bounce(connection, subscription.recipient_id, now=clock.now()) is False
        assert outbox.count_bounce(connection, subscription.recipient_id, now=clock.now()) is True
        (after,) = topics.load_subscriptions(connection, list(desk.watch.names))
    assert after.suppressed


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("canal", 3),
        ("tug AND canal", 1),
        ('"canal number"', 1),
        ("minis*", 1),
        ("title:plans", 1),
        ("canal NOT tug", 2),
        ("суда OR tug", 2),
        ('"C++"', 1),
        ("absent", 0),
        ("it's", 1),
    ],
)
def test_search_finds_what_the_engine_finds(database: Database, clock: ManualClock, query: str, expected: int) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock)
        desk.publish("https://herald.example.org/1", "The canal number one. A tug sank.", headline="One")
        desk.publish("https://herald.example.org/2", "The canal waits for the minister; it's late.", headline="Plans")
        desk.publish("https://herald.example.org/3", "В канал вошли суда. They code in C++ at the canal.", headline="Three")
        node = parse(query)
        found = archive.documents(connection, narrow(node), before=None, limit=50)
        hits = [row.id for row, document in found if Query(node).find(document) is not None]
    assert len(hits) == expected


def test_an_article_is_exported_in_its_public_form(database: Database, clock: ManualClock) -> None:
    with database.write() as connection:
        desk = Desk(connection, clock, rows.topic())
        placed = desk.publish("https://herald.example.org/a", WIRE)
        (row,) = archive.export_articles(connection)
        detail = archive.load_article(connection, placed.article_id)
    assert (row.outlet, row.topics, row.version, row.copy_of, row.body_source) == ("Herald", ("Canal",), 1, None, "page")
    assert detail is not None
    assert replace(detail.row, topics=()) == replace(row, topics=())
    assert [version.body for version in detail.versions] == [WIRE]
