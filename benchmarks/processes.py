"""Runs whole processes and says how long each took and how much memory it held at most."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

Command = Sequence[str]
"""The program, by its path, and its arguments."""
_STARTER = Path(__file__).with_name("starter.py")


class Run(NamedTuple):
    """One process, from its start to its end."""

    seconds: float
    cpu_seconds: float
    """User and system time: what the process cost, however busy the machine was."""
    peak_mb: float
    """Largest resident memory, in MB of 1,000,000 bytes. At least that of a bare interpreter, about 9 MB."""
    output: str
    """What it printed, where that was kept."""


class FailedError(Exception):
    """A measured process ended with an error, so its time means nothing."""


def run(command: Command, *, environment: Mapping[str, str], keep_output: bool = False) -> Run:
    """Runs one process to its end.

    Raises:
        FailedError: it exited with a status other than 0; its own message is on standard error.
    """
    starter = [sys.executable, "-I", "-S", str(_STARTER), "keep" if keep_output else "drop"]
    done = subprocess.run(
        [*starter, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environment, check=True
    )
    *output, measured = done.stdout.splitlines()
    seconds, cpu_seconds, peak, status = measured.split()
    if status != "0":
        raise FailedError(f"exit status {status} from: {' '.join(command)}")
    return Run(float(seconds), float(cpu_seconds), int(peak) / 1_000_000, "\n".join(output))


def interleave(commands: Mapping[str, Command], rounds: int, environment: Mapping[str, str]) -> dict[str, list[Run]]:
    """Runs every command once a round, in turn, so that whatever else the machine does meets them all alike.

    One round before the first is not counted: it writes the byte code and fills the disk cache.
    """
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            done = run(command, environment=environment)
            if number > 0:
                runs[name].append(done)
    return runs
