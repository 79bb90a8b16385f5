"""Articles: learned boilerplate, pages that are not read again, withdrawn and live articles."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
works_with = "0001"  # columns with defaults and new tables: programs that do not know them go on

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class UtcDateTime(sa.TypeDecorator):
    """As the store's type was at this revision: a migration never imports code that moves on."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True


def upgrade() -> None:
    op.add_column("outlets", sa.Column("learn_boilerplate", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("entries", sa.Column("cause", sa.String(32)))
    op.add_column("entries", sa.Column("looks", sa.Integer(), server_default="0", nullable=False))
    op.add_column("articles", sa.Column("withdrawn_why", sa.String(32), server_default="", nullable=False))
    op.add_column("articles", sa.Column("is_live", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_articles_withdrawn",
        "articles",
        ["withdrawn_at"],
        unique=False,
        sqlite_where=sa.text("withdrawn_at IS NOT NULL"),
        postgresql_where=sa.text("withdrawn_at IS NOT NULL"),
    )
    op.create_table(
        "refused",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("extractor", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_refused")),
    )
    op.create_index("ix_refused_at", "refused", ["at"], unique=False)
    op.create_table(
        "blocks",
        sa.Column("outlet_id", BIG, nullable=False, autoincrement=False),
        sa.Column("key", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name=op.f("fk_blocks_outlet_id_outlets"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("outlet_id", "key", name=op.f("pk_blocks")),
    )
    op.create_index("ix_blocks_last_seen", "blocks", ["last_seen_at"], unique=False)
