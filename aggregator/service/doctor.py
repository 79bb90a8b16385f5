"""`doctor`: every check at once, each within its time, whatever the others find.

Works while `run` runs and without it, without a database, without a network, and with a configuration that cannot be read.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from aggregator.clock import Clock, SystemClock
from aggregator.errors import AggregatorError, StoreError
from aggregator.net.resolve import Resolver, SystemResolver
from aggregator.service import calls, checkups, examinations
from aggregator.service.examinations import Finding, State, fault, not_checked, told_once
from aggregator.service.patient import Patient, ask_database, read_configuration
from aggregator.text import printable

BOUND = timedelta(seconds=10)
_SEE_ADDRESS = "is database_url in aggregator.toml right?"
T = TypeVar("T")


async def examine(
    config_dir: Path,
    env: Mapping[str, str],
    *,
    clock: Clock | None = None,
    resolver: Resolver | None = None,
    every_name: bool = False,
    bound: timedelta = BOUND,
) -> tuple[Finding, ...]:
    """All findings, in the order in which they are best mended. `every_name`: look up the hosts of all outlets, not of a few."""
    clock = clock or SystemClock()
    patient = await _ask(await _apart(partial(read_configuration, config_dir, env)), clock, bound)
    resolver = resolver or SystemResolver(patient.settings.fetch.resolve)
    deadline = bound * 0.8
    stop = threading.Event()
    asyncio.get_running_loop().call_later(deadline.total_seconds(), stop.set)
    checks: dict[str, Awaitable[Finding]] = {
        "configuration": _apart(partial(checkups.configuration, patient)),
        "secrets": _apart(partial(checkups.secrets, patient, env)),
        "python": _apart(partial(checkups.python, patient)),
        "time zones": _apart(partial(checkups.time_zones, patient)),
        "data folder": _apart(partial(checkups.data_folder, patient)),
        "disk": _apart(partial(checkups.disk, patient)),
        "database": _apart(partial(checkups.database, patient, stop)),
        "service": _apart(partial(checkups.service, patient)),
        "page": calls.page(patient, clock, deadline=deadline),
        "names": calls.names(patient, resolver, every=every_name),
        "clock": calls.clock(patient, resolver, clock, deadline=deadline),
        "proxy": calls.proxies(patient, resolver),
        "mail": calls.mail(patient, deadline=deadline),
        "outbox": _apart(partial(_outbox, patient, clock)),
        "watched": _apart(partial(checkups.watched, patient)),
    }
    return told_once(await asyncio.gather(*(_within(name, check, bound) for name, check in checks.items())))


def worst(findings: tuple[Finding, ...]) -> State:
    """A fault if there is one, else a warning if there is one."""
    states = {one.state for one in findings}
    return next((state for state in (State.FAULT, State.WARNING) if state in states), State.OK)


async def _ask(patient: Patient, clock: Clock, bound: timedelta) -> Patient:
    try:
        async with asyncio.timeout((bound * 0.5).total_seconds()):
            standing, seen, watched = await _apart(partial(ask_database, patient, clock))
    except TimeoutError:
        return replace(patient, illness=StoreError("the database does not answer", hint="is it locked, or its server away?"))
    except AggregatorError as error:
        return replace(patient, illness=error)
    except Exception as error:  # noqa: BLE001 - the other checks go on
        return replace(patient, illness=StoreError(f"the database cannot be asked: {_told(error)}", hint=_SEE_ADDRESS))
    return replace(patient, standing=standing, seen=seen, watched=watched)


def _outbox(patient: Patient, clock: Clock) -> Finding:
    if patient.seen is None:
        return not_checked("outbox", "there is no database that could be asked")
    return examinations.outbox(patient.seen, now=clock.now())


async def _within(name: str, check: Awaitable[Finding], bound: timedelta) -> Finding:
    """One check's finding; that it took too long, or failed in a way nobody foresaw, is a finding too."""
    seconds = bound.total_seconds()
    try:
        async with asyncio.timeout(seconds):
            return await check
    except TimeoutError:
        return fault(
            name,
            f"no answer within {seconds:g} s",
            "what it asks hangs; see the other lines",
            by_network=name in ("names", "clock"),
        )
    except AggregatorError as error:
        return fault(name, error.message, error.hint)
    except OSError as error:
        return fault(name, f"cannot be looked at: {error}", "has this user the right to look there?")
    except Exception as error:  # noqa: BLE001 - the other checks go on
        return fault(name, f"cannot be looked at: {_told(error)}", "see the other lines")


def _told(error: Exception) -> str:
    return printable(f"{type(error).__name__}: {error}")[:200]


async def _apart(work: Callable[[], T]) -> T:
    """In a thread that nobody waits for at the end: a dead network disk may hold it for ever."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(found: T | None, error: Exception | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found)  # type: ignore[arg-type] # None only when T is

    def run() -> None:
        found, error = None, None
        try:
            found = work()
        except Exception as problem:  # noqa: BLE001 - handed to the asker
            error = problem
        # The loop may be gone when a hanging disk answers at last.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, found, error)

    threading.Thread(target=run, name="doctor", daemon=True).start()
    return await answer
