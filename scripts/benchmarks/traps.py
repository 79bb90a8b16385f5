"""The trap site: what our program does on it, measured now, beside what its peers did.

The site and its days are those of the acceptance test (tests/acceptance/trap_site.py). The peers' figures are quoted from an
earlier measurement on a site of the same description; they are not run here.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.acceptance.trap_site import GUIDS, SIDEBARS, WATCHED, Case
from tests.acceptance.trap_trial import EDITED, REKEYED, TOUCHED, Trial, live_through
from tests.mailbox import Mailbox
from tests.newspaper import Newspaper

Cell = Callable[[Trial], str]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench traps", description=__doc__)
    parser.add_argument(
        "--seeds", type=int, default=len(WATCHED), choices=range(1, len(WATCHED) + 1), help="sites to live through"
    )
    seeds = range(1, parser.parse_args().seeds + 1)
    for first_poll in ("silent", "alert"):
        trials = [_trial(seed, first_poll) for seed in seeds]
        _print(first_poll, trials)
        if broken := [promise for promise, kept in PROMISES.items() if not all(map(kept, trials))]:
            sys.exit(f"broken: {', '.join(broken)}")
    print(f"\nkept on {len(seeds) * 2} sites: {', '.join(PROMISES)}")


def _trial(seed: int, first_poll: str) -> Trial:
    """Every seed has another place of the box and another kind of new guid; the two settings have other pairs."""
    turn = seed + (first_poll == "alert")
    case = Case(seed=seed, sidebar=SIDEBARS[turn % len(SIDEBARS)], guids=GUIDS[seed - 1], first_poll=first_poll)
    with Newspaper() as paper, Mailbox() as mailbox, tempfile.TemporaryDirectory() as folder:
        return live_through(Path(folder), paper, mailbox, case)


def _told(trial: Trial) -> bool:
    said = "Outlet A" in trial.dead.ran.out and "Outlet A" in trial.status
    return said and all("1 of 2 outlets read; Outlet A" in mail.text for mail in trial.last.alerts)


def _sidebar_alerts(trial: Trial) -> int:
    """Mails about the word in which no article that names it is linked."""
    return sum(not any(url in mail.text for url in trial.site.truth) for day in trial.days.values() for mail in day.alerts)


def _flood(trial: Trial) -> int:
    """Mails of the first run beyond one for each text that matches (silent: beyond none)."""
    allowed = trial.common_at_first + 1 if trial.site.case.first_poll == "alert" else 0
    return trial.first.at_once - allowed


def _sent_again(trial: Trial) -> int:
    return sum(day.at_once for day in (trial.nothing, trial.box_only, trial.edited, trial.guids, trial.dead))


def _all_found(trial: Trial) -> bool:
    found = {row.url for row in trial.searched} == set(trial.site.truth[:2])
    return found and (len(trial.story.alerts), len(trial.last.alerts)) == (1, 1)


def _kept_versions(trial: Trial) -> int:
    return sum(len(one.versions) == 2 for one in trial.histories)


PROMISES: dict[str, Callable[[Trial], bool]] = {
    "0 floods": lambda trial: _flood(trial) == 0,
    "0 re-sends": lambda trial: _sent_again(trial) == 0,
    "0 sidebar alerts": lambda trial: _sidebar_alerts(trial) == 0,
    "body-only words found": _all_found,
    "wire copies joined": lambda trial: (trial.story.at_once, trial.story.joined) == (2, trial.first.joined + 1),
    "edits kept as versions": lambda trial: _kept_versions(trial) == EDITED,
    "dead feed told": _told,
}

# Probe, our cell, then the peers': rss2email 3.14, reader 3.26 with entry_dedupe, changedetection.io 0.60.10.
ROWS: tuple[tuple[str, Cell, str, str, str], ...] = (
    (
        "first run",
        lambda trial: f"{trial.first.at_once} mails, {trial.first.joined} copies joined",
        "30 mails",
        "30 entries, silent",
        "-",
    ),
    ("no change", lambda trial: f"{trial.nothing.at_once}", "0", "0", "0"),
    (
        f"{TOUCHED} pages changed, only the box",
        lambda trial: f"{trial.box_only.at_once} mails, {len(trial.box_only.changed_since(trial.nothing))} versions",
        "-",
        "-",
        "false alert",
    ),
    (
        f"{EDITED} edited, same guid",
        lambda trial: f"{trial.edited.at_once} mails, {_kept_versions(trial)} with version 1 kept",
        "0, edit lost",
        "3 overwritten",
        "-",
    ),
    (
        f"{REKEYED} guids changed",
        lambda trial: f"{trial.guids.at_once} mails, {len(trial.guids.articles) - len(trial.edited.articles)} duplicates",
        "5 re-sent",
        "5 or 0 duplicates (short, long summaries)",
        "-",
    ),
    (
        "new story + wire copy",
        lambda trial: f"{len(trial.story.alerts)} mail per topic, {trial.story.joined - trial.guids.joined} joined",
        "2 mails",
        "2 entries",
        "-",
    ),
    (
        "dead feed",
        lambda trial: "summary, `status`, foot of the next mail" if _told(trial) else "NOT TOLD",
        "log line only",
        "stored, nobody told",
        "-",
    ),
    ("word only in the sidebar", lambda trial: f"{_sidebar_alerts(trial)} alerts", "-", "-", "false alert"),
    ("word only in the body", lambda trial: "found" if _all_found(trial) else "MISSED", "missed", "missed", "never fires"),
    (
        "requests for feeds / pages, by day",
        lambda trial: ", ".join(f"{day.feed_requests}/{day.page_requests}" for day in trial.days.values()),
        "-",
        "-",
        "-",
    ),
)


def _print(first_poll: str, trials: list[Trial]) -> None:
    """A cell names every different result of the sites."""
    print(f'\nfirst_poll = "{first_poll}", {len(trials)} sites; * quoted from an earlier measurement, not run here\n')
    print("| probe | aggregator, measured now | rss2email 3.14 * | reader 3.26 * | changedetection.io 0.60.10 * |")
    print("|---|---|---|---|---|")
    for probe, cell, *peers in ROWS:
        print(f"| {probe} | {' or '.join(dict.fromkeys(map(cell, trials)))} | {' | '.join(peers)} |")


if __name__ == "__main__":
    main()
