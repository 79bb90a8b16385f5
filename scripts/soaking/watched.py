"""The ordinary command line beside a thread that writes down SQLite's memory: python -m scripts.soaking.watched FILE run …

SQLite keeps pages of the database in caches of bounded size, one for each connection, that fill as the database grows. From
outside they cannot be told from a leak; the library itself knows how much it holds.
"""

import _sqlite3
import ctypes
import sys
import threading
import time
from pathlib import Path

from aggregator.cli.main import execute

EVERY_S = 1.0


def memory_used() -> int:
    """Bytes that SQLite holds in this process, page caches above all; 0 where the library cannot be asked."""
    ask = getattr(ctypes.CDLL(_sqlite3.__file__), "sqlite3_memory_used", None)
    if ask is None:
        return 0
    ask.restype = ctypes.c_int64
    return int(ask())


def _write_down(file: Path) -> None:
    while True:
        fresh = file.with_suffix(".new")
        fresh.write_text(str(memory_used()))
        fresh.replace(file)  # whole or not at all: the reader never sees half a number
        time.sleep(EVERY_S)


if __name__ == "__main__":
    threading.Thread(target=_write_down, args=(Path(sys.argv[1]),), daemon=True).start()
    sys.exit(execute(sys.argv[2:]))
