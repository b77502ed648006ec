"""What a control plane consists of ends with it, and says why when it ends before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster import processes
from tests.cluster.processes import Processes
from tests.cluster.waiting import wait_until

pytestmark = pytest.mark.real_tool("setpriv")

STUBBORN = "trap '' TERM; sleep 1000 & echo $! >child; while :; do sleep 0.1; done"


def runs(pid: int) -> bool:
    """A process that ended and that nobody has waited for yet does not count."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def child_of(directory: Path) -> Callable[[], int]:
    return lambda: int((directory / "child").read_text() or 0) if (directory / "child").exists() else 0


def test_what_does_not_end_when_told_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_STOP_SECONDS", 0.5)
    running, child = Processes(tmp_path), child_of(tmp_path)
    running.start("stubborn", "bash", "-c", STUBBORN, directory=tmp_path)
    wait_until("it runs", lambda: child() > 0, 30)
    assert runs(child())
    running.stop()
    wait_until("it is gone", lambda: not runs(child()), 10)
    running.stop()


def test_a_killed_test_run_leaves_no_process(tmp_path: Path) -> None:
    program = f"""
import time
from pathlib import Path
from tests.cluster.processes import Processes
Processes(Path({str(tmp_path)!r})).start("sleeper", "bash", "-c", "echo $$ >child; exec sleep 1000", directory={str(tmp_path)!r})
time.sleep(1000)
"""
    root = Path(__file__).resolve().parents[2]
    run, child = subprocess.Popen([sys.executable, "-c", program], cwd=root), child_of(tmp_path)
    try:
        wait_until("it runs", lambda: child() > 0, 30)
        assert runs(child())
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    wait_until("it is gone", lambda: not runs(child()), 10)


def test_waiting_for_what_ended_shows_its_last_words(tmp_path: Path) -> None:
    running = Processes(tmp_path)
    running.start("etcd", "sh", "-c", "echo the address is in use; exit 1")
    with pytest.raises(RuntimeError, match=r"these ended: \['etcd'\]\n--- etcd\nthe address is in use"):
        running.wait_for("The store", lambda: False, 30)
    running.stop()
