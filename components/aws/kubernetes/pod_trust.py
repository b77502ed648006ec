"""Trusts of roles of pods: by EKS Pod Identity, or by tokens that the cluster itself signs (IRSA)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.tags import named
from recommender.kubernetes.plan import ClusterPlan

_AUDIENCE = "sts.amazonaws.com"
"""Whom tokens are for that EKS puts into pods."""


def pod_identity_trust(plan: ClusterPlan, namespace: str, service_accounts: Sequence[str]) -> str:
    """Lets EKS hand the role to these pods of this cluster, by the tags that it puts on every session.

    The cluster is named as far as it is known before it exists, without its account: an association can only name a
    role of its own account. Sources: docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html and pod-id-abac.html,
    read 2026-11-22.
    """
    return iam.policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "StringLike": {
                    "aws:RequestTag/eks-cluster-arn": f"arn:aws:eks:{plan.region}:*:cluster/{plan.cluster_name}"
                },
                "StringEquals": {
                    "aws:RequestTag/kubernetes-namespace": namespace,
                    "aws:RequestTag/kubernetes-service-account": sorted(set(service_accounts)),
                },
            },
        }
    )


def web_identity_trust(
    issuer: pulumi.Input[str], provider: pulumi.Input[str], namespace: str, service_accounts: Sequence[str]
) -> pulumi.Output[str]:
    """Lets these pods take the role themselves, with a token of their service account, which EKS puts into them.

    Source: docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html, read 2026-11-22.

    Args:
        issuer: URL of what signs the tokens of one cluster.
        provider: ARN that IAM knows the issuer by.
        namespace: Of the pods.
        service_accounts: Of the pods, in any order.
    """
    accounts = sorted(f"system:serviceaccount:{namespace}:{each}" for each in set(service_accounts))

    def trust(known: Mapping[str, str]) -> str:
        signed_by = known["issuer"].removeprefix("https://")
        return iam.policy(
            {
                "Effect": "Allow",
                "Principal": {"Federated": known["provider"]},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{signed_by}:aud": _AUDIENCE, f"{signed_by}:sub": accounts}},
            }
        )

    return pulumi.Output.all(issuer=issuer, provider=provider).apply(trust)


def know_issuer(
    name: str, issuer: pulumi.Input[str], plan: ClusterPlan, parent: pulumi.Resource
) -> aws.iam.OpenIdConnectProvider:
    """Makes IAM believe tokens of the cluster's issuer.

    Without a thumbprint, which would have to be looked up: AWS trusts the authorities of such certificates by itself
    (docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html, as quoted in public
    repositories; aws/aws-sdk#563, read 2026-11-22).
    """
    return aws.iam.OpenIdConnectProvider(
        name,
        url=issuer,
        client_id_lists=[_AUDIENCE],
        tags=named(dict(plan.tags), name),
        opts=pulumi.ResourceOptions(parent=parent),
    )
