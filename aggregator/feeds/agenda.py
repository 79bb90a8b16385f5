"""The feeds that are due, in memory between two looks at the database: who is polled next, and how many of one host at a time."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from aggregator.ids import FeedId


class Agenda:
    """Due feeds in their order, each handed out once; `per_host`: so many of one host are under way together at most.

    A look finds all that is due in one go; ranking it anew for every handful that is claimed would cost the square of it. What is
    listed here is only a proposal: the claim itself checks every feed again.
    """

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        # Places in `_rows`: of each host the first one stands in `_heads`, a heap, the others wait behind it.
        self._rows: Sequence[tuple[FeedId, str]] = ()
        self._heads: list[int] = []
        self._behind: dict[str, deque[int]] = {}
        self._left = 0
        # Set: what is listed may be out of date, look again before the next claim.
        self.stale = True

    def __len__(self) -> int:
        return self._left

    def fill(self, rows: Sequence[tuple[FeedId, str]]) -> None:
        """What a look found, (feed, host) with the longest due first; takes the place of everything listed before."""
        self._rows, self._heads, self._behind = rows, [], {}
        for place, (_, host) in enumerate(rows):
            behind = self._behind.get(host)
            if behind is None:
                self._behind[host] = deque()
                self._heads.append(place)
            else:
                behind.append(place)
        self._left = len(rows)
        self.stale = False

    def take(self, limit: int, busy: Mapping[str, int]) -> list[FeedId]:
        """Up to `limit` feeds, longest due first, of hosts with room; `busy` says how many requests each has under way."""
        under_way = Counter(busy)
        taken: list[FeedId] = []
        full: list[int] = []
        while self._heads and len(taken) < limit:
            place = heappop(self._heads)
            feed, host = self._rows[place]
            if under_way[host] >= self._per_host:
                full.append(place)
                continue
            under_way[host] += 1
            taken.append(feed)
            if behind := self._behind[host]:
                heappush(self._heads, behind.popleft())
        for place in full:
            heappush(self._heads, place)
        self._left -= len(taken)
        return taken
