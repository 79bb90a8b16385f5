"""What child processes of these tests do; apart, so that a child need not import the tests. Some of them are killed at their work."""

import os
import signal
import sys
from pathlib import Path

from aggregator.service import keeping
from aggregator.settings import Settings
from aggregator.store import migrate

# Everything that changes a name, or opens a database.
STEPS = ("os.rename", "os.remove", "os.link", "os.mkdir", "sqlite3.connect")


def upgrade(url: str, scripts: Path) -> None:
    migrate.upgrade(url, scripts=scripts)


def restore_and_die(settings: Settings, source: Path, steps: int) -> None:
    """A restore that is killed before its step of this number; it ends well when it has fewer."""
    left = [steps]

    def counted(event: str, _arguments: object) -> None:
        if event in STEPS:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(counted)
    keeping.restore(settings, source, agree=lambda _seen: True)
