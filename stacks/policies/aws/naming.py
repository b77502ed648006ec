"""AWS: names that AWS takes, and tags by which people find what belongs together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from stacks.policies.aws.parts import (
    BUCKET,
    CLUSTER,
    DATABASE,
    INSTANCE,
    KEY,
    LAUNCH_TEMPLATE,
    LOAD_BALANCER,
    REDIS,
    SECURITY_GROUP,
    SNAPSHOT_POLICY,
    SUBNET,
    VOLUME,
    VPC,
)
from stacks.policies.inputs import at, blocks, breach, given, hidden, said, tags
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import ours, vendor
from stacks.preview import Resource

_GENERATED: Final = 8
"""What Pulumi adds to a logical name: a hyphen and seven random digits."""


class _Name(NamedTuple):
    """What a service takes for a name."""

    type: str
    input: str
    most: int
    pattern: str = ".+"
    generated: bool = False
    """Whether Pulumi makes one of the logical name, where none is given."""


_HYPHENATED: Final = r"[a-z](-?[a-z0-9])*"
_NAMES: Final = (
    _Name(DATABASE, "identifier", 63, _HYPHENATED),
    _Name(REDIS, "replicationGroupId", 40, _HYPHENATED),
    _Name(CLUSTER, "name", 100, r"[0-9A-Za-z][A-Za-z0-9_-]*"),
    _Name(BUCKET, "bucket", 63, r"[a-z0-9][a-z0-9.-]*[a-z0-9]", generated=True),
    _Name(LOAD_BALANCER, "name", 32, r"(?!internal-)[A-Za-z0-9](-?[A-Za-z0-9])*"),
    _Name(LOAD_BALANCER, "namePrefix", 6),
    _Name("aws:lb/targetGroup:TargetGroup", "name", 32, r"[A-Za-z0-9](-?[A-Za-z0-9])*"),
    _Name("aws:lb/targetGroup:TargetGroup", "namePrefix", 6),
    _Name("aws:eks/nodeGroup:NodeGroup", "nodeGroupNamePrefix", 37),
    _Name("aws:iam/role:Role", "name", 64, r"[\w+=,.@-]+", generated=True),
    _Name("aws:iam/instanceProfile:InstanceProfile", "name", 128, r"[\w+=,.@-]+", generated=True),
    _Name("aws:iam/rolePolicy:RolePolicy", "name", 128, r"[\w+=,.@-]+", generated=True),
    _Name(LAUNCH_TEMPLATE, "name", 128, r"[a-zA-Z0-9().\-/_]+", generated=True),
    _Name("aws:sns/topic:Topic", "name", 256, r"[A-Za-z0-9_-]+", generated=True),
    _Name("aws:cloudwatch/logGroup:LogGroup", "name", 512, r"[.\-_/#A-Za-z0-9]+", generated=True),
    _Name(SECURITY_GROUP, "name", 255, generated=True),
)
_TAGGABLE: Final = (
    "aws:acm/certificate:Certificate",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    SNAPSHOT_POLICY,
    VOLUME,
    "aws:ec2/eip:Eip",
    "aws:ec2/flowLog:FlowLog",
    INSTANCE,
    "aws:ec2/internetGateway:InternetGateway",
    LAUNCH_TEMPLATE,
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/routeTable:RouteTable",
    SECURITY_GROUP,
    SUBNET,
    VPC,
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    CLUSTER,
    "aws:eks/addon:Addon",
    "aws:eks/nodeGroup:NodeGroup",
    "aws:elasticache/parameterGroup:ParameterGroup",
    REDIS,
    "aws:elasticache/subnetGroup:SubnetGroup",
    "aws:iam/instanceProfile:InstanceProfile",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "aws:iam/role:Role",
    KEY,
    "aws:lb/listener:Listener",
    LOAD_BALANCER,
    "aws:lb/targetGroup:TargetGroup",
    DATABASE,
    "aws:rds/parameterGroup:ParameterGroup",
    "aws:rds/subnetGroup:SubnetGroup",
    BUCKET,
    "aws:secretsmanager/secret:Secret",
    "aws:sns/topic:Topic",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)
_TAGS: Final = ("moorage:name", "moorage:stage")


def _names(scope: Scope) -> Iterator[Breach]:
    for rule in _NAMES:
        for resource in scope.of_type(rule.type):
            name, spare = resource.inputs.get(rule.input), 0
            if rule.generated and name is None and not given(resource.inputs.get("namePrefix")):
                name, spare = resource.name, _GENERATED
            if not isinstance(name, str):
                continue
            if len(name) + spare > rule.most:
                message = f"{said(name)} has {len(name) + spare} characters; AWS takes {rule.most}."
                yield breach(resource, message, rule.input)
            elif not re.fullmatch(rule.pattern, name):
                yield breach(resource, f"AWS does not take {said(name)}.", rule.input)


def _without_tags(scope: Scope) -> Iterator[Breach]:
    for resource in scope.of_type(*_TAGGABLE):
        if hidden(resource.inputs.get("tags")):
            continue
        missing = [tag for tag in _TAGS if not given(tags(resource).get(tag))]
        if missing:
            yield breach(resource, f"Missing: {', '.join(missing)}.", "tags")
        else:
            yield from _of_another_stage(scope, resource)


def _of_another_stage(scope: Scope, resource: Resource) -> Iterator[Breach]:
    stage = tags(resource).get("moorage:stage")
    if scope.stage and not hidden(stage) and stage != scope.stage:
        yield breach(resource, f"moorage:stage is {said(stage)}, the profile's stage {scope.stage}.", "tags")


def _disks_without_tags(scope: Scope) -> Iterator[Breach]:
    for machine in scope.of_type(INSTANCE):
        root = machine.inputs.get("rootBlockDevice")
        found = at(root, "tags")
        if given(root) and not hidden(found) and at(found, "moorage:name") is None:
            yield breach(machine, "The root disk has no tag moorage:name.", "rootBlockDevice.tags")
    for template in scope.of_type(LAUNCH_TEMPLATE):
        specifications = template.inputs.get("tagSpecifications")
        covered = [block.get("resourceType") for _, block in blocks(specifications) if _is_tagged(block)]
        missing = [kind for kind in ("instance", "volume") if kind not in covered]
        if missing and not hidden(specifications):
            yield breach(template, f"Made without tags: {', '.join(missing)}.", "tagSpecifications")


def _is_tagged(block: object) -> bool:
    found = at(block, "tags")
    return hidden(found) or at(found, "moorage:name") is not None


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "AWS-NAME-VALID",
        "error",
        "Names have the length and the characters that the service takes",
        "AWS refuses others only in the middle of a deployment.",
        "Give the profile a shorter `name`.",
        vendor("naming constraints of each service's API reference, as botocore states them, unverified"),
        _names,
    ),
    Policy(
        "AWS-TAGGED",
        "error",
        "Everything carries the profile's name and stage as tags",
        "By them people find what belongs together, and what it costs.",
        "Pass the plan's tags on; `deployment.tags` adds your own.",
        ours("adr/0007-machine-image-on-aws.md"),
        _without_tags,
    ),
    Policy(
        "AWS-DISKS-TAGGED",
        "warning",
        "Disks and machines that AWS makes along carry tags too",
        "They are in no stack; without tags nobody knows whose they are.",
        "Set `rootBlockDevice.tags`, and `tagSpecifications` for instance and volume.",
        ours("adr/0007-machine-image-on-aws.md"),
        _disks_without_tags,
    ),
)
