"""Manifests outside the chart are accepted by a real API server's dry run, for every case and many other plans."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender.kubernetes.plan import KubernetesPlan
from recommender.planning import make_plan
from recommender.profile_file import load_profiles
from recommender.recommend import recommend
from templates.kubernetes.manifests import manifests
from tests.cases_runner import CASES
from tests.cluster.client import ApiError, Object
from tests.cluster.control_plane import REQUIRES, ControlPlane
from tests.cluster.waiting import wait_until

pytestmark = REQUIRES

PROFILES = sorted(path.parent.parent / "profile.yaml" for path in CASES.glob("kubernetes-*/expected/preview.json"))
FOREIGN = {
    # Group and version to (kind, plural, in a namespace) of what operators bring. Their own schemas are not at hand.
    "external-secrets.io/v1": [
        ("SecretStore", "secretstores", True),
        ("ExternalSecret", "externalsecrets", True),
    ],
    "elbv2.k8s.aws/v1beta1": [("IngressClassParams", "ingressclassparams", False)],
    "cloud.google.com/v1": [("BackendConfig", "backendconfigs", True)],
    "networking.gke.io/v1beta1": [("FrontendConfig", "frontendconfigs", True)],
    "networking.gke.io/v1": [("ManagedCertificate", "managedcertificates", True)],
}


def definition(group_version: str, kind: str, plural: str, *, namespaced: bool) -> Object:
    """A CRD that takes anything below `spec` and nothing beside it."""
    group, _, version = group_version.partition("/")
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced" if namespaced else "Cluster",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": anything}}},
                }
            ],
        },
    }


@pytest.fixture(scope="module")
def operators(control_plane: ControlPlane) -> Iterator[ControlPlane]:
    """The cluster knows the kinds that our charts and GKE bring."""
    made = [
        definition(group_version, kind, plural, namespaced=namespaced)
        for group_version, kinds in FOREIGN.items()
        for kind, plural, namespaced in kinds
    ]
    for each in made:
        control_plane.client.apply(each)
    for group_version in FOREIGN:
        wait_until(f"{group_version} is served", lambda path=f"/apis/{group_version}": served(control_plane, path), 90)
    yield control_plane
    for each in made:
        control_plane.client.delete(each)


def served(control_plane: ControlPlane, path: str) -> bool:
    try:
        return bool(control_plane.api("GET", path)["resources"])
    except ApiError:
        return False


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.parent.name)
def test_the_api_server_accepts_every_manifest(path: Path, operators: ControlPlane) -> None:
    profile = load_profiles([str(path)])[0].profile
    plan = make_plan(profile, recommend(profile))
    assert isinstance(plan, KubernetesPlan)
    made = manifests(plan.application)
    assert made
    for namespace in {
        plan.application.namespace,
        *([plan.application.executors.namespace] if plan.application.executors else []),
    }:
        operators.add_namespace(namespace)
    for manifest in made:
        answer = operators.client.apply(dict(manifest.document), dry_run=True)
        assert answer["kind"] == manifest.document["kind"]


def test_a_field_that_does_not_exist_is_refused(operators: ControlPlane) -> None:
    wrong = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "wrong", "namespace": "default"},
        "spec": {"maxUnavailable": 1, "selectors": {"matchLabels": {"app": "frontend"}}},
    }
    with pytest.raises(ApiError, match="selectors"):
        operators.client.apply(wrong, dry_run=True)
