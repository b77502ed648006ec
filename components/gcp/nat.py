"""The way out of a private network, behind one reserved address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp


@dataclass(frozen=True, slots=True)
class NatPorts:
    """How many ports a machine has, which bounds its connections to one host."""

    minimum: int
    maximum: int | None = None
    """A power of two, as `minimum` is then: a machine gets more as it needs them. None: always `minimum`."""


def cloud_nat(
    name: str,
    *,
    network: pulumi.Input[str],
    subnetwork: pulumi.Input[str],
    ports: NatPorts,
    labels: Mapping[str, str],
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """NAT for every range of a subnetwork. Returns its address, which a code host can put on its allow-list."""
    child = pulumi.ResourceOptions(parent=parent)
    address = gcp.compute.Address(f"{name}-nat", address_type="EXTERNAL", labels=labels, opts=child)
    router = gcp.compute.Router(f"{name}-router", network=network, opts=child)
    dynamic = ports.maximum is not None
    gcp.compute.RouterNat(
        f"{name}-nat",
        router=router.name,
        nat_ip_allocate_option="MANUAL_ONLY",
        nat_ips=[address.self_link],
        source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
        subnetworks=[{"name": subnetwork, "source_ip_ranges_to_nats": ["ALL_IP_RANGES"]}],
        min_ports_per_vm=ports.minimum,
        max_ports_per_vm=ports.maximum,
        enable_dynamic_port_allocation=True if dynamic else None,
        # Google takes one or the other.
        enable_endpoint_independent_mapping=False if dynamic else None,
        log_config={"enable": True, "filter": "ERRORS_ONLY"},
        opts=child,
    )
    return address.address
