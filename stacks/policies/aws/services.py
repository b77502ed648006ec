"""AWS: settings of databases, Redis and logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.aws.parts import DATABASE, REDIS
from stacks.policies.inputs import blocks, breach, enabled, given, hidden, said
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import hub, vendor


def _database_tls(scope: Scope) -> Iterator[Breach]:
    for group in scope.of_type("aws:rds/parameterGroup:ParameterGroup"):
        family, parameters = group.inputs.get("family"), group.inputs.get("parameters")
        if not isinstance(family, str) or not family.startswith("postgres") or hidden(parameters):
            continue
        forced = [item.get("value") for _, item in blocks(parameters) if item.get("name") == "rds.force_ssl"]
        if not any(value == "1" or hidden(value) for value in forced):
            yield breach(group, f"rds.force_ssl is {said(forced[0] if forced else None)}.", "parameters")
    for database in scope.of_type(DATABASE):
        if not given(database.inputs.get("parameterGroupName")):
            yield breach(database, "It has no parameter group of its own.", "parameterGroupName")


def _database_password(scope: Scope) -> Iterator[Breach]:
    for database in scope.of_type(DATABASE):
        managed = database.inputs.get("manageMasterUserPassword")
        if not enabled(managed) and not given(database.inputs.get("replicateSourceDb")):
            yield breach(database, f"manageMasterUserPassword is {said(managed)}.", "manageMasterUserPassword")


def _copies(scope: Scope) -> Iterator[Breach]:
    if scope.stage != "production":
        return
    for type_, switch in ((DATABASE, "multiAz"), (REDIS, "multiAzEnabled")):
        for resource in scope.of_type(type_):
            if not enabled(resource.inputs.get(switch)):
                yield breach(resource, f"{switch} is {said(resource.inputs.get(switch))}.", switch)


def _log_groups(scope: Scope) -> Iterator[Breach]:
    for group in scope.of_type("aws:cloudwatch/logGroup:LogGroup"):
        days = group.inputs.get("retentionInDays")
        if not given(days) or days == 0:
            yield breach(group, f"retentionInDays is {said(days)}.", "retentionInDays")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "AWS-RDS-TLS",
        "error",
        "Databases refuse connections without TLS",
        "Passwords and the code's metadata would cross the network in clear text.",
        "Set `rds.force_ssl` to 1 in the parameter group, and name the group.",
        vendor("docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html, unverified"),
        _database_tls,
    ),
    Policy(
        "AWS-RDS-PASSWORD",
        "error",
        "RDS makes and keeps the password of databases",
        "A password that the program knows is in its state, and in the memory of whoever deploys.",
        "Set `manageMasterUserPassword`.",
        vendor("docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html, unverified"),
        _database_password,
    ),
    Policy(
        "AWS-TWO-ZONES",
        "warning",
        "In production databases and Redis have a copy in another zone",
        "The loss of one zone, or of one machine, would stop Sourcegraph for everybody.",
        "Set `multiAz` and `multiAzEnabled`; `stage: production` does.",
        hub("RDS.5", "ElastiCache.3"),
        _copies,
    ),
    Policy(
        "AWS-LOGS-EXPIRE",
        "warning",
        "Log groups say how long they keep what is logged",
        "What nobody says is kept, and paid for, for ever.",
        "Set `retentionInDays`.",
        vendor("docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html, unverified"),
        _log_groups,
    ),
)
