"""The image that a machine in a cloud boots from: the organization's own, the vendor's, or an operating system's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender import aws_facts, gcp_facts
from recommender.checks import Checks
from recommender.plan import Image, Provider, Target

if TYPE_CHECKING:
    from recommender.deployment import Deployment


def plan_image(
    target: Target, wanted: Deployment, checks: Checks, provider: Provider, region: str, version: str, size: str
) -> Image | None:
    """The image, pinned; None where none is known, which `checks` then holds."""
    if target == "machine-image":
        return _vendors_image(wanted.machine.image, checks, provider, region, version, size)
    return _base_image(wanted.machine.image, checks, provider, region, version)


def _vendors_image(
    own: str | None, checks: Checks, provider: Provider, region: str, version: str, size: str
) -> Image | None:
    fact = aws_facts.AMI_FACT if provider == "aws" else gcp_facts.IMAGE_FACT
    if own is not None:
        return Image(own, None, version, fact)
    releases = tuple(aws_facts.AMIS) if provider == "aws" else gcp_facts.IMAGE_RELEASES
    if version not in releases:
        checks.problem(
            "sourcegraph_version",
            version,
            f"one of {', '.join(releases)}",
            "Pin one of them, or give deployment.machine.image for this release.",
        )
        return None
    if provider == "aws":
        return Image(aws_facts.AMIS[version][region], None, version, fact)
    return Image(None, gcp_facts.IMAGE_ARCHIVE.format(size=size), version, fact)


def _base_image(own: str | None, checks: Checks, provider: Provider, region: str, version: str) -> Image | None:
    fact = aws_facts.BASE_FACT if provider == "aws" else gcp_facts.BASE_FACT
    if own is not None:
        return Image(own, None, version, fact)
    reference = aws_facts.BASE_IMAGES.get(region) if provider == "aws" else gcp_facts.BASE_IMAGE
    if reference is None:
        checks.problem(
            "deployment.machine.image",
            None,
            f"an AMI id of {region}, where no base image is known to moorage",
            "Name the AMI of an operating system that the installer supports.",
        )
        return None
    return Image(reference, None, version, fact, stock=True)
