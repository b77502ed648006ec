"""The install script, run for real beside stand-ins for k3s, Helm and systemd: order, repetition, interruption, releases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recommender.host import HostPlan
from tests.plans import host_plan
from tests.templates.script_machine import CERTIFICATE, ScriptHost, everything, refused, started

STEPS = [
    "preflight",
    "data disk",
    "version",
    "secrets",
    "SELinux",
    "kernel settings",
    "firewall",
    "network",
    "programs",
    "container images",
    "k3s files",
    "k3s",
    "node",
    "Kubernetes secrets",
    "release",
    "ready",
]
STUCK = '[{"name":"sourcegraph","namespace":"default","revision":"%d","updated":"x","status":"%s"}]\n'


@pytest.fixture
def host(tmp_path: Path) -> ScriptHost:
    return ScriptHost(tmp_path, host_plan())


def test_every_step_runs_in_order_and_logs_its_duration(host: ScriptHost) -> None:
    started(host)
    assert re.findall(r"start: (.*): begins\n", host.log) == STEPS
    assert re.findall(r"start: (.*): done after \d+ s\n", host.log) == STEPS
    assert host.text("mnt/data/moorage/version") == "6.12.5040\n"
    assert re.search(r"start: ready: done after \d+ s$", host.log.rstrip())


def test_everything_worth_keeping_is_on_the_data_disk(host: ScriptHost) -> None:
    started(host)
    config = host.text("etc/rancher/k3s/config.yaml")
    for line in (
        "data-dir: /mnt/data/k3s",
        "default-local-storage-path: /mnt/data/storage",
        "root-dir=/mnt/data/kubelet",
    ):
        assert line in config
    assert (host.root / "etc/rancher/node").readlink() == Path("/mnt/data/rancher-node")
    assert (host.root / "mnt/data/rancher-node").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("rebooted", [False, True])
@pytest.mark.parametrize("plan", [host_plan(), everything()], ids=["plain", "everything"])
def test_a_second_run_changes_nothing(tmp_path: Path, plan: HostPlan, rebooted: bool) -> None:
    host = started(ScriptHost(tmp_path, plan))
    before = host.kept()
    if rebooted:
        host.reboot()
    started(host)
    assert host.kept() == before
    assert host.of_helm(" upgrade ") == []
    assert ("systemctl restart k3s.service" in host.points) == rebooted
    assert not [call for call in host.called("curl") if "healthz" not in call]


def test_a_replaced_machine_goes_on_with_the_same_data_disk(tmp_path: Path) -> None:
    first = started(ScriptHost(tmp_path / "one", host_plan()))
    second = ScriptHost(tmp_path / "two", host_plan())
    (second.root / "mnt/data").rmdir()
    (first.root / "mnt/data").rename(second.root / "mnt/data")
    (second.root / "mnt/data/kept").write_text("by a person")
    for name in ("TYPE", "LABEL", "release"):
        second.set(name, first.get(name))
    started(second)
    assert not [call for call in second.calls if call.startswith("mkfs")]
    assert second.text("mnt/data/kept") == "by a person"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, bytes]]:
    """Every noted call of a run that nothing interrupts, and the files that it leaves."""
    host = started(ScriptHost(tmp_path_factory.mktemp("whole"), everything()))
    return host.points, relative(host)


def relative(host: ScriptHost) -> dict[str, bytes]:
    """Contents by path below the machine's root, without what an interrupted write leaves under a name of its own."""
    top = f"{host.root}/"
    return {
        path.removeprefix(top): content.replace(top.encode(), b"/")
        for path, content in host.content().items()
        if not re.search(r"/\.[^/]+\.(moorage|part)(\.d/.*)?$|fstab\.moorage$|release\.sha256$", path)
    }


def killed_and_rerun(directory: Path, plan: HostPlan, at: int) -> ScriptHost:
    host = ScriptHost(directory, plan)
    host.set("kill_at", str(at))
    assert host.start().returncode == -9
    (host.state / "kill_at").unlink()
    return started(host)


FAST = (
    "etc/sysctl.d/.60-moorage.conf",
    "usr/local/bin/.k3s.moorage",
    "k3s.service.env.moorage",
    "systemctl restart k3s.service",
    "run/moorage/.k3s.sha256",
    "apply --server-side",
    ".version.moorage",
    "delete statefulset searcher",
    "upgrade --install",
    ".release.sha256.moorage",
)


@pytest.mark.parametrize(
    "words", [pytest.param(words, marks=[pytest.mark.slow] if place % 2 else []) for place, words in enumerate(FAST)]
)
def test_a_run_killed_between_two_changes_is_completed_by_the_next(
    tmp_path: Path, whole: tuple[list[str], dict[str, bytes]], words: str
) -> None:
    points, wanted = whole
    at = next(number for number, point in enumerate(points, 1) if words in point and " is-active " not in point)
    host = killed_and_rerun(tmp_path / "killed", everything(), at)
    assert relative(host) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))  # so that two processes share them
def test_a_run_killed_at_any_command_is_completed_by_the_next(
    tmp_path: Path, whole: tuple[list[str], dict[str, bytes]], part: int
) -> None:
    points, wanted = whole
    assert len(points) > 50
    for at, point in list(enumerate(points, 1))[part::4]:
        host = killed_and_rerun(tmp_path / str(at), everything(), at)
        assert relative(host) == wanted, point
        assert host.get("active_k3s.service") == ""
        assert '"status":"deployed"' in host.get("release"), point


def test_a_k3s_that_was_written_but_not_restarted_is_restarted_by_the_next_run(tmp_path: Path) -> None:
    host = started(ScriptHost(tmp_path, host_plan()))
    host.write(
        "etc/moorage/install-script/k3s.yaml", host.text("etc/moorage/install-script/k3s.yaml") + "debug: true\n"
    )
    host.set("k3s_fails")
    assert "k3s did not start; read: journalctl --unit k3s" in refused(host)
    (host.state / "k3s_fails").unlink()
    started(host)
    assert "systemctl restart k3s.service" in host.points


def test_the_release_is_upgraded_when_values_or_the_users_values_change(host: ScriptHost) -> None:
    started(host)
    host.write("etc/moorage/user/values.yaml", "frontend: {replicaCount: 7}\n")
    started(host)
    (upgrade,) = host.of_helm(" upgrade ")
    ours, users = re.findall(r"--values (\S+)", upgrade)
    assert (ours, users) == (
        f"{host.root}/etc/moorage/install-script/values.yaml",
        f"{host.root}/etc/moorage/user/values.yaml",
    )
    assert host.get("values_seen").endswith("frontend: {replicaCount: 7}\n")
    started(host)
    assert host.of_helm(" upgrade ") == []
    host.write("etc/moorage/user/values.yaml", "frontend: {replicaCount: 8}\n")
    assert started(host).of_helm(" upgrade ")


def test_our_own_helm_is_used_and_no_repository(host: ScriptHost) -> None:
    host.stub("helm", 'echo "the machine\'s own helm ran" >&2; exit 9')
    started(host)
    assert not [call for call in host.calls if call.startswith("helm ")]
    assert not [call for call in host.points if " repo " in call]


@pytest.mark.parametrize(
    ("status", "revision"), [("pending-install", 1), ("pending-upgrade", 4), ("pending-rollback", 9)]
)
def test_the_record_of_an_interrupted_attempt_is_removed_and_nothing_else(
    host: ScriptHost, status: str, revision: int
) -> None:
    host.set("release", STUCK % (revision, status))
    started(host)
    deletions = [call.split("default ")[-1] for call in host.of_k3s(" delete ")]
    assert deletions == [
        f"delete secret sh.helm.release.v1.sourcegraph.v{revision}",
        "delete statefulset searcher --cascade=orphan --ignore-not-found",
    ]
    assert [word for word in ("uninstall", "rollback") if host.of_helm(word)] == []
    assert host.of_helm(" upgrade ")


def test_a_release_that_helm_calls_failed_is_tried_again(host: ScriptHost) -> None:
    started(host)
    host.set("release", STUCK % (1, "failed"))
    started(host)
    assert host.of_helm(" upgrade ")


def test_an_upgrade_that_fails_is_not_remembered_as_done(host: ScriptHost) -> None:
    host.set("helm_fails")
    assert "helm is unhappy" in refused(host)
    assert not (host.root / "mnt/data/moorage/release.sha256").exists()
    (host.state / "helm_fails").unlink()
    assert started(host).of_helm(" upgrade ")


@pytest.mark.parametrize("before", ["6.12.5041", "6.13.0", "7.0.0", "10.1.2"])
def test_a_downgrade_is_refused_before_anything_changes(host: ScriptHost, before: str) -> None:
    started(host)
    host.write("mnt/data/moorage/version", f"{before}\n")
    kept = host.kept()
    says = f"The data disk has run {before}, and databases do not go back to 6.12.5040. Plan {before} or newer."
    assert f"PROBLEM: {says}" in refused(host)
    host.reboot()
    assert says in refused(host)
    assert host.kept() == kept
    assert host.of_helm("") == []


@pytest.mark.parametrize(
    ("before", "warns"), [("6.11.1", False), ("6.12.1", False), ("6.10.4", True), ("5.11.0", True), ("4.0.0", True)]
)
def test_a_jump_over_the_vendors_step_is_warned_about(host: ScriptHost, before: str, warns: bool) -> None:
    host.write("mnt/data/moorage/version", f"{before}\n")
    started(host)
    assert (f"WARNING: from {before} to 6.12.5040 is more than the one minor release" in host.log) == warns
    assert host.text("mnt/data/moorage/version") == "6.12.5040\n"


def test_a_disk_of_the_vendors_own_installation_is_left_alone(host: ScriptHost) -> None:
    host.write("mnt/data/.sourcegraph-version", "6.12.5040\n")
    assert "The data disk holds an installation by the vendor's image or script." in refused(host)
    assert not (host.root / "mnt/data/k3s").exists()


def test_secrets_reach_kubernetes_through_files_and_no_argument(tmp_path: Path) -> None:
    host = started(ScriptHost(tmp_path, everything()))
    applied = host.get("applied")
    for key in ("pgsql", "codeintel", "codeinsights"):
        assert f"host<{key}.db.acme.example>\nport<5432>\ndatabase<sg>\nuser<sg>\nsslmode<require>\n" in applied
        assert f"password<value of {key}-password>" in applied
    assert "tls.crt<value of tls-certificate" in applied
    assert applied.count("endpoint<value of redis-") == 2
    assert "access-key<value of bucket-access-key>\nsecret-key<value of bucket-secret-key>" in applied
    assert "value of" not in "\n".join([*host.points, *host.calls])
    assert "value of" not in host.log


def test_pods_start_again_when_a_secret_changes(tmp_path: Path) -> None:
    host = started(ScriptHost(tmp_path, everything()))
    (upgrade,) = host.of_helm(" upgrade ")
    assert "--set-string sourcegraph.podAnnotations.moorage-secrets=101-102-" in upgrade
    assert "sourcegraph-tls" not in host.of_k3s(" get secret ")[0]
    assert started(host).of_helm(" upgrade ") == []
    host.set("secret_versions", "101\n204\n")
    (upgrade,) = started(host).of_helm(" upgrade ")
    assert "moorage-secrets=101-204-" in upgrade


def test_a_certificate_that_is_no_longer_planned_is_no_longer_served(tmp_path: Path) -> None:
    host = started(ScriptHost(tmp_path, host_plan(tls=CERTIFICATE)))
    file = "mnt/data/k3s/server/manifests/moorage-certificate.yaml"
    assert "secretName: sourcegraph-tls" in host.text(file)
    host.install([*ScriptHost(tmp_path / "other", host_plan()).files()])
    started(host)
    assert not (host.root / file).exists()
    assert any("delete --ignore-not-found --filename" in call for call in host.points)
