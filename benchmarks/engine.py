"""`pulumi preview` of the program in `stacks/`, for a ratio against the engine itself where one is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.processes import Command, FailedError, run

_ROOT = Path(__file__).parents[1]
_STACK = "benchmark"
_PREVIEW = ("preview", "--stack", _STACK, "--non-interactive", "--color", "never")


def preview_command(profile: str, directory: Path, environment: Mapping[str, str]) -> Command:
    """A command that makes the engine preview a profile, tried once.

    The state is in files of `directory`, and the provider gets dummy credentials (`moorage:offline`), so that neither
    an account nor a service of the engine's vendor is asked. The plugins of the cloud's provider are those that are
    installed; the trial run lets the engine fetch one that is missing.

    Args:
        profile: path of a profile of a machine in a cloud, from the root of the repository.
        directory: empty; the stack and its configuration are kept there.
        environment: of the processes; what the engine needs more is set for it alone.

    Raises:
        FailedError: there is no engine, or it cannot preview here.
    """
    pulumi, env = shutil.which("pulumi"), shutil.which("env")
    if pulumi is None or env is None:
        raise FailedError("no pulumi is installed here")
    (directory / "state").mkdir()
    shutil.copy(_ROOT / "Pulumi.yaml", directory)
    (directory / "stacks").symlink_to(_ROOT / "stacks")
    (directory / ".venv").symlink_to(sys.prefix)
    command = (env, *_variables(directory), pulumi, "--cwd", str(directory))
    _quietly((*command, "stack", "init", _STACK), environment)
    for name, value in (("moorage:profile", profile), ("moorage:offline", "true")):
        _quietly((*command, "config", "set", "--stack", _STACK, name, value), environment)
    preview = (*command, *_PREVIEW)
    run(preview, environment=environment)
    return preview


def _variables(directory: Path) -> tuple[str, ...]:
    return (
        f"PULUMI_BACKEND_URL={(directory / 'state').as_uri()}",
        "PULUMI_CONFIG_PASSPHRASE=benchmark",  # there is no secret in that stack
        "PULUMI_SKIP_UPDATE_CHECK=true",
    )


def _quietly(command: Command, environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FailedError(f"exit status {done.returncode} from: {' '.join(command)}\n{done.stderr.strip()}")
