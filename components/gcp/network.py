"""A network of our own: a subnetwork for the machine, its way out, and room for a load balancer's proxies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from recommender.plan import NewNetwork

# Cloud NAT reserves 64 ports a machine unless told otherwise (unverified), which bounds the connections to one host;
# all of this network's clones and fetches leave from one machine, often to one code host.
_NAT_PORTS = 4096


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
        self.outbound_ip = self._way_out(name, network, subnetwork, args["labels"]) if plan.nat else None
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

    def _way_out(
        self,
        name: str,
        network: gcp.compute.Network,
        subnetwork: gcp.compute.Subnetwork,
        labels: Mapping[str, str],
    ) -> pulumi.Output[str]:
        """NAT behind one reserved address, which a code host can put on its list of allowed ones."""
        child = pulumi.ResourceOptions(parent=self)
        address = gcp.compute.Address(f"{name}-nat", address_type="EXTERNAL", labels=labels, opts=child)
        router = gcp.compute.Router(f"{name}-router", network=network.id, opts=child)
        gcp.compute.RouterNat(
            f"{name}-nat",
            router=router.name,
            nat_ip_allocate_option="MANUAL_ONLY",
            nat_ips=[address.self_link],
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[{"name": subnetwork.id, "source_ip_ranges_to_nats": ["ALL_IP_RANGES"]}],
            min_ports_per_vm=_NAT_PORTS,
            log_config={"enable": True, "filter": "ERRORS_ONLY"},
            opts=child,
        )
        return address.address
