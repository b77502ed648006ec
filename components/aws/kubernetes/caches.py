"""Redis, run by AWS."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components.aws.kubernetes.service_network import ServicesArgs, service_group, single_hyphens
from components.aws.tags import named
from recommender.kubernetes.plan import ManagedRedis

_PORT = 6379
_TOKEN_LENGTH = 64
"""Of 16 to 128 that AWS takes."""
_FAMILY, _VERSION = "redis7", "7.1"
"""The last of Redis's own line on ElastiCache; AWS continues with Valkey, of which the vendor says nothing."""


class Caches(pulumi.ComponentResource):
    """Private, encrypted Redis: `cache`, which forgets, and `store`, which must not, and is backed up.

    Each has a password, which is born in the engine and stays secret there: AWS makes none for ElastiCache. Pods get
    the whole URL from Secrets Manager.
    """

    secrets: dict[str, pulumi.Output[str]]
    """ARNs of the secrets that hold the URL, by the servers' keys."""

    def __init__(self, name: str, args: ServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Caches", name, opts=opts)
        self._name, self._args, self._tags = name, args, dict(args["plan"].tags)
        self._child = pulumi.ResourceOptions(parent=self)
        self._group = service_group(name, args=args, port=_PORT, description="The Redis servers", parent=self)
        self._subnets = aws.elasticache.SubnetGroup(
            name, subnet_ids=args["subnet_ids"], tags=named(self._tags, name), opts=self._child
        )
        servers = sorted(args["plan"].managed.redis, key=lambda redis: redis.key)
        self.secrets = {redis.key: self._create(redis) for redis in servers}
        self.register_outputs({"secrets": self.secrets})

    def _create(self, redis: ManagedRedis) -> pulumi.Output[str]:
        name = f"{self._name}-{redis.key}"
        password = random.RandomPassword(
            name,
            length=_TOKEN_LENGTH,
            # Letters and digits alone need no escape in a URL.
            special=False,
            opts=self._child,
        )
        # Marked here, so that it stays secret wherever it is used, and in a preview that knows no provider.
        token = pulumi.Output.secret(password.result)
        group = self._create_group(name, redis, token)
        url = pulumi.Output.concat("rediss://:", token, "@", group.primary_endpoint_address, f":{_PORT}")
        return self._create_secret(name, redis, url)

    def _create_group(
        self, name: str, redis: ManagedRedis, token: pulumi.Output[str]
    ) -> aws.elasticache.ReplicationGroup:
        managed, server = self._args["plan"].managed, single_hyphens(f"{self._args['plan'].name}-{redis.key}")
        store, tags = redis.key == "store", named(self._tags, name)
        settings = aws.elasticache.ParameterGroup(
            name,
            family=_FAMILY,
            parameters=[{"name": "maxmemory-policy", "value": redis.eviction}],
            tags=tags,
            opts=self._child,
        )
        return aws.elasticache.ReplicationGroup(
            name,
            # Said, because generated names would not fit into 40 characters after a long name of a profile.
            replication_group_id=server,
            description=f"Redis {redis.key} of {self._args['plan'].name}",
            engine="redis",
            engine_version=_VERSION,
            parameter_group_name=settings.name,
            node_type=redis.machine,
            num_cache_clusters=2 if managed.high_availability else 1,
            automatic_failover_enabled=managed.high_availability,
            multi_az_enabled=managed.high_availability,
            subnet_group_name=self._subnets.name,
            security_group_ids=[self._group],
            transit_encryption_enabled=True,
            auth_token=token,
            at_rest_encryption_enabled=True,
            kms_key_id=self._args["kms_key"],
            auto_minor_version_upgrade=True,
            snapshot_retention_limit=managed.backup_days if store else 0,
            final_snapshot_identifier=self._last_backup(server) if store and managed.keep else None,
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=managed.keep,
                retain_on_delete=managed.keep,
                # The name is fixed, so a second server cannot be made beside the first.
                delete_before_replace=True,
            ),
        )

    def _last_backup(self, server: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(server, "-last-", self._args["last_backup"])

    def _create_secret(self, name: str, redis: ManagedRedis, url: pulumi.Output[str]) -> pulumi.Output[str]:
        secret = aws.secretsmanager.Secret(
            name,
            description=f"URL of the Redis {redis.key} of {self._args['plan'].name}",
            kms_key_id=self._args["kms_key"],
            recovery_window_in_days=30 if self._args["plan"].managed.keep else 0,
            tags=named(self._tags, name),
            opts=self._child,
        )
        version = aws.secretsmanager.SecretVersion(name, secret_id=secret.id, secret_string=url, opts=self._child)
        # The version's, not the secret's: whoever reads the ARN finds a value there.
        return version.secret_arn
