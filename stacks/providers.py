"""The providers of the clouds and of Kubernetes, each made in one place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pulumi
    import pulumi_aws as aws
    import pulumi_gcp as gcp
    import pulumi_kubernetes as kubernetes


def aws_provider(name: str, region: str, *, offline: bool) -> aws.Provider:
    """AWS in one region. `offline`: with dummy credentials, and asking the cloud nothing."""
    import pulumi_aws as aws  # one SDK a provider: the other is never imported

    args = aws.ProviderArgs(region=region)
    if offline:
        args = aws.ProviderArgs(
            region=region,
            access_key="offline",
            secret_key="offline",  # noqa: S106 - a dummy, which no account accepts
            skip_credentials_validation=True,
            skip_metadata_api_check=True,
            skip_region_validation=True,
            skip_requesting_account_id=True,
        )
    return aws.Provider(f"{name}-aws", args)


def gcp_provider(
    name: str, project: str | None, region: str, *, zone: str | None = None, offline: bool
) -> gcp.Provider:
    """GCP in one project and region. `offline`: with a dummy token."""
    import pulumi_gcp as gcp

    return gcp.Provider(
        f"{name}-gcp", project=project, region=region, zone=zone, access_token="offline" if offline else None
    )


def kubernetes_provider(
    name: str, identifier: str, *, kubeconfig: pulumi.Input[str] | None, context: str | None
) -> kubernetes.Provider:
    """One cluster: by its kubeconfig, or by a context of the kubeconfig that whoever deploys has.

    Args:
        name: what the logical name begins with.
        identifier: stays the same for as long as it is the same cluster. Without it a new address of the API server,
            or one that is not known yet, would replace every object.
        kubeconfig: the text; None: `context` chooses.
        context: of the person's own kubeconfig; None with `kubeconfig`.
    """
    import pulumi_kubernetes as kubernetes

    # The SDK would copy the path of the person's kubeconfig into the state, where everybody else's deployment found it.
    # The provider looks the variable up by itself.
    path = os.environ.pop("KUBECONFIG", None)
    try:
        return kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=kubeconfig,
            context=context,
            cluster_identifier=identifier,
            enable_server_side_apply=True,
            # Namespaces and storage classes outlive the stack, and people make the namespace first, for its secrets.
            upsert_existing_objects=True,
        )
    finally:
        if path is not None:
            os.environ["KUBECONFIG"] = path
