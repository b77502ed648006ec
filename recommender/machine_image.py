"""The plan of one machine from the vendor's image: every choice of `deployment:` checked, every number decided.

All problems are found before any is told, because each round with a customer's cloud team takes days.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recommender import aws_facts, gcp_facts
from recommender.catalogue import release
from recommender.checks import Checks
from recommender.errors import InputError
from recommender.model import at
from recommender.plan import (
    Access,
    Alarms,
    DataDisk,
    ExistingNetwork,
    Image,
    MachineImagePlan,
    NewNetwork,
    Provider,
    Snapshots,
)
from recommender.size_profile import is_disposable, load_of
from recommender.sizing import Sizing, size
from recommender.sizing.machine_types import MachineType, fitting_types
from recommender.sizing.size_chart import Shape
from recommender.surroundings import plan_access, plan_network

if TYPE_CHECKING:
    from recommender.profile import Profile
    from recommender.recommend import Recommendation

_LARGEST_DISK_GB = 65_536  # gp3, botocore 1.44.5; pd-ssd has the same limit (unverified). Read 2026-11-22
_ROOT_DISK_GB = 50  # sourcegraph/docs@3499c087 docs/self-hosted/deploy/machine-images/aws-ami.mdx, read 2026-11-22
_AWS_REFERENCES = {
    "kms_key": (r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/[\w-]+", "an AWS KMS key ARN"),
    "certificate": (r"arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+", "an ACM certificate ARN"),
    "alarms.notify": (r"arn:aws:sns:[a-z0-9-]+:\d{12}:[\w-]+", "an SNS topic ARN"),
    "machine.image": (r"ami-[0-9a-f]{8,17}", "an AMI id"),
    "network.id": (r"vpc-[0-9a-f]{8,17}", "a VPC id"),
    "network.machine_subnet": (r"subnet-[0-9a-f]{8,17}", "a subnet id"),
}
_GCP_REFERENCES = {
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
}


def make_plan(profile: Profile, recommendation: Recommendation) -> MachineImagePlan:
    """Decides every number and name of a machine-image deployment.

    Raises:
        InputError: with everything that `hosting:` and `deployment:` lack or have wrong for this target.
    """
    builder = _Builder(profile, recommendation)
    plan = builder.plan()
    if plan is None:
        raise builder.checks.error()
    return plan


class _Builder:
    """Collects problems while it decides, so that one run tells all of them."""

    def __init__(self, profile: Profile, recommendation: Recommendation) -> None:
        self.profile = profile
        self.recommendation = recommendation
        self.wanted = profile.deployment
        self.disposable = is_disposable(profile)
        self.checks = Checks(profile.name)

    def plan(self) -> MachineImagePlan | None:
        provider, region = self._place()
        sizing = self._sizing(region)
        if provider is None or region is None:
            return None
        self._references(provider)
        zones = aws_facts.zones_of(region) if provider == "aws" else gcp_facts.zones_of(region)
        zone = self._zone(zones)
        version = release("machine-image", self.profile.sourcegraph_version) or ""
        access = plan_access(self.wanted, self.checks, provider)
        ordered = (zone, *(other for other in zones if other != zone))
        network = plan_network(self.wanted, self.checks, provider, access, ordered, nat=not self.disposable)
        tags = self._tags(provider)
        project = self._project(provider)
        snapshots = self._snapshots(provider)
        if sizing is None:
            return None
        image = self._image(provider, region, version, sizing)
        machine = self._machine(provider, region, sizing)
        disk = self._disk(provider, sizing)
        if self.checks.found or image is None or network is None or machine is None:
            return None
        return MachineImagePlan(
            name=self.profile.name,
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
            root_disk_gb=_ROOT_DISK_GB,
            data_disk=disk,
            network=network,
            access=access,
            kms_key=self.wanted.kms_key,
            snapshots=snapshots,
            alarms=self._alarms(),
            deletion_protection=not self.disposable,
            tags=tags,
            notes=self._notes(sizing, network, access),
        )

    def _place(self) -> tuple[Provider | None, str | None]:
        provider, region = self.profile.hosting.provider, self.profile.hosting.region
        tables = {"aws": aws_facts.ZONES, "gcp": gcp_facts.ZONES}
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

    def _references(self, provider: Provider) -> None:
        shapes = _AWS_REFERENCES if provider == "aws" else _GCP_REFERENCES
        for field, (pattern, words) in shapes.items():
            value: object = at(self.wanted, field)
            if isinstance(value, str) and not re.fullmatch(pattern, value):
                self.checks.problem(
                    f"deployment.{field}", value, f"{words}, as the provider is {provider}", "Correct it."
                )

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

    def _tags(self, provider: Provider) -> tuple[tuple[str, str], ...]:
        tags = dict(self.wanted.tags)
        if provider == "aws":
            for key in (key for key in tags if key.lower().startswith("aws:")):
                self.checks.problem(
                    "deployment.tags", key, "keys without the prefix aws:, which is AWS's own", "Rename it."
                )
            return tuple((tags | {"moorage:name": self.profile.name, "moorage:stage": self.profile.stage}).items())
        for key, value in tags.items():
            if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key) or not re.fullmatch(r"[a-z0-9_-]{0,63}", value):
                self.checks.problem(
                    f"deployment.tags.{key}", value, "lower-case letters, digits, - and _ on GCP", "Rewrite it."
                )
        return tuple((tags | {"moorage-name": self.profile.name, "moorage-stage": self.profile.stage}).items())

    def _snapshots(self, provider: Provider) -> Snapshots | None:
        wanted = self.wanted.snapshots
        hour, minute = wanted.start_utc.split(":")
        if provider == "gcp" and (int(hour) % 4 or minute != "00"):
            self.checks.problem(
                "deployment.snapshots.start_utc", wanted.start_utc, "00:00, 04:00, … 20:00 on GCP", "Choose one."
            )
        return None if self.disposable else Snapshots(wanted.start_utc, wanted.keep_days)

    def _image(self, provider: Provider, region: str, version: str, sizing: Sizing) -> Image | None:
        own = self.wanted.machine.image
        releases = tuple(aws_facts.AMIS) if provider == "aws" else gcp_facts.IMAGE_RELEASES
        fact = aws_facts.AMI_FACT if provider == "aws" else gcp_facts.IMAGE_FACT
        if own is not None:
            return Image(own, None, version, fact)
        if version not in releases:
            self.checks.problem(
                "sourcegraph_version",
                version,
                f"one of {', '.join(releases)}",
                "Pin one of them, or give deployment.machine.image for this release.",
            )
            return None
        if provider == "aws":
            return Image(aws_facts.AMIS[version][region], None, version, fact)
        return Image(None, gcp_facts.IMAGE_ARCHIVE.format(size=sizing.machine.size), version, fact)

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

    def _disk(self, provider: Provider, sizing: Sizing) -> DataDisk:
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

    def _notes(self, sizing: Sizing, network: NewNetwork | ExistingNetwork, access: Access | None) -> tuple[str, ...]:
        notes: list[str] = []
        if self.disposable:
            notes.append(
                "Simple POC, cheap and disposable: the vendor's minimum machine, no NAT gateway, no snapshots, no "
                "alarms unless you name who hears them, and nothing is kept when the stack is destroyed. Do not put "
                "production data on it."
            )
        else:
            notes.append(
                "Kept: the data disk is protected, survives the machine and the stack, and is snapshotted daily. "
                "The machine may be replaced at any time."
            )
        if access is None:
            notes.append("No domain, so no load balancer: people reach it through the tunnel command in the outputs.")
        elif "0.0.0.0/0" in access.allowed_cidrs:
            notes.append("HTTPS is open to the whole internet, as the profile asks.")
        elif access.scheme == "internal" and isinstance(network, NewNetwork):
            notes.append(
                "The load balancer answers inside the new network only: connect yours to it (VPN, peering), or set "
                "deployment.access to internet."
            )
        if isinstance(network, ExistingNetwork):
            notes.append("The network exists: its machine subnet must reach the internet on 443 (images, code hosts).")
        if self.profile.hosting.provider == "gcp" and self.wanted.project is None:
            notes.append("deployment.project is not given: the credentials choose the project.")
        if self.wanted.alarms.email is None and self.wanted.alarms.notify is None and not self.disposable:
            notes.append("Alarms tell nobody: name deployment.alarms.email or .notify.")
        return (*notes, *sizing.notes)
