"""A network of our own: a subnetwork for the machine, its way out, and room for a load balancer's proxies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from components.gcp.nat import NatPorts, cloud_nat
from recommender.plan import NewNetwork

# Cloud NAT reserves 64 ports a machine unless told otherwise (unverified), which bounds the connections to one host;
# all of this network's clones and fetches leave from one machine, often to one code host.
_NAT_PORTS = NatPorts(minimum=4096)


class NetworkArgs(TypedDict):
    """What `Network` needs."""

    network: NewNetwork
    """Ranges from the plan. Its only edge range, if any, becomes the proxy-only subnetwork."""
    disposable: bool
    """True: no flow logs, which cost money for as long as they are kept."""
    labels: Mapping[str, str]


class Network(pulumi.ComponentResource):
    """A custom-mode network. It starts without any rule that lets traffic in; `Firewall` adds the few there are."""

    network: pulumi.Output[str]
    """Resource name of the network."""
    subnetwork: pulumi.Output[str]
    """Resource name of the machine's subnetwork."""
    outbound_ip: pulumi.Output[str] | None
    """Address that code hosts see; None without NAT."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:Network", name, opts=opts)
        plan = args["network"]
        network = gcp.compute.Network(
            f"{name}-network",
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=pulumi.ResourceOptions(parent=self),
        )
        subnetwork = gcp.compute.Subnetwork(
            f"{name}-machines",
            network=network.id,
            ip_cidr_range=plan.machine_cidr,
            # Logs, metrics and disk images reach Google without leaving through NAT.
            private_ip_google_access=True,
            log_config=None if args["disposable"] else {"metadata": "INCLUDE_ALL_METADATA"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.outbound_ip = None
        if plan.nat:
            self.outbound_ip = cloud_nat(
                name,
                network=network.id,
                subnetwork=subnetwork.id,
                ports=_NAT_PORTS,
                labels=args["labels"],
                parent=self,
            )
        for proxies in plan.edge_cidrs[:1]:
            gcp.compute.Subnetwork(
                f"{name}-proxies",
                network=network.id,
                ip_cidr_range=proxies,
                purpose="REGIONAL_MANAGED_PROXY",
                role="ACTIVE",
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.network = network.id
        self.subnetwork = subnetwork.id
        self.register_outputs({"network": self.network, "subnetwork": self.subnetwork, "outboundIp": self.outbound_ip})
