"""A Kubernetes cluster on GCP with everything around it: the stack NAME-cluster."""

from __future__ import annotations

from typing import TypedDict

import pulumi

from components.gcp.edge import DnsRecord
from components.gcp.kubernetes.control_plane import ControlPlane
from components.gcp.kubernetes.control_plane_logs import ControlPlaneLogs
from components.gcp.kubernetes.ingress import ClusterIngress, access_of
from components.gcp.kubernetes.key import ClusterKey
from components.gcp.kubernetes.kubeconfig import kubeconfig
from components.gcp.kubernetes.managed import Managed, managed_services
from components.gcp.kubernetes.network import Place, place
from components.gcp.kubernetes.next_steps import next_steps
from components.gcp.kubernetes.node_pools import NodeAccount, NodePools
from components.gcp.kubernetes.pod_identities import PodIdentities, PodIdentitiesArgs
from components.gcp.kubernetes.server import ServerArgs
from components.gcp.kubernetes.volume_backups import VolumeBackups
from recommender.kubernetes.plan import ClusterPlan


class ClusterArgs(TypedDict):
    """What `Cluster` needs."""

    plan: ClusterPlan
    """Every number and name, for the project and region of the provider in `opts`."""


class Cluster(pulumi.ComponentResource):
    """GKE Standard, its network, nodes and key, and the services that Google runs for Sourcegraph beside it.

    Nothing is installed into the cluster: that is the stack NAME-application, which reads this one's outputs.
    """

    kubeconfig: pulumi.Output[str]
    """Text of a kubeconfig without any credential."""
    endpoint: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    network_id: pulumi.Output[str]
    outbound_ips: pulumi.Output[list[str]]
    """Addresses that code hosts see; none where the network is not ours."""
    certificate: pulumi.Output[str | None]
    """None: a ManagedCertificate in the cluster, or the plan's own by its name."""
    certificate_validation_records: pulumi.Output[list[DnsRecord]]
    """None on GCP: the domain's own record is enough."""
    address: pulumi.Output[str | None]
    """Reserved address of the load balancer; None without a domain."""
    bucket: pulumi.Output[str | None]
    """Name of the bucket; None: there is none."""
    hosts: dict[str, pulumi.Output[str]]
    """Private addresses of managed databases: pgsql, codeintel, codeinsights."""
    secrets: dict[str, pulumi.Output[str]]
    """Ids in the project, by what they hold: pgsql-password, redis-cache-endpoint. External Secrets adds the rest."""
    roles: dict[str, pulumi.Output[str]]
    """None on GCP: the plan knows the accounts that service accounts act as."""
    kms_key: pulumi.Output[str | None]
    """Key that encrypts what is kept; None: Google's own keys do."""
    next_steps: list[str]
    """What a person has to do in the cloud."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:Cluster", name, opts=opts)
        self._name, self._plan, self._child = name, args["plan"], pulumi.ResourceOptions(parent=self)
        self._key, self._after = self._find_key()
        where = place(name, self._plan, self._child)
        self._after += where.ready
        control_plane = self._cluster(where)
        shared: ServerArgs = {"plan": self._plan, "network": where.network, "key": self._key, "after": self._after}
        managed = managed_services(name, shared, self._child)
        pods: PodIdentitiesArgs = {
            "plan": self._plan,
            "cluster": control_plane.cluster,
            "bucket": managed.bucket,
            "secrets": managed.secrets,
        }
        PodIdentities(name, pods, self._child)
        self._publish(where, control_plane, managed)

    def _find_key(self) -> tuple[pulumi.Input[str] | None, list[pulumi.Resource]]:
        """The key, and what must exist before it can be used."""
        plan = self._plan
        if plan.kms_key is not None or plan.disposable:
            return plan.kms_key, []
        made = ClusterKey(self._name, {"plan": plan}, self._child)
        return made.key, [made]

    def _cluster(self, where: Place) -> ControlPlane:
        """The control plane, its nodes, its way in and its backups."""
        name, plan, child, key = self._name, self._plan, self._child, self._key
        nodes = NodeAccount(name, {"plan": plan}, child)
        after = [*self._after, nodes]
        made = ControlPlane(
            name, {"plan": plan, "place": where, "key": key, "node_account": nodes.email, "after": after}, child
        )
        cluster = made.cluster
        NodePools(
            name, {"plan": plan, "cluster": cluster.name, "account": nodes.email, "key": key, "after": after}, child
        )
        self.address = pulumi.Output.from_input(None)
        if access := access_of(plan):
            edge = ClusterIngress(
                name, {"plan": plan, "access": access, "place": where, "node_account": nodes.email}, child
            )
            self.address = pulumi.Output.from_input(edge.address)
        if plan.volume_backups:
            VolumeBackups(
                name, {"plan": plan, "backups": plan.volume_backups, "cluster": cluster.id, "key": key}, child
            )
        if not plan.disposable:
            ControlPlaneLogs(name, {"plan": plan}, child)
        return made

    def _publish(self, where: Place, control_plane: ControlPlane, managed: Managed) -> None:
        self.endpoint = control_plane.endpoint
        self.kubeconfig = kubeconfig(self._plan.cluster_name, control_plane.endpoint)
        self.cluster_name = control_plane.cluster.name
        self.network_id = pulumi.Output.from_input(where.network)
        self.outbound_ips = pulumi.Output.all(*where.outbound_ips)
        self.certificate = pulumi.Output.from_input(None)
        self.certificate_validation_records = pulumi.Output.from_input([])
        self.bucket = pulumi.Output.from_input(managed.bucket)
        self.hosts = managed.hosts
        self.secrets = {end: secret.secret_id for end, secret in managed.secrets.items()}
        self.roles = {}
        self.kms_key = pulumi.Output.from_input(self._key)
        self.next_steps = next_steps(self._plan)
        self.register_outputs(
            {
                "kubeconfig": self.kubeconfig,
                "endpoint": self.endpoint,
                "clusterName": self.cluster_name,
                "networkId": self.network_id,
                "outboundIps": self.outbound_ips,
                "certificate": self.certificate,
                "certificateValidationRecords": self.certificate_validation_records,
                "address": self.address,
                "bucket": self.bucket,
                "hosts": self.hosts,
                "secrets": self.secrets,
                "roles": self.roles,
                "kmsKey": self.kms_key,
                "nextSteps": self.next_steps,
            }
        )
