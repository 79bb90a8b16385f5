"""Logs: one event a line; JSON when nobody watches a terminal. Never a secret, never a control character from outside."""

import json
import logging
import sys
import time
from datetime import UTC, datetime

from aggregator.pipeline.context import Event
from aggregator.text import printable

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """`{"at": …, "level": …, "event": …, fields}`, one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": printable(record.getMessage()),
        }
        line |= {name: _clean(value) for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info and record.exc_info[0]:
            line["error"] = printable(f"{record.exc_info[0].__name__}: {record.exc_info[1]}")
            line["trace"] = printable(self.formatException(record.exc_info))[-2000:]
        return json.dumps(line, ensure_ascii=False)


class Plain(logging.Formatter):
    """`12:04:05 event field=value …` for people."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={_clean(value)}" for name, value in vars(record).items() if name not in _PLAIN)
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        error = (
            f" {record.exc_info[0].__name__}: {printable(str(record.exc_info[1]))}"
            if record.exc_info and record.exc_info[0]
            else ""
        )
        return f"{clock} {printable(record.getMessage())} {fields}{error}".rstrip()


def _clean(value: object) -> object:
    return printable(value) if isinstance(value, str) else value


def set_up(*, as_json: bool | None = None, level: int = logging.INFO) -> None:
    """Log to stderr. `as_json` None: JSON unless stderr is a terminal."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if (not sys.stderr.isatty() if as_json is None else as_json) else Plain())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "trafilatura", "apscheduler", "alembic", "asyncio", "uvicorn", "htmldate", "chardet"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def log_event(event: Event) -> None:
    """One finished piece of work as a log line: failures are warnings, results are information, nothing new is debug."""
    fields = {"subject": event.subject, "count": event.count}
    if event.reason:
        fields["reason"] = event.reason.value
    if event.detail:
        fields["detail"] = event.detail
    quiet = event.stage in ("poll", "read") and event.reason is not None and event.reason.value in ("not_modified", "unchanged")
    level = logging.DEBUG if quiet else logging.WARNING if event.reason else logging.INFO
    logging.getLogger("aggregator").log(level, event.stage, extra=fields)
