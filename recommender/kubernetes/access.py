"""How requests get into the cluster, and where its claims are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.checks import Checks
from recommender.kubernetes.fields import Flavor
from recommender.kubernetes.plan import IngressKind, IngressPlan, StorageClass
from recommender.surroundings import PRIVATE_RANGES

if TYPE_CHECKING:
    from recommender.deployment import Deployment

_KINDS: Mapping[Flavor, IngressKind] = {"eks": "alb", "gke": "gce", "eks-auto": "class", "openshift": "class"}
_PROVISIONERS: Mapping[Flavor, tuple[str, tuple[tuple[str, str], ...]]] = {
    # sourcegraph/deploy-sourcegraph-helm@v7.6.0 charts/sourcegraph/examples/{aws,gcp,azure}/override.yaml and
    # sourcegraph/docs@3499c087 docs/self-hosted/deploy/kubernetes/index.mdx, read 2026-11-22.
    "eks": ("ebs.csi.aws.com", (("type", "gp3"), ("encrypted", "true"))),
    "eks-auto": ("ebs.csi.eks.amazonaws.com", (("type", "gp3"), ("encrypted", "true"))),
    "gke": ("pd.csi.storage.gke.io", (("type", "pd-ssd"),)),
    "aks": ("disk.csi.azure.com", (("storageaccounttype", "Premium_LRS"),)),
}
# The same example for AWS; cloud.google.com/kubernetes-engine/docs/how-to/using-cmek, as public repositories have it,
# read 2026-11-22. Only clusters of our own have a key, and those are of these two kinds.
_KEY_PARAMETERS: Mapping[Flavor, str] = {"eks": "kmsKeyId", "gke": "disk-encryption-kms-key"}


@dataclass(frozen=True, slots=True)
class OwnVolumes:
    """What the cluster stack has for volumes."""

    tag: tuple[str, str]
    """What backups find them by."""
    kms_key: str | None
    """Encrypts them: the customer's, or what stands for the one that the stack makes. None: the cloud's own does."""


def plan_ingress(
    wanted: Deployment, checks: Checks, flavor: Flavor, name: str, *, own_cluster: bool
) -> IngressPlan | None:
    """How requests get in; None without a domain: through `kubectl port-forward` only."""
    ingress = wanted.kubernetes.ingress
    kind = ingress.kind or _KINDS.get(flavor, "nginx")
    if wanted.domain is None:
        _refuse_without_domain(wanted, checks)
        return None
    if kind in ("alb", "gce"):
        needed = {"alb": ("eks",), "gce": ("gke",)}[kind]
        if flavor not in needed:
            checks.problem(
                "deployment.kubernetes.ingress.kind",
                kind,
                f"another on {flavor}",
                "Choose nginx, or class and its name.",
            )
    if kind == "class" and ingress.class_name is None:
        checks.problem(
            "deployment.kubernetes.ingress.class_name", None, "the name of an ingress class", "Name the cluster's own."
        )
    internal = wanted.access == "private"
    _check_certificate(wanted, checks, kind, internal=internal, own_cluster=own_cluster)
    if not internal and wanted.allowed_cidrs is None:
        checks.problem(
            "deployment.allowed_cidrs",
            None,
            "the ranges that may connect",
            "Name them; to open it to the whole internet, say [0.0.0.0/0].",
        )
    if kind == "gce":
        _check_ranges_of_gce(wanted, checks, internal=internal, own_cluster=own_cluster)
    return IngressPlan(
        kind=kind,
        class_name=ingress.class_name or {"alb": f"sourcegraph-{name}", "gce": "", "nginx": "nginx", "class": ""}[kind],
        domain=wanted.domain,
        scheme="internal" if internal else "internet-facing",
        allowed_cidrs=tuple(sorted(set(wanted.allowed_cidrs or PRIVATE_RANGES))),
        # The Ingress names a certificate of the project, without the path before it.
        certificate=wanted.certificate.rpartition("/")[2]
        if wanted.certificate and kind == "gce"
        else wanted.certificate,
        tls_secret=ingress.tls_secret,
        cluster_issuer=ingress.cluster_issuer,
        address_name=f"{name}-sourcegraph" if kind == "gce" and own_cluster else None,
        edge_subnets=tuple(sorted(set(wanted.network.load_balancer_subnets or ()))) if kind == "alb" else (),
    )


def _check_ranges_of_gce(wanted: Deployment, checks: Checks, *, internal: bool, own_cluster: bool) -> None:
    """Google's Ingress lets everybody in unless a Cloud Armor policy of the cluster stack keeps them out."""
    ranges = wanted.allowed_cidrs
    if internal and ranges is not None:
        checks.problem(
            "deployment.allowed_cidrs",
            ranges,
            "nothing with an internal load balancer of gce, which whoever reaches the network can open",
            "Remove it; the network's own firewall decides.",
        )
    if not internal and not own_cluster and ranges not in (None, ["0.0.0.0/0"]):
        checks.problem(
            "deployment.allowed_cidrs",
            ranges,
            "0.0.0.0/0 with gce on a cluster that exists: nothing of moorage's would keep to other ranges",
            "Say 0.0.0.0/0, and attach a Cloud Armor policy of your own.",
        )


def _refuse_without_domain(wanted: Deployment, checks: Checks) -> None:
    for field in ("certificate", "dns_zone", "allowed_cidrs"):
        if getattr(wanted, field) is not None:
            checks.problem("deployment.domain", None, "a DNS name", f"Give the domain that {field} is for.")
    if wanted.access == "internet":
        checks.problem("deployment.domain", None, "a DNS name", "The internet needs HTTPS, so a domain: give one.")
    given = wanted.kubernetes.ingress.model_dump(exclude_none=True)
    if given:
        checks.problem("deployment.domain", None, "a DNS name", "Give the domain that kubernetes.ingress is for.")


def _check_certificate(
    wanted: Deployment, checks: Checks, kind: IngressKind, *, internal: bool, own_cluster: bool
) -> None:
    """Exactly one source of the certificate, of a kind that the ingress can use."""
    ingress = wanted.kubernetes.ingress
    if ingress.cluster_issuer is not None and ingress.tls_secret is None:
        checks.problem(
            "deployment.kubernetes.ingress.tls_secret", None, "the secret that the issuer fills", "Give it a name."
        )
    if kind == "alb" and ingress.tls_secret is not None:
        checks.problem(
            "deployment.kubernetes.ingress.tls_secret",
            ingress.tls_secret,
            "nothing with alb, which reads certificates of ACM only",
            "Give deployment.certificate, or deployment.dns_zone with a new cluster.",
        )
    requested = {"alb": own_cluster and wanted.dns_zone is not None, "gce": not internal}.get(kind, False)
    if wanted.certificate is None and ingress.tls_secret is None and not requested:
        field = {"alb": "certificate", "gce": "certificate"}.get(kind, "kubernetes.ingress.tls_secret")
        words = {
            "alb": "an ACM ARN, or dns_zone with a new cluster, so that one can be requested and validated",
            "gce": "a certificate of the region, or kubernetes.ingress.tls_secret: Google manages no internal ones",
        }.get(kind, "a TLS secret")
        checks.problem(f"deployment.{field}", None, words, "Say where the certificate comes from.")
    if wanted.certificate is not None and (kind not in ("alb", "gce") or ingress.tls_secret is not None):
        checks.problem(
            "deployment.certificate",
            wanted.certificate,
            f"nothing with {kind} and a TLS secret" if ingress.tls_secret else f"nothing with {kind}",
            "Name a TLS secret in deployment.kubernetes.ingress instead, or remove one of the two.",
        )


def plan_storage_class(
    wanted: Deployment, checks: Checks, flavor: Flavor, name: str, own: OwnVolumes | None
) -> StorageClass:
    """One that exists, or our own. `own`: None on a cluster that exists."""
    given = wanted.kubernetes.storage_class
    if given is not None:
        return StorageClass(given, create=False, provisioner="", parameters=())
    if flavor not in _PROVISIONERS:
        checks.problem(
            "deployment.kubernetes.storage_class",
            None,
            f"a class that exists: how disks are made on {flavor} is not known",
            "Name one that keeps its volumes, waits for the first consumer, and is on SSDs.",
        )
        return StorageClass("", create=False, provisioner="", parameters=())
    provisioner, parameters = _PROVISIONERS[flavor]
    if own and own.kms_key:
        parameters += ((_KEY_PARAMETERS[flavor], own.kms_key),)
    if own:
        key, value = own.tag
        # kubernetes-sigs/aws-ebs-csi-driver docs/tagging.md; kubernetes-sigs/gcp-compute-persistent-disk-csi-driver
        # README.md, read 2026-11-22.
        pair = ("labels", f"{key}={value}") if flavor == "gke" else ("tagSpecification_1", f"{key}={value}")
        parameters += (pair,)
    return StorageClass(f"sourcegraph-{name}", create=True, provisioner=provisioner, parameters=parameters)
