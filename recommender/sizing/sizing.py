"""One answer to "how big": every service, the machine, the disk, and what a person must know about the figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from recommender.sizing.estimator import Beyond, Load, ServiceSize, beyond, estimate
from recommender.sizing.machine_types import MachineType, is_checked, smallest_fitting
from recommender.sizing.reference_points import Factor
from recommender.sizing.size_chart import Rung, Shape, rung_for, shape_of

GRAFANA_STORAGE_GB = 2
"""sourcegraph/resource-estimator@8a3f0fc8 internal/scaling/scaling.go, read 2026-11-22: added on Kubernetes."""

SMALLEST_DATA_DISK_GB = 500
"""sourcegraph/docs@3499c087 docs/self-hosted/deploy/machine-images/{aws-ami,gce}.mdx, read 2026-11-22."""

DISK_PER_CODE_GB = 1.5
"""The same pages: the disk is 25 to 50 % larger than all repositories on it; the upper end is taken."""

SYNTACTIC_PLAUSIBLE_GB = 4
"""Largest repository up to which syntacticCodeIntel's figures stem from sound reference points."""

_UNITS: Mapping[Factor, str] = {
    "users": "users",
    "repositories": "repositories",
    "code": "GB of code",
    "index": "GB in the largest index",
    "activity": "thousand users and repositories together",
}


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine that carries everything."""

    size: str
    """XS to XL of the vendor's size chart; 2XL and 3XL of its estimator."""
    type: str | None
    """The cloud's exact machine type; None where none fits, or where it is not moorage's to name."""
    vcpu: int
    """Of the machine type; what the size asks for where none is named."""
    memory_gb: int
    data_disk_gb: int


@dataclass(frozen=True, slots=True)
class Sizing:
    """How big everything is."""

    services: Mapping[str, ServiceSize]
    """By the Helm chart's key, in a fixed order."""
    machine: Machine
    contact_support: bool
    """An input is beyond the published figures: the vendor wants to be asked."""
    total_storage_gb: int
    """One claim of each service and Grafana's. As in the estimator, further replicas' claims are not added."""
    load_notes: tuple[str, ...]
    """Sentences for people, on the services, wherever they run."""
    machine_notes: tuple[str, ...]
    """The same, on the one machine that would carry all of them."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Both."""
        return (*self.load_notes, *self.machine_notes)


def size(load: Load, *, provider: str | None, region: str | None, minimum: bool = False) -> Sizing:
    """How big an instance must be. More load never gives a smaller answer.

    Args:
        load: what it must carry.
        provider: aws, gcp or azure get a machine type; any other value, or None, gets only what the machine must have.
        region: of the provider; None when it is not known yet.
        minimum: for a simple POC: the vendor's minimum machine, and the smallest documented disk that holds the code.
    """
    services = estimate(load)
    total_storage_gb = sum(service.storage_gb for service in services.values()) + GRAFANA_STORAGE_GB
    disk_gb = max(SMALLEST_DATA_DISK_GB, math.ceil(load.code_gb * DISK_PER_CODE_GB))
    rung = rung_for(load.users, load.repositories + load.monorepos)
    shape = shape_of(rung, provider=provider, minimum=minimum)
    row = smallest_fitting(shape, provider=provider, region=region) if provider else None
    machine = Machine(
        size=rung.size,
        type=row.name if row else None,
        vcpu=row.vcpu if row else shape.vcpu,
        memory_gb=row.memory_gb if row else shape.memory_gb,
        data_disk_gb=disk_gb if minimum else max(disk_gb, total_storage_gb),
    )
    unpublished = beyond(load)
    return Sizing(
        services=services,
        machine=machine,
        contact_support=bool(unpublished),
        total_storage_gb=total_storage_gb,
        load_notes=(*(_beyond_note(one) for one in unpublished), *_syntactic_notes(load)),
        machine_notes=(
            *_machine_notes(rung, shape, row, provider=provider, region=region),
            *_minimum_notes(rung, total_storage_gb, minimum=minimum),
            *_memory_notes(services, machine),
        ),
    )


def _beyond_note(one: Beyond) -> str:
    unit = _UNITS[one.factor]
    return (
        f"{one.given:,} {unit} are beyond the vendor's published figures, which end at {one.published_up_to:,}: "
        "the sizes stop growing there, so ask Sourcegraph support before relying on them."
    )


def _syntactic_notes(load: Load) -> tuple[str, ...]:
    if load.largest_repository_gb <= SYNTACTIC_PLAUSIBLE_GB:
        return ()
    return (
        "syntacticCodeIntel: the estimator's figures for a largest repository above 4 GB lean on a point that took a "
        "CPU count for GB, and are far too high; the Helm chart leaves this service off by default.",
    )


def _machine_notes(
    rung: Rung, shape: Shape, row: MachineType | None, *, provider: str | None, region: str | None
) -> tuple[str, ...]:
    need = f"{shape.vcpu} vCPU and {shape.memory_gb:,} GB"
    if row is None and rung.users is None:
        return (f"Size {rung.size} asks for {need}: one machine cannot carry that, a cluster can.",)
    if row is None and provider in ("aws", "gcp", "azure"):
        return (
            f"Size {rung.size} asks for {need}: no machine type that was looked up for {region or provider} has that.",
        )
    if row is None:
        return (f"Size {rung.size} needs an amd64 machine with at least {need}, and SSDs.",)
    if not is_checked(str(provider), region):
        where = f"in {region}" if region else "anywhere, for no region is given"
        return (f"Whether {row.name} is offered was not checked {where}: look before you rely on it.",)
    if provider == "aws" and row.family != "m6a":
        return (f"{row.name} stands in for the m6a of the vendor's chart, which {region} did not offer in this size.",)
    return ()


def _minimum_notes(rung: Rung, total_storage_gb: int, *, minimum: bool) -> tuple[str, ...]:
    if not minimum:
        return ()
    if rung.minimum is None:
        return (
            f"No minimum is published for size {rung.size}, so only the disk is less than the {total_storage_gb:,} GB "
            "recommended.",
        )
    return (
        f"This is the vendor's minimum for size {rung.size}, for an evaluation. Recommended: {rung.recommended.vcpu} "
        f"vCPU, {rung.recommended.memory_gb:,} GB of memory, {total_storage_gb:,} GB of disk.",
    )


def _memory_notes(services: Mapping[str, ServiceSize], machine: Machine) -> tuple[str, ...]:
    gitserver = services["gitserver"]
    needed = gitserver.replicas * gitserver.memory_request_gb
    if needed <= machine.memory_gb:
        return ()
    return (
        f"gitserver alone would ask for {needed:,.0f} GB of memory (the estimator gives each replica 5 % of the code), "
        f"more than this machine's {machine.memory_gb:,} GB: watch its memory, or take a cluster.",
    )
