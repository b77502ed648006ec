"""Plans of one GCP machine, and recordings of them with the outputs that Google would compute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.gcp.docker_compose import DockerCompose
from components.gcp.install_script import InstallScript
from components.gcp.machine_image import MachineImage
from components.gcp.single_node import SingleNode, SingleNodeArgs
from recommender.host import HostPlan, Software
from recommender.plan import Access, ExistingNetwork, Image, NewNetwork, SingleNodePlan, Target
from tests.components.hosts import host
from tests.plans import gcp_plan
from tests.recording import Recording, record

USER_DATA = "#cloud-config\n"
INSTANCE = "gcp:compute/instance:Instance"
DISK = "gcp:compute/disk:Disk"
FIREWALL = "gcp:compute/firewall:Firewall"
TOP = "moorage:gcp:MachineImage"

KEY = "projects/acme-keys/locations/us-central1/keyRings/moorage/cryptoKeys/disks"


SECRET = "projects/acme-vault/secrets/"
TARGETS: Mapping[Target, type[SingleNode]] = {
    "machine-image": MachineImage,
    "install-script": InstallScript,
    "docker-compose": DockerCompose,
}


def software_plan(target: Software, secrets: str | None = SECRET, **changes: Any) -> SingleNodePlan:
    """A plan for a target that installs itself on Debian, its secrets below `secrets`; None: it has none."""
    debian = Image(
        "projects/debian-cloud/global/images/debian-12", None, "6.12.5040", gcp_plan().image.fact, stock=True
    )
    given = {"target": target, "host": gcp_host(target, secrets), "image": debian}
    return gcp_plan(**{**given, **changes})


def gcp_host(target: Software, secrets: str | None = SECRET) -> HostPlan:
    """What the machine of such a plan installs."""
    return host(target, "gcp", secrets, region="us-central1", zone="us-central1-a")


def internal_access(**changes: Any) -> Access:
    access = Access(
        domain="sourcegraph.acme.example",
        scheme="internal",
        allowed_cidrs=("10.0.0.0/8",),
        certificate=None,
        dns_zone="acme-example",
    )
    return replace(access, **changes)


def internal_plan(**changes: Any) -> SingleNodePlan:
    network = NewNetwork("10.40.0.0/16", "10.40.0.0/24", ("10.40.8.0/23",), (), nat=True)
    return gcp_plan(**{"access": internal_access(), "network": network} | changes)


def disposable_plan() -> SingleNodePlan:
    plan = gcp_plan(stage="poc", disposable=True, access=None, snapshots=None, alarms=None)
    return replace(
        plan,
        data_disk=replace(plan.data_disk, keep=False),
        network=NewNetwork("10.40.0.0/16", "10.40.0.0/24", (), (), False),
    )


def existing_plan(**changes: Any) -> SingleNodePlan:
    network = ExistingNetwork(
        network="projects/acme-sourcegraph/global/networks/core",
        machine_subnet="projects/acme-sourcegraph/regions/us-central1/subnetworks/apps",
        edge_subnets=(),
    )
    return gcp_plan(**{"network": network} | changes)


_BY_TYPE: Mapping[str, Mapping[str, object]] = {
    INSTANCE: {"instanceId": "4711", "networkInterfaces": [{"networkIp": "10.40.0.2"}]},
    "gcp:serviceaccount/account:Account": {"member": "serviceAccount:moorage@test.iam.gserviceaccount.com"},
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": {
        "dnsResourceRecords": [{"name": "_acme-challenge.sourcegraph.acme.example.", "type": "CNAME", "data": "proof."}]
    },
}


def computed(type_: str, name: str, inputs: Mapping[str, object]) -> Mapping[str, object]:
    """Generated names, and what the wiring reads."""
    generated = {} if "name" in inputs else {"name": f"{name}-1a2b3c4"}
    return {**generated, **_BY_TYPE.get(type_, {})}


@cache
def record_machine(plan: SingleNodePlan, *, preview: bool = False) -> Recording:
    """What `moorage up` would register for this plan, under an explicit provider. Nobody changes a recording."""

    def program() -> None:
        provider = gcp.Provider("gcp", project=plan.project, region=plan.region, zone=plan.zone)
        args: SingleNodeArgs = {"plan": plan, "user_data": USER_DATA}
        TARGETS[plan.target](plan.name, args, pulumi.ResourceOptions(provider=provider))

    return record(program, preview=preview, computed=computed)
