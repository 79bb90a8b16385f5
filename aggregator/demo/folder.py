"""The demo's folder: configuration, database and log in one temporary place that does not outlive the demo.

Its name holds the process id and the process holds a lock on it. A demo that was killed leaves its folder; the next one
removes it, when nobody holds its lock and its process is gone.
"""

import fcntl
import os
import re
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from string import Template

from aggregator.demo.newspaper import Newspaper
from aggregator.errors import AggregatorError

_NAME = re.compile(r"aggregator-demo-(\d+)-\w+")
_FILES = ("aggregator.toml", "outlets.toml", "topics.toml")
_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def demo_folder() -> Iterator[Path]:
    """A new folder, removed at the end whatever happens. Raises AggregatorError when none can be made."""
    remove_left_over()
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"aggregator-demo-{os.getpid()}-"))
    except OSError as error:
        raise AggregatorError(
            f"no temporary folder can be made ({error.strerror})", hint="set TMPDIR to a folder this user may write"
        ) from error
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        with _undisturbed():
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Removing takes milliseconds; a second signal must not leave half of the folder."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def remove_left_over() -> None:
    """Remove the folders of demos that were killed. What is not surely ours and dead stays."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as found:
        for entry in found:
            named = _NAME.fullmatch(entry.name)
            if named and _is_ours(entry) and not _lives(int(named[1])):
                _remove_unheld(Path(entry.path))


def _is_ours(entry: os.DirEntry[str]) -> bool:
    """A real folder of this user; what a link leads to is never touched."""
    try:
        known = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISDIR(known.st_mode) and known.st_uid == os.getuid()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _remove_unheld(folder: Path) -> None:
    with suppress(OSError):
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            # A process of another container is not among ours, but its lock is.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)


def write_config(folder: Path, newspaper: Newspaper, *, mail: int, page: int) -> Path:
    """The three files as an owner would write them; gives their folder."""
    config = folder / "config"
    config.mkdir()
    pins = "\n".join(f'"{outlet.host}" = "127.0.0.1"' for outlet in newspaper.outlets)
    values = {"pins": pins, "outlets": _outlets(newspaper), "mail": str(mail), "page": str(page)}
    for name in _FILES:
        template = Template((files("aggregator.demo") / "config" / name).read_text(encoding="utf-8"))
        (config / name).write_text(template.substitute(values), encoding="utf-8")
    return config


def _outlets(newspaper: Newspaper) -> str:
    return "\n".join(
        f'\n[[outlets]]\nname = "{outlet.name}"\nurl = "{newspaper.base(outlet)}"\nlanguage = "{outlet.language}"\n'
        f'feeds = ["{newspaper.feed_url(outlet)}"]'
        for outlet in newspaper.outlets
    )
