"""What a person has to do in the cloud because moorage cannot, or should not. Read from the plan alone."""

from __future__ import annotations

from recommender.kubernetes.plan import ClusterPlan, ExistingClusterNetwork


def next_steps(plan: ClusterPlan) -> list[str]:
    """Sentences in the order in which they are needed."""
    return [
        *_before_it_is_made(plan),
        *_to_get_in(plan),
        *_before_the_application(plan),
        *_later(plan),
    ]


def _before_it_is_made(plan: ClusterPlan) -> list[str]:
    steps: list[str] = []
    if plan.kms_key:
        steps.append(
            f"The policy of the key {plan.kms_key} must let the account's IAM policies decide, and let the role "
            "AWSServiceRoleForAutoScaling use the key and create grants for AWS resources: without the latter no node "
            "starts."
        )
    if isinstance(plan.network, ExistingClusterNetwork):
        steps.append(
            f"The network {plan.network.network} must resolve DNS names and support DNS hostnames, and its node "
            "subnets need a way out to the internet, or to the registries and to AWS."
        )
        if plan.domain and not plan.network.edge_subnets:
            steps.append(_subnet_tags(plan))
    return steps


def _subnet_tags(plan: ClusterPlan) -> str:
    public = plan.scheme == "internet-facing"
    kind, tag = ("public", "kubernetes.io/role/elb") if public else ("private", "kubernetes.io/role/internal-elb")
    return (
        f"deployment.network names no subnets for the load balancer, so its controller looks for tags: give {tag} = 1 "
        f"to {kind} subnets in at least two zones."
    )


def _to_get_in(plan: ClusterPlan) -> list[str]:
    steps: list[str] = []
    if not plan.admins:
        steps.append(
            "Nobody may use the Kubernetes API yet, not even who created the cluster: name roles or users in "
            "deployment.kubernetes.admins, the one that deploys the application among them."
        )
    if not plan.api_cidrs:
        steps.append(
            "The Kubernetes API answers inside the network alone: deploy the application from a machine there, or "
            "through a VPN, or name ranges in deployment.kubernetes.api_cidrs."
        )
    return steps


def _before_the_application(plan: ClusterPlan) -> list[str]:
    steps: list[str] = []
    if plan.secret_references:
        steps.append(
            "Before the application, create these secrets in Secrets Manager, each with its value: "
            f"{', '.join(sorted(set(plan.secret_references)))}. Encrypt them with the account's own key for Secrets "
            f"Manager, or with {plan.kms_key or 'deployment.kms_key, which the plan does not name'}."
        )
    if plan.domain and not plan.certificate and not plan.dns_zone:
        steps.append(
            "Create the DNS record of the output certificate_validation_records, now and for good: the certificate "
            "waits for it up to 75 minutes, and every renewal asks for it again."
        )
    return steps


def _later(plan: ClusterPlan) -> list[str]:
    steps: list[str] = []
    if plan.managed.databases:
        steps.append(
            "Passwords of the databases change after 1,000 days, or when you rotate them: restart the pods afterwards, "
            "once the operator has fetched the new ones."
        )
    steps.append(
        f"Kubernetes {plan.version.minor} is supported until {plan.version.supported_until}. AWS upgrades the control "
        "plane by itself afterwards; choose a newer deployment.kubernetes.version before."
    )
    if any(identity.purpose == "autoscaler" for identity in plan.identities):
        steps.append(
            "The autoscaler decides how many nodes run. Before an update that raises a node group's minimum above "
            "that, raise its desired size with `aws eks update-nodegroup-config`: EKS refuses a minimum above it."
        )
    return steps
