"""`topics`: what is watched."""

import click

from aggregator.cli.asked import Commands, json_option, settings
from aggregator.cli.output import print_json, print_table, safe, say
from aggregator.errors import QueryError
from aggregator.service import verbs
from aggregator.topics.canonical import caret


@click.group(cls=Commands)
def topics() -> None:
    """What is watched."""


@topics.command(example="aggregator topics check '(Putin OR Kremlin) NEAR/15 (Sisi OR Egypt*)'")
@click.argument("query")
@json_option
def check(query: str, as_json: bool) -> None:
    """Check a query: how it is understood, what each word finds, and advice.

    A mistake is shown in the query, with its column; the exit code is then 2.
    """
    checked = verbs.topics_check(settings(), query)
    if as_json:
        words = [{"word": word, "finds": finds} for word, finds in checked.words]
        print_json({"canonical": checked.canonical, "words": words, "lints": checked.lints})
        return
    say(f"understood as: {checked.canonical}")
    print_table(("word", "finds"), checked.words, empty="")
    for lint in checked.lints:
        place = QueryError(lint.message, source=query, pos=lint.pos, end=lint.end)
        say(f"advice: column {lint.pos + 1}: {lint.message}")
        for line in (*caret(place).splitlines(), *lint.hint.splitlines()):
            say(f"  {safe(line)}")


@topics.command(name="list", example="aggregator topics list\naggregator topics list --json")
@json_option
def list_topics(as_json: bool) -> None:
    """List all topics with their recipients and what they found."""
    rows = verbs.topics_list(settings())
    if as_json:
        print_json(rows)
        return
    print_table(
        ("topic", "state", "deliver", "recipients", "matches", "last match", "query"),
        (
            (
                row.name,
                f"paused by {row.paused_by}" if row.paused_by else "on",
                row.deliver or "as the recipient says",
                row.recipients,
                row.matches,
                row.last_match_at,
                row.query,
            )
            for row in rows
        ),
        empty="No topics yet. Write one into topics.toml, then: aggregator apply",
    )
