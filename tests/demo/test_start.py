"""`scripts/start demo` and `scripts/start --demo` are one command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """An environment that counts as installed, with a command that says how it was called."""
    digest = subprocess.run(
        ["sh", "-c", f'root={ROOT}; . {ROOT}/scripts/environment.sh; python={sys.executable}; digest_of "{ROOT}/requirements.lock"'],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    (tmp_path / "bin").mkdir()
    (tmp_path / ".installed-requirements.lock").write_text(digest)
    command = tmp_path / "bin" / "aggregator"
    command.write_text('#!/bin/sh\necho "$*"\n')
    command.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("arguments", [("demo", "--port", "8001"), ("--demo", "--port", "8001")])
def test_both_spellings_start_the_demo(ready, arguments):
    done = subprocess.run(
        [ROOT / "scripts" / "start", *arguments],
        capture_output=True, text=True, timeout=60, check=True, env={**os.environ, "PYTHON": sys.executable, "VENV": str(ready)},
    )  # fmt: skip
    assert done.stdout == "demo --port 8001\n"
