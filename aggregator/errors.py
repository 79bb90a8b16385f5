"""Every exception that leaves a room or a door.

::

    AggregatorError            one line and a hint; `exit_code` 1
    ├── UsageError             wrong arguments or configuration; exit_code 2
    │   ├── ConfigError        a file of `config/` or an environment variable (file, key, position)
    │   └── QueryError         a topic's query (position, caret line)
    ├── FetchError             an HTTP exchange that brought nothing usable (reason, detail)
    ├── NotAFeedError          bytes that are no feed (reason, detail)
    ├── WorkerError            a parse or extract job that was cut (reason, detail)
    ├── DeliveryError          an SMTP transaction that was not accepted (stage, reply, scope)
    ├── StoreError             the database: not reachable, wrong schema, no rights, full
    └── LockHeldError          another process holds the database

Library exceptions are wrapped at the doors; nothing above a door ever catches one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from aggregator.reasons import Reason


class AggregatorError(Exception):
    """Base: `str(error)` is one line for the user, `hint` says what to do (may be empty)."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AggregatorError):
    """The user asked for something that cannot be: wrong arguments, wrong configuration."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file or variable. `where` names file and line or key, as in `config/topics.toml: topics[2].query`."""

    def __init__(self, where: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{where}: {message}", hint=hint)
        self.where = where


class QueryError(UsageError):
    """A query that cannot be read. `pos` and `end` are character offsets into `source`, `end` exclusive."""

    def __init__(self, message: str, *, source: str, pos: int, end: int, hint: str = "") -> None:
        super().__init__(f"column {pos + 1}: {message}", hint=hint)
        self.problem = message
        self.source = source
        self.pos = pos
        self.end = end


class FetchError(AggregatorError):
    """An HTTP exchange that brought nothing usable. `retry_after` is the server's wish, already parsed."""

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        *,
        status: int | None = None,
        final_url: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
        self.status = status
        self.final_url = final_url
        self.retry_after = retry_after


class NotAFeedError(AggregatorError):
    """Bytes that were read completely and are no feed."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Blame(StrEnum):
    """What the end of a worker says about the bytes it had.

    `bytes`: they used up a limit by themselves and would do so again. `open`: it died over them, and something else may have
    been the cause (another process took the machine's memory or its time, a person killed it). `none`: it did not die of them.
    """

    BYTES = "bytes"
    OPEN = "open"
    NONE = "none"


class WorkerError(AggregatorError):
    """A parse or extract job that crashed or was killed at its limit."""

    def __init__(self, reason: Reason, detail: str = "", *, blame: Blame = Blame.NONE) -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
        self.blame = blame


class DeliveryError(AggregatorError):
    """A mail that was not accepted.

    `permanent_for_message`: a 5xx about this recipient or this text; the row is dead.
    `channel_down`: the relay as a whole refuses (connect, TLS, AUTH, sender); rows are held or wait, none dies.
    Neither: try again later.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        code: int | None = None,
        permanent_for_message: bool = False,
        channel_down: bool = False,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.code = code
        self.permanent_for_message = permanent_for_message
        self.channel_down = channel_down


class StoreError(AggregatorError):
    """The database cannot do its work. `temporary`: the same again may succeed later (locked, full, the server restarts)."""

    def __init__(self, message: str, *, hint: str = "", temporary: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.temporary = temporary


class LockHeldError(AggregatorError):
    """Another process holds this database."""
