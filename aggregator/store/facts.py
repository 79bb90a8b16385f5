"""What the installation remembers about itself."""

import secrets
from datetime import datetime

import sqlalchemy as sa

from aggregator.store.dialect import insert
from aggregator.store.tables import facts

_SECRET = "installation_secret"  # noqa: S105 - the name of the row
_HELD_SINCE = "outbox_held_since"
_WORKS_WITH = "works_with"


def recall(connection: sa.Connection, name: str) -> str | None:
    """The fact of this name."""
    return connection.execute(sa.select(facts.c.value).where(facts.c.name == name)).scalar_one_or_none()


def remember(connection: sa.Connection, name: str, value: str) -> None:
    """Write a fact, in place of an earlier one."""
    statement = insert(connection, facts).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def secret(connection: sa.Connection) -> bytes:
    """32 random bytes made once: Message-IDs are derived from them, so that a retry carries the same one."""
    found = recall(connection, _SECRET)
    if found is None:
        statement = insert(connection, facts).values(name=_SECRET, value=secrets.token_hex(32))
        connection.execute(statement.on_conflict_do_nothing())
        found = connection.execute(sa.select(facts.c.value).where(facts.c.name == _SECRET)).scalar_one()
    return bytes.fromhex(found)


def renew_secret(connection: sa.Connection) -> None:
    """After a restore: numbers given away since the backup are given again, to other articles, and with the old secret a new
    mail could carry the Message-ID of one that was delivered; mail servers drop such a mail as a duplicate.
    """
    remember(connection, _SECRET, secrets.token_hex(32))


def held_since(connection: sa.Connection) -> datetime | None:
    """Since when nothing is sent because a backup was restored; None: messages go out."""
    found = recall(connection, _HELD_SINCE)
    return None if found is None else datetime.fromisoformat(found)


def hold(connection: sa.Connection, *, now: datetime) -> None:
    """From now on nothing is sent."""
    remember(connection, _HELD_SINCE, now.isoformat())


def lift(connection: sa.Connection) -> bool:
    """Messages go out again. False: they did before."""
    return connection.execute(sa.delete(facts).where(facts.c.name == _HELD_SINCE)).rowcount > 0


def works_with(connection: sa.Connection) -> str | None:
    """The oldest schema whose program can work with this database."""
    return recall(connection, _WORKS_WITH)


def declare_works_with(connection: sa.Connection, revision: str) -> None:
    """Written at every upgrade: what programs that do not know the new schema read to decide whether they may go on."""
    remember(connection, _WORKS_WITH, revision)
