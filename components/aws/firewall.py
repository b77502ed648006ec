"""Who may connect to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.tags import named

_HTTPS = 443
_HTTP = 80


class FirewallArgs(TypedDict):
    """What a firewall is made of."""

    vpc_id: pulumi.Input[str]
    """Network of the groups, our own or the customer's."""
    allowed_cidrs: Sequence[str] | None
    """IPv4 ranges that may open the load balancer. None: there is no load balancer, and nobody may connect."""
    tags: Mapping[str, str]
    """Tags of every resource."""


class Firewall(pulumi.ComponentResource):
    """Security groups of the machine and, where there is one, of its load balancer.

    Rules are resources of their own: inline rules and separate ones undo each other, and one changed range must not
    rewrite the others. SSH is open to nobody; people come in through Session Manager, which needs no inbound rule.
    """

    machine_group_id: pulumi.Output[str]
    """For the machine: HTTPS from the load balancer, or nothing at all."""
    edge_group_id: pulumi.Output[str] | None
    """For the load balancer; None where there is none."""

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Firewall", name, opts=opts)
        self._name, self._tags, self._child = name, args["tags"], pulumi.ResourceOptions(parent=self)
        machine = self._group("machine", "The machine", args["vpc_id"])
        # Code hosts listen where their owners put them (22, 443, 7999, 29418), and the image pulls from several
        # registries behind content networks: no list of ports or ranges is right for long.
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-machine-out",
            security_group_id=machine.id,
            ip_protocol="-1",
            cidr_ipv4="0.0.0.0/0",
            description="Code hosts, registries and Sourcegraph services",
            tags=named(self._tags, f"{name}-machine-out"),
            opts=self._child,
        )
        self.machine_group_id, self.edge_group_id = machine.id, None
        if args["allowed_cidrs"] is not None:
            self.edge_group_id = self._create_edge(args["vpc_id"], machine, args["allowed_cidrs"])
        self.register_outputs({"machineGroupId": self.machine_group_id, "edgeGroupId": self.edge_group_id})

    def _create_edge(
        self, vpc_id: pulumi.Input[str], machine: aws.ec2.SecurityGroup, allowed_cidrs: Sequence[str]
    ) -> pulumi.Output[str]:
        edge = self._group("edge", "The load balancer", vpc_id)
        for cidr in allowed_cidrs:
            self._admit("https", edge, _HTTPS, cidr, "HTTPS")
            self._admit("http", edge, _HTTP, cidr, "HTTP, answered with a redirect to HTTPS")
        aws.vpc.SecurityGroupEgressRule(
            f"{self._name}-edge-to-machine",
            security_group_id=edge.id,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            referenced_security_group_id=machine.id,
            description="HTTPS to the machine",
            tags=named(self._tags, f"{self._name}-edge-to-machine"),
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-machine-from-edge",
            security_group_id=machine.id,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            referenced_security_group_id=edge.id,
            description="HTTPS from the load balancer",
            tags=named(self._tags, f"{self._name}-machine-from-edge"),
            opts=self._child,
        )
        return edge.id

    def _group(self, kind: str, description: str, vpc_id: pulumi.Input[str]) -> aws.ec2.SecurityGroup:
        name = f"{self._name}-{kind}"
        return aws.ec2.SecurityGroup(
            name, vpc_id=vpc_id, description=description, tags=named(self._tags, name), opts=self._child
        )

    def _admit(self, protocol: str, edge: aws.ec2.SecurityGroup, port: int, cidr: str, description: str) -> None:
        # Named after the range, not its place in the list: removing one range leaves the others alone.
        name = f"{self._name}-edge-{protocol}-{cidr.replace('/', '-')}"
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=edge.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_ipv4=cidr,
            description=description,
            tags=named(self._tags, name),
            opts=self._child,
        )
