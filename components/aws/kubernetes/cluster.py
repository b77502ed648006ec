"""A Kubernetes cluster with everything around it that belongs to the cloud."""

from __future__ import annotations

from typing import TypedDict

import pulumi

from components.aws.certificate import Certificate
from components.aws.kubernetes import addons
from components.aws.kubernetes.access import Access
from components.aws.kubernetes.control_plane import ControlPlane, account_of, cluster_role
from components.aws.kubernetes.identities import Identities
from components.aws.kubernetes.key import key_for
from components.aws.kubernetes.kubeconfig import kubeconfig
from components.aws.kubernetes.managed_services import ManagedServices
from components.aws.kubernetes.next_steps import next_steps
from components.aws.kubernetes.nodes import NodeGroups
from components.aws.kubernetes.place import Place, place_for
from components.aws.snapshots import schedule_snapshots
from recommender.kubernetes.plan import Addon, ClusterPlan


class ClusterArgs(TypedDict):
    """What a cluster is made of."""

    plan: ClusterPlan
    """Every number and name. A plain value: what is created depends on it."""


class Cluster(pulumi.ComponentResource):
    """EKS with its network, nodes, add-ons and identities, and what AWS runs beside it. Looks nothing up."""

    kubeconfig: pulumi.Output[str]
    """Text of a kubeconfig without a credential."""
    endpoint: pulumi.Output[str]
    """URL of the Kubernetes API."""
    cluster_name: pulumi.Output[str]
    """The cluster's name in AWS."""
    network_id: pulumi.Output[str]
    """The VPC."""
    outbound_ips: pulumi.Output[list[str]]
    """Fixed addresses that code hosts see, for their allow-lists; empty where moorage owns no way out."""
    certificate: pulumi.Output[str | None]
    """ARN for the load balancer, once it is issued; None without a domain."""
    certificate_validation_records: pulumi.Output[list[dict[str, str]]]
    """Records (`name`, `type`, `value`) that a person must create; empty where moorage does or none is needed."""
    address: pulumi.Output[str | None]
    """None: a load balancer on AWS has no fixed address."""
    bucket: pulumi.Output[str | None]
    """Name of the bucket; None: there is none."""
    hosts: dict[str, pulumi.Output[str]]
    """Names of managed databases: pgsql, codeintel, codeinsights."""
    secrets: dict[str, pulumi.Output[str]]
    """ARNs of secrets of the managed services, such as pgsql-password and redis-cache-endpoint."""
    roles: dict[str, pulumi.Output[str]]
    """ARNs of roles that service accounts of the application name, by purpose: object-storage, with a bucket."""
    kms_key: pulumi.Output[str | None]
    """ARN of the key that encrypts what is kept; None: AWS's own keys do."""
    next_steps: list[str]
    """What a person has to do in the cloud."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Cluster", name, opts=opts)
        self._name, self._plan, self._tags = name, args["plan"], dict(args["plan"].tags)
        self._child = pulumi.ResourceOptions(parent=self)
        role = cluster_role(f"{name}-control-plane", self._plan, self)
        self._key = key_for(f"{name}-key", self._plan, account=account_of(role.arn), parent=self)
        place = place_for(f"{name}-network", self._plan, self)
        control_plane = ControlPlane(
            f"{name}-control-plane",
            {"plan": self._plan, "place": place, "role": role, "kms_key": self._key},
            self._child,
        )
        services = ManagedServices(
            f"{name}-managed",
            {
                "plan": self._plan,
                "place": place,
                "client_group_id": control_plane.security_group_id,
                "kms_key": self._key,
            },
            self._child,
        )
        self._create_inside(control_plane, place, services)
        self._back_up_volumes()
        self._create_certificate()
        self._describe(control_plane, place, services)

    def _create_inside(self, control_plane: ControlPlane, place: Place, services: ManagedServices) -> None:
        """People, pods, nodes and add-ons of the cluster."""
        name, plan, cluster_name = self._name, self._plan, control_plane.cluster.name
        Access(f"{name}-access", {"cluster_name": cluster_name, "admins": plan.admins, "tags": self._tags}, self._child)
        identities = Identities(
            f"{name}-pods",
            {
                "plan": plan,
                "cluster_name": cluster_name,
                "issuer": control_plane.issuer,
                "bucket_arn": services.bucket_arn,
                "secret_arns": list(services.secrets.values()),
                "kms_key": self._key,
            },
            self._child,
        )
        self.roles = {purpose: arn for purpose, arn in identities.role_arns.items() if purpose == "object-storage"}
        first = self._install(addons.before_nodes(plan.addons), control_plane, [])
        nodes = NodeGroups(
            f"{name}-nodes",
            {"plan": plan, "cluster_name": cluster_name, "subnet_ids": place.subnet_ids, "kms_key": self._key},
            pulumi.ResourceOptions(parent=self, depends_on=[*place.needed_to_boot, *first]),
        )
        self._install(addons.after_nodes(plan.addons), control_plane, [nodes])

    def _install(
        self, which: tuple[Addon, ...], control_plane: ControlPlane, needs: list[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        return addons.install(
            self._name,
            which,
            plan=self._plan,
            cluster_name=control_plane.cluster.name,
            kms_key=self._key,
            parent=self,
            depends_on=needs,
        )

    def _back_up_volumes(self) -> None:
        """The disks of claims, which the storage class tags. Kubernetes makes them, so no plan knows their names."""
        if self._plan.volume_backups is None:
            return
        schedule_snapshots(
            f"{self._name}-snapshots",
            of=f"the volumes of {self._plan.name}",
            tag=self._plan.volume_tag,
            snapshots=self._plan.volume_backups,
            kms_key=self._key,
            tags=self._tags,
            parent=self,
        )

    def _create_certificate(self) -> None:
        plan = self._plan
        self.certificate = pulumi.Output.from_input(plan.certificate)
        self.certificate_validation_records = pulumi.Output.from_input([])
        if plan.certificate or not plan.domain:
            return
        made = Certificate(
            f"{self._name}-edge", {"domain": plan.domain, "dns_zone": plan.dns_zone, "tags": self._tags}, self._child
        )
        self.certificate = made.arn.apply(lambda arn: arn)
        if plan.dns_zone is None:
            self.certificate_validation_records = made.validation_records

    def _describe(self, control_plane: ControlPlane, place: Place, services: ManagedServices) -> None:
        cluster = control_plane.cluster
        self.kubeconfig = kubeconfig(cluster, name=self._plan.cluster_name, region=self._plan.region)
        self.endpoint = cluster.endpoint
        self.cluster_name = cluster.name
        self.network_id = pulumi.Output.from_input(place.vpc_id)
        self.outbound_ips = pulumi.Output.all(*place.outbound_ips).apply(lambda found: list[str](found))
        self.address = pulumi.Output.from_input(None)
        self.bucket = pulumi.Output.from_input(services.bucket_name)
        self.hosts, self.secrets = services.hosts, services.secrets
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
