"""Values of the feeds room: what we know, what the outside said, what is to be written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aggregator.ids import EntryId, FeedId, OutletId
from aggregator.reasons import Reason


class FeedState(StrEnum):
    """`dead` is still probed weekly: no feed is ever dropped silently."""

    OK = "ok"
    FAILING = "failing"
    SICK = "sick"
    DEAD = "dead"


class FeedKind(StrEnum):
    """How the document is read: RSS, Atom or JSON Feed; a (news) sitemap; a page whose links to articles are watched."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"


class IdentityPolicy(StrEnum):
    """What entries without a link are recognised by; TEXT once a feed was caught printing new guids for old entries."""

    GUID = "guid"
    TEXT = "text"


class ZoneSource(StrEnum):
    """Where the zone of a date came from: printed in it, learned from the feed's habit, the outlet's country, or taken as UTC."""

    NONE = ""
    STATED = "stated"
    LEARNED = "learned"
    COUNTRY = "country"
    ASSUMED = "assumed"


class KeyKind(StrEnum):
    """How an entry is recognised again, strongest first."""

    GUID = "guid"
    LINK = "link"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryKey:
    """`value` is a short stable digest (hex) of the thing itself."""

    kind: KeyKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the last document said about visits, kept because a 304 says nothing.

    `ttl`: its wish; `skip_hours` (0 to 23) and `skip_days` (Monday is 0) are GMT; `is_index`: a sitemap index, which may stay
    the same while the sitemaps it names change.
    """

    ttl: timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    is_index: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where a feed went. `to`: its adopted address, "" while it is the owner's own; `next`, `since`, `polls`: a permanent
    redirect that has yet to prove itself, since when it is answered and at how many polls in a row.
    """

    to: str = ""
    next: str = ""
    since: datetime | None = None
    polls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeed:
    """What we know of a feed when it is polled. `gap`: the usual time between two entries; `zone_min`: minutes east of Greenwich.

    `validators_host`: who gave etag and last_modified, "" for the host of the address itself. `last_full_at`: the last answer with a
    whole document. `printed`: what stood in it, see `ParsedFeed`.
    """

    id: FeedId
    outlet_id: OutletId
    url: str
    kind: FeedKind = FeedKind.FEED
    move: Move = Move()
    hints: Hints = Hints()
    identity: IdentityPolicy = IdentityPolicy.GUID
    gap: timedelta | None = None
    zone_min: int | None = None
    country: str = ""
    validators_host: str = ""
    last_full_at: datetime | None = None
    last_ok_at: datetime | None = None
    printed: bytes | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_sha: str | None = None
    fingerprint: str | None = None
    state: FeedState = FeedState.OK
    state_since: datetime | None = None
    failures: int = 0
    gone_since: datetime | None = None
    interval: timedelta
    first_polled_at: datetime | None = None
    last_new_at: datetime | None = None
    first_poll: str = "silent"
    proxy: str = ""
    user_agent: str = ""
    cookies_file: str = ""
    lease_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """One item as the feed printed it. Texts are plain (no markup) and normalised; URLs absolute http(s) or empty."""

    guid: str
    link: str
    title: str
    author: str
    summary: str
    content: str
    language: str
    published_at: datetime | None
    published_raw: str
    updated_at: datetime | None
    updated_raw: str
    image_url: str
    keys: tuple[EntryKey, ...]
    fingerprint: str
    published_zone: ZoneSource = ZoneSource.NONE
    is_media: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document, read. `fingerprint` covers the entries only: a changed lastBuildDate does not change it.

    `archive_url`: the older entries (RFC 5005 prev-archive or next; the second page of a WordPress feed), "" for none.
    `skip_hours` (0 to 23) and `skip_days` (Monday is 0), both GMT: when the publisher wants no visits. `children`: the sitemaps
    of a sitemap index, newest first; such a document has no entries of its own. `entries` are those that were not printed word for
    word at the poll before; `known` counts the others. `printed`: eight bytes for each entry of the document, `dates` those of its first twenty, read or not.
    """

    title: str
    home_url: str
    language: str
    ttl: timedelta | None
    entries: tuple[ParsedEntry, ...]
    fingerprint: str
    archive_url: str = ""
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    children: tuple[str, ...] = ()
    known: int = 0
    printed: bytes = b""
    dates: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """What the store holds under one of an entry's keys."""

    id: EntryId
    fingerprint: str
    link: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an HTTP exchange said about freshness; header texts are byte for byte as sent.

    `asked`: the address; `moved`: where permanent redirects alone lead from there, "" when none does; `host`: who answered.
    """

    status: int
    etag: str | None = None
    last_modified: str | None = None
    max_age: timedelta | None = None
    body_sha: str | None = None
    asked: str = ""
    moved: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Between two polls more was printed than the document holds. `filled`: entries found elsewhere; at most `missing` more."""

    since: datetime
    until: datetime
    filled: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry to be stored. `silent`: stored and read, never alerted. `readable`: it has a link to a page."""

    entry: ParsedEntry
    silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedEntry:
    """A known entry whose printed form changed: its page is read again."""

    id: EntryId
    entry: ParsedEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What one poll leaves behind, written in one transaction. `reason` is None when the poll brought a changed document.

    `title` "" means: keep the one we have. `rekeyed`: known, unchanged entries met under further keys; only those are stored.
    `backoff_url` names the host that wants the rest, "" the feed's own. `gap`: what this poll found to be missing, `usual_gap` the feed's rhythm.
    """

    feed_id: FeedId
    reason: Reason | None
    detail: str
    due_at: datetime
    interval: timedelta
    state: FeedState
    state_since: datetime | None
    failures: int
    gone_since: datetime | None
    etag: str | None
    last_modified: str | None
    body_sha: str | None
    fingerprint: str | None
    first_polled_at: datetime | None
    last_new_at: datetime | None
    title: str
    new: tuple[NewEntry, ...] = ()
    changed: tuple[ChangedEntry, ...] = ()
    rekeyed: tuple[ChangedEntry, ...] = ()
    host_backoff_until: datetime | None = None
    backoff_url: str = ""
    move: Move = Move()
    hints: Hints = Hints()
    identity: IdentityPolicy = IdentityPolicy.GUID
    usual_gap: timedelta | None = None
    zone_min: int | None = None
    validators_host: str = ""
    last_full_at: datetime | None = None
    printed: bytes | None = None
    gap: Gap | None = None
