"""Feeds: moves, merges, learned rhythm and zone, gaps, silent outlets, robots.txt."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
works_with = "0001"  # columns with defaults and new tables: programs that do not know them go on

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class UtcDateTime(sa.TypeDecorator):
    """As the store's type was at this revision: a migration never imports code that moves on."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True


def upgrade() -> None:
    op.add_column("outlets", sa.Column("silent_since", UtcDateTime()))
    op.add_column("outlets", sa.Column("silent_why", sa.Text(), server_default="", nullable=False))
    op.add_column("outlets", sa.Column("folder", sa.Text(), server_default="", nullable=False))
    for column in (
        sa.Column("kind", sa.String(32), server_default="feed", nullable=False),
        sa.Column("moved_to", sa.Text(), server_default="", nullable=False),
        sa.Column("moving_to", sa.Text(), server_default="", nullable=False),
        sa.Column("moving_since", UtcDateTime()),
        sa.Column("moving_polls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("merged_into", BIG),
        sa.Column("identity", sa.String(32), server_default="guid", nullable=False),
        sa.Column("gap_s", sa.Integer()),
        sa.Column("hints", sa.Text()),
        sa.Column("printed", sa.LargeBinary()),
        sa.Column("validators_host", sa.String(255), server_default="", nullable=False),
        sa.Column("zone_min", sa.Integer()),
        sa.Column("last_full_at", UtcDateTime()),
        sa.Column("asked_at", UtcDateTime()),
        sa.Column("interrupted", sa.Integer(), server_default="0", nullable=False),
    ):
        op.add_column("feeds", column)
    op.add_column("entries", sa.Column("published_zone", sa.String(32), server_default="", nullable=False))
    op.add_column("entries", sa.Column("edits", sa.Integer(), server_default="0", nullable=False))
    op.add_column("entries", sa.Column("is_media", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_entries_feed", "entries", ["feed_id", "first_seen_at"], unique=False)
    op.create_table(
        "robots",
        sa.Column("origin", sa.String(300), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("fetched_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_robots")),
    )
    op.create_table(
        "gaps",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("feed_id", BIG, nullable=False),
        sa.Column("outlet_id", BIG, nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("filled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("missing", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_gaps_feed_id_feeds"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name=op.f("fk_gaps_outlet_id_outlets"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
    )
    op.create_index("ix_gaps_outlet", "gaps", ["outlet_id", "found_at"], unique=False)
    op.create_index("ix_gaps_found", "gaps", ["found_at"], unique=False)
