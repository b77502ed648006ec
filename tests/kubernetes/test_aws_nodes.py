"""The control plane, the machines that pods run on, and what AWS installs on them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from components.aws.kubernetes.next_steps import next_steps
from recommender.kubernetes.plan import NodeGroup
from tests.kubernetes.aws import (
    ADDON,
    CLUSTER,
    KEY,
    NODE_GROUP,
    poc,
    production,
    record_cluster,
    statements,
)
from tests.recording import Recording


def cluster_of(recording: Recording) -> Any:
    [cluster] = recording.of_type(CLUSTER)
    return cluster


def template_of(recording: Recording) -> Any:
    [template] = recording.of_type("aws:ec2/launchTemplate:LaunchTemplate")
    return template.inputs


def test_the_control_plane_has_a_pinned_version_and_no_paid_extension() -> None:
    inputs = cluster_of(record_cluster(production())).inputs
    assert inputs["version"] == "1.36"
    assert inputs["upgradePolicy"] == {"supportType": "STANDARD"}
    assert inputs["name"] == "acme"
    assert set(inputs["enabledClusterLogTypes"]) == {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    assert inputs["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"


def test_what_would_replace_the_cluster_later_is_right_from_the_start() -> None:
    inputs = cluster_of(record_cluster(production())).inputs
    assert inputs["bootstrapSelfManagedAddons"] is False
    assert inputs["accessConfig"] == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}


def test_administrators_are_named_by_what_they_are() -> None:
    admins = ("arn:aws:iam::123456789012:role/ops/admin", "arn:aws:iam::123456789012:role/dev/admin")
    recording = record_cluster(production(admins=admins))
    entries = recording.of_type("aws:eks/accessEntry:AccessEntry")
    assert [entry.inputs["principalArn"] for entry in entries] == sorted(admins)
    fewer = record_cluster(production(admins=admins[:1])).of_type("aws:eks/accessEntry:AccessEntry")
    assert fewer[0].urn in {entry.urn for entry in entries}, "who stays keeps the name"
    for grant in recording.of_type("aws:eks/accessPolicyAssociation:AccessPolicyAssociation"):
        assert grant.inputs["policyArn"] == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
        assert grant.inputs["accessScope"] == {"type": "cluster"}


def test_nodes_are_what_the_plan_says() -> None:
    recording = record_cluster(production())
    group = recording.named("acme-nodes-us-east-1a", NODE_GROUP)
    assert group.inputs["instanceTypes"] == ["m6a.4xlarge"]
    assert group.inputs["amiType"] == "AL2023_x86_64_STANDARD"
    assert group.inputs["releaseVersion"] == "1.36.2-20260714"
    assert group.inputs["scalingConfig"] == {"desiredSize": 2, "minSize": 2, "maxSize": 3}
    assert group.inputs["updateConfig"] == {"maxUnavailable": 1}
    assert group.inputs["nodeRepairConfig"] == {"enabled": True}
    assert group.inputs["subnetIds"] == ["acme-network-node-us-east-1a-id"]
    assert group.inputs["launchTemplate"] == {"id": "acme-nodes-id", "version": "3"}


def test_what_the_autoscaler_moves_is_left_to_it() -> None:
    for group in record_cluster(production()).of_type(NODE_GROUP):
        assert group.ignore_changes == ("scalingConfig.desiredSize",)
        assert "desiredSize" in group.inputs["scalingConfig"], "the engine ignores names of no property in silence"


def test_a_new_group_can_stand_beside_the_old_one() -> None:
    plan = production()
    for group in record_cluster(plan).of_type(NODE_GROUP):
        assert "nodeGroupName" not in group.inputs
        assert not group.delete_before_replace
    grown = replace(plan, nodes=replace(plan.nodes, groups=(*plan.nodes.groups[:2], NodeGroup("us-east-1c", 3, 9))))
    before, after = (record_cluster(each) for each in (plan, grown))
    changed = [each.name for each in before.resources if after.named(each.name, each.type).inputs != each.inputs]
    assert changed == ["acme-nodes-us-east-1c"]


def test_metadata_needs_a_token_that_no_pod_can_fetch() -> None:
    options = template_of(record_cluster(production()))["metadataOptions"]
    assert options == {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1}


def test_boot_disks_are_gp3_and_encrypted() -> None:
    [disk] = template_of(record_cluster(poc()))["blockDeviceMappings"]
    assert disk["deviceName"] == "/dev/xvda"
    expected = {"volumeSize": 100, "volumeType": "gp3", "encrypted": "true", "deleteOnTermination": "true"}
    assert {name: value for name, value in disk["ebs"].items() if value is not None} == expected


def test_machines_and_their_disks_carry_the_tags_too() -> None:
    tagged = template_of(record_cluster(production()))["tagSpecifications"]
    assert {each["resourceType"] for each in tagged} == {"instance", "network-interface", "volume"}
    assert all(each["tags"]["moorage:name"] == "acme" for each in tagged)


def test_a_node_may_join_and_pull_and_nothing_else() -> None:
    recording = record_cluster(production())
    attached = {
        attachment.inputs["policyArn"]
        for attachment in recording.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if attachment.inputs["role"] == "acme-nodes-1a2b3c4"
    }
    assert attached == {
        "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
    }


def test_nodes_wait_for_what_makes_them_ready_and_the_rest_waits_for_nodes() -> None:
    recording = record_cluster(production())
    nodes = recording.named("acme-nodes", "moorage:aws:NodeGroups")
    groups = {group.urn for group in recording.of_type(NODE_GROUP)}
    for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        assert recording.named(f"acme-addon-{name}").urn in nodes.depends_on
    for name in ("coredns", "metrics-server", "aws-ebs-csi-driver", "snapshot-controller"):
        assert groups <= set(recording.named(f"acme-addon-{name}").depends_on)
    ways_out = {recording.named(f"acme-network-node-us-east-1{zone}", "aws:ec2/route:Route").urn for zone in "abc"}
    assert ways_out <= set(nodes.depends_on)


def test_add_ons_are_those_of_the_plan_at_its_versions() -> None:
    plan = production()
    addons: dict[Any, Any] = {addon.inputs["addonName"]: addon.inputs for addon in record_cluster(plan).of_type(ADDON)}
    assert {name: addon["addonVersion"] for name, addon in addons.items()} == {
        addon.name: addon.version for addon in plan.addons
    }
    for addon in addons.values():
        assert addon["resolveConflictsOnCreate"] == addon["resolveConflictsOnUpdate"] == "OVERWRITE"
    assert json.loads(addons["vpc-cni"]["configurationValues"]) == {"enableNetworkPolicy": "true"}


def test_add_ons_that_call_aws_have_an_identity_of_their_own() -> None:
    recording = record_cluster(production(kms_key=KEY))
    accounts: dict[Any, Any] = {
        addon.inputs["addonName"]: addon.inputs["podIdentityAssociations"]
        for addon in recording.of_type(ADDON)
        if "podIdentityAssociations" in addon.inputs
    }
    assert {name: [each["serviceAccount"] for each in given] for name, given in accounts.items()} == {
        "vpc-cni": ["aws-node"],
        "aws-ebs-csi-driver": ["ebs-csi-controller-sa"],
    }
    assert {each["Resource"] for each in statements(recording, "acme-pods-ebs-csi-key")} == {KEY}
    without = record_cluster(poc())
    assert not [name for _, name in without.names if name == "acme-pods-ebs-csi-key"]


def test_volumes_of_claims_are_found_by_their_tag() -> None:
    recording = record_cluster(production())
    policy: Any = recording.named("acme-snapshots", "aws:dlm/lifecyclePolicy:LifecyclePolicy").inputs
    assert policy["policyDetails"]["targetTags"] == {"moorage:volumes": "acme"}
    [schedule] = policy["policyDetails"]["schedules"]
    assert (schedule["createRule"]["times"], schedule["retainRule"]) == ("04:00", {"count": 14})


def test_our_own_key_lets_auto_scaling_start_encrypted_nodes_in_an_account_that_never_did() -> None:
    recording = record_cluster(production())
    account, use, grant = statements(recording, "acme-key", "aws:kms/key:Key")
    assert account["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    role = "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    for statement in (use, grant):
        assert statement["Principal"] == {"AWS": "*"}, "KMS refuses a principal that does not exist"
        assert statement["Condition"]["StringEquals"] == {"aws:PrincipalArn": role}
    assert grant["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    assert recording.named("acme-key").inputs["enableKeyRotation"] is True


def test_next_steps_need_no_cloud() -> None:
    assert record_cluster(production()).outputs["next_steps"] == next_steps(production())
