"""Mounts, processes and networks that vanish with the test that made them, however it ends."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def unavailable() -> str:
    """Why tests cannot have mounts of their own here, or nothing."""
    if os.geteuid() != 0:
        return "needs root, for mounts and loop devices; .ci/run has it"
    tried = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "none", "/mnt"],
        capture_output=True,
        text=True,
    )
    return "" if tried.returncode == 0 else f"mounts are not allowed here: {tried.stderr.strip()}"


class Namespace:
    """A process that holds namespaces open until the `with` block or this process ends."""

    def __init__(self, setup: str, kinds: Sequence[str] = ("--mount",)) -> None:
        """Enter new namespaces and run `setup` in them.

        Args:
            setup: a bash script, for mounts.
            kinds: options of unshare, which nsenter knows too.
        """
        script = f"set -Eeuo pipefail\n{setup}\necho ready\nread -r _ || true"
        fork = ["--fork", "--kill-child=KILL"] if "--pid" in kinds else []
        # It waits for the end of its standard input, which comes with the end of this process, however that dies.
        self._process = subprocess.Popen(
            ["unshare", *kinds, *fork, "--propagation", "private", "bash", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PATH": PATH},
            start_new_session=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            self.close()
            raise RuntimeError("the namespaces could not be set up; see standard error")
        pid = self._process.pid
        if fork:
            pid = int(Path(f"/proc/{pid}/task/{pid}/children").read_text())
        self.pid = pid
        """Of the process that holds the namespaces, as this process sees it."""
        self._enter = ["nsenter", f"--target={pid}", *kinds]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every process in there. Doing it again changes nothing."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def path(self, path: str | Path) -> Path:
        """A path as it is in there, for this process to read."""
        return Path(f"/proc/{self.pid}/root{path}")

    def command(self, *command: str) -> list[str]:
        """The command that runs `command` in there."""
        return [*self._enter, *command]

    def run(
        self, *command: str, environment: Mapping[str, str] | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in there to its end; standard error comes with standard output."""
        return subprocess.run(
            self.command(*command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PATH": PATH, "LC_ALL": "C", **(environment or {})},
            timeout=timeout,
        )

    def check(self, *command: str) -> str:
        """The output of a command that must succeed, without white space around it."""
        result = self.run(*command)
        assert result.returncode == 0, f"{command}: {result.stdout}"
        return result.stdout.strip()
