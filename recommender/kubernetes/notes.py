"""What people must know about a Kubernetes plan: sentences, in the order in which they matter."""

from __future__ import annotations

from recommender.kubernetes.facts import eks_version_warning
from recommender.kubernetes.plan import ApplicationPlan, ClusterPlan, ExistingClusterNetwork, NewClusterNetwork


def kubernetes_notes(cluster: ClusterPlan | None, application: ApplicationPlan, *, disposable: bool) -> tuple[str, ...]:
    """What the plan chose and why, cheaper or safer."""
    notes = [_keeping_note(disposable=disposable)]
    if cluster is not None:
        notes += _cluster_notes(cluster)
    else:
        notes.append("The cluster is yours: run `moorage check` before anything is installed; it changes nothing.")
    notes += _application_notes(application)
    return tuple(notes)


def _keeping_note(*, disposable: bool) -> str:
    if disposable:
        return (
            "Simple POC, cheap and disposable: one NAT gateway, no key of its own, no backups of volumes, and nothing "
            "is kept when the stacks are destroyed. Do not put production data on it."
        )
    return (
        "Kept: the namespace and every volume outlive the stack; managed services and keys are protected from "
        "deletion, and databases leave a last backup. Volumes are backed up daily where the cluster is moorage's."
    )


def _cluster_notes(cluster: ClusterPlan) -> list[str]:
    version, nodes = cluster.version, cluster.nodes
    channel = f" (channel {version.channel})" if version.channel else ""
    notes = [
        f"Kubernetes {version.minor}{channel}: standard support ends on {version.supported_until} (as of "
        f"{version.fact.read_on}); plan the next upgrade before that.",
        f"{nodes.count} nodes of {nodes.shape.machine_type}: every pod fits, in every order of arrival that was tried; "
        "with one node fewer not in each.",
    ]
    most = sum(group.maximum for group in nodes.groups)
    notes.append(
        f"Quota: room for {most * nodes.shape.vcpu} vCPU of {nodes.shape.machine_type} (the autoscaler's {most} nodes; "
        "more for a while during an update of the nodes). New accounts rarely have it: ask before the first update."
    )
    if cluster.provider == "aws" and (warning := eks_version_warning(version.minor)):
        notes.append(warning)
    if nodes.release and nodes.release_fact:
        notes.append(
            f"Node image {nodes.release} is pinned as of {nodes.release_fact.read_on}: move it with each patch release."
        )
    if not cluster.api_cidrs:
        where = "its network, or through its DNS name with IAM" if cluster.provider == "gcp" else "its network"
        notes.append(f"The cluster's API answers only from {where}: run the application stack from there.")
    if isinstance(cluster.network, NewClusterNetwork) and cluster.network.nat == "one" and cluster.provider == "aws":
        notes.append("One NAT gateway: when its zone fails, no node reaches the internet. Production has one a zone.")
    if isinstance(cluster.network, ExistingClusterNetwork):
        notes.append("The network exists: its node subnets must reach the internet on 443 (images, code hosts).")
    return notes


def _application_notes(application: ApplicationPlan) -> list[str]:
    notes: list[str] = []
    if application.ingress is None:
        notes.append("No domain: people reach Sourcegraph through `kubectl port-forward` only.")
    if application.executors and application.executors.kind == "native":
        notes.append("Native executors are in beta and deprecated by the vendor; Docker in Docker is what it prefers.")
    if application.executors and application.executors.kind == "dind":
        notes.append(
            "Executors run privileged pods, so that a job can become root on its node: let only trusted people run "
            "batch changes, or give executors nodes of their own."
        )
    notes.append(
        "Volumes grow by hand: when a larger load asks for larger claims, enlarge them before the next update "
        "(docs/kubernetes.md, When it grows)."
    )
    if not application.network_policies:
        notes.append("No network policies, as the profile asks: every pod of the cluster may talk to the databases.")
    if application.managed and application.managed.databases:
        notes.append(
            "Databases are restored to a point in time by the cloud; try that once before people depend on it."
        )
    return notes
