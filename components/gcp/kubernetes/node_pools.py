"""The machines of the cluster, and who they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from components.gcp.identity import account_id
from components.gcp.kubernetes.control_plane import SCOPE, SHIELDED
from components.gcp.kubernetes.naming import short
from recommender.kubernetes.plan import ClusterPlan, NodeGroup

_ROLES = {"nodes": "roles/container.defaultNodeServiceAccount", "images": "roles/artifactregistry.reader"}
"""The first: logs, metrics and nothing else (iann0036/iam-dataset@2073fa5, read 2026-11-22)."""
_LONGEST_PREFIX = 31  # pulumi_gcp 10.2.0, container.NodePool.name_prefix, read 2026-11-22


class NodeAccountArgs(TypedDict):
    """What `NodeAccount` needs."""

    plan: ClusterPlan


class NodeAccount(pulumi.ComponentResource):
    """The account that every node runs as. Pods have accounts of their own, so it may do next to nothing."""

    email: pulumi.Output[str]

    def __init__(self, name: str, args: NodeAccountArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:NodeAccount", name, opts=opts)
        plan = args["plan"]
        account = gcp.serviceaccount.Account(
            f"{name}-nodes",
            # Not the single machine's: an organization that moves from one to a cluster has both for a while.
            account_id=account_id(f"{name}-nodes"),
            display_name=f"Nodes of the Sourcegraph cluster {name}",
            project=plan.project,
            opts=pulumi.ResourceOptions(parent=self),
        )
        for suffix, role in _ROLES.items():
            gcp.projects.IAMMember(
                f"{name}-{suffix}",
                project=plan.project or account.project,
                role=role,
                member=account.member,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.email = account.email
        self.register_outputs({"email": self.email})


class NodePoolsArgs(TypedDict):
    """What `NodePools` needs."""

    plan: ClusterPlan
    cluster: pulumi.Input[str]
    """Name of the cluster."""
    account: pulumi.Input[str]
    key: pulumi.Input[str] | None
    """Encrypts the boot disks; None: Google's own keys do."""
    after: Sequence[pulumi.Resource]


class NodePools(pulumi.ComponentResource):
    """A node pool for each zone of the plan, since a zone's disks can be used there alone.

    Each starts with the nodes that the plan needs in its zone and never has fewer. One pool for all zones could not
    promise that: its limits are either one for all zones together, or the same for each. A pool's name has a suffix
    of its own, so that a change that replaces it makes the new one first, and pods move over.
    """

    def __init__(self, name: str, args: NodePoolsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:NodePools", name, opts=opts)
        for group in args["plan"].nodes.groups:
            self._pool(name, args, group)
        self.register_outputs({})

    def _pool(self, name: str, args: NodePoolsArgs, group: NodeGroup) -> None:
        plan = args["plan"]
        suffix = f"-{group.key.rpartition('-')[2]}-"
        gcp.container.NodePool(
            f"{name}-nodes-{group.key}",
            name_prefix=f"{short(name, _LONGEST_PREFIX - len(suffix))}{suffix}",
            project=plan.project,
            location=plan.region,
            cluster=args["cluster"],
            node_locations=[group.key],
            initial_node_count=group.count,
            autoscaling={"min_node_count": group.count, "max_node_count": group.maximum},
            max_pods_per_node=plan.nodes.shape.pods,
            management={"auto_repair": True, "auto_upgrade": True},
            upgrade_settings={"max_surge": 1, "max_unavailable": 0},
            node_config=_node(args),
            # The autoscaler's business after the first day; a change would replace the pool.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["initialNodeCount"], depends_on=args["after"]),
        )


def _node(args: NodePoolsArgs) -> gcp.container.NodePoolNodeConfigArgsDict:
    plan = args["plan"]
    return {
        "machine_type": plan.nodes.shape.machine_type,
        "image_type": "COS_CONTAINERD",
        "disk_type": "pd-ssd",
        "disk_size_gb": plan.nodes.disk_gb,
        "boot_disk_kms_key": args["key"],
        "service_account": args["account"],
        "oauth_scopes": [SCOPE],
        "workload_metadata_config": {"mode": "GKE_METADATA"},
        "shielded_instance_config": SHIELDED,
        "kubelet_config": {"insecure_kubelet_readonly_port_enabled": "FALSE"},
        # GKE adds it; left out, every preview would show a difference.
        "metadata": {"disable-legacy-endpoints": "true"},
        "resource_labels": dict(plan.tags),
    }
