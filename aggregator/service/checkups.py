"""What the doctor looks at on this machine: rights, disk, database, lock, Python. Blocking functions; each gives one finding."""

import importlib
import os
import stat
import sys
import tempfile
import threading
import tomllib
import zoneinfo
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from aggregator.declare.values import Declared
from aggregator.net.probe import authorities
from aggregator.service import examinations as judge
from aggregator.service.examinations import Finding, fault, not_checked, ok, warning
from aggregator.service.patient import Patient
from aggregator.service.verdict import SERVING
from aggregator.store import migrate
from aggregator.store.db import Database
from aggregator.store.lock import Holder, holder_of
from aggregator.store.status import sqlite_build

# Those with compiled parts or data of their own: what breaks when an installation was copied from another machine.
LIBRARIES = ("lxml.etree", "trafilatura", "msgspec", "pymorphy3", "simplemma", "feedparser", "aiosmtplib", "uvicorn", "zstandard")
OLDEST_PYTHON = (3, 11)
ZONE = "Europe/Amsterdam"
_SECRET_KEYS = (("", "database_url"), ("fetch", "proxy"), ("smtp", "password"))
_MOUNTS = Path("/proc/self/mountinfo")


def configuration(patient: Patient) -> Finding:
    if not patient.mistakes:
        return ok("configuration", f"{patient.settings.config_dir} is read")
    told = "; ".join(mistake.message for mistake in patient.mistakes)
    hint = patient.mistakes[0].hint or "correct it, and look again with: aggregator apply --dry-run"
    return fault("configuration", told, hint)


def data_folder(patient: Patient) -> Finding:
    folder = patient.settings.data_dir
    if not folder.exists():
        return _missing_folder(folder)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return fault(
            "data folder", f"{folder}: this user cannot write there ({error.strerror})", f"{_to_own(folder)}, or set data_dir"
        )
    locked = next((path for path in _files(patient) if path.exists() and not os.access(path, os.R_OK | os.W_OK)), None)
    if locked:
        return fault("data folder", f"{locked}: this user may not read and write it", _to_own(locked))
    if folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return warning("data folder", f"{folder}: other users may look into it", f"chmod 700 {folder}")
    return ok("data folder", f"{folder} is writable, and only for its owner")


def _missing_folder(folder: Path) -> Finding:
    above = next(path for path in folder.absolute().parents if path.exists())
    if os.access(above, os.W_OK | os.X_OK):
        return warning("data folder", f"{folder} is not there yet", "the first `aggregator run` makes it")
    return fault(
        "data folder",
        f"{folder} is not there and cannot be made: this user may not write {above}",
        "set data_dir to another folder",
    )


def _files(patient: Patient) -> tuple[Path, ...]:
    lock = patient.settings.data_dir / "aggregator.lock"
    if not patient.embedded:
        return ()
    file = patient.database_file
    return (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm"), lock)


def _to_own(path: Path) -> str:
    return f"give it to the service's user: chown -R USER {path}"


def secrets(patient: Patient, env: Mapping[str, str]) -> Finding:
    """Files that hold a password or a session, and that every user of the machine may read."""
    files = dict.fromkeys(_secret_files(patient.settings.config_dir, env, patient.declared))
    open_to_all = [path for path in files if _mode(path) & stat.S_IROTH]
    if open_to_all:
        listed = " ".join(str(path) for path in open_to_all)
        return fault("secrets", f"every user of this machine can read {listed}", f"chmod o= {listed}")
    return ok("secrets", f"{len(files)} files with secrets, none readable by everybody" if files else "no file holds a secret")


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _secret_files(config_dir: Path, env: Mapping[str, str], declared: Declared | None) -> Iterator[Path]:
    file, base = config_dir / "aggregator.toml", config_dir.parent
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        values = {}
    for section, key in _SECRET_KEYS:
        table = values.get(section, {}) if section else values
        if not isinstance(table, dict):
            continue
        if _is_secret(key, table.get(key)):
            yield file
        named = table.get(f"{key}_file") or env.get(f"AGGREGATOR_{section and f'{section.upper()}__'}{key.upper()}_FILE")
        if isinstance(named, str):
            # That it cannot be used is told as a mistake of the configuration.
            with suppress(RuntimeError):
                yield base / Path(named).expanduser()
    for outlet in declared.outlets if declared else ():
        if outlet.cookies_file:
            yield Path(outlet.cookies_file)
        if _is_secret("proxy", outlet.proxy):
            yield config_dir / "outlets.toml"


def _is_secret(key: str, value: object) -> bool:
    """A password, or an address with one inside."""
    if not isinstance(value, str) or not value:
        return False
    login, at, _ = value.partition("://")[2].partition("@")
    return key == "password" or (bool(at) and ":" in login)


def python(_patient: Patient) -> Finding:
    version = sys.version_info
    if version < OLDEST_PYTHON:
        return fault(
            "python",
            f"Python {version[0]}.{version[1]} is too old",
            "install Python 3.11 or newer, and make the environment again",
        )
    broken = [name for name in LIBRARIES if not _importable(name)]
    if broken:
        return fault("python", f"cannot be imported: {', '.join(broken)}", "install the package again in a new environment")
    sqlite, searches = sqlite_build()
    if not searches:
        return fault("python", f"SQLite {sqlite} was built without FTS5", "use a Python whose SQLite has full-text search")
    if not authorities():
        return fault("python", "no certificate authorities are found", "install the system's package ca-certificates")
    return ok("python", f"Python {version[0]}.{version[1]}.{version[2]}, SQLite {sqlite} with FTS5, {authorities()} authorities")


def _importable(name: str) -> bool:
    try:
        importlib.import_module(name)
    except (ImportError, OSError):
        return False
    return True


def disk(patient: Patient) -> Finding:
    folder = patient.settings.data_dir.absolute()
    place = next(path for path in (folder, *folder.parents) if path.exists())
    found = os.statvfs(place)
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        mounts = ""
    return judge.disk(
        free=found.f_bavail * found.f_frsize,
        wanted=patient.settings.limits.disk_free,
        inodes=found.f_files,
        free_inodes=found.f_favail,
        system=judge.file_system(mounts, str(place.resolve())),
        embedded=patient.embedded,
    )


def database(patient: Patient, stop: threading.Event) -> Finding:
    """Schema, and whether SQLite finds its file whole; the reading of a large one ends when `stop` is set."""
    if patient.illness:
        return fault("database", patient.illness.message, patient.illness.hint)
    if patient.standing is None or patient.standing.revision is None:
        return _no_schema(patient)
    standing = patient.standing
    if standing.newer and not standing.usable:
        return fault("database", f"schema {standing.revision} is of a newer version", "update the program")
    if not standing.usable:
        found = f"schema {standing.revision}, this program works with {migrate.head()}"
        return fault("database", found, "run: aggregator migrate")
    return _whole(patient, standing.revision or "", stop)


def _no_schema(patient: Patient) -> Finding:
    if patient.embedded:
        return warning("database", "it has no tables yet", "the first `aggregator run` makes them")
    return fault("database", "it has no tables yet", "run: aggregator migrate")


def _whole(patient: Patient, revision: str, stop: threading.Event) -> Finding:
    if not patient.embedded:
        return ok("database", f"schema {revision}, PostgreSQL answers")
    opened = Database(patient.settings.database_url)
    try:
        damage = opened.damage(stop)
    finally:
        opened.close()
    if damage:
        return fault("database", f"it is damaged: {damage}", "put a backup in its place: aggregator restore FILE")
    return ok("database", f"schema {revision}, {'no damage in what was read in time' if stop.is_set() else 'the file is whole'}")


def service(patient: Patient) -> Finding:
    if not patient.embedded:
        return not_checked("service", "on PostgreSQL no lock tells who serves", "see the last poll: aggregator status")
    lock = patient.settings.data_dir / "aggregator.lock"
    holder = holder_of(lock)
    if holder and holder.command in SERVING:
        return ok("service", f"`{holder.command}` works, pid {holder.pid} since {_minute(holder.since)}")
    if holder:
        found = f"`{holder.command}` holds the database, pid {holder.pid} since {_minute(holder.since)}; no service runs"
        return warning("service", found, "wait until it has ended, then start the service: aggregator run")
    left = left_by(lock)
    if left:
        found = f"`{left.command}`, pid {left.pid} since {_minute(left.since)}, ended without stopping; nothing runs"
        return warning("service", found, "nothing is lost: start it again with aggregator run, and see its log for the reason")
    return warning("service", "nothing runs", "start it: aggregator run")


def left_by(lock: Path) -> Holder | None:
    """Who is still written in a lock that nobody holds: it was killed, or the power failed."""
    try:
        return msgspec.json.decode(lock.read_bytes()[:4096], type=Holder)
    except (OSError, msgspec.DecodeError):
        return None


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def time_zones(_patient: Patient) -> Finding:
    try:
        zoneinfo.ZoneInfo(ZONE)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return fault("time zones", f"{ZONE} is not known on this machine", "install the package tzdata")
    return ok("time zones", f"{len(zoneinfo.available_timezones())} are known")


def watched(patient: Patient) -> Finding:
    """By the database, else by the files."""
    if patient.seen:
        return judge.watched(feeds=patient.seen.feeds, topics=patient.seen.topics)
    if patient.declared:
        return judge.watched(feeds=len(patient.feeds), topics=len(patient.declared.topics))
    return not_checked("watched", "neither the files nor the database can be read")
