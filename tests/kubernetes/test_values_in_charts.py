"""The vendor's own charts, rendered with our values: nothing that we say is ignored, and selectors meet pods."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from recommender.kubernetes.plan import ApplicationPlan
from templates.kubernetes.manifests import manifests
from templates.kubernetes.merge import leaves
from templates.kubernetes.values import executor_values, values
from tests.kubernetes.variants import variants
from tests.kubernetes.vendor_charts import FOLDERS, Pods, needs_charts, pods_in, version_of

pytestmark = needs_charts
folders = pytest.mark.parametrize("folder", FOLDERS, ids=str)
KUBERNETES = "1.36"
EXECUTORS = {"dind": "sourcegraph-executor/dind", "native": "sourcegraph-executor/k8s"}


def render(chart: Path, document: Mapping[str, Any], tmp_path: Path) -> str | None:
    """The manifests as text; None where the chart refuses the values."""
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(dict(document)), encoding="utf-8")
    command = ["helm", "template", "any", str(chart), "--kube-version", f"{KUBERNETES}.0", "--values", str(file)]
    helm = subprocess.run(command, capture_output=True, text=True, check=False)
    return helm.stdout if helm.returncode == 0 else None


def charts(folder: Path, plan: ApplicationPlan) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    yield folder / "sourcegraph", values(plan).document
    if plan.executors and (made := executor_values(plan)):
        yield folder / EXECUTORS[plan.executors.kind], made.document


def objects(text: str | None) -> list[dict[str, Any]]:
    assert text is not None
    return [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document]


@folders
def test_every_chart_takes_our_values_and_makes_valid_objects_of_them(folder: Path, tmp_path: Path):
    for name, plan in variants(version_of(folder)).items():
        for chart, document in charts(folder, plan):
            for each in objects(render(chart, document, tmp_path)):
                assert each["kind"], name
                kubernetes_validate.validate(each, KUBERNETES, strict=True)


@folders
def test_the_scheduler_sees_exactly_what_the_plan_counts(folder: Path, tmp_path: Path):
    for name, plan in variants(version_of(folder)).items():
        seen: dict[str, Pods] = {}
        for chart, document in charts(folder, plan):
            seen |= pods_in(objects(render(chart, document, tmp_path)))
        planned = {
            each.name: Pods(
                each.replicas,
                each.cpu_millis,
                each.memory_mib,
                each.ephemeral_gib,
                tuple((claim.name, claim.size_gib) for claim in each.claims),
            )
            for each in plan.workloads
            if each.kind != "headroom"
        }
        assert seen == planned, name


@folders
def test_budgets_and_policies_select_pods_that_run(folder: Path, tmp_path: Path):
    for name, plan in variants(version_of(folder)).items():
        text = render(folder / "sourcegraph", values(plan).document, tmp_path)
        pods = [
            each["spec"]["template"]["metadata"]["labels"]
            for each in objects(text)
            if each["kind"] in ("Deployment", "StatefulSet", "DaemonSet")
        ]
        for manifest in manifests(plan):
            spec = manifest.document.get("spec", {})
            if manifest.name.startswith("budget-"):
                labels = spec["selector"]["matchLabels"].items()
                assert sum(labels <= pod.items() for pod in pods) == 1, (name, manifest.name)
            elif manifest.document["kind"] == "NetworkPolicy" and "executors" not in manifest.name:
                for expression in spec["podSelector"].get("matchExpressions", ()):
                    assert set(expression["values"]) <= {pod["app"] for pod in pods}, (name, manifest.name)


@folders
def test_openshift_is_asked_for_no_user_and_no_right_over_the_cluster(folder: Path, tmp_path: Path):
    plan = variants(version_of(folder))["existing-openshift"]
    for each in objects(render(folder / "sourcegraph", values(plan).document, tmp_path)):
        assert each["kind"] not in ("ClusterRole", "PriorityClass", "DaemonSet")
        assert not {"runAsUser", "runAsGroup", "fsGroup"} & set(_keys(each))


@pytest.mark.slow
@folders
def test_every_leaf_that_we_set_changes_what_the_chart_makes(folder: Path, tmp_path: Path):
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for plan in variants(version_of(folder)).values():
        for chart, document in charts(folder, plan):
            new = [path for path in leaves(document) if (chart.name, path) not in seen]
            seen.update((chart.name, path) for path in new)
            before = render(chart, document, tmp_path) if new else None
            for path in new:
                assert render(chart, _changed(document, path), tmp_path) != before, (chart.name, path)


def _changed(document: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    found = copy.deepcopy(dict(document))
    above = found
    for key in path[:-1]:
        above = above[key]
    value = above[path[-1]]
    if isinstance(value, bool):
        above[path[-1]] = not value
    elif isinstance(value, int) or value is None:
        above[path[-1]] = 4242
    elif isinstance(value, list):
        above[path[-1]] = []
    else:
        # Not another text: the chart of native executors takes the name of their secret as a sign alone.
        above[path[-1]] = ""
    return found


def _keys(found: Any) -> Iterator[str]:
    if isinstance(found, Mapping):
        for key, below in found.items():
            yield key
            yield from _keys(below)
    elif isinstance(found, list):
        for below in found:
            yield from _keys(below)
