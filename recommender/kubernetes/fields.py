"""`deployment.kubernetes` and `deployment.managed` of the profile: the choices that only Kubernetes has.

Shapes are checked here; whether a choice fits the provider and the cluster is checked by `recommender.kubernetes`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from recommender.cidr import Cidr
from recommender.model import Or, Section, section
from recommender.secrets import refuse_secret

Flavor = Literal["eks", "eks-auto", "gke", "aks", "openshift", "other"]
Managed = Literal["postgres", "redis", "object-storage"]
"""Services that the cloud can run for Sourcegraph."""

_DNS_LABEL = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
_DNS_NAME = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"
_ObjectName = Annotated[str, Field(pattern=_DNS_NAME, max_length=253)]
_Principal = Annotated[
    str,
    Field(pattern=r"^arn:aws:iam::[0-9]{12}:(role|user)/[A-Za-z0-9+=,.@_/-]{1,512}$"),
    AfterValidator(refuse_secret),
]


class Ingress(Section):
    """How requests for `deployment.domain` get into the cluster."""

    kind: Literal["alb", "gce", "nginx", "class"] | None = Field(
        default=None,
        description="alb (default on EKS), gce (default on GKE), nginx, or class: any other that the cluster has.",
    )
    class_name: _ObjectName | None = Field(default=None, description="Name of the ingress class, where it exists.")
    tls_secret: _ObjectName | None = Field(
        default=None, description="TLS secret of the namespace, which exists or which `cluster_issuer` fills."
    )
    cluster_issuer: _ObjectName | None = Field(default=None, description="cert-manager's issuer of that secret.")


class Kubernetes(Section):
    """The cluster: one of our own, or one that exists; and what is particular to it."""

    cluster: Literal["new", "existing"] | None = Field(
        default=None, description="new (default on AWS and GCP) or existing (the only one elsewhere)."
    )
    version: Annotated[str, Field(pattern=r"^1\.[0-9]{2}$")] | None = Field(
        default=None, description="Kubernetes version, such as 1.36: a new EKS cluster's; the channel decides on GKE."
    )
    context: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9:/@._-]{0,252}$")] | None = Field(
        default=None, description="Existing cluster: its context in the kubeconfig. Required there."
    )
    flavor: Flavor | None = Field(
        default=None,
        description="Existing cluster: whose it is. Default: eks on AWS, gke on GCP, aks on Azure, else other.",
    )
    namespace: Annotated[str, Field(pattern=_DNS_LABEL), Or("sourcegraph")] = Field(
        default="sourcegraph", description="Namespace of Sourcegraph."
    )
    api_cidrs: Annotated[list[Cidr], Field(max_length=40), Or([])] = Field(
        default_factory=list[Cidr],
        description="New cluster: who may reach its API from outside the network. None: only from inside (on GKE also "
        "through its DNS name, which asks IAM).",
    )
    admins: Annotated[list[_Principal], Field(max_length=20), Or([])] = Field(
        default_factory=list[str],
        description="New EKS cluster: ARNs of IAM roles and users that administer it; whoever deploys must be one.",
    )
    node_type: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,40}$")] | None = Field(
        default=None,
        description="New cluster: machine type of the nodes. Default: the vendor's, larger where a pod needs it.",
    )
    max_nodes: Annotated[int, Field(ge=1, le=500)] | None = Field(
        default=None, description="New cluster: how many nodes the autoscaler may run; at least the plan's."
    )
    storage_class: _ObjectName | None = Field(
        default=None, description="Storage class that exists. None: moorage makes one that keeps its volumes."
    )
    ingress: Annotated[Ingress, Or({})] = section()
    secrets: Literal["external-secrets", "existing"] | None = Field(
        default=None,
        description="external-secrets (default on a new cluster): fetched from the cloud's store by the operator of "
        "that name. existing (default elsewhere): you create the Kubernetes secrets.",
    )
    chart_repository: Annotated[str, Field(pattern=r"^(https|oci)://[A-Za-z0-9][A-Za-z0-9._~:/-]{1,500}$")] | None = (
        Field(
            default=None,
            description="Mirror of the vendor's charts: https:// of a repository, or oci:// of a registry.",
        )
    )
    chart_file: Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,500}$")] | None = Field(
        default=None,
        description="Directory or .tgz of the vendor's chart `sourcegraph`, from the project's root. Wins over the "
        "mirror, which executors' chart comes from all the same.",
    )
    image_pull_secret: _ObjectName | None = Field(
        default=None, description="Docker credentials that exist in the namespace, for `downloads.registry`."
    )
    private_ca_secret: _ObjectName | None = Field(
        default=None, description="Secret that exists in the namespace, its key ca.crt the PEM of your own authority."
    )
    network_policies: Annotated[bool, Or(True)] = Field(
        default=True, description="Only what must talk to each other may. Needs a network plug-in that enforces it."
    )


class ManagedServices(Section):
    """Services that the cloud runs instead of the chart; of a new cluster only."""

    use: Annotated[list[Managed], Field(max_length=3), Or([])] = Field(
        default_factory=list[Managed], description="Which of postgres (three servers), redis (two), object-storage."
    )
    backup_days: Annotated[int, Field(ge=1, le=35)] = Field(
        default=14, description="How long backups of the databases are kept; 7 at most on GCP for point-in-time logs."
    )
