"""Group commit: calls that wait for the writer at the same time are written in one transaction."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from aggregator.errors import StoreError

Write = Callable[[sa.Connection], Any]
Transaction = Callable[[], AbstractContextManager[sa.Connection]]

# More in one transaction would keep other writers waiting.
LARGEST = 100
# So long a group gathers: a few dozen polls when there are many, and a delay that nobody sees when there are few.
GATHER_S = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    write: Write
    answer: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


class Crowd:
    """One for a database, used from one event loop. A group gathers for a moment, and while another is written."""

    def __init__(self, writer: Executor, transaction: Transaction) -> None:
        self._writer = writer
        self._transaction = transaction
        self._waiting: deque[_Call] = deque()
        self._writing = False

    async def join(self, write: Write) -> Any:
        """What `write` gives, after its commit. Cancelled while it waits, it is not begun."""
        call = _Call(write, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if not self._writing:
            self._gather()
        return await call.answer

    def _gather(self) -> None:
        self._writing = True
        asyncio.get_running_loop().call_later(GATHER_S, self._send)

    def _send(self) -> None:
        """The next group to the writer's thread; its answers come back in one step."""
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST))]
        group = [call for call in group if not call.answer.done()]
        loop = asyncio.get_running_loop()
        written = loop.run_in_executor(self._writer, _write, self._transaction, [call.write for call in group])
        written.add_done_callback(lambda done: self._answer(group, done))

    def _answer(self, group: list[_Call], done: asyncio.Future[list[Any]]) -> None:
        for call, found in zip(group, _outcomes(done, len(group)), strict=True):
            if call.answer.done():
                continue
            if isinstance(found, _Failed):
                call.answer.set_exception(found.error)
            else:
                call.answer.set_result(found)
        self._writing = False
        if self._waiting:
            self._gather()


def _outcomes(done: asyncio.Future[list[Any]], count: int) -> list[Any]:
    try:
        return done.result()
    except BaseException as error:  # noqa: BLE001 - those who wait must hear of it, whatever it is
        return [_Failed(error)] * count


def _write(transaction: Transaction, writes: list[Write]) -> list[Any]:
    """In the writer's thread: all in one transaction, or, when that fails, each in its own."""
    try:
        with transaction() as connection:
            return [write(connection) for write in writes]
    except Exception as error:  # noqa: BLE001 - told to whoever is to blame, below
        return [_Failed(error)] if len(writes) == 1 else _one_by_one(transaction, writes)


def _one_by_one(transaction: Transaction, writes: list[Write]) -> list[Any]:
    """Whose fault it is shows alone. When the database does not take part it is nobody's, and one refusal speaks for the rest."""
    found: list[Any] = []
    for write in writes:
        try:
            with transaction() as connection:
                found.append(write(connection))
        except StoreError as error:
            return [*found, *[_Failed(error)] * (len(writes) - len(found))]
        except Exception as error:  # noqa: BLE001 - its caller's
            found.append(_Failed(error))
    return found
