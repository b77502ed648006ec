"""What AWS runs for Sourcegraph, in place of pods."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_random as random

from components.aws.kubernetes.caches import Caches
from components.aws.kubernetes.databases import Databases
from components.aws.kubernetes.object_storage import ObjectStorage
from components.aws.kubernetes.place import Place
from components.aws.kubernetes.service_network import ServicesArgs, single_hyphens
from recommender.kubernetes.plan import ClusterPlan


class ManagedServicesArgs(TypedDict):
    """What the managed services of a cluster are made of."""

    plan: ClusterPlan
    """What to run, how safely, and tags."""
    place: Place
    """The cluster's network."""
    client_group_id: pulumi.Input[str]
    """Security group of the nodes, who alone may connect."""
    kms_key: pulumi.Input[str] | None
    """Encrypts data, backups and passwords; None: AWS's own keys do."""


class ManagedServices(pulumi.ComponentResource):
    """The plan's databases, Redis and bucket; what it does not name is not there."""

    hosts: dict[str, pulumi.Output[str]]
    """Names of the databases' servers: pgsql, codeintel, codeinsights."""
    secrets: dict[str, pulumi.Output[str]]
    """ARNs of secrets: pgsql-password and its like hold JSON, redis-cache-endpoint and its like a URL."""
    bucket_name: pulumi.Output[str] | None
    """The bucket; None: there is none."""
    bucket_arn: pulumi.Output[str] | None
    """For policies; None: there is none."""

    def __init__(self, name: str, args: ManagedServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:ManagedServices", name, opts=opts)
        child, managed = pulumi.ResourceOptions(parent=self), args["plan"].managed
        self.hosts, self.secrets = {}, {}
        self.bucket_name = self.bucket_arn = None
        name = single_hyphens(name)
        servers = self._servers_args(name, args) if managed.databases or managed.redis else None
        if servers and managed.databases:
            databases = Databases(f"{name}-postgres", servers, child)
            self.hosts = databases.hosts
            self.secrets |= {f"{key}-password": arn for key, arn in databases.secrets.items()}
        if servers and managed.redis:
            caches = Caches(f"{name}-redis", servers, child)
            self.secrets |= {f"redis-{key}-endpoint": arn for key, arn in caches.secrets.items()}
        if managed.bucket:
            storage = ObjectStorage(f"{name}-storage", {"plan": args["plan"], "kms_key": args["kms_key"]}, child)
            self.bucket_name, self.bucket_arn = storage.bucket_name, storage.bucket_arn
        self.register_outputs({"hosts": self.hosts, "secrets": self.secrets, "bucketName": self.bucket_name})

    def _servers_args(self, name: str, args: ManagedServicesArgs) -> ServicesArgs:
        # A last backup outlives the stack, and the next stack of this name makes one as well.
        ending = random.RandomId(f"{name}-last", byte_length=4, opts=pulumi.ResourceOptions(parent=self))
        return {
            "plan": args["plan"],
            "vpc_id": args["place"].vpc_id,
            "subnet_ids": list(args["place"].subnet_ids.values()),
            "client_group_id": args["client_group_id"],
            "kms_key": args["kms_key"],
            "last_backup": ending.hex,
        }
