"""What AWS resources are held to."""

from __future__ import annotations

from typing import Final

from stacks.policies.aws import (
    backup,
    compute,
    encryption,
    identity,
    ingress,
    kubernetes,
    load_balancer,
    naming,
    network,
    protection,
    services,
)
from stacks.policies.policy import Policy

POLICIES: Final[tuple[Policy, ...]] = (
    *backup.POLICIES,
    *compute.POLICIES,
    *encryption.POLICIES,
    *identity.POLICIES,
    *ingress.POLICIES,
    *kubernetes.POLICIES,
    *load_balancer.POLICIES,
    *naming.POLICIES,
    *network.POLICIES,
    *protection.POLICIES,
    *services.POLICIES,
)
