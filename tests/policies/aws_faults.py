"""Planted faults: one small change of a real preview each, and the policy that must catch it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, NamedTuple

from stacks.policies.policy import Scope
from tests.policies.previews import Spoil, add, both, remove, set_file, set_input, set_option

MACHINE = "examples/acme-aws.yaml"
CLUSTER = "examples/hooli-eks.yaml"
KEPT_POC = "tests/cases/aws-poc-high-fidelity/profile.yaml"
OWN_KEY = "tests/cases/aws-existing-network/profile.yaml"

VOLUME = "aws:ebs/volume:Volume"
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
DATABASE = "aws:rds/instance:Instance"
REDIS = "aws:elasticache/replicationGroup:ReplicationGroup"
BUCKET = "aws:s3/bucket:Bucket"
EKS = "aws:eks/cluster:Cluster"
NODES = "aws:eks/nodeGroup:NodeGroup"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ROLE = "aws:iam/role:Role"
PERMISSIONS = "aws:iam/rolePolicy:RolePolicy"
SCHEDULE = "aws:dlm/lifecyclePolicy:LifecyclePolicy"
PUBLIC_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BUCKET_KEYS = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


class Fault(NamedTuple):
    policy: str
    profile: str
    what: str
    spoil: Spoil


def _document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def _permit(action: Any, resource: Any = "*", **more: Any) -> Spoil:
    return set_input(PERMISSIONS, "policy", _document(Action=action, Resource=resource, **more))


def _trust(principal: Any) -> Spoil:
    return set_input(ROLE, "assumeRolePolicy", _document(Action="sts:AssumeRole", Principal=principal))


def _far_nat(scope: Scope) -> Scope:
    """The NAT gateway of one zone stands in another."""
    gateways = [one for one in scope.resources if one.type == "aws:ec2/natGateway:NatGateway"]
    elsewhere = gateways[1].property_dependencies["subnetId"]
    moved = replace(gateways[0], property_dependencies={**gateways[0].property_dependencies, "subnetId": elsewhere})
    return replace(scope, resources=tuple(moved if one.urn == moved.urn else one for one in scope.resources))


def _twin(type_: str, name: str) -> Spoil:
    """A second resource with the same physical name."""

    def spoil(scope: Scope) -> Scope:
        one = next(one for one in scope.resources if one.type == type_ and one.name.endswith(name))
        return replace(scope, resources=(*scope.resources, replace(one, urn=f"{one.urn}-b", name=f"{one.name}-b")))

    return spoil


def _nameless(scope: Scope) -> Scope:
    """A logical name that is not built of the component's."""
    renamed = [replace(one, name="vpc") if one.type == "aws:ec2/vpc:Vpc" else one for one in scope.resources]
    return replace(scope, resources=tuple(renamed))


_TOKEN = "ghp_" + "a1B2c3D4e5" * 4
_WORLD_SSH = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0", "tags": {}}
_TAGS = {"moorage:name": "acme", "moorage:stage": "production"}

# fmt: off
FAULTS: tuple[Fault, ...] = (
    Fault("AWS-VOLUME-ENCRYPTED", MACHINE, "off", set_input(VOLUME, "encrypted", False)),
    Fault("AWS-VOLUME-ENCRYPTED", OWN_KEY, "not said", set_input(VOLUME, "encrypted", ...)),
    Fault("AWS-ROOT-DISK-ENCRYPTED", MACHINE, "root disk", set_input(INSTANCE, "rootBlockDevice.encrypted", False)),
    Fault("AWS-ROOT-DISK-ENCRYPTED", CLUSTER, "nodes", set_input(TEMPLATE, "blockDeviceMappings.0.ebs.encrypted", "false")),
    Fault("AWS-ROOT-DISK-ENCRYPTED", CLUSTER, "nodes of which nothing is said", set_input(TEMPLATE, "blockDeviceMappings", ...)),
    Fault("AWS-ROOT-DISK-ENCRYPTED", CLUSTER, "nodes without a template", set_input(NODES, "launchTemplate", ...)),
    Fault("AWS-RDS-ENCRYPTED", CLUSTER, "off", set_input(DATABASE, "storageEncrypted", False)),
    Fault("AWS-REDIS-ENCRYPTED", CLUSTER, "off", set_input(REDIS, "atRestEncryptionEnabled", False)),
    Fault("AWS-REDIS-TLS", CLUSTER, "off", set_input(REDIS, "transitEncryptionEnabled", False)),
    Fault("AWS-REDIS-TLS", CLUSTER, "preferred", set_input(REDIS, "transitEncryptionMode", "preferred")),
    Fault("AWS-REDIS-PASSWORD", CLUSTER, "none", set_input(REDIS, "authToken", ...)),
    Fault("AWS-BUCKET-ENCRYPTED", CLUSTER, "no settings", remove(BUCKET_KEYS)),
    Fault("AWS-BUCKET-ENCRYPTED", CLUSTER, "no algorithm", set_input(BUCKET_KEYS, "rules", [])),
    Fault("AWS-BUCKET-TLS", CLUSTER, "no policy", remove("aws:s3/bucketPolicy:BucketPolicy")),
    Fault("AWS-EKS-SECRETS-ENCRYPTED", CLUSTER, "none", set_input(EKS, "encryptionConfig", ...)),
    Fault("AWS-KEY-ROTATED", CLUSTER, "off", set_input("aws:kms/key:Key", "enableKeyRotation", False)),
    Fault("AWS-INGRESS-WORLD", MACHINE, "the machine", add(INGRESS, {**_WORLD_SSH, "tags": _TAGS, "fromPort": 3080, "toPort": 3080})),
    Fault("AWS-INGRESS-WORLD", MACHINE, "SSH", add(INGRESS, {**_WORLD_SSH, "tags": _TAGS})),
    Fault("AWS-INGRESS-WORLD", MACHINE, "half of the internet", add(INGRESS, {**_WORLD_SSH, "tags": _TAGS, "cidrIpv4": "128.0.0.0/1"})),
    Fault("AWS-INGRESS-WORLD", MACHINE, "IPv6", add(INGRESS, {"ipProtocol": "-1", "cidrIpv6": "::/0", "tags": _TAGS})),
    Fault("AWS-INGRESS-WORLD", MACHINE, "inline", set_input("aws:ec2/securityGroup:SecurityGroup", "ingress", [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}])),
    Fault("AWS-INGRESS-WORLD", MACHINE, "another port of the load balancer", both(set_input(INGRESS, "cidrIpv4", "0.0.0.0/0"), set_input(INGRESS, "toPort", 9000))),
    Fault("AWS-INGRESS-ADMIN", MACHINE, "SSH from the office", add(INGRESS, {**_WORLD_SSH, "tags": _TAGS, "cidrIpv4": "203.0.113.0/24"})),
    Fault("AWS-INGRESS-ADMIN", MACHINE, "SSH from a list of prefixes", add(INGRESS, {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "prefixListId": "pl-0123456789abcdef0", "tags": _TAGS})),
    Fault("AWS-INGRESS-ADMIN", MACHINE, "RDP within a range of ports", add(INGRESS, {**_WORLD_SSH, "tags": _TAGS, "fromPort": 3000, "toPort": 4000, "cidrIpv4": "10.0.0.0/8"})),
    Fault("AWS-EDGE-EGRESS", MACHINE, "anywhere", set_input(EGRESS, "cidrIpv4", "0.0.0.0/0", name="edge-to-machine")),
    Fault("AWS-RDS-PRIVATE", CLUSTER, "public", set_input(DATABASE, "publiclyAccessible", True)),
    Fault("AWS-EKS-ENDPOINT", CLUSTER, "the world", set_input(EKS, "vpcConfig.publicAccessCidrs", ["0.0.0.0/0"])),
    Fault("AWS-EKS-ENDPOINT", CLUSTER, "no ranges", set_input(EKS, "vpcConfig.publicAccessCidrs", ...)),
    Fault("AWS-BUCKET-PRIVATE", CLUSTER, "no block", remove(PUBLIC_BLOCK)),
    Fault("AWS-BUCKET-PRIVATE", CLUSTER, "one switch off", set_input(PUBLIC_BLOCK, "blockPublicPolicy", False)),
    Fault("AWS-MACHINE-PRIVATE", MACHINE, "address", set_input(INSTANCE, "associatePublicIpAddress", True)),
    Fault("AWS-MACHINE-PRIVATE", MACHINE, "subnet", set_input("aws:ec2/subnet:Subnet", "mapPublicIpOnLaunch", True)),
    Fault("AWS-DEFAULT-GROUP-CLOSED", MACHINE, "left", remove("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")),
    Fault("AWS-FLOW-LOGS", MACHINE, "none", remove("aws:ec2/flowLog:FlowLog")),
    Fault("AWS-FLOW-LOGS", KEPT_POC, "none", remove("aws:ec2/flowLog:FlowLog")),
    Fault("AWS-NAT-OWN-ZONE", CLUSTER, "another zone", _far_nat),
    Fault("AWS-LISTENER-TLS", MACHINE, "AWS' default", set_input(LISTENER, "sslPolicy", ..., name="https")),
    Fault("AWS-LISTENER-TLS", MACHINE, "TLS 1.0", set_input(LISTENER, "sslPolicy", "ELBSecurityPolicy-TLS13-1-0-2021-06", name="https")),
    Fault("AWS-LISTENER-TLS", MACHINE, "no certificate", set_input(LISTENER, "certificateArn", ..., name="https")),
    Fault("AWS-LISTENER-REDIRECT", MACHINE, "plain HTTP", set_input(LISTENER, "defaultActions", [{"type": "forward"}], name="http")),
    Fault("AWS-LB-IDLE-TIMEOUT", MACHINE, "a minute", set_input(BALANCER, "idleTimeout", 60)),
    Fault("AWS-LB-PROTECTED", MACHINE, "off", set_input(BALANCER, "enableDeletionProtection", False)),
    Fault("AWS-LB-HEADERS", MACHINE, "off", set_input(BALANCER, "dropInvalidHeaderFields", False)),
    Fault("AWS-BACKEND-HTTPS", MACHINE, "clear text to the machine", set_input("aws:lb/targetGroup:TargetGroup", "protocol", "HTTP")),
    Fault("AWS-IMDSV2", MACHINE, "optional", set_input(INSTANCE, "metadataOptions.httpTokens", "optional")),
    Fault("AWS-IMDSV2", CLUSTER, "nodes", set_input(TEMPLATE, "metadataOptions.httpTokens", ...)),
    Fault("AWS-IMDS-HOPS", MACHINE, "two", set_input(INSTANCE, "metadataOptions.httpPutResponseHopLimit", 2)),
    Fault("AWS-IMAGE-PINNED", MACHINE, "latest", set_input(INSTANCE, "ami", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")),
    Fault("AWS-IMAGE-PINNED", CLUSTER, "nodes", set_input(TEMPLATE, "imageId", "resolve:ssm:/aws/service/eks/optimized-ami/1.36/recommended")),
    Fault("AWS-DATA-OWN-DISK", MACHINE, "no attachment", remove("aws:ec2/volumeAttachment:VolumeAttachment")),
    Fault("AWS-DATA-OWN-DISK", MACHINE, "within", set_input(INSTANCE, "ebsBlockDevices", [{"deviceName": "/dev/sdf", "encrypted": True}])),
    Fault("AWS-ROOT-DISK-TEMPORARY", MACHINE, "stays", set_input(INSTANCE, "rootBlockDevice.deleteOnTermination", False)),
    Fault("AWS-NO-SSH-KEY", MACHINE, "a key", set_input(INSTANCE, "keyName", "ops")),
    Fault("AWS-NO-SSH-KEY", CLUSTER, "nodes", set_input(NODES, "remoteAccess", {"ec2SshKey": "ops"})),
    Fault("AWS-IAM-ADMINISTRATOR", MACHINE, "attached", set_input("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess")),
    Fault("AWS-IAM-ADMINISTRATOR", MACHINE, "of a service", set_input("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn", "arn:aws-cn:iam::aws:policy/AmazonS3FullAccess")),
    Fault("AWS-IAM-ANY-ACTION", MACHINE, "all", _permit("*")),
    Fault("AWS-IAM-ANY-ACTION", MACHINE, "all, within a role", set_input(ROLE, "inlinePolicies", [{"name": "x", "policy": _document(Action="*", Resource="*")}])),
    Fault("AWS-IAM-ANY-ACTION", MACHINE, "all of S3", _permit(["s3:*"], "arn:aws:s3:::x")),
    Fault("AWS-IAM-ANY-RESOURCE", MACHINE, "every secret", _permit(["secretsmanager:GetSecretValue"])),
    Fault("AWS-IAM-ANY-RESOURCE", MACHINE, "every role", _permit("iam:PassRole")),
    Fault("AWS-IAM-ANY-RESOURCE", MACHINE, "written with a star", _permit("kms:Decr*")),
    Fault("AWS-IAM-ANY-RESOURCE", MACHINE, "every secret, as an ARN", _permit("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*")),
    Fault("AWS-IAM-ANY-RESOURCE", MACHINE, "every object", _permit(["s3:GetObject"], ["arn:aws:s3:::x/*", "arn:aws:s3:::*"])),
    Fault("AWS-IAM-ANY-RESOURCE", MACHINE, "every other secret", set_input(PERMISSIONS, "policy", _document(Action="secretsmanager:GetSecretValue", NotResource="arn:aws:secretsmanager:us-east-1:123456789012:secret:x"))),
    Fault("AWS-PRINCIPAL-ANYONE", MACHINE, "a star", _trust({"AWS": "*"})),
    Fault("AWS-PRINCIPAL-ANYONE", CLUSTER, "every token", _trust({"Federated": "arn:aws:iam::123456789012:oidc-provider/x"})),
    Fault("AWS-NO-IAM-USER", MACHINE, "a user", add("aws:iam/user:User", {})),
    Fault("AWS-NO-IAM-USER", MACHINE, "a key", add("aws:iam/accessKey:AccessKey", {"user": "ops"})),
    Fault("AWS-VOLUME-BACKED-UP", MACHINE, "another tag", set_input(VOLUME, "tags.moorage:data-disk", "other")),
    Fault("AWS-VOLUME-BACKED-UP", MACHINE, "switched off", set_input(SCHEDULE, "state", "DISABLED")),
    Fault("AWS-VOLUME-BACKED-UP", KEPT_POC, "no schedule", remove(SCHEDULE)),
    Fault("AWS-CLAIMS-BACKED-UP", CLUSTER, "no schedule", remove(SCHEDULE)),
    Fault("AWS-SNAPSHOTS-KEPT", MACHINE, "one", set_input(SCHEDULE, "policyDetails.schedules.0.retainRule", {"count": 1})),
    Fault("AWS-SNAPSHOTS-KEPT", CLUSTER, "weekly", set_input(SCHEDULE, "policyDetails.schedules.0.createRule", {"cronExpression": "cron(0 4 ? * SUN *)"})),
    Fault("AWS-VOLUME-LAST-SNAPSHOT", MACHINE, "none", set_input(VOLUME, "finalSnapshot", False)),
    Fault("AWS-RDS-BACKED-UP", CLUSTER, "none", set_input(DATABASE, "backupRetentionPeriod", 0)),
    Fault("AWS-RDS-LAST-BACKUP", CLUSTER, "skipped", set_input(DATABASE, "skipFinalSnapshot", True)),
    Fault("AWS-REDIS-BACKED-UP", CLUSTER, "none", set_input(REDIS, "snapshotRetentionLimit", 0, name="store")),
    Fault("AWS-BUCKET-VERSIONED", CLUSTER, "none", remove("aws:s3/bucketVersioning:BucketVersioning")),
    Fault("AWS-BUCKET-VERSIONED", CLUSTER, "suspended", set_input("aws:s3/bucketVersioning:BucketVersioning", "versioningConfiguration.status", "Suspended")),
    Fault("AWS-DELETION-WINDOW", CLUSTER, "at once", set_input("aws:secretsmanager/secret:Secret", "recoveryWindowInDays", 0)),
    Fault("AWS-STATE-PROTECTED", MACHINE, "volume", set_option(VOLUME, protect=False)),
    Fault("AWS-STATE-PROTECTED", KEPT_POC, "volume", set_option(VOLUME, protect=False)),
    Fault("AWS-STATE-PROTECTED", CLUSTER, "control plane", set_option(EKS, protect=False)),
    Fault("AWS-STATE-RETAINED", CLUSTER, "database", set_option(DATABASE, retain_on_delete=False)),
    Fault("AWS-STATE-RETAINED", CLUSTER, "key", set_option("aws:kms/key:Key", retain_on_delete=False)),
    Fault("AWS-DELETION-PROTECTION", CLUSTER, "database", set_input(DATABASE, "deletionProtection", False)),
    Fault("AWS-DELETION-PROTECTION", CLUSTER, "bucket", set_input(BUCKET, "forceDestroy", True)),
    Fault("AWS-REPLACEMENT-ORDER", MACHINE, "volume first", set_option(VOLUME, delete_before_replace=True)),
    Fault("AWS-REPLACEMENT-ORDER", CLUSTER, "database after", set_option(DATABASE, delete_before_replace=False)),
    Fault("AWS-EKS-VERSION", CLUSTER, "none", set_input(EKS, "version", ...)),
    Fault("AWS-EKS-VERSION", CLUSTER, "out of support", set_input(EKS, "version", "1.32")),
    Fault("AWS-EKS-STANDARD-SUPPORT", CLUSTER, "extended", set_input(EKS, "upgradePolicy", ...)),
    Fault("AWS-EKS-LOGS", CLUSTER, "no audit", set_input(EKS, "enabledClusterLogTypes", ["api"])),
    Fault("AWS-EKS-ACCESS", CLUSTER, "config map", set_input(EKS, "accessConfig.authenticationMode", "API_AND_CONFIG_MAP")),
    Fault("AWS-NODES-PINNED", CLUSTER, "none", set_input("aws:eks/nodeGroup:NodeGroup", "releaseVersion", ...)),
    Fault("AWS-ADDON-PINNED", CLUSTER, "none", set_input("aws:eks/addon:Addon", "addonVersion", ...)),
    Fault("AWS-RDS-TLS", CLUSTER, "off", set_input("aws:rds/parameterGroup:ParameterGroup", "parameters.0.value", "0")),
    Fault("AWS-RDS-PASSWORD", CLUSTER, "our own", set_input(DATABASE, "manageMasterUserPassword", ...)),
    Fault("AWS-TWO-ZONES", CLUSTER, "database", set_input(DATABASE, "multiAz", False)),
    Fault("AWS-LOGS-EXPIRE", MACHINE, "never", set_input("aws:cloudwatch/logGroup:LogGroup", "retentionInDays", ...)),
    Fault("AWS-NAME-VALID", CLUSTER, "too long", set_input(REDIS, "replicationGroupId", "x" * 41)),
    Fault("AWS-NAME-VALID", CLUSTER, "two hyphens", set_input(DATABASE, "identifier", "hooli--pgsql")),
    Fault("AWS-TAGGED", MACHINE, "no stage", set_input("aws:ec2/vpc:Vpc", "tags.moorage:stage", ...)),
    Fault("AWS-TAGGED", MACHINE, "another stage", set_input("aws:ec2/vpc:Vpc", "tags.moorage:stage", "poc")),
    Fault("AWS-DISKS-TAGGED", MACHINE, "root disk", set_input(INSTANCE, "rootBlockDevice.tags", ...)),
    Fault("AWS-DISKS-TAGGED", CLUSTER, "nodes", set_input(TEMPLATE, "tagSpecifications", [])),
    Fault("GENERAL-CLEAR-SECRET", MACHINE, "in a description", set_input("aws:dlm/lifecyclePolicy:LifecyclePolicy", "description", _TOKEN)),
    Fault("GENERAL-CLEAR-SECRET", CLUSTER, "a password", set_input(DATABASE, "password", "hunter2")),
    Fault("GENERAL-CLEAR-SECRET", CLUSTER, "a stored secret", set_input("aws:secretsmanager/secretVersion:SecretVersion", "secretString", "redis")),
    Fault("GENERAL-CLEAR-SECRET", MACHINE, "in a file", set_file("user-data.yaml", f"\n# {_TOKEN}\n")),
    Fault("GENERAL-NAME-PREFIX", MACHINE, "another name", _nameless),
    Fault("GENERAL-NAME-UNIQUE", CLUSTER, "two servers", _twin("aws:eks/cluster:Cluster", "")),
    Fault("GENERAL-PROVIDER", MACHINE, "default", set_option("aws:ec2/vpc:Vpc", provider=None)),
    Fault("GENERAL-PLACE-SAID", MACHINE, "zone", set_input(VOLUME, "availabilityZone", ...)),
    Fault("GENERAL-PLACE-SAID", MACHINE, "region", set_input("pulumi:providers:aws", "region", ...)),
    Fault("GENERAL-UNKNOWN-MADE", MACHINE, "a look-up", set_input(INSTANCE, "ami", {"unknown": True})),
)
# fmt: on
