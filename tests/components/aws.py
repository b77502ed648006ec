"""The targets on one AWS machine, recorded, and plans to record."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
from hypothesis import strategies as st

from components.aws.docker_compose import DockerCompose
from components.aws.install_script import InstallScript
from components.aws.machine_image import MachineImage
from components.aws.single_node import SingleNode
from recommender.host import HostPlan, Software
from recommender.plan import Access, ExistingNetwork, NewNetwork, SingleNodePlan, Target
from stacks.preview import Resource
from tests.components.hosts import SOFTWARE, host
from tests.plans import aws_plan
from tests.recording import Recording, record

KEY = "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c-0b0a-0908-0706-050403020100"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0f0e0d0c-0b0a-0908-0706-050403020100"
TOPIC = "arn:aws:sns:us-east-1:123456789012:on-call"
EXISTING = ExistingNetwork(
    network="vpc-0a", machine_subnet="subnet-0a", edge_subnets=("subnet-0b", "subnet-0c"), machine_has_nat=True
)
WITHOUT_NAT = NewNetwork(
    cidr="10.40.0.0/16",
    machine_cidr="10.40.0.0/24",
    edge_cidrs=("10.40.1.0/24", "10.40.2.0/24"),
    edge_zones=("us-east-1a", "us-east-1b"),
    nat=False,
)
WITHOUT_EDGE = replace(WITHOUT_NAT, edge_cidrs=(), edge_zones=())
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:acme/"
TARGETS: Mapping[Target, type[SingleNode]] = {
    "machine-image": MachineImage,
    "install-script": InstallScript,
    "docker-compose": DockerCompose,
}


def software(target: Software, secrets: str | None = SECRET, **changes: Any) -> SingleNodePlan:
    """The production plan for a target that installs itself, its secrets below `secrets`; None: it has none."""
    return on_stock_image(production(**{"target": target, "host": aws_host(target, secrets)} | changes))


def aws_host(target: Software, secrets: str | None = SECRET) -> HostPlan:
    """What the machine of the production plan installs."""
    return host(target, "aws", secrets, region="us-east-1", zone="us-east-1a")


def on_stock_image(plan: SingleNodePlan) -> SingleNodePlan:
    """The same plan on Amazon Linux."""
    return replace(plan, image=replace(plan.image, stock=True))


def production(**changes: Any) -> SingleNodePlan:
    """A load balancer on the internet, our own network with NAT, everything kept."""
    return aws_plan(**changes)


def poc(**changes: Any) -> SingleNodePlan:
    """No domain, no NAT, no alarms, nothing kept."""
    plan = aws_plan(
        stage="poc",
        disposable=True,
        access=None,
        snapshots=None,
        alarms=None,
        deletion_protection=False,
        network=WITHOUT_EDGE,
    )
    return replace(plan, data_disk=replace(plan.data_disk, keep=False), **changes)


def access(**changes: Any) -> Access:
    """The production plan's way in, changed."""
    given = aws_plan().access
    assert given is not None
    return replace(given, **changes)


@functools.cache
def record_machine(plan: SingleNodePlan, *, preview: bool = False) -> Recording:
    """What the plan's target registers under an explicit provider."""

    def program() -> None:
        provider = aws.Provider("aws", region=plan.region)
        TARGETS[plan.target](
            plan.name,
            {"plan": plan, "user_data_base64": "IyEvYmluL3NoCg=="},
            pulumi.ResourceOptions(providers={"aws": provider}),
        )

    return record(program, preview=preview, computed=_computed)


def _computed(type_: str, name: str, _inputs: Mapping[str, object]) -> Mapping[str, object]:
    match type_:
        case "aws:acm/certificate:Certificate":
            record_ = {
                "resourceRecordName": "_x.sourcegraph.acme.example.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "_y.acm-validations.aws.",
            }
            return {"domainValidationOptions": [record_]}
        case "aws:lb/loadBalancer:LoadBalancer" | "aws:lb/targetGroup:TargetGroup":
            return {"arnSuffix": f"suffix/{type_.rpartition(':')[2]}"}
        case "aws:route53/record:Record":
            return {"fqdn": "_x.sourcegraph.acme.example"}
        case "aws:iam/role:Role" | "aws:iam/instanceProfile:InstanceProfile":
            return {"name": f"{name}-1a2b3c4"}
        case _:
            return {}


def in_cloud(recording: Recording) -> list[Resource]:
    """Everything that will exist in AWS."""
    return [resource for resource in recording.resources if resource.type.startswith("aws:")]


def plans() -> st.SearchStrategy[SingleNodePlan]:
    """Every shape that the AWS components have a branch for."""
    base = aws_plan()
    assert isinstance(base.network, NewNetwork)
    assert base.alarms is not None
    domain = st.builds(
        access,
        scheme=st.sampled_from(["internal", "internet-facing"]),
        allowed_cidrs=st.sampled_from([("0.0.0.0/0",), ("10.0.0.0/8", "172.16.0.0/12")]),
        certificate=st.sampled_from([None, CERTIFICATE]),
        dns_zone=st.sampled_from([None, "Z0123456789ABCDEFGHIJ"]),
        blocked_paths=st.sampled_from([(), ("/.executors",), ("/.executors", "/-/debug")]),
    )
    targets: list[tuple[Target, HostPlan | None]] = [("machine-image", None)]
    targets += [(each, aws_host(each, secrets)) for each in SOFTWARE for secrets in (SECRET, None)]

    def build(target: tuple[Target, HostPlan | None], **changes: Any) -> SingleNodePlan:
        return aws_plan(target=target[0], host=target[1], **changes)

    return st.builds(
        build,
        target=st.sampled_from(targets),
        name=st.sampled_from(["acme", "a" * 32, "abcd-efgh"]),
        stage=st.sampled_from(["poc", "trial", "production"]),
        disposable=st.booleans(),
        roll_image=st.booleans(),
        data_disk=st.builds(replace, st.just(base.data_disk), keep=st.booleans()),
        network=st.sampled_from([base.network, WITHOUT_NAT, EXISTING, replace(EXISTING, machine_has_nat=False)]),
        access=st.none() | domain,
        kms_key=st.sampled_from([None, KEY]),
        snapshots=st.sampled_from([None, base.snapshots]),
        alarms=st.sampled_from(
            [None, base.alarms, replace(base.alarms, email=None), replace(base.alarms, notify=TOPIC)]
        ),
        deletion_protection=st.booleans(),
    )
