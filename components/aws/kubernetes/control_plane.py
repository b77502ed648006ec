"""The part of Kubernetes that AWS runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.kubernetes.place import Place
from components.aws.tags import named
from recommender.kubernetes.plan import ClusterPlan

_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


class ControlPlaneArgs(TypedDict):
    """What a control plane is made of."""

    plan: ClusterPlan
    """Name, version, who may reach the API, and how long its logs are kept."""
    place: Place
    """Network and subnets."""
    role: aws.iam.Role
    """What EKS acts as."""
    kms_key: pulumi.Input[str] | None
    """Encrypts what the API stores as secrets; None: AWS's own key does."""


class ControlPlane(pulumi.ComponentResource):
    """An EKS cluster, its log group, and what EKS may do. People come in through `Access` alone."""

    cluster: aws.eks.Cluster
    """The cluster; known only when EKS may do what it must, and when its logs have a place."""
    security_group_id: pulumi.Output[str]
    """Group that EKS makes, and that all nodes are in."""
    issuer: pulumi.Output[str]
    """URL of what signs tokens of the cluster's service accounts."""

    def __init__(self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:ControlPlane", name, opts=opts)
        child = pulumi.ResourceOptions(parent=self)
        plan, role, tags = args["plan"], args["role"], named(dict(args["plan"].tags), name)
        logs = aws.cloudwatch.LogGroup(
            name,
            # The name that EKS writes to. Made here first, or EKS makes it, and keeps the logs for ever.
            name=f"/aws/eks/{plan.cluster_name}/cluster",
            retention_in_days=plan.log_days,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=not plan.disposable),
        )
        manage = aws.iam.RolePolicyAttachment(
            name, role=role.name, policy_arn=f"{iam.MANAGED_POLICY}/AmazonEKSClusterPolicy", opts=child
        )
        needs: list[pulumi.Resource] = [logs, manage]
        if args["kms_key"]:
            document = pulumi.Output.from_input(args["kms_key"]).apply(_use_of_key)
            needs.append(aws.iam.RolePolicy(f"{name}-key", role=role.name, policy=document, opts=child))
        self.cluster = self._create_cluster(name, args, needs)
        self.security_group_id = self.cluster.vpc_config.apply(lambda config: config.cluster_security_group_id or "")
        self.issuer = self.cluster.identities.apply(_issuer)
        self.register_outputs(
            {"clusterName": self.cluster.name, "securityGroupId": self.security_group_id, "issuer": self.issuer}
        )

    def _create_cluster(self, name: str, args: ControlPlaneArgs, needs: list[pulumi.Resource]) -> aws.eks.Cluster:
        plan, key = args["plan"], args["kms_key"]
        return aws.eks.Cluster(
            name,
            name=plan.cluster_name,
            version=plan.version.minor,
            role_arn=args["role"].arn,
            # After the end of standard support AWS upgrades by itself, instead of charging more for the old version.
            upgrade_policy={"support_type": "STANDARD"},
            access_config={
                "authentication_mode": "API",
                "bootstrap_cluster_creator_admin_permissions": False,
            },
            # vpc-cni, coredns and kube-proxy come as add-ons at pinned versions.
            bootstrap_self_managed_addons=False,
            vpc_config={
                "subnet_ids": list(args["place"].subnet_ids.values()),
                "endpoint_private_access": True,
                "endpoint_public_access": bool(plan.api_cidrs),
                "public_access_cidrs": sorted(plan.api_cidrs) or None,
            },
            kubernetes_network_config={"ip_family": "ipv4", "service_ipv4_cidr": plan.network.services_cidr},
            encryption_config={"resources": ["secrets"], "provider": {"key_arn": key}} if key else None,
            enabled_cluster_log_types=list(_LOGS),
            deletion_protection=plan.deletion_protection,
            tags=named(dict(plan.tags), name),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=not plan.disposable,
                # The name is fixed, so a second cluster cannot be made beside the first.
                delete_before_replace=True,
                depends_on=needs,
            ),
        )


def cluster_role(name: str, plan: ClusterPlan, parent: pulumi.Resource) -> aws.iam.Role:
    """What EKS acts as. Made before all else: its ARN is where the account's number is known from."""
    return aws.iam.Role(
        name,
        assume_role_policy=iam.trust("eks.amazonaws.com"),
        tags=named(dict(plan.tags), name),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def account_of(arn: pulumi.Output[str]) -> pulumi.Output[str]:
    """The number of the account that a resource is in."""
    return arn.apply(lambda text: text.split(":")[4])


def _issuer(identities: Sequence[aws.eks.outputs.ClusterIdentity]) -> str:
    """EKS gives each cluster exactly one."""
    [identity] = identities
    [oidc] = identity.oidcs or []
    assert oidc.issuer, "a cluster that exists has an issuer"
    return oidc.issuer


def _use_of_key(kms_key: str) -> str:
    """What EKS needs of the key: that of `encryption_config` alone."""
    return iam.policy(iam.allow(["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"], kms_key))
