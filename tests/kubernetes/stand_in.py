"""Charts of our own in place of the vendor's: `helm` installs them, and their pods ask for what the vendor's would.

They are made of moorage's own facts, so they prove what is done with a chart, and nothing about the vendor's: that is
what `test_vendor_charts` and MOORAGE_VENDOR_CHART are for.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from recommender.kubernetes.chart import CHART, chart_facts
from recommender.kubernetes.chart_workloads import ChartContainer, ChartWorkload

HERE = Path(__file__).parent


def stand_in_chart(directory: Path, version: str) -> Path:
    """The chart `sourcegraph` of a release."""
    chart = _copy("stand_in_chart", directory, CHART, version)
    rows = [_row(workload) for workload in chart_facts(version).workloads]
    (chart / "workloads.yaml").write_text(yaml.safe_dump({"workloads": rows}))
    return chart


def stand_in_executors(directory: Path, version: str) -> Path:
    """The chart of executors with Docker."""
    facts = chart_facts(version).dind
    assert facts is not None
    return _copy("stand_in_executors", directory, facts.name, version)


def _copy(folder: str, directory: Path, name: str, version: str) -> Path:
    chart = directory / name
    shutil.copytree(HERE / folder, chart)
    about = {"apiVersion": "v2", "name": name, "version": version, "appVersion": version}
    (chart / "Chart.yaml").write_text(yaml.safe_dump(about))
    return chart


def _row(workload: ChartWorkload) -> dict[str, Any]:
    claim = workload.claim
    return {
        "path": workload.key.split("."),
        "name": workload.name,
        "kind": workload.kind,
        "replicas": workload.replicas,
        "counted": workload.has_replica_count,
        "switches": [switch.split(".") for switch in workload.switches],
        "on": workload.on,
        "containers": [_container(each) for each in workload.containers],
        "init": [_container(each) for each in workload.init],
        "claim": {"name": claim.name, "size": f"{claim.size_gib}Gi", "template": claim.template} if claim else None,
    }


def _container(container: ChartContainer) -> dict[str, Any]:
    own = container.resources
    requests = {"cpu": own.cpu_request, "memory": own.memory_request}
    if container.ephemeral_gib:
        requests["ephemeral-storage"] = f"{container.ephemeral_gib}Gi"
    limits = {"cpu": own.cpu_limit, "memory": own.memory_limit}
    return {
        "path": container.key.split("."),
        "name": container.name,
        "resources": {"requests": requests, "limits": limits},
    }
