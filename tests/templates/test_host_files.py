"""The shared files of a machine: complete, strict, and deaf to whatever stands in the plan."""

from __future__ import annotations

import re
import subprocess
from dataclasses import fields, replace
from pathlib import Path

import pytest

from recommender.errors import MoorageError
from recommender.host import HostDisk, HostPlan, Proxy
from templates import host_files, render
from templates.context import File
from templates.host_files import HostContext, host_context
from tests.plans import host_plan
from tests.templates.host_machine import FakeHost

PLANS = [
    pytest.param(host_plan(), id="other"),
    pytest.param(
        host_plan(
            "docker-compose",
            platform="aws",
            region="us-east-1",
            zone="us-east-1a",
            disk=HostDisk("/dev/sdb", "xfs", 500),
        ),
        id="aws",
    ),
    pytest.param(
        host_plan(platform="gcp", region="us-central1", zone="us-central1-a", disk=HostDisk("acme-data", "ext4", 500)),
        id="gcp",
    ),
]
HOSTILE = [
    "a'b",
    'a"b',
    "$(touch canary)",
    "`touch canary`",
    "a; touch canary",
    "a | touch canary",
    "${HOME}",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "!!python/object/apply:os.system ['touch canary']",
    "-rf",
    "--version",
    "a b",
    " a ",
    "a\\",
    "#a",
    "~",
    "*",
    "é",
    "",
]
ON_ONE_LINE_ONLY = ["a\ntouch canary", "a\tb", "a\rb", "a\0b", "a\u2028b", "a\u202eb", "a\x1b[2J"]
TEXTS = [field.name for field in fields(HostContext) if field.type == "str"]


def by_path(plan: HostPlan) -> dict[str, File]:
    return {file.path: file for file in host_files.files(plan)}


@pytest.mark.parametrize("plan", PLANS)
def test_what_is_started_is_executable_and_what_is_sourced_is_not(plan: HostPlan) -> None:
    for file in host_files.files(plan):
        assert file.mode == ("0755" if file.text.startswith("#!") else "0644"), file.path


@pytest.mark.parametrize("plan", PLANS)
def test_every_script_is_valid_and_strict_bash(plan: HostPlan) -> None:
    for path, file in by_path(plan).items():
        if path.startswith(host_files.LIBRARY):
            subprocess.run(["bash", "-n"], input=file.text.encode(), check=True)
            assert not file.text.startswith("#!") or "\nset -Eeuo pipefail\n" in file.text
            assert "set -x" not in file.text
            assert "disable=" not in file.text
            assert all(len(line) <= 120 for line in file.text.splitlines()), path


@pytest.mark.real_tool("shellcheck")
@pytest.mark.parametrize("plan", PLANS)
def test_shellcheck_finds_nothing_in_any_file_alone(tmp_path: Path, plan: HostPlan) -> None:
    host = FakeHost(tmp_path, plan)
    for script in sorted(host.library.iterdir()):
        if script.name != "start":
            command = ["shellcheck", "--external-sources", "--shell=bash", str(script)]
            assert subprocess.run(command, capture_output=True, text=True, check=False).stdout == ""


def test_metrics_are_for_the_clouds_that_watch_them() -> None:
    other, aws, gcp = (by_path(parameters.values[0]) for parameters in PLANS)  # pyright: ignore[reportArgumentType]
    assert not [path for path in other if "metrics" in path]
    assert len([path for path in aws if "metrics" in path]) == len([path for path in gcp if "metrics" in path]) == 3


@pytest.mark.parametrize("value", [*HOSTILE[:-1], *ON_ONE_LINE_ONLY])
@pytest.mark.parametrize("field", ["name", "version", "size", "domain", "region", "zone", "target", "platform"])
def test_a_hostile_value_in_the_plan_is_refused_by_its_field(field: str, value: str) -> None:
    with pytest.raises(MoorageError, match=f"the plan's {field}"):
        host_files.files(replace(host_plan(), **{field: value}))


@pytest.mark.parametrize("value", [*HOSTILE[:-1], *ON_ONE_LINE_ONLY])
def test_a_hostile_value_in_a_part_of_the_plan_is_refused(value: str) -> None:
    plan = host_plan()
    for changed in (
        replace(plan, disk=replace(plan.disk, device=value)),
        replace(plan, disk=replace(plan.disk, filesystem=value)),
        replace(plan, sources=replace(plan.sources, mirror=value)),
        replace(plan, sources=replace(plan.sources, registry=value)),
        replace(plan, proxy=Proxy(value, ())),
        replace(plan, tls=replace(plan.tls, mode=value)),
    ):
        with pytest.raises(MoorageError, match="the plan's"):
            host_files.files(changed)
    if value != "*":
        with pytest.raises(MoorageError, match=r"proxy\.no_proxy"):
            host_files.files(replace(plan, proxy=Proxy("http://proxy.example:3128", (value,))))


@pytest.mark.parametrize("device", ["/dev/../etc/passwd", "/etc/passwd", "dev/sdb", "/dev/-sdb", "/dev/", "/dev//sdb"])
def test_a_data_device_is_a_plain_path_below_dev(device: str) -> None:
    with pytest.raises(MoorageError, match=r"disk\.device"):
        host_files.files(replace(host_plan(), disk=HostDisk(device, "ext4", 500)))


@pytest.mark.parametrize("number", [0, -1, 10**9])
def test_a_size_is_a_number_of_gigabytes(number: int) -> None:
    with pytest.raises(MoorageError, match="memory_gb"):
        host_files.files(replace(host_plan(), memory_gb=number))


@pytest.mark.parametrize("value", HOSTILE)
def test_behind_the_refusal_a_hostile_value_is_still_inert_text(tmp_path: Path, value: str) -> None:
    context = replace(host_context(host_plan()), **dict.fromkeys(TEXTS, value))
    settings = tmp_path / "machine.env"
    settings.write_text(render("single_node/machine.env.j2", context))
    names = re.findall(r"^(MOORAGE_\w+)=", settings.read_text(), re.MULTILINE)
    assert len(names) == 19
    command = (
        f"set -Eeuo pipefail; source {settings}; for name in {' '.join(names)}; do printf '%s\\0' \"${{!name}}\"; done"
    )
    run = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=True)
    numbers = {
        "MOORAGE_DATA_DISK_GB": "500",
        "MOORAGE_VCPU": "8",
        "MOORAGE_MEMORY_GB": "32",
        "MOORAGE_ROOT_DISK_GB": "50",
    }
    assert run.stdout.decode().split("\0")[:-1] == [numbers.get(name, value) for name in names]
    assert run.stderr == b""
    assert list(tmp_path.iterdir()) == [settings]


@pytest.mark.parametrize("value", HOSTILE[:-1])
def test_behind_the_refusal_a_hostile_cell_is_still_inert_text(tmp_path: Path, value: str) -> None:
    host = FakeHost(tmp_path, host_plan())
    context = replace(
        host_context(host_plan()),
        downloads=(("k3s", value, value, value, value, "-", "-"),),
        secrets=(("password", value, "text", value),),
    )
    for table in ("downloads", "secrets"):
        (host.root / f"etc/moorage/{table}.tsv").write_text(render(f"single_node/{table}.tsv.j2", context))
    show = 'find_download k3s; find_secret password; printf "%s\\0" "$version" "$file" "$url" "$reference" "$what"'
    result = host.call(show)
    assert result.stdout.split("\0")[:-1] == [value] * 5, result.stderr
    assert list(tmp_path.rglob("canary")) == []


@pytest.mark.parametrize("value", [*ON_ONE_LINE_ONLY, ""])
@pytest.mark.parametrize("table", ["downloads", "secrets"])
def test_no_table_ever_holds_a_tab_a_line_break_or_nothing_in_a_cell(table: str, value: str) -> None:
    context = replace(host_context(host_plan()), **{table: (("a", value),)})
    with pytest.raises(MoorageError, match=f"template single_node/{table}\\.tsv\\.j2"):
        render(f"single_node/{table}.tsv.j2", context)


@pytest.mark.parametrize("value", ON_ONE_LINE_ONLY)
def test_no_setting_ever_holds_a_line_break(value: str) -> None:
    with pytest.raises(MoorageError, match="domain holds a character"):
        render("single_node/machine.env.j2", replace(host_context(host_plan()), domain=value))
