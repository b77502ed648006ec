"""What pods of the application and of its controllers may do: one role a purpose, exactly what the purpose needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.identity import use_of_secrets
from components.aws.kubernetes import pod_policies
from components.aws.kubernetes.pod_role import PodRole
from components.aws.kubernetes.pod_trust import know_issuer, pod_identity_trust, web_identity_trust
from components.aws.tags import named
from recommender.kubernetes.plan import ClusterPlan, WorkloadIdentity

Policies = dict[str, pulumi.Input[str]]


class IdentitiesArgs(TypedDict):
    """What identities are made of."""

    plan: ClusterPlan
    """Who the pods are, and the secrets of the customer that they read."""
    cluster_name: pulumi.Input[str]
    """The cluster."""
    issuer: pulumi.Input[str]
    """URL of what signs the cluster's tokens of service accounts."""
    bucket_arn: pulumi.Input[str] | None
    """Object storage; None: there is none of ours."""
    secret_arns: Sequence[pulumi.Input[str]]
    """Secrets of the managed services."""
    kms_key: pulumi.Input[str] | None
    """Encrypts the bucket and the secrets; None: AWS's own keys do."""


class Identities(pulumi.ComponentResource):
    """Roles of the plan's identities, tied to their service accounts, which need not exist yet.

    Controllers are let in by EKS Pod Identity. Sourcegraph's own pods are not: Pod Identity needs an AWS SDK for Go of
    2023-11-14 or newer, and the last public source has an older one, which fails instead of trying another way
    (sourcegraph-public-snapshot@0020b038 go.mod; danielqsj/kafka_exporter#494, read 2026-11-22). The web identity
    (IRSA) of the vendor's own example works with both (sourcegraph/deploy-sourcegraph-helm@v7.6.0 charts/sourcegraph/
    examples/external-object-storage/aws-s3-irsa-authentication.yaml); the role's ARN is then an annotation of the
    service account.
    """

    role_arns: dict[str, pulumi.Output[str]]
    """By purpose."""

    def __init__(self, name: str, args: IdentitiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Identities", name, opts=opts)
        self._name, self._args = name, args
        identities = sorted(args["plan"].identities, key=lambda identity: identity.purpose)
        self.role_arns = {identity.purpose: self._create(identity) for identity in identities}
        self.register_outputs({"roleArns": self.role_arns})

    def _create(self, identity: WorkloadIdentity) -> pulumi.Output[str]:
        name, plan = f"{self._name}-{identity.purpose}", self._args["plan"]
        by_web_identity = identity.purpose == "object-storage"
        role = PodRole(
            name,
            {
                "plan": plan,
                "trust": self._web_identity_trust(identity)
                if by_web_identity
                else pod_identity_trust(plan, identity.namespace, identity.service_accounts),
                "managed": (),
                "policies": self._policies(identity),
            },
            pulumi.ResourceOptions(parent=self),
        )
        if not by_web_identity:
            self._associate(name, identity, role)
        return role.arn

    def _web_identity_trust(self, identity: WorkloadIdentity) -> pulumi.Output[str]:
        issuer = self._args["issuer"]
        provider = know_issuer(f"{self._name}-issuer", issuer, self._args["plan"], self)
        return web_identity_trust(issuer, provider.arn, identity.namespace, identity.service_accounts)

    def _associate(self, name: str, identity: WorkloadIdentity, role: PodRole) -> None:
        for account in sorted(set(identity.service_accounts)):
            aws.eks.PodIdentityAssociation(
                f"{name}-{account}",
                cluster_name=self._args["cluster_name"],
                namespace=identity.namespace,
                service_account=account,
                role_arn=role.arn,
                tags=named(dict(self._args["plan"].tags), f"{name}-{account}"),
                # A pod that starts gets its role with all permissions in place.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[role]),
            )

    def _policies(self, identity: WorkloadIdentity) -> Policies:
        plan = self._args["plan"]
        match identity.purpose:
            case "object-storage":
                return self._bucket_policies()
            case "external-secrets":
                return self._secret_policies()
            case "load-balancer":
                return {"controller": pod_policies.load_balancing()}
            case "autoscaler":
                return {"groups": pod_policies.scaling_of_groups(plan.region, plan.cluster_name)}

    def _bucket_policies(self) -> Policies:
        bucket, key = self._args["bucket_arn"], self._args["kms_key"]
        assert bucket is not None, "a plan that lets pods into object storage has a bucket"
        policies: Policies = {"bucket": pulumi.Output.from_input(bucket).apply(pod_policies.use_of_bucket)}
        if key:
            region = self._args["plan"].region
            policies["key"] = pulumi.Output.from_input(key).apply(
                lambda arn: pod_policies.use_of_bucket_key(arn, region)
            )
        return policies

    def _secret_policies(self) -> Policies:
        """The customer's secrets apart from ours, whose ARNs are known late, so that a preview shows the former."""
        plan, key = self._args["plan"], self._args["kms_key"]
        policies: Policies = {}
        if references := sorted(set(plan.secret_references)):
            policies["given"] = use_of_secrets(references, plan.kms_key, plan.region)
        if arns := self._args["secret_arns"]:
            policies["managed"] = pulumi.Output.all(key, *arns).apply(
                lambda found: use_of_secrets(found[1:], found[0], plan.region)
            )
        return policies
