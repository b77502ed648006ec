"""The two load balancers on GCP: who may pass, which certificate, and which records are left to a person."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gcp.edge import armor_rules
from recommender.plan import Access, ExistingNetwork
from tests.components.gcp_machine import (
    FIREWALL,
    TOP,
    existing_plan,
    internal_access,
    internal_plan,
    record_machine,
)
from tests.plans import gcp_plan

PUBLIC: Any = gcp_plan().access
RANGES = st.lists(
    st.ip_addresses(v=4).map(lambda ip: str(ip_network(f"{ip}/24", strict=False))), min_size=1, max_size=35, unique=True
).map(tuple)


@given(RANGES.filter(lambda ranges: "0.0.0.0/0" not in ranges))
def test_only_the_allowed_ranges_pass_and_no_rule_holds_more_than_ten(ranges: tuple[str, ...]):
    *_, last = rules = plain_rules(replace(PUBLIC, allowed_cidrs=ranges))
    allowed = [rule["match"]["config"]["src_ip_ranges"] for rule in rules if rule["action"] == "allow"]
    assert [range_ for group in allowed for range_ in group] == list(ranges)
    assert max(map(len, allowed)) <= 10
    assert (last["priority"], last["action"]) == (2147483647, "deny(403)")
    assert last["match"]["config"]["src_ip_ranges"] == ["*"]


@given(RANGES)
def test_blocked_paths_are_refused_before_anybody_is_let_in(ranges: tuple[str, ...]):
    rules = plain_rules(replace(PUBLIC, allowed_cidrs=ranges))
    priorities = [rule["priority"] for rule in rules]
    assert priorities == sorted(set(priorities))
    assert rules[0]["action"] == "deny(403)"
    assert rules[0]["match"]["expr"] == {"expression": "request.path.lower().urlDecode().startsWith('/.executors')"}


def test_a_load_balancer_for_everybody_has_no_list_and_still_blocks_paths():
    rules = plain_rules(replace(PUBLIC, allowed_cidrs=("10.0.0.0/8", "0.0.0.0/0")))
    assert [rule["action"] for rule in rules] == ["deny(403)", "allow"]


def test_a_quote_in_a_path_stays_within_the_expression():
    rules = plain_rules(replace(PUBLIC, blocked_paths=("/a'b\\c",)))
    assert rules[0]["match"]["expr"]["expression"].endswith(r"startsWith('/a\'b\\c')")


def plain_rules(access: Access) -> list[Any]:
    return list(armor_rules(access))


@pytest.mark.parametrize(
    ("plan", "kind"), [(gcp_plan(), ""), (internal_plan(), "Region")], ids=["internet-facing", "internal"]
)
def test_requests_are_held_for_five_minutes_logged_filtered_and_sent_over_https(plan: Any, kind: str):
    recording = record_machine(plan)
    backend = recording.named("acme-backend").inputs
    assert (backend["timeoutSec"], backend["connectionDrainingTimeoutSec"]) == (300, 300)
    assert (backend["protocol"], backend["portName"]) == ("HTTPS", "https")
    assert backend["securityPolicy"] == "acme-armor-id"
    assert backend["logConfig"] == {"enable": True, "sampleRate": 1}
    assert recording.named("acme-tls").inputs == {"profile": "MODERN", "minTlsVersion": "TLS_1_2"}
    assert recording.named("acme-tls").type.endswith(f"{kind}SslPolicy" if kind else "SSLPolicy")
    health: Any = recording.named("acme-health").inputs["httpsHealthCheck"]
    assert health == {"port": 443, "requestPath": "/healthz"}


@pytest.mark.parametrize(
    ("plan", "url_map"),
    [(gcp_plan(), "gcp:compute/uRLMap:URLMap"), (internal_plan(), "gcp:compute/regionUrlMap:RegionUrlMap")],
    ids=["internet-facing", "internal"],
)
def test_port_80_only_redirects(plan: Any, url_map: str):
    inputs = record_machine(plan).named("acme-http", url_map).inputs
    assert inputs == {
        "defaultUrlRedirect": {
            "httpsRedirect": True,
            "redirectResponseCode": "MOVED_PERMANENTLY_DEFAULT",
            "stripQuery": False,
        }
    }


def test_a_certificate_that_exists_is_used_and_none_is_requested():
    given_ = "projects/acme-sourcegraph/global/sslCertificates/wildcard"
    recording = record_machine(gcp_plan(access=replace(PUBLIC, certificate=given_)))
    assert not recording.of_type("gcp:compute/managedSslCertificate:ManagedSslCertificate")
    proxy = recording.named("acme-https", "gcp:compute/targetHttpsProxy:TargetHttpsProxy")
    assert proxy.inputs["sslCertificates"] == [given_]


@pytest.mark.parametrize(
    ("certificate", "field"),
    [
        ("projects/p/regions/us-central1/sslCertificates/wildcard", "sslCertificates"),
        ("projects/p/locations/us-central1/certificates/wildcard", "certificateManagerCertificates"),
    ],
)
def test_an_internal_load_balancer_takes_a_certificate_of_either_service(certificate: str, field: str):
    recording = record_machine(internal_plan(access=internal_access(certificate=certificate)))
    assert not recording.of_type("gcp:certificatemanager/certificate:Certificate")
    proxy = recording.named("acme-https", "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy")
    assert {key: value for key, value in proxy.inputs.items() if "ertificates" in key} == {field: [certificate]}


def test_without_a_zone_the_records_are_left_to_a_person():
    recording = record_machine(internal_plan(access=internal_access(dns_zone=None)))
    assert not recording.of_type("gcp:dns/recordSet:RecordSet")
    assert recording.named("acme", TOP).registered_outputs["dnsRecords"] == [
        {"name": "sourcegraph.acme.example.", "type": "A", "value": "203.0.113.20"},
        {"name": "_acme-challenge.sourcegraph.acme.example.", "type": "CNAME", "value": "proof."},
    ]


def test_with_a_zone_the_records_are_made():
    recording = record_machine(internal_plan())
    records = recording.of_type("gcp:dns/recordSet:RecordSet")
    assert {(r.inputs["name"], r.inputs["type"]) for r in records} == {
        ("sourcegraph.acme.example.", "A"),
        ("_acme-challenge.sourcegraph.acme.example.", "CNAME"),
    }
    assert recording.named("acme", TOP).registered_outputs["dnsRecords"] == []


def test_an_internal_load_balancer_waits_for_its_proxies_and_lets_them_in():
    recording = record_machine(internal_plan())
    proxies = recording.named("acme-proxies")
    assert proxies.inputs["purpose"] == "REGIONAL_MANAGED_PROXY"
    for rule in recording.of_type("gcp:compute/forwardingRule:ForwardingRule"):
        assert proxies.urn in rule.depends_on
        assert rule.inputs["loadBalancingScheme"] == "INTERNAL_MANAGED"
    edge = [rule for rule in recording.of_type(FIREWALL) if rule.name == "acme-edge"]
    assert edge[0].inputs["sourceRanges"] == ["35.191.0.0/16", "130.211.0.0/22", "10.40.8.0/23"]


def test_in_an_existing_network_the_range_of_the_proxies_comes_from_the_plan_or_is_asked_for():
    plan = existing_plan(access=internal_access())
    assert isinstance(plan.network, ExistingNetwork)
    steps: Any = record_machine(plan).named("acme", TOP).registered_outputs["nextSteps"]
    assert [step for step in steps if "Let the range of that subnet" in step]
    known = replace(plan, network=replace(plan.network, edge_subnets=("10.9.0.0/23",)))
    recording = record_machine(known)
    assert "10.9.0.0/23" in recording.named("acme-edge").inputs["sourceRanges"]
    steps = recording.named("acme", TOP).registered_outputs["nextSteps"]
    assert not [step for step in steps if "Let the range of that subnet" in step]


def test_the_address_is_protected_exactly_when_the_plan_protects_the_load_balancer():
    for protect in (True, False):
        assert record_machine(gcp_plan(deletion_protection=protect)).named("acme-ip").protect is protect
        assert record_machine(internal_plan(deletion_protection=protect)).named("acme-ip").protect is protect


def test_a_person_is_asked_to_check_that_an_internal_load_balancer_has_its_policy():
    for plan, asked in ((internal_plan(), True), (gcp_plan(), False)):
        steps: Any = record_machine(plan).named("acme", TOP).registered_outputs["nextSteps"]
        assert any("securityPolicy" in step for step in steps) is asked
