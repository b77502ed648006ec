"""The shapes of what a profile refers to by id: each cloud's own, so that a reference of the other is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from recommender.checks import Checks
from recommender.model import at
from recommender.plan import Provider

if TYPE_CHECKING:
    from recommender.deployment import Deployment


_SHAPES: Mapping[Provider, Mapping[str, tuple[str, str]]] = {
    "aws": {
        "kms_key": (r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/[\w-]+", "an AWS KMS key ARN"),
        "certificate": (r"arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+", "an ACM certificate ARN"),
        "alarms.notify": (r"arn:aws:sns:[a-z0-9-]+:\d{12}:[\w-]+", "an SNS topic ARN"),
        "machine.image": (r"ami-[0-9a-f]{8,17}", "an AMI id"),
        "network.id": (r"vpc-[0-9a-f]{8,17}", "a VPC id"),
        "network.machine_subnet": (r"subnet-[0-9a-f]{8,17}", "a subnet id"),
    },
    "gcp": {
        "kms_key": (
            r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+",
            "a key such as projects/P/locations/L/keyRings/R/cryptoKeys/K",
        ),
        "certificate": (
            r"(https://www\.googleapis\.com/compute/v1/)?projects/.+/(sslC|c)ertificates/.+",
            "a certificate's self link",
        ),
        "alarms.notify": (r"projects/[^/]+/notificationChannels/\d+", "projects/P/notificationChannels/N"),
        "machine.image": (
            r"(https://www\.googleapis\.com/compute/v1/)?projects/[^/]+/global/images/.+",
            "an image's self link",
        ),
        "network.id": (
            r"(https://www\.googleapis\.com/compute/v1/)?projects/[^/]+/global/networks/.+",
            "a network's self link",
        ),
        "network.machine_subnet": (
            r"(https://www\.googleapis\.com/compute/v1/)?projects/[^/]+/regions/[^/]+/subnetworks/.+",
            "a subnetwork's self link",
        ),
    },
}


def check_references(wanted: Deployment, checks: Checks, provider: Provider) -> None:
    """Notes each reference in `deployment:` that is not of the provider's own shape."""
    for field, (pattern, words) in _SHAPES[provider].items():
        value: object = at(wanted, field)
        if isinstance(value, str) and not re.fullmatch(pattern, value):
            checks.problem(f"deployment.{field}", value, f"{words}, as the provider is {provider}", "Correct it.")
