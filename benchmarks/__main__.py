"""`python -m benchmarks`: every ratio of the goals, side by side in one run. Measures and prints; judges nothing."""

from __future__ import annotations

import argparse
import json
import os
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from benchmarks import report
from benchmarks.processes import Command, FailedError, interleave, run

ROOT = Path(__file__).parents[1]
MOORAGE = str(Path(sysconfig.get_path("scripts")) / "moorage")


class Amount(NamedTuple):
    """How much is measured."""

    processes: int
    """Runs of each whole process."""
    previews: int
    """Runs of each whole process that previews."""
    profiles: int
    passes: int
    """Over all profiles, of each variant."""
    stacks: int


FULL = Amount(processes=20, previews=7, profiles=5_000, passes=7, stacks=40)
QUICK = Amount(processes=5, previews=2, profiles=500, passes=3, stacks=8)


def main() -> None:
    """Runs the four parts one after the other; nothing runs beside them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: shows that it runs, measures little")
    amount = QUICK if parser.parse_args().quick else FULL
    if find_spec("zen") is None or not Path(MOORAGE).exists():
        sys.exit("zen-engine or the moorage command is not installed here; `make bench` installs both and runs this.")
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(prefix="moorage-bench-") as cache:
        # Byte code is cached as it is for an installed package, yet not beside the sources.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = cache
        try:
            _measure(amount, environment)
        except FailedError as failed:
            sys.exit(f"Not measured: {failed}")


def _measure(amount: Amount, environment: Mapping[str, str]) -> None:
    print(report.machine())
    print(report.start_up(interleave(_start_up(), amount.processes, environment)))
    module = [sys.executable, "-m", "benchmarks.decisions", "--profiles", str(amount.profiles)]
    decided = run([*module, "--rounds", str(amount.passes)], environment=environment, keep_output=True)
    sides = {side: [*module, "--only", side] for side in ("documents", "moorage", "zen-engine")}
    print(report.decisions(json.loads(decided.output), interleave(sides, 1, environment)))
    whole = interleave(_previews(), amount.previews, environment)
    module = [sys.executable, "-m", "benchmarks.previews", "--stacks", str(amount.stacks)]
    many = run(module, environment=environment, keep_output=True)
    print(report.previews(whole, many, json.loads(many.output), report.ONE_STACK_SECONDS))
    many = run([*module, "--kubernetes"], environment=environment, keep_output=True)
    print(report.previews({}, many, json.loads(many.output), report.TWO_STACKS_SECONDS))


def _start_up() -> dict[str, Command]:
    return {
        report.BASELINE: [sys.executable, "-c", "import pydantic, yaml"],
        "moorage recommend": [MOORAGE, "recommend", "examples/acme-aws.yaml"],
        "moorage recommend --json": [MOORAGE, "recommend", "--json", "examples/acme-aws.yaml"],
    }


def _previews() -> dict[str, Command]:
    return {
        "moorage preview, AWS": [MOORAGE, "preview", "examples/acme-aws.yaml"],
        "moorage preview, GCP": [MOORAGE, "preview", "examples/globex-gcp.yaml"],
        "moorage preview, EKS": [MOORAGE, "preview", "examples/hooli-eks.yaml"],
        "moorage preview, GKE": [MOORAGE, "preview", "examples/soylent-gke.yaml"],
    }


if __name__ == "__main__":
    main()
