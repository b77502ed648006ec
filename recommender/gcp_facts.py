"""GCP facts that the plan needs and that no preview may look up: zones, and where the vendor's image comes from."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from recommender.fact import Fact

_THREE_ZONES = """
    africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2
    asia-southeast1 asia-southeast2 australia-southeast1 australia-southeast2 europe-central2 europe-north1
    europe-southwest1 europe-west2 europe-west3 europe-west4 europe-west6 europe-west8 europe-west9 europe-west10
    europe-west12 me-central1 me-central2 me-west1 northamerica-northeast1 northamerica-northeast2 southamerica-east1
    southamerica-west1 us-east4 us-east5 us-south1 us-west1 us-west2 us-west3 us-west4
"""

ZONES: Final = MappingProxyType(
    dict.fromkeys(_THREE_ZONES.split(), "abc") | {"europe-west1": "bcd", "us-east1": "bcd", "us-central1": "abcf"}
)
"""Region to the letters of its zones that offer n2. skypilot-org/skypilot-catalog catalogs/v8/gcp/vms.csv (blob
52550600688), read 2026-11-22."""

IMAGE_ARCHIVE: Final = "https://storage.googleapis.com/sourcegraph-images/latest/Sourcegraph-{size}.tar.gz"
"""The vendor's published image of one size, to be imported into the customer's own project."""
IMAGE_FACT: Final = Fact(
    "sourcegraph/docs@3499c087 docs/self-hosted/deploy/machine-images/gce.mdx (2026-08-21)",
    "2026-11-22",
    verified=False,
)
"""Unverified: that the archive still exists, and what it was built from. It holds no chart: the release is the one that
the boot data pins (sourcegraph/deploy@2d7a30ac packer/gcp/init.sh leaves its version empty)."""
IMAGE_RELEASES: Final = ("6.12.5040", "6.11.0", "6.9.0", "6.5.2654", "6.4.3889", "6.2.1106")
"""Releases that may be pinned on GCP: those that the vendor published as machine images."""

BASE_IMAGE: Final = "projects/ubuntu-os-cloud/global/images/ubuntu-2404-noble-amd64-v20260918"
BASE_FACT: Final = Fact("name as quoted in a public repository", "2026-11-22", verified=False)
"""What the installers run on where no image is named: Ubuntu 24.04, supported until 2029-05-31
(endoflife-date/endoflife.date@a70eca33 products/ubuntu.md), whose images bring cloud-init; Google's Debian images do
not (andsens/bootstrap-vz#469; GoogleCloudPlatform/compute-image-tools@00eeb45b). Unverified: that the name exists."""


def zones_of(region: str) -> tuple[str, ...]:
    """Zone names of a region, in a fixed order; empty for a region that is not in the table."""
    return tuple(f"{region}-{letter}" for letter in ZONES.get(region, ""))
