"""Puts the demo together: folder, ports, the service as `run` runs it, and the play beside it; and takes it down again."""

import asyncio
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from aggregator.clock import Clock
from aggregator.configure import load_settings
from aggregator.demo.edition import load_outlets
from aggregator.demo.folder import demo_folder, write_config
from aggregator.demo.mailbox import Mailbox
from aggregator.demo.newspaper import Newspaper
from aggregator.demo.play import LOG, Play, Stage
from aggregator.demo.report import Report
from aggregator.demo.show import Show
from aggregator.errors import AggregatorError
from aggregator.service import run as service
from aggregator.service.logs import Plain, log_event, set_up
from aggregator.settings import Settings
from aggregator.store.db import Database
from aggregator.web.app import listen_on, make_app, serve

# `--once` promises a whole show; one that was stopped ends as a shell reports a process that SIGTERM ended.
ENDED = 143


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Three ports of loopback, listening."""

    press: socket.socket
    mail: socket.socket
    page: socket.socket


def perform(*, show: Show, port: int, once: bool) -> Report | None:
    """The demo from beginning to end; with `once` it ends after the show. None: it was stopped before the show was over."""
    _end_on_signals(ENDED if once else 0)
    with demo_folder() as folder, _listening(port) as doors, _logging_to(folder / LOG):
        newspaper = Newspaper(load_outlets(), port=_port(doors.press))
        config = write_config(folder, newspaper, mail=_port(doors.mail), page=_port(doors.page))
        theatre = _Theatre(load_settings(config, {}), newspaper, doors, show, once=once)
        show.opening(folder=str(folder))
        asyncio.run(theatre.run())
        return theatre.report


class _Theatre:
    """The service, and everything that runs beside it."""

    def __init__(self, settings: Settings, newspaper: Newspaper, doors: Doors, show: Show, *, once: bool) -> None:
        self._settings = settings
        self._newspaper = newspaper
        self._mailbox = Mailbox()
        self._doors = doors
        self._show = show
        self._once = once
        self._started = 0.0
        self.report: Report | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._started = loop.time()
        await service.run(self._settings, listen=log_event, beside=self._beside)

    async def _beside(self, database: Database, clock: Clock, stop: asyncio.Event) -> None:
        if _is_heeded(signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, stop.set)
        servers = [
            asyncio.create_task(serve(make_app(database, self._settings.web, clock), self._doors.page, stop)),
            asyncio.create_task(serve(self._newspaper.app(), self._doors.press, stop)),
            asyncio.create_task(self._mailbox.serve(self._doors.mail, stop)),
        ]
        try:
            await self._play(database, clock, stop)
        finally:
            stop.set()
            await asyncio.gather(*servers)

    async def _play(self, database: Database, clock: Clock, stop: asyncio.Event) -> None:
        """The show, unless it is stopped before; then the service goes on alone, unless it was to end."""
        stage = Stage(
            settings=self._settings,
            database=database,
            clock=clock,
            newspaper=self._newspaper,
            mailbox=self._mailbox,
            page=f"http://127.0.0.1:{_port(self._doors.page)}/",
            stays=not self._once,
        )
        playing = asyncio.create_task(Play(stage, self._show).perform(self._started))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            return
        self.report = playing.result()
        if self._once:
            stopping.cancel()
            return
        self._show.line()
        self._show.line("The demo goes on until you stop it with Ctrl-C.")
        await stopping


@contextmanager
def _listening(port: int) -> Iterator[Doors]:
    try:
        page = listen_on(f"127.0.0.1:{port}")
    except AggregatorError as error:
        raise AggregatorError(error.message, hint="leave out --port: then any free port is taken") from error
    with page, listen_on("127.0.0.1:0") as press, listen_on("127.0.0.1:0") as mail:
        yield Doors(press=press, mail=mail, page=page)


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """The service's log goes to the folder: on the terminal it would talk into the show. What is said once that is gone goes nowhere."""
    set_up()
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(Plain())
    logging.getLogger().handlers[:] = [handler]
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    try:
        yield
    finally:
        logging.getLogger().handlers[:] = [logging.NullHandler()]
        handler.close()


def _end_on_signals(code: int) -> None:
    """For the moments before and after the service's own handlers: the folder is removed on the way out."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(code)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if _is_heeded(number):
            signal.signal(number, end)


def _is_heeded(number: signal.Signals) -> bool:
    """Not when it was started with `nohup`."""
    return signal.getsignal(number) is not signal.SIG_IGN
