"""The GKE cluster itself, without nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypedDict

import pulumi
import pulumi_gcp as gcp

from components.gcp.kubernetes import windows
from components.gcp.kubernetes.api_access import api_access, dns_url
from components.gcp.kubernetes.network import Place
from recommender.kubernetes.plan import ClusterPlan

_MOVED_BY_GKE = ["initialNodeCount", "minMasterVersion", "nodeConfig", "nodeVersion"]
"""The channel moves the versions; the other two describe the pool that is thrown away, and change would replace all."""
_LOGGED = ["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"]
SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
"""What an account's roles allow decides; narrower scopes would only hide them."""
SHIELDED: Final[gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgsDict] = {
    "enable_secure_boot": True,
    "enable_integrity_monitoring": True,
}


class ControlPlaneArgs(TypedDict):
    """What `ControlPlane` needs."""

    plan: ClusterPlan
    place: Place
    key: pulumi.Input[str] | None
    """Encrypts the API's secrets; None: Google's own keys do."""
    node_account: pulumi.Input[str]
    """Address of the nodes' account, also for the pool that is thrown away: the project's default one may be off."""
    after: Sequence[pulumi.Resource]


def workload_pool(plan: ClusterPlan) -> str:
    """Where the identities of pods are kept."""
    return f"{plan.project}.svc.id.goog"


class ControlPlane(pulumi.ComponentResource):
    """A regional cluster of GKE Standard on a release channel: no version is pinned, since each ages within weeks.

    Its nodes have private addresses. Dataplane V2 enforces network policies. The API answers at a DNS name, where
    Google checks IAM first, so that this project's own stacks reach it without a bastion; and at an IP address, from
    within the network and from the plan's ranges, and has no public one unless one of these ranges is public.
    """

    cluster: gcp.container.Cluster
    endpoint: pulumi.Output[str]
    """URL of the API at its DNS name."""

    def __init__(self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:ControlPlane", name, opts=opts)
        plan, place, key = args["plan"], args["place"], args["key"]
        self.cluster = gcp.container.Cluster(
            f"{name}-cluster",
            name=plan.cluster_name,
            project=plan.project,
            location=plan.region,
            node_locations=sorted(group.key for group in plan.nodes.groups),
            release_channel={"channel": plan.version.channel or "REGULAR"},
            network=place.network,
            subnetwork=place.subnetwork,
            networking_mode="VPC_NATIVE",
            ip_allocation_policy={
                "cluster_secondary_range_name": place.pods_range,
                "services_secondary_range_name": place.services_range,
            },
            datapath_provider="ADVANCED_DATAPATH",
            enable_intranode_visibility=not plan.disposable,
            enable_shielded_nodes=True,
            **api_access(plan),
            workload_identity_config={"workload_pool": workload_pool(plan)},
            database_encryption={"state": "ENCRYPTED", "key_name": key} if key else None,
            addons_config={
                "http_load_balancing": {"disabled": False},
                "gce_persistent_disk_csi_driver_config": {"enabled": True},
                "gke_backup_agent_config": {"enabled": plan.volume_backups is not None},
            },
            logging_config={"enable_components": _LOGGED},
            # Sourcegraph brings a Prometheus of its own; Google's would take room on every node.
            monitoring_config={"enable_components": ["SYSTEM_COMPONENTS"], "managed_prometheus": {"enabled": False}},
            cost_management_config={"enabled": True},
            maintenance_policy=windows.NODES,
            remove_default_node_pool=True,
            initial_node_count=1,  # in every zone, for some minutes
            node_config=_thrown_away(args),
            resource_labels=dict(plan.tags),
            deletion_protection=plan.deletion_protection,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=not plan.disposable,
                ignore_changes=_MOVED_BY_GKE,
                # Its name is fixed, so two cannot be there at a time.
                delete_before_replace=True,
                depends_on=args["after"],
            ),
        )
        self.endpoint = self.cluster.control_plane_endpoints_config.apply(dns_url)
        self.register_outputs({"endpoint": self.endpoint})


def _thrown_away(args: ControlPlaneArgs) -> gcp.container.ClusterNodeConfigArgsDict:
    """Of the first pool. Its small standard disks keep it off the quota for SSDs, which the nodes need."""
    return {
        "machine_type": "e2-medium",
        "disk_type": "pd-standard",
        "disk_size_gb": 32,
        "boot_disk_kms_key": args["key"],
        "service_account": args["node_account"],
        "oauth_scopes": [SCOPE],
        "shielded_instance_config": {"enable_secure_boot": True, "enable_integrity_monitoring": True},
        "workload_metadata_config": {"mode": "GKE_METADATA"},
    }
