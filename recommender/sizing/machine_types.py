"""Machine types that moorage names: exact rows, and where they can be had. Add a row, never widen one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from recommender.sizing.size_chart import Shape


@dataclass(frozen=True, slots=True)
class MachineType:
    """One machine type of one cloud."""

    name: str
    family: str
    vcpu: int
    memory_gb: int
    """GiB."""
    arch: Literal["amd64"]
    """The vendor publishes amd64 images only."""
    source: str
    read_on: str


_AWS = (
    "aws/karpenter-provider-aws@692ccdd0 website/content/en/docs/reference/instance-types.md (2026-07-11); "
    "moto 5.2.5 ec2/resources/instance_types.json.gz says the same"
)
_GCP = "Cyclenerd/google-cloud-pricing-cost-calculator@fd66b26f pricing.yml (generated 2026-07-30)"
_AZURE = (
    "microsoft/aspire@5bd693ae src/Aspire.Hosting.Azure.Kubernetes/AksNodeVmSizes.cs, by its reference page, with the "
    "prefix Standard_; the chart leaves the prefix out"
)
_READ_ON = "2026-11-22"


def _row(name: str, family: str, vcpu: int, memory_gb: int, source: str) -> MachineType:
    return MachineType(name, family, vcpu, memory_gb, "amd64", source, _READ_ON)


MACHINE_TYPES: tuple[MachineType, ...] = (
    _row("m6a.2xlarge", "m6a", 8, 32, _AWS),
    _row("m6a.4xlarge", "m6a", 16, 64, _AWS),
    _row("m6a.8xlarge", "m6a", 32, 128, _AWS),
    _row("m6a.12xlarge", "m6a", 48, 192, _AWS),  # The chart prints m6a.12large, which does not exist.
    _row("m6a.24xlarge", "m6a", 96, 384, _AWS),
    _row("m6a.48xlarge", "m6a", 192, 768, _AWS),
    _row("m6i.2xlarge", "m6i", 8, 32, _AWS),
    _row("m6i.4xlarge", "m6i", 16, 64, _AWS),
    _row("m6i.8xlarge", "m6i", 32, 128, _AWS),
    _row("m6i.12xlarge", "m6i", 48, 192, _AWS),
    _row("m6i.24xlarge", "m6i", 96, 384, _AWS),
    _row("m7i.2xlarge", "m7i", 8, 32, _AWS),
    _row("m7i.4xlarge", "m7i", 16, 64, _AWS),
    _row("m7i.8xlarge", "m7i", 32, 128, _AWS),
    _row("m7i.12xlarge", "m7i", 48, 192, _AWS),
    _row("m7i.24xlarge", "m7i", 96, 384, _AWS),
    _row("m7i.48xlarge", "m7i", 192, 768, _AWS),
    _row("n2-standard-8", "n2-standard", 8, 32, _GCP),
    _row("n2-standard-16", "n2-standard", 16, 64, _GCP),
    _row("n2-standard-32", "n2-standard", 32, 128, _GCP),
    _row("n2-standard-48", "n2-standard", 48, 192, _GCP),
    _row("n2-standard-64", "n2-standard", 64, 256, _GCP),
    _row("n2-standard-96", "n2-standard", 96, 384, _GCP),
    _row("D8_v3", "Dv3", 8, 32, _AZURE),
    _row("D16_v3", "Dv3", 16, 64, _AZURE),
    _row("D32_v3", "Dv3", 32, 128, _AZURE),
    _row("D48_v3", "Dv3", 48, 192, _AZURE),
)

CHART_FAMILIES: Mapping[str, tuple[str, ...]] = {"aws": ("m6a",), "gcp": ("n2-standard",), "azure": ("Dv3",)}
"""The family that the vendor's size chart names at each provider."""

FAMILIES_BY_REGION: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # moto 5.2.5 ec2/resources/instance_type_offerings/availability-zone-id/*.json.gz (cloud data of about 2026-09),
    # read 2026-11-22: every row above of the family is offered in every zone but use1-az3 and euw2-az4. Where the
    # chart's m6a is missing, the same shapes of m6i stand in, and of m7i where m6i or its 48xlarge is missing.
    "aws": {
        **dict.fromkeys(
            (
                *("ap-northeast-1", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ca-central-1"),
                *("eu-central-1", "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"),
                *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
            ),
            ("m6a",),
        ),
        **dict.fromkeys(
            (
                *("af-south-1", "ap-east-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-3", "ap-southeast-5"),
                *("eu-central-2", "eu-north-1", "il-central-1", "me-central-1"),
            ),
            ("m6i", "m7i"),
        ),
        **dict.fromkeys(("ca-west-1", "me-south-1"), ("m6i",)),
        **dict.fromkeys(("ap-southeast-4", "eu-south-2"), ("m7i",)),
    },
    # skypilot-org/skypilot-catalog catalogs/v8/gcp/vms.csv, read 2026-11-22: n2 is listed in these regions.
    "gcp": dict.fromkeys(
        (
            *("africa-south1", "asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3"),
            *("asia-south1", "asia-south2", "asia-southeast1", "asia-southeast2", "australia-southeast1"),
            *("australia-southeast2", "europe-central2", "europe-north1", "europe-southwest1", "europe-west1"),
            *("europe-west2", "europe-west3", "europe-west4", "europe-west6", "europe-west8", "europe-west9"),
            *("europe-west10", "europe-west12", "me-central1", "me-central2", "me-west1", "northamerica-northeast1"),
            *("northamerica-northeast2", "southamerica-east1", "southamerica-west1", "us-central1", "us-east1"),
            *("us-east4", "us-east5", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4"),
        ),
        ("n2-standard",),
    ),
}


def is_checked(provider: str, region: str | None) -> bool:
    """Whether the region is among those where the families were looked up. Azure's never were."""
    return region in FAMILIES_BY_REGION.get(provider, {})


def fitting_types(shape: Shape, *, provider: str, region: str | None) -> tuple[MachineType, ...]:
    """The rows of a region that meet the shape, of the families in their order of preference, the smallest first.

    A region that was never looked up gets the family of the vendor's chart.
    """
    families = FAMILIES_BY_REGION.get(provider, {}).get(region or "", CHART_FAMILIES.get(provider, ()))
    rows = [
        row
        for row in MACHINE_TYPES
        if row.family in families and row.vcpu >= shape.vcpu and row.memory_gb >= shape.memory_gb
    ]
    return tuple(sorted(rows, key=lambda row: (families.index(row.family), row.memory_gb, row.vcpu)))


def smallest_fitting(shape: Shape, *, provider: str, region: str | None) -> MachineType | None:
    """The smallest row that meets the shape, of the first family to be had in the region; None where none does."""
    return next(iter(fitting_types(shape, provider=provider, region=region)), None)
