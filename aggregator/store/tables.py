"""All tables, in the order of the flow. Every statement of this package works on SQLite and PostgreSQL.

Work rows (`feeds`, `entries`, `outbox`) carry `due_at, lease_token, lease_until` and a count of tries: the state of a row says
what is due, and every write of a result names the lease it holds.

`unknown` of a word: what this program takes a word for that a newer one wrote. Each is the careful choice: a feed in a state
unknown here is looked at, a text unknown here is not matched, a change unknown here causes no mail, and a message in a state
unknown here is in somebody else's hands (its kind too: `store.outbox` claims only kinds and states that it knows).
"""

import sqlalchemy as sa

from aggregator.alerts.values import AlertKind, MessageKind, MessageState
from aggregator.articles.values import BodySource, Cause, Dropped, Extraction, Sighting, Status
from aggregator.feeds.values import FeedKind, FeedState, Hints, IdentityPolicy, KeyKind, ZoneSource
from aggregator.reasons import Reason
from aggregator.store.happenings import Happening
from aggregator.store.types import BigId, Packed, UtcDateTime, Word
from aggregator.stories.values import AliasKind, Relation
from aggregator.topics.values import Position, Span

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> sa.Column[int]:
    return sa.Column("id", BigId, primary_key=True, autoincrement=True)


def _to(table: str, *, nullable: bool = False, name: str = "") -> sa.Column[int]:
    noun = {"stories": "story", "entries": "entry"}.get(table, table.removesuffix("s"))
    return sa.Column(name or f"{noun}_id", BigId, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=nullable)


def _lease() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("lease_token", sa.String(32)),
        sa.Column("lease_until", UtcDateTime),
    )


# Installation facts: the secret behind Message-IDs, the revision of the topics, when a backup was restored.
facts = sa.Table(
    "facts",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

# What happened to the installation itself.
journal = sa.Table(
    "journal",
    metadata,
    _id(),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("kind", Word(Happening, unknown=Happening.UNKNOWN), nullable=False),
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
)
sa.Index("ix_journal_kind", journal.c.kind, journal.c.id)

# `origin` of a row: "file" (config/), "page" (made by a person at run time) or "import" (an archive). `paused_by`: null, "file" or "person".
outlets = sa.Table(
    "outlets",
    metadata,
    _id(),
    sa.Column("slug", sa.String(200), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False, server_default=""),
    sa.Column("language", sa.String(35), nullable=False, server_default=""),
    sa.Column("country", sa.String(8), nullable=False, server_default=""),
    sa.Column("tier", sa.Integer, nullable=False, server_default="2"),
    sa.Column("proxy", sa.Text, nullable=False, server_default=""),
    sa.Column("user_agent", sa.Text, nullable=False, server_default=""),
    sa.Column("cookies_file", sa.Text, nullable=False, server_default=""),
    sa.Column("robots", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("first_poll", sa.String(16), nullable=False, server_default=""),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, server_default=""),
    sa.Column("paused_by", sa.String(16)),
    sa.Column("created_at", UtcDateTime, nullable=False),
    # Set while the outlet prints far less than it used to, with the reason in words.
    sa.Column("silent_since", UtcDateTime),
    sa.Column("silent_why", sa.Text, nullable=False, server_default=""),
    # Where it stands in a list of feeds (OPML): names of folders, outermost first, one a line; "" for none.
    sa.Column("folder", sa.Text, nullable=False, server_default=""),
    # Are blocks that repeat over its articles learned and left out?
    sa.Column("learn_boilerplate", sa.Boolean, nullable=False, server_default=sa.true()),
)

feeds = sa.Table(
    "feeds",
    metadata,
    _id(),
    _to("outlets"),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("url_key", sa.String(512), nullable=False, unique=True),
    sa.Column("host_key", sa.String(255), nullable=False),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("paused_by", sa.String(16)),
    sa.Column("state", Word(FeedState, unknown=FeedState.FAILING), nullable=False),
    sa.Column("state_since", UtcDateTime),
    sa.Column("reason", Word(Reason, unknown=Reason.INTERNAL)),
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("gone_since", UtcDateTime),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("body_sha", sa.String(64)),
    sa.Column("fingerprint", sa.String(64)),
    sa.Column("interval_s", sa.Integer, nullable=False),
    sa.Column("first_polled_at", UtcDateTime),
    sa.Column("last_polled_at", UtcDateTime),
    sa.Column("last_ok_at", UtcDateTime),
    sa.Column("last_new_at", UtcDateTime),
    sa.Column("due_at", UtcDateTime, nullable=False),
    *_lease(),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("kind", Word(FeedKind, unknown=FeedKind.FEED), nullable=False, server_default=FeedKind.FEED.value),
    # `url` stays what the owner wrote; this is where the outlet moved it for good, "" when it did not.
    sa.Column("moved_to", sa.Text, nullable=False, server_default=""),
    # A permanent redirect that has to prove itself: where it leads, since when, over how many polls.
    sa.Column("moving_to", sa.Text, nullable=False, server_default=""),
    sa.Column("moving_since", UtcDateTime),
    sa.Column("moving_polls", sa.Integer, nullable=False, server_default="0"),
    # It moved to the address of this other feed, which is polled in its place.
    sa.Column("merged_into", BigId),
    sa.Column("identity", Word(IdentityPolicy, unknown=IdentityPolicy.GUID), nullable=False, server_default="guid"),
    # The usual gap between two entries, and the zone (minutes east of Greenwich) learned for dates that name none.
    sa.Column("gap_s", sa.Integer),
    sa.Column("hints", Packed(Hints)),
    # Eight bytes for each entry of the last document: what stands there again word for word is not read again.
    sa.Column("printed", sa.LargeBinary),
    # Who gave the validators, when it was another host than the address names.
    sa.Column("validators_host", sa.String(255), nullable=False, server_default=""),
    sa.Column("zone_min", sa.Integer),
    # The last answer that held the whole document; a cache stuck on 304 is asked without validators once a day.
    sa.Column("last_full_at", UtcDateTime),
    # The last start of a request, and how many in a row left no result (a kill in the middle of a poll).
    sa.Column("asked_at", UtcDateTime),
    sa.Column("interrupted", sa.Integer, nullable=False, server_default="0"),
)
sa.Index("ix_feeds_due", feeds.c.due_at, sqlite_where=feeds.c.paused_by.is_(None), postgresql_where=feeds.c.paused_by.is_(None))
sa.Index("ix_feeds_outlet", feeds.c.outlet_id)

# Manners that must survive a restart and hold over all workers: when a host may be asked again.
hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("host_key", sa.String(255), primary_key=True),
    sa.Column("backoff_until", UtcDateTime),
    sa.Column("next_slot_at", UtcDateTime),
)

# robots.txt as it was answered, under scheme, host and port. `status` 0: no answer at all.
robots = sa.Table(
    "robots",
    metadata,
    sa.Column("origin", sa.String(300), primary_key=True),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False, server_default=""),
    sa.Column("fetched_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)

# A poll that shared no entry with the one before: what was printed in between may be missing.
gaps = sa.Table(
    "gaps",
    metadata,
    _id(),
    _to("feeds"),
    _to("outlets"),
    sa.Column("found_at", UtcDateTime, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    # Entries found in archives and the news sitemap, and how many more may be missing.
    sa.Column("filled", sa.Integer, nullable=False, server_default="0"),
    sa.Column("missing", sa.Integer, nullable=False, server_default="0"),
)
sa.Index("ix_gaps_outlet", gaps.c.outlet_id, gaps.c.found_at)
sa.Index("ix_gaps_found", gaps.c.found_at)

# One item as its feed printed it. `stage`: read -> publish -> done.
entries = sa.Table(
    "entries",
    metadata,
    _id(),
    _to("feeds"),
    _to("outlets"),
    _to("articles", nullable=True),
    sa.Column("guid", sa.Text, nullable=False, server_default=""),
    sa.Column("link", sa.Text, nullable=False, server_default=""),
    sa.Column("url_key", sa.String(512), nullable=False, server_default=""),
    sa.Column("host_key", sa.String(255), nullable=False, server_default=""),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("author", sa.Text, nullable=False, server_default=""),
    sa.Column("summary", sa.Text, nullable=False, server_default=""),
    sa.Column("content", sa.Text, nullable=False, server_default=""),
    sa.Column("language", sa.String(35), nullable=False, server_default=""),
    sa.Column("image_url", sa.Text, nullable=False, server_default=""),
    sa.Column("published_at", UtcDateTime),
    sa.Column("published_raw", sa.Text, nullable=False, server_default=""),
    sa.Column("updated_at", UtcDateTime),
    sa.Column("updated_raw", sa.Text, nullable=False, server_default=""),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("silent", sa.Boolean, nullable=False),
    sa.Column("first_seen_at", UtcDateTime, nullable=False),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("reason", Word(Reason, unknown=Reason.INTERNAL)),
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
    sa.Column("due_at", UtcDateTime),
    *_lease(),
    # A read that failed is published with the summary and read again later: the time of that next try.
    sa.Column("reread_at", UtcDateTime),
    # Where the zone of `published_at` came from, "" for none.
    sa.Column("published_zone", Word(ZoneSource, unknown=ZoneSource.NONE), nullable=False, server_default=""),
    # Changes as the feed printed them since the article itself last changed.
    sa.Column("edits", sa.Integer, nullable=False, server_default="0"),
    # The link is a recording or another file, no page.
    sa.Column("is_media", sa.Boolean, nullable=False, server_default=sa.false()),
    # Why it is published again when the outlet changed nothing: a new extractor, or boilerplate learned since. NULL: as usual.
    sa.Column("cause", Word(Cause, unknown=Cause.REEXTRACT)),
    # How often the page was looked at again after its article was published.
    sa.Column("looks", sa.Integer, nullable=False, server_default="0"),
)
sa.Index("ix_entries_feed", entries.c.feed_id, entries.c.first_seen_at)
sa.Index(
    "ix_entries_work",
    entries.c.stage,
    entries.c.due_at,
    sqlite_where=entries.c.stage != "done",
    postgresql_where=entries.c.stage != "done",
)
sa.Index("ix_entries_url", entries.c.outlet_id, entries.c.url_key)
sa.Index(
    "ix_entries_reread",
    entries.c.reread_at,
    sqlite_where=entries.c.reread_at.is_not(None),
    postgresql_where=entries.c.reread_at.is_not(None),
)
sa.Index("ix_entries_article", entries.c.article_id)

# Every key an entry was ever seen under; these outlive the entry, so that old items never come back as new.
entry_keys = sa.Table(
    "entry_keys",
    metadata,
    sa.Column("feed_id", BigId, sa.ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    sa.Column("kind", Word(KeyKind, unknown=KeyKind.TEXT), primary_key=True),
    sa.Column("value", sa.String(64), primary_key=True),
    sa.Column("entry_id", BigId, nullable=False),
)

# The page as it came, compressed: evidence, and the raw material of a better extractor. An empty `body_zstd`: no longer kept.
pages = sa.Table(
    "pages",
    metadata,
    _id(),
    _to("entries"),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("final_url", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("headers", Packed(tuple[tuple[str, str], ...]), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("body_zstd", sa.LargeBinary, nullable=False),
    sa.Column("fetched_at", UtcDateTime, nullable=False),
)
sa.Index("ix_pages_entry", pages.c.entry_id)
sa.Index("ix_pages_fetched", pages.c.fetched_at)

# The latest reading of an entry's page: what `publish` takes.
readings = sa.Table(
    "readings",
    metadata,
    sa.Column("entry_id", BigId, sa.ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    sa.Column("final_url", sa.Text, nullable=False),
    sa.Column("status", Word(Status, unknown=Status.FAILED), nullable=False),
    sa.Column("extraction", Packed(Extraction), nullable=False),
    sa.Column("read_at", UtcDateTime, nullable=False),
)

# Bytes that cost a worker its life: they are not given to another one by the same extractor.
refused = sa.Table(
    "refused",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("extractor", sa.String(100), nullable=False),
    sa.Column("reason", Word(Reason, unknown=Reason.INTERNAL), nullable=False),
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
    sa.Column("at", UtcDateTime, nullable=False),
)
sa.Index("ix_refused_at", refused.c.at)

# Blocks at the edges of an outlet's articles, and in which articles they stood: what repeats is not the article.
blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column("outlet_id", BigId, sa.ForeignKey("outlets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    # 64 bits of the digest of the block's words.
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("sample", sa.Text, nullable=False),
    # The first articles with it, of different titles; more than the rule asks for are not written down.
    sa.Column("seen", Packed(tuple[Sighting, ...]), nullable=False),
    sa.Column("last_seen_at", UtcDateTime, nullable=False),
)
sa.Index("ix_blocks_last_seen", blocks.c.last_seen_at)

stories = sa.Table(
    "stories",
    metadata,
    _id(),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("language", sa.String(35), nullable=False, server_default=""),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("last_seen_at", UtcDateTime, nullable=False),
    sa.Column("articles", sa.Integer, nullable=False, server_default="0"),
)
sa.Index("ix_stories_last_seen", stories.c.last_seen_at)

articles = sa.Table(
    "articles",
    metadata,
    _id(),
    _to("outlets"),
    _to("feeds", nullable=True),
    _to("stories"),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("canonical_url", sa.Text, nullable=False, server_default=""),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("authors", Packed(tuple[str, ...]), nullable=False),
    sa.Column("published_at", UtcDateTime),
    sa.Column("modified_at", UtcDateTime),
    sa.Column("first_seen_at", UtcDateTime, nullable=False),
    sa.Column("language", sa.String(35), nullable=False, server_default=""),
    sa.Column("section", sa.Text, nullable=False, server_default=""),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False, server_default=""),
    sa.Column("captions", sa.Text, nullable=False, server_default=""),
    sa.Column("image_url", sa.Text, nullable=False, server_default=""),
    sa.Column("body_source", Word(BodySource, unknown=BodySource.PAGE), nullable=False),
    sa.Column("status", Word(Status, unknown=Status.FAILED), nullable=False),
    sa.Column("quality", sa.Float, nullable=False),
    sa.Column("dropped", Packed(tuple[Dropped, ...]), nullable=False),
    sa.Column("sources", Packed(tuple[tuple[str, str], ...]), nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("copy_of", BigId, sa.ForeignKey("articles.id", ondelete="SET NULL")),
    sa.Column("silent", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("withdrawn_at", UtcDateTime),
    # How it went: "http_404", "http_410", "soft_404", "home" (its address leads to the front page); "" while it stands.
    sa.Column("withdrawn_why", sa.String(32), nullable=False, server_default=""),
    sa.Column("is_live", sa.Boolean, nullable=False, server_default=sa.false()),
)
sa.Index(
    "ix_articles_withdrawn",
    articles.c.withdrawn_at,
    sqlite_where=articles.c.withdrawn_at.is_not(None),
    postgresql_where=articles.c.withdrawn_at.is_not(None),
)
sa.Index("ix_articles_story", articles.c.story_id, articles.c.first_seen_at)
sa.Index("ix_articles_outlet", articles.c.outlet_id, articles.c.first_seen_at)
sa.Index("ix_articles_first_seen", articles.c.first_seen_at)
sa.Index("ix_articles_copy_of", articles.c.copy_of)

# Everything an article is recognised by. `scope`: 0, or the feed (guid) or outlet (content) in which the value counts.
aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("kind", Word(AliasKind), primary_key=True),
    sa.Column("scope", BigId, primary_key=True, autoincrement=False),
    sa.Column("value", sa.String(512), primary_key=True),
    _to("articles"),
)
sa.Index("ix_aliases_article", aliases.c.article_id)
sa.Index("ix_aliases_value", aliases.c.kind, aliases.c.value)

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("article_id", BigId, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("cause", Word(Cause, unknown=Cause.REEXTRACT), nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("body_zstd", sa.LargeBinary, nullable=False),
    sa.Column("status", Word(Status, unknown=Status.FAILED), nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
)

# Evidence of a copy: why two articles were joined, so that a join can be explained and undone.
copies = sa.Table(
    "copies",
    metadata,
    sa.Column("article_id", BigId, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    sa.Column("other_id", BigId, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    sa.Column("relation", Word(Relation), nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("method", sa.String(32), nullable=False),
    sa.Column("found_at", UtcDateTime, nullable=False),
)

topics = sa.Table(
    "topics",
    metadata,
    _id(),
    sa.Column("slug", sa.String(200), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("deliver", sa.Text, nullable=False, server_default=""),
    sa.Column("timezone", sa.Text, nullable=False, server_default=""),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, server_default=""),
    sa.Column("paused_by", sa.String(16)),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

word_lists = sa.Table(
    "word_lists",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("words", Packed(tuple[str, ...]), nullable=False),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, server_default=""),
)

recipients = sa.Table(
    "recipients",
    metadata,
    _id(),
    sa.Column("address", sa.String(320), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("timezone", sa.Text, nullable=False, server_default=""),
    sa.Column("deliver", sa.Text, nullable=False, server_default=""),
    sa.Column("quiet", sa.String(16), nullable=False, server_default=""),
    sa.Column("max_per_day", sa.Integer),
    sa.Column("bounces", sa.Integer, nullable=False, server_default="0"),
    sa.Column("suppressed_at", UtcDateTime),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, server_default=""),
    sa.Column("paused_by", sa.String(16)),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("topic_id", BigId, sa.ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    sa.Column("recipient_id", BigId, sa.ForeignKey("recipients.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    # Set when a person left the topic: a later `apply` does not bring them back.
    sa.Column("left_at", UtcDateTime),
)

matches = sa.Table(
    "matches",
    metadata,
    _id(),
    _to("topics"),
    _to("articles"),
    sa.Column("topic_version", sa.Integer, nullable=False),
    sa.Column("article_version", sa.Integer, nullable=False),
    sa.Column("position", Word(Position, unknown=Position.BODY), nullable=False),
    sa.Column("spans", Packed(tuple[Span, ...]), nullable=False),
    sa.Column("matched_at", UtcDateTime, nullable=False),
    # An edit took the match away; the row stays, because somebody was told.
    sa.Column("lost_at", UtcDateTime),
    sa.UniqueConstraint("topic_id", "article_id"),
)
sa.Index("ix_matches_article", matches.c.article_id)
sa.Index("ix_matches_time", matches.c.matched_at)

outbox = sa.Table(
    "outbox",
    metadata,
    _id(),
    sa.Column("kind", Word(MessageKind, unknown=MessageKind.NOTICE), nullable=False),
    _to("recipients", nullable=True),
    _to("topics", nullable=True),
    _to("stories", nullable=True),
    sa.Column("address", sa.String(320), nullable=False),
    sa.Column("dedup_key", sa.String(255), nullable=False, unique=True),
    sa.Column("message_id", sa.String(255), nullable=False, unique=True),
    sa.Column("subject", sa.Text, nullable=False, server_default=""),
    # What goes over the wire, frozen when the row is first claimed.
    sa.Column("mime", sa.LargeBinary),
    sa.Column("state", Word(MessageState, unknown=MessageState.CLAIMED), nullable=False),
    sa.Column("reason", Word(Reason, unknown=Reason.INTERNAL)),
    sa.Column("detail", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    # A lease ran out: it may have been accepted already.
    sa.Column("ambiguous", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("window_from", UtcDateTime),
    sa.Column("due_at", UtcDateTime, nullable=False),
    *_lease(),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("sent_at", UtcDateTime),
)
sa.Index("ix_outbox_due", outbox.c.state, outbox.c.due_at)
sa.Index("ix_outbox_story", outbox.c.story_id, outbox.c.recipient_id)

alerts = sa.Table(
    "alerts",
    metadata,
    _id(),
    _to("topics"),
    _to("recipients"),
    _to("articles"),
    _to("stories"),
    sa.Column("outbox_id", BigId, sa.ForeignKey("outbox.id", ondelete="SET NULL")),
    sa.Column("kind", Word(AlertKind, unknown=AlertKind.MATCH), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    # Set: the same text was told already by that alert, and this one sends nothing of its own.
    sa.Column("folded_into", BigId, sa.ForeignKey("alerts.id", ondelete="SET NULL")),
    # The words this alert told, for the folding of later copies.
    sa.Column("article_version", sa.Integer, nullable=False),
    sa.Column("spans", Packed(tuple[Span, ...]), nullable=False),
    sa.Column("position", Word(Position, unknown=Position.BODY), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("topic_id", "recipient_id", "article_id", "kind", "sequence"),
)
sa.Index("ix_alerts_outbox", alerts.c.outbox_id)
sa.Index("ix_alerts_article", alerts.c.article_id)

# The tables whose rows are claimed and leased.
WORK = (feeds, entries, outbox)
