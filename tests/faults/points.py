"""Named fault points around the doors, put there from outside: the program has no switches for tests.

A point is `what:when`. Transactions are named by the function they were given: `record_poll:before`, `record_poll:inside`
(everything done, nothing committed), `record_poll:after`. Whatever does not write has `before` and `after`. A new stage thus
brings its own points, and an undisturbed run lists them all.
"""

import os
import signal
import threading
from collections import Counter
from pathlib import Path

from aggregator.net.http import HttpDoor
from aggregator.net.smtp import MailDoor
from aggregator.net.values import ACCEPT_PAGE
from aggregator.service.workers import WorkerPool
from aggregator.store.db import Database


class Points:
    """Writes every passage to a file as it happens, and ends this process by SIGKILL at one of them."""

    def __init__(self, record: Path, *, kill: str = "", passage: int = 1) -> None:
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._kill, self._passage = kill, passage
        self._counts: Counter[str] = Counter()
        self._turn = threading.Lock()

    def passing(self, point: str) -> None:
        with self._turn:
            self._counts[point] += 1
            os.write(self._record, f"{point}\n".encode())
            if point == self._kill and self._counts[point] == self._passage:
                os.kill(os.getpid(), signal.SIGKILL)


def passed(record: Path) -> list[str]:
    """The points of one run, in the order in which they were passed."""
    return record.read_text().split() if record.exists() else []


def install(points: Points) -> None:
    """Wrap the doors of this process."""
    for name in ("run", "together", "attempt"):
        _around_transactions(points, name)
    _around(points, Database, "look", lambda function, *_: function.__name__)
    _around(points, HttpDoor, "get", lambda request: "get_page" if request.accept == ACCEPT_PAGE else "get_feed")
    _around(points, WorkerPool, "run", lambda job, *_: job.rpartition(":")[2])
    _around(points, MailDoor, "send", lambda *_: "send")


def _around_transactions(points: Points, method: str) -> None:
    plain = getattr(Database, method)

    async def watched(database, function, *args, **kwargs):
        name = function.__name__

        def done(connection, *args, **kwargs):
            value = function(connection, *args, **kwargs)
            points.passing(f"{name}:inside")
            return value

        points.passing(f"{name}:before")
        value = await plain(database, done, *args, **kwargs)
        points.passing(f"{name}:after")
        return value

    setattr(Database, method, watched)


def _around(points: Points, door: type, method: str, name_of) -> None:
    plain = getattr(door, method)

    async def watched(self, *args, **kwargs):
        name = name_of(*args)
        points.passing(f"{name}:before")
        value = await plain(self, *args, **kwargs)
        points.passing(f"{name}:after")
        return value

    setattr(door, method, watched)
