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
    """An identity policy of these statements."""
    return _document(*statements)


def _document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
