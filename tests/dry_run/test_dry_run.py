"""The embedded dry run: what it records, what it refuses, and that nothing outside the program reaches the preview."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import config, settings

from recommender.errors import MoorageError
from stacks.dry_run import dry_run
from stacks.preview import UNCHECKED, Preview
from tests.recording import record

UNKNOWN = {"unknown": True}
SECRET = {"secret": True}


class Thing(pulumi.CustomResource):
    """A resource of no provider: what is given comes back, and `computed` is the cloud's."""

    computed: pulumi.Output[str]
    size: pulumi.Output[int]
    password: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **properties: object) -> None:
        super().__init__("test:index/thing:Thing", name, {"computed": None, **properties}, opts)


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, inner: str | None = None) -> None:
        super().__init__("moorage:test:Group", name, {}, opts)
        self.first = Thing(f"{name}-first", pulumi.ResourceOptions(parent=self), size=1)
        if inner:
            Group(inner, pulumi.ResourceOptions(parent=self))
        self.second = Thing(f"{name}-second", pulumi.ResourceOptions(parent=self), of=self.first.computed)
        self.register_outputs({"second": self.second.computed, "size": 1})


def urn_of(chain: str, name: str) -> str:
    return f"urn:pulumi:acme::moorage::{chain}::{name}"


def in_bytes(program: Callable[[], object]) -> bytes:
    stack = dry_run("acme", program)
    return json.dumps(Preview("t", (stack,), {}).document()).encode()


def test_a_resource_is_described_by_the_keys_of_the_contract_and_nothing_else() -> None:
    document = dry_run("acme", lambda: Group("core")).document()
    assert list(document) == ["name", "resources", "outputs"]
    assert document["resources"][1] == {
        "urn": urn_of("moorage:test:Group$test:index/thing:Thing", "core-first"),
        "type": "test:index/thing:Thing",
        "name": "core-first",
        "parent": urn_of("moorage:test:Group", "core"),
        "provider": None,
        "inputs": {"size": 1},
        "depends_on": [],
        "protect": False,
        "retain_on_delete": False,
        "ignore_changes": [],
        "delete_before_replace": False,
    }


def test_the_preview_says_what_it_does_not_check() -> None:
    document = Preview("machine-image", (), {"b": "00", "a": "11"}).document()
    assert list(document) == ["target", "stacks", "overlays", "unchecked"]
    assert document["unchecked"] == list(UNCHECKED)
    assert list(document["overlays"]) == ["b", "a"]


def test_urns_hold_every_parent_type_but_not_the_root_stack() -> None:
    names = {resource.name: resource.urn for resource in dry_run("acme", lambda: Group("a", inner="b")).resources}
    assert names["a"] == urn_of("moorage:test:Group", "a")
    assert names["b-first"] == urn_of("moorage:test:Group$moorage:test:Group$test:index/thing:Thing", "b-first")


def test_resources_come_in_the_order_of_construction_whatever_they_wait_for() -> None:
    def program() -> None:
        slow = Thing("slow")
        for index in range(5):
            slow = Thing(f"slow-{index}", of=slow.computed.apply(str))
        Group("group", inner="inner")
        Thing("quick")

    names = [resource.name for resource in record(program).resources]
    slow = ["slow", *(f"slow-{index}" for index in range(5))]
    group = ["group", "group-first", "inner", "inner-first", "inner-second", "group-second"]
    assert names == [*slow, *group, "quick"]


def test_lists_and_dictionaries_keep_the_order_of_the_program() -> None:
    keys = ["zeta", "Alpha", "mid_dle", "beta", "b", "a"]

    def program() -> None:
        given = {key: {inner: [{"y": 1, "x": 2}] for inner in keys} for key in keys}
        Thing("plain", **given)  # pyright: ignore[reportArgumentType]
        Thing("output", tags=pulumi.Output.from_input(given))
        pulumi.export("z", given)
        pulumi.export("a", 1)

    recording = record(program, preview=True)
    assert list(recording.named("plain").inputs) == keys
    assert list(recording.named("plain").inputs["zeta"]) == keys
    assert list(recording.named("output").inputs["tags"]["mid_dle"]["b"][0]) == ["y", "x"]
    assert list(recording.outputs) == ["z", "a"]
    assert list(recording.outputs["z"]) == keys


def test_keys_keep_their_order_under_the_wire_names_of_a_real_provider() -> None:
    def program() -> None:
        rule = aws.ec2.SecurityGroupIngressArgs(protocol="tcp", from_port=1, to_port=2, cidr_blocks=["10.0.0.0/8"])
        other: aws.ec2.SecurityGroupIngressArgsDict = {"to_port": 2, "protocol": "tcp", "from_port": 1}
        aws.ec2.SecurityGroup("sg", ingress=[other, rule], tags={"z_z": "1", "aA": "2"})

    inputs = record(program).named("sg").inputs
    assert list(inputs["ingress"][0]) == ["toPort", "protocol", "fromPort"]
    assert inputs["ingress"][1] == {"protocol": "tcp", "fromPort": 1, "toPort": 2, "cidrBlocks": ["10.0.0.0/8"]}
    assert list(inputs["tags"]) == ["z_z", "aA"]


def test_whole_numbers_are_integers_and_others_are_not() -> None:
    inputs = (
        record(lambda: Thing("a", size=10, ratio=0.5, whole=3.0, on=True, none=None, many=[1, 2])).named("a").inputs
    )
    assert json.dumps(inputs) == '{"size": 10, "ratio": 0.5, "whole": 3, "on": true, "many": [1, 2]}'


def test_what_the_cloud_decides_is_unknown_also_deep_inside() -> None:
    def program() -> None:
        thing = Thing("a", size=1)
        Thing(
            "b",
            ids=["x", thing.id, {"k": [thing.computed]}],
            size=thing.size,
            text=pulumi.Output.concat("a-", thing.id),
        )
        pulumi.export("id", {"nested": [thing.id]})

    recording = record(program, preview=True)
    inputs = recording.named("b").inputs
    assert inputs == {"ids": ["x", UNKNOWN, {"k": [UNKNOWN]}], "size": 1, "text": UNKNOWN}
    assert recording.outputs == {"id": {"nested": [UNKNOWN]}}


def test_what_the_cloud_decides_inside_an_object_that_the_program_gave_is_unknown_too() -> None:
    def program() -> None:
        cluster = aws.eks.Cluster("c", role_arn="arn:aws:iam::1:role/r", vpc_config={"subnet_ids": ["a", "b"]})
        pulumi.export("group", cluster.vpc_config.cluster_security_group_id)
        pulumi.export("subnets", cluster.vpc_config.subnet_ids)

    assert record(program, preview=True).outputs == {"group": UNKNOWN, "subnets": ["a", "b"]}


def test_ids_and_computed_outputs_are_invented_for_tests() -> None:
    def program() -> None:
        thing = Thing("a")
        Thing("b", of=thing.id, computed_of=thing.computed)

    recording = record(program, computed=lambda _type, name, _inputs: {"computed": f"{name}!"})
    assert recording.named("b").inputs == {"of": "a-id", "computed_of": "a!"}


def test_secrets_are_marked_and_their_values_are_nowhere() -> None:
    def program() -> None:
        canary = pulumi.Output.secret("CANARY")
        thing = Thing("a", password=canary, many=[canary], text=pulumi.Output.concat("x", canary), deep={"k": canary})
        aws.rds.Instance("db", instance_class="db.t3.micro", password="CANARY")  # the SDK marks this input by itself
        Thing("b", again=thing.password, unknown=pulumi.Output.secret(thing.computed))
        pulumi.export("password", canary)

    stack = dry_run("acme", program)
    inputs = stack.resources[0].inputs
    assert inputs == {"password": SECRET, "many": [SECRET], "text": SECRET, "deep": {"k": SECRET}}
    assert stack.resources[1].inputs["password"] == SECRET
    assert stack.resources[2].inputs == {"again": SECRET, "unknown": SECRET}
    assert stack.outputs == {"password": SECRET}
    assert "CANARY" not in repr(stack)


def test_assets_and_references_to_resources_are_readable() -> None:
    def program() -> None:
        thing = Thing("a", file=pulumi.StringAsset("text"), zip=pulumi.AssetArchive({"f": pulumi.FileAsset("x")}))
        Thing("b", thing=thing)

    recording = record(program)
    assert recording.named("a").inputs == {
        "file": {"asset": {"text": "text"}},
        "zip": {"archive": {"assets": {"f": {"asset": {"path": "x"}}}}},
    }
    assert recording.named("b").inputs == {"thing": {"resource": recording.named("a").urn}}


def test_options_are_recorded_as_they_go_over_the_wire() -> None:
    def program() -> None:
        options = pulumi.ResourceOptions(
            protect=True,
            retain_on_delete=True,
            delete_before_replace=True,
            ignore_changes=["zeta", "alpha"],
            aliases=[pulumi.Alias(name="former")],
            replace_on_changes=['data["key"]', "size"],
        )
        Thing("a", options, size=1)

    thing = record(program).named("a")
    assert (thing.protect, thing.retain_on_delete, thing.delete_before_replace) == (True, True, True)
    assert thing.ignore_changes == ("zeta", "alpha")
    assert thing.replace_on_changes == ('data["key"]', "size")
    assert thing.urn.endswith("::test:index/thing:Thing::a")


def test_protection_reaches_the_children_and_retention_does_not() -> None:
    options = pulumi.ResourceOptions(protect=True, retain_on_delete=True)
    first = record(lambda: Group("core", options)).named("core-first")
    assert (first.protect, first.retain_on_delete) == (True, False)


def test_an_explicit_provider_is_named_and_reaches_the_children() -> None:
    class Machine(pulumi.ComponentResource):
        def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
            super().__init__("moorage:test:Machine", name, {}, opts)
            aws.ec2.Vpc(f"{name}-vpc", cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(parent=self))

    def program() -> None:
        provider = aws.Provider("east", region="us-east-1")
        Machine("m", pulumi.ResourceOptions(provider=provider))

    resources = dry_run("acme", program).resources
    assert [resource.type for resource in resources] == [
        "pulumi:providers:aws",
        "moorage:test:Machine",
        "aws:ec2/vpc:Vpc",
    ]
    assert [resource.provider for resource in resources] == [None, None, urn_of("pulumi:providers:aws", "east")]


def test_dependencies_are_those_declared_and_those_of_inputs_in_the_order_of_construction() -> None:
    def program() -> None:
        names = ["d", "a", "c", "b", "e"]
        things = {name: Thing(name) for name in names}
        listed = [things["c"], things["d"], things["c"], things["a"]]
        Thing("last", pulumi.ResourceOptions(depends_on=listed), of=things["e"].computed)
        Thing("one", pulumi.ResourceOptions(depends_on=things["b"]))

    recording = record(program, preview=True)
    assert [urn.rpartition("::")[2] for urn in recording.named("last").depends_on] == ["d", "a", "c", "e"]
    assert [urn.rpartition("::")[2] for urn in recording.named("one").depends_on] == ["b"]


def test_a_dependency_on_a_component_is_one_on_the_resources_within() -> None:
    def program() -> None:
        group = Group("g", inner="h")
        Thing("last", pulumi.ResourceOptions(depends_on=[group]))

    names = [urn.rpartition("::")[2] for urn in record(program).named("last").depends_on]
    assert names == ["g-first", "h-first", "h-second", "g-second"]


def test_a_dependency_on_a_component_leaves_out_what_joins_it_later() -> None:
    def program() -> None:
        group = Group("g")
        Thing("last", pulumi.ResourceOptions(depends_on=[group]))
        group.second.computed.apply(lambda _: Thing("late", pulumi.ResourceOptions(parent=group)))

    recording = record(program)
    assert recording.named("late").parent == recording.named("g").urn
    assert [urn.rpartition("::")[2] for urn in recording.named("last").depends_on] == ["g-first", "g-second"]


def test_what_a_component_registers_is_recorded_but_not_in_the_document() -> None:
    recording = record(lambda: Group("core"), preview=True)
    assert recording.outputs_of("core") == {"second": UNKNOWN, "size": 1}
    assert "registered_outputs" not in recording.preview.document()["resources"][0]


def test_two_resources_of_one_urn_are_refused() -> None:
    with pytest.raises(MoorageError, match=r"Two resources have the URN .*::a"):
        record(lambda: [Thing("a"), Thing("a")])
    record(lambda: [Group("a"), Group("b"), Thing("a")])


@pytest.mark.parametrize("preview", [True, False])
def test_a_look_up_is_refused_by_name(preview: bool) -> None:
    token = "aws:ec2/getAmi:getAmi"
    with pytest.raises(MoorageError, match=f"look-up {token}.*a preview needs no account"):
        record(lambda: aws.ec2.get_ami(owners=["self"]), preview=preview)
    with pytest.raises(MoorageError, match=f"look-up {token}"):
        record(lambda: pulumi.export("ami", aws.ec2.get_ami_output(owners=["self"]).id), preview=preview)


def test_a_look_up_of_what_is_not_created_yet_is_refused_when_ids_are_invented() -> None:
    def program() -> None:
        aws.ec2.get_vpc_output(id=aws.ec2.Vpc("v", cidr_block="10.0.0.0/16").id)

    with pytest.raises(MoorageError, match="look-up aws:ec2/getVpc:getVpc"):
        record(program)


@pytest.mark.parametrize(
    ("program", "what"),
    [
        (lambda: aws.ec2.Vpc.get("v", "vpc-1"), "reading aws:ec2/vpc:Vpc v"),
        (lambda: pulumi.ComponentResource("x:index:Remote", "r", {}, remote=True), "remote component x:index:Remote"),
        (lambda: pulumi.runtime.call("x:index:method", {}), "call x:index:method"),
    ],
)
def test_everything_else_that_needs_an_account_is_refused(program: Callable[[], object], what: str) -> None:
    with pytest.raises(MoorageError, match=what):
        record(program)


def test_what_another_stack_knows_is_unknown_in_a_preview_and_named_by_its_stack() -> None:
    def program() -> None:
        other = pulumi.StackReference("network", stack_name="organization/moorage/acme-network")
        aws.ec2.Subnet("s", vpc_id=other.require_output("vpc_id"), cidr_block="10.0.0.0/24")

    reference, subnet = record(program, preview=True).resources
    assert reference.type == "pulumi:pulumi:StackReference"
    assert reference.inputs == {"name": "organization/moorage/acme-network"}
    assert subnet.inputs["vpcId"] == UNKNOWN
    assert subnet.depends_on == (reference.urn,)


def test_what_another_stack_knows_can_be_invented() -> None:
    def program() -> None:
        other = pulumi.StackReference("organization/moorage/acme-network")
        aws.ec2.Subnet("s", vpc_id=other.require_output("vpc_id"), cidr_block="10.0.0.0/24")

    outputs = {"outputs": {"vpc_id": "vpc-1"}}
    recording = record(program, computed=lambda type_, *_: outputs if type_.startswith("pulumi:") else {})
    assert recording.named("s").inputs["vpcId"] == "vpc-1"


class BrokenError(Exception):
    pass


def test_an_exception_of_the_program_propagates_as_itself_and_silently(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    failure = BrokenError("why")

    def program() -> None:
        thing = Thing("a")
        Thing("b", of=thing.computed.apply(fail))
        raise failure

    with pytest.raises(BrokenError) as caught:
        record(program)
    gc.collect()
    assert caught.value is failure
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def fail(_value: object) -> str:
    raise BrokenError("why")


@pytest.mark.parametrize(
    "use",
    [
        lambda output: None,
        lambda output: Thing("b", of=output),
        lambda output: pulumi.export("x", output),
        lambda output: Group("g", pulumi.ResourceOptions(depends_on=output.apply(lambda _: []))),
    ],
    ids=["unused", "input", "export", "depends_on"],
)
def test_an_exception_of_an_apply_surfaces(
    use: Callable[[pulumi.Output[str]], object],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(BrokenError, match="why"):
        record(lambda: use(Thing("a").computed.apply(fail)))
    gc.collect()
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_an_output_in_a_format_string_raises() -> None:
    with pytest.raises(Exception, match="Calling __str__"):
        record(lambda: Thing("a", text=f"{Thing('b').id}"))


def test_a_dry_run_after_a_failed_one_is_not_affected() -> None:
    before = in_bytes(lambda: Group("core"))
    with pytest.raises(BrokenError):
        record(lambda: fail(Group("core")))
    assert in_bytes(lambda: Group("core")) == before


def test_forty_runs_in_one_process_give_equal_bytes_and_keep_nothing() -> None:
    alive: list[weakref.ref[Group]] = []

    def program() -> None:
        group = Group("core", inner="inner")
        alive.append(weakref.ref(group))
        pulumi.export("second", group.second.computed)

    assert len({in_bytes(program) for _ in range(40)}) == 1
    gc.collect()
    assert sum(reference() is not None for reference in alive) == 0


def test_a_dry_run_leaves_the_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("PULUMI_ERROR_OUTPUT_STRING")
    before = (dict(os.environ), threading.active_count(), settings.get_monitor(), settings.get_root_resource())
    record(lambda: Group("core"))
    after = (dict(os.environ), threading.active_count(), settings.get_monitor(), settings.get_root_resource())
    assert after == before
    assert not hasattr(sys, "tracebacklimit")


def test_the_environment_of_the_machine_does_not_reach_the_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    def program() -> None:
        aws.Provider("east")
        pulumi.export("configured", pulumi.Config("moorage").get("profile") or "nothing")

    plain = in_bytes(program)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("PULUMI_CONFIG", '{"moorage:profile": "acme.yaml"}')
    assert in_bytes(program) == plain
    monkeypatch.setitem(config.CONFIG.get(), "moorage:profile", "acme.yaml")
    assert in_bytes(program) == plain


def test_programs_of_several_threads_take_turns() -> None:
    running: list[str] = []
    most: list[int] = []

    def program() -> None:
        running.append("")
        time.sleep(0.01)
        most.append(len(running))
        Group("core")
        running.pop()

    threads = [threading.Thread(target=dry_run, args=("acme", program)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]


def test_requests_are_answered_in_the_calling_thread_and_so_always_in_the_same_order() -> None:
    threads = set[int]()

    def computed(_type: str, _name: str, _inputs: Mapping[str, object]) -> Mapping[str, object]:
        threads.add(threading.get_ident())
        return {}

    record(lambda: Group("core"), computed=computed)
    assert threads == {threading.get_ident()}


def test_an_event_loop_of_the_caller_stays_in_place() -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        record(lambda: Group("core"))
        assert asyncio.get_event_loop() is loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


_SCRIPT = """
import hashlib, json
from tests.dry_run.test_dry_run import Group, Thing, aws, dry_run, pulumi

def program():
    group = Group("core", inner="inner")
    network = aws.ec2.Vpc("v", cidr_block="10.0.0.0/16", tags={c: c for c in "zyxwvu"})
    Thing("last", pulumi.ResourceOptions(depends_on=[group, network]), many={c: {"b": 1, "a": 2} for c in "zyxwvu"})
    pulumi.export("z", {c: network.id for c in "zyxwvu"})

print(hashlib.sha256(json.dumps(dry_run("acme", program).document()).encode()).hexdigest())
"""


def test_bytes_do_not_depend_on_the_hash_seed_the_machine_or_the_working_directory(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    digests = set[str]()
    for seed, directory in (("0", root), ("1", tmp_path), ("4242", tmp_path)):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "TZ": f"UTC+{seed[0]}"}
        command = [sys.executable, "-W", "error", "-c", _SCRIPT]
        done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=True)
        digests.add(done.stdout)
    assert len(digests) == 1
