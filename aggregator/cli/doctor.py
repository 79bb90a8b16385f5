"""`doctor`: the commonest faults, each with its remedy."""

import asyncio
import os
from collections.abc import Sequence

import click

from aggregator.cli import paint
from aggregator.cli.asked import Verb, config_dir, json_option
from aggregator.cli.output import is_terminal, print_json, say, show
from aggregator.service.doctor import examine, worst
from aggregator.service.examinations import Finding, State

_MARKS = {
    State.OK: ("✓", "green"),
    State.WARNING: ("!", "yellow"),
    State.FAULT: ("✗", "bold red"),
    State.NOT_CHECKED: ("-", "dim"),
}


@click.command(
    cls=Verb, short_help="Find what is wrong, and the remedy.", example="aggregator doctor\naggregator doctor --all --json"
)
@click.option("--all", "every_name", is_flag=True, help="Look up the names of all outlets, not of a few.")
@json_option
def doctor(every_name: bool, as_json: bool) -> int:
    """Check configuration, rights, disk, database, network, clock and mail server; say what is wrong and what to do.

    Changes nothing, sends no mail, and asks at most three outlets for one small page. Exit 1 when there is a fault.
    """
    findings = asyncio.run(examine(config_dir(), os.environ, every_name=every_name))
    if as_json:
        print_json({"state": worst(findings), "findings": [_document(one) for one in findings]})
    elif is_terminal():
        _paint(findings)
    else:
        for one in findings:
            say("\t".join((one.state.value, one.name, show(one.found), show(one.remedy))))
    return 1 if worst(findings) is State.FAULT else 0


def _document(one: Finding) -> dict[str, str]:
    return {"name": one.name, "state": one.state.value, "found": one.found, "remedy": one.remedy}


def _paint(findings: Sequence[Finding]) -> None:
    rows = []
    for one in findings:
        mark, style = _MARKS[one.state]
        remedy = f"\n→ {show(one.remedy)}" if one.remedy else ""
        rows.append(((mark, style), (one.name, style), (f"{show(one.found)}{remedy}", "")))
    paint.grid(rows)
    paint.line(_summary(findings), style="bold")


def _summary(findings: Sequence[Finding]) -> str:
    counts = {state: sum(one.state is state for one in findings) for state in State}
    if not counts[State.FAULT] and not counts[State.WARNING]:
        return "Nothing is wrong."
    return f"{counts[State.FAULT]} faults, {counts[State.WARNING]} warnings."
