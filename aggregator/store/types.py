"""Column types that keep what SQLite would lose silently: the time zone, the enum, the shape of a value."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite drops the zone without a word (measured), so it is put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r} must not reach the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
        """On SQLite straight to text: the driver's own way over a pattern costs four times as much, and a poll writes eight times."""
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _to_text(value: datetime | None) -> str | None:
    """As SQLAlchemy writes it: "2026-03-02 06:00:00.000000"."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"naive datetime {value!r} must not reach the database")
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


class Word(sa.TypeDecorator[StrEnum]):
    """A member of a closed enum, stored as its word; the program never writes a word outside the list.

    `unknown` is what a word becomes that a newer program wrote: during an upgrade both work on one database. Without it such
    a word is a ValueError.
    """

    impl = sa.String(32)
    cache_ok = True

    def __init__(self, kind: type[StrEnum], *, unknown: StrEnum | None = None) -> None:
        super().__init__()
        self.kind = kind
        self.unknown = unknown
        self._words = {member.value: member for member in kind}

    def process_bind_param(self, value: StrEnum | str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        return value.value if type(value) is self.kind else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> StrEnum | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is None:
            return None
        # Calling the enum costs ten times a look-up, and thousands of rows are read at a time.
        return self._words.get(value) or self.unknown or self.kind(value)


class Packed(sa.TypeDecorator[Any]):
    """A typed value as JSON text, checked when it is read back."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind  # part of SQLAlchemy's cache key: without it every statement would be compiled anew
        self._decoder = msgspec.json.Decoder(kind)

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else self._decoder.decode(value)


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
