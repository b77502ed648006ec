"""Previews many stacks in one process and says how long each took.

`python -m benchmarks.previews` prints one JSON document; `python -m benchmarks` reads it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from recommender.profile_file import parse_profile
from stacks import cli

EXAMPLES = Path(__file__).parents[1] / "examples"
STANDS_UP = (
    EXAMPLES / "acme-aws.yaml",
    EXAMPLES / "globex-gcp.yaml",
    EXAMPLES / "acme-script-aws.yaml",
    EXAMPLES / "globex-compose-gcp.yaml",
    EXAMPLES / "initech-poc-aws.yaml",
    EXAMPLES / "hooli-eks.yaml",
    EXAMPLES / "soylent-gke.yaml",
)
"""The examples that stand something up in a cloud: machine images, a script, Docker Compose and Kubernetes, on AWS and
GCP."""


KUBERNETES = (EXAMPLES / "hooli-eks.yaml", EXAMPLES / "soylent-gke.yaml", EXAMPLES / "stark-own-cluster.yaml")
"""Those whose answer is Kubernetes: two stacks each, or the application's alone."""


def profiles(count: int, files: Sequence[Path] = STANDS_UP) -> list[dict[str, Any]]:
    """Documents for `count` profiles, no two alike: those of the files in turn, each with its own name and load."""
    examples = [yaml.safe_load(file.read_text("utf-8")) for file in files]
    documents: list[dict[str, Any]] = []
    for number in range(count):
        example = examples[number % len(examples)]
        scale = example["scale"] | {"users": example["scale"]["users"] + number}
        documents.append(example | {"name": f"{example['name']}-{number}", "scale": scale})
    return documents


def main() -> None:
    """Measures and prints JSON: of each preview, in order, its provider, seconds, CPU seconds and resources."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stacks", type=int, default=40)
    parser.add_argument("--kubernetes", action="store_true", help="profiles of Kubernetes alone")
    options = parser.parse_args()
    documents = profiles(options.stacks, KUBERNETES if options.kubernetes else STANDS_UP)
    cli._start_quickly()  # as the command does, and next: with Python's own garbage collection every tenth takes longer
    from stacks.preview_profile import preview_profile
    from stacks.report.command import _run_steadily

    _run_steadily()

    rows: list[dict[str, Any]] = []
    for document in documents:
        started, cpu_started = time.perf_counter(), time.process_time()
        shown = preview_profile(parse_profile(document)).document()
        json.dumps(shown)
        rows.append(
            {
                "provider": document["hosting"]["provider"],
                "seconds": time.perf_counter() - started,
                "cpu_seconds": time.process_time() - cpu_started,
                "resources": sum(len(stack["resources"]) for stack in shown["stacks"]),
            }
        )
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
