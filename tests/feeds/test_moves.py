"""A permanent redirect has to prove itself; a temporary one never changes anything."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.feeds.moves import address, moved, permanent_target
from aggregator.feeds.values import Answer, Move
from tests.feeds.documents import NOW, due

OLD, NEW, LAST = "https://old.example/rss", "https://new.example/rss", "https://last.example/rss"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hops", "expected"),
    [
        ([], ""),
        ([(301, NEW)], NEW),
        ([(308, NEW)], NEW),
        ([(302, NEW)], ""),
        ([(303, NEW)], ""),
        ([(307, NEW)], ""),
        ([(301, NEW), (302, LAST)], NEW),
        ([(302, NEW), (301, LAST)], ""),
        ([(301, NEW), (308, LAST)], LAST),
        ([(301, "http://new.example/rss")], ""),
        ([(301, NEW), (301, "http://last.example/rss")], NEW),
        ([(301, NEW), (301, OLD)], ""),
    ],
)
def test_p37_to_p42_where_permanent_redirects_lead(hops: list[tuple[int, str]], expected: str) -> None:
    assert permanent_target(OLD, hops) == expected


def polled(move: Move, *targets: str, every: timedelta = HOUR) -> Move:
    """The move after one poll an interval for each target; each is asked as the feed would be."""
    for number, target in enumerate(targets):
        feed = due(url=OLD, move=move)
        move = moved(feed, Answer(status=200, asked=address(feed), moved=target), now=NOW + number * every)
    return move


def test_p37_the_third_poll_in_a_row_adopts_the_address() -> None:
    assert polled(Move(), NEW).to == ""
    assert polled(Move(), NEW, NEW) == Move(next=NEW, since=NOW, polls=2)
    assert polled(Move(), NEW, NEW, NEW) == Move(to=NEW)


def test_p37_two_days_of_the_same_answer_adopt_it_as_well() -> None:
    assert polled(Move(), NEW, NEW, every=timedelta(hours=48)) == Move(to=NEW)
    assert polled(Move(), NEW, NEW, every=timedelta(hours=47)).to == ""


@pytest.mark.parametrize("between", ["", LAST])
def test_p37_another_answer_in_between_starts_anew(between: str) -> None:
    assert polled(Move(), NEW, NEW, between, NEW, NEW).to == ""


def test_an_adopted_address_that_is_moved_on_has_to_prove_it_again() -> None:
    adopted = Move(to=NEW)
    assert polled(adopted, LAST, LAST).to == NEW
    assert polled(adopted, LAST, LAST, LAST) == Move(to=LAST)


def test_a_moved_feed_in_trouble_is_asked_at_its_old_address_every_other_time() -> None:
    feed = due(url=OLD, move=Move(to=NEW))
    assert [address(replace(feed, failures=count)) for count in range(6)] == [NEW, NEW, NEW, OLD, NEW, OLD]


def test_a_move_that_was_taken_back_is_forgotten() -> None:
    feed = due(url=OLD, move=Move(to=NEW), failures=3)
    assert moved(feed, Answer(status=200, asked=OLD), now=NOW) == Move()
    again = moved(feed, Answer(status=200, asked=OLD, moved=NEW), now=NOW)
    assert (again.to, again.next) == ("", NEW)
