"""Outputs of the cluster stack, as texts name them until they are known."""

from __future__ import annotations


def output_token(path: str) -> str:
    """What stands for an output, such as `bucket` or `hosts.pgsql`, until the application stack puts it there."""
    return f"${{cluster.{path}}}"


KMS_KEY = output_token("kms_key")
"""The key of our own that disks are encrypted with."""
STORAGE_ROLE = output_token("roles.object-storage")
"""AWS: the role of pods that use the bucket."""
