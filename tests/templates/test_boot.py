"""Boot data: what the machine's cloud-init reads, whatever stands in the plan."""

from __future__ import annotations

import base64
import gzip
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.errors import MoorageError
from recommender.plan import SingleNodePlan
from templates import USER_DATA_LIMIT, encoded_user_data, render, render_overlays, user_data
from templates.compact import without_comments
from templates.context import machine_context
from tests.plans import aws_plan, gcp_plan
from tests.templates.machine import FakeMachine

PLANS = [pytest.param(aws_plan(), id="aws"), pytest.param(gcp_plan(), id="gcp")]
ROOT = Path(__file__).parents[2]
HOSTILE = [
    "a'b",
    'a"b',
    "$(touch canary)",
    "`touch canary`",
    "a; touch canary",
    "a\ntouch canary",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "!!python/object/apply:os.system ['touch canary']",
    "-rf",
    "--version",
    "a,Value=b",
    "a b",
    "",
    "é",
    "a\u2028b",
    "../../etc/passwd",
]


def files_of(plan: SingleNodePlan) -> dict[str, str]:
    return {entry["path"]: entry["content"] for entry in yaml.safe_load(user_data(plan))["write_files"]}


def scripts_of(plan: SingleNodePlan) -> dict[str, str]:
    return {path: text for path, text in files_of(plan).items() if path.startswith("/usr/local/lib/moorage/")}


@pytest.mark.parametrize("plan", PLANS)
def test_user_data_is_a_cloud_config_that_carries_every_overlay(plan: SingleNodePlan) -> None:
    overlays = render_overlays(plan)
    assert next(iter(overlays)) == "machine-image/user-data.yaml"
    assert overlays["machine-image/user-data.yaml"] == user_data(plan)
    assert user_data(plan).startswith("#cloud-config\n")
    carried = {f"machine-image/files{path}": text for path, text in files_of(plan).items()}
    assert carried.keys() == {path for path in overlays if "/files/" in path}
    for path, text in carried.items():
        assert text in (overlays[path], without_comments(overlays[path])), path


@pytest.mark.parametrize("plan", PLANS)
def test_the_guard_runs_at_every_boot_before_any_file_is_written(plan: SingleNodePlan) -> None:
    (command,) = yaml.safe_load(user_data(plan))["bootcmd"]
    assert command == ["bash", "-c", files_of(plan)["/usr/local/lib/moorage/guard"]]


@pytest.mark.parametrize("plan", PLANS)
def test_cloud_init_never_waits_for_the_start(plan: SingleNodePlan) -> None:
    commands = yaml.safe_load(user_data(plan))["runcmd"]
    assert [command for command in commands if "start" in command] == [
        ["systemctl", "start", "--no-block", "moorage-start.service", "moorage-metrics.timer"]
    ]


@pytest.mark.parametrize("plan", PLANS)
def test_what_is_started_is_executable_and_what_is_sourced_is_not(plan: SingleNodePlan) -> None:
    for entry in yaml.safe_load(user_data(plan))["write_files"]:
        assert entry["permissions"] == ("0755" if entry["content"].startswith("#!") else "0644"), entry["path"]
        assert "owner" not in entry  # cloud-init's default is root:root


@pytest.mark.parametrize("plan", PLANS)
def test_every_script_is_valid_and_strict_bash(plan: SingleNodePlan) -> None:
    for path, text in scripts_of(plan).items():
        subprocess.run(["bash", "-n"], input=text.encode(), check=True)
        if text.startswith("#!"):
            assert "\nset -Eeuo pipefail\n" in text, path
        assert "set -x" not in text


@pytest.mark.real_tool("shellcheck")
@pytest.mark.parametrize("plan", PLANS)
def test_shellcheck_finds_nothing(tmp_path: Path, plan: SingleNodePlan) -> None:
    machine = FakeMachine(tmp_path, plan)
    result = subprocess.run(
        ["shellcheck", "--external-sources", *sorted(machine.library.iterdir())], capture_output=True, text=True
    )
    assert result.stdout == ""


def test_user_data_does_not_depend_on_the_process_or_its_directory(tmp_path: Path) -> None:
    code = (
        "from templates import *; from tests.plans import *\n"
        "print(encoded_user_data(user_data(aws_plan())), user_data(gcp_plan()))"
    )
    here = f"{encoded_user_data(user_data(aws_plan()))} {user_data(gcp_plan())}\n"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "TZ": "Asia/Tokyo"}
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, check=True
        )
        assert run.stdout.decode() == here


@pytest.mark.parametrize("plan", PLANS)
def test_fields_that_the_machine_does_not_use_leave_the_bytes_alone(plan: SingleNodePlan) -> None:
    tagged = replace(plan, tags=tuple((text, text) for text in HOSTILE), notes=tuple(HOSTILE), machine_type="$(id)")
    assert render_overlays(tagged) == render_overlays(plan)


@settings(max_examples=25, deadline=None)
@given(
    name=st.from_regex(r"[a-z][a-z0-9-]{1,30}[a-z0-9]", fullmatch=True),
    version=st.from_regex(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,6}", fullmatch=True),
)
def test_every_allowed_plan_stays_far_below_the_limit(name: str, version: str) -> None:
    for plan in (aws_plan(name=name, version=version), gcp_plan(name=name, version=version)):
        packed = base64.b64decode(encoded_user_data(user_data(plan)))
        assert len(packed) < USER_DATA_LIMIT / 2
        assert gzip.decompress(packed).decode() == user_data(plan)


def test_boot_data_over_the_limit_is_refused_with_its_size() -> None:
    noise = "".join(chr(0x4E00 + (i * i * 7919) % 20_000) for i in range(30_000))
    with pytest.raises(MoorageError, match="EC2 takes 16,384"):
        encoded_user_data(noise)


def test_packed_user_data_carries_no_time_and_no_operating_system() -> None:
    packed = base64.b64decode(encoded_user_data("x"))
    assert packed[4:8] == b"\0\0\0\0"
    assert packed[9] == 255


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("field", ["name", "version", "region", "zone", "data_disk"])
def test_a_hostile_value_in_the_plan_is_refused_by_its_field(plan: SingleNodePlan, field: str, value: str) -> None:
    change: Any = replace(plan.data_disk, device_name=value) if field == "data_disk" else value
    with pytest.raises(MoorageError, match=f"the plan's {field}"):
        user_data(replace(plan, **{field: change}))


@pytest.mark.parametrize("device", ["/dev/sda", "/dev/nvme0n1", "acme-data"])
def test_on_aws_the_data_disk_is_never_the_root_device(device: str) -> None:
    with pytest.raises(MoorageError, match=r"data_disk\.device_name"):
        user_data(aws_plan(data_disk=replace(aws_plan().data_disk, device_name=device)))


@pytest.mark.parametrize("value", [text for text in HOSTILE if text.isprintable()])
def test_behind_the_refusal_a_hostile_value_is_still_one_inert_argument(tmp_path: Path, value: str) -> None:
    machine = FakeMachine(tmp_path, aws_plan())
    context = replace(machine_context(aws_plan()), name=value, region=value)
    (machine.root / "etc/moorage/machine.env").write_text(render("machine_image/machine.env.j2", context))
    machine.set("mounted", f"{machine.disk}\n")
    assert machine.run("metrics").returncode == 0
    arguments = machine.get("aws_arguments").split("\0")
    assert arguments[arguments.index("--region") + 1] == value
    assert arguments[arguments.index("--dimensions") + 1] == f"Name={value}"
    assert list(tmp_path.rglob("canary")) == []
