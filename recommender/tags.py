"""Tags (AWS) or labels (GCP) of everything that a plan creates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recommender.checks import Checks
from recommender.plan import Provider

if TYPE_CHECKING:
    from recommender.profile import Profile


def plan_tags(profile: Profile, checks: Checks, provider: Provider) -> tuple[tuple[str, str], ...]:
    """The profile's own, then the profile's name and stage, in a fixed order."""
    tags = dict(profile.deployment.tags)
    if provider == "aws":
        for key in (key for key in tags if key.lower().startswith("aws:")):
            checks.problem("deployment.tags", key, "keys without the prefix aws:, which is AWS's own", "Rename it.")
        return tuple((tags | {"moorage:name": profile.name, "moorage:stage": profile.stage}).items())
    for key, value in tags.items():
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key) or not re.fullmatch(r"[a-z0-9_-]{0,63}", value):
            checks.problem(f"deployment.tags.{key}", value, "lower-case letters, digits, - and _ on GCP", "Rewrite it.")
    return tuple((tags | {"moorage-name": profile.name, "moorage-stage": profile.stage}).items())
