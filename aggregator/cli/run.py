"""`run` and `once`: the service, and everything that is due."""

import asyncio
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import click

from aggregator.cli.asked import Verb, as_span, clock_from, json_option, now_option, settings
from aggregator.cli.output import is_terminal, print_json, print_pairs, say
from aggregator.cli.progress import Progress
from aggregator.clock import Clock
from aggregator.pipeline.context import Listener
from aggregator.reasons import explain
from aggregator.service import run as service
from aggregator.service.build import silent
from aggregator.service.logs import log_event, set_up
from aggregator.service.run import OnceSummary
from aggregator.settings import Settings
from aggregator.store.db import Database
from aggregator.web.app import listen_on, make_app, serve


@click.command(
    cls=Verb, short_help="Run the background service.", example="aggregator run\naggregator run --config /etc/aggregator"
)
@now_option
def run(now: datetime | None) -> None:
    """Run the background service: polls, reads, matches, sends, and shows its page, until it is told to stop.

    Applies the configuration files and brings an embedded database up to date first. Stops cleanly on SIGTERM or Ctrl-C.
    """
    effective = settings()
    set_up()

    async def page(database: Database, clock: Clock, stop: asyncio.Event) -> None:
        listener = listen_on(effective.web.listen)
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        say(f"The page is at http://{shown}:{port}/ - stop with Ctrl-C.", to=sys.stderr)
        await serve(make_app(database, effective.web, clock), listener, stop)

    asyncio.run(service.run(effective, clock=clock_from(now), listen=log_event, beside=page))


@click.command(
    cls=Verb, short_help="Do everything that is due, then stop.", example="aggregator once\naggregator once --max-time 5m --json"
)
@now_option
@click.option(
    "--max-time",
    callback=as_span,
    metavar="DURATION",
    help="Stop after this time (default 15m); the rest waits for the next run.",
)
@json_option
def once(now: datetime | None, max_time: timedelta | None, as_json: bool) -> None:
    """Do everything that is due, through the whole pipeline and the outbox, then print a summary.

    Feeds that are down and a mail server that is down are reported, not failures: the exit code stays 0.
    """
    effective = settings()
    with watching() as listen:
        done = asyncio.run(service.once(effective, clock=clock_from(now), max_time=max_time, listen=listen))
    if as_json:
        print_json(done)
    else:
        print_summary(done, effective)


@contextmanager
def watching() -> Iterator[Listener]:
    """Progress bars on a terminal; elsewhere log lines for what failed."""
    if sys.stderr.isatty():
        set_up(level=logging.ERROR)
        with Progress() as progress:
            yield progress
    else:
        set_up(level=logging.WARNING)
        yield log_event if not is_terminal() else silent


def print_summary(done: OnceSummary, effective: Settings) -> None:
    """What was done, what is left, and every outlet that could not be read, with the reason."""
    after = done.after
    waiting = {state.value: count for state, count in after.messages}
    print_pairs(
        (
            ("feeds polled", f"{done.polled} ({done.unchanged} had nothing new, {done.poll_failures} failed)"),
            ("entries", f"{done.new_entries} new"),
            ("pages read", f"{done.pages} ({done.page_failures} failed)"),
            ("articles", f"{done.articles} published, {after.articles} in the archive"),
            ("alerts", done.alerts),
            ("mails", f"{done.sent} sent, {done.send_failures} failed{_waiting(waiting, effective)}"),
            ("left for later", f"{after.entries_to_read} pages, {after.entries_to_publish} articles"),
            ("outlets read", f"{after.outlets_read} of {after.outlets}"),
            ("time", f"{done.seconds:.1f} s{' (stopped before the end)' if done.cut else ''}"),
        )
    )
    if done.disk_low:
        say(f"! the disk is nearly full: nothing was polled or read until {effective.data_dir} has room again")
    for trouble in after.troubles:
        detail = f" ({trouble.detail})" if trouble.detail else ""
        say(f"! {trouble.outlet}: {explain(trouble.reason)}{detail}")
    for words in after.warnings:
        say(f"! {words}")


def _waiting(waiting: dict[str, int], effective: Settings) -> str:
    held, later = waiting.get("held", 0), waiting.get("pending", 0) + waiting.get("retry", 0)
    text = f", {later} waiting" if later else ""
    if held and not effective.smtp.host:
        return f"{text}, {held} held: no mail server is configured ([smtp] host)"
    return f"{text}, {held} held" if held else text
