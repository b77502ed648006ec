"""Clusters on AWS, recorded, and plans to record."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws.kubernetes.cluster import Cluster
from recommender.kubernetes.plan import ClusterPlan
from stacks.preview import Resource
from tests.kubernetes.plans import ALL_SERVICES, NO_SERVICES, cluster_plan, existing_network, new_network
from tests.recording import Recording, record

KEY = "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c-0b0a-0908-0706-050403020100"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0f0e0d0c-0b0a-0908-0706-050403020100"
OWN_KEY = "arn:aws:kms:us-east-1:123456789012:acme-key"
ISSUER = "oidc.eks.us-east-1.amazonaws.com/id/0A1B2C"
TOKEN = "planted-token-of-"
"""Begins every password that the recording invents."""
RECORD = {"name": "_x.sourcegraph.acme.example.", "type": "CNAME", "value": "_y.acm-validations.aws."}

DATABASE = "aws:rds/instance:Instance"
REDIS = "aws:elasticache/replicationGroup:ReplicationGroup"
BUCKET = "aws:s3/bucket:Bucket"
CLUSTER = "aws:eks/cluster:Cluster"
KMS_KEY = "aws:kms/key:Key"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ADDON = "aws:eks/addon:Addon"
ROLE = "aws:iam/role:Role"


def production(**changes: Any) -> ClusterPlan:
    """Own network, one gateway a zone, all managed services, everything kept."""
    return cluster_plan("aws", **changes)


def poc(**changes: Any) -> ClusterPlan:
    """One gateway, nothing managed, nothing kept, no domain."""
    plan = production(
        stage="poc",
        disposable=True,
        network=replace(new_network("aws"), nat="one"),
        managed=replace(NO_SERVICES, keep=False),
        identities=(),
        secret_references=(),
        domain=None,
        dns_zone=None,
        allowed_cidrs=(),
        volume_backups=None,
        deletion_protection=False,
    )
    return replace(plan, **changes)


@functools.cache
def record_cluster(plan: ClusterPlan, *, preview: bool = False) -> Recording:
    """What a plan registers under an explicit provider, with the cluster's attributes exported."""

    def program() -> None:
        provider = aws.Provider("aws", region=plan.region)
        cluster = Cluster(plan.name, {"plan": plan}, pulumi.ResourceOptions(providers={"aws": provider}))
        for attribute in (
            "kubeconfig",
            "endpoint",
            "cluster_name",
            "network_id",
            "outbound_ips",
            "certificate",
            "certificate_validation_records",
            "address",
            "bucket",
            "hosts",
            "secrets",
            "roles",
            "kms_key",
            "next_steps",
        ):
            pulumi.export(attribute, getattr(cluster, attribute))

    return record(program, preview=preview, computed=_computed)


def _computed(type_: str, name: str, inputs: Mapping[str, Any]) -> Mapping[str, object]:
    match type_:
        case "aws:acm/certificate:Certificate":
            of_aws = {f"resourceRecord{key.capitalize()}": value for key, value in RECORD.items()}
            return {"domainValidationOptions": [of_aws]}
        case "aws:route53/record:Record":
            return {"fqdn": "_x.sourcegraph.acme.example"}
        case "aws:iam/role:Role" | "aws:rds/parameterGroup:ParameterGroup" | "aws:elasticache/subnetGroup:SubnetGroup":
            return {"name": f"{name}-1a2b3c4"}
        case "aws:eks/cluster:Cluster":
            return {
                "endpoint": "https://0A1B2C.gr7.us-east-1.eks.amazonaws.com",
                "certificateAuthority": {"data": "LS0tLS1CRUdJTg=="},
                "identities": [{"oidcs": [{"issuer": f"https://{ISSUER}"}]}],
                "vpcConfig": {**inputs["vpcConfig"], "clusterSecurityGroupId": "sg-cluster"},
            }
        case "aws:ec2/launchTemplate:LaunchTemplate":
            return {"latestVersion": 3}
        case "aws:rds/instance:Instance":
            arn = f"arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!{name}-1A2b3C"
            return {"address": f"{name}.rds.amazonaws.com", "masterUserSecrets": [{"secretArn": arn}]}
        case "aws:elasticache/replicationGroup:ReplicationGroup":
            return {"primaryEndpointAddress": f"{name}.cache.amazonaws.com"}
        case "aws:secretsmanager/secretVersion:SecretVersion":
            return {"secretArn": f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-1A2b3C"}
        case "aws:s3/bucket:Bucket":
            return {"bucket": f"{name}-1a2b3c4"}
        case "random:index/randomPassword:RandomPassword":
            return {"result": f"{TOKEN}{name}"}
        case "random:index/randomId:RandomId":
            return {"hex": "0a1b2c3d"}
        case _:
            return {}


def in_cloud(recording: Recording) -> list[Resource]:
    """Everything that will exist in AWS."""
    return [resource for resource in recording.resources if resource.type.startswith("aws:")]


def statements(recording: Recording, name: str, token: str = "aws:iam/rolePolicy:RolePolicy") -> list[dict[str, Any]]:
    """What the policy of this logical name says."""
    policy = recording.named(name, token).inputs["assumeRolePolicy" if token == ROLE else "policy"]
    assert isinstance(policy, str)
    return json.loads(policy)["Statement"]


def _plans() -> tuple[ClusterPlan, ...]:
    existing = existing_network("aws")
    identities = production().identities
    without_objects = tuple(each for each in identities if each.purpose != "object-storage")
    long, doubled = "a" * 32, "ab--c"
    return (
        production(),
        poc(),
        poc(managed=replace(ALL_SERVICES, keep=False, high_availability=False), identities=identities, name=doubled),
        production(network=existing, kms_key=KEY, name=long, certificate=CERTIFICATE),
        production(network=replace(existing, edge_subnets=()), managed=NO_SERVICES, identities=without_objects),
        production(managed=replace(ALL_SERVICES, databases=()), dns_zone=None, admins=(), api_cidrs=()),
        production(managed=replace(ALL_SERVICES, redis=()), volume_backups=None, secret_references=(), name=long),
        production(
            disposable=True, kms_key=KEY, managed=replace(ALL_SERVICES, bucket=False), identities=without_objects
        ),
    )


PLANS = _plans()
"""Together they take every branch that the components have. Recordings are kept, so each is made once a mode."""
