"""Who may connect to the services that AWS runs for the cluster, and what these may be called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.tags import named
from recommender.kubernetes.plan import ClusterPlan


class ServicesArgs(TypedDict):
    """What managed services are made of, whichever they are."""

    plan: ClusterPlan
    """What to run, how safely, and tags."""
    vpc_id: pulumi.Input[str]
    """Network of the cluster."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Its private subnets."""
    client_group_id: pulumi.Input[str]
    """Security group of the nodes, who alone may connect."""
    kms_key: pulumi.Input[str] | None
    """Encrypts data, backups and passwords; None: AWS's own keys do."""
    last_backup: pulumi.Input[str]
    """Ending of the name of a last backup, other than that of every stack before."""


def service_group(
    name: str,
    *,
    args: ServicesArgs,
    port: int,
    description: str,
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """A security group that lets the cluster's nodes connect to one port, and nothing out."""
    tags: Mapping[str, str] = dict(args["plan"].tags)
    opts = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        name, vpc_id=args["vpc_id"], description=description, tags=named(tags, name), opts=opts
    )
    aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=group.id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=args["client_group_id"],
        description="Pods of the cluster",
        tags=named(tags, name),
        opts=opts,
    )
    return group.id


def single_hyphens(name: str) -> str:
    """A name as RDS and ElastiCache take it: they refuse two hyphens in a row, which a profile's name may have."""
    return re.sub("-{2,}", "-", name)
