"""What the installation remembers about itself."""

import secrets

import sqlalchemy as sa

from aggregator.store.dialect import insert
from aggregator.store.tables import facts

_SECRET = "installation_secret"  # noqa: S105 - the name of the row


def secret(connection: sa.Connection) -> bytes:
    """32 random bytes made once: Message-IDs are derived from them, so that a retry carries the same one."""
    row = connection.execute(sa.select(facts.c.value).where(facts.c.name == _SECRET)).first()
    if row is None:
        statement = insert(connection, facts).values(name=_SECRET, value=secrets.token_hex(32))
        connection.execute(statement.on_conflict_do_nothing())
        row = connection.execute(sa.select(facts.c.value).where(facts.c.name == _SECRET)).one()
    return bytes.fromhex(row.value)
