"""Everything that Google runs for Sourcegraph in place of pods."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from components.gcp.kubernetes.database import Database
from components.gcp.kubernetes.object_storage import ObjectStorage, ObjectStorageArgs
from components.gcp.kubernetes.redis_server import RedisServer
from components.gcp.kubernetes.server import ServerArgs


@dataclass(frozen=True, slots=True)
class Managed:
    """What the application needs to know of them."""

    hosts: dict[str, pulumi.Output[str]]
    """Private addresses of the databases, by key."""
    secrets: dict[str, gcp.secretmanager.Secret]
    """By what they hold: pgsql-password, redis-cache-endpoint."""
    bucket: pulumi.Output[str] | None
    """Name; None where the plan has none."""


def managed_services(name: str, shared: ServerArgs, child: pulumi.ResourceOptions) -> Managed:
    """Makes what the plan names, and nothing where it names nothing."""
    managed = shared["plan"].managed
    hosts: dict[str, pulumi.Output[str]] = {}
    secrets: dict[str, gcp.secretmanager.Secret] = {}
    for each in managed.databases:
        database = Database(f"{name}-{each.key}", {**shared, "database": each}, child)
        hosts[each.key] = database.host
        secrets[f"{each.key}-password"] = database.secret
    for each in managed.redis:
        server = RedisServer(f"{name}-redis-{each.key}", {**shared, "redis": each}, child)
        secrets[f"redis-{each.key}-endpoint"] = server.secret
    bucket = None
    if managed.bucket:
        args: ObjectStorageArgs = {"plan": shared["plan"], "key": shared["key"], "after": shared["after"]}
        bucket = ObjectStorage(name, args, child).bucket
    return Managed(hosts, secrets, bucket)
