"""What roles of pods may do, as documents: no more than one purpose takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from components.aws import iam

_LOAD_BALANCER = Path(__file__).with_name("load_balancer_controller_policy.json")


def load_balancing() -> str:
    """What the load balancer controller's own project says that it needs, at the chart's version."""
    document = json.loads(_LOAD_BALANCER.read_text(encoding="utf-8"))
    return iam.policy(*document["Statement"])


def use_of_bucket(arn: str) -> str:
    """Reading and writing the objects of one bucket, uploads in parts included."""
    return iam.policy(
        iam.allow(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], arn),
        iam.allow(
            [
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            ],
            f"{arn}/*",
        ),
    )


def use_of_bucket_key(kms_key: str, region: str) -> str:
    """Encrypting and decrypting what one region's S3 holds."""
    through: Mapping[str, Mapping[str, str]] = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
    return iam.policy(iam.allow(["kms:Decrypt", "kms:GenerateDataKey"], kms_key, through))


def scaling_of_groups(region: str, cluster: str) -> str:
    """Resizing the groups of one cluster, which EKS tags, and reading what it takes to choose among them.

    Source of the actions: kubernetes/autoscaler cluster-autoscaler/cloudprovider/aws/README.md, the policy and what
    automatic discovery and launch templates add, read 2026-11-22. The reading actions know no resources.
    """
    owned = {"StringEquals": {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster}": "owned"}}
    return iam.policy(
        iam.allow(
            [
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeLaunchConfigurations",
                "autoscaling:DescribeScalingActivities",
                "autoscaling:DescribeTags",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplateVersions",
                "ec2:GetInstanceTypesFromInstanceRequirements",
            ],
            "*",
        ),
        iam.allow(["eks:DescribeNodegroup"], f"arn:aws:eks:{region}:*:nodegroup/{cluster}/*"),
        iam.allow(
            ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
            f"arn:aws:autoscaling:{region}:*:autoScalingGroup:*:autoScalingGroupName/*",
            owned,
        ),
    )
