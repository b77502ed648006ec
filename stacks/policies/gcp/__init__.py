"""What Google Cloud resources are held to."""

from __future__ import annotations

from typing import Final

from stacks.policies.gcp import compute, data, identity, kubernetes, network
from stacks.policies.policy import Policy

POLICIES: Final[tuple[Policy, ...]] = (
    *compute.POLICIES,
    *data.POLICIES,
    *identity.POLICIES,
    *kubernetes.POLICIES,
    *network.POLICIES,
)
