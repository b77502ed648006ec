"""Assesses many stacks in one process, every report of each, and says how long each took.

`python -m benchmarks.matrix` prints one JSON document; `python -m benchmarks` reads it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import time
from pathlib import Path
from typing import Any

from benchmarks.previews import EXAMPLES, profiles
from recommender.profile_file import parse_profile
from stacks import cli

_CASES = Path(__file__).parents[1] / "tests" / "cases"
STANDS_UP = (
    *(
        EXAMPLES / f"{name}.yaml"
        for name in (
            "acme-aws",
            "acme-script-aws",
            "dunder-script-azure",
            "globex-compose-gcp",
            "globex-gcp",
            "hooli-compose-own-machine",
            "hooli-eks",
            "initech-poc-aws",
            "soylent-gke",
            "stark-own-cluster",
        )
    ),
    *(
        _CASES / name / "profile.yaml"
        for name in (
            "aws-existing-network",
            "aws-largest-private",
            "aws-poc-high-fidelity",
            "compose-aws-simple",
            "compose-gcp-production",
            "compose-on-premises-lets-encrypt",
            "gcp-internal-load-balancer",
            "gcp-poc-simple",
            "gcp-production-internet",
            "install-script-own-base",
            "into-cloud",
            "kubernetes-aws-existing-network",
            "kubernetes-aws-poc",
            "kubernetes-aws-production",
            "kubernetes-eks-existing",
            "kubernetes-gcp-private",
            "kubernetes-gcp-production",
            "kubernetes-on-premises",
            "script-aws-own-image",
            "script-gcp-poc",
        )
    ),
)
"""Thirty profiles: every target that is stood up, for a POC and for production, in networks made and found, in both
clouds and in none."""
_DAY = datetime.date(2026, 11, 22)


def main() -> None:
    """Measures and prints JSON: of each profile, in order, its target, seconds, CPU seconds and bytes of reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stacks", type=int, default=60)
    documents = profiles(parser.parse_args().stacks, STANDS_UP)
    cli._start_quickly()  # as the command does, and next
    from stacks.changes.sources import Pair, Side
    from stacks.report.assess import Judging, assess
    from stacks.report.command import _run_steadily
    from stacks.report.formats import FORMATS

    _run_steadily()
    judging = Judging(_DAY, budget=1_000_000)
    rows: list[dict[str, Any]] = []
    for document in documents:
        started, cpu_started = time.perf_counter(), time.process_time()
        profile = parse_profile(document)
        found = assess([Pair(None, Side(profile.name, profile.stage, "", profile), "")], judging, compared=False)
        assessed = time.perf_counter()
        texts = [render(found) for render in FORMATS.values()]
        rows.append(
            {
                "target": found[0].preview.target,
                "seconds": time.perf_counter() - started,
                "reports_seconds": time.perf_counter() - assessed,
                "cpu_seconds": time.process_time() - cpu_started,
                "characters": sum(map(len, texts)),
            }
        )
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
