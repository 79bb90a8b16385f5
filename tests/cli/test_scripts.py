"""`scripts/start` and `scripts/test` say in one line what is missing, and never half-do anything."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ["start", "test"]


def ran(script, *arguments, **env):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AGGREGATOR_", "PYTHON", "VENV", "PIP_"))}
    return subprocess.run(
        [ROOT / "scripts" / script, *arguments], capture_output=True, text=True, timeout=120, check=False, env={**kept, **env}
    )


def python_that(folder, *lines):
    """An interpreter that behaves as the shell lines say, and is this one otherwise."""
    path = folder / "python"
    path.write_text("\n".join(["#!/bin/sh", *lines, f'exec {sys.executable} "$@"']))
    path.chmod(0o755)
    return str(path)


def check_one_line(done, said):
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_python_that_is_too_old_is_named(tmp_path, script):
    check_one_line(
        ran(script, PYTHON=python_that(tmp_path, "exit 1"), VENV=str(tmp_path / "v")), "Python 3.11 or newer is needed"
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_machine_without_python_is_told_so(tmp_path, script):
    for tool in ("dirname", "basename", "cat", "sh"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    done = ran(script, PATH=str(tmp_path), VENV=str(tmp_path / "v"))
    check_one_line(done, "looked for: python3, python3.13, python3.12, python3.11")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_python_without_the_venv_module_is_told_what_to_install(tmp_path, script):
    python = python_that(tmp_path, 'case "$*" in *ensurepip*) exit 1;; esac')
    check_one_line(ran(script, PYTHON=python, VENV=str(tmp_path / "v")), "apt install python3-venv")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    check_one_line(ran("start", PYTHON=sys.executable, VENV="/proc/nowhere/v"), "/proc/nowhere is not writable")


def test_without_a_package_index_the_failure_is_told_and_the_next_run_tries_again(tmp_path):
    index = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    for _ in range(2):
        done = ran("start", PYTHON=sys.executable, VENV=str(tmp_path / "v"), **index)
        assert done.returncode == 1
        assert "Installing failed; is there a network or a package index?" in done.stderr.splitlines()[-1]
        assert len(done.stderr.splitlines()) == 2
    assert not list((tmp_path / "v").glob(".installed-*"))


def test_an_environment_that_is_current_is_used_at_once(tmp_path):
    """The stamp is a digest of Python's version, the lock file and pyproject.toml: nothing is installed a second time."""
    digest = subprocess.run(
        [
            "sh",
            "-c",
            f'root={ROOT}; . {ROOT}/scripts/environment.sh; python={sys.executable}; digest_of "{ROOT}/requirements.lock"',
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (tmp_path / "v" / "bin").mkdir(parents=True)
    (tmp_path / "v" / ".installed-requirements.lock").write_text(digest)
    (tmp_path / "v" / "bin" / "aggregator").write_text('#!/bin/sh\necho "$AGGREGATOR_CONFIG|$*"\n')
    (tmp_path / "v" / "bin" / "aggregator").chmod(0o755)
    for arguments, expected in (((), "run"), (("once", "--now", "2026 01"), "once --now 2026 01")):
        done = ran("start", *arguments, PYTHON=sys.executable, VENV=str(tmp_path / "v"))
        assert done.stdout == f"{ROOT}/config|{expected}\n"
        assert done.stderr == ""


LOCKS = ["requirements.lock", "requirements-dev.lock"]


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_hold_exact_versions_and_nothing_else(name):
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.startswith("#")]
    assert len(lines) > 40
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*==[0-9][0-9a-z.]*", line) for line in lines)
    assert lines == sorted(lines, key=lambda line: line.partition("==")[0])


def test_the_development_lock_holds_the_other_one():
    runtime, development = (set((ROOT / name).read_text().splitlines()[1:]) for name in LOCKS)
    assert runtime < development
