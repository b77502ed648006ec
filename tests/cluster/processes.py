"""Processes that end with the test, whatever ends it, and whose last words are at hand."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.cluster.waiting import wait_until

_STOP_SECONDS = 5.0
_TAIL_BYTES = 3000


class Processes:
    """Processes with a log each, stopped together, the last one first."""

    def __init__(self, logs: Path) -> None:
        """Nothing runs yet.

        Args:
            logs: directory that exists, for the logs.
        """
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        atexit.register(self.stop)

    def start(self, name: str, *command: str, directory: Path | None = None) -> None:
        """Start a process in a group of its own, in a directory or in this process's.

        `setpriv` has the kernel kill it when its parent is gone: neither `stop` nor atexit see a SIGKILL.
        """
        with (self._logs / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=directory,
                start_new_session=True,
            )

    def wait_for(self, what: str, ready: Callable[[], bool], seconds: float) -> None:
        """Return when `ready` says so. It is asked again when it raises an OSError.

        Raises:
            RuntimeError: a process ended, or time is up. The message has the end of each log.
        """

        def settled() -> bool:
            ended = [name for name, process in self._running.items() if process.poll() is not None]
            if ended:
                raise RuntimeError(f"{what} did not get ready, for these ended: {ended}\n{self.tails()}")
            try:
                return ready()
            except OSError:  # nobody listens yet
                return False

        try:
            wait_until(what, settled, seconds)
        except TimeoutError as error:
            raise RuntimeError(f"{error}\n{self.tails()}") from None

    def tails(self) -> str:
        """The end of each log."""
        texts = {
            path.stem: path.read_bytes()[-_TAIL_BYTES:].decode(errors="replace") for path in self._logs.glob("*.log")
        }
        return "\n".join(f"--- {name}\n{text}" for name, text in sorted(texts.items()))

    def stop(self) -> None:
        """End every process and all that it started. Does nothing the second time."""
        atexit.unregister(self.stop)
        while self._running:
            _, process = self._running.popitem()
            _signal(process, signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
