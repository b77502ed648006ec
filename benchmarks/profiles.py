"""Random complete profiles: every question is answered."""

from __future__ import annotations

import random
from typing import Any

_KINDS = ("github.com", "gitlab.com", "bitbucket.org", "github-enterprise", "gitlab-self-managed", "gerrit", "perforce")
_PINS = (None, None, None, "6.12.5040", "7.0.0", "7.5.4453")


def complete_profiles(count: int, seed: int) -> list[dict[str, Any]]:
    """Profile documents as a YAML or JSON reader gives them; the same seed gives the same documents.

    Answers that rule something out are rarer than those that do not, so that every target is reached.
    """
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    return [_profile(f"customer-{number}", chance) for number in range(count)]


def _profile(name: str, chance: random.Random) -> dict[str, Any]:
    users = chance.choice((200, 1_500, 9_000, 20_000, 20_001, 45_000))
    return {
        "name": name,
        "urgent": chance.random() < 0.3,
        "sourcegraph_version": chance.choice(_PINS),
        "scale": {
            "users": users,
            "initial_users": chance.choice((None, None, min(users, 800), users)),
            "repositories": chance.choice((40, 8_000, 200_000, 200_001)),
            "code_gb": chance.choice((3, 60, 75, 75.5, 900)),
        },
        "code_hosts": [
            {
                "kind": chance.choice(_KINDS),
                "reachable": chance.choices(("public", "allowlist", "private"), (5, 4, 1))[0],
            }
            for _ in range(chance.randint(1, 3))
        ],
        "cloud": _cloud(chance),
        "hosting": _hosting(chance),
        "implementation": {
            question: chance.random() < share
            for question, share in (("evaluated", 0.6), ("prioritized", 0.3), ("contextual_need", 0.3))
        },
    }


def _cloud(chance: random.Random) -> dict[str, Any]:
    return {
        "certifications": chance.choice(([], ["soc2"], ["soc2"], ["soc2", "fedramp"])),
        "accepts_admin_access": chance.random() < 0.85,
        "accepts_audit_logging": chance.random() < 0.85,
        "blockers": _sometimes(chance, "The security team allows no hosted code search."),
        "in_development": chance.random() < 0.3,
        "locale": chance.choice(("any", "us-central1", "europe-west3", "eu-north-1")),
        "waits_for_locale": chance.random() < 0.6,
        "needs": _sometimes(chance, "priority-sla"),
        "executors": chance.choice((0, 0, 2, 3, 4, 5)),
    }


def _hosting(chance: random.Random) -> dict[str, Any]:
    return {
        "provider": chance.choice(("aws", "aws", "gcp", "gcp", "azure", "on-premises", "other")),
        "requires_cluster": chance.random() < 0.15,
        "single_machine_issues": chance.random() < 0.1,
        "own_base_image": chance.random() < 0.15,
        "restrictions": {
            target: _sometimes(chance, "Not approved by the platform team.")
            for target in ("machine-image", "install-script", "kubernetes", "docker-compose")
        },
    }


def _sometimes(chance: random.Random, word: str) -> list[str]:
    return [word] if chance.random() < 0.15 else []
