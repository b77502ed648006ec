"""What a person has to do in the cloud because moorage cannot, or should not. Read from the plan alone."""

from __future__ import annotations

from components.gcp.firewall import IAP_RANGE, edge_ranges, is_shared_network
from components.gcp.identity import secret_of
from recommender.plan import ExistingNetwork, SingleNodePlan


def next_steps(plan: SingleNodePlan) -> list[str]:
    """Sentences in the order in which they are needed."""
    return [
        *_key_steps(plan),
        *_secret_steps(plan),
        *_image_steps(plan),
        *_network_steps(plan),
        *_people_steps(plan),
        *_domain_steps(plan),
    ]


def _project(plan: SingleNodePlan) -> str:
    """For commands that a person completes: the plan may leave the project to the credentials."""
    return plan.project or "PROJECT"


def _key_steps(plan: SingleNodePlan) -> list[str]:
    if plan.kms_key is None:
        return []
    # The agent's address holds the project's number, which the plan has not and a look-up would need an account for.
    return [
        "Before the first update, let Compute Engine use the key, or every disk is refused. Put the number that "
        f"`gcloud projects describe {_project(plan)} --format='value(projectNumber)'` prints in the place of NUMBER: "
        f"`gcloud kms keys add-iam-policy-binding {plan.kms_key} "
        "--member=serviceAccount:service-NUMBER@compute-system.iam.gserviceaccount.com "
        "--role=roles/cloudkms.cryptoKeyEncrypterDecrypter`."
    ]


def _secret_steps(plan: SingleNodePlan) -> list[str]:
    if not plan.secret_references:
        return []
    # That calls of the machine's account count against the account's own project, also for a secret elsewhere, is how
    # Google describes service accounts; unverified.
    holders = dict.fromkeys(secret_of(reference)[0] for reference in plan.secret_references.values())
    enable = (
        f"`gcloud services enable secretmanager.googleapis.com --project={project}`"
        for project in dict.fromkeys((_project(plan), *holders))
    )
    return [
        "Before the first update, create the secrets that the output `secrets` lists, each with its value. Secret "
        f"Manager must be on: {', '.join(enable)}.",
        "The update lets the machine's account read each of these secrets, so whoever runs it needs "
        f"roles/secretmanager.admin on them or on project {', '.join(holders)}.",
    ]


def _image_steps(plan: SingleNodePlan) -> list[str]:
    if plan.host is None or plan.image.stock:
        return []
    return [
        f"{plan.image.reference} is an image of your own: it must bring cloud-init, or nothing is installed, and "
        "Google's guest environment, or OS Login lets nobody in. Shielded VM is not asked for: whether it boots under "
        "UEFI is not known."
    ]


def _network_steps(plan: SingleNodePlan) -> list[str]:
    steps: list[str] = []
    existing = plan.network if isinstance(plan.network, ExistingNetwork) else None
    if is_shared_network(plan):
        wanted = [f"tcp 22 and 443 from {IAP_RANGE}", *(f"tcp 443 from {range_}" for range_ in edge_ranges(plan))]
        steps.append(
            "The network belongs to another project, where this one can make no firewall rules. Ask its "
            f"administrators to let these reach the machine: {'; '.join(wanted)}."
        )
    if existing and plan.access and plan.access.scheme == "internal":
        steps.append(
            f"The network needs a proxy-only subnet in {plan.region} (purpose REGIONAL_MANAGED_PROXY); "
            "moorage does not create one in a network that exists."
        )
        if not existing.edge_subnets:
            steps.append("Let the range of that subnet reach the machine on tcp 443; the plan does not name the range.")
    return steps


def _people_steps(plan: SingleNodePlan) -> list[str]:
    return [
        f"Grant those who administer the machine roles/iap.tunnelResourceAccessor, roles/compute.osAdminLogin and "
        f"roles/compute.viewer on project {_project(plan)}, and roles/iam.serviceAccountUser on the machine's account."
    ]


def _domain_steps(plan: SingleNodePlan) -> list[str]:
    steps: list[str] = []
    if plan.access is None:
        return steps
    if plan.access.scheme == "internal":
        steps.append(
            "After the first update, check that the backend service has its policy, without which every address may "
            "pass (hashicorp/terraform-provider-google#29240): `gcloud compute backend-services list "
            f"--project={_project(plan)} --regions={plan.region} --format='value(name,securityPolicy)'`. "
            "If it has none, update again."
        )
    if plan.access.dns_zone is None:
        steps.append("Create the DNS records that the output `dnsRecords` lists.")
    if plan.access.certificate is None:
        steps.append(
            "Google issues the certificate once those names resolve from the internet; until then HTTPS fails."
        )
    return steps
