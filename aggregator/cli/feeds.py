"""`feeds`: what is polled, and how it goes."""

import asyncio

import click

from aggregator.cli.asked import Commands, json_option, settings
from aggregator.cli.output import print_json, print_pairs, print_table, say
from aggregator.cli.run import print_summary, watching
from aggregator.reasons import explain
from aggregator.service import verbs
from aggregator.store.values import FeedRow


@click.group(cls=Commands)
def feeds() -> None:
    """What is polled, and how it goes."""


@feeds.command(example="aggregator feeds add https://www.themoscowtimes.com/rss/news --outlet 'The Moscow Times'")
@click.argument("url")
@click.option("--outlet", default="", metavar="NAME", help="The outlet it belongs to (default: its host name).")
@json_option
def add(url: str, outlet: str, as_json: bool) -> None:
    """Watch one more feed, without editing files; it is polled at once by a running service."""
    added = verbs.feeds_add(settings(), url, outlet=outlet)
    if as_json:
        print_json(added)
    else:
        say(f"{'known already' if added.known else 'added'}: feed {added.id} of {added.outlet}, {added.url}")


@feeds.command(name="list", example="aggregator feeds list\naggregator feeds list --json")
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
    state = f"paused by {row.paused_by}" if row.paused_by else row.state
    trouble = explain(row.reason) if row.reason and row.failures else ""
    return row.id, row.outlet, state, row.entries, row.last_new_at, row.next_poll_at, trouble, row.url


@feeds.command(example="aggregator feeds show 3")
@click.argument("feed")
@json_option
def show(feed: str, as_json: bool) -> None:
    """Show one feed, by its number or address."""
    row = verbs.feeds_show(settings(), feed)
    if as_json:
        print_json(row)
        return
    print_pairs(
        (
            ("feed", row.id),
            ("address", row.url),
            ("title", row.title),
            ("outlet", row.outlet),
            ("state", f"paused by {row.paused_by}" if row.paused_by else row.state),
            ("last result", _result(row)),
            ("failures in a row", row.failures),
            ("entries", row.entries),
            ("polled every", f"{row.interval_s // 60} min" if row.interval_s >= 60 else f"{row.interval_s} s"),
            ("last poll", row.last_polled_at),
            ("last success", row.last_ok_at),
            ("last new entry", row.last_new_at),
            ("next poll", row.next_poll_at),
        )
    )


def _result(row: FeedRow) -> str:
    if row.reason is None:
        return "read" if row.last_polled_at else "not polled yet"
    return f"{explain(row.reason)}{f' ({row.detail})' if row.detail else ''}"


@feeds.command(example="aggregator feeds poll 3\naggregator feeds poll")
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
