"""The boot data of what machines install for themselves, on real machines: k3s on AWS, Docker Compose on GCP.

cloud-init, systemd, udev, disks and every command of the system are real; what is downloaded are stand-ins.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from recommender.host import HostDisk, Secret, Software, Tls
from recommender.plan import SingleNodePlan
from templates import user_data
from tests.plans import aws_plan, gcp_plan, host_plan
from tests.vm import standins
from tests.vm.downloads import Downloads
from tests.vm.image import Image
from tests.vm.machine import ExtraFile, VirtualMachine, blank_disk, read_file
from tests.vm.observe import (
    CLOUDS,
    PAYROLL,
    assert_cloud_init_content,
    assert_started,
    assert_units,
    digest,
    filesystem_uuid,
    foreign_disk,
    start_log,
    wait_for_start,
)

pytestmark = [
    pytest.mark.slow,
    *(pytest.mark.real_tool(tool) for tool in ("qemu-system-x86_64", "debootstrap", "openssl")),
]

Record = Callable[[str, object], None]

_SMALL = {"vcpu": 1, "memory_gb": 1, "root_disk_gb": 1}
_DOMAIN = "sourcegraph.acme.example"
# Everything that an installation leaves on the root disk, in memory, and on the data disk, but for what writes by itself.
_KEPT = (
    "/etc/fstab /etc/moorage /etc/systemd/system /etc/sysctl.d /etc/docker /etc/rancher /opt/sourcegraph /usr/local "
    "/var/cache/moorage /var/lib/moorage /mnt/data"
)


@dataclass(frozen=True)
class Case:
    """One target in one cloud."""

    target: Software
    service: str
    """The unit that runs the containers."""
    data: str
    """Where it keeps them on the data disk."""
    elsewhere: tuple[str, ...]
    """Where it would keep them on the root disk."""
    has_secrets: bool


CASES = [
    pytest.param(
        Case(
            "install-script",
            "k3s.service",
            "/mnt/data/k3s/objects",
            ("/var/lib/rancher", "/var/lib/kubelet", "/etc/rancher/node/password"),
            has_secrets=True,
        ),
        id="install-script-aws",
    ),
    pytest.param(
        Case(
            "docker-compose", "docker.service", "/mnt/data/docker/containers", ("/var/lib/docker",), has_secrets=False
        ),
        id="docker-compose-gcp",
    ),
]


@dataclass(frozen=True)
class Stack:
    """A case with its plan and its own secrets."""

    case: Case
    plan: SingleNodePlan
    secrets: dict[str, str]

    @property
    def canary(self) -> str:
        """A line of the private key."""
        return self.secrets["tls-key"].splitlines()[1]

    def machine(self, image: Image, directory: Path, disk: Path, serial: str = "") -> VirtualMachine:
        cloud = CLOUDS[self.plan.provider]
        store: list[ExtraFile] = standins.secret_store(self.secrets) if self.secrets else []
        return VirtualMachine(
            image,
            directory,
            user_data(self.plan),
            disks=[cloud.disk(disk, serial)],
            files=[*standins.programs(), *store],
            root_bus=cloud.bus,
            memory_mb=1152,
        )


def stack(case: Case, mirror: str, directory: Path) -> Stack:
    """The case on a machine small enough for a test."""
    if case.target == "install-script":
        plan, secrets = aws_plan(target=case.target), own_certificate(directory)
        names = {"tls-certificate": "the certificate chain", "tls-key": "the certificate's private key"}
        place = f"arn:aws:secretsmanager:{plan.region}:123456789012:secret:"
        tls = Tls("certificate", None, *(Secret(name, what, place + name, True) for name, what in names.items()))
    else:
        plan, secrets, tls = gcp_plan(target=case.target), {}, Tls("self-signed", None, None, None)
    changes: dict[str, Any] = {"platform": plan.provider, "provider": plan.provider, "region": plan.region, "tls": tls}
    host = host_plan(
        case.target,
        zone=plan.zone,
        disk=HostDisk(plan.data_disk.device_name, plan.data_disk.filesystem, 1),
        sources=standins.sources(case.target, mirror),
        **_SMALL,
        **changes,
    )
    return Stack(case, replace(plan, host=host, version=host.version), secrets)


def own_certificate(directory: Path) -> dict[str, str]:
    """A certificate of an organization and its key, by the names of their secrets."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    options = ["-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=acme"]
    options += ["-addext", f"subjectAltName=DNS:{_DOMAIN}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", *options], check=True, capture_output=True, timeout=60)
    return {"tls-certificate": certificate.read_text().strip(), "tls-key": key.read_text().strip()}


def kept(machine: VirtualMachine) -> str:
    """Every file of an installation with its size, inode and times: equal before and after, it was not written."""
    return machine.check(f"find {_KEPT} -xdev -type f -printf '%p %m %s %i %T@ %C@\\n' 2>/dev/null | sort; true")


def assert_serves(machine: VirtualMachine, stack: Stack) -> None:
    """The services run, and what people open answers, with the organization's certificate if there is one."""
    case = stack.case
    assert f"Sourcegraph {stack.plan.version} answers" in start_log(machine).splitlines()[-2]
    assert machine.check(f"systemctl is-active {case.service}") == "active"
    assert machine.check(f"systemctl show --value --property NRestarts {case.service}") == "0"
    if stack.secrets:
        resolve = f"--resolve {_DOMAIN}:443:127.0.0.1 --cacert /run/moorage/secrets/tls-certificate"
        machine.check(f"curl --silent --show-error --fail {resolve} --output /dev/null https://{_DOMAIN}/healthz")
    else:
        machine.check("curl --silent --show-error --fail --output /dev/null http://127.0.0.1/healthz")


def assert_data_is_on_the_data_disk(machine: VirtualMachine, case: Case) -> None:
    assert machine.check(f"findmnt --noheadings --output TARGET --target {case.data}") == "/mnt/data"
    for path in case.elsewhere:
        find = f"findmnt --noheadings --output TARGET --target $(readlink -f {path})"
        found = machine.check(f"[[ ! -e {path} ]] || {find}")
        assert found in ("", "/mnt/data"), f"{path} is on the root disk"


def assert_key_is_for_root_only(machine: VirtualMachine, stack: Stack) -> None:
    """The private key is in no boot data, log, argument or environment, and in no file that others may read."""
    assert stack.canary not in user_data(stack.plan)
    assert stack.canary in machine.check("cat /run/moorage/secrets/tls-key")
    machine.check(f"(umask 077 && printf '%s' {stack.canary} >/run/canary)")
    places = {
        "journal": "journalctl --no-pager --all --output export",
        "processes": "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'",
        "calls": f"cat {standins.CALLS}",
        "kernel": "dmesg",
    }
    for place, command in places.items():
        search = "wc -c </run/searched; grep -cFf /run/canary /run/searched || true"
        size, hits = machine.check(f"{{ {command}; }} >/run/searched; {search}").split()
        assert int(size) > 0, f"nothing to search in: {place}"
        assert hits == "0", f"the private key is in: {place}"
    machine.check("rm /run/searched")
    files = "find / /mnt/data /run -xdev -type f -cnewer /var/lib/cloud/seed/nocloud/meta-data"
    holding = "-print0 | xargs -0r grep -lF -f /run/canary || true"
    for_root = machine.check(f"{files} -path '*tls-key' {holding}", 180)
    assert for_root == "/run/moorage/secrets/tls-key", "the search does not even find the key where it must be"
    assert machine.check(f"{files} '(' -perm /0077 -o -path '/var/log/*' ')' {holding}", 180) == ""
    assert stack.canary not in machine.console.read_text(errors="replace")


@pytest.mark.parametrize("case", CASES)
def test_software_is_installed_once_and_its_data_outlives_reboot_and_machine(
    case: Case, image: Image, tmp_path: Path, record_property: Record
) -> None:
    disk = blank_disk(tmp_path / "data.img")
    with Downloads(standins.served(case.target)) as downloads:
        made = stack(case, downloads.guest_url, tmp_path)
        with made.machine(image, tmp_path / "first", disk) as machine:
            machine.boot()
            assert_started(machine, made.plan)
            assert start_log(machine).count("formatting the blank disk") == 1
            assert_serves(machine, made)
            assert_units(machine, case.service)
            assert_data_is_on_the_data_disk(machine, case)
            assert_cloud_init_content(machine, made.plan)
            if made.secrets:
                assert_key_is_for_root_only(machine, made)
            assert sorted(downloads.requests) == sorted(f"GET {path}" for path in downloads.files)
            identity, files = filesystem_uuid(machine), kept(machine)
            machine.check("mkdir /mnt/data/repos && echo precious >/mnt/data/repos/file")

            machine.reboot()
            assert_started(machine, made.plan)
            assert_serves(machine, made)
            assert start_log(machine).count("formatting the blank disk") == 1
            assert machine.check("cat /mnt/data/repos/file") == "precious"
            assert [line for line in kept(machine).splitlines() if "/mnt/data/repos/" not in line] == files.splitlines()
            assert len(downloads.requests) == len(downloads.files)
            machine.shutdown()
            seconds = machine.boot_seconds

        with made.machine(image, tmp_path / "second", disk) as machine:
            machine.boot()
            assert_started(machine, made.plan)
            assert_serves(machine, made)
            assert_data_is_on_the_data_disk(machine, case)
            assert "formatting" not in start_log(machine)
            assert filesystem_uuid(machine) == identity
            assert machine.check("cat /mnt/data/repos/file") == "precious"
            seconds = [*seconds, *machine.boot_seconds]
    first, again, replaced = (round(value) for value in seconds)
    record_property("cells", f"{case.target}, {made.plan.provider}: booted in {first}, {again} and {replaced} s")


@pytest.mark.parametrize("case", CASES)
def test_software_refuses_a_disk_of_somebody_else_and_leaves_it_alone(case: Case, image: Image, tmp_path: Path) -> None:
    disk = foreign_disk(tmp_path / "foreign.img")
    before = digest(disk)
    with Downloads({}) as downloads:
        made = stack(case, downloads.guest_url, tmp_path)
        cloud = CLOUDS[made.plan.provider]
        with made.machine(image, tmp_path / "machine", disk, cloud.foreign_serial) as machine:
            machine.boot()
            assert machine.wait_for_cloud_init()["errors"] == []
            assert wait_for_start(machine) == "failed"
            holds = f"refusing the disk /dev/{cloud.name}: it holds ext4 labelled 'foreign', and only a blank disk is"
            for log in (start_log(machine), machine.check("journalctl --unit moorage-start --no-pager")):
                assert f"PROBLEM: Data disk: {holds}" in log
                assert "ERROR: 1 problem(s), see above; nothing was changed" in log
            assert machine.run("findmnt /mnt/data")[0] != 0
            assert machine.check(f"systemctl is-active {case.service} || true") == "inactive"
            assert machine.check("find /mnt/data /var/cache/moorage -mindepth 1 2>/dev/null || true") == ""
            machine.shutdown()
        assert downloads.requests == []
    assert digest(disk) == before
    assert read_file(disk, "/payroll") == PAYROLL
