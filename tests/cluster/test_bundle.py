"""The bundle's README against a real API server: its own commands install, upgrade and remove Sourcegraph."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from recommender.kubernetes.pods import NodeShape
from recommender.planning import make_plan
from recommender.profile_file import load_profiles
from recommender.recommend import recommend
from stacks.bundle_writer import look_at, write
from templates.bundle import make_bundle
from tests.cluster.control_plane import CONTEXT, REQUIRES, ControlPlane
from tests.cluster.nodes import simulated_nodes, storage, storage_class
from tests.cluster.waiting import wait_until
from tests.kubernetes.bundle_commands import blocks
from tests.kubernetes.stand_in import stand_in_chart

pytestmark = [*REQUIRES, pytest.mark.real_tool("helm"), pytest.mark.real_tool("kubectl"), pytest.mark.real_tool("bash")]

CASE = Path(__file__).parent.parent / "cases/kubernetes-on-premises/profile.yaml"
NODE = NodeShape("other", 32, 128, cpu_millis=31_000, memory_mib=120_000, pods=110, ephemeral_gib=100, volumes=25)
SPACE = "bundle"
SECRET = "redis://CANARY7f3a9'$(id)@redis.stark.example:6379"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The on-premises case, with a chart on disk in place of the mirror."""
    profile = yaml.safe_load(CASE.read_text())
    chart = stand_in_chart(tmp_path, "7.6.0")
    profile["deployment"]["kubernetes"] |= {"namespace": SPACE, "chart_file": str(chart)}
    (tmp_path / "profile.yaml").write_text(yaml.safe_dump(profile))
    loaded = load_profiles([str(tmp_path / "profile.yaml")])[0].profile
    made = make_bundle(make_plan(loaded, recommend(loaded)))
    write(look_at(made, tmp_path / "bundle", overwrite=False))
    return tmp_path / "bundle"


@pytest.fixture
def cluster(control_plane: ControlPlane) -> Iterator[ControlPlane]:
    """Nodes with room for the plan, and the storage class that its profile names."""
    claims = f"/api/v1/namespaces/{SPACE}/persistentvolumeclaims"
    with storage(control_plane, storage_class("fast-ssd")), simulated_nodes(control_plane, NODE, 4):
        yield control_plane
        control_plane.api("DELETE", claims)
        wait_until(f"{claims} are gone", lambda: not control_plane.client.items(claims), 60)


def run(bundle: Path, kubeconfig: Path, *titles: str, typed: str = "") -> str:
    """The README's blocks below these headings in one shell, but for what needs a real pod behind the Service."""
    readme = (bundle / "README.md").read_text()
    wanted = [block for title, block in blocks(readme) if title.startswith(titles)]
    text = "\n".join(block for block in wanted if "port-forward" not in block and not block.startswith("curl"))
    homes = {f"HELM_{name}_HOME": str(bundle.parent / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
    environment = {"PATH": os.environ["PATH"], "HOME": str(bundle.parent), "KUBECONFIG": str(kubeconfig), **homes}
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{text}"], cwd=bundle, env=environment, input=typed, capture_output=True, text=True, check=False, timeout=300
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def office(control_plane: ControlPlane, directory: Path) -> Path:
    """The administrator's kubeconfig with the context that the profile names."""
    text = control_plane.kubeconfig.read_text()
    (directory / "kubeconfig").write_text(text.replace(f'"{CONTEXT}"', '"office"'))
    assert "office" in (directory / "kubeconfig").read_text()
    return directory / "kubeconfig"


def test_the_readmes_own_commands_install_upgrade_and_remove_sourcegraph(cluster: ControlPlane, bundle: Path) -> None:
    kubeconfig = office(cluster, bundle.parent)
    said = run(bundle, kubeconfig, "1", "2", "3", "4", "5", typed=f"{SECRET}\n{SECRET}\n")
    assert "version: 7.6.0" in said
    assert "STATUS: deployed" in said
    assert (
        said.count("successfully rolled out") + said.count("roll out complete") + said.count("rolling update complete")
        == 17
    )
    assert SECRET not in said
    secrets = cluster.client.items(f"/api/v1/namespaces/{SPACE}/secrets")
    assert {"sourcegraph-redis-cache", "sourcegraph-redis-store"} <= {each["metadata"]["name"] for each in secrets}
    claims = f"/api/v1/namespaces/{SPACE}/persistentvolumeclaims"
    bound = {each["metadata"]["name"]: each["status"]["phase"] for each in cluster.client.items(claims)}
    assert set(bound.values()) == {"Bound"}
    assert len(bound) == 9

    (bundle / "user/values.yaml").write_text("frontend: {replicaCount: 3}\n")
    assert "REVISION: 2" in run(bundle, kubeconfig, "3", "4", "5")
    deployment = f"/apis/apps/v1/namespaces/{SPACE}/deployments/sourcegraph-frontend"
    assert cluster.api("GET", deployment)["status"]["readyReplicas"] == 3
    assert "Rollback was a success" in run(bundle, kubeconfig, "Change")
    assert cluster.api("GET", deployment)["spec"]["replicas"] == 2

    run(bundle, kubeconfig, "Uninstall")
    assert cluster.client.items(f"/apis/apps/v1/namespaces/{SPACE}/deployments") == []
    assert cluster.client.items(f"/apis/networking.k8s.io/v1/namespaces/{SPACE}/networkpolicies") == []
    left = {each["metadata"]["name"]: each["metadata"] for each in cluster.client.items(claims)}
    assert set(left) == set(bound)
    assert not any("deletionTimestamp" in metadata for metadata in left.values())

    assert "REVISION: 1" in run(bundle, kubeconfig, "3", "4", "5")
    again = {each["metadata"]["name"]: each["metadata"]["uid"] for each in cluster.client.items(claims)}
    assert again == {name: metadata["uid"] for name, metadata in left.items()}
    run(bundle, kubeconfig, "Uninstall")
