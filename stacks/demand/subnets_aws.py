"""Addresses that a deployment takes of AWS subnets.

AWS's user guides, 2026-11-22. Read: a load balancer needs eight free addresses in each of its subnets (Elastic Load
Balancing, "Subnets for your load balancer"). Unverified, with the pages that should have them: a VPC keeps five of each
subnet for itself (VPC, "Subnet CIDR blocks"); EKS needs six in each subnet of a control plane and recommends sixteen
(EKS, network-reqs); RDS needs a spare one in each subnet of a group (RDS, "Working with a DB subnet group").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from recommender.kubernetes.nodes import network_interfaces
from stacks.demand.demand import SubnetDemand
from stacks.demand.inputs import items, mapping, number, of_type, targets, text
from stacks.demand.machines import vcpu
from stacks.demand.quotas_aws import group_type, ingress_load_balancers, nodes_at_most
from stacks.demand.subnets import Takers, usable
from stacks.preview import Preview, Resource

_RESERVED: Final = 5
_LOAD_BALANCER: Final = 8
_CONTROL_PLANE: Final = 16
_MOST_PODS: Final = {True: 250, False: 110}
"""By whether a machine has 30 vCPU or more: what a managed node group lets the kubelet run, and so the addresses that
pods can take (the same bounds as in recommender/kubernetes/nodes.py)."""


def subnets(preview: Preview) -> list[SubnetDemand]:
    """Every subnet that something of the preview is put into."""
    takers = Takers()
    for resource in preview.resources:
        for subject, what, count in _taken(resource):
            takers.add(subject, what, count)
    _add_groups(preview, takers)
    _add_ingresses(preview, takers)
    ranges = {each.urn: text(each.inputs.get("cidrBlock")) for each in of_type(preview, "aws:ec2/subnet:Subnet")}
    return takers.demands(lambda subject: usable(ranges.get(subject, ""), _RESERVED))


def addresses_of_node(machine_type: str) -> int:
    """Addresses that the VPC CNI holds on one node full of pods: of whole interfaces, one of them spare by default."""
    size = vcpu(machine_type)
    interfaces, each = network_interfaces(size)
    for_pods = -(-_MOST_PODS[size >= 30] // (each - 1))
    return min(interfaces, for_pods + 1) * each


def _taken(resource: Resource) -> Iterator[tuple[str, str, int]]:
    """Subject, what takes addresses of it, and how many."""
    inputs = resource.inputs
    match resource.type:
        case "aws:ec2/instance:Instance" | "aws:ec2/natGateway:NatGateway":
            what = "machine" if resource.type.endswith(":Instance") else "NAT gateway"
            yield from ((each, what, 1) for each in targets(resource, "subnetId", inputs.get("subnetId")))
        case "aws:lb/loadBalancer:LoadBalancer":
            yield from (
                (each, "load balancer", _LOAD_BALANCER) for each in targets(resource, "subnets", inputs.get("subnets"))
            )
        case "aws:eks/cluster:Cluster":
            literal = mapping(inputs.get("vpcConfig")).get("subnetIds")
            for each in targets(resource, "vpcConfig", literal):
                yield each, "control plane", _CONTROL_PLANE if _is_subnet(each) else 0
        case "aws:eks/nodeGroup:NodeGroup":
            count = nodes_at_most(resource) * addresses_of_node(group_type(resource))
            yield from (
                (each, "nodes and their pods", count)
                for each in targets(resource, "subnetIds", inputs.get("subnetIds"))
            )
        case "aws:ec2/vpcEndpoint:VpcEndpoint":
            yield from ((each, "endpoint", 1) for each in targets(resource, "subnetIds", inputs.get("subnetIds")))
        case _:
            return


def _is_subnet(subject: str) -> bool:
    """Not the security groups that the same input is made of."""
    return (
        subject.startswith("subnet-") or "$aws:ec2/subnet:Subnet::" in subject or "::aws:ec2/subnet:Subnet::" in subject
    )


def _add_groups(preview: Preview, takers: Takers) -> None:
    """Databases and caches name a group of subnets; any of them may be in any subnet of it."""
    for kind, what in (("rds", "databases, and one to recover"), ("elasticache", "Redis nodes")):
        groups = {each.urn: each for each in of_type(preview, f"aws:{kind}/subnetGroup:SubnetGroup")}
        for urn, group in groups.items():
            users = [each for each in preview.resources if urn in _groups_of(each)]
            count = sum(_members(each.inputs) for each in users) + (1 if kind == "rds" and users else 0)
            for subnet in targets(group, "subnetIds", group.inputs.get("subnetIds")):
                takers.add(subnet, what, count)


def _groups_of(resource: Resource) -> tuple[str, ...]:
    of = resource.property_dependencies
    return (*of.get("dbSubnetGroupName", ()), *of.get("subnetGroupName", ()))


def _members(inputs: Mapping[str, Any]) -> int:
    return int(number(inputs.get("numCacheClusters"))) or 1


def _add_ingresses(preview: Preview, takers: Takers) -> None:
    """The controller takes the subnets that the class names, or those with the tag of its scheme."""
    if not ingress_load_balancers(preview):
        return
    for params in of_type(preview, "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams"):
        spec = mapping(params.inputs.get("spec"))
        named = [each for each in items(mapping(spec.get("subnets")).get("ids")) if isinstance(each, str)]
        tag = "kubernetes.io/role/elb" if spec.get("scheme") == "internet-facing" else "kubernetes.io/role/internal-elb"
        tagged = [
            each.urn for each in of_type(preview, "aws:ec2/subnet:Subnet") if tag in mapping(each.inputs.get("tags"))
        ]
        for subnet in named or tagged:
            takers.add(subnet, "load balancer of the ingress", _LOAD_BALANCER)
