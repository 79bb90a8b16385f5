"""When a permanent redirect is believed, and what a feed is asked under meanwhile.

Maintenance pages, captive portals and mistakes answer 301 too (readers that believed them at once replaced good addresses by a
maintenance page), so a move has to prove itself: three polls in a row or two days of the same answer, each with a document
that could be read.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from aggregator.feeds.values import Answer, DueFeed, Move

PERMANENT = frozenset({301, 308})
POLLS = 3
LONG_ENOUGH = timedelta(hours=48)
# A moved feed that fails so often is asked at its old address every other time: the move may have been taken back.
DOUBTED_AFTER = 3


def permanent_target(asked: str, hops: Iterable[tuple[int, str]]) -> str:
    """Where permanent redirects alone lead from `asked`, "" when none does.

    `hops` are (status, absolute location) in order. The first temporary hop ends the way; so does one from https to http, which
    is followed but never remembered.
    """
    reached = asked
    for status, location in hops:
        if status not in PERMANENT or (reached.startswith("https:") and location.startswith("http:")):
            break
        reached = location
    return "" if reached == asked else reached


def address(feed: DueFeed) -> str:
    """What the feed is asked under: the adopted address, in doubt the owner's own every other time."""
    if not feed.move.to or (feed.failures >= DOUBTED_AFTER and feed.failures % 2):
        return feed.url
    return feed.move.to


def moved(feed: DueFeed, answer: Answer, *, now: datetime) -> Move:
    """The move after a poll that brought a readable document or said that ours is still right."""
    # Back at the owner's own address: what was adopted is forgotten unless it leads there again.
    adopted = feed.move.to if answer.asked in (feed.move.to, "") else ""
    if not answer.moved or answer.moved == adopted:
        return Move(to=adopted)
    again = answer.moved == feed.move.next and feed.move.since is not None
    since = feed.move.since if again and feed.move.since else now
    polls = feed.move.polls + 1 if again else 1
    if polls >= POLLS or now - since >= LONG_ENOUGH:
        return Move(to="" if answer.moved == feed.url else answer.moved)
    return Move(to=adopted, next=answer.moved, since=since, polls=polls)
