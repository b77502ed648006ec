"""The application stack reads the cluster stack: what is said where that one lacks something."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi
import pytest

from stacks.dry_run import dry_run
from stacks.kubernetes_program import build_application, render_application
from tests.kubernetes.test_planner import plan

CLUSTER_STACK = "organization/moorage/acme-cluster"
COMPLETE: Mapping[str, Any] = {
    "kubeconfig": "apiVersion: v1",
    "network_id": "vpc-0a1b2c3d",
    "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/1",
    "bucket": "acme-blobs",
    "kms_key": "arn:aws:kms:us-east-1:123456789012:key/1",
    "hosts": {key: f"{key}.example" for key in ("pgsql", "codeintel", "codeinsights")},
    "secrets": {f"{key}-password": f"arn:{key}" for key in ("pgsql", "codeintel", "codeinsights")}
    | {f"redis-{key}-endpoint": f"arn:{key}" for key in ("cache", "store")},
    "roles": {"object-storage": "arn:aws:iam::123456789012:role/storage"},
}


def deploy(outputs: Mapping[str, Any]) -> None:
    """The application on a cluster stack that has these outputs."""

    def computed(token: str, _name: str, _inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {"outputs": dict(outputs)} if token == "pulumi:pulumi:StackReference" else {}

    application = plan(
        "aws",
        domain="sourcegraph.acme.example",
        dns_zone="Z0123456789ABCDEFGHIJ",
        managed={"use": ["postgres", "redis", "object-storage"]},
    ).application
    program = partial(build_application, application, render_application(application), cluster_stack=CLUSTER_STACK)
    dry_run("acme-application", program, preview=False, computed=computed)


def test_a_complete_cluster_stack_is_enough() -> None:
    deploy(COMPLETE)


@pytest.mark.parametrize("missing", sorted(COMPLETE))
def test_an_output_that_the_cluster_stack_lacks_is_named_with_what_to_do(missing: str) -> None:
    with pytest.raises(pulumi.RunError, match=rf"{CLUSTER_STACK} has no output {missing}(?s:.*)pulumi up"):
        deploy({name: value for name, value in COMPLETE.items() if name != missing})


@pytest.mark.parametrize(("group", "member"), [("hosts", "pgsql"), ("roles", "object-storage")])
def test_a_member_that_the_cluster_stack_lacks_is_named(group: str, member: str) -> None:
    fewer = {name: value for name, value in COMPLETE[group].items() if name != member}
    with pytest.raises(pulumi.RunError, match=f"has no output {group}.{member}"):
        deploy({**COMPLETE, group: fewer})


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_kubeconfig_never_means_the_cluster_of_whoever_deploys(empty: str | None) -> None:
    with pytest.raises(pulumi.RunError, match="has no output kubeconfig"):
        deploy({**COMPLETE, "kubeconfig": empty})
