"""`status`: one look that answers "is it working?"."""

import click

from aggregator.cli.asked import Verb, json_option, settings
from aggregator.cli.output import print_json, print_pairs, say
from aggregator.reasons import explain
from aggregator.service import verbs


@click.command(cls=Verb, short_help="One look at health.", example="aggregator status\naggregator status --json")
@json_option
def status(as_json: bool) -> None:
    """Show what is watched, what waits, and which outlets cannot be read."""
    seen = verbs.overview(settings())
    if as_json:
        print_json(seen)
        return
    print_pairs(
        (
            ("outlets read", f"{seen.outlets_read} of {seen.outlets}"),
            ("feeds", f"{seen.feeds}, {seen.feeds_due} due now"),
            ("last poll", seen.last_poll_at),
            ("waiting", f"{seen.entries_to_read} pages to read, {seen.entries_to_publish} articles to publish"),
            ("articles", f"{seen.articles}, {seen.articles_today} today, in {seen.stories} stories"),
            ("topics", f"{seen.topics}, {seen.matches_today} matches today"),
            ("messages", ", ".join(f"{count} {state}" for state, count in seen.messages) or "none"),
            ("oldest waiting message", seen.oldest_waiting_at),
        )
    )
    for trouble in seen.troubles:
        since = f", last read {trouble.since:%Y-%m-%d %H:%M} UTC" if trouble.since else ", never read"
        say(f"! {trouble.outlet}: {explain(trouble.reason)}{since}")
