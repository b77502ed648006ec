"""Network policies, read as Kubernetes reads them: who reaches what, and who does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from recommender.kubernetes.plan import ApplicationPlan
from templates.kubernetes.context import bundled
from templates.kubernetes.manifests import manifests
from tests.kubernetes.plans import application_plan
from tests.kubernetes.variants import PROXY, executors, variants

HERE, JOBS = "sourcegraph", "sourcegraph-executors"
METADATA = "169.254.169.254"


def policies(plan: ApplicationPlan) -> list[Mapping[str, Any]]:
    return [each.document for each in manifests(plan) if each.document["kind"] == "NetworkPolicy"]


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    return all(
        expression["operator"] == "In" and labels.get(expression["key"]) in expression["values"]
        for expression in selector.get("matchExpressions", [])
    )


def is_peer(peer: Mapping[str, Any], namespace: str, who: tuple[str, str] | str) -> bool:
    """`who`: a namespace and an app, or an address."""
    if "ipBlock" in peer:
        if not isinstance(who, str):
            return False
        block, address = peer["ipBlock"], ip_address(who)
        return address in ip_network(block["cidr"]) and not any(
            address in ip_network(each) for each in block.get("except", [])
        )
    if isinstance(who, str):
        return False
    space, app = who
    if "namespaceSelector" in peer:
        if not selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": space}):
            return False
    elif space != namespace:
        return False
    return selects(peer.get("podSelector", {}), {"app": app})


def rules(plan: ApplicationPlan, pod: tuple[str, str], direction: str) -> Iterator[Mapping[str, Any]]:
    for policy in policies(plan):
        about = policy["metadata"]["namespace"] == pod[0] and selects(policy["spec"]["podSelector"], {"app": pod[1]})
        if about and direction.capitalize() in policy["spec"]["policyTypes"]:
            yield from policy["spec"].get(direction, [])


def passes(plan: ApplicationPlan, pod: tuple[str, str], direction: str, who: tuple[str, str] | str, port: int) -> bool:
    isolated = any(
        policy["metadata"]["namespace"] == pod[0]
        and direction.capitalize() in policy["spec"]["policyTypes"]
        and selects(policy["spec"]["podSelector"], {"app": pod[1]})
        for policy in policies(plan)
    )
    key = {"ingress": "from", "egress": "to"}[direction]
    return not isolated or any(
        (not rule.get("ports") or any(each["port"] == port for each in rule["ports"]))
        and (key not in rule or any(is_peer(peer, pod[0], who) for peer in rule[key]))
        for rule in rules(plan, pod, direction)
    )


def lets_in(plan: ApplicationPlan, app: str, who: tuple[str, str] | str, port: int) -> bool:
    return passes(plan, (HERE, app), "ingress", who, port)


def lets_out(plan: ApplicationPlan, who: tuple[str, str] | str, port: int, app: str = "executor-x") -> bool:
    return passes(plan, (JOBS, app), "egress", who, port)


BUNDLED = variants()["aws-bundled"]


@pytest.mark.parametrize(
    ("app", "port"),
    [("pgsql", 5432), ("codeintel-db", 5432), ("codeinsights-db", 5432), ("redis-store", 6379), ("blobstore", 9000)],
)
def test_data_is_reached_by_sourcegraph_and_by_nobody_else(app: str, port: int):
    for caller in ("sourcegraph-frontend", "worker", "gitserver", "precise-code-intel-worker"):
        assert lets_in(BUNDLED, app, (HERE, caller), port)
    assert not lets_in(BUNDLED, app, (HERE, "cadvisor"), port)
    assert not lets_in(BUNDLED, app, (JOBS, "executor-batches-codeintel"), port)
    assert not lets_in(BUNDLED, app, ("other", "sourcegraph-frontend"), port)
    assert not lets_in(BUNDLED, app, "10.64.16.7", port)


def test_services_call_each_other_and_the_frontend_is_everybodys():
    for app, caller, port in (
        ("gitserver", "indexed-search", 3178),
        ("searcher", "sourcegraph-frontend", 3181),
        ("indexed-search", "worker", 6070),
        ("syntect-server", "sourcegraph-frontend", 9238),
        ("sourcegraph-frontend", "prometheus", 3090),
        ("sourcegraph-frontend", "indexed-search", 3090),
        ("grafana", "sourcegraph-frontend", 3370),
        ("prometheus", "grafana", 9090),
        ("pgsql", "grafana", 5432),
        ("otel-collector", "otel-agent", 4317),
    ):
        assert lets_in(BUNDLED, app, (HERE, caller), port), (app, caller)
    assert not lets_in(BUNDLED, "gitserver", (JOBS, "executor-batches-codeintel"), 3178)


def test_prometheus_reads_every_pod_of_the_namespace():
    for app, port in (("pgsql", 9187), ("redis-cache", 9121), ("node-exporter", 9100), ("cadvisor", 48080)):
        assert lets_in(BUNDLED, app, (HERE, "prometheus"), port)
        assert not lets_in(BUNDLED, app, ("other", "prometheus"), port)


def test_google_comes_in_from_its_own_ranges():
    plan = variants()["gcp-all"]
    for address in ("35.191.1.1", "130.211.3.1"):
        assert lets_in(plan, "sourcegraph-frontend", address, 3080)
        assert lets_in(plan, "sourcegraph-frontend", address, 6060)
    assert not lets_in(plan, "sourcegraph-frontend", "10.64.0.9", 3080)
    internal = variants()["gcp-internal"]
    assert lets_in(internal, "sourcegraph-frontend", "10.64.18.9", 3080)  # the proxies' subnet
    assert not lets_in(internal, "sourcegraph-frontend", "203.0.113.9", 3080)


def test_nginx_and_executors_come_from_their_namespaces():
    plan = variants()["existing-everything"]
    assert lets_in(plan, "sourcegraph-frontend", ("ingress-nginx", "x"), 3080)
    assert lets_in(plan, "sourcegraph-frontend", (JOBS, "executor-batches-codeintel"), 3080)
    assert not lets_in(plan, "sourcegraph-frontend", ("ingress-nginx", "x"), 3090)
    assert not lets_in(plan, "sourcegraph-frontend", ("other", "x"), 3080)
    assert lets_in(application_plan(), "sourcegraph-frontend", "10.64.240.9", 3080)  # a load balancer's own address


@pytest.mark.parametrize("kind", ["dind", "native"])
def test_jobs_reach_sourcegraph_and_the_internet_and_no_network_of_ours(kind: Any):
    plan = application_plan(executors=executors(kind))
    assert lets_out(plan, (HERE, "sourcegraph-frontend"), 3080)
    assert lets_out(plan, "203.0.113.9", 443)
    assert lets_out(plan, "10.64.0.10", 53)
    for address in ("10.64.0.10", "172.20.0.1", "192.168.1.1", "100.64.1.1", METADATA, "169.254.170.23"):
        assert not lets_out(plan, address, 443), address
    assert not lets_out(plan, (HERE, "pgsql"), 5432)
    assert not lets_out(plan, (HERE, "sourcegraph-frontend"), 3090)
    assert not passes(plan, (JOBS, "executor-x"), "ingress", (HERE, "worker"), 8080)


def test_only_native_executors_themselves_reach_the_api():
    plan = application_plan(executors=executors("native"))
    assert lets_out(plan, "10.64.0.10", 443, app="executor-batches-codeintel")
    assert not lets_out(plan, METADATA, 443, app="executor-batches-codeintel")


def test_the_cache_is_for_executors_and_reaches_the_registry():
    plan = variants()["aws-registry"]
    assert passes(plan, (JOBS, "private-docker-registry"), "ingress", (JOBS, "executor-batches-codeintel"), 5000)
    assert not passes(plan, (JOBS, "private-docker-registry"), "ingress", (HERE, "worker"), 5000)
    assert lets_out(plan, "10.1.2.3", 5000, app="private-docker-registry")
    assert not lets_out(plan, "10.1.2.3", 5000)


def test_a_proxy_may_be_anywhere_in_the_network_but_not_at_the_metadata():
    plan = application_plan(proxy=PROXY)
    assert lets_out(plan, "10.1.2.3", 3128)
    assert not lets_out(plan, METADATA, 3128)
    assert not lets_out(application_plan(), "10.1.2.3", 3128)


def test_no_policy_names_pods_that_do_not_run():
    for plan in variants().values():
        names = {app for each in policies(plan) for app in _apps(each)}
        for switch, app in (("pgsql", "pgsql"), ("blobstore", "blobstore"), ("grafana", "grafana")):
            assert (app in names) == (plan.network_policies and switch in bundled(plan))


def _apps(found: Any) -> Iterator[str]:
    if isinstance(found, Mapping):
        if found.get("key") == "app":
            yield from found["values"]
        for below in found.values():
            yield from _apps(below)
    elif isinstance(found, list):
        for below in found:
            yield from _apps(below)


def test_a_plan_may_want_none():
    assert policies(replace(application_plan(), network_policies=False)) == []
