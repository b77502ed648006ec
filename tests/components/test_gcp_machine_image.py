"""The whole of a GCP target: what is made for which plan, and what must hold for every resource of it."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pulumi_gcp as gcp
import pytest

from recommender.plan import ExistingNetwork, SingleNodePlan
from tests.components.gcp_machine import (
    DISK,
    FIREWALL,
    INSTANCE,
    KEY,
    TOP,
    disposable_plan,
    existing_plan,
    internal_access,
    internal_plan,
    record_machine,
    software_plan,
)
from tests.components.hosts import SOFTWARE
from tests.plans import gcp_plan

PLANS = {
    "internet-facing": gcp_plan(),
    "internal": internal_plan(),
    "disposable": disposable_plan(),
    "existing-network": existing_plan(),
    "existing-network-internal": existing_plan(access=internal_access(dns_zone=None)),
    "own-key": gcp_plan(kms_key=KEY),
}

SOFTWARE_PLANS = {target: software_plan(target) for target in SOFTWARE}

every_plan = pytest.mark.parametrize("plan", [*PLANS.values(), *SOFTWARE_PLANS.values()], ids=[*PLANS, *SOFTWARE_PLANS])


@every_plan
@pytest.mark.parametrize("preview", [True, False])
def test_every_component_registers_outputs_and_every_child_uses_the_given_provider(plan: SingleNodePlan, preview: bool):
    recording = record_machine(plan, preview=preview)
    outputs = recording.resources[1].registered_outputs
    assert {"instanceName", "privateIp", "dataDiskId", "connectCommand", "nextSteps"} <= outputs.keys()
    custom = [r for r in recording.resources if not r.component and not r.type.startswith("pulumi:")]
    assert {r.provider for r in custom} == {recording.named("gcp").urn}
    assert all(r.parent for r in custom)


@every_plan
def test_no_firewall_rule_lets_the_world_in(plan: SingleNodePlan):
    rules = record_machine(plan).of_type(FIREWALL)
    assert rules
    for rule in rules:
        assert rule.inputs["targetServiceAccounts"] == ["moorage@test.iam.gserviceaccount.com"]
        assert not {"0.0.0.0/0", "::/0"} & set(rule.inputs["sourceRanges"])


@every_plan
def test_every_type_that_takes_labels_carries_those_of_the_plan(plan: SingleNodePlan):
    for resource in record_machine(plan).resources:
        key = label_key(resource.type)
        if key:
            assert resource.inputs.get(key) == dict(plan.tags), resource.urn


def label_key(token: str) -> str | None:
    """The input that holds labels, for a type of the SDK that has one."""
    if not token.startswith("gcp:"):
        return None
    module, _, name = token.removeprefix("gcp:").partition("/")
    if module == "monitoring" and "Metric" in name:
        return None  # its `labels` describe the dimensions of a metric
    args = getattr(getattr(gcp, module), name.rpartition(":")[2] + "Args")
    names = inspect.signature(args.__init__).parameters
    return "userLabels" if "user_labels" in names else "labels" if "labels" in names else None


@every_plan
def test_names_leave_room_for_a_suffix_and_are_valid_in_compute_engine(plan: SingleNodePlan):
    longest = "a" + "-b" * 15 + "c"
    recording = record_machine(replace(plan, name=longest))
    for resource in recording.resources:
        if resource.type.startswith("gcp:") and not resource.type.endswith("IamMember"):  # a grant has no name there
            assert len(resource.name) <= 63 - len("-1a2b3c4"), resource.name
            assert resource.name.replace("-", "").isalnum()
            assert resource.name == resource.name.lower()


def test_a_disposable_machine_has_no_nat_no_snapshots_and_nothing_that_outlives_it():
    recording = record_machine(disposable_plan())
    assert not recording.of_type("gcp:compute/routerNat:RouterNat")
    assert not recording.of_type("gcp:compute/resourcePolicy:ResourcePolicy")
    assert not recording.of_type("gcp:monitoring/alertPolicy:AlertPolicy")
    assert not [r.urn for r in recording.resources if r.protect or r.retain_on_delete]
    assert recording.named("acme-machines").inputs.get("logConfig") is None
    assert recording.of_type(INSTANCE)[0].inputs["networkInterfaces"] == [
        {"subnetwork": "acme-machines-id", "accessConfigs": [{}]}
    ]


def test_an_existing_network_gets_firewall_rules_and_nothing_else():
    recording = record_machine(existing_plan())
    made = {resource.type for resource in recording.resources if resource.type.startswith("gcp:compute/")}
    assert not made & {
        "gcp:compute/network:Network",
        "gcp:compute/subnetwork:Subnetwork",
        "gcp:compute/router:Router",
        "gcp:compute/address:Address",
    }
    assert {r.inputs["network"] for r in recording.of_type(FIREWALL)} == {
        "projects/acme-sourcegraph/global/networks/core"
    }


def test_a_network_of_another_project_gets_no_rules_but_a_list_of_what_to_ask_for():
    network = ExistingNetwork("projects/host/global/networks/core", "projects/host/regions/r/subnetworks/apps", ())
    recording = record_machine(gcp_plan(network=network))
    assert not recording.of_type(FIREWALL)
    steps = recording.named("acme", TOP).registered_outputs["nextSteps"]
    asked = [step for step in steps if "another project" in step]
    assert len(asked) == 1
    assert "35.235.240.0/20" in asked[0]
    assert "130.211.0.0/22" in asked[0]


def test_without_a_domain_there_is_no_load_balancer_and_the_tunnel_is_the_way_in():
    recording = record_machine(gcp_plan(access=None))
    assert not [r for r in recording.resources if "LoadBalancer" in r.type or "orwardingRule" in r.type]
    assert [r.name for r in recording.of_type(FIREWALL)] == ["acme-iap"]
    outputs = recording.named("acme", TOP).registered_outputs
    assert outputs.get("url") is None
    assert outputs["tunnelCommand"] == (
        "gcloud compute start-iap-tunnel acme-machine-1a2b3c4 443 --local-host-port=localhost:8443 "
        "--project=acme-sourcegraph --zone=us-central1-a"
    )
    assert outputs["dnsRecords"] == []


def test_a_customers_key_reaches_both_disks_and_the_image_and_the_grant_it_needs_is_named():
    recording = record_machine(gcp_plan(kms_key=KEY))
    assert recording.of_type(DISK)[0].inputs["diskEncryptionKey"] == {"kmsKeySelfLink": KEY}
    assert recording.of_type(INSTANCE)[0].inputs["bootDisk"]["kmsKeySelfLink"] == KEY
    assert recording.named("acme-image").inputs["imageEncryptionKey"] == {"kmsKeySelfLink": KEY}
    steps = recording.named("acme", TOP).registered_outputs["nextSteps"]
    assert "roles/cloudkms.cryptoKeyEncrypterDecrypter" in steps[0]
    assert KEY in steps[0]


def test_outputs_say_how_to_reach_the_machine():
    outputs = record_machine(gcp_plan()).named("acme", TOP).registered_outputs
    assert outputs["url"] == "https://sourcegraph.acme.example"
    assert outputs["privateIp"] == "10.40.0.2"
    assert outputs["outboundIp"] == "203.0.113.20"
    assert outputs["loadBalancerIp"] == "203.0.113.21"
    assert outputs["connectCommand"] == (
        "gcloud compute ssh acme-machine-1a2b3c4 --tunnel-through-iap --project=acme-sourcegraph --zone=us-central1-a"
    )


def test_a_preview_takes_for_unknown_what_only_the_cloud_knows():
    outputs = record_machine(gcp_plan(), preview=True).named("acme", TOP).registered_outputs
    for key in ("instanceName", "privateIp", "outboundIp", "dataDiskId", "loadBalancerIp"):
        assert outputs[key] == {"unknown": True}, key


def test_the_first_boot_finds_its_way_out_and_its_roles():
    recording = record_machine(gcp_plan())
    needed = {urn.rpartition("::")[2] for urn in recording.of_type(INSTANCE)[0].depends_on}
    assert {"acme-nat", "acme-logs", "acme-metrics"} <= needed


def test_logical_names_are_public_and_a_rename_needs_an_alias():
    made = {
        (r.type, r.name)
        for plan in PLANS.values()
        for r in record_machine(plan).resources
        if not r.type.startswith("pulumi:")
    }
    assert {f"{type_.rpartition(':')[2]} {name}" for type_, name in made} == LOGICAL_NAMES


LOGICAL_NAMES = {
    "Account acme-machine",
    "Address acme-ip",
    "Address acme-nat",
    "Alarms acme",
    "AlertPolicy acme-disk-full",
    "AlertPolicy acme-down",
    "AlertPolicy acme-memory-full",
    "AlertPolicy acme-silent",
    "BackendService acme-backend",
    "Certificate acme",
    "Certificate acme-certificate",
    "DataDisk acme",
    "Disk acme-data",
    "DiskResourcePolicyAttachment acme-daily",
    "DnsAuthorization acme-domain",
    "Firewall acme",
    "Firewall acme-edge",
    "Firewall acme-iap",
    "ForwardingRule acme-443",
    "ForwardingRule acme-80",
    "GlobalAddress acme-ip",
    "GlobalForwardingRule acme-443",
    "GlobalForwardingRule acme-80",
    "HealthCheck acme-health",
    "IAMMember acme-logs",
    "IAMMember acme-metrics",
    "Identity acme",
    "Image acme",
    "Image acme-image",
    "Instance acme-machine",
    "InstanceGroup acme-group",
    "InternalLoadBalancer acme",
    "LoadBalancer acme",
    "Machine acme",
    "MachineImage acme",
    "ManagedSslCertificate acme-certificate",
    "MetricDescriptor acme-data-disk",
    "MetricDescriptor acme-memory",
    "Network acme",
    "Network acme-network",
    "NotificationChannel acme-email",
    "RecordSet acme-address",
    "RecordSet acme-domain",
    "RegionBackendService acme-backend",
    "RegionHealthCheck acme-health",
    "RegionSecurityPolicy acme-armor",
    "RegionSslPolicy acme-tls",
    "RegionTargetHttpProxy acme-http",
    "RegionTargetHttpsProxy acme-https",
    "RegionUrlMap acme-http",
    "RegionUrlMap acme-https",
    "ResourcePolicy acme-daily",
    "Router acme-router",
    "RouterNat acme-nat",
    "SSLPolicy acme-tls",
    "SecurityPolicy acme-armor",
    "Subnetwork acme-machines",
    "Subnetwork acme-proxies",
    "TargetHttpProxy acme-http",
    "TargetHttpsProxy acme-https",
    "URLMap acme-http",
    "URLMap acme-https",
}
