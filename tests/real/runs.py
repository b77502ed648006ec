"""One run of an installer that a test watches, answers or kills."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

_SECONDS = 120.0
"""A run that takes longer hangs, and is killed."""


class Run:
    """A process group, of which nothing is left when the `with` block ends: what still runs then is killed."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], stdin: int = subprocess.DEVNULL) -> None:
        self.said = ""
        """What came by both outputs so far."""
        self._process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._output = self._process.stdout
        self._limit = threading.Timer(_SECONDS, self._kill)
        self._limit.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limit.cancel()
        self._kill()
        self.wait()

    def hear(self) -> str:
        """Wait for more output and return it; empty at its end."""
        more = os.read(self._output.fileno(), 4096).decode(errors="replace")
        self.said += more
        return more

    def says(self, words: str) -> bool:
        """Wait until the run says `words`; false when it ended before."""
        while words not in self.said:
            if not self.hear():
                return False
        return True

    def wait(self) -> int:
        """Wait until no process is left that could write, and return the status."""
        if not self._output.closed:
            while self.hear():
                pass
            self._output.close()
        return self._process.wait()

    def _kill(self) -> None:
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
