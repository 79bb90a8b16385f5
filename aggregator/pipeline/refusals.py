"""Pages that ended a worker are not given to another one: known by their bytes, kept in the database, asked for in memory."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from aggregator.articles.extract import EXTRACTOR
from aggregator.errors import Blame, WorkerError
from aggregator.store import refused as store
from aggregator.store.db import Database
from aggregator.store.refused import RefusedRow

# A page so old is in no feed any more; an outlet's page that is asked for again after that long may cost its limit once more.
KEPT_FOR: Final = timedelta(days=90)
# 300 bytes each. A machine that hangs on every page for a whole day, in two workers of 10 s, does not fill it.
MOST: Final = 20_000
# A death that may have had another cause is believed at the second of the same bytes.
_ENOUGH: Final = 2
# Deaths that wait for a second one; forgotten with the process.
_MOST_OPEN: Final = 1_000

V = TypeVar("V")


@dataclass(slots=True, kw_only=True)
class Refusals:
    """What the extractor of this program cannot read. Loaded at the first page; what other processes add later is not seen.

    Not seeing costs one limit for each process, looking would cost a query for each page.
    """

    extractor: str = EXTRACTOR
    _known: dict[str, RefusedRow] | None = None
    _deaths: dict[str, int] = field(default_factory=dict)

    async def find(self, db: Database, sha256: str, now: datetime) -> RefusedRow | None:
        """How these bytes ended a worker; None when they may be tried."""
        if self._known is None:
            self._known = await self._load(db, now)
        return self._known.get(sha256)

    async def note(self, db: Database, sha256: str, error: WorkerError, now: datetime) -> bool:
        """A job ended so over these bytes, which `find` was asked for. True: they are not tried again."""
        if error.blame is Blame.NONE or self._known is None:
            return False
        if sha256 in self._known:
            return True
        deaths = self._deaths.pop(sha256, 0) + 1
        if error.blame is Blame.OPEN and deaths < _ENOUGH:
            _put(self._deaths, sha256, deaths, most=_MOST_OPEN)
            return False
        row = RefusedRow(sha256=sha256, extractor=self.extractor, reason=error.reason, detail=error.detail, at=now)
        await db.run(store.remember, row)
        _put(self._known, sha256, row, most=MOST)
        return True

    async def _load(self, db: Database, now: datetime) -> dict[str, RefusedRow]:
        since = now - KEPT_FOR
        await db.run(store.forget, before=since)
        rows = await db.look(store.remembered, extractor=self.extractor, since=since, limit=MOST)
        return {row.sha256: row for row in reversed(rows)}


def _put(place: MutableMapping[str, V], key: str, value: V, *, most: int) -> None:
    """The oldest makes room."""
    place[key] = value
    if len(place) > most:
        del place[next(iter(place))]
