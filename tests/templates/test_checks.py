"""The preflight, run for real: everything that stands in the way is said at once, with its remedy, and changes nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from recommender.host import HostDisk, Secret, Tls
from tests.plans import host_plan
from tests.templates.host_machine import FakeHost

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:acme/tls-Ab12Cd"
OS = {
    "Rocky 9": ('ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n', "rhel"),
    "RHEL 8": ('ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="8.10"\n', "rhel"),
    "Alma 10": ('ID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="10.0"\n', "rhel"),
    "CentOS Stream 9": ('ID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="9"\n', "rhel"),
    "Oracle 9": ('ID="ol"\nID_LIKE="fedora"\nVERSION_ID="9.5"\n', "rhel"),
    "Amazon 2023": ('ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\n', "amzn"),
    "Fedora 43": ("ID=fedora\nVERSION_ID=43\n", "fedora"),
    "Debian 13": ('ID=debian\nVERSION_ID="13"\n', "debian"),
    "Debian testing": ("ID=debian\n", "debian"),
    "Ubuntu 24.04": ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', "debian"),
    "Mint, a derivative": ('ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="7"\n', "debian"),
}

# What is wrong with the machine: properties, and what the refusal and its remedy say.
REFUSALS = {
    "another user": ({"uid": "1000\n"}, "This is not root", "sudo"),
    "another CPU": ({"cpu_kind": "aarch64\n"}, "The CPU is aarch64", "x86_64"),
    "too few CPUs": ({"cpus": "7\n"}, "The machine has 7 CPUs, 8 are planned", "larger machine"),
    "a full root disk": (
        {"free_kb": "52428799\n"},
        "The root disk has 49 GB free, 50 GB are needed",
        "Enlarge or empty",
    ),
    "a web server": (
        {"port_80": 'LISTEN 0 511 *:80 *:* users:(("nginx",pid=9,fd=6))\n'},
        "Port 80 is taken by 'nginx'",
        "Stop it",
    ),
    "a container of somebody's": (
        {"port_443": 'LISTEN 0 511 *:443 *:* users:(("docker-proxy",pid=9,fd=6))\n'},
        "Port 443 is taken by 'docker-proxy'",
        "Stop it",
    ),
    "a foreign disk": ({"TYPE": "ext4\n", "LABEL": "home\n"}, "it holds ext4 labelled 'home'", "Attach the right disk"),
    "a small disk": ({"size": "483183820799\n"}, "it has 449 GB, and 500 GB are planned", "Attach the right disk"),
    "no disk": ({"disks": "nvme0n1 disk 1\n"}, "There is no data disk", "Attach a blank one of 500 GB"),
    "two disks": (
        {"disks": "sdb disk 1\nsdc disk 1\n"},
        "refusing to choose between the disks",
        "deployment.data_disk_device",
    ),
    "the target": ({"target_problem": ""}, "The target is unhappy", "Cheer it up"),
}


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    host = FakeHost(tmp_path, host_plan())
    host.attach("sdc")
    return host


def problems(text: str) -> list[str]:
    return re.findall(r"PROBLEM: (.*)", text)


def test_a_machine_that_fits_passes_and_nothing_changes(host: FakeHost) -> None:
    before = host.snapshot()
    result = host.start("--check")
    assert result.returncode == 0, result.stderr
    assert problems(result.stderr) == []
    assert host.snapshot() == before


@pytest.mark.parametrize(("properties", "what", "remedy"), REFUSALS.values(), ids=REFUSALS.keys())
def test_each_obstacle_is_refused_with_its_remedy_and_nothing_changes(
    host: FakeHost, properties: dict[str, str], what: str, remedy: str
) -> None:
    for name, text in properties.items():
        host.set(name, text)
    before = host.snapshot()
    result = host.start("--check")
    assert result.returncode == 1
    (problem,) = problems(result.stderr)
    assert what in problem
    assert remedy in problem
    assert problem.endswith(".")
    assert "1 problem(s), see above; nothing was changed" in result.stderr
    assert host.snapshot() == before


def test_all_obstacles_are_told_at_once(host: FakeHost) -> None:
    for name in ("another CPU", "too few CPUs", "a full root disk", "a web server", "a foreign disk", "the target"):
        for key, text in REFUSALS[name][0].items():
            host.set(key, text)
    (host.root / "proc/meminfo").write_text("MemTotal: 16000000 kB\n")
    (host.root / "etc/os-release").write_text("ID=arch\n")
    (host.root / "run/systemd/system").rmdir()
    (host.bin / "mkfs.ext4").unlink()
    result = host.start()
    assert result.returncode == 1
    assert len(problems(result.stderr)) == 10
    assert "10 problem(s)" in result.stderr
    assert not [call for call in host.calls if call.startswith(("mkfs", "mount "))]


@pytest.mark.parametrize(("text", "family"), OS.values(), ids=OS.keys())
def test_known_systems_and_their_kin_pass(host: FakeHost, text: str, family: str) -> None:
    (host.root / "etc/os-release").write_text(text)
    result = host.call('problems=0; check_system; echo "$problems $os_family"')
    assert result.stdout == f"0 {family}\n", result.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('ID="rhel"\nVERSION_ID="7.9"\n', "rhel 7 is too old. Use release 8 or newer"),
        ("ID=debian\nVERSION_ID=10\n", "debian 10 is too old. Use release 12 or newer"),
        ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="18.04"\n', "ubuntu 18 is too old. Use release 22 or newer"),
        ('ID="amzn"\nID_LIKE="centos rhel fedora"\nVERSION_ID="2"\n', "amzn 2 is too old"),
        ("ID=fedora\nVERSION_ID=40\n", "fedora 40 is too old"),
        (
            'ID="sles"\nID_LIKE="suse"\nVERSION_ID="15.6"\n',
            "'sles' is not a system that this installer knows. Use RHEL",
        ),
        ("", "'unknown' is not a system"),
        ("ID='$(touch canary)'\n", "'$(touch canary)' is not a system"),
    ],
)
def test_old_and_unknown_systems_are_refused(host: FakeHost, tmp_path: Path, text: str, says: str) -> None:
    (host.root / "etc/os-release").write_text(text)
    result = host.start("--check")
    assert result.returncode == 1
    assert says in problems(result.stderr)[0]
    assert list(tmp_path.rglob("canary")) == []


@pytest.mark.parametrize(("kilobytes", "passes"), [(31_541_167, True), (31_541_166, False)])
def test_the_kernels_own_share_of_memory_is_forgiven(host: FakeHost, kilobytes: int, passes: bool) -> None:
    (host.root / "proc/meminfo").write_text(f"MemTotal: {kilobytes} kB\n")
    result = host.start("--check")
    assert (result.returncode == 0) == passes, result.stderr
    assert passes or "GB of memory, 32 GB are planned" in problems(result.stderr)[0]


@pytest.mark.parametrize("tool", ["curl", "mkfs.ext4", "wipefs", "findmnt", "ss", "tar"])
def test_a_missing_tool_is_named_with_the_package_to_install(host: FakeHost, tool: str) -> None:
    (host.bin / tool).unlink()
    result = host.start("--check")
    assert result.returncode == 1
    problem = problems(result.stderr)[0]
    assert f"These commands are missing: {tool}." in problem
    assert "Install the packages" in problem


def test_a_machine_in_place_keeps_its_ports_and_is_only_warned_of_lacking_room(host: FakeHost) -> None:
    assert host.start().returncode == 0
    host.set("cpus", "4\n")
    host.set("free_kb", "1048576\n")
    for port in ("80", "443"):
        host.set(f"port_{port}", f'LISTEN 0 4096 *:{port} *:* users:(("docker-proxy",pid=9,fd=4))\n')
    result = host.start()
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("WARNING: The machine has 4 CPUs") == 1
    assert "WARNING: The root disk has 1 GB free" in result.stderr
    host.set("port_80", 'LISTEN 0 4096 *:80 *:* users:(("nginx",pid=9,fd=4))\n')
    assert "Port 80 is taken by 'nginx'" in host.start().stderr


def test_a_start_waits_for_a_disk_that_a_check_only_misses(host: FakeHost) -> None:
    host.set("disks", "nvme0n1 disk 1\n")
    result = host.start()
    assert problems(result.stderr) == []
    assert "the data disk did not appear within 0 s" in result.stderr


def secrets_plan(reference: str | None, **changes: object):
    certificate = Secret("tls-certificate", "the certificate chain (PEM)", reference, multiline=True)
    return replace(host_plan(), tls=Tls("certificate", None, certificate, None), **changes)


def test_on_aws_a_secret_needs_the_command_that_fetches_it(tmp_path: Path) -> None:
    disk = HostDisk("/dev/sdb", "xfs", 500)
    host = FakeHost(tmp_path, secrets_plan(ARN, platform="aws", region="eu-central-1", zone="eu-central-1a", disk=disk))
    assert host.start("--check").returncode == 0
    (host.bin / "aws").unlink()
    (problem,) = problems(host.start("--check").stderr)
    assert "The secret tls-certificate is in AWS Secrets Manager, and there is no 'aws' command. Install" in problem


def test_without_a_terminal_a_secret_must_be_in_its_file_and_private(tmp_path: Path) -> None:
    host = FakeHost(tmp_path, secrets_plan(None))
    (problem,) = problems(host.start("--check").stderr)
    kept = host.root / "etc/moorage/secrets/tls-certificate"
    assert f"{kept} is missing" in problem
    assert "Write the certificate chain (PEM) into it" in problem
    kept.parent.mkdir()
    kept.write_text("-----BEGIN CERTIFICATE-----\n")
    kept.chmod(0o644)
    assert f"Run: chmod 600 {kept}" in problems(host.start("--check").stderr)[0]
    kept.chmod(0o600)
    assert host.start("--check").returncode == 0
