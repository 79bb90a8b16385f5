"""Processes of the program under test, marked in their environment so that what they leave behind can be found."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.points import passed
from tests.faults.world import World

_MARKER = "FAULTS_CHILD"
# A fork server notices at once that its parent is gone; a machine under load gets some seconds.
GONE_WITHIN = 5.0
ENDS_WITHIN = 120.0


@dataclass(slots=True, kw_only=True)
class Child:
    """One run of the program. `said`: its standard error; `record`: the points it passed, when it runs under fault points."""

    process: subprocess.Popen[bytes]
    marker: str
    said: Path
    record: Path
    started: float = field(default_factory=time.monotonic)

    def wait(self, seconds: float = ENDS_WITHIN) -> int:
        """Its exit code. Nothing may hang."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {seconds:g} s\n{self.words()}") from None

    def until_there(self) -> None:
        """`run` has opened its page: from now on it obeys signals, and begins to work."""
        waited(lambda: "The page is at" in self.words(), f"the service is there\n{self.words()}")

    def words(self) -> str:
        return self.said.read_text(errors="replace")

    def passed(self) -> list[str]:
        return passed(self.record)

    def family(self) -> dict[int, str]:
        """Every living process of this run: number -> command line. Empty where there is no /proc to ask."""
        return _family(self.marker)

    def parsers(self) -> tuple[list[int], list[int]]:
        """The workers and the fork server of this run."""
        parsing = {number: _parent(number) for number, words in self.family().items() if "aggregator.service.worker" in words}
        servers = [number for number, parent in parsing.items() if parent == self.process.pid]
        return [number for number, parent in parsing.items() if parent in servers], servers


@contextmanager
def child(world: World, *arguments: str, kill: str = "", passage: int = 1, points: bool = False) -> Iterator[Child]:
    """A command of the program at the world's time: as users run it, or under fault points. Nothing of it survives the block."""
    folder = world.program.folder
    marker = secrets.token_hex(8)
    record, said = folder / f"{marker}.points", folder / f"{marker}.err"
    command = [*arguments, "--now", world.now.isoformat()]
    with said.open("wb") as errors:
        process = subprocess.Popen(
            _under_points(world, command, record, kill, passage) if points or kill else world.program.command(*command),
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**world.program.environment(), _MARKER: marker},
            start_new_session=True,
        )
    try:
        yield Child(process=process, marker=marker, said=said, record=record)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)
        for number in _family(marker):
            _end(number)


def _under_points(world: World, command: list[str], record: Path, kill: str, passage: int) -> list[str]:
    line = [sys.executable, "-m", "tests.faults.child", str(record), "--kill", kill, "--passage", str(passage), "--"]
    return [*line, "--config", str(world.program.config), *command]


def survivors(left: Child, *, within: float = GONE_WITHIN) -> dict[int, str]:
    """What of a dead run is still there when its time to go is over."""
    deadline = time.monotonic() + within
    while (found := left.family()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def _family(marker: str) -> dict[int, str]:
    wanted = f"{_MARKER}={marker}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else
    return found


def _parent(number: int) -> int:
    try:
        return int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def waited(condition: Callable[[], object], what: str, *, seconds: float = 60.0) -> None:
    """Until the condition holds; it must within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


def _end(number: int) -> None:
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        return
