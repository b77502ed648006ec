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

import yaml

from benchmarks import report
from benchmarks.engine import preview_command
from benchmarks.processes import Command, FailedError, interleave, run

ROOT = Path(__file__).parents[1]
MOORAGE = str(Path(sysconfig.get_path("scripts")) / "moorage")

PRODUCTION = "examples/acme-aws.yaml"
"""A machine for production in AWS, load balancer and backups included."""


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
    matrix: int
    """Stacks of which every report is made."""


FULL = Amount(processes=20, previews=7, profiles=5_000, passes=7, stacks=40, matrix=60)
QUICK = Amount(processes=5, previews=2, profiles=500, passes=3, stacks=8, matrix=6)


def main() -> None:
    """Runs the parts one after the other; nothing runs beside them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: shows that it runs, measures little")
    parser.add_argument("--reports", action="store_true", help="only (e) and (f): previews with every report")
    options = parser.parse_args()
    amount = QUICK if options.quick else FULL
    if find_spec("zen") is None or not Path(MOORAGE).exists():
        sys.exit("zen-engine or the moorage command is not installed here; `make bench` installs both and runs this.")
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(prefix="moorage-bench-") as cache:
        # Byte code is cached as it is for an installed package, yet not beside the sources.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = cache
        try:
            print(report.machine())
            if not options.reports:
                _measure(amount, environment)
            _measure_reports(amount, environment)
        except FailedError as failed:
            sys.exit(f"Not measured: {failed}")


def _measure(amount: Amount, environment: Mapping[str, str]) -> None:
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


def _measure_reports(amount: Amount, environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix="moorage-bench-") as place:
        commands, missing = _reports(Path(place), environment), ""
        engine = Path(place, "engine")
        engine.mkdir()
        try:
            commands[report.ENGINE] = preview_command(PRODUCTION, engine, environment)
        except FailedError as failed:
            missing = str(failed)
        print(report.reports(interleave(commands, amount.previews, environment), missing))
    interleave(_previews(), 0, environment)  # the uncounted round alone: the byte code of both SDKs
    module = [sys.executable, "-m", "benchmarks.matrix", "--stacks", str(amount.matrix)]
    many = run(module, environment=environment, keep_output=True)
    print(report.matrix(many, json.loads(many.output)))


def _reports(directory: Path, environment: Mapping[str, str]) -> dict[str, Command]:
    """One preview plain, with every report, and compared with a saved one; reports are written to `directory`."""
    plain = [MOORAGE, "preview", PRODUCTION]
    saved, changed = directory / "saved.json", directory / "changed.yaml"
    saved.write_text(run([*plain, "--json"], environment=environment, keep_output=True).output, "utf-8")
    profile = yaml.safe_load(Path(PRODUCTION).read_text("utf-8"))
    changed.write_text(yaml.safe_dump(profile | {"scale": profile["scale"] | {"users": 9_000}}), "utf-8")
    written = [f"--write={name}={directory / 'moorage'}.{name}" for name in ("html", "json", "sarif", "junit")]
    every = ["--format", "markdown", *written, "--budget", "100000"]
    return {
        report.PLAIN: plain,
        "moorage preview, every report": [*plain, *every],
        "moorage diff, every report": [MOORAGE, "diff", str(saved), str(changed), *every],
    }


def _start_up() -> dict[str, Command]:
    return {
        report.BASELINE: [sys.executable, "-c", "import pydantic, yaml"],
        "moorage recommend": [MOORAGE, "recommend", PRODUCTION],
        "moorage recommend --json": [MOORAGE, "recommend", "--json", PRODUCTION],
    }


def _previews() -> dict[str, Command]:
    return {
        "moorage preview, AWS": [MOORAGE, "preview", PRODUCTION],
        "moorage preview, GCP": [MOORAGE, "preview", "examples/globex-gcp.yaml"],
        "moorage preview, EKS": [MOORAGE, "preview", "examples/hooli-eks.yaml"],
        "moorage preview, GKE": [MOORAGE, "preview", "examples/soylent-gke.yaml"],
    }


if __name__ == "__main__":
    main()
