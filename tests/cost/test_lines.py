"""What single resources cost, and what is said of them."""

from __future__ import annotations

import pytest

from stacks.cost.index import number
from stacks.cost.of_preview import estimate
from stacks.preview import UNKNOWN, ClaimedVolume, Preview, StackPreview
from tests.cost.previews import line, monthly, preview, priced, resource
from tests.profiles import preview_of

VOLUME = "aws:ebs/volume:Volume"
INSTANCE = "aws:ec2/instance:Instance"
GCP_INSTANCE = "gcp:compute/instance:Instance"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
CLAIMS = (ClaimedVolume("stack", "gitserver/repos", 2, 100),)


def test_a_gp3_disk_pays_for_what_is_above_its_free_speed():
    found = priced(resource(VOLUME, {"type": "gp3", "size": 1143, "iops": 16000, "throughput": 1000}))
    assert found.monthly == pytest.approx(1143 * 0.08 + 13000 * 0.005 + 875 * 0.04)


def test_a_gp3_disk_at_its_free_speed_pays_for_its_size():
    found = priced(resource(VOLUME, {"type": "gp3", "size": 100, "iops": 3000, "throughput": 125}))
    assert len(found.lines) == 1


def test_an_io2_disk_pays_its_iops_by_tier():
    found = priced(resource(VOLUME, {"type": "io2", "size": 1, "iops": 70_000}))
    expected = 0.125 + 32_000 * 0.065 + 32_000 * 0.0455 + 6_000 * 0.03185
    assert found.monthly == pytest.approx(expected)


def test_a_machine_pays_for_its_disks_and_its_public_address():
    inputs = {
        "instanceType": "m6a.2xlarge",
        "associatePublicIpAddress": True,
        "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 50},
        "ebsBlockDevices": [{"volumeType": "gp3", "volumeSize": 10}],
    }
    assert priced(resource(INSTANCE, inputs)).monthly == pytest.approx(730 * (0.3456 + 0.005) + 60 * 0.08)


def test_an_unknown_machine_type_is_a_named_line_without_a_price():
    found = priced(resource(INSTANCE, {"instanceType": "z9.huge", "rootBlockDevice": {"volumeSize": 1}}))
    assert line(found, "z9.huge").monthly is None
    assert line(found, "z9.huge") in found.unknown
    assert line(found, "z9.huge").note == "no price in us-east-1"


def test_a_machine_type_that_is_not_known_yet_is_a_line_too():
    found = priced(resource(INSTANCE, {"instanceType": dict(UNKNOWN)}))
    assert line(found, "machine of unknown type").price is None


def test_a_disk_of_unknown_size_has_no_price():
    found = priced(resource(VOLUME, {"type": "gp3", "size": dict(UNKNOWN)}))
    assert line(found, "data disk").price is None
    assert "not known before" in line(found, "data disk").note


def test_a_node_group_takes_disks_from_its_launch_template_and_scales():
    ebs = {"volumeSize": 100, "volumeType": "gp3", "throughput": 225}
    template = resource("aws:ec2/launchTemplate:LaunchTemplate", {"blockDeviceMappings": [{"ebs": ebs}]}, "template")
    group = resource(
        "aws:eks/nodeGroup:NodeGroup",
        {"instanceTypes": ["m6a.4xlarge"], "scalingConfig": {"desiredSize": 1, "maxSize": 3}},
        behind={"launchTemplate": template},
    )
    found = priced(template, group)
    one = 730 * 0.6912 + 100 * 0.08 + 100 * 0.04
    assert found.monthly == pytest.approx(one)
    assert found.high == pytest.approx(3 * one)


def test_spot_nodes_have_no_list_price():
    inputs = {"instanceTypes": ["m6a.4xlarge"], "capacityType": "SPOT", "scalingConfig": {"desiredSize": 1}}
    assert line(priced(resource("aws:eks/nodeGroup:NodeGroup", inputs)), "m6a.4xlarge, spot").price is None


@pytest.mark.parametrize(("support", "told"), [("STANDARD", 0), ("EXTENDED", 1), (None, 1)])
def test_extended_support_is_told_where_the_cluster_may_come_to_pay_it(support, told):
    found = priced(resource("aws:eks/cluster:Cluster", {"upgradePolicy": {"supportType": support}}))
    assert sum("extended support" in sentence and "0.6 USD" in sentence for sentence in found.by_use) == told
    assert found.monthly == pytest.approx(73)


def test_snapshots_tell_what_they_assume():
    policy = {
        "policyDetails": {
            "targetTags": {"moorage:data-disk": "it"},
            "schedules": [{"createRule": {"interval": 24}, "retainRule": {"count": 14}}],
        }
    }
    disk = resource(VOLUME, {"type": "gp3", "size": 1000, "tags": {"moorage:data-disk": "it"}})
    other = resource(VOLUME, {"type": "gp3", "size": 500, "tags": {"moorage:data-disk": "other"}}, "other")
    found = priced(disk, other, resource("aws:dlm/lifecyclePolicy:LifecyclePolicy", policy))
    assert line(found, "snapshots").quantity == pytest.approx(1000 * 1.13)
    assert "1% changes a day" in line(found, "snapshots").note


def test_snapshots_of_disks_that_the_preview_lacks_have_no_price():
    assert line(priced(resource("aws:dlm/lifecyclePolicy:LifecyclePolicy")), "snapshots").price is None


def test_snapshots_of_gcp_belong_to_the_attachment():
    disk = resource("gcp:compute/disk:Disk", {"type": "pd-ssd", "size": 1000})
    schedule = {"snapshotSchedulePolicy": {"retentionPolicy": {"maxRetentionDays": 14}}}
    policy = resource("gcp:compute/resourcePolicy:ResourcePolicy", schedule)
    attachment = resource(
        "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment", behind={"disk": disk, "name": policy}
    )
    found = priced(disk, policy, attachment, region="us-central1")
    assert monthly(found, "snapshots") == pytest.approx(1130 * 0.05)


def test_the_first_five_forwarding_rules_cost_one_price_and_further_ones_more():
    rules = [resource("gcp:compute/forwardingRule:ForwardingRule", name=f"rule-{i}") for i in range(7)]
    found = priced(*rules, region="us-central1")
    assert found.monthly == pytest.approx(730 * (0.025 + 2 * 0.01))


def test_global_forwarding_rules_cost_the_same_in_every_region():
    rule = resource("gcp:compute/globalForwardingRule:GlobalForwardingRule")
    assert priced(rule, region="europe-west3").monthly == pytest.approx(730 * 0.025)


def test_a_machine_of_gcp_is_priced_before_sustained_use_and_says_so():
    found = priced(resource(GCP_INSTANCE, {"machineType": "n2-standard-16", "zone": "us-central1-a"}))
    assert monthly(found, "n2") == pytest.approx(730 * 0.776944)
    assert "0.8" in line(found, "n2").note


def test_cloud_nat_costs_by_the_machines_that_have_no_address_of_their_own():
    alone = [resource(GCP_INSTANCE, {"networkInterfaces": [{"accessConfigs": []}]}, f"a{i}") for i in range(3)]
    public = resource(GCP_INSTANCE, {"networkInterfaces": [{"accessConfigs": [{}]}]}, "public")
    found = priced(*alone, public, resource("gcp:compute/routerNat:RouterNat"), region="us-central1")
    assert monthly(found, "Cloud NAT") == pytest.approx(3 * 730 * 0.0014)
    assert monthly(found, "public IPv4") == pytest.approx(730 * 0.005)


def test_an_internal_address_costs_nothing():
    assert priced(resource("gcp:compute/address:Address", {"addressType": "INTERNAL"}), region="us-east1").lines == ()


def test_valkey_costs_less_than_redis():
    group = "aws:elasticache/replicationGroup:ReplicationGroup"
    inputs = {"nodeType": "cache.m7g.large", "numCacheClusters": 1, "engine": "valkey"}
    assert priced(resource(group, inputs)).monthly == pytest.approx(730 * 0.1264)


def test_a_database_of_another_engine_has_no_price():
    found = priced(resource("aws:rds/instance:Instance", {"engine": "mysql", "instanceClass": "db.m6i.large"}))
    assert line(found, "RDS db.m6i.large").price is None


def test_a_region_without_some_prices_names_their_lines():
    found = estimate(preview_of("tests/cases/aws-existing-network/profile.yaml"))
    assert found.region == "eu-north-1"
    assert {item.category for item in found.unknown} == {"snapshots", "load balancing"}
    assert all(item.note for item in found.unknown)


def test_a_region_without_any_price_is_named_all_the_same():
    machine = resource(INSTANCE, {"instanceType": "m6a.large", "rootBlockDevice": {"volumeSize": 9}})
    found = priced(machine, resource("aws:ec2/natGateway:NatGateway"), region="af-south-1")
    assert (found.region, found.monthly, len(found.unknown)) == ("af-south-1", 0, 3)


def test_a_price_of_another_region_says_so_in_the_line():
    found = priced(resource("aws:secretsmanager/secret:Secret"), region="eu-north-1")
    assert line(found, "secret").note == "price of us-east-1 stands in"


def test_a_claim_is_the_disk_of_its_storage_class():
    class_ = resource(CLASS, {"provisioner": "pd.csi.storage.gke.io", "parameters": {"type": "pd-balanced"}})
    found = priced(class_, region="us-central1", claims=CLAIMS)
    assert line(found, "2 x 100 GiB, pd-balanced").subject == "stack/gitserver/repos"
    assert found.monthly == pytest.approx(200 * 0.10)


def test_a_claim_without_a_storage_class_is_the_disk_of_the_clusters_cloud():
    assert monthly(priced(resource("aws:eks/cluster:Cluster"), claims=CLAIMS), "2 x") == pytest.approx(200 * 0.08)


@pytest.mark.parametrize("inputs", [None, {"provisioner": "csi.vsphere.vmware.com"}])
def test_claims_on_premises_are_not_priced_and_that_is_said(inputs):
    found = priced(*([resource(CLASS, inputs)] if inputs else []), region="", claims=CLAIMS)
    assert found.lines == ()
    assert found.by_use == ("Disks of the organization's own cluster: not priced.",)


def test_nodes_of_an_existing_cluster_are_said_to_be_left_out():
    found = estimate(preview_of("tests/cases/kubernetes-eks-existing/profile.yaml"))
    assert found.region == "eu-west-1"
    assert any("exists already" in sentence for sentence in found.by_use)


def test_an_application_takes_the_region_of_the_cluster_that_it_refers_to():
    cluster = preview(resource("aws:kms/key:Key"), region="eu-west-1").stacks[0]
    reference = resource("pulumi:pulumi:StackReference", {"name": "organization/moorage/stack"}, "reference")
    class_ = resource(CLASS, {"provisioner": "ebs.csi.aws.com"}, "class")
    stacks = (cluster, StackPreview("application", (reference, class_), {}))
    claims = (ClaimedVolume("application", "gitserver/repos", 1, 100),)
    assert monthly(estimate(Preview("kubernetes", stacks, {}, claims=claims)), "100 GiB") == pytest.approx(8.8)


def test_stacks_that_refer_to_each_other_end():
    reference = resource("pulumi:pulumi:StackReference", {"name": "organization/moorage/stack"}, "reference")
    found = priced(reference, resource(VOLUME, {"type": "gp3", "size": 1}), region="")
    assert found.unknown[0].note == "the region is not known"


def test_the_region_is_where_most_of_the_money_goes():
    volumes = [
        resource(VOLUME, {"type": "gp3", "size": size, "availabilityZone": zone}, zone)
        for zone, size in (("us-east-1a", 10), ("eu-west-1a", 1000), ("ap-northeast-1a", 20))
    ]
    assert priced(*volumes, region="").region == "eu-west-1"


@pytest.mark.parametrize("value", [None, True, -1, "x", "nan", "1e999", float("inf"), 10**400, [], dict(UNKNOWN)])
def test_what_is_no_amount_is_unknown(value):
    assert number(value) is None


def test_no_sentence_is_told_twice():
    found = estimate(preview_of("examples/hooli-eks.yaml"))
    assert len(found.by_use) == len(set(found.by_use))


def test_a_saved_preview_costs_the_same_without_its_property_dependencies():
    found = preview_of("examples/hooli-eks.yaml")
    stacks = tuple(
        StackPreview(stack.name, tuple(_saved(item) for item in stack.resources), {}) for stack in found.stacks
    )
    saved = Preview(found.target, stacks, {}, claims=found.claims)
    assert estimate(saved).monthly == pytest.approx(estimate(found).monthly)


def _saved(item):
    return type(item)(
        item.urn, item.type, item.name, item.parent, item.provider, item.inputs, item.depends_on, item.protect
    )
