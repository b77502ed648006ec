"""`deployment:` of the profile: the choices that only matter once something is stood up. All are optional.

Shapes are checked here. Whether a choice fits the provider and the plan (a zone of the region, a machine type that is
large enough, a certificate of the right cloud) is checked by `recommender.single_node`, which knows both;
`recommender.software` has the part that a machine installs for itself.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from recommender.cidr import Cidr
from recommender.kubernetes.fields import Kubernetes, ManagedServices
from recommender.model import Or, Section, section
from recommender.policy_exceptions import PolicyException
from recommender.secrets import refuse_secret
from recommender.software import Downloads, Executors, External, Proxy, Tls

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"^({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])$"
# References to things that exist: ARNs, ids, self links, resource names. None of them can carry a line break, a quote
# or a shell metacharacter, so they are safe wherever they are put later.
_Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9:/._@+=-]{0,511}$"), AfterValidator(refuse_secret)]
_Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/=+@-]{0,127}$"), AfterValidator(refuse_secret)]
_TagKey = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._:/-]{0,62}$")]
_Email = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}$")]


class Network(Section):
    """The network: one of our own (`cidr`), or one that exists (`id` and its subnets)."""

    cidr: Cidr | None = Field(default=None, description="Range of the new network, /16 to /22. Default 10.64.0.0/16.")
    id: _Reference | None = Field(default=None, description="AWS: VPC id. GCP: network self link.")
    machine_subnet: _Reference | None = Field(default=None, description="AWS: subnet id. GCP: subnetwork self link.")
    load_balancer_subnets: list[_Reference] | None = Field(
        default=None, max_length=8, description="AWS: at least two subnet ids in different zones. GCP: none."
    )
    node_subnets: list[_Reference] | None = Field(
        default=None,
        max_length=6,
        description="AWS, Kubernetes: private subnets of the nodes, one a zone, in at least two zones. GCP: none.",
    )
    pods_range: Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")] | None = Field(
        default=None, description="GCP, Kubernetes: name of the subnetwork's secondary range for pods."
    )
    services_range: Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")] | None = Field(
        default=None, description="GCP, Kubernetes: name of the subnetwork's secondary range for services."
    )
    services_cidr: Cidr | None = Field(
        default=None,
        description="AWS, Kubernetes, a network that exists: range of the cluster's services, which must overlap with "
        "nothing there. Default 172.20.0.0/16.",
    )
    proxy_only_cidr: Cidr | None = Field(
        default=None, description="GCP, private access: range of the region's proxy-only subnet. AWS: none."
    )


class Machine(Section):
    """The machine, where the plan's choice is to be overruled."""

    type: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,40}$")] | None = Field(
        default=None, description="A machine type of the catalogue, at least as large as the plan's."
    )
    image: _Reference | None = Field(default=None, description="AWS: AMI id of the region. GCP: image self link.")
    roll_image: bool = Field(
        default=False, description="Replace the machine when its image or boot data changes; the data disk stays."
    )


class Snapshots(Section):
    """Daily snapshots of the data disk."""

    keep_days: Annotated[int, Field(ge=1, le=1000)] = Field(default=14, description="How long each is kept.")
    start_utc: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        default="04:00", description="HH:MM. GCP takes one of 00:00, 04:00, … 20:00."
    )


class Alarms(Section):
    """Who hears of a full disk or a dead machine."""

    email: _Email | None = Field(default=None, description="A mail address; it must confirm the subscription.")
    notify: _Reference | None = Field(default=None, description="AWS: SNS topic ARN. GCP: notification channel name.")


class Deployment(Section):
    """How the recommended target is to be stood up."""

    project: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")] | None = Field(
        default=None, description="GCP project id. None: the project of the credentials."
    )
    domain: Annotated[str, Field(pattern=_DOMAIN, max_length=253)] | None = Field(
        default=None, description="Name that people open over HTTPS. None: access through Session Manager or IAP only."
    )
    access: Literal["private", "internet"] = Field(
        default="private",
        description="Where the load balancer of `domain` listens: inside the network, or on the internet.",
    )
    allowed_cidrs: list[Cidr] | None = Field(
        default=None,
        min_length=1,
        max_length=50,
        description="Who may connect. Required for `internet` (0.0.0.0/0 must be said); private: the RFC 1918 ranges.",
    )
    certificate: _Reference | None = Field(
        default=None, description="Certificate that exists: ACM ARN or GCP self link. None: a managed one is requested."
    )
    dns_zone: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,62}$")] | None = Field(
        default=None, description="AWS: hosted zone id. GCP: managed zone name. None: you create the records yourself."
    )
    network: Annotated[Network, Or({})] = section()
    zone: Annotated[str, Field(pattern=r"^[a-z0-9-]{5,30}$")] | None = Field(
        default=None,
        description="Zone of the machine and its disk; a later change would move the disk, so it is refused there.",
    )
    kms_key: _Reference | None = Field(
        default=None, description="Customer-managed key for the disks: AWS key ARN, or GCP crypto key resource name."
    )
    machine: Annotated[Machine, Or({})] = section()
    data_disk_gb: Annotated[int, Field(ge=1, le=65_536)] | None = Field(
        default=None, description="Size of the data disk; at least the plan's."
    )
    data_disk_device: Annotated[str, Field(pattern=r"^/dev/[A-Za-z0-9][A-Za-z0-9/._:-]{0,200}$")] | None = Field(
        default=None,
        description="Other providers and on premises: the data disk, such as /dev/disk/by-id/…. None: the machine's "
        "only other disk.",
    )
    tls: Annotated[Tls, Or({})] = section()
    proxy: Annotated[Proxy, Or({})] = section()
    downloads: Annotated[Downloads, Or({})] = section()
    external: Annotated[External, Or({})] = section()
    executors: Annotated[Executors, Or({})] = section()
    kubernetes: Annotated[Kubernetes, Or({})] = section()
    managed: Annotated[ManagedServices, Or({})] = section()
    snapshots: Annotated[Snapshots, Or({})] = section()
    alarms: Annotated[Alarms, Or({})] = section()
    tags: Annotated[dict[_TagKey, _Tag], Field(max_length=30)] = Field(
        default_factory=dict[str, str], description="Tags (AWS) or labels (GCP) for every resource."
    )
    policy_exceptions: Annotated[list[PolicyException], Or([]), Field(max_length=50)] = Field(
        default_factory=list[PolicyException],
        description="Breaches of policies that the organization accepts for a while; nothing that is created changes.",
    )
