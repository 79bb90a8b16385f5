"""Places of query parts in positions: adjacent words, distances, counts. Plain tuples, for speed.

A hit is (start, end, marks): positions from `start` up to but without `end`, and the ranges inside it that are to be marked
(for NEAR its operands, not the words between).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Mark: TypeAlias = tuple[int, int]
Hit: TypeAlias = tuple[int, int, frozenset[Mark]]

# A page that repeats two words a million times must not stop the service. News texts stay far below (measured: 99 % under 50).
PAIRS = 100_000


def of_word(positions: Iterable[int]) -> list[Hit]:
    """One hit a position."""
    return [(at, at + 1, frozenset(((at, at + 1),))) for at in positions]


def adjacent(positions: Sequence[Sequence[int]]) -> list[Hit]:
    """Hits of a phrase, from the positions of each of its words."""
    rest = [set(places) for places in positions[1:]]
    size = len(positions)
    return [
        (at, at + size, frozenset(((at, at + size),)))
        for at in positions[0]
        if all(at + step in places for step, places in enumerate(rest, 1))
    ]


def near(left: list[Hit], right: list[Hit], distance: int, *, ordered: bool) -> list[Hit]:
    """Every pair of hits that do not overlap with at most `distance` positions between; the hit is their hull.

    All pairs are tried, not only the nearest: a greedy choice loses matches of chains. After 100,000 pairs the rest is dropped.
    """
    found: dict[Mark, frozenset[Mark]] = {}
    _pair(left, right, distance, found)
    if not ordered:
        _pair(right, left, distance, found)
    return [(start, end, marks) for (start, end), marks in sorted(found.items(), key=_place)]


def _place(item: tuple[Mark, frozenset[Mark]]) -> Mark:
    return item[0]


def _pair(first: list[Hit], second: list[Hit], distance: int, found: dict[Mark, frozenset[Mark]]) -> None:
    starts = [hit[0] for hit in second]
    budget = PAIRS
    for start, end, marks in first:
        index = bisect_left(starts, end)
        while index < len(second) and starts[index] <= end + distance:
            _, stop, others = second[index]
            hull = (start, stop)
            known = found.get(hull)
            both = marks | others
            found[hull] = both if known is None else known | both
            index += 1
            budget -= 1
            if not budget:
                return


def merged(parts: Iterable[list[Hit]]) -> list[Hit]:
    """The hits of several parts in order, equal places once."""
    found: dict[Mark, frozenset[Mark]] = {}
    for part in parts:
        for start, end, marks in part:
            known = found.get((start, end))
            found[start, end] = marks if known is None else known | marks
    return [(start, end, marks) for (start, end), marks in sorted(found.items(), key=_place)]


def disjoint(hits: list[Hit]) -> int:
    """How many hits can be chosen so that no two overlap: always the one that ends first."""
    count, free = 0, -1
    for end, start in sorted((hit[1], hit[0]) for hit in hits):
        if start >= free:
            count, free = count + 1, end
    return count
