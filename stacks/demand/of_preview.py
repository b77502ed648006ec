"""From a preview to what it takes of quotas and subnets."""

from __future__ import annotations

from stacks.demand import quotas_aws, quotas_gcp, subnets_aws, subnets_gcp
from stacks.demand.demand import Demand, QuotaDemand
from stacks.demand.inputs import of_type
from stacks.preview import Preview


def demand(preview: Preview) -> Demand:
    """All that the deployment takes; of quotas, those that a new account cannot hold come first.

    Values that only the cloud knows count as nothing, and a note says so where that hides something. Nothing raises.
    """
    quotas = list[QuotaDemand]()
    if _makes(preview, "aws:", "ebs.csi.aws.com"):
        quotas += quotas_aws.quotas(preview)
    if _makes(preview, "gcp:", "pd.csi.storage.gke.io"):
        quotas += quotas_gcp.quotas(preview)
    ordered = sorted(quotas, key=lambda quota: not quota.exceeds_default)
    return Demand(tuple(ordered), (*subnets_aws.subnets(preview), *subnets_gcp.subnets(preview)))


def _makes(preview: Preview, prefix: str, provisioner: str) -> bool:
    """Whether a cloud is involved: by resources of its own, or by disks that a storage class has it make."""
    classes = of_type(preview, "kubernetes:storage.k8s.io/v1:StorageClass")
    return any(resource.type.startswith(prefix) for resource in preview.resources) or any(
        each.inputs.get("provisioner") == provisioner for each in classes
    )
