"""`articles reextract`: the kept pages through the present extractor."""

import asyncio
import sys
from datetime import datetime

import click

from aggregator.articles.compare import Difference
from aggregator.cli.asked import Verb, as_moment, json_option, settings
from aggregator.cli.output import print_json, print_table, say, show
from aggregator.cli.progress import counting
from aggregator.service.ending import ended_by_signal
from aggregator.service.reextract import Reextracted, articles_reextract


@click.command(
    cls=Verb,
    short_help="Read kept pages with the present extractor.",
    example="aggregator articles reextract --dry-run\naggregator articles reextract --outlet 'The Moscow Times' --since 2026-03-01",
)
@click.option("--outlet", default="", metavar="NAME", help="Only this outlet's.")
@click.option(
    "--since", callback=as_moment, metavar="DATE", help="Only articles first seen since then (ISO 8601; UTC without a zone)."
)
@click.option("--all", "everything", is_flag=True, help="Also what the present extractor read.")
@click.option("--dry-run", is_flag=True, help="Only show what would change; works beside the service.")
@json_option
def reextract(outlet: str, since: datetime | None, everything: bool, dry_run: bool, as_json: bool) -> int:
    """Read the kept pages again with the present extractor, and publish what changes; no outlet is asked and no mail is sent.

    Pages are kept for retention.raw_pages. A run that was stopped goes on where it was. A page that cannot be read within the limits
    keeps its former reading and is named; the exit code is then 1.
    """
    effective = settings()
    with ended_by_signal(), counting("pages") as progress:
        done = asyncio.run(
            articles_reextract(effective, outlet=outlet, since=since, everything=everything, dry_run=dry_run, progress=progress)
        )
    if as_json:
        print_json(done)
    else:
        _print(done)
    for one in done.failed:
        say(f"article {one.article_id}: {one.url}: {one.reason}: {one.detail}", to=sys.stderr)
    return 1 if done.failed else 0


def _print(done: Reextracted) -> None:
    if done.changes:
        rows = ((one.article_id, one.outlet, one.headline, what_changed(one.change)) for one in done.changes)
        print_table(("article", "outlet", "headline", "changes"), rows, empty="")
    verb = "changed" if done.written else "would change"
    say(
        f"{done.pages} pages read again: {done.changed} articles {verb}, {done.same} stay as they are, {len(done.failed)} could not be read"
    )
    if done.worse:
        trusted = "can be trusted no longer" if done.written else "could be trusted no longer"
        say(f"! of {done.worse} the text {trusted}; the former one is kept as a version")
    if done.not_kept:
        say(f"{done.not_kept} skipped: their pages are kept no longer (retention.raw_pages)")


def what_changed(change: Difference) -> str:
    """One line: what is shown of an article, then the other fields by name."""
    parts = [
        f"status {change.status[0]} to {change.status[1]}" if change.status else "",
        f"headline to “{change.headline[1]}”" if change.headline else "",
        f"body +{change.words_new}/-{change.words_gone} words" if change.words_new or change.words_gone else "",
        f"authors {show(change.authors[0]) or 'none'} to {show(change.authors[1]) or 'none'}" if change.authors else "",
        f"date {show(change.published_at[0])} to {show(change.published_at[1])}" if change.published_at else "",
        *change.others,
    ]
    return "; ".join(part for part in parts if part)
