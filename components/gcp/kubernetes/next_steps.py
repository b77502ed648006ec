"""What a person has to do in the cloud because moorage cannot, or should not. Read from the plan alone."""

from __future__ import annotations

from components.gcp.kubernetes.ingress import POD_PORTS
from components.gcp.kubernetes.service_agents import KEY_ROLE, agents_that_encrypt
from recommender.kubernetes.identities import gcp_email
from recommender.kubernetes.plan import ClusterPlan, ExistingClusterNetwork


def next_steps(plan: ClusterPlan) -> list[str]:
    """Sentences in the order in which they are needed."""
    return [
        _services(plan),
        _deployer(plan),
        *_key_steps(plan),
        *_network_steps(plan),
        *_secret_steps(plan),
        _people(plan),
        *_managed_steps(plan),
        *_domain_steps(plan),
    ]


def _services(plan: ClusterPlan) -> str:
    managed = plan.managed
    wanted = {
        "cloudkms": plan.kms_key is not None or not plan.disposable,
        "cloudresourcemanager": True,
        "compute": True,
        "container": True,
        "dns": plan.dns_zone is not None,
        "gkebackup": plan.volume_backups is not None,
        "iam": True,
        "redis": bool(managed.redis),
        "secretmanager": _uses_secrets(plan),
        "servicenetworking": bool(managed.databases or managed.redis),
        "sqladmin": bool(managed.databases),
        "storage": managed.bucket,
    }
    names = " ".join(f"{name}.googleapis.com" for name, needed in wanted.items() if needed)
    return (
        "Before the first update, turn on what the cluster is made of: "
        f"`gcloud services enable {names} --project={plan.project}`."
    )


def _deployer(plan: ClusterPlan) -> str:
    managed = plan.managed
    wanted = {
        "cloudkms.admin": plan.kms_key is None and not plan.disposable,
        "cloudsql.admin": bool(managed.databases),
        "compute.networkAdmin": True,
        "compute.securityAdmin": True,
        "container.admin": True,
        "dns.admin": plan.dns_zone is not None,
        "gkebackup.admin": plan.volume_backups is not None,
        "iam.serviceAccountAdmin": True,
        "iam.serviceAccountUser": True,
        "logging.configWriter": not plan.disposable,
        "redis.admin": bool(managed.redis),
        "resourcemanager.projectIamAdmin": True,
        "secretmanager.admin": _uses_secrets(plan),
        "servicenetworking.networksAdmin": bool(managed.databases or managed.redis),
        "serviceusage.serviceUsageAdmin": plan.kms_key is None and not plan.disposable,
        "storage.admin": managed.bucket,
    }
    names = ", ".join(f"roles/{name}" for name, needed in wanted.items() if needed)
    return (
        f"Whoever runs the update needs these roles on project {plan.project}, or as much from roles of your own: "
        f"{names}."
    )


def _uses_secrets(plan: ClusterPlan) -> bool:
    return bool(plan.secret_references or plan.managed.databases or plan.managed.redis)


def _key_steps(plan: ClusterPlan) -> list[str]:
    if plan.kms_key is None:
        if plan.disposable or not plan.managed.bucket:
            return []
        return [
            "If the update says that the service account of Cloud Storage does not exist, bring it into being and "
            f"update again: `gcloud storage service-agent --project={plan.project}`."
        ]
    agents = agents_that_encrypt(plan)
    births = "; ".join(
        f"`gcloud beta services identity create --service={agent.service}.googleapis.com --project={plan.project}`"
        for agent in agents
        if agent.on_request
    )
    members = ", ".join(f"serviceAccount:{agent.email('NUMBER')}" for agent in agents)
    return [
        f"Before the first update, let Google's service agents use the key. Bring them into being: {births}. Put the "
        f"number that `gcloud projects describe {plan.project} --format='value(projectNumber)'` prints in the place of "
        f"NUMBER, and for each MEMBER of {members} run `gcloud kms keys add-iam-policy-binding {plan.kms_key} "
        f"--member=MEMBER --role={KEY_ROLE}`. The key must be in {plan.region}."
    ]


def _network_steps(plan: ClusterPlan) -> list[str]:
    network = plan.network
    if not isinstance(network, ExistingClusterNetwork):
        return []
    (subnetwork,) = network.node_subnets
    steps = [
        f"{subnetwork} must have Private Google Access, the secondary ranges {network.pods_range} and "
        f"{network.services_range}, and a way out to the internet; code hosts see the address of that way out."
    ]
    _, _, rest = network.network.partition("projects/")
    if rest and rest.partition("/")[0] != plan.project:
        steps.append(
            "The network belongs to another project (Shared VPC): its administrators must let this project's service "
            "agents of GKE and Google APIs use the subnetwork (roles/compute.networkUser), GKE's act as host service "
            "agent (roles/container.hostServiceAgentUser), and make the firewall rules that GKE asks for."
        )
    if plan.managed.databases or plan.managed.redis:
        steps.append(
            "The network must be peered with servicenetworking.googleapis.com (private services access), with room "
            "for a /24 and two /29; a network has one such peering, and moorage does not touch an existing network's."
        )
    if plan.domain is not None and plan.scheme == "internal":
        steps.append(
            f"The network needs a proxy-only subnet in {plan.region} (purpose REGIONAL_MANAGED_PROXY), whose range a "
            f"firewall rule lets reach the nodes on tcp {' and '.join(POD_PORTS)}: GKE makes neither."
        )
    return steps


def _secret_steps(plan: ClusterPlan) -> list[str]:
    steps: list[str] = []
    if plan.secret_references:
        names = ", ".join(plan.secret_references)
        steps.append(f"Before the first update, create these secrets, each with its value: {names}.")
    uploads = any(identity.purpose == "object-storage" for identity in plan.identities)
    if uploads and not plan.managed.bucket:
        email = gcp_email(plan.name, "object-storage", plan.project or "PROJECT")
        steps.append(f"Grant {email} roles/storage.objectAdmin on your bucket.")
    return steps


def _people(plan: ClusterPlan) -> str:
    return (
        f"Grant those who administer the cluster roles/container.admin on project {plan.project}; they need "
        "gke-gcloud-auth-plugin beside kubectl. The API's DNS name answers from everywhere, to whom IAM lets in only; "
        "VPC Service Controls can narrow that."
    )


def _managed_steps(plan: ClusterPlan) -> list[str]:
    if not plan.managed.redis:
        return []
    return [
        "Redis asks for a password, and does not encrypt: Sourcegraph cannot be told to trust its certificate "
        "authority. Connections stay within the network; if a policy of yours forbids that, run the bundled Redis."
    ]


def _domain_steps(plan: ClusterPlan) -> list[str]:
    steps: list[str] = []
    if plan.domain is None:
        return steps
    if plan.dns_zone is None:
        steps.append(f"Create the DNS record {plan.domain}. of type A with the output `address`.")
    if plan.scheme == "internal":
        steps.append(
            "Everybody in the network and in what is connected to it can reach the address: a GKE Ingress inside of a "
            f"network has no list of allowed ranges, so {', '.join(plan.allowed_cidrs)} is not enforced there."
        )
    elif plan.certificate is None:
        steps.append("Google issues the certificate once the domain leads to the address; until then HTTPS fails.")
    return steps
