"""The plan of one machine, for the three targets that run on one: every choice checked, every number decided.

In AWS and GCP that is a `SingleNodePlan`: the machine with everything around it. Elsewhere the organization brings the
machine, and the plan is what it installs: a `HostPlan`.

All problems are found before any is told, because each round with a customer's cloud team takes days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from recommender import aws_facts, gcp_facts
from recommender.catalogue import release
from recommender.checks import Checks, refuse_fields
from recommender.deployment import Deployment
from recommender.errors import InputError
from recommender.host import HostDisk, HostPlan, Platform
from recommender.host_plan import ROOT_DISK_GB, plan_host
from recommender.images import plan_image
from recommender.plan import (
    Alarms,
    DataDisk,
    Provider,
    SingleNodePlan,
    Snapshots,
    Target,
)
from recommender.references import check_references
from recommender.single_node_notes import cloud_notes
from recommender.size_profile import is_disposable, load_of
from recommender.sizing import Sizing, size
from recommender.sizing.machine_types import MachineType, fitting_types
from recommender.sizing.size_chart import Shape
from recommender.stand_up import single_node_target
from recommender.surroundings import plan_access, plan_network
from recommender.tags import plan_tags

if TYPE_CHECKING:
    from recommender.profile import Profile
    from recommender.recommend import Recommendation

_VENDOR_ROOT_DISK_GB = 50
"""sourcegraph/docs@3499c087 docs/self-hosted/deploy/machine-images/aws-ami.mdx, read 2026-11-22."""
_SYSTEM_GB = 10
"""For the operating system itself, beside what the installer wants free (our own choice)."""
_ELSEWHERE = ("azure", "on-premises", "other")
_CLOUD_ONLY = (
    "project",
    "access",
    "allowed_cidrs",
    "certificate",
    "dns_zone",
    "network",
    "zone",
    "kms_key",
    "machine",
    "snapshots",
    "alarms",
    "tags",
)
_KUBERNETES_ONLY = ("kubernetes", "managed")
_SOFTWARE_ONLY = ("tls", "proxy", "downloads", "external", "executors")
_LARGEST_DISK_GB = 65_536  # gp3, botocore 1.44.5; pd-ssd has the same limit (unverified). Read 2026-11-22


def plan_single_node(profile: Profile, recommendation: Recommendation) -> SingleNodePlan | HostPlan:
    """Decides every number and name of a deployment on one machine.

    Raises:
        InputError: with everything that `hosting:` and `deployment:` lack or have wrong for this target.
    """
    builder = _Builder(profile, recommendation, single_node_target(recommendation))
    plan = builder.plan()
    if plan is None:
        raise builder.checks.error()
    return plan


class _Builder:
    """Collects problems while it decides, so that one run tells all of them."""

    def __init__(self, profile: Profile, recommendation: Recommendation, target: Target) -> None:
        self.profile = profile
        self.recommendation = recommendation
        self.target: Target = target
        self.wanted = profile.deployment
        self.disposable = is_disposable(profile)
        self.checks = Checks(profile.name)

    def plan(self) -> SingleNodePlan | HostPlan | None:
        provider, region = self._place()
        sizing = self._sizing(region)
        self._refuse(_KUBERNETES_ONLY, f"nothing with {self.target}, which runs on one machine", "Remove it.")
        if self.target != "machine-image" and provider is None and self.profile.hosting.provider in _ELSEWHERE:
            return self._plan_elsewhere(sizing)
        if provider is None or region is None:
            return None
        check_references(self.wanted, self.checks, provider)
        self._refuse(("data_disk_device",), f"nothing on {provider}, where the disk is moorage's own", "Remove it.")
        if self.target == "machine-image":
            self._refuse(
                _SOFTWARE_ONLY,
                "nothing with machine-image, which brings its own software",
                "Remove it, or rule machine-image out in hosting.restrictions.",
            )
        zones = aws_facts.zones_of(region) if provider == "aws" else gcp_facts.zones_of(region)
        zone = self._zone(zones)
        version = release(self.target, self.profile.sourcegraph_version) or ""
        access = plan_access(self.wanted, self.checks, provider)
        ordered = (zone, *(other for other in zones if other != zone))
        network = plan_network(self.wanted, self.checks, provider, access, ordered, nat=not self.disposable)
        tags = plan_tags(self.profile, self.checks, provider)
        project = self._project(provider)
        snapshots = self._snapshots(provider)
        if sizing is None:
            return None
        image = plan_image(self.target, self.wanted, self.checks, provider, region, version, sizing.machine.size)
        machine = self._machine(provider, region, sizing)
        disk = self._disk(provider, sizing)
        host = self._host(provider, region, zone, sizing, machine, disk)
        if self.checks.found or image is None or network is None or machine is None:
            return None
        return SingleNodePlan(
            name=self.profile.name,
            target=self.target,
            stage=self.profile.stage,
            disposable=self.disposable,
            provider=provider,
            project=project,
            region=region,
            zone=zone,
            version=version,
            size=sizing.machine.size,
            image=image,
            roll_image=self.wanted.machine.roll_image,
            machine_type=machine.name,
            vcpu=machine.vcpu,
            memory_gb=machine.memory_gb,
            root_disk_gb=self._root_disk_gb(),
            data_disk=disk,
            network=network,
            access=access,
            kms_key=self.wanted.kms_key,
            snapshots=snapshots,
            alarms=self._alarms(),
            deletion_protection=not self.disposable,
            tags=tags,
            host=host,
            notes=(
                *cloud_notes(self.profile, self.target, network, access),
                *sizing.notes,
                *(host.notes if host else ()),
            ),
        )

    def _plan_elsewhere(self, sizing: Sizing | None) -> HostPlan | None:
        """The organization brings the machine: what only a cloud has is refused, the rest is installed."""
        self._refuse(
            _CLOUD_ONLY,
            "nothing: the machine and what is around it are yours",
            "Remove it, or set hosting.provider to aws or gcp.",
        )
        if sizing is None:
            return None
        planned = sizing.machine
        disk = HostDisk(self.wanted.data_disk_device, "ext4", self._disk_gb(sizing))
        host = self._plan_host("other", None, None, sizing, Shape(planned.vcpu, planned.memory_gb), disk)
        return replace(host, notes=(*host.notes, *sizing.notes)) if host else None

    def _host(
        self, provider: Provider, region: str, zone: str, sizing: Sizing, machine: MachineType | None, disk: DataDisk
    ) -> HostPlan | None:
        if self.target == "machine-image" or machine is None:
            return None
        seen = HostDisk(disk.device_name, disk.filesystem, disk.size_gb)
        return self._plan_host(provider, region, zone, sizing, Shape(machine.vcpu, machine.memory_gb), seen)

    def _plan_host(
        self,
        platform: Platform,
        region: str | None,
        zone: str | None,
        sizing: Sizing,
        shape: Shape,
        disk: HostDisk,
    ) -> HostPlan | None:
        assert self.target != "machine-image", "the vendor's image brings its software"
        return plan_host(
            self.profile,
            self.target,
            self.checks,
            sizing,
            shape,
            platform=platform,
            region=region,
            zone=zone,
            disk=disk,
        )

    def _refuse(self, fields: Sequence[str], allowed: str, fix: str) -> None:
        """Notes every one of these parts of `deployment:` in which something is chosen."""
        refuse_fields(self.checks, self.wanted, Deployment.model_validate({}), "deployment", fields, allowed, fix)

    def _root_disk_gb(self) -> int:
        """The installer wants its room free, beside the system; the vendor's image has it as it is."""
        return _VENDOR_ROOT_DISK_GB if self.target == "machine-image" else ROOT_DISK_GB + _SYSTEM_GB

    def _place(self) -> tuple[Provider | None, str | None]:
        provider, region = self.profile.hosting.provider, self.profile.hosting.region
        tables = {"aws": aws_facts.ZONES, "gcp": gcp_facts.ZONES}
        if provider in _ELSEWHERE and self.target != "machine-image":
            return None, None
        if provider not in ("aws", "gcp"):
            self.checks.problem(
                "hosting.provider", provider, "aws or gcp", "Answer it; a machine image needs one of them."
            )
            return None, None
        if region is None or region not in tables[provider]:
            allowed = ", ".join(sorted(tables[provider]))
            self.checks.problem(
                "hosting.region", region, f"one of {allowed}", "Choose a region that the image is offered in."
            )
            return provider, None
        return provider, region

    def _sizing(self, region: str | None) -> Sizing | None:
        try:
            load = load_of(self.profile, self.recommendation)
        except InputError as error:
            self.checks.add(error.problems)
            return None
        return size(load, provider=self.profile.hosting.provider, region=region, minimum=self.disposable)

    def _zone(self, zones: tuple[str, ...]) -> str:
        zone = self.wanted.zone
        if zone is not None and zone not in zones:
            self.checks.problem(
                "deployment.zone", zone, f"one of {', '.join(zones)}", "Choose a zone of hosting.region."
            )
        return zone or zones[0]

    def _project(self, provider: Provider) -> str | None:
        project = self.wanted.project
        if provider == "aws" and project is not None:
            self.checks.problem(
                "deployment.project", project, "nothing on AWS", "Remove it; AWS credentials choose the account."
            )
        return project

    def _snapshots(self, provider: Provider) -> Snapshots | None:
        wanted = self.wanted.snapshots
        hour, minute = wanted.start_utc.split(":")
        if provider == "gcp" and (int(hour) % 4 or minute != "00"):
            self.checks.problem(
                "deployment.snapshots.start_utc", wanted.start_utc, "00:00, 04:00, … 20:00 on GCP", "Choose one."
            )
        return None if self.disposable else Snapshots(wanted.start_utc, wanted.keep_days)

    def _machine(self, provider: Provider, region: str, sizing: Sizing) -> MachineType | None:
        planned, wanted = sizing.machine, self.wanted.machine.type
        fitting = fitting_types(Shape(planned.vcpu, planned.memory_gb), provider=provider, region=region)
        name = wanted or planned.type
        row = next((row for row in fitting if row.name == name), None)
        if row is None:
            names = ", ".join(row.name for row in fitting) or "a smaller load"
            allowed = f"{names}: at least {planned.vcpu} vCPU and {planned.memory_gb} GB, offered in {region}"
            self.checks.problem("deployment.machine.type", name, allowed, "Choose one of them, or remove it.")
        return row

    def _disk_gb(self, sizing: Sizing) -> int:
        planned, wanted = sizing.machine.data_disk_gb, self.wanted.data_disk_gb
        if wanted is not None and wanted < planned:
            self.checks.problem(
                "deployment.data_disk_gb", wanted, f"at least {planned:,}, by the plan", "Raise or remove it."
            )
        size_gb = wanted or planned
        if size_gb > _LARGEST_DISK_GB:
            self.checks.problem(
                "scale.code_gb",
                self.profile.scale.code_gb,
                f"a disk of at most {_LARGEST_DISK_GB:,} GB",
                "Too much for one machine: set hosting.single_machine_issues or requires_cluster.",
            )
        return size_gb

    def _disk(self, provider: Provider, sizing: Sizing) -> DataDisk:
        size_gb = self._disk_gb(sizing)
        if provider == "gcp":
            return DataDisk(size_gb, "pd-ssd", None, None, f"{self.profile.name}-data", "ext4", not self.disposable)
        # The vendor runs L and XL on io2 at 16,000 IOPS (sourcegraph/deploy@2d7a30ac doc/development.md, read
        # 2026-11-22). gp3 reaches the same figure for a fraction of the price; ADR 0009 says what is given up.
        large = sizing.machine.size in ("L", "XL") and not self.disposable
        iops, throughput = (16_000, 1_000) if large else (3_000, 125)
        return DataDisk(size_gb, "gp3", iops, throughput, "/dev/sdb", "xfs", not self.disposable)

    def _alarms(self) -> Alarms | None:
        wanted = self.wanted.alarms
        if self.disposable and wanted.email is None and wanted.notify is None:
            return None
        return Alarms(wanted.notify, wanted.email, disk_used_percent=80, memory_used_percent=90)
