"""The ordinary command line under fault points: python -m tests.faults.child RECORD [--kill POINT] [--passage N] -- once …"""

import argparse
import sys
from pathlib import Path

from aggregator.cli.main import execute
from tests.faults.points import Points, install


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("record", type=Path)
    parser.add_argument("--kill", default="")
    parser.add_argument("--passage", type=int, default=1)
    parser.add_argument("command", nargs="+")
    asked = parser.parse_args()
    install(Points(asked.record, kill=asked.kill, passage=asked.passage))
    sys.exit(execute(asked.command))


if __name__ == "__main__":
    main()
