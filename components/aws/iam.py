"""IAM documents as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

# Nothing here serves the aws-cn and aws-us-gov partitions: the vendor publishes no image there.
MANAGED_POLICY = "arn:aws:iam::aws:policy"


def trust(service: str) -> str:
    """A trust policy that lets one AWS service, such as `ec2.amazonaws.com`, take the role."""
    return _document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def allow(
    actions: Sequence[str], resource: str | Sequence[str], condition: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, Any]:
    """One Allow statement."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def policy(*statements: Mapping[str, Any]) -> str:
    """A policy of these statements: of an identity, or of a resource where they name principals."""
    return _document(*statements)


def use_of_disk_key(kms_key: str) -> str:
    """What volumes and snapshots under a customer-managed key need, beyond AWS's managed policies, which name no key.

    Sources: docs.aws.amazon.com/ebs/latest/userguide/dlm-prerequisites.html and
    docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html, read 2026-11-22. The key's own policy must let the account's
    IAM policies decide, as the default key policy does.
    """
    return policy(
        allow(
            ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
            kms_key,
            {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
        allow(["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"], kms_key),
    )


def _document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
