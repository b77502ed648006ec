"""The whole program, over every case: the engine's entry makes what the preview shows, and what must always hold does."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from recommender.profile_file import load_profiles
from stacks.dry_run import dry_run
from stacks.preview import StackPreview
from stacks.preview_profile import preview_profile
from tests.cases_runner import CASES

ROOT = Path(__file__).parent.parent
STATEFUL = {"aws:ebs/volume:Volume", "gcp:compute/disk:Disk"}


def _previews() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(CASES.glob("*/expected/preview.json")):
        document = json.loads(path.read_text())
        if document["stacks"]:
            yield path.parent.parent.name, document


PREVIEWS = dict(_previews())
MACHINES = {name: document for name, document in PREVIEWS.items() if document["target"] != "kubernetes"}
by_preview = pytest.mark.parametrize("document", PREVIEWS.values(), ids=PREVIEWS.keys())
by_machine = pytest.mark.parametrize("document", MACHINES.values(), ids=MACHINES.keys())


def _resources(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [resource for stack in document["stacks"] for resource in stack["resources"]]


def _of(document: dict[str, Any], token: str) -> list[dict[str, Any]]:
    return [resource for resource in _resources(document) if resource["type"].startswith(token)]


def _under_engine(profile: str, *, offline: bool = False, preview: bool = True, **settings: str) -> StackPreview:
    def program() -> None:
        pulumi.runtime.set_config("moorage:profile", profile)
        for name, value in settings.items():
            pulumi.runtime.set_config(f"moorage:{name}", value)
        pulumi.runtime.set_config("moorage:offline", str(offline).lower())
        runpy.run_path(str(ROOT / "stacks" / "__main__.py"), run_name="__main__")

    return dry_run("acme", program, preview=preview)


@pytest.mark.parametrize("example", ["examples/acme-aws.yaml", "examples/globex-gcp.yaml"])
def test_the_engines_entry_makes_what_the_preview_shows(example: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT / "stacks")  # where the engine runs it: the path is taken from the root all the same
    profile = load_profiles([str(ROOT / example)])[0].profile
    shown = preview_profile(profile).stacks[0]
    made = _under_engine(example)
    assert [r.document()["inputs"] for r in made.resources] == [r.document()["inputs"] for r in shown.resources]
    assert [r.name for r in made.resources] == [r.name for r in shown.resources]
    assert made.outputs == shown.outputs


@pytest.mark.parametrize(
    "example", ["examples/hooli-eks.yaml", "examples/soylent-gke.yaml", "examples/stark-own-cluster.yaml"]
)
def test_the_engines_entry_makes_both_stacks_of_kubernetes(example: str):
    shown = preview_profile(load_profiles([str(ROOT / example)])[0].profile).stacks
    parts = ("cluster", "application")[-len(shown) :]
    for part, stack in zip(parts, shown, strict=True):
        made = _under_engine(example, stack=part)
        assert [r.document()["inputs"] for r in made.resources] == [r.document()["inputs"] for r in stack.resources]
        assert made.outputs == stack.outputs


def test_a_cluster_that_exists_has_no_stack_of_its_own():
    with pytest.raises(pulumi.RunError, match="pulumi config set moorage:stack application"):
        _under_engine("examples/stark-own-cluster.yaml", stack="cluster")


def test_the_customers_values_come_last(tmp_path: Path):
    values = tmp_path / "values.yaml"
    values.write_text("gitserver: {resources: {limits: {memory: 99G}}, storageSize: null}\n")
    made = _under_engine("examples/stark-own-cluster.yaml", stack="application", values=str(values))
    [release] = [r for r in made.resources if r.name == "stark-sourcegraph"]
    gitserver = release.inputs["values"]["gitserver"]
    assert gitserver["resources"]["limits"]["memory"] == "99G"
    assert gitserver["resources"]["limits"]["cpu"]
    assert gitserver["storageSize"] is None


def test_an_offline_preview_gives_the_provider_dummy_credentials_and_no_account():
    provider = _under_engine("examples/acme-aws.yaml", offline=True).resources[0]
    assert provider.inputs["skipCredentialsValidation"] == "true"
    assert provider.inputs["secretKey"] == {"secret": True}


def test_an_offline_update_is_refused():
    with pytest.raises(pulumi.RunError, match="previews only"):
        _under_engine("examples/acme-aws.yaml", offline=True, preview=False)


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("tests/cases/kubernetes-aws-production/profile.yaml", "pulumi config set moorage:stack cluster"),
        ("tests/cases/kubernetes-ce-owned/profile.yaml", "deployment.kubernetes.admins"),
        ("tests/cases/exception/profile.yaml", "every supported way is ruled out"),
        ("tests/cases/cloud-business/profile.yaml", "run by Sourcegraph"),
        ("tests/cases/refused-many/profile.yaml", "license_key"),
        ("examples/missing.yaml", "no such file"),
    ],
)
def test_the_engine_is_told_in_words_what_a_person_has_to_mend(profile: str, said: str):
    with pytest.raises(pulumi.RunError, match=said):
        _under_engine(profile)


@by_machine
def test_data_lives_on_its_own_encrypted_disk_that_only_a_disposable_stack_gives_up(document: dict[str, Any]):
    disks = [resource for resource in _resources(document) if resource["type"] in STATEFUL]
    assert len(disks) == 1
    disposable = any("disposable" in note for note in document["stacks"][0]["outputs"]["notes"])
    assert disks[0]["protect"] is disks[0]["retain_on_delete"] is not disposable
    assert disks[0]["type"].startswith("gcp") or disks[0]["inputs"]["encrypted"] is True
    snapshots = _of(document, "aws:dlm/") + _of(document, "gcp:compute/resourcePolicy")
    assert bool(snapshots) is not disposable


@by_preview
def test_nothing_is_open_to_the_world_but_what_the_profile_asks_for(document: dict[str, Any]):
    for rule in _of(document, "aws:vpc/securityGroupIngressRule"):
        inside = "referencedSecurityGroupId" in rule["inputs"]  # from another group of the same network
        assert inside or rule["inputs"].get("fromPort") in (80, 443)
        assert rule["inputs"].get("cidrIpv4") != "0.0.0.0/0"
    for rule in _of(document, "gcp:compute/firewall"):
        assert "0.0.0.0/0" not in rule["inputs"].get("sourceRanges", [])
    for machine in _of(document, "aws:ec2/instance"):
        assert machine["inputs"]["metadataOptions"]["httpTokens"] == "required"
        assert machine["delete_before_replace"]
        assert machine["inputs"]["rootBlockDevice"]["encrypted"] is True


@by_preview
def test_load_balancers_hold_connections_for_five_minutes(document: dict[str, Any]):
    for balancer in _of(document, "aws:lb/loadBalancer"):
        assert balancer["inputs"]["idleTimeout"] >= 300
    for backend in _of(document, "gcp:compute/backendService") + _of(document, "gcp:compute/regionBackendService"):
        assert backend["inputs"]["timeoutSec"] >= 300


@by_preview
def test_every_resource_has_the_explicit_provider(document: dict[str, Any]):
    for resource in _resources(document):
        if resource["type"].startswith(("aws:", "gcp:")):
            assert resource["provider"].endswith(("-aws", "-gcp"))


def test_the_order_of_a_profiles_lists_changes_nothing():
    """Subnets, ranges and tags may be written in any order."""
    case = CASES / "aws-existing-network" / "profile.yaml"
    profile = load_profiles([str(case)])[0].profile
    deployment = profile.deployment
    subnets = list(reversed(deployment.network.load_balancer_subnets or []))
    network = deployment.network.model_copy(update={"load_balancer_subnets": subnets})
    other = profile.model_copy(update={"deployment": deployment.model_copy(update={"network": network})})
    assert preview_profile(other).document() == preview_profile(profile).document()


def test_a_change_that_is_not_in_the_plan_changes_no_resource():
    profile = load_profiles([str(ROOT / "examples" / "acme-aws.yaml")])[0].profile
    scale = profile.scale.model_copy(update={"users": 1300, "repositories": 8100})
    before, after = (preview_profile(each) for each in (profile, profile.model_copy(update={"scale": scale})))
    assert [r.document() for r in before.stacks[0].resources] == [r.document() for r in after.stacks[0].resources]
    assert before.overlays == after.overlays
