"""What previews take of quotas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stacks.demand.machines import family, vcpu
from stacks.demand.of_preview import demand
from stacks.demand.permissions import permissions
from stacks.demand.table import rows
from stacks.preview import SECRET, UNKNOWN, ClaimedVolume, Preview, Resource
from tests.demand.previews import needed, preview, quota, resource
from tests.profiles import PROFILES, preview_of, preview_or_none

EKS = "examples/hooli-eks.yaml"
GKE = "examples/soylent-gke.yaml"
VCPU = "L-1216C47A"


def node_group(**inputs: Any) -> Resource:
    scaling = {"minSize": 1, "desiredSize": 1, "maxSize": 3}
    return resource(
        "aws:eks/nodeGroup:NodeGroup", {"instanceTypes": ["m6a.4xlarge"], "scalingConfig": scaling} | inputs, "nodes"
    )


def test_a_machine_takes_its_processors():
    assert quota(preview_of("examples/acme-aws.yaml"), VCPU).needed == 32  # m6a.8xlarge


def test_a_node_group_counts_at_its_maximum_with_the_nodes_that_replace_its_own():
    assert needed(preview(node_group()), VCPU) == 16 * (3 + 2)
    assert needed(preview(node_group(updateConfig={"maxUnavailable": 4})), VCPU) == 16 * (3 + 4)


def test_what_a_new_account_cannot_hold_comes_first():
    for path in PROFILES:
        if found := preview_or_none(path):
            order = [each.exceeds_default for each in demand(found).quotas]
            assert order == sorted(order, reverse=True), path


def test_an_aws_quota_names_its_exact_commands():
    found = quota(preview_of("examples/acme-aws.yaml"), VCPU)
    flags = "--service-code ec2 --quota-code L-1216C47A --region us-east-1"
    assert found.look == f"aws service-quotas get-service-quota {flags}"
    # Enough even where all 5 of the default are in use.
    assert found.request == f"aws service-quotas request-service-quota-increase {flags} --desired-value 37"


def test_a_gcp_quota_names_its_exact_commands():
    found = quota(preview_of(GKE), "N2_CPUS")
    assert found.look == (
        "gcloud compute regions describe europe-west1 --project=soylent-sourcegraph --flatten=quotas"
        " --format='csv[no-heading](quotas.metric,quotas.limit,quotas.usage)' | grep '^N2_CPUS,'"
    )
    assert found.request == (
        "gcloud beta quotas preferences create --service=compute.googleapis.com --project=soylent-sourcegraph"
        " --quota-id=N2-CPUS-per-project-region --dimensions=region=europe-west1 --preferred-value=200"
    )


def test_roles_are_looked_up_where_global_quotas_are_kept():
    assert (
        "--region us-east-1"
        in quota(preview_of("tests/cases/kubernetes-aws-existing-network/profile.yaml"), "L-FE177D64").look
    )


def test_disks_of_claims_and_of_nodes_count_as_storage():
    template = resource(
        "aws:ec2/launchTemplate:LaunchTemplate",
        {"blockDeviceMappings": [{"ebs": {"volumeType": "gp3", "volumeSize": 100}}]},
        "template",
    )
    group = node_group()
    group = replace(group, property_dependencies={"launchTemplate": (template.urn,)})
    storage = resource(
        "kubernetes:storage.k8s.io/v1:StorageClass", {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}}
    )
    claims = (ClaimedVolume("application", "gitserver/repos", 2, 500),)
    assert quota(preview(template, group, storage, claims=claims), "L-7A658B76").needed == round((500 + 1000) / 1024, 3)
    assert quota(preview(template, group, claims=claims), "L-7A658B76").needed == round(500 / 1024, 3)


def test_the_load_balancer_of_an_ingress_counts():
    assert quota(preview_of(EKS), "L-53DA6B97").needed == 1
    assert quota(preview_of(EKS), "L-B22855CB").needed == 1
    # Two groups of ours, one of the cluster, the network's default, and two that the controller makes.
    assert quota(preview_of(EKS), "L-E79EC296").needed == len(known_groups()) + 1 + 2


def known_groups() -> list[Resource]:
    return [each for each in preview_of(EKS).resources if each.type.lower().endswith("securitygroup")]


def test_nat_gateways_count_by_zone():
    subnets = [resource("aws:ec2/subnet:Subnet", {"availabilityZone": zone}, zone) for zone in ("a", "b")]
    gateways = [
        resource("aws:ec2/natGateway:NatGateway", {}, f"{subnet.name}{number}", {"subnetId": subnet})
        for subnet, count in zip(subnets, (2, 1), strict=True)
        for number in range(count)
    ]
    found = preview(*subnets, *gateways)
    assert [needed(found, "L-FE5A380F", zone) for zone in ("a", "b")] == [2, 1]


def test_a_cluster_of_the_customers_takes_disks_and_a_load_balancer_in_a_region_that_nobody_named():
    found = demand(preview_of("tests/cases/kubernetes-eks-existing/profile.yaml"))
    assert {each.code for each in found.quotas} == {"L-7A658B76", "L-53DA6B97", "L-B22855CB", "L-E79EC296"}
    assert all("--region" not in each.look and each.scope == "the region" for each in found.quotas)


def test_nothing_in_a_cloud_takes_nothing():
    assert demand(preview_of("examples/stark-own-cluster.yaml")).document() == {"quotas": [], "subnets": []}


def test_pd_ssd_and_pd_balanced_share_a_quota():
    disks = [
        resource("gcp:compute/disk:Disk", {"type": type_, "size": size}, type_)
        for type_, size in (("pd-ssd", 100), ("pd-balanced", 20), ("pd-standard", 3))
    ]
    assert (needed(preview(*disks), "SSD_TOTAL_GB"), needed(preview(*disks), "DISKS_TOTAL_GB")) == (120, 3)


def test_a_node_pool_counts_in_every_zone_with_its_surge():
    pool = resource(
        "gcp:container/nodePool:NodePool",
        {
            "autoscaling": {"maxNodeCount": 2},
            "nodeLocations": ["a", "b"],
            "upgradeSettings": {"maxSurge": 1},
            "nodeConfig": {"machineType": "n2-standard-16", "diskType": "pd-ssd", "diskSizeGb": 100},
        },
    )
    found = preview(pool, region="europe-west1")
    assert (needed(found, "N2_CPUS"), needed(found, "CPUS_ALL_REGIONS"), needed(found, "SSD_TOTAL_GB")) == (80, 80, 500)


def test_only_external_addresses_count():
    addresses = [
        resource("gcp:compute/address:Address", {"addressType": type_}, type_) for type_ in ("EXTERNAL", "INTERNAL")
    ]
    machine = resource("gcp:compute/instance:Instance", {"networkInterfaces": [{"accessConfigs": [{}]}]})
    found = preview(*addresses, machine)
    assert needed(found, "STATIC_ADDRESSES", "us-east-1") == 1
    assert needed(found, "IN_USE_ADDRESSES") == 2


def test_a_machine_of_unknown_size_is_told():
    found = preview(
        node_group(instanceTypes=["strange"]), resource("aws:ec2/instance:Instance", {"instanceType": "m7i.large"})
    )
    assert quota(found, VCPU).needed == 2
    assert "5 machines of unknown size are not counted" in quota(found, VCPU).note


@pytest.mark.parametrize(
    ("name", "size", "letters"),
    [
        ("m6a.8xlarge", 32, "m"),
        ("r7i.xlarge", 4, "r"),
        ("t3.medium", 2, "t"),
        ("inf2.xlarge", 4, "inf"),
        ("n2-standard-48", 48, "n2"),
        ("n2d-custom-6-9216", 6, "n2d"),
        ("e2-medium", 2, "e2"),
        ("strange", 0, "strange"),
    ],
)
def test_a_machine_types_name_tells_its_size_and_family(name: str, size: int, letters: str):
    assert (vcpu(name), family(name)) == (size, letters)


def test_every_row_has_a_source_a_date_and_says_whether_it_is_verified():
    for row in rows().values():
        assert row["source"], row
        assert row["date"] >= "2026-11-01", row
        assert isinstance(row["verified"], bool), row
        assert row["default"] is None or row["default"] > 0, row


JUNK = st.sampled_from(
    [UNKNOWN, SECRET, None, "", "text", -1, 0, 3.5, True, [], [None], [UNKNOWN], {}, {"type": UNKNOWN}]
)


@pytest.mark.parametrize("path", [EKS, GKE, "examples/acme-aws.yaml", "examples/globex-compose-gcp.yaml"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_input_of_any_shape_raises(path: str, data: st.DataObject):
    whole = preview_of(path)
    spoilt = [_spoil(each, data) for each in whole.resources]
    found = replace(whole, stacks=(replace(whole.stacks[0], resources=tuple(spoilt)),))
    assert demand(found).document()
    assert permissions(found).documents().keys() >= set()


def _spoil(one: Resource, data: st.DataObject) -> Resource:
    if not one.inputs or one.type.startswith("kubernetes:helm"):
        return one
    name = data.draw(st.sampled_from(sorted(one.inputs)))
    return replace(one, inputs={**one.inputs, name: data.draw(JUNK)})


def test_the_same_preview_gives_the_same_bytes():
    def both(found: Preview) -> tuple[Any, Any]:
        return demand(found).document(), permissions(found).documents()

    assert both(preview_of(EKS)) == both(replace(preview_of(EKS)))
