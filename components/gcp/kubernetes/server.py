"""What every server that Google runs for Sourcegraph is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi

from recommender.kubernetes.plan import ClusterPlan


class ServerArgs(TypedDict):
    """What `Database` and `RedisServer` share."""

    plan: ClusterPlan
    """Region, labels, availability and backups."""
    network: pulumi.Input[str]
    """Peered with Google's."""
    key: pulumi.Input[str] | None
    """Encrypts what is on disk; None: Google's own keys do."""
    after: Sequence[pulumi.Resource]
    """The peering and the key's grants, where they are made here."""
