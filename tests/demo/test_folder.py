"""What a killed demo left is removed; what is not surely ours and dead stays."""

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from aggregator.demo.folder import remove_left_over


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, which the standard library keeps in this variable."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def made(place: Path, name: str) -> Path:
    folder = place / name
    (folder / "var").mkdir(parents=True)
    (folder / "var" / "aggregator.db").write_text("kept")
    return folder


def test_the_folder_of_a_dead_process_goes(place, dead):
    folder = made(place, f"aggregator-demo-{dead}-abc")
    remove_left_over()
    assert not folder.exists()


def test_the_folder_of_a_living_process_stays(place):
    folder = made(place, f"aggregator-demo-{os.getpid()}-abc")
    remove_left_over()
    assert folder.exists()


def test_a_held_folder_stays_although_its_process_is_not_among_ours(place, dead):
    """As of a demo in another container that shares the folder for temporary files."""
    folder = made(place, f"aggregator-demo-{dead}-abc")
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_left_over()
        assert folder.exists()
    finally:
        os.close(lock)
    remove_left_over()
    assert not folder.exists()


@pytest.mark.parametrize("name", ["aggregator-demo-", "aggregator-demo-x-y", "aggregator", "my-aggregator-demo-{dead}-abc"])
def test_other_names_stay(place, dead, name):
    folder = made(place, name.format(dead=dead))
    remove_left_over()
    assert folder.exists()


def test_links_are_not_followed(place, dead):
    target = made(place, "precious")
    link = place / f"aggregator-demo-{dead}-abc"
    link.symlink_to(target)
    inside = made(place, f"aggregator-demo-{dead}-def")
    (inside / "out").symlink_to(target)
    remove_left_over()
    assert link.is_symlink()
    assert not inside.exists()
    assert (target / "var" / "aggregator.db").read_text() == "kept"


def test_a_file_of_that_name_stays(place, dead):
    file = place / f"aggregator-demo-{dead}-abc"
    file.write_text("kept")
    remove_left_over()
    assert file.read_text() == "kept"
