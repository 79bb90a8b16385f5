"""`feeds`: what is polled, and how it goes. Adding and checking are in `feedadd`, lists of feeds in `feedlists`."""

import asyncio
from collections.abc import Iterable
from dataclasses import fields

import click

from aggregator.cli.asked import Commands, Verb, json_option, settings
from aggregator.cli.feedadd import add, check
from aggregator.cli.feedlists import export, import_feeds
from aggregator.cli.output import is_terminal, print_json, print_pairs, print_table, show
from aggregator.cli.paint import bars
from aggregator.cli.run import print_summary, watching
from aggregator.feeds.values import FeedKind
from aggregator.reasons import explain
from aggregator.service import feeds as verbs
from aggregator.service.feeds import ShownFeed
from aggregator.store.subscriptions import History
from aggregator.store.values import FeedRow

_STATES = {
    "ok": "",
    "failing": "several polls in a row failed",
    "sick": "failing for a week: asked daily",
    "dead": "given up: asked weekly",
}
_KINDS = {FeedKind.FEED: "feed", FeedKind.SITEMAP: "news sitemap", FeedKind.LISTING: "page of links"}


@click.group(cls=Commands)
def feeds() -> None:
    """What is polled, and how it goes."""


@click.command(cls=Verb, name="list", example="aggregator feeds list\naggregator feeds list --json")
@json_option
def list_feeds(as_json: bool) -> None:
    """List all feeds, those in trouble first."""
    rows = verbs.feeds_list(settings())
    if as_json:
        print_json(rows)
        return
    columns = ("id", "outlet", "state", "entries", "last new", "next poll", "trouble", "address")
    print_table(columns, (_cells(row) for row in rows), empty="No feeds yet. Add one: aggregator feeds add URL")


def _cells(row: FeedRow) -> tuple[object, ...]:
    return row.id, row.outlet, _state(row), row.entries, row.last_new_at, _next(row), _trouble(row), _address(row)


def _state(row: FeedRow) -> str:
    if row.paused_by:
        return f"paused by {row.paused_by}"
    if row.merged_into:
        return "merged"
    return row.state.value


def _next(row: FeedRow) -> object:
    return None if row.paused_by or row.merged_into else row.next_poll_at


def _trouble(row: FeedRow) -> str:
    if row.merged_into:
        return f"polled as feed {row.merged_into}"
    return explain(row.reason) if row.reason and row.failures else ""


def _address(row: FeedRow) -> str:
    kind = f" ({_KINDS[row.kind]})" if row.kind is not FeedKind.FEED else ""
    moved = f" (moved from {row.moved_from})" if row.moved_from else ""
    return f"{row.url}{kind}{moved}"


@click.command(cls=Verb, name="show", short_help="Show one feed, by its number or address.", example="aggregator feeds show 3")
@click.argument("feed")
@json_option
def show_feed(feed: str, as_json: bool) -> None:
    """Show one feed, by its number or address: how it went in the last two weeks, and what comes next."""
    shown = verbs.feeds_show(settings(), feed)
    if as_json:
        print_json({**_named(shown.row, FeedRow), **_named(shown.history, History)})
    else:
        print_pairs((name, value) for name, value in _pairs(shown) if value != "")


def _named(value: object, kind: type) -> dict[str, object]:
    return {field.name: getattr(value, field.name) for field in fields(kind)}


def _pairs(shown: ShownFeed) -> Iterable[tuple[str, object]]:
    row, history = shown.row, shown.history
    yield "feed", row.id
    yield "address", row.url
    yield "moved from", row.moved_from
    yield "moving to", f"{row.moving_to}, when that has lasted" if row.moving_to else ""
    yield "kind", _KINDS[row.kind]
    yield "title", row.title
    yield "outlet", row.outlet
    yield "folder", " / ".join(history.folder)
    yield "state", _state_in_words(row, history)
    yield "last result", _result(row)
    yield "failures in a row", row.failures
    yield "entries", row.entries
    yield "last 14 days", _days(history)
    yield "usual gap", f"{_span(row.usual_gap_s)} between two entries" if row.usual_gap_s else ""
    yield "silent", f"{history.silent_why}, since {show(history.silent_since)}" if history.silent_since else ""
    for gap in history.gaps:
        found = f", {gap.filled} found elsewhere" if gap.filled else ""
        yield "may be missing", f"up to {gap.missing} entries between {show(gap.since)} and {show(gap.until)}{found}"
    yield "polled every", _span(row.interval_s)
    yield "last poll", row.last_polled_at
    yield "last success", row.last_ok_at
    yield "last new entry", row.last_new_at
    yield "next poll", _next_in_words(row)


def _state_in_words(row: FeedRow, history: History) -> str:
    words = _STATES[row.state.value] if not (row.paused_by or row.merged_into) else ""
    since = f", since {show(history.state_since)}" if history.state_since and not row.paused_by else ""
    return f"{_state(row)}{f' ({words})' if words else ''}{since}"


def _next_in_words(row: FeedRow) -> str:
    if row.paused_by:
        return "none while it is paused"
    if row.merged_into:
        return f"none: feed {row.merged_into} is polled in its place"
    if row.last_polled_at is None:
        return f"{show(row.next_poll_at)}, its first"
    if row.failures:
        return f"{show(row.next_poll_at)}; the more polls fail, the longer the wait"
    return f"{show(row.next_poll_at)}, by its rhythm and what its server asks for"


def _days(history: History) -> str:
    total = sum(history.days)
    if not is_terminal():
        return " ".join(str(count) for count in history.days)
    return f"{bars(history.days)}  {total} new entries, at most {max(history.days)} a day" if total else "no new entries"


def _span(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    return (
        f"{seconds // 60} min"
        if seconds < 7_200
        else f"{seconds / 3_600:.0f} h"
        if seconds < 172_800
        else f"{seconds / 86_400:.0f} days"
    )


def _result(row: FeedRow) -> str:
    if row.reason is None:
        return "read" if row.last_polled_at else "not polled yet"
    return f"{explain(row.reason)}{f' ({row.detail})' if row.detail else ''}"


@click.command(cls=Verb, example="aggregator feeds poll 3\naggregator feeds poll")
@click.argument("feed", nargs=-1)
@json_option
def poll(feed: tuple[str, ...], as_json: bool) -> None:
    """Poll these feeds now (all, when none is named), through the whole pipeline."""
    effective = settings()
    with watching() as listen:
        done = asyncio.run(verbs.feeds_poll(effective, feed, listen=listen))
    if as_json:
        print_json(done)
    else:
        print_summary(done, effective)


for command in (add, list_feeds, show_feed, check, poll, import_feeds, export):
    feeds.add_command(command)
