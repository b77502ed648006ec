"""Plans of a GCP machine image, and recordings of them with the outputs that Google would compute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.gcp.machine_image import MachineImage
from recommender.plan import Access, ExistingNetwork, MachineImagePlan, NewNetwork
from tests.plans import gcp_plan
from tests.recording import Recording, record

USER_DATA = "#cloud-config\n"
INSTANCE = "gcp:compute/instance:Instance"
DISK = "gcp:compute/disk:Disk"
FIREWALL = "gcp:compute/firewall:Firewall"
TOP = "moorage:gcp:MachineImage"

KEY = "projects/acme-keys/locations/us-central1/keyRings/moorage/cryptoKeys/disks"


def internal_access(**changes: Any) -> Access:
    access = Access(
        domain="sourcegraph.acme.example",
        scheme="internal",
        allowed_cidrs=("10.0.0.0/8",),
        certificate=None,
        dns_zone="acme-example",
    )
    return replace(access, **changes)


def internal_plan(**changes: Any) -> MachineImagePlan:
    network = NewNetwork("10.40.0.0/16", "10.40.0.0/24", ("10.40.8.0/23",), (), nat=True)
    return gcp_plan(**{"access": internal_access(), "network": network} | changes)


def disposable_plan() -> MachineImagePlan:
    plan = gcp_plan(stage="poc", disposable=True, access=None, snapshots=None, alarms=None)
    return replace(
        plan,
        data_disk=replace(plan.data_disk, keep=False),
        network=NewNetwork("10.40.0.0/16", "10.40.0.0/24", (), (), False),
    )


def existing_plan(**changes: Any) -> MachineImagePlan:
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
def record_machine(plan: MachineImagePlan, *, preview: bool = False) -> Recording:
    """What `moorage up` would register for this plan, under an explicit provider. Nobody changes a recording."""

    def program() -> None:
        provider = gcp.Provider("gcp", project=plan.project, region=plan.region, zone=plan.zone)
        MachineImage(plan.name, {"plan": plan, "user_data": USER_DATA}, pulumi.ResourceOptions(provider=provider))

    return record(program, preview=preview, computed=computed)
