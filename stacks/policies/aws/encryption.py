"""AWS: what is stored is encrypted, and so is the way to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.aws.parts import (
    BUCKET,
    CLUSTER,
    DATABASE,
    INSTANCE,
    KEY,
    LAUNCH_TEMPLATE,
    NODE_GROUP,
    REDIS,
    VOLUME,
    companions,
)
from stacks.policies.inputs import at, blocks, breach, enabled, given, hidden, keeps_data, said, statements, texts
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import hub
from stacks.preview import Resource

_KEY_FIELD = "`deployment.kms_key` names a key of your own"


def _off(resource: Resource, switch: str) -> Iterator[Breach]:
    value = resource.inputs.get(switch)
    if not enabled(value):
        yield breach(resource, f"{switch} is {said(value)}.", switch)


def _volumes(scope: Scope) -> Iterator[Breach]:
    for volume in scope.of_type(VOLUME):
        yield from _off(volume, "encrypted")


def _disks_of_machines(scope: Scope) -> Iterator[Breach]:
    for machine in scope.of_type(INSTANCE):
        root = machine.inputs.get("rootBlockDevice")
        if not enabled(at(root, "encrypted")):
            yield breach(
                machine, f"The root disk's encryption is {said(at(root, 'encrypted'))}.", "rootBlockDevice.encrypted"
            )
        for place, disk in blocks(machine.inputs.get("ebsBlockDevices")):
            if not enabled(disk.get("encrypted")):
                yield breach(
                    machine,
                    f"A disk's encryption is {said(disk.get('encrypted'))}.",
                    f"ebsBlockDevices[{place}].encrypted",
                )
    for group in scope.of_type(NODE_GROUP):
        if not given(group.inputs.get("launchTemplate")):
            yield breach(group, "There is no launch template, so nothing says how its disks are.", "launchTemplate")
    for template in scope.of_type(LAUNCH_TEMPLATE):
        if template.inputs.get("blockDeviceMappings") in (None, []):
            yield breach(template, "Nothing says how the disks of its image are.", "blockDeviceMappings")
        for place, disk in blocks(template.inputs.get("blockDeviceMappings")):
            ebs = disk.get("ebs")
            if given(ebs) and not enabled(at(ebs, "encrypted")):
                yield breach(
                    template,
                    f"A disk's encryption is {said(at(ebs, 'encrypted'))}.",
                    f"blockDeviceMappings[{place}].ebs.encrypted",
                )


def _databases(scope: Scope) -> Iterator[Breach]:
    for database in scope.of_type(DATABASE):
        yield from _off(database, "storageEncrypted")


def _redis_at_rest(scope: Scope) -> Iterator[Breach]:
    for redis in scope.of_type(REDIS):
        yield from _off(redis, "atRestEncryptionEnabled")


def _redis_in_transit(scope: Scope) -> Iterator[Breach]:
    for redis in scope.of_type(REDIS):
        yield from _off(redis, "transitEncryptionEnabled")
        mode = redis.inputs.get("transitEncryptionMode")
        if mode == "preferred":
            yield breach(redis, f"transitEncryptionMode is {said(mode)}.", "transitEncryptionMode")


def _redis_password(scope: Scope) -> Iterator[Breach]:
    for redis in scope.of_type(REDIS):
        if not given(redis.inputs.get("authToken")) and not given(redis.inputs.get("userGroupIds")):
            yield breach(redis, "There is neither authToken nor userGroupIds.", "authToken")


def _buckets(scope: Scope) -> Iterator[Breach]:
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    for bucket in scope.of_type(BUCKET):
        settings = companions(scope, bucket, type_)
        if not settings:
            yield breach(bucket, "No BucketServerSideEncryptionConfiguration is made for it.")
        for setting in settings:
            path = "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm"
            algorithm = at(setting.inputs, path)
            if not hidden(algorithm) and algorithm not in ("aws:kms", "aws:kms:dsse", "AES256"):
                yield breach(setting, f"The algorithm is {said(algorithm)}.", path)


def _buckets_over_tls(scope: Scope) -> Iterator[Breach]:
    for bucket in scope.of_type(BUCKET):
        documents = [
            policy.inputs.get("policy") for policy in companions(scope, bucket, "aws:s3/bucketPolicy:BucketPolicy")
        ]
        if not any(hidden(document) or _denies_plain(document) for document in documents):
            yield breach(bucket, "No bucket policy refuses requests without TLS.")


def _denies_plain(document: object) -> bool:
    return any(
        statement.get("Effect") == "Deny" and texts(at(statement, "Condition.Bool.aws:SecureTransport")) == ["false"]
        for statement in statements(document)
    )


def _cluster_secrets(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:"):
        return
    for cluster in scope.of_type(CLUSTER):
        resources = at(cluster.inputs, "encryptionConfig.resources")
        if not hidden(resources) and "secrets" not in texts(resources):
            yield breach(cluster, f"Encrypted with a key of yours: {said(resources)}.", "encryptionConfig.resources")


def _key_rotation(scope: Scope) -> Iterator[Breach]:
    for key in scope.of_type(KEY):
        if key.inputs.get("customerMasterKeySpec") in (None, "SYMMETRIC_DEFAULT"):
            yield from _off(key, "enableKeyRotation")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "AWS-VOLUME-ENCRYPTED",
        "error",
        "Volumes are encrypted",
        "The code of the organization is on them, and in every snapshot of them.",
        f"Set `encrypted` on the volume; {_KEY_FIELD}.",
        hub("EC2.3"),
        _volumes,
    ),
    Policy(
        "AWS-ROOT-DISK-ENCRYPTED",
        "error",
        "Disks that machines bring along are encrypted",
        "Logs, swap and images are on them, and an account's default may be off.",
        f"Set `encrypted` on each disk of the machine or the launch template; {_KEY_FIELD}.",
        hub("EC2.3", "EC2.7"),
        _disks_of_machines,
    ),
    Policy(
        "AWS-RDS-ENCRYPTED",
        "error",
        "Databases are encrypted at rest",
        "It cannot be turned on later: the server would have to be replaced.",
        f"Set `storageEncrypted`; {_KEY_FIELD}.",
        hub("RDS.3"),
        _databases,
    ),
    Policy(
        "AWS-REDIS-ENCRYPTED",
        "error",
        "Redis is encrypted at rest",
        "Snapshots of it hold sessions and queues, and it cannot be turned on later.",
        f"Set `atRestEncryptionEnabled`; {_KEY_FIELD}.",
        hub("ElastiCache.4"),
        _redis_at_rest,
    ),
    Policy(
        "AWS-REDIS-TLS",
        "error",
        "Redis is reached over TLS alone",
        "Its password and everybody's sessions would cross the network in clear text.",
        "Set `transitEncryptionEnabled`, and leave `transitEncryptionMode` at required.",
        hub("ElastiCache.5"),
        _redis_in_transit,
    ),
    Policy(
        "AWS-REDIS-PASSWORD",
        "error",
        "Redis asks for a password",
        "Without one, whatever runs in the network reads and writes everybody's sessions.",
        "Set `authToken` from a generated password, or user groups.",
        hub("ElastiCache.6"),
        _redis_password,
    ),
    Policy(
        "AWS-BUCKET-ENCRYPTED",
        "error",
        "Buckets say how they encrypt",
        "What nobody says is AWS' own choice, which a key policy of yours does not govern.",
        f"Make a BucketServerSideEncryptionConfiguration for the bucket; {_KEY_FIELD}.",
        hub("S3.4"),
        _buckets,
    ),
    Policy(
        "AWS-BUCKET-TLS",
        "error",
        "Buckets refuse requests without TLS",
        "What is uploaded there would cross networks in clear text.",
        "Make a BucketPolicy that denies requests where `aws:SecureTransport` is false.",
        hub("S3.5"),
        _buckets_over_tls,
    ),
    Policy(
        "AWS-EKS-SECRETS-ENCRYPTED",
        "error",
        "Secrets of Kubernetes are encrypted with a key of yours",
        "Only then can you see who used the key, and take it away; it can be added once, and never changed.",
        "Set `encryptionConfig` for `secrets`; `deployment.kms_key` names an existing key.",
        hub("EKS.3"),
        _cluster_secrets,
    ),
    Policy(
        "AWS-KEY-ROTATED",
        "warning",
        "Keys are rotated",
        "The less one key material encrypts, the less is lost with it.",
        "Set `enableKeyRotation`.",
        hub("KMS.4"),
        _key_rotation,
    ),
)
