"""The doctor's judgements: what was found becomes a state and a remedy. Pure functions; `service.checkups` and `service.calls` look."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from aggregator.alerts.values import MessageState
from aggregator.reasons import explain
from aggregator.service.verdict import LATE_AFTER, when
from aggregator.store.values import Overview

CLOCK_WARNS = timedelta(minutes=2)
CLOCK_FAILS = timedelta(minutes=10)
# This program is not older: a clock before it was never set.
EARLIEST_YEAR = 2026
SET_CLOCK = "set the clock: timedatectl set-ntp true"
MIB = 2**20
FEW_INODES = 1_000
# SQLite's log works through memory that all its users share; over a network they do not, and the file is damaged.
NETWORK_SYSTEMS = frozenset(
    {
        "9p",
        "afs",
        "ceph",
        "cifs",
        "fuse.cephfs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "gfs2",
        "lustre",
        "nfs",
        "nfs4",
        "ocfs2",
        "smb3",
        "smbfs",
    }
)


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check. `found` and `remedy` are a line each; `by_network`: a missing network alone would explain it."""

    name: str
    state: State
    found: str
    remedy: str = ""
    by_network: bool = False


def ok(name: str, found: str) -> Finding:
    return Finding(name=name, state=State.OK, found=found)


def warning(name: str, found: str, remedy: str, *, by_network: bool = False) -> Finding:
    return Finding(name=name, state=State.WARNING, found=found, remedy=remedy, by_network=by_network)


def fault(name: str, found: str, remedy: str, *, by_network: bool = False) -> Finding:
    return Finding(name=name, state=State.FAULT, found=found, remedy=remedy, by_network=by_network)


def not_checked(name: str, why: str, remedy: str = "") -> Finding:
    return Finding(name=name, state=State.NOT_CHECKED, found=why, remedy=remedy)


def told_once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """A missing network is one fault, that of `names`; what else it explains was not checked."""
    offline = any(one.name == "names" and one.state is State.FAULT for one in findings)
    if not offline:
        return tuple(findings)
    return tuple(
        replace(one, state=State.NOT_CHECKED, found="no network, see names", remedy="")
        if one.by_network and one.name != "names"
        else one
        for one in findings
    )


def disk(*, free: int, wanted: int, inodes: int, free_inodes: int, system: str, embedded: bool) -> Finding:
    """Room where the database lies. `inodes` 0: the file system has no such limit."""
    if embedded and system in NETWORK_SYSTEMS:
        return fault(
            "disk", f"the data folder is on a network file system ({system})", "set data_dir to a folder on a local disk"
        )
    if free < wanted:
        return fault(
            "disk",
            f"{free // MIB} MiB free, {wanted // MIB} MiB wanted: polling and reading are paused",
            "free some space, or set another data_dir",
        )
    if inodes and free_inodes < FEW_INODES:
        return fault("disk", f"only {free_inodes} files can still be made", "delete files nobody needs: many small ones")
    if free < 2 * wanted:
        return warning("disk", f"{free // MIB} MiB free: reading pauses below {wanted // MIB}", "free some space soon")
    return ok("disk", f"{free // MIB} MiB free")


def file_system(mounts: str, path: str) -> str:
    """The type of the file system that holds `path`, by the text of /proc/self/mountinfo; "" when it does not say."""
    best, kind = "", ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, types = before.split(" "), after.split(" ")
        if len(fields) < 5 or not types[0]:
            continue
        point = fields[4].replace("\\040", " ")
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        # The later of two mounts on one point lies above.
        if inside and len(point) >= len(best):
            best, kind = point, types[0]
    return kind


def clock(gap: timedelta | None, *, asked: int, reasons: Sequence[str], now: datetime) -> Finding:
    """`gap`: how far this machine's clock is ahead of what outlets say; None when none said, `reasons` are then those of the silent."""
    if now.year < EARLIEST_YEAR:
        return fault("clock", f"the year is {now.year}", SET_CLOCK)
    if gap is not None:
        return _compared(gap, now)
    if not asked:
        return not_checked("clock", "there is no outlet to compare it with")
    if reasons:
        found = f"not compared: none of {asked} outlets answered ({reasons[0]})"
        return warning("clock", found, "is the network up?", by_network=True)
    return warning("clock", f"not compared: none of {asked} outlets said the time", "compare it yourself: date -u")


def _compared(gap: timedelta, now: datetime) -> Finding:
    told = f"{_span(abs(gap))} {'ahead of' if gap > timedelta() else 'behind'} what outlets say"
    if abs(gap) > CLOCK_FAILS:
        return fault("clock", told, SET_CLOCK)
    if abs(gap) > CLOCK_WARNS:
        return warning("clock", told, SET_CLOCK)
    return ok("clock", f"{now:%Y-%m-%d %H:%M} UTC, as outlets say")


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def names(asked: Sequence[tuple[str, str]], missing: Sequence[tuple[str, str]]) -> Finding:
    """`asked`, `missing`: (outlet, host)."""
    if not asked:
        return not_checked("names", "there is no host to ask for")
    if len(missing) == len(asked):
        found = f"no name is found, of {len(asked)} that were asked for: {missing[0][1]}"
        return fault("names", found, "is the network up, and is there a name server in /etc/resolv.conf?", by_network=True)
    if missing:
        told = ", ".join(f"{host} ({outlet})" for outlet, host in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        return warning("names", f"not found: {told}{more}", "has the outlet moved? correct its feeds in config/outlets.toml")
    return ok("names", f"{len(asked)} of {len(asked)} found")


def outbox(seen: Overview, *, now: datetime) -> Finding:
    counts = dict(seen.messages)
    dead, held = counts.get(MessageState.DEAD, 0), counts.get(MessageState.HELD, 0)
    if seen.held_since:
        return warning(
            "outbox",
            f"held since a restore, {when(seen.held_since, now)}: {held} messages wait",
            "send them: aggregator outbox release; drop them: aggregator outbox release --cancel",
        )
    if seen.unsent and now - seen.unsent.since > LATE_AFTER:
        why = f" ({explain(seen.unsent.reason)})" if seen.unsent.reason else ""
        return fault(
            "outbox", f"mails wait since {when(seen.unsent.since, now)}{why}", "after the repair: aggregator outbox retry"
        )
    if held:
        return warning("outbox", f"{held} messages are held", "see why: aggregator outbox list --state held")
    if dead:
        return warning("outbox", f"{dead} messages were refused for good", "see which: aggregator outbox list --state dead")
    return ok("outbox", "nothing waits" if not seen.unsent else "the oldest waits for a moment only")


def watched(*, feeds: int, topics: int) -> Finding:
    if not feeds:
        return warning("watched", "no outlet is watched", "add one to config/outlets.toml, then: aggregator apply")
    if not topics:
        return warning(
            "watched", "no topic is watched: nobody is told anything", "add one to config/topics.toml, then: aggregator apply"
        )
    return ok("watched", f"{feeds} feeds, {topics} topics")
