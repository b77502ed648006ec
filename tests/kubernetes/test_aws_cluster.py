"""What holds for a whole cluster on AWS, whatever the plan."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi_aws as aws
import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from recommender.kubernetes.plan import ClusterPlan, NewClusterNetwork
from stacks.preview import Resource
from tests.kubernetes.aws import (
    BUCKET,
    CERTIFICATE,
    CLUSTER,
    DATABASE,
    KEY,
    KMS_KEY,
    LOG_GROUP,
    OWN_KEY,
    PLANS,
    RECORD,
    REDIS,
    ROLE,
    TOKEN,
    in_cloud,
    poc,
    production,
    record_cluster,
)
from tests.kubernetes.plans import NO_SERVICES, existing_network

PRODUCTION_NAMES = """
moorage:aws:Cluster acme
aws:iam/role:Role acme-control-plane
aws:kms/key:Key acme-key
moorage:aws:ClusterNetwork acme-network
aws:ec2/vpc:Vpc acme-network
aws:ec2/defaultSecurityGroup:DefaultSecurityGroup acme-network
aws:ec2/internetGateway:InternetGateway acme-network
aws:ec2/routeTable:RouteTable acme-network-public
aws:ec2/route:Route acme-network-public
aws:ec2/subnet:Subnet acme-network-edge-us-east-1a
aws:ec2/routeTableAssociation:RouteTableAssociation acme-network-edge-us-east-1a
aws:ec2/subnet:Subnet acme-network-edge-us-east-1b
aws:ec2/routeTableAssociation:RouteTableAssociation acme-network-edge-us-east-1b
aws:ec2/subnet:Subnet acme-network-edge-us-east-1c
aws:ec2/routeTableAssociation:RouteTableAssociation acme-network-edge-us-east-1c
aws:ec2/routeTable:RouteTable acme-network-node-us-east-1a
aws:ec2/routeTable:RouteTable acme-network-node-us-east-1b
aws:ec2/routeTable:RouteTable acme-network-node-us-east-1c
aws:ec2/subnet:Subnet acme-network-node-us-east-1a
aws:ec2/routeTableAssociation:RouteTableAssociation acme-network-node-us-east-1a
aws:ec2/subnet:Subnet acme-network-node-us-east-1b
aws:ec2/routeTableAssociation:RouteTableAssociation acme-network-node-us-east-1b
aws:ec2/subnet:Subnet acme-network-node-us-east-1c
aws:ec2/routeTableAssociation:RouteTableAssociation acme-network-node-us-east-1c
aws:ec2/eip:Eip acme-network-nat-us-east-1a
aws:ec2/natGateway:NatGateway acme-network-nat-us-east-1a
aws:ec2/eip:Eip acme-network-nat-us-east-1b
aws:ec2/natGateway:NatGateway acme-network-nat-us-east-1b
aws:ec2/eip:Eip acme-network-nat-us-east-1c
aws:ec2/natGateway:NatGateway acme-network-nat-us-east-1c
aws:ec2/route:Route acme-network-node-us-east-1a
aws:ec2/route:Route acme-network-node-us-east-1b
aws:ec2/route:Route acme-network-node-us-east-1c
aws:ec2/vpcEndpoint:VpcEndpoint acme-network-s3
moorage:aws:FlowLogs acme-network-flow-logs
aws:cloudwatch/logGroup:LogGroup acme-network-flow-logs
aws:iam/role:Role acme-network-flow-logs
aws:iam/rolePolicy:RolePolicy acme-network-flow-logs-write
aws:ec2/flowLog:FlowLog acme-network-flow-logs
moorage:aws:ControlPlane acme-control-plane
aws:cloudwatch/logGroup:LogGroup acme-control-plane
aws:iam/rolePolicyAttachment:RolePolicyAttachment acme-control-plane
aws:iam/rolePolicy:RolePolicy acme-control-plane-key
aws:eks/cluster:Cluster acme-control-plane
moorage:aws:ManagedServices acme-managed
random:index/randomId:RandomId acme-managed-last
moorage:aws:Databases acme-managed-postgres
aws:ec2/securityGroup:SecurityGroup acme-managed-postgres
aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule acme-managed-postgres
aws:rds/subnetGroup:SubnetGroup acme-managed-postgres
aws:rds/parameterGroup:ParameterGroup acme-managed-postgres
aws:cloudwatch/logGroup:LogGroup acme-managed-postgres-codeinsights
aws:rds/instance:Instance acme-managed-postgres-codeinsights
aws:cloudwatch/logGroup:LogGroup acme-managed-postgres-codeintel
aws:rds/instance:Instance acme-managed-postgres-codeintel
aws:cloudwatch/logGroup:LogGroup acme-managed-postgres-pgsql
aws:rds/instance:Instance acme-managed-postgres-pgsql
aws:secretsmanager/secretRotation:SecretRotation acme-managed-postgres-codeinsights
aws:secretsmanager/secretRotation:SecretRotation acme-managed-postgres-codeintel
aws:secretsmanager/secretRotation:SecretRotation acme-managed-postgres-pgsql
moorage:aws:Caches acme-managed-redis
aws:ec2/securityGroup:SecurityGroup acme-managed-redis
aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule acme-managed-redis
aws:elasticache/subnetGroup:SubnetGroup acme-managed-redis
random:index/randomPassword:RandomPassword acme-managed-redis-cache
aws:elasticache/parameterGroup:ParameterGroup acme-managed-redis-cache
aws:elasticache/replicationGroup:ReplicationGroup acme-managed-redis-cache
aws:secretsmanager/secret:Secret acme-managed-redis-cache
aws:secretsmanager/secretVersion:SecretVersion acme-managed-redis-cache
random:index/randomPassword:RandomPassword acme-managed-redis-store
aws:elasticache/parameterGroup:ParameterGroup acme-managed-redis-store
aws:elasticache/replicationGroup:ReplicationGroup acme-managed-redis-store
aws:secretsmanager/secret:Secret acme-managed-redis-store
aws:secretsmanager/secretVersion:SecretVersion acme-managed-redis-store
moorage:aws:ObjectStorage acme-managed-storage
aws:s3/bucket:Bucket acme-managed-storage
aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock acme-managed-storage
aws:s3/bucketPolicy:BucketPolicy acme-managed-storage
aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration acme-managed-storage
aws:s3/bucketVersioning:BucketVersioning acme-managed-storage
aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration acme-managed-storage
moorage:aws:Access acme-access
aws:eks/accessEntry:AccessEntry acme-access-platform-e680b0ff
aws:eks/accessPolicyAssociation:AccessPolicyAssociation acme-access-platform-e680b0ff
moorage:aws:Identities acme-pods
moorage:aws:PodRole acme-pods-autoscaler
aws:iam/role:Role acme-pods-autoscaler
aws:iam/rolePolicy:RolePolicy acme-pods-autoscaler-groups
aws:eks/podIdentityAssociation:PodIdentityAssociation acme-pods-autoscaler-cluster-autoscaler
moorage:aws:PodRole acme-pods-external-secrets
aws:iam/role:Role acme-pods-external-secrets
aws:iam/rolePolicy:RolePolicy acme-pods-external-secrets-given
aws:iam/rolePolicy:RolePolicy acme-pods-external-secrets-managed
aws:eks/podIdentityAssociation:PodIdentityAssociation acme-pods-external-secrets-external-secrets
moorage:aws:PodRole acme-pods-load-balancer
aws:iam/role:Role acme-pods-load-balancer
aws:iam/rolePolicy:RolePolicy acme-pods-load-balancer-controller
aws:eks/podIdentityAssociation:PodIdentityAssociation acme-pods-load-balancer-aws-load-balancer-controller
aws:iam/openIdConnectProvider:OpenIdConnectProvider acme-pods-issuer
moorage:aws:PodRole acme-pods-object-storage
aws:iam/role:Role acme-pods-object-storage
aws:iam/rolePolicy:RolePolicy acme-pods-object-storage-bucket
aws:iam/rolePolicy:RolePolicy acme-pods-object-storage-key
aws:eks/addon:Addon acme-addon-eks-pod-identity-agent
aws:eks/addon:Addon acme-addon-kube-proxy
moorage:aws:PodRole acme-pods-cni
aws:iam/role:Role acme-pods-cni
aws:iam/rolePolicyAttachment:RolePolicyAttachment acme-pods-cni-AmazonEKS_CNI_Policy
aws:eks/addon:Addon acme-addon-vpc-cni
moorage:aws:NodeGroups acme-nodes
aws:iam/role:Role acme-nodes
aws:iam/rolePolicyAttachment:RolePolicyAttachment acme-nodes-AmazonEKSWorkerNodePolicy
aws:iam/rolePolicyAttachment:RolePolicyAttachment acme-nodes-AmazonEC2ContainerRegistryPullOnly
aws:ec2/launchTemplate:LaunchTemplate acme-nodes
aws:eks/nodeGroup:NodeGroup acme-nodes-us-east-1a
aws:eks/nodeGroup:NodeGroup acme-nodes-us-east-1b
aws:eks/nodeGroup:NodeGroup acme-nodes-us-east-1c
moorage:aws:PodRole acme-pods-ebs-csi
aws:iam/role:Role acme-pods-ebs-csi
aws:iam/rolePolicyAttachment:RolePolicyAttachment acme-pods-ebs-csi-AmazonEBSCSIDriverEKSClusterScopedPolicy
aws:iam/rolePolicy:RolePolicy acme-pods-ebs-csi-key
aws:eks/addon:Addon acme-addon-aws-ebs-csi-driver
aws:eks/addon:Addon acme-addon-coredns
aws:eks/addon:Addon acme-addon-metrics-server
aws:eks/addon:Addon acme-addon-snapshot-controller
aws:iam/role:Role acme-snapshots
aws:iam/rolePolicyAttachment:RolePolicyAttachment acme-snapshots
aws:iam/rolePolicy:RolePolicy acme-snapshots-key
aws:dlm/lifecyclePolicy:LifecyclePolicy acme-snapshots
moorage:aws:Certificate acme-edge
aws:acm/certificate:Certificate acme-edge
aws:route53/record:Record acme-edge-validation
aws:acm/certificateValidation:CertificateValidation acme-edge
"""
"""Public API: a rename ships with an alias, or it deletes and creates somebody's resource."""

STATEFUL = (DATABASE, REDIS, BUCKET, KMS_KEY)
"""Types that hold what cannot be made again."""
LONGEST_ROLE = 64 - len("-1a2b3c4")
"""What is left of a role's 64 characters before the engine's own ending."""


every_plan = pytest.mark.parametrize("plan", PLANS)


def taggable(token: str) -> bool:
    module, _, class_name = token.removeprefix("aws:").rpartition(":")
    resource: Any = getattr(getattr(aws, module.partition("/")[0]), class_name)
    return "tags" in inspect.signature(resource._internal_init).parameters


def names(plan: ClusterPlan) -> list[str]:
    recording = record_cluster(plan)
    return [f"{type_} {name}" for type_, name in recording.names if not type_.startswith("pulumi:")]


def as_registered(resource: Resource) -> tuple[object, ...]:
    """What the engine would compare with an earlier run."""
    return resource.urn, resource.inputs, set(resource.depends_on), resource.protect, resource.ignore_changes


@every_plan
def test_every_plan_can_be_previewed_without_knowing_an_id(plan: ClusterPlan) -> None:
    known, unknown = record_cluster(plan), record_cluster(plan, preview=True)
    assert known.names == unknown.names
    for resource in known.resources:
        if resource.component:
            outputs = unknown.named(resource.name, resource.type).registered_outputs
            assert outputs.keys() >= resource.registered_outputs.keys()
            assert outputs, f"{resource.type} registers no outputs"


@every_plan
def test_whatever_holds_data_is_encrypted_and_kept_as_long_as_the_plan_says(plan: ClusterPlan) -> None:
    recording = record_cluster(plan)
    for resource in recording.resources:
        if resource.type not in STATEFUL:
            continue
        keep = not plan.disposable if resource.type == KMS_KEY else plan.managed.keep
        assert (resource.protect, resource.retain_on_delete) == (keep, keep), resource.urn
    [cluster] = recording.of_type(CLUSTER)
    assert cluster.protect is not plan.disposable
    assert cluster.inputs["deletionProtection"] is plan.deletion_protection
    for database in recording.of_type(DATABASE):
        assert database.inputs["storageEncrypted"] is True
        assert database.inputs["deletionProtection"] is plan.managed.keep
        assert database.inputs["skipFinalSnapshot"] is not plan.managed.keep
        assert ("finalSnapshotIdentifier" in database.inputs) is plan.managed.keep
    for redis in recording.of_type(REDIS):
        assert redis.inputs["atRestEncryptionEnabled"] is True
        assert redis.inputs["transitEncryptionEnabled"] is True


@every_plan
def test_one_key_encrypts_all_or_none_does(plan: ClusterPlan) -> None:
    recording = record_cluster(plan)
    own = recording.of_type(KMS_KEY)
    assert len(own) == (plan.kms_key is None and not plan.disposable)
    key = plan.kms_key or (f"arn:aws:kms:us-east-1:123456789012:{own[0].name}" if own else None)
    inputs: list[tuple[str, Any]] = [(resource.type, resource.inputs) for resource in recording.resources]
    for type_, given_ in inputs:
        match type_:
            case "aws:rds/instance:Instance":
                assert given_.get("kmsKeyId") == given_.get("masterUserSecretKmsKeyId") == key
                assert given_.get("performanceInsightsKmsKeyId") == key
            case "aws:elasticache/replicationGroup:ReplicationGroup" | "aws:secretsmanager/secret:Secret":
                assert given_.get("kmsKeyId") == key
            case "aws:eks/cluster:Cluster":
                expected = {"resources": ["secrets"], "provider": {"keyArn": key}} if key else None
                assert given_.get("encryptionConfig") == expected
            case "aws:ec2/launchTemplate:LaunchTemplate":
                [disk] = given_["blockDeviceMappings"]
                assert (disk["ebs"]["encrypted"], disk["ebs"].get("kmsKeyId")) == ("true", key)
            case _:
                pass


@every_plan
def test_no_plan_opens_a_port_to_the_world(plan: ClusterPlan) -> None:
    recording = record_cluster(plan)
    for resource in in_cloud(recording):
        assert "ingress" not in resource.inputs, "an inline rule would escape this test"
    rules: list[Any] = [
        rule.inputs for rule in recording.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    ]
    for rule in rules:
        assert rule["referencedSecurityGroupId"] == "sg-cluster"
        assert rule["fromPort"] == rule["toPort"] in (5432, 6379)
    [cluster] = recording.of_type(CLUSTER)
    network: Any = cluster.inputs["vpcConfig"]
    assert network["endpointPrivateAccess"] is True
    assert network["endpointPublicAccess"] is bool(plan.api_cidrs)
    assert tuple(network.get("publicAccessCidrs") or ()) == plan.api_cidrs, (
        "AWS takes the whole world for an absent list"
    )


@every_plan
def test_generated_names_fit_where_aws_allows_few_characters(plan: ClusterPlan) -> None:
    recording = record_cluster(plan)
    for role in recording.of_type(ROLE):
        assert len(role.name) <= LONGEST_ROLE, role.name
    for redis in recording.of_type(REDIS):
        identifier = redis.inputs["replicationGroupId"]
        assert isinstance(identifier, str)
        assert len(identifier) <= 40
        assert "--" not in identifier
    for group in recording.of_type("aws:eks/nodeGroup:NodeGroup"):
        prefix = group.inputs["nodeGroupNamePrefix"]
        assert isinstance(prefix, str)
        assert len(prefix) <= 63 - 26, "the provider's own ending"
    for token in ("aws:rds/parameterGroup:ParameterGroup", "aws:elasticache/parameterGroup:ParameterGroup", DATABASE):
        for resource in recording.of_type(token):
            assert "--" not in resource.name
            assert "--" not in str(resource.inputs.get("identifier"))


def mixed(plan: ClusterPlan, mix: Callable[[Any], Any]) -> ClusterPlan:
    """The same plan, every list in it in another order."""
    network, managed = plan.network, plan.managed
    return replace(
        plan,
        admins=mix(plan.admins),
        api_cidrs=mix(plan.api_cidrs),
        addons=mix(plan.addons),
        identities=mix(tuple(replace(each, service_accounts=mix(each.service_accounts)) for each in plan.identities)),
        secret_references=mix(plan.secret_references),
        nodes=replace(plan.nodes, groups=mix(plan.nodes.groups)),
        managed=replace(managed, databases=mix(managed.databases), redis=mix(managed.redis)),
        network=replace(network, zones=mix(network.zones))
        if isinstance(network, NewClusterNetwork)
        else replace(network, node_subnets=mix(network.node_subnets), edge_subnets=mix(network.edge_subnets)),
    )


@pytest.mark.parametrize("network", [production().network, existing_network("aws")], ids=["new", "existing"])
@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(data=st.data())
def test_the_order_of_a_list_changes_nothing(network: Any, data: st.DataObject) -> None:
    plan = production(
        network=network,
        admins=tuple(f"arn:aws:iam::123456789012:role/{team}/admin" for team in ("a", "b", "c")),
        api_cidrs=("192.0.2.0/24", "198.51.100.0/24"),
        secret_references=tuple(f"arn:aws:secretsmanager:us-east-1:123456789012:secret:acme/{name}" for name in "xyz"),
    )
    shuffled = mixed(plan, lambda items: tuple(data.draw(st.permutations(items))))
    before, after = record_cluster(plan), record_cluster(shuffled)
    assert [as_registered(each) for each in after.resources] == [as_registered(each) for each in before.resources]
    assert after.outputs == before.outputs


def test_the_same_person_twice_is_one_administrator() -> None:
    once, twice = production(), production(admins=production().admins * 2)
    assert record_cluster(twice).names == record_cluster(once).names


@pytest.mark.parametrize("plan", [production(), poc(), production(network=existing_network("aws"), kms_key=KEY)])
def test_whatever_can_have_tags_has_them(plan: ClusterPlan) -> None:
    for resource in in_cloud(record_cluster(plan)):
        if taggable(resource.type):
            tags: Any = resource.inputs["tags"]
            assert {**dict(plan.tags), "Name": tags["Name"]}.items() <= tags.items(), resource.urn
            assert tags["Name"].startswith(plan.name)


def test_logical_names_are_public_api() -> None:
    assert names(production()) == PRODUCTION_NAMES.split("\n")[1:-1]


def test_logical_names_follow_the_component_name() -> None:
    renamed = [line.replace(" other", " acme", 1) for line in names(production(name="other"))]
    assert renamed == names(production())


def test_everything_is_created_by_the_provider_that_was_given() -> None:
    recording = record_cluster(production())
    [provider] = recording.of_type("pulumi:providers:aws")
    assert {resource.provider for resource in in_cloud(recording)} == {provider.urn}


def test_every_resource_belongs_to_the_cluster() -> None:
    recording = record_cluster(production())
    roots = {resource.urn for resource in recording.resources if resource.parent is None}
    assert roots == {recording.named("acme").urn, recording.named("aws").urn}


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("plan", [production(), production(kms_key=KEY, network=existing_network("aws"))])
def test_a_password_is_never_in_the_clear(plan: ClusterPlan, preview: bool) -> None:
    recording = record_cluster(plan, preview=preview)
    shown = json.dumps([[each.inputs, each.registered_outputs] for each in recording.resources]) + json.dumps(
        recording.outputs
    )
    assert TOKEN not in shown
    for redis in recording.of_type(REDIS):
        assert redis.inputs["authToken"] == {"secret": True}
    for version in recording.of_type("aws:secretsmanager/secretVersion:SecretVersion"):
        assert version.inputs["secretString"] == {"secret": True}
    for database in recording.of_type(DATABASE):
        assert database.inputs["manageMasterUserPassword"] is True
        assert not {"password", "passwordWo"} & database.inputs.keys()


def test_the_kubeconfig_asks_for_a_token_and_holds_none() -> None:
    config: Any = yaml.safe_load(record_cluster(production()).outputs["kubeconfig"])
    assert config["clusters"][0]["cluster"] == {
        "server": "https://0A1B2C.gr7.us-east-1.eks.amazonaws.com",
        "certificate-authority-data": "LS0tLS1CRUdJTg==",
    }
    [user] = config["users"]
    assert user["user"].keys() == {"exec"}
    assert user["user"]["exec"]["args"][:4] == ["eks", "get-token", "--cluster-name", "acme"]
    assert config["current-context"] == config["contexts"][0]["name"]


def test_the_outputs_are_those_that_the_application_reads() -> None:
    outputs = record_cluster(production()).outputs
    assert outputs["hosts"].keys() == {"pgsql", "codeintel", "codeinsights"}
    assert outputs["secrets"].keys() == {
        "pgsql-password",
        "codeintel-password",
        "codeinsights-password",
        "redis-cache-endpoint",
        "redis-store-endpoint",
    }
    assert outputs["bucket"] == "acme-managed-storage-1a2b3c4"
    assert outputs["network_id"] == "acme-network-id"
    assert len(outputs["outbound_ips"]) == 3
    assert outputs["certificate"] == "arn:aws:acm:us-east-1:123456789012:acme-edge"
    assert outputs["certificate_validation_records"] == []
    assert outputs.get("address") is None
    assert outputs["kms_key"] == OWN_KEY
    assert record_cluster(production(kms_key=KEY)).outputs["kms_key"] == KEY


def test_a_cluster_without_anything_managed_says_so() -> None:
    outputs = record_cluster(poc()).outputs
    assert (outputs["hosts"], outputs["secrets"], outputs["roles"]) == ({}, {}, {})
    assert outputs.get("bucket") is outputs.get("kms_key") is None
    assert outputs.get("certificate") is None
    assert len(outputs["outbound_ips"]) == 1


def test_a_given_certificate_is_passed_on() -> None:
    recording = record_cluster(production(certificate=CERTIFICATE))
    assert recording.outputs["certificate"] == CERTIFICATE
    assert not [name for token, name in recording.names if token.startswith("aws:acm/")]


def test_without_a_zone_the_outputs_name_the_record_that_a_person_must_create() -> None:
    outputs = record_cluster(production(dns_zone=None)).outputs
    assert outputs["certificate_validation_records"] == [RECORD]


def test_a_poc_pays_for_nothing_that_it_does_not_need() -> None:
    recording = record_cluster(poc())
    types = {resource.type for resource in recording.resources}
    for absent in (
        *STATEFUL,
        "aws:ec2/flowLog:FlowLog",
        "aws:dlm/lifecyclePolicy:LifecyclePolicy",
        "random:index/randomId:RandomId",
    ):
        assert absent not in types
    assert len(recording.of_type("aws:ec2/natGateway:NatGateway")) == 1
    assert not [resource.urn for resource in recording.resources if resource.protect]


def test_logs_have_a_place_and_an_end_before_anything_writes_them() -> None:
    recording = record_cluster(production())
    groups = {group.inputs["name"]: group for group in recording.of_type(LOG_GROUP) if "name" in group.inputs}
    [cluster] = recording.of_type(CLUSTER)
    assert groups["/aws/eks/acme/cluster"].urn in cluster.depends_on
    for database in recording.of_type(DATABASE):
        group = groups[f"/aws/rds/instance/{database.inputs['identifier']}/postgresql"]
        assert group.urn in database.depends_on
    assert {group.inputs["retentionInDays"] for group in groups.values()} == {90}


STEPS: list[tuple[ClusterPlan, str, bool]] = [
    (production(admins=()), "deployment.kubernetes.admins", True),
    (production(), "deployment.kubernetes.admins", False),
    (production(api_cidrs=()), "answers inside the network alone", True),
    (production(kms_key=KEY), "AWSServiceRoleForAutoScaling", True),
    (production(), "AWSServiceRoleForAutoScaling", False),
    (production(network=replace(existing_network("aws"), edge_subnets=())), "kubernetes.io/role/elb = 1", True),
    (
        production(network=replace(existing_network("aws"), edge_subnets=()), scheme="internal"),
        "kubernetes.io/role/internal-elb = 1",
        True,
    ),
    (production(network=existing_network("aws")), "kubernetes.io/role", False),
    (production(dns_zone=None), "certificate_validation_records", True),
    (production(dns_zone=None, certificate=CERTIFICATE), "certificate_validation_records", False),
    (production(), "restart the pods", True),
    (production(managed=NO_SERVICES, identities=()), "restart the pods", False),
    (production(), "1.36 is supported until 2027-08-02", True),
    (production(), "secret:acme/executors", True),
    (production(), "update-nodegroup-config", True),
    (poc(), "update-nodegroup-config", False),
]


@pytest.mark.parametrize(("plan", "words", "said"), STEPS)
def test_people_are_told_what_only_they_can_do(plan: ClusterPlan, words: str, said: bool) -> None:
    assert (words in " ".join(record_cluster(plan).outputs["next_steps"])) is said
