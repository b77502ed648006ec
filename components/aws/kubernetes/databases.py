"""PostgreSQL, run by AWS."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.aws.kubernetes.service_network import ServicesArgs, service_group, single_hyphens
from components.aws.tags import named
from recommender.kubernetes.plan import ManagedDatabase

_PORT = 5432
_SETTINGS = {
    "rds.force_ssl": "1",
    # What the vendor sets on every server, whatever its size. Its shared_buffers are what RDS gives anyway; left out is
    # temp_file_limit, which would end long queries, where our disk grows. Source: sourcegraph/docs@3499c087
    # docs/self-hosted/postgres-conf.mdx, read 2026-11-22.
    "effective_io_concurrency": "200",
    "max_wal_size": "8192",
    "min_wal_size": "2048",
    "random_page_cost": "1.1",
}
"""Units: the sizes are in MB."""
_ROTATION_DAYS = 1000
"""The longest that Secrets Manager takes. RDS would change the password every 7 days, and pods read it at their start.
Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html, read 2026-11-22."""


class Databases(pulumi.ComponentResource):
    """One private, encrypted server for each of the plan's databases. RDS makes the passwords; the engine sees none."""

    hosts: dict[str, pulumi.Output[str]]
    """Names of the servers, by the databases' keys."""
    secrets: dict[str, pulumi.Output[str]]
    """ARNs of the secrets that hold JSON with the password, by the databases' keys."""

    def __init__(self, name: str, args: ServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Databases", name, opts=opts)
        self._name, self._args, self._tags = name, args, dict(args["plan"].tags)
        child, tags = pulumi.ResourceOptions(parent=self), named(self._tags, name)
        self._group = service_group(name, args=args, port=_PORT, description="The databases", parent=self)
        self._subnets = aws.rds.SubnetGroup(name, subnet_ids=args["subnet_ids"], tags=tags, opts=child)
        self._settings = aws.rds.ParameterGroup(
            name,
            family="postgres16",
            parameters=[{"name": setting, "value": value} for setting, value in _SETTINGS.items()],
            tags=tags,
            opts=child,
        )
        databases = sorted(args["plan"].managed.databases, key=lambda database: database.key)
        servers = {database.key: self._create_server(database) for database in databases}
        self.hosts = {key: server.address for key, server in servers.items()}
        self.secrets = {key: self._keep_password(key, server) for key, server in servers.items()}
        self.register_outputs({"hosts": self.hosts, "secrets": self.secrets})

    def _create_server(self, database: ManagedDatabase) -> aws.rds.Instance:
        name, key, managed = f"{self._name}-{database.key}", self._args["kms_key"], self._args["plan"].managed
        server, keep = single_hyphens(f"{self._args['plan'].name}-{database.key}"), managed.keep
        return aws.rds.Instance(
            name,
            # Fixed, so that the log group of this name can be made first.
            identifier=server,
            engine="postgres",
            # No minor version: AWS retires those within two years, and moves servers on by itself.
            engine_version="16",
            auto_minor_version_upgrade=True,
            engine_lifecycle_support="open-source-rds-extended-support-disabled",
            instance_class=database.machine,
            multi_az=managed.high_availability,
            storage_type="gp3",
            allocated_storage=database.storage_gb,
            max_allocated_storage=database.max_storage_gb,
            storage_encrypted=True,
            kms_key_id=key,
            parameter_group_name=self._settings.name,
            db_subnet_group_name=self._subnets.name,
            vpc_security_group_ids=[self._group],
            publicly_accessible=False,
            db_name=database.database,
            username=database.user,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=key,
            backup_retention_period=managed.backup_days,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not keep,
            deletion_protection=keep,
            skip_final_snapshot=not keep,
            final_snapshot_identifier=self._last_backup(server) if keep else None,
            enabled_cloudwatch_logs_exports=["postgresql"],
            # A week of history is free.
            performance_insights_enabled=True,
            performance_insights_retention_period=7,
            performance_insights_kms_key_id=key,
            tags=named(self._tags, name),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=keep,
                retain_on_delete=keep,
                # The name is fixed, so a second server cannot be made beside the first.
                delete_before_replace=True,
                # It grows by itself, and never shrinks.
                ignore_changes=["allocatedStorage"],
                depends_on=[self._create_log_group(name, server)],
            ),
        )

    def _last_backup(self, server: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(server, "-last-", self._args["last_backup"])

    def _create_log_group(self, name: str, server: str) -> aws.cloudwatch.LogGroup:
        """Made first, or RDS makes it, and keeps the logs for ever."""
        return aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/rds/instance/{server}/postgresql",
            retention_in_days=self._args["plan"].log_days,
            tags=named(self._tags, name),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _keep_password(self, key: str, server: aws.rds.Instance) -> pulumi.Output[str]:
        arn = server.master_user_secrets.apply(lambda secrets: secrets[0].secret_arn or "")
        aws.secretsmanager.SecretRotation(
            f"{self._name}-{key}",
            secret_id=arn,
            rotate_immediately=False,
            rotation_rules={"automatically_after_days": _ROTATION_DAYS},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return arn
