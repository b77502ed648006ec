"""The machines that pods run on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.tags import named
from recommender.kubernetes.plan import ClusterPlan, NodeGroup

_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
"""Not the network plug-in's: it has an identity of its own."""


class NodeGroupsArgs(TypedDict):
    """What node groups are made of."""

    plan: ClusterPlan
    """Machine type, disk, release, and how many nodes of each group."""
    cluster_name: pulumi.Input[str]
    """The cluster."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Private subnets, by the groups' keys."""
    kms_key: pulumi.Input[str] | None
    """Encrypts the boot disks; None: AWS's own key does."""


class NodeGroups(pulumi.ComponentResource):
    """One managed node group a zone, so that a pod's disk always finds a node where it is.

    A change that EKS cannot make in place, such as another machine type, makes a second group before the first is
    drained: the groups' names are generated, from the key alone, since a name ends at 63 characters.
    """

    names: dict[str, pulumi.Output[str]]
    """Generated names, by key."""

    def __init__(self, name: str, args: NodeGroupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:NodeGroups", name, opts=opts)
        self._name, self._args, self._tags = name, args, dict(args["plan"].tags)
        role, permissions = self._create_role()
        template = self._create_template()
        groups = sorted(args["plan"].nodes.groups, key=lambda group: group.key)
        self.names = {
            group.key: self._create_group(group, role, template, permissions).node_group_name for group in groups
        }
        self.register_outputs({"names": self.names})

    def _create_role(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        name, child = self._name, pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name, assume_role_policy=iam.trust("ec2.amazonaws.com"), tags=named(self._tags, name), opts=child
        )
        return role, [
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy}", role=role.name, policy_arn=f"{iam.MANAGED_POLICY}/{policy}", opts=child
            )
            for policy in _POLICIES
        ]

    def _create_template(self) -> aws.ec2.LaunchTemplate:
        name, nodes = self._name, self._args["plan"].nodes
        tags = named(self._tags, name)
        return aws.ec2.LaunchTemplate(
            name,
            block_device_mappings=[
                {
                    "device_name": "/dev/xvda",
                    "ebs": {
                        "volume_size": nodes.disk_gb,
                        "volume_type": "gp3",
                        "encrypted": "true",
                        "kms_key_id": self._args["kms_key"],
                        "delete_on_termination": "true",
                    },
                }
            ],
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                # A pod is one hop further away: it cannot take the node's role.
                "http_put_response_hop_limit": 1,
            },
            # EKS does not hand a node group's tags on to its machines.
            tag_specifications=[
                {"resource_type": kind, "tags": tags} for kind in ("instance", "network-interface", "volume")
            ],
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_group(
        self,
        group: NodeGroup,
        role: aws.iam.Role,
        template: aws.ec2.LaunchTemplate,
        permissions: list[pulumi.Resource],
    ) -> aws.eks.NodeGroup:
        name, plan = f"{self._name}-{group.key}", self._args["plan"]
        return aws.eks.NodeGroup(
            name,
            node_group_name_prefix=f"{group.key}-",
            cluster_name=self._args["cluster_name"],
            node_role_arn=role.arn,
            subnet_ids=[self._args["subnet_ids"][group.key]],
            ami_type="AL2023_x86_64_STANDARD",
            capacity_type="ON_DEMAND",
            instance_types=[plan.nodes.shape.machine_type],
            version=plan.version.minor,
            release_version=plan.nodes.release,
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            scaling_config={"desired_size": group.count, "min_size": group.count, "max_size": group.maximum},
            update_config={"max_unavailable": 1},
            node_repair_config={"enabled": True},
            tags=named(self._tags, name),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The autoscaler moves it.
                ignore_changes=["scalingConfig.desiredSize"],
                depends_on=permissions,
            ),
        )
