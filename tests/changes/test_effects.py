"""What people are told that they would notice."""

from __future__ import annotations

import pytest

from stacks.changes import facts
from stacks.changes.losses import HELD
from tests.changes.previews import INSTANCE, NOT_KNOWN, RELEASE, VOLUME, changes, machine, of, only, preview, resource

VM = "gcp:compute/instance:Instance"
NOT_LOST = {
    "aws:cloudwatch/logGroup:LogGroup": "logs of the past, a loss where BASE protects them",
    "aws:ec2/instance:Instance": "its boot disk, which holds nothing of its own",
    "gcp:compute/instance:Instance": "its boot disk, which holds nothing of its own",
    "aws:secretsmanager/secretVersion:SecretVersion": "a new version is a new value",
    "gcp:secretmanager/secretVersion:SecretVersion": "a new version is a new value",
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": "the project's own log bucket, which is never deleted",
    "kubernetes:apps/v1:StatefulSet": "its claims stay",
    "kubernetes:core/v1:Secret": "made anew from what it is made of",
    "kubernetes:helm.sh/v3:Release": "a loss where BASE protects it",
}
"""Types that the facts call stateful and whose deletion alone is no loss, with the reason."""


def test_every_type_that_holds_something_is_a_loss_or_has_a_reason_not_to_be():
    stateful = {type_ for type_ in facts.fact_types() if facts.is_stateful(type_)}
    assert stateful <= HELD.keys() | NOT_LOST.keys()
    assert not HELD.keys() & NOT_LOST.keys()


def test_a_replaced_machine_tells_the_order_and_that_its_disk_stays():
    effect = of(changes(machine(), machine(cidr="10.1.0.0/16")), INSTANCE).effect
    assert effect == (
        "The machine is terminated, then a new one is made: Sourcegraph is away until it has booted; starting "
        "Sourcegraph takes about 5 minutes (estimate). The data disk acme-data stays."
    )


def test_a_replaced_machine_also_takes_what_updates_leave_alone():
    change = of(changes(machine(), machine(cidr="10.1.0.0/16", ami="ami-2")), INSTANCE)
    assert "also takes what updates leave alone: ami." in change.effect
    assert not change.options


def test_a_machine_of_another_size_stops_and_keeps_its_disk():
    effect = only(changes(machine(), machine(instanceType="m6a.4xlarge"))).effect
    assert effect.startswith("The machine is stopped, changed and started again")
    assert effect.endswith("The data disk acme-data stays.")


@pytest.mark.parametrize(
    ("type_", "kept", "changed", "told"),
    [
        (INSTANCE, "userDataBase64", "instanceType", True),
        (INSTANCE, "ami", "instanceType", False),
        (VM, 'metadata["user-data"]', "machineType", True),
        (VM, 'metadata["user-data"]', "shieldedInstanceConfig", False),
    ],
)
def test_a_machine_of_another_size_that_keeps_its_user_data_says_when_its_services_follow(type_, kept, changed, told):
    def side(value: str):
        text = {"metadata": {"user-data": value}} if kept.startswith("metadata") else {kept: value}
        stop = {"allowStoppingForUpdate": True} if type_ == VM else {}
        return preview(resource(type_, inputs={changed: value, **text, **stop}, ignore_changes=(kept,)))

    effect = only(changes(side("m6a.xlarge"), side("m6a.4xlarge"))).effect
    assert effect.startswith("The machine is stopped, changed and started again")
    assert ("follow only when the machine is rolled" in effect) == told


def test_nodes_that_follow_a_launch_template_are_made_anew():
    def side(size: int):
        template = resource(
            "aws:ec2/launchTemplate:LaunchTemplate", inputs={"blockDeviceMappings": [{"ebs": {"volumeSize": size}}]}
        )
        inputs = {"launchTemplate": {"id": NOT_KNOWN, "version": NOT_KNOWN}}
        made_of = {"launchTemplate": [template.urn]}
        return preview(template, resource("aws:eks/nodeGroup:NodeGroup", inputs=inputs, made_of=made_of))

    effect = of(changes(side(50), side(60)), "aws:eks/nodeGroup:NodeGroup").effect
    assert effect == "Its nodes are made anew, one after the other, and their pods move."


def test_a_disk_that_does_not_stay_is_not_said_to_stay():
    base, head = machine(cidr="10.1.0.0/16"), machine()
    moved = [
        each if each.type != VOLUME else resource(VOLUME, each.name, {**each.inputs, "availabilityZone": "us-east-1b"})
        for each in head.resources
    ]
    effect = of(changes(base, preview(*moved)), INSTANCE).effect
    assert "Volume acme-data does not stay" in effect
    assert "stays" not in effect


def test_on_google_cloud_the_disk_is_followed_through_the_machine_itself():
    def side(machine_type: str):
        disk = resource("gcp:compute/disk:Disk", "acme-data")
        attached = {"attachedDisks": [{"source": {"unknown": True}}], "machineType": machine_type}
        return preview(
            disk, resource("gcp:compute/instance:Instance", inputs=attached, made_of={"attachedDisks": [disk.urn]})
        )

    assert "The data disk acme-data stays." in only(changes(side("n2-standard-4"), side("n2-standard-8"))).effect


def test_a_machine_that_ignores_its_new_image_says_so():
    assert "only a replacement brings the new one" in only(changes(machine(), machine(ami="ami-2"))).effect


@pytest.mark.parametrize(
    ("type_", "before", "after", "words"),
    [
        ("aws:eks/nodeGroup:NodeGroup", {"version": "1.33"}, {"version": "1.34"}, "nodes are made anew, one after"),
        ("aws:eks/nodeGroup:NodeGroup", {"instanceTypes": ["a"]}, {"instanceTypes": ["b"]}, "move to new nodes"),
        (VOLUME, {"size": 100}, {"size": 200}, "grows while it is in use"),
        (RELEASE, {"version": "7.5.0"}, {"version": "7.6.0"}, "Helm updates the release"),
        ("aws:acm/certificate:Certificate", {"domainName": "a"}, {"domainName": "b"}, "validated by DNS"),
        ("aws:rds/instance:Instance", {"engineVersion": "15"}, {"engineVersion": "16"}, "upgraded in place"),
        ("gcp:compute/globalAddress:GlobalAddress", {"name": "a"}, {"name": "b"}, "The address changes"),
        ("aws:iam/role:Role", {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, ""),
    ],
)
def test_each_change_is_told_by_what_people_notice(type_, before, after, words):
    found = only(changes(preview(resource(type_, inputs=before)), preview(resource(type_, inputs=after))))
    assert words in found.effect
    assert bool(found.effect) == bool(words)


def test_what_may_be_replaced_is_told_with_an_if():
    change = only(changes(preview(resource(INSTANCE)), preview(resource(INSTANCE, inputs={"nobodyKnows": 1}))))
    assert change.effect.startswith("If it is replaced: ")


@pytest.mark.parametrize(
    ("options", "words"), [({"retain_on_delete": True}, "leaves the stack and stays"), ({}, "is terminated")]
)
def test_what_leaves_says_whether_it_stays_in_the_cloud(options, words):
    assert words in only(changes(preview(resource(INSTANCE, **options)), preview())).effect
