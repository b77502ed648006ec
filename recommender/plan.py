"""The plan: every number and name that later steps need, decided before a resource or a file exists.

Components and templates only read it. A field that a cloud may change later by itself (an IP address, an ARN) is
never here; a field that a person chose, or that a vendor table gave, always is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recommender.fact import Fact
from recommender.host import HostPlan

Provider = Literal["aws", "gcp"]
Scheme = Literal["internal", "internet-facing"]
Target = Literal["machine-image", "install-script", "docker-compose"]


@dataclass(frozen=True, slots=True)
class Image:
    """The boot image. Exactly one of `reference` and `archive` is set."""

    reference: str | None
    """AWS: an AMI id. GCP: an image's self link or `projects/P/global/images/NAME`."""
    archive: str | None
    """GCP: a `.tar.gz` in a bucket, imported once as an image of the customer's own project."""
    version: str
    """The Sourcegraph version that boots from it."""
    fact: Fact
    stock: bool = False
    """True: the cloud's own image of an operating system, pinned by moorage. It boots under UEFI and has the agents."""


@dataclass(frozen=True, slots=True)
class DataDisk:
    """The disk that holds everything worth keeping. It outlives every machine."""

    size_gb: int
    kind: str
    """AWS: gp3 or io2. GCP: pd-ssd or pd-balanced."""
    iops: int | None
    throughput_mbps: int | None
    """MiB per second; gp3 only."""
    device_name: str
    """AWS: the device it is attached as (/dev/sdb). GCP: the name that makes /dev/disk/by-id/google-NAME."""
    filesystem: Literal["xfs", "ext4"]
    keep: bool
    """True: protected, retained when the stack is destroyed, and snapshotted once more before any deletion."""


@dataclass(frozen=True, slots=True)
class NewNetwork:
    """A network of our own."""

    cidr: str
    machine_cidr: str
    """Subnet of the machine: private where there is NAT, else public without any inbound rule."""
    edge_cidrs: tuple[str, ...]
    """AWS: one public (or, for an internal load balancer, private) subnet a zone of `edge_zones`. GCP: one entry, the
    proxy-only subnet of an internal load balancer, else none."""
    edge_zones: tuple[str, ...]
    nat: bool
    """Outbound through NAT; else the machine has a public address that nothing may connect to."""
    nat_cidr: str | None = None
    """AWS with `nat`: public subnet of the NAT gateway alone, in the machine's zone. Else None."""


@dataclass(frozen=True, slots=True)
class ExistingNetwork:
    """A network that the customer runs. moorage creates nothing in it but firewall rules or security groups."""

    network: str
    """AWS: VPC id. GCP: network self link."""
    machine_subnet: str
    edge_subnets: tuple[str, ...]
    """AWS: at least two subnets in different zones, for the load balancer. GCP: for an internal load balancer the range
    of the region's proxy-only subnet, so that a rule can let its proxies in; else none."""
    machine_has_nat: bool = True


@dataclass(frozen=True, slots=True)
class Access:
    """How people reach the instance over HTTPS. None in the plan means: only through Session Manager or IAP."""

    domain: str
    scheme: Scheme
    allowed_cidrs: tuple[str, ...]
    """Source ranges that may open a connection on 443 (and on 80, for the redirect)."""
    certificate: str | None
    """ARN or self link of a certificate that exists; None: a managed one is requested and validated by DNS."""
    dns_zone: str | None
    """AWS: hosted zone id. GCP: managed zone name. None: the person creates the records that the outputs name."""
    idle_timeout_seconds: int = 300
    """Searches stream for minutes: connections are held for 5 minutes."""
    blocked_paths: tuple[str, ...] = ("/.executors",)
    """Answered 403 at the load balancer: the image ships one public executor password for everybody."""


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Scheduled snapshots of the data disk."""

    start_utc: str
    """HH:MM, daily."""
    keep_days: int


@dataclass(frozen=True, slots=True)
class Alarms:
    """What is watched, and who is told."""

    notify: str | None
    """AWS: ARN of an SNS topic that exists. GCP: name of a notification channel that exists. None: `email`."""
    email: str | None
    """A mail address; None with `notify` None: alarms exist and tell nobody."""
    disk_used_percent: int
    memory_used_percent: int


@dataclass(frozen=True, slots=True)
class SingleNodePlan:
    """One machine in a cloud, with its disk, network, access, backup and alarms."""

    name: str
    target: Target
    stage: Literal["poc", "trial", "production"]
    disposable: bool
    """A simple POC: cheaper, nothing is kept when the stack is destroyed."""
    provider: Provider
    project: str | None
    """GCP project id; None: the project of the credentials. None on AWS."""
    region: str
    zone: str
    version: str
    size: str
    """XS to XL of the vendor's size chart."""
    image: Image
    roll_image: bool
    """True: a new image (or new user data) replaces the machine now. False: both are ignored on a live machine."""
    machine_type: str
    vcpu: int
    memory_gb: int
    root_disk_gb: int
    data_disk: DataDisk
    network: NewNetwork | ExistingNetwork
    access: Access | None
    kms_key: str | None
    """Customer-managed key for both disks: an AWS key ARN, or a GCP crypto key's resource name. None: the cloud's."""
    snapshots: Snapshots | None
    alarms: Alarms | None
    deletion_protection: bool
    """Of the load balancer."""
    tags: tuple[tuple[str, str], ...]
    """Tags (AWS) or labels (GCP), in a fixed order."""
    host: HostPlan | None = None
    """What the machine installs for itself; None for the vendor's machine image, which brings everything."""
    notes: tuple[str, ...] = ()
    """Sentences for people: what this plan chose and why, cheaper or safer."""

    @property
    def secret_references(self) -> dict[str, str]:
        """Name of each secret that the machine reads from the cloud's store, and where it is; in a fixed order."""
        secrets = self.host.secrets if self.host else ()
        return {secret.name: secret.reference for secret in secrets if secret.reference}
