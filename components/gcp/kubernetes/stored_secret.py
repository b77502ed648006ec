"""What the cluster's services are opened with, kept in Secret Manager."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from recommender.kubernetes.plan import ClusterPlan


def stored_secret(
    suffix: str, plan: ClusterPlan, value: pulumi.Output[str], parent: pulumi.Resource
) -> gcp.secretmanager.Secret:
    """A secret with one version, in the plan's region alone. Google's own keys encrypt it.

    Args:
        suffix: of its id, which the plan's name begins.
        plan: name, region and labels, and whether the services' data is kept.
        value: the SDK makes it a secret of the stack here, whatever it was.
        parent: component that it belongs to.
    """
    name = f"{plan.name}-{suffix}"
    secret = gcp.secretmanager.Secret(
        name,
        secret_id=name,
        project=plan.project,
        replication={"user_managed": {"replicas": [{"location": plan.region}]}},
        labels=dict(plan.tags),
        opts=pulumi.ResourceOptions(parent=parent, protect=plan.managed.keep, delete_before_replace=True),
    )
    gcp.secretmanager.SecretVersion(
        name,
        secret=secret.id,
        secret_data=value,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return secret
