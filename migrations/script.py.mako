"""${message}"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
works_with = ${repr(up_revision)}  # only adds tables, nullable columns or defaults: put the oldest revision that it serves


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
