"""Who reaches the Kubernetes API, and where."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TypedDict

import pulumi_gcp as gcp

from recommender.kubernetes.plan import ClusterPlan, NewClusterNetwork

# RFC 1918 and RFC 6598. The standard library's own notion of private holds ranges for documentation as well.
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))


class ApiAccess(TypedDict):
    """Arguments of `gcp.container.Cluster`."""

    private_cluster_config: gcp.container.ClusterPrivateClusterConfigArgsDict
    control_plane_endpoints_config: gcp.container.ClusterControlPlaneEndpointsConfigArgsDict
    master_authorized_networks_config: gcp.container.ClusterMasterAuthorizedNetworksConfigArgsDict


def api_access(plan: ClusterPlan) -> ApiAccess:
    """Private nodes; an address for the plan's ranges, public only where one of them is; a name that IAM guards."""
    private: gcp.container.ClusterPrivateClusterConfigArgsDict = {
        "enable_private_nodes": True,
        "enable_private_endpoint": all(map(_is_private, plan.api_cidrs)),
    }
    if isinstance(plan.network, NewClusterNetwork):
        private["master_ipv4_cidr_block"] = plan.network.control_plane_cidr
    allowed: gcp.container.ClusterMasterAuthorizedNetworksConfigArgsDict = {"gcp_public_cidrs_access_enabled": False}
    if plan.api_cidrs:
        allowed["cidr_blocks"] = [{"cidr_block": cidr} for cidr in sorted(plan.api_cidrs)]
    return {
        "private_cluster_config": private,
        "control_plane_endpoints_config": {"dns_endpoint_config": {"allow_external_traffic": True}},
        "master_authorized_networks_config": allowed,
    }


def _is_private(cidr: str) -> bool:
    return any(IPv4Network(cidr).subnet_of(range_) for range_ in _PRIVATE)


def dns_url(endpoints: gcp.container.outputs.ClusterControlPlaneEndpointsConfig) -> str:
    """URL of the API at the name that IAM guards."""
    dns = endpoints.dns_endpoint_config
    return f"https://{dns.endpoint or ''}" if dns else ""
