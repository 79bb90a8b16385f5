"""Which feeds are due, and the claim by which a poller takes them."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from operator import itemgetter
from types import MappingProxyType
from typing import Any, cast

import sqlalchemy as sa

from aggregator.feeds.agenda import Agenda
from aggregator.feeds.values import DueFeed, Hints, Move
from aggregator.ids import FeedId, OutletId
from aggregator.store.dialect import is_sqlite
from aggregator.store.tables import feeds, hosts, outlets
from aggregator.store.types import UtcDateTime
from aggregator.store.work import claiming, lease_free

# Rows of one host that are claimed together: one is asked, one waits for the host's gap. More would outwait their lease in the
# host's queue and only hold back other hosts.
PER_HOST = 2
# So many claims in a row that left no result are a crash loop; a single kill resumes at once.
CRASHES = 3
NOBODY: Mapping[str, int] = MappingProxyType({})


def claim_due(
    connection: sa.Connection,
    *,
    now: datetime,
    due_by: datetime,
    limit: int,
    lease: timedelta,
    first_poll: str,
    crash_rest: timedelta,
    busy: Mapping[str, int] = NOBODY,
    agenda: Agenda | None = None,
) -> tuple[DueFeed, ...]:
    """Up to `limit` feeds that are due by `due_by`, longest due first, at most two a host together with those in `busy`.

    `first_poll` is the setting for outlets without their own. A feed whose last polls all left no result, because something
    ended us each time, rests `crash_rest` after each further try. `agenda` keeps from one claim to the next what is due; it is
    filled here when it is stale and cannot serve the claim.
    """
    agenda = Agenda(PER_HOST) if agenda is None else agenda
    times = {"now": now, "due_by": due_by, "rested": now - crash_rest}
    under_way, claimed = Counter(busy), list[DueFeed]()
    while len(claimed) < limit:
        ids = agenda.take(limit - len(claimed), under_way)
        if ids:
            # What somebody else took meanwhile, or a person paused, does not come back: the next ones are tried.
            found = _claim(connection, ids, open_by="due", lease=lease, first_poll=first_poll, **times)
            under_way.update(host for host, _ in found)
            claimed += [feed for _, feed in found]
        elif agenda.stale:
            look(connection, agenda, now=now, due_by=due_by, crash_rest=crash_rest)
        else:
            break
    return tuple(claimed)


def look(connection: sa.Connection, agenda: Agenda, *, now: datetime, due_by: datetime, crash_rest: timedelta) -> None:
    """Fill the agenda with all that is due, longest due first: one walk along the index."""
    found = connection.execute(_DUE, {"now": now, "due_by": due_by, "rested": now - crash_rest})
    # Rows are pairs already; making others of them would be a fifth of the cost.
    agenda.fill(cast("Sequence[tuple[FeedId, str]]", found.all()))


def claim_named(
    connection: sa.Connection, ids: Sequence[FeedId], *, now: datetime, lease: timedelta, first_poll: str
) -> tuple[DueFeed, ...]:
    """These feeds, due or not, unless somebody holds them."""
    return tuple(feed for _, feed in _claim(connection, ids, open_by="free", lease=lease, first_poll=first_poll, now=now))


def watched() -> sa.ColumnElement[bool]:
    """Neither the feed nor its outlet is paused, and no other feed is polled in its place."""
    paused = sa.exists().where(outlets.c.id == feeds.c.outlet_id, outlets.c.paused_by.is_not(None)).correlate(feeds)
    return sa.and_(feeds.c.paused_by.is_(None), sa.or_(feeds.c.merged_into.is_(None), sa.not_(_replaced())), sa.not_(paused))


def _replaced() -> sa.Exists:
    """The feed it was merged into is polled; one that is paused does nobody's work."""
    other, owner = feeds.alias(), outlets.alias()
    polled = (other.c.paused_by.is_(None), owner.c.id == other.c.outlet_id, owner.c.paused_by.is_(None))
    return sa.exists().where(other.c.id == feeds.c.merged_into, *polled).correlate(feeds)


def _open_to_claims() -> sa.ColumnElement[bool]:
    """Due, watched, held by nobody, its host not resting, and itself not resting after crashes; see `claim_due` for the times."""
    resting = sa.exists().where(hosts.c.host_key == feeds.c.host_key, hosts.c.backoff_until > _NOW).correlate(feeds)
    crashing = sa.and_(feeds.c.interrupted >= CRASHES, feeds.c.asked_at > sa.bindparam("rested", type_=UtcDateTime))
    return sa.and_(
        feeds.c.due_at <= sa.bindparam("due_by", type_=UtcDateTime),
        lease_free(feeds, _NOW),
        watched(),
        sa.not_(resting),
        sa.or_(feeds.c.asked_at.is_(None), sa.not_(crashing)),
    )


_NOW: sa.BindParameter[datetime] = sa.bindparam("now", type_=UtcDateTime)
_OPEN = {"due": _open_to_claims(), "free": lease_free(feeds, _NOW)}
# The order of the index, so that nothing is sorted.
_DUE = sa.select(feeds.c.id, feeds.c.host_key).where(_OPEN["due"]).order_by(feeds.c.due_at, feeds.c.id)
_OUTLETS = sa.select(
    outlets.c.id, outlets.c.proxy, outlets.c.user_agent, outlets.c.cookies_file, outlets.c.first_poll, outlets.c.country
).where(outlets.c.id.in_(sa.bindparam("ids", expanding=True)))
_MOVE = ("moved_to", "moving_to", "moving_since", "moving_polls")
NO_HINTS, NOT_MOVED = Hints(), Move()
# What a poll needs to know and is stored under the same name.
_KNOWN = (
    "url", "kind", "identity", "zone_min", "printed", "validators_host", "last_full_at", "last_ok_at", "etag", "last_modified", "body_sha", "fingerprint", "state", "state_since", "failures", "gone_since",
    "first_polled_at", "last_new_at",
)  # fmt: skip


@cache
def _claiming(open_by: str, *, postgresql: bool) -> sa.Executable:
    """Every claim notes the request to come; the result of the poll sets the count back."""
    asked: dict[str, Any] = {"asked_at": _NOW, "interrupted": feeds.c.interrupted + 1}
    returned = (
        feeds.c[name] for name in ("due_at", "id", "host_key", "outlet_id", "interval_s", "gap_s", "hints", *_MOVE, *_KNOWN)
    )
    return claiming(feeds, _OPEN[open_by], *returned, postgresql=postgresql, **asked)


def _claim(
    connection: sa.Connection, ids: Sequence[FeedId], *, open_by: str, lease: timedelta, first_poll: str, **times: datetime
) -> list[tuple[str, DueFeed]]:
    """Leases those of the feeds that are open to it; gives each with its host, longest due first."""
    token = secrets.token_hex(16)
    parameters = {"ids": ids, "token": token, "until": times["now"] + lease, **times}
    rows = connection.execute(_claiming(open_by, postgresql=not is_sqlite(connection)), parameters).all()
    if not rows:
        return []
    owners = {row.id: row for row in connection.execute(_OUTLETS, {"ids": list({row.outlet_id for row in rows})})}
    # By due time, then by number.
    return [(row[2], _due_feed(row, owners[row[3]], first_poll, token)) for row in sorted(rows, key=itemgetter(0, 1))]


def _due_feed(row: sa.Row[*tuple[Any, ...]], outlet: sa.Row[*tuple[Any, ...]], first_poll: str, token: str) -> DueFeed:
    _, feed_id, _, outlet_id, interval_s, gap_s, hints, moved_to, moving_to, moving_since, moving_polls, *known = row
    return DueFeed(
        id=FeedId(feed_id),
        outlet_id=OutletId(outlet_id),
        interval=timedelta(seconds=interval_s),
        gap=None if gap_s is None else timedelta(seconds=gap_s),
        hints=hints or NO_HINTS,
        move=Move(to=moved_to, next=moving_to, since=moving_since, polls=moving_polls) if moved_to or moving_to else NOT_MOVED,
        first_poll=outlet.first_poll or first_poll,
        proxy=outlet.proxy,
        user_agent=outlet.user_agent,
        cookies_file=outlet.cookies_file,
        country=outlet.country,
        lease_token=token,
        **dict(zip(_KNOWN, known, strict=True)),
    )
