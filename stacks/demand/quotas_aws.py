"""What a deployment takes of an AWS account's quotas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from stacks.demand.demand import QuotaDemand
from stacks.demand.inputs import claimed_gib, items, mapping, number, of_type, provider_setting, text
from stacks.demand.machines import family, vcpu
from stacks.demand.table import Need, of_aws
from stacks.preview import Preview, Resource

_STANDARD: Final = frozenset("acdhimrtz")
_SURGE: Final = 2
"""A managed node group starts up to twice as many nodes as it has zones before it takes old ones away, or as many as
may be unavailable (AWS, "Understand each phase of node updates", read 2026-11-22). Ours have one zone each."""

_COUNTED: Final = (
    ("L-0263D0A3", "aws:ec2/eip:Eip"),
    ("L-F678F1CE", "aws:ec2/vpc:Vpc"),
    ("L-A4707A72", "aws:ec2/internetGateway:InternetGateway"),
    ("L-7B6409FD", "aws:rds/instance:Instance"),
    ("L-1194D53C", "aws:eks/cluster:Cluster"),
)
"""One of the quota for each resource."""


def quotas(preview: Preview) -> list[QuotaDemand]:
    """Every quota that something of the preview counts against."""
    region = provider_setting(preview, "aws", "region")
    needs = [*_machines(preview, region), *_network(preview, region), *_services(preview, region)]
    return [of_aws(need, region) for need in needs if need.amount > 0]


def nodes_at_most(group: Resource) -> int:
    """Nodes of a managed node group while it is at its maximum and replaces its nodes."""
    surge = max(_SURGE, int(number(mapping(group.inputs.get("updateConfig")).get("maxUnavailable"))))
    return int(number(mapping(group.inputs.get("scalingConfig")).get("maxSize"))) + surge


def group_type(group: Resource) -> str:
    """The largest machine type of a node group."""
    return max((text(each) for each in items(group.inputs.get("instanceTypes"))), key=vcpu, default="")


def ingress_load_balancers(preview: Preview) -> int:
    """Application load balancers that the controller in the cluster makes: one for each of its ingress classes."""
    classes = of_type(preview, "kubernetes:networking.k8s.io/v1:IngressClass")
    return sum(text(mapping(each.inputs.get("spec")).get("controller")) == "ingress.k8s.aws/alb" for each in classes)


def _machines(preview: Preview, region: str) -> Iterator[Need]:
    groups = of_type(preview, "aws:eks/nodeGroup:NodeGroup")
    machines = [(text(each.inputs.get("instanceType")), 1) for each in of_type(preview, "aws:ec2/instance:Instance")]
    machines += [(group_type(group), nodes_at_most(group)) for group in groups]
    known = [(vcpu(name), count) for name, count in machines if family(name) in _STANDARD]
    unknown = sum(count for name, count in machines if not name or not vcpu(name))
    notes = ["With every node group at its maximum and replacing its nodes."] if groups else []
    notes += [f"{unknown} machines of unknown size are not counted."] if unknown else []
    yield Need("L-1216C47A", "region", sum(size * count for size, count in known), region, " ".join(notes))
    yield Need("L-7A658B76", "region", _gp3_gib(preview) / 1024, region, _claims_note(preview))


def _gp3_gib(preview: Preview) -> float:
    found = claimed_gib(preview, ("gp3",))
    for volume in of_type(preview, "aws:ebs/volume:Volume"):
        found += number(volume.inputs.get("size")) if volume.inputs.get("type") == "gp3" else 0
    for machine in of_type(preview, "aws:ec2/instance:Instance"):
        root = mapping(machine.inputs.get("rootBlockDevice"))
        found += number(root.get("volumeSize")) if root.get("volumeType") == "gp3" else 0
    templates = {each.urn: each for each in of_type(preview, "aws:ec2/launchTemplate:LaunchTemplate")}
    for group in of_type(preview, "aws:eks/nodeGroup:NodeGroup"):
        for urn in group.property_dependencies.get("launchTemplate", ()):
            if urn in templates:
                found += nodes_at_most(group) * _boot_gib(templates[urn])
    return found


def _boot_gib(template: Resource) -> float:
    disks = (mapping(mapping(each).get("ebs")) for each in items(template.inputs.get("blockDeviceMappings")))
    return sum(number(disk.get("volumeSize")) for disk in disks if disk.get("volumeType") == "gp3")


def _claims_note(preview: Preview) -> str:
    count = sum(claim.count for claim in preview.claims)
    return f"With the {count} disks that the cluster makes for its pods." if count else ""


def _network(preview: Preview, region: str) -> Iterator[Need]:
    zones = {each.urn: _zone(each) for each in of_type(preview, "aws:ec2/subnet:Subnet")}
    gateways = Counter[str]()
    for gateway in of_type(preview, "aws:ec2/natGateway:NatGateway"):
        subnet = next(iter(gateway.property_dependencies.get("subnetId", ())), "")
        gateways[zones.get(subnet) or "a zone of an existing subnet"] += 1
    for zone, count in sorted(gateways.items()):
        yield Need("L-FE5A380F", "zone", count, zone)
    ingresses, clusters = ingress_load_balancers(preview), len(of_type(preview, "aws:eks/cluster:Cluster"))
    note = "One is made by the load balancer controller in the cluster." if ingresses else ""
    own = Counter(
        text(each.inputs.get("loadBalancerType")) for each in of_type(preview, "aws:lb/loadBalancer:LoadBalancer")
    )
    yield Need("L-53DA6B97", "region", own["application"] + own[""] + ingresses, region, note)
    yield Need("L-69A177A2", "region", own["network"], region)
    made = len(of_type(preview, "aws:lb/targetGroup:TargetGroup"))
    yield Need("L-B22855CB", "region", made + ingresses, region, note)
    # EKS makes a group for each cluster; the controller one for each load balancer, and one for all their targets.
    groups = len(
        of_type(preview, "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    )
    yield Need("L-E79EC296", "region", groups + clusters + (ingresses + 1 if ingresses else 0), region)
    endpoints = of_type(preview, "aws:ec2/vpcEndpoint:VpcEndpoint")
    yield Need(
        "L-1B52E74A", "region", sum(each.inputs.get("vpcEndpointType") == "Gateway" for each in endpoints), region
    )


def _zone(subnet: Resource) -> str:
    return text(subnet.inputs.get("availabilityZone")) or text(subnet.inputs.get("availabilityZoneId"))


def _services(preview: Preview, region: str) -> Iterator[Need]:
    for code, type_ in _COUNTED:
        yield Need(code, "region", len(of_type(preview, type_)), region)
    per_cluster = Counter[str]()
    for group in of_type(preview, "aws:eks/nodeGroup:NodeGroup"):
        name = text(group.inputs.get("clusterName")) or "the cluster"
        per_cluster[name] += 1
    for name, count in sorted(per_cluster.items()):
        yield Need("L-6D54EA21", "cluster", count, f"cluster {name}")
    caches = of_type(preview, "aws:elasticache/replicationGroup:ReplicationGroup")
    yield Need("L-DFE45DF3", "region", sum(number(each.inputs.get("numCacheClusters")) for each in caches), region)
    for code, type_ in (("L-FE177D64", "aws:iam/role:Role"), ("L-6E65F664", "aws:iam/instanceProfile:InstanceProfile")):
        yield Need(code, "account", len(of_type(preview, type_)), "the account")
