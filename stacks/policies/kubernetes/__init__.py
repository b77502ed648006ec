"""What objects, charts and values are held to."""

from __future__ import annotations

from typing import Final

from stacks.policies.kubernetes import chart, network, workloads
from stacks.policies.policy import Policy

POLICIES: Final[tuple[Policy, ...]] = (
    *chart.POLICIES,
    *network.POLICIES,
    *workloads.POLICIES,
)
