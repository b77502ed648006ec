"""What machines are given at boot, and what it is held to."""

from __future__ import annotations

from typing import Final

from stacks.policies.machine import boot
from stacks.policies.policy import Policy

POLICIES: Final[tuple[Policy, ...]] = (*boot.POLICIES,)
