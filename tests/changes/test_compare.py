"""What becomes of each resource, against what the engine decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stacks.preview import Preview
from tests.changes.previews import (
    ATTACHMENT,
    AWS,
    HIDDEN,
    INSTANCE,
    NAMESPACE,
    NOT_KNOWN,
    RELEASE,
    SUBNET,
    VOLUME,
    VPC,
    changes,
    machine,
    of,
    only,
    preview,
    resource,
    urn,
)

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


def one(type_: str, before: dict, after: dict, **options) -> tuple[Preview, Preview]:
    return preview(resource(type_, inputs=before, **options)), preview(resource(type_, inputs=after, **options))


@pytest.mark.parametrize(
    ("type_", "before", "after", "action", "path"),
    [
        (VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}, "replace", "cidrBlock"),
        (VPC, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, "update", "tags.a"),
        (INSTANCE, {"instanceType": "m6a.large"}, {"instanceType": "m6a.xlarge"}, "update", "instanceType"),
        (INSTANCE, {"instanceType": "m6a.large"}, {"instanceType": "m6g.large"}, "replace", "instanceType"),
        (VOLUME, {"size": 100}, {"size": 200}, "update", "size"),
        (VOLUME, {"availabilityZone": "a"}, {"availabilityZone": "b"}, "replace", "availabilityZone"),
        ("gcp:compute/disk:Disk", {"type": "pd-ssd"}, {"type": "pd-balanced"}, "replace", "type"),
        ("aws:made/up:Thing", {"size": 1}, {"size": 2}, "may-replace", "size"),
        (VPC, {}, {"nobodyKnows": 1}, "may-replace", "nobodyKnows"),
    ],
)
def test_the_input_that_differs_decides_and_is_told(type_, before, after, action, path):
    change = only(changes(*one(type_, before, after)))
    assert (change.action, [each.path for each in change.properties]) == (action, [path])
    assert change.properties[0].forces == (action if action != "update" else "no")


def test_what_only_head_has_is_created_and_what_only_base_has_is_deleted():
    vpc, subnet = resource(VPC), resource(SUBNET)
    found = changes(preview(vpc), preview(subnet))
    assert {each.type: each.action for each in found.resources} == {SUBNET: "create", VPC: "delete"}


def test_what_is_retained_is_forgotten_and_not_lost():
    found = changes(machine(), preview())
    disk = of(found, VOLUME, "acme-data")
    assert (disk.action, disk.loss) == ("forget", None)
    assert "refuses to delete" in disk.options[0]


def test_components_providers_and_references_are_no_resources():
    quiet = [resource(each) for each in ("moorage:aws:Network", AWS, "pulumi:pulumi:StackReference")]
    assert not changes(preview(*quiet), preview()).resources


def test_a_smaller_disk_is_refused_and_not_replaced():
    found = changes(*one(VOLUME, {"size": 200}, {"size": 100}))
    assert only(found).action == "update"
    assert found.failures == found.changed


def test_a_refusal_does_not_matter_where_the_resource_is_replaced_anyway():
    before, after = {"size": 200, "availabilityZone": "a"}, {"size": 100, "availabilityZone": "b"}
    found = changes(*one(VOLUME, before, after))
    assert only(found).action == "replace"
    assert not found.failures


def test_a_replaced_network_takes_with_it_what_is_settled_in_it():
    found = changes(machine(), machine(cidr="10.1.0.0/16"))
    assert {each.type: each.action for each in found.changed} == {
        VPC: "replace",
        SUBNET: "replace",
        INSTANCE: "replace",
        ATTACHMENT: "replace",
    }
    subnet = of(found, SUBNET)
    assert "Vpc acme is replaced" in subnet.properties[0].reason
    assert (subnet.properties[0].before, subnet.properties[0].after) == (NOT_KNOWN, NOT_KNOWN)


def test_an_update_changes_nothing_that_is_made_of_it():
    assert only(changes(machine(), machine(instanceType="m6a.4xlarge"))).type == INSTANCE


def test_an_update_that_counts_up_a_version_changes_what_takes_that_version():
    template, group = "aws:ec2/launchTemplate:LaunchTemplate", "aws:eks/nodeGroup:NodeGroup"
    base, head = (
        preview(
            resource(template, inputs={"tagSpecifications": [{"resourceType": "volume", "tags": {"team": team}}]}),
            resource(
                group,
                inputs={"launchTemplate": {"id": NOT_KNOWN, "version": NOT_KNOWN}},
                made_of={"launchTemplate": [urn(template, "acme")]},
            ),
        )
        for team in ("one", "two")
    )
    found = of(changes(base, head), group)
    assert (found.action, [each.path for each in found.properties]) == ("update", ["launchTemplate.version"])
    assert "nodes are made anew" in found.effect


def test_what_may_be_replaced_makes_nothing_more_certain_than_may():
    base, head = (
        preview(
            resource("aws:made/up:Thing", inputs={"size": size}),
            resource(SUBNET, inputs={"vpcId": NOT_KNOWN}, made_of={"vpcId": [urn("aws:made/up:Thing", "acme")]}),
        )
        for size in (1, 2)
    )
    assert of(changes(base, head), SUBNET).action == "may-replace"


def test_a_secret_changes_with_what_it_is_made_of():
    password = "random:index/randomPassword:RandomPassword"
    version = "aws:secretsmanager/secretVersion:SecretVersion"
    base, head = (
        preview(
            resource(password, inputs={"length": length}),
            resource(version, inputs={"secretString": HIDDEN}, made_of={"secretString": [urn(password, "acme")]}),
        )
        for length in (16, 32)
    )
    assert of(changes(base, head), version).action == "replace"


def test_another_origin_is_another_value_though_both_are_unknown():
    subnets = [resource(SUBNET, name, {"cidrBlock": "10.0.0.0/24"}) for name in ("one", "two")]
    base, head = (
        preview(*subnets, resource(INSTANCE, inputs={"subnetId": NOT_KNOWN}, made_of={"subnetId": [origin.urn]}))
        for origin in subnets
    )
    change = only(changes(base, head))
    assert (change.type, change.action) == (INSTANCE, "replace")
    assert "now made of Subnet two" in change.properties[0].reason


def test_a_component_stands_for_what_is_within_it():
    def side(cidr: str) -> Preview:
        network = resource("moorage:aws:Network")
        vpc = resource(VPC, inputs={"cidrBlock": cidr}, parent=network.urn)
        return preview(network, vpc, resource(SUBNET, inputs={"vpcId": NOT_KNOWN}, made_of={"vpcId": [network.urn]}))

    assert of(changes(side("10.0.0.0/16"), side("10.1.0.0/16")), SUBNET).action == "replace"


def test_what_is_deleted_first_takes_with_it_even_what_names_it_by_a_known_value():
    """The engine puts an unknown in place of every value that is made of what is gone, known or not."""

    def side(subnet: str) -> Preview:
        instance = resource(INSTANCE, inputs={"subnetId": subnet}, delete_before_replace=True)
        attachment = resource(
            ATTACHMENT, inputs={"instanceId": "i-1", "volumeId": "vol-1"}, made_of={"instanceId": [instance.urn]}
        )
        return preview(instance, attachment)

    attachment = of(changes(side("a"), side("b")), ATTACHMENT)
    assert (attachment.action, attachment.delete_first) == ("replace", True)
    assert "is deleted before it is made anew" in attachment.properties[0].reason


def test_what_is_created_first_leaves_alone_what_names_it_by_a_known_value():
    def side(cidr: str) -> Preview:
        vpc = resource(VPC, inputs={"cidrBlock": cidr})
        return preview(vpc, resource(SUBNET, inputs={"vpcId": "vpc-1"}, made_of={"vpcId": [vpc.urn]}))

    assert of(changes(side("10.0.0.0/16"), side("10.1.0.0/16")), SUBNET).action == "same"


def test_without_what_inputs_are_made_of_whatever_it_waits_for_may_change_it():
    def side(cidr: str) -> Preview:
        vpc, other = resource(VPC, inputs={"cidrBlock": cidr}), resource(VPC, "other")
        return preview(vpc, other, resource(SUBNET, inputs={"vpcId": NOT_KNOWN}, depends_on=(vpc.urn, other.urn)))

    found = changes(side("10.0.0.0/16"), side("10.1.0.0/16"))
    assert of(found, SUBNET).action == "may-replace"
    assert any("saved without what each input is made of" in sentence for sentence in found.unchecked)


def test_an_ignored_input_changes_nothing_and_is_told():
    found = changes(machine(), machine(ami="ami-2"))
    change = only(found)
    assert (change.action, change.options) == ("same", ("ami differs and is left as it is",))
    assert found.counts == {"same": 5}
    assert not found.document()["resources"][0]["properties"]


def test_what_the_cloud_keeps_when_it_is_no_longer_given_changes_nothing_and_is_told():
    before, after = {"size": 100, "kmsKeyId": "key"}, {"size": 100}
    change = only(changes(*one(VOLUME, before, after)))
    assert (change.action, change.options) == ("same", ("kmsKeyId differs and is left as it is",))
    zones = {"availabilityZone": "a"}, {"availabilityZone": "b"}
    anew = only(changes(*one(VOLUME, before | zones[0], after | zones[1])))
    assert [each.path for each in anew.properties] == ["availabilityZone", "kmsKeyId"]


def test_only_what_is_on_both_sides_can_be_ignored():
    options = {"ignore_changes": ("scalingConfig.desiredSize",)}
    type_ = "aws:eks/nodeGroup:NodeGroup"
    both = changes(*one(type_, {"scalingConfig": {"desiredSize": 1}}, {"scalingConfig": {"desiredSize": 2}}, **options))
    assert not both.counts.get("update")
    added = changes(*one(type_, {}, {"scalingConfig": {"desiredSize": 2}}, **options))
    assert only(added).properties[0].path == "scalingConfig"


def test_options_alone_are_no_update_and_are_told():
    before, after = resource(VOLUME, protect=True, retain_on_delete=True), resource(VOLUME)
    change = only(changes(preview(before), preview(after)))
    assert (change.action, change.properties) == ("same", ())
    assert change.options == ("protection is lifted", "is no longer kept when deleted")


def test_the_engine_refuses_to_replace_what_both_sides_protect():
    base, head = one(VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}, protect=True)
    assert "the engine refuses to replace it" in only(changes(base, head)).options[0]
    lifted = preview(replace(head.resources[0], protect=False))
    assert only(changes(base, lifted)).options == ("protection is lifted",)


def test_formatting_and_order_in_a_policy_are_no_change():
    one_way = '{"Statement":[{"Action":["a:Get","a:Put"],"Effect":"Allow","Resource":"*"}]}'
    other = '{\n "Statement": [{"Effect": "Allow", "Action": ["a:Put", "a:Get"], "Resource": ["*"]}]}'
    assert not changes(*one(ROLE_POLICY, {"policy": one_way}, {"policy": other})).changed


def test_a_policy_is_told_by_the_part_that_differs():
    texts = ['{"Statement":[{"Action":"a:Get"}]}', '{"Statement":[{"Action":"a:Put"}]}']
    change = only(changes(*one(ROLE_POLICY, *({"policy": text} for text in texts))))
    assert [(each.path, each.before, each.after) for each in change.properties] == [
        ("policy.Statement[0].Action[0]", "a:Get", "a:Put")
    ]
    assert change.action == "update"


def test_the_order_of_a_set_is_no_change():
    assert not changes(
        *one("gcp:compute/firewall:Firewall", {"sourceRanges": ["a", "b"]}, {"sourceRanges": ["b", "a"]})
    ).changed


def test_an_alias_is_the_same_resource():
    before = resource(VPC, "old", {"cidrBlock": "10.0.0.0/16"})
    after = resource(VPC, "new", {"cidrBlock": "10.0.0.0/16"}, aliases=(before.urn,))
    assert changes(preview(before), preview(after)).counts == {"same": 1}


def test_what_is_within_a_renamed_component_inherits_its_alias():
    def side(component: str, **options) -> Preview:
        parent = resource("moorage:aws:Network", component, **options)
        child_urn = f"urn:pulumi:acme::moorage::moorage:aws:Network${VPC}::{component}-vpc"
        return preview(parent, resource(VPC, f"{component}-vpc", parent=parent.urn, urn=child_urn))

    base = side("old")
    assert changes(base, side("new", aliases=(base.resources[0].urn,))).counts == {"same": 1}
    assert changes(base, side("new")).counts == {"create": 1, "delete": 1}


@pytest.mark.parametrize(
    ("package", "before", "after", "type_", "action"),
    [
        ("aws", {"region": "a"}, {"region": "b"}, VPC, "replace"),
        ("aws", {"region": "a"}, {"region": "b"}, "aws:iam/role:Role", "same"),
        ("gcp", {"project": "a"}, {"project": "b"}, "gcp:compute/network:Network", "replace"),
        ("gcp", {"region": "a"}, {"region": "b"}, "gcp:compute/network:Network", "same"),
        ("gcp", {"region": "a"}, {"region": "b"}, "gcp:compute/subnetwork:Subnetwork", "replace"),
        ("kubernetes", {"clusterIdentifier": "a"}, {"clusterIdentifier": "b"}, RELEASE, "replace"),
        ("kubernetes", {"clusterIdentifier": "a", "context": "x"}, {"clusterIdentifier": "a"}, RELEASE, "same"),
        ("kubernetes", {"context": "x"}, {"context": "y"}, RELEASE, "may-replace"),
    ],
)
def test_a_provider_that_goes_elsewhere_takes_its_resources_along(package, before, after, type_, action):
    def side(inputs: dict) -> Preview:
        provider = resource(f"pulumi:providers:{package}", inputs=inputs)
        return preview(provider, resource(type_, provider=provider.urn))

    assert of(changes(side(before), side(after)), type_).action == action


def test_in_another_cluster_all_is_made_before_the_old_goes_unless_the_program_says_otherwise():
    def side(cluster: str) -> Preview:
        provider = resource("pulumi:providers:kubernetes", inputs={"clusterIdentifier": cluster})
        namespace = resource(NAMESPACE, inputs={"metadata": {"name": "sourcegraph"}}, provider=provider.urn)
        release = resource(RELEASE, inputs={"name": "one"}, provider=provider.urn, delete_before_replace=True)
        return preview(provider, namespace, release)

    found = changes(side("a"), side("b"))
    assert [(each.type, each.delete_first) for each in found.changed] == [(NAMESPACE, False), (RELEASE, True)]


def test_a_resource_that_names_its_own_region_does_not_follow_the_provider():
    def side(region: str) -> Preview:
        provider = resource(AWS, inputs={"region": region})
        return preview(provider, resource(VPC, inputs={"region": "eu-west-1"}, provider=provider.urn))

    assert not changes(side("a"), side("b")).changed


def test_what_cannot_be_seen_is_counted_in_words():
    side = preview(resource(ROLE_POLICY, inputs={"policy": NOT_KNOWN, "key": HIDDEN}))
    found = changes(side, side)
    assert [sentence.split(" ")[:2] for sentence in found.unchecked if "both sides" in sentence] == [
        ["1", "value"],
        ["1", "secret"],
    ]


def test_a_stack_of_base_alone_waits_for_somebody():
    found = changes(preview(resource(VPC, stack="old")), preview(resource(VPC, stack="new")))
    assert any("Stack old is in BASE only" in sentence for sentence in found.unchecked)


def test_what_another_stack_reads_is_not_seen():
    def side(cidr: str) -> Preview:
        reference = resource("pulumi:pulumi:StackReference", inputs={"name": "organization/moorage/c"}, stack="a")
        reader = resource(RELEASE, inputs={"values": NOT_KNOWN}, stack="a", made_of={"values": [reference.urn]})
        return preview(resource(VPC, inputs={"cidrBlock": cidr}, stack="c"), reference, reader)

    found = changes(side("10.0.0.0/16"), side("10.1.0.0/16"))
    assert of(found, RELEASE).action == "same"
    assert any("1 inputs of stack a are outputs of stack c" in sentence for sentence in found.unchecked)
