"""A PostgreSQL server that Google runs."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp
import pulumi_random as random

from components.gcp.kubernetes import windows
from components.gcp.kubernetes.server import ServerArgs
from components.gcp.kubernetes.stored_secret import stored_secret
from recommender.kubernetes.plan import ClusterPlan, ManagedDatabase

# Sourcegraph's advice for every size, sourcegraph/docs@3499c087 docs/self-hosted/postgres-conf.mdx, read 2026-11-22.
# What it derives from the memory is Cloud SQL's own choice. WAL in MB, files in kB. That Cloud SQL takes these five is
# what public repositories show; Google's list was not read.
_FLAGS = {
    "effective_io_concurrency": "200",
    "max_wal_size": "8192",
    "min_wal_size": "2048",
    "random_page_cost": "1.1",
    "temp_file_limit": str(20 * 1024 * 1024),
}
_BACKUP_START = "02:00"
_MOST_LOG_DAYS = 7  # of this edition: pulumi_gcp 10.2.0, transaction_log_retention_days, read 2026-11-22
_PASSWORD_LENGTH = 40


class DatabaseArgs(ServerArgs):
    """What `Database` needs besides."""

    database: ManagedDatabase


class Database(pulumi.ComponentResource):
    """A PostgreSQL 16 server with one database and one user, reachable from within the network alone.

    Connections must be encrypted; clients need not know the certificate authority, which is this server's own. The
    server's name has a suffix, because Google keeps the name of a deleted one for a week. Nobody rotates the password:
    replace the random one, update, and restart the pods.
    """

    host: pulumi.Output[str]
    """Private IP address."""
    secret: gcp.secretmanager.Secret
    """Holds the password."""

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:Database", name, opts=opts)
        plan, database = args["plan"], args["database"]
        keep = plan.managed.keep
        server = gcp.sql.DatabaseInstance(
            name,
            project=plan.project,
            region=plan.region,
            database_version="POSTGRES_16",
            settings=_settings(args),
            encryption_key_name=args["key"],
            deletion_protection=keep,
            opts=pulumi.ResourceOptions(
                parent=self, protect=keep, ignore_changes=["settings.diskSize"], depends_on=args["after"]
            ),
        )
        password = random.RandomPassword(
            name, length=_PASSWORD_LENGTH, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        gcp.sql.Database(
            name,
            instance=server.name,
            name=database.database,
            # PostgreSQL refuses to drop what has connections or owns objects; both go with the server.
            deletion_policy="ABANDON",
            opts=pulumi.ResourceOptions(parent=self, protect=keep),
        )
        gcp.sql.User(
            name,
            instance=server.name,
            name=database.user,
            password=password.result,
            deletion_policy="ABANDON",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.host = server.private_ip_address
        self.secret = stored_secret(f"{database.key}-password", plan, password.result, self)
        self.register_outputs({"host": self.host, "secret": self.secret.id})


def _settings(args: DatabaseArgs) -> gcp.sql.DatabaseInstanceSettingsArgsDict:
    plan, database = args["plan"], args["database"]
    managed = plan.managed
    return {
        # Unset, it would be ENTERPRISE_PLUS, which has no machines of these types.
        "edition": "ENTERPRISE",
        "tier": database.machine,
        "availability_type": "REGIONAL" if managed.high_availability else "ZONAL",
        "disk_type": "PD_SSD",
        "disk_size": database.storage_gb,
        "disk_autoresize": True,
        "disk_autoresize_limit": database.max_storage_gb,
        "ip_configuration": {
            "ipv4_enabled": False,
            "private_network": args["network"],
            "ssl_mode": "ENCRYPTED_ONLY",
        },
        "backup_configuration": _backups(plan),
        "final_backup_config": {"enabled": True, "retention_days": 30} if managed.keep else {"enabled": False},
        "retain_backups_on_delete": managed.keep,
        "database_flags": [{"name": name, "value": value} for name, value in sorted(_FLAGS.items())],
        "insights_config": {"query_insights_enabled": True},
        "maintenance_window": windows.DATABASES,
        "user_labels": dict(plan.tags),
        "deletion_protection_enabled": managed.keep,
    }


def _backups(plan: ClusterPlan) -> gcp.sql.DatabaseInstanceSettingsBackupConfigurationArgsDict:
    days = plan.managed.backup_days
    if days == 0:
        return {"enabled": False}
    return {
        "enabled": True,
        "start_time": plan.volume_backups.start_utc if plan.volume_backups else _BACKUP_START,
        "location": plan.region,
        "point_in_time_recovery_enabled": True,
        "transaction_log_retention_days": min(days, _MOST_LOG_DAYS),
        "backup_retention_settings": {"retained_backups": days, "retention_unit": "COUNT"},
    }
