"""A Redis server that Google runs."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from components.gcp.kubernetes import windows
from components.gcp.kubernetes.naming import short
from components.gcp.kubernetes.server import ServerArgs
from components.gcp.kubernetes.stored_secret import stored_secret
from recommender.kubernetes.plan import ManagedRedis

_LONGEST_ID = 40
_VERSION = "REDIS_7_2"  # 6.2 or newer is asked for; that Memorystore spells it so is unverified


class RedisServerArgs(ServerArgs):
    """What `RedisServer` needs besides."""

    redis: ManagedRedis


class RedisServer(pulumi.ComponentResource):
    """A Memorystore server with a password, reachable from within the network alone.

    Connections are not encrypted by Redis: its certificate would come from an authority of the server's own, and
    Sourcegraph has no setting that makes it trust one. They never leave Google's network. The store writes a snapshot
    every hour, and with high availability has a replica; the cache may lose what it holds.
    """

    secret: gcp.secretmanager.Secret
    """Holds the endpoint, password included."""

    def __init__(self, name: str, args: RedisServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:RedisServer", name, opts=opts)
        plan, redis = args["plan"], args["redis"]
        keep, suffix = plan.managed.keep, f"-redis-{redis.key}"
        server = gcp.redis.Instance(
            name,
            name=f"{short(plan.name, _LONGEST_ID - len(suffix))}{suffix}",
            project=plan.project,
            region=plan.region,
            redis_version=_VERSION,
            tier="STANDARD_HA" if plan.managed.high_availability else "BASIC",
            memory_size_gb=redis.memory_gb,
            redis_configs={"maxmemory-policy": redis.eviction},
            auth_enabled=True,
            transit_encryption_mode="DISABLED",
            authorized_network=args["network"],
            connect_mode="PRIVATE_SERVICE_ACCESS",
            customer_managed_key=args["key"],
            persistence_config={"persistence_mode": "RDB", "rdb_snapshot_period": "ONE_HOUR"}
            if redis.key == "store"
            else {"persistence_mode": "DISABLED"},
            maintenance_policy=windows.REDIS,
            labels=dict(plan.tags),
            deletion_protection=keep,
            # Its name is fixed, since it may have 40 characters only; a new one cannot have it before the old is gone.
            opts=pulumi.ResourceOptions(
                parent=self, protect=keep, delete_before_replace=True, depends_on=args["after"]
            ),
        )
        endpoint = pulumi.Output.format("redis://:{0}@{1}:{2}", server.auth_string, server.host, server.port)
        self.secret = stored_secret(f"redis-{redis.key}-endpoint", plan, endpoint, self)
        self.register_outputs({"secret": self.secret.id})
