"""Rendered manifests, counted as the scheduler counts and compared with the plan."""

from __future__ import annotations

from decimal import Decimal

import pytest

from recommender.errors import MoorageError
from recommender.kubernetes.pods import Claim, Workload
from stacks.chart_preview.compare import differences
from stacks.chart_preview.objects import Pods, Requests, Volume, amount, images, parsed, volumes
from tests.kubernetes.chart_preview import MANIFESTS, found_in


def test_pods_are_counted_as_the_scheduler_counts():
    found = found_in(MANIFESTS)
    assert list(found) == ["sweep", "agent", "pgsql", "gitserver"]  # by kind
    # The init container asks for more CPU than both containers together; the second's limits stand for its requests.
    assert found["gitserver"].requests == Requests(2000, 1004, 1)
    assert (found["gitserver"].replicas, found["gitserver"].claims) == (2, (Claim("repos", 200),))
    assert found["pgsql"] == Pods("Deployment", "pgsql", "data", 1, Requests(0, 0, 0), (Claim("pgsql", 94),))
    assert found["agent"] == Pods("DaemonSet", "agent", "sourcegraph", 0, Requests(100, 64, 0), ())


def test_a_sidecar_runs_beside_what_comes_after_it():
    def asking(cpus: int, more: str = "") -> str:
        return f"{{name: a, image: i, resources: {{requests: {{cpu: {cpus}}}}}{more}}}"

    sidecar = asking(1, ", restartPolicy: Always")
    spec = f"{{initContainers: [{sidecar}, {asking(4)}], containers: [{asking(2)}]}}"
    assert (
        found_in(f"{{apiVersion: v1, kind: Pod, metadata: {{name: pod}}, spec: {spec}}}")["pod"].requests.cpu_millis
        == 5000
    )
    spec = f"{{initContainers: [{sidecar}], containers: [{asking(2)}]}}"
    assert (
        found_in(f"{{apiVersion: v1, kind: Pod, metadata: {{name: pod}}, spec: {spec}}}")["pod"].requests.cpu_millis
        == 3000
    )


def test_images_are_named_once_with_their_digests():
    assert images(parsed(MANIFESTS, "acme")) == ("agent", "alpine:3", "exporter:1", "git:1@sha256:ab", "sweep:2")


def test_every_replica_of_a_stateful_set_has_its_own_claim():
    assert sorted(volumes(parsed(MANIFESTS, "acme")), key=str) == [
        Volume(200, "fast"),
        Volume(200, "fast"),
        Volume(94, None),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4", "4"),
        ("250m", "0.25"),
        ("1.5Gi", str(3 * 2**29)),
        ("100M", "100000000"),
        ("2e3", "2000"),
        (3, "3"),
        ("1Ti", str(2**40)),
    ],
)
def test_quantities_are_read_as_kubernetes_reads_them(text: object, expected: str):
    assert amount(text, "here") == Decimal(expected)


@pytest.mark.parametrize("text", ["", "4 GB", "4gb", "many", "Gi"])
def test_what_is_no_quantity_is_refused_with_its_place(text: str):
    with pytest.raises(MoorageError, match=r"container x: .* is no quantity"):
        amount(text, "container x")


@pytest.mark.parametrize(("text", "told"), [("a: [", "not YAML"), ("3", "without apiVersion"), ("kind: Pod\napiVersion: v1", "without apiVersion"), ("kind: List\nitems: [1]", "without apiVersion")])  # fmt: skip
def test_what_is_no_manifest_is_refused(text: str, told: str):
    with pytest.raises(MoorageError, match=told):
        parsed(text, "acme")


def test_each_difference_from_the_plan_is_named():
    plan = [
        Workload("gitserver", "StatefulSet", "sourcegraph", 1, 2000, 1000, 1, (Claim("repos", 100),)),
        Workload("worker", "Deployment", "sourcegraph", 1, 0, 0),
        Workload("agent", "DaemonSet", "sourcegraph", 0, 100, 64),
        Workload("rolling-update", "headroom", "sourcegraph", 2, 4000, 4000),
    ]
    assert differences(list(found_in(MANIFESTS).values()), plan) == (
        "Deployment pgsql in data: the chart makes it, the plan has none",
        "CronJob sweep in sourcegraph: the chart makes it, the plan has none",
        "Deployment worker in sourcegraph: the plan has it, the chart makes none",
        "StatefulSet gitserver in sourcegraph: replicas 2 where the plan has 1, memory 1004Mi where the plan has 1000Mi, "
        "claims repos 200Gi where the plan has repos 100Gi",
    )
