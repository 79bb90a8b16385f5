"""The order in which due feeds are handed out, and how many of one host."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds.agenda import Agenda


def test_the_longest_due_first_and_two_of_a_host_together() -> None:
    agenda = Agenda(2)
    agenda.fill([(1, "a"), (2, "a"), (3, "a"), (4, "b")])
    assert agenda.take(10, {}) == [1, 2, 4]
    assert agenda.take(10, {"a": 2}) == []
    assert agenda.take(10, {"a": 1}) == [3]
    assert agenda.take(10, {}) == []


def test_a_busy_host_holds_back_nobody_else_and_keeps_its_place() -> None:
    agenda = Agenda(2)
    agenda.fill([(1, "a"), (2, "b"), (3, "c")])
    assert agenda.take(1, {"a": 2}) == [2]
    assert agenda.take(1, {}) == [1]
    assert len(agenda) == 1


def test_a_new_look_takes_the_place_of_the_old_one() -> None:
    agenda = Agenda(2)
    assert agenda.stale
    agenda.fill([(1, "a"), (2, "b")])
    agenda.fill([(3, "c")])
    assert not agenda.stale
    assert agenda.take(10, {}) == [3]


@given(
    hosts=st.lists(st.sampled_from("abcde"), max_size=60),
    steps=st.lists(st.tuples(st.integers(0, 9), st.dictionaries(st.sampled_from("abcde"), st.integers(0, 3))), max_size=12),
)
def test_it_is_the_plain_walk_along_the_list(hosts: list[str], steps: list[tuple[int, dict[str, int]]]) -> None:
    agenda = Agenda(2)
    waiting = list(enumerate(hosts))
    agenda.fill(waiting)
    for limit, busy in steps:
        under_way, wanted = Counter(busy), []
        for feed, host in waiting:
            if under_way[host] < 2 and len(wanted) < limit:
                under_way[host] += 1
                wanted.append(feed)
        assert agenda.take(limit, busy) == wanted
        waiting = [(feed, host) for feed, host in waiting if feed not in wanted]
        assert len(agenda) == len(waiting)
