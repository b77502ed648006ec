"""What a change of a provider's configuration means for the resources that it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from stacks.changes.change import PropertyChange
from stacks.changes.dependencies import label
from stacks.changes.properties import same
from stacks.preview import Resource

_PACKAGE: Final = "pulumi:providers:"

_AWS_WITHOUT_REGION: Final = ("aws:iam/", "aws:route53/")
"""Services that span all regions: their resources take no `region` (signatures of pulumi_aws 7.51, read 2026-11-22)."""

_GCP_WITHOUT_PROJECT: Final = frozenset(
    {
        "gcp:kms/cryptoKey:CryptoKey",
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        "gcp:serviceaccount/iAMMember:IAMMember",
        "gcp:servicenetworking/connection:Connection",
        "gcp:storage/bucketIAMMember:BucketIAMMember",
    }
)
"""They name another resource instead (signatures of pulumi_gcp 10.2, read 2026-11-22)."""

_GCP_REGIONAL: Final = frozenset(
    f"gcp:compute/{name}"
    for name in (
        "address:Address",
        "forwardingRule:ForwardingRule",
        "regionBackendService:RegionBackendService",
        "regionHealthCheck:RegionHealthCheck",
        "regionSecurityPolicy:RegionSecurityPolicy",
        "regionSslPolicy:RegionSslPolicy",
        "regionTargetHttpProxy:RegionTargetHttpProxy",
        "regionTargetHttpsProxy:RegionTargetHttpsProxy",
        "regionUrlMap:RegionUrlMap",
        "resourcePolicy:ResourcePolicy",
        "router:Router",
        "routerNat:RouterNat",
        "subnetwork:Subnetwork",
    )
)
"""Take the provider's region where they name none (signatures of pulumi_gcp 10.2, read 2026-11-22). What is in a zone
names it, as every component of ours does."""

_AWS_SOURCE: Final = (
    "pulumi/pulumi-aws@72bd5227071b provider/region.go (gives each resource the provider's region), "
    "hashicorp/terraform-provider-aws@5f2286d6d836 internal/provider/sdkv2/region.go (forceNewIfRegionChanges), "
    "read 2026-11-22"
)
_GCP_SOURCE: Final = (
    "hashicorp/terraform-provider-google-beta 8.x, `project` and `region` are ForceNew, read 2026-11-22"
)
_KUBERNETES_SOURCE: Final = (
    "pulumi/pulumi-kubernetes provider/pkg/provider/provider.go, DiffConfig, snapshot of 2026-08-21, read 2026-11-22"
)


def provider_changes(before: Resource, after: Resource, old: Resource, new: Resource) -> Iterator[PropertyChange]:
    """What the step from one provider to another changes in a resource, as inputs of the resource.

    Args:
        before: the resource in BASE.
        after: the resource in HEAD.
        old: its provider in BASE.
        new: its provider in HEAD.
    """
    package = new.type.removeprefix(_PACKAGE)
    if package == "kubernetes":
        yield from _of_cluster(old, new)
        return
    for key, (concerns, source) in _PLACES.get(package, {}).items():
        was, becomes = old.inputs.get(key), new.inputs.get(key)
        named = key in before.inputs or key in after.inputs
        if not named and not same(was, becomes) and concerns(after.type):
            yield PropertyChange(key, was, becomes, "replace", f"{key} of its provider changes ({label(new)})", source)


def _of_cluster(old: Resource, new: Resource) -> Iterator[PropertyChange]:
    """Another cluster is another place for everything; the identifier decides where both sides give one."""
    was, becomes = old.inputs.get("clusterIdentifier"), new.inputs.get("clusterIdentifier")
    if was is not None and becomes is not None:
        if not same(was, becomes):
            yield PropertyChange("provider", was, becomes, "replace", "it is another cluster", _KUBERNETES_SOURCE)
        return
    for key in ("kubeconfig", "context", "cluster"):
        if not same(old.inputs.get(key), new.inputs.get(key)):
            reason = f"{key} of its provider changes: nobody knows whether that is another cluster"
            yield PropertyChange(
                "provider", old.inputs.get(key), new.inputs.get(key), "may-replace", reason, _KUBERNETES_SOURCE
            )
            return


_Rule = tuple[Callable[[str], bool], str]

_PLACES: Final[Mapping[str, Mapping[str, _Rule]]] = {
    "aws": {"region": (lambda type_: not type_.startswith(_AWS_WITHOUT_REGION), _AWS_SOURCE)},
    "gcp": {
        "project": (lambda type_: type_ not in _GCP_WITHOUT_PROJECT, _GCP_SOURCE),
        "region": (lambda type_: type_ in _GCP_REGIONAL, _GCP_SOURCE),
    },
}
"""Package, configuration key, and which types take it from the provider."""
