"""What rendered files of Docker Compose are held to."""

from __future__ import annotations

from typing import Final

from stacks.policies.compose import files
from stacks.policies.policy import Policy

POLICIES: Final[tuple[Policy, ...]] = (*files.POLICIES,)
