"""The bucket for what users upload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from recommender.kubernetes.plan import ClusterPlan

_DAY = 24 * 60 * 60


class ObjectStorageArgs(TypedDict):
    """What `ObjectStorage` needs."""

    plan: ClusterPlan
    key: pulumi.Input[str] | None
    """Encrypts the objects; None: Google's own keys do."""
    after: Sequence[pulumi.Resource]


class ObjectStorage(pulumi.ComponentResource):
    """A private bucket in the plan's region. A deleted object can be brought back for a week.

    There are no versions: uploads are deleted once they are worked off, and every version of them would be paid for.
    """

    bucket: pulumi.Output[str]
    """Name of the bucket."""

    def __init__(self, name: str, args: ObjectStorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:ObjectStorage", name, opts=opts)
        plan, key = args["plan"], args["key"]
        keep = plan.managed.keep
        bucket = gcp.storage.Bucket(
            f"{name}-blobs",
            project=plan.project,
            location=plan.region,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            encryption={"default_kms_key_name": key} if key else None,
            soft_delete_policy={"retention_duration_seconds": 7 * _DAY if keep else 0},
            lifecycle_rules=[{"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}}],
            force_destroy=not keep,
            labels=dict(plan.tags),
            opts=pulumi.ResourceOptions(parent=self, protect=keep, retain_on_delete=keep, depends_on=args["after"]),
        )
        self.bucket = bucket.name
        self.register_outputs({"bucket": self.bucket})
