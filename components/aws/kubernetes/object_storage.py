"""A bucket for what Sourcegraph uploads."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.tags import named
from recommender.kubernetes.plan import ClusterPlan

_UNFINISHED_DAYS = 7


class ObjectStorageArgs(TypedDict):
    """What object storage is made of."""

    plan: ClusterPlan
    """Whether and how long what was deleted is kept, and tags."""
    kms_key: pulumi.Input[str] | None
    """Encrypts the objects; None: S3's own keys do."""


class ObjectStorage(pulumi.ComponentResource):
    """A private, encrypted bucket that answers over TLS alone. A kept one can bring back what was deleted."""

    bucket_name: pulumi.Output[str]
    """Generated: names of buckets are unique in the world."""
    bucket_arn: pulumi.Output[str]
    """For policies."""

    def __init__(self, name: str, args: ObjectStorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:ObjectStorage", name, opts=opts)
        self._name, self._plan, self._child = name, args["plan"], pulumi.ResourceOptions(parent=self)
        keep = self._plan.managed.keep
        bucket = aws.s3.Bucket(
            name,
            force_destroy=self._plan.disposable,
            tags=named(dict(self._plan.tags), name),
            opts=pulumi.ResourceOptions(parent=self, protect=keep, retain_on_delete=keep),
        )
        self._close(bucket)
        self._encrypt(bucket, args["kms_key"])
        self._clean_up(bucket, keep=keep)
        self.bucket_name, self.bucket_arn = bucket.bucket, bucket.arn
        self.register_outputs({"bucketName": self.bucket_name, "bucketArn": self.bucket_arn})

    def _close(self, bucket: aws.s3.Bucket) -> None:
        closed = aws.s3.BucketPublicAccessBlock(
            self._name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )
        aws.s3.BucketPolicy(
            self._name,
            bucket=bucket.bucket,
            policy=bucket.arn.apply(_over_tls_alone),
            # S3 refuses two changes of a bucket's access at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )

    def _encrypt(self, bucket: aws.s3.Bucket, kms_key: pulumi.Input[str] | None) -> None:
        aws.s3.BucketServerSideEncryptionConfiguration(
            self._name,
            bucket=bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms" if kms_key else "AES256",
                        "kms_master_key_id": kms_key,
                    },
                    "bucket_key_enabled": kms_key is not None,
                }
            ],
            opts=self._child,
        )

    def _clean_up(self, bucket: aws.s3.Bucket, *, keep: bool) -> None:
        """Parts of uploads that never ended go; and what was deleted or overwritten, where it is kept, in its time."""
        rules: list[aws.s3.BucketLifecycleConfigurationRuleArgsDict] = [
            {
                "id": "unfinished-uploads",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "abort_incomplete_multipart_upload": {"days_after_initiation": _UNFINISHED_DAYS},
            }
        ]
        needs: list[pulumi.Resource] = []
        if keep:
            versioning = aws.s3.BucketVersioning(
                self._name, bucket=bucket.bucket, versioning_configuration={"status": "Enabled"}, opts=self._child
            )
            needs.append(versioning)
            rules.append(
                {
                    "id": "deleted",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrent_version_expiration": {"noncurrent_days": self._plan.managed.backup_days},
                    "expiration": {"expired_object_delete_marker": True},
                }
            )
        aws.s3.BucketLifecycleConfiguration(
            self._name,
            bucket=bucket.bucket,
            rules=rules,
            opts=pulumi.ResourceOptions(parent=self, depends_on=needs),
        )


def _over_tls_alone(arn: str) -> str:
    return iam.policy(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )
