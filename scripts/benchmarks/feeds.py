"""Polling a thousand feeds: our poll stage against lemon24/reader and the bare HTTP client, in one run; and the due tick.

(a) Every feed answers 304; (b) every feed prints three new entries of thirty. All contenders poll the same feeds over the same hundred
hosts, one after the other in turns, each in a process of its own; the feeds' server is another, and is not counted. CPU is that
of the whole process tree. No page is read. (c) What is due of 100,000 feeds is found and handed out. Ends with 1 when a bound is broken.
"""

import argparse
import statistics
import sys
from collections import defaultdict
from contextlib import ExitStack

from scripts.benchmarks import due
from scripts.benchmarks.pollers import Cost, Poller, contenders
from scripts.benchmarks.press import LISTED, PRINTED, Press

# How many times less CPU than reader.
BOUNDS = {"same": 5.0, "changed": 3.0}
TITLES = {"same": "(a) all answer 304", "changed": "(b) all changed"}
# As scripts/soak: what grows less is caches that fill.
GROWTH_MIB = 1.0
# kind -> contender -> the rounds
Costs = dict[str, dict[str, list[Cost]]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench feeds", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--feeds", type=int, default=1000)
    chosen = parser.parse_args()
    names = contenders()
    if "reader" not in names:
        sys.exit("reader is missing, the peer to be measured against: .venv/bin/python -m pip install reader")
    costs = _poll_in_turns(list(names), chosen.feeds, chosen.rounds)
    broken = _report(costs, names, chosen.feeds)
    if not due.measure(chosen.rounds):
        broken.append("the due tick")
    if broken:
        sys.exit(f"over the bound: {', '.join(broken)}")


def _poll_in_turns(names: list[str], count: int, rounds: int) -> Costs:
    """A first poll and a warm-up of both kinds, then the rounds; who begins changes."""
    costs: Costs = defaultdict(lambda: defaultdict(list))
    with Press(count) as press, ExitStack() as stack:
        print(f"{count} feeds of {LISTED} entries, {press.document_size / 1000:.0f} kB on average, {rounds} rounds, medians")
        pollers = [stack.enter_context(Poller(name, press.urls())) for name in names]
        entries = LISTED
        for poller in pollers:
            _checked(poller, press, count, status=200, entries=entries)
        for turn in range(rounds + 1):
            pollers = [*pollers[1:], pollers[0]]
            for kind, status in (("same", 304), ("changed", 200)):
                if kind == "changed":
                    press.print_edition()
                    entries += PRINTED
                for poller in pollers:
                    cost = _checked(poller, press, count, status=status, entries=entries)
                    costs["warm-up" if turn == 0 else kind][poller.name].append(cost)
    return costs


def _checked(poller: Poller, press: Press, count: int, *, status: int, entries: int) -> Cost:
    """One poll of all feeds, and whether it was what it is taken for: every feed asked once, with its validators, all stored."""
    cost = poller.poll()
    asked = press.asked()
    if asked != {status: count} or cost.entries not in (None, count * entries):
        sys.exit(f"{poller.name} did something else: {asked} answered, {cost.entries} entries stored")
    return cost


def _report(costs: Costs, names: dict[str, str], count: int) -> list[str]:
    """Prints a table for each kind and one for the memory; gives the bounds that are broken."""
    broken = []
    for kind, bound in BOUNDS.items():
        print(f"\n{TITLES[kind]}\n\n| | ms CPU per feed | ms per feed | reader's CPU is so many times as much |")
        print("|---|---|---|---|")
        for name, title in names.items():
            each = costs[kind][name]
            ratios = [peer.cpu / cost.cpu for peer, cost in zip(costs[kind]["reader"], each, strict=True)]
            times = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            cpu, wall = (statistics.median(getattr(cost, part) for cost in each) / count * 1000 for part in ("cpu", "wall"))
            print(f"| {title} | {cpu:.2f} | {wall:.2f} | {times} |")
            if name == "ours" and statistics.median(ratios) < bound:
                broken.append(
                    f"{TITLES[kind]}: {statistics.median(ratios):.2f} times less CPU than reader, {bound:g} are asked for"
                )
    print("\n| memory of the process tree, MiB | after the warm-up | after the rounds | per 1,000 polls |\n|---|---|---|---|")
    for name, title in names.items():
        before, after = costs["warm-up"][name][-1].memory, costs["changed"][name][-1].memory
        polls = 2 * count * len(costs["changed"][name])
        growth = (after - before) / polls * 1000
        print(f"| {title} | {before:.1f} | {after:.1f} | {growth:+.2f} |")
        if name == "ours" and growth > GROWTH_MIB:
            broken.append(f"memory: {growth:+.2f} MiB per 1,000 polls")
    return broken


if __name__ == "__main__":
    main()
