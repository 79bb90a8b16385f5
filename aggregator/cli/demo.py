"""`demo`: a first minute without configuration and without a network."""

import click

from aggregator.cli.asked import Asked, Verb, json_option
from aggregator.cli.output import print_json
from aggregator.demo.perform import ENDED, perform
from aggregator.demo.show import Show
from aggregator.errors import UsageError


@click.command(
    cls=Verb,
    short_help="See it work: a small press and a mailbox on this machine.",
    example="aggregator demo\naggregator demo --once\naggregator demo --once --json",
)
@click.option("--once", is_flag=True, help="End after the show.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, metavar="N", help="Port of the page (default: any free one).")
@json_option
@click.pass_obj
def demo(asked: Asked, once: bool, port: int, as_json: bool) -> int:
    """See it work: nine invented outlets, six topics and a mailbox on loopback, and the real service between them.

    Needs no configuration and no network. Shows articles, stories, matches and mails within half a minute, then goes on, with its
    page, until Ctrl-C. Nothing is left behind. With --once a show that is stopped before its end exits with 143.
    """
    if asked.config:
        raise UsageError("the demo brings its own configuration", hint="leave out --config")
    if as_json and not once:
        raise UsageError("--json prints what the show came to, so the show must end", hint="add --once")
    report = perform(show=Show(quiet=as_json), port=port, once=once)
    if as_json and report:
        print_json(report)
    return ENDED if once and report is None else 0
