"""The file lock: one service per embedded database."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.errors import LockHeldError, StoreError
from aggregator.store.lock import FileLock, holder_of


def test_the_second_holder_is_told_who_has_it(tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / "lock", command="run"),
        pytest.raises(LockHeldError, match=rf"held by `run`, pid {os.getpid()} since"),
    ):
        FileLock(tmp_path / "lock", command="once").__enter__()


def test_it_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with FileLock(tmp_path / "lock", command="once") as held:
            assert held is not None
            assert b'"command":"once"' in (tmp_path / "lock").read_bytes()


def test_a_killed_holder_leaves_it_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from aggregator.store.lock import FileLock\n"
        "with FileLock(Path(sys.argv[1]), command='run'):\n    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(LockHeldError):
        FileLock(tmp_path / "lock", command="once").__enter__()
    holder.send_signal(signal.SIGKILL)
    holder.wait(10)
    holder.stdout.close()
    assert holder_of(tmp_path / "lock") is None
    with FileLock(tmp_path / "lock", command="once") as lock:
        assert lock.left_by is not None
        assert (lock.left_by.command, lock.left_by.pid) == ("run", holder.pid)


def test_who_holds_it_can_be_looked_up_and_a_clean_end_leaves_no_trace(tmp_path: Path) -> None:
    assert holder_of(tmp_path / "lock") is None
    with FileLock(tmp_path / "lock", command="run"):
        found = holder_of(tmp_path / "lock")
        assert found is not None
        assert (found.command, found.pid) == ("run", os.getpid())
    assert holder_of(tmp_path / "lock") is None
    with FileLock(tmp_path / "lock", command="run") as again:
        assert again.left_by is None


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        FileLock(tmp_path / "file" / "lock", command="run").__enter__()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_roots_lock_is_the_services_own(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    with FileLock(tmp_path / "lock", command="migrate"):
        pass
    assert (tmp_path / "lock").stat().st_uid == 65534
