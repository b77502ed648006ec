"""What the install script does to a machine, and what it refuses: network, kernel, SELinux, offline use, failures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recommender.host import Tls
from tests.plans import host_plan
from tests.templates.script_machine import PROXY, ScriptHost, everything, refused, started


@pytest.fixture
def host(tmp_path: Path) -> ScriptHost:
    return ScriptHost(tmp_path, host_plan())


def test_behind_a_proxy_k3s_takes_it_for_everything_but_the_machine_itself(tmp_path: Path) -> None:
    host = started(ScriptHost(tmp_path, host_plan(proxy=PROXY)))
    lines = dict(line.split("=", 1) for line in host.text("etc/systemd/system/k3s.service.env").splitlines()[1:])
    assert lines["HTTP_PROXY"] == lines["HTTPS_PROXY"] == PROXY.url
    excepted = lines["NO_PROXY"].split(",")
    for name in (
        "127.0.0.0/8",
        "10.42.0.0/16",
        "10.43.0.0/16",
        ".svc",
        ".cluster.local",
        "10.0.0.7",
        "git.acme.example",
    ):
        assert name in excepted
    assert (host.root / "etc/systemd/system/k3s.service.env").stat().st_mode & 0o777 == 0o600


def test_a_registry_stands_for_docker_hub_until_it_is_no_longer_planned(tmp_path: Path) -> None:
    host = started(ScriptHost(tmp_path, everything()))
    assert '"https://registry.acme.example"' in host.text("etc/rancher/k3s/registries.yaml")
    assert "disable-default-registry-endpoint: true" in host.text("etc/rancher/k3s/config.yaml")
    host.install([*ScriptHost(tmp_path / "other", host_plan()).files()])
    started(host)
    assert not (host.root / "etc/rancher/k3s/registries.yaml").exists()
    assert "systemctl restart k3s.service" in host.points


def test_from_a_directory_nothing_is_fetched_and_images_are_kept_for_the_next_start(tmp_path: Path) -> None:
    host = ScriptHost(tmp_path, host_plan())
    offline = tmp_path / "offline"
    (offline / "images").mkdir(parents=True)
    for name, content in host.downloads.items():
        (offline / name).write_bytes(content)
    (offline / "images/sourcegraph.tar.zst").write_bytes(b"\0binary\nimages")
    started(host, "--from", str(offline))
    assert [call for call in host.called("curl") if "healthz" not in call] == []
    kept = host.root / "mnt/data/k3s/agent/images"
    assert (kept / "sourcegraph.tar.zst").read_bytes() == b"\0binary\nimages"
    assert (kept / "k3s-images-1.2.3").read_bytes() == b"images of k3s"
    (upgrade,) = host.of_helm(" upgrade ")
    assert "--set sourcegraph.image.useGlobalTagAsDefault=true" in upgrade
    host.reboot()
    before = host.kept()
    started(host)
    assert host.of_helm(" upgrade ") == []
    assert host.kept() == before


def test_the_images_of_k3s_may_be_missing_from_the_directory(tmp_path: Path) -> None:
    host = ScriptHost(tmp_path, host_plan())
    offline = tmp_path / "offline"
    offline.mkdir()
    for name, content in host.downloads.items():
        if "images" not in name:
            (offline / name).write_bytes(content)
    started(host, "--from", str(offline))
    assert "useGlobalTagAsDefault" not in host.of_helm(" upgrade ")[0]


@pytest.mark.parametrize(
    ("allowed", "wanted"), [(("65530", "8192"), ("300000", "128000")), (("1048576", "524288"), ("1048576", "524288"))]
)
def test_kernel_settings_are_raised_and_never_lowered(
    host: ScriptHost, allowed: tuple[str, str], wanted: tuple[str, str]
) -> None:
    host.write("proc/sys/vm/max_map_count", allowed[0])
    host.write("proc/sys/fs/inotify/max_user_watches", allowed[1])
    started(host)
    lines = host.text("etc/sysctl.d/60-moorage.conf").splitlines()
    assert (
        host.text("proc/sys/vm/max_map_count").strip(),
        host.text("proc/sys/fs/inotify/max_user_watches").strip(),
    ) == wanted
    assert lines[1:] == [f"vm.max_map_count={wanted[0]}", f"fs.inotify.max_user_watches={wanted[1]}"]
    for path in ("etc/sysctl.conf", "etc/security/limits.conf"):
        assert not (host.root / path).exists()


def test_firewalld_stays_on_and_lets_pods_and_people_through_once(host: ScriptHost) -> None:
    host.set("active_firewalld.service")
    host.stub(
        "firewall-cmd",
        """all="$*"
        case $all in
          *--query-*) grep -qxF -- "${all/query/add}" "$STATE/rules" ;;
          *--permanent*) echo "--quiet ${all/--permanent /}" >>"$STATE/rules" ;;
        esac""",
    )
    host.set("rules")
    started(host)
    assert host.get("rules").splitlines() == [
        "--quiet --zone=trusted --add-source=10.42.0.0/16",
        "--quiet --zone=trusted --add-source=10.43.0.0/16",
        "--quiet --add-service=http",
        "--quiet --add-service=https",
    ]
    assert "firewall-cmd --reload" in host.points
    started(host)
    assert "firewall-cmd --reload" not in host.points
    assert not [
        call for call in host.points if call.startswith("systemctl") and "firewalld" in call and "is-active" not in call
    ]


def test_ufw_stays_on_and_lets_pods_and_people_through(host: ScriptHost) -> None:
    host.stub("ufw", '[[ $1 != status ]] || echo "Status: active"')
    started(host)
    assert [call for call in host.called("ufw") if "allow" in call] == [
        "ufw allow from 10.42.0.0/16",
        "ufw allow from 10.43.0.0/16",
        "ufw allow proto tcp to any port 80,443",
    ]


def test_cloud_setup_of_network_manager_is_switched_off_and_a_reboot_asked_for(host: ScriptHost) -> None:
    host.set("active_nm-cloud-setup.timer")
    says = "nm-cloud-setup was running, and its routes stay until the machine reboots. Run: reboot."
    assert says in refused(host)
    assert "systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service" in host.points
    assert says in refused(host)
    host.reboot()
    started(host)


def test_in_a_cloud_the_machine_reboots_once_by_itself(tmp_path: Path) -> None:
    plan = host_plan(platform="aws", region="us-east-1", zone="us-east-1a", provider="aws")
    host = ScriptHost(tmp_path, replace(plan, disk=replace(plan.disk, device="/dev/sdb")))
    host.set("active_nm-cloud-setup.timer")
    started(host)
    assert host.points[-1] == "systemctl reboot"
    assert not (host.root / "usr/local/bin/k3s").exists()
    host.reboot()
    started(host)
    assert "systemctl reboot" not in host.points


def test_commands_that_the_machine_has_are_not_replaced(host: ScriptHost) -> None:
    host.write("usr/local/bin/kubectl", "somebody's own")
    host.stub("crictl", ":")
    started(host)
    assert host.text("usr/local/bin/kubectl") == "somebody's own"
    assert not (host.root / "usr/local/bin/crictl").exists()
    assert (host.root / "usr/local/bin/ctr").readlink() == Path("k3s")


def with_policy(host: ScriptHost) -> None:
    host.write("sys/fs/selinux/enforce", "1")
    host.stub("rpm", ":")
    host.stub("semanage", 'if [[ $* == *--add* ]]; then echo "$5 = $4" >>"$STATE/labels"; else cat "$STATE/labels"; fi')
    host.stub("restorecon", ":")
    host.set("labels")


def test_with_selinux_and_its_policy_k3s_labels_and_the_data_disk_is_labelled_once(host: ScriptHost) -> None:
    with_policy(host)
    started(host)
    assert "K3S_SELINUX=true" in host.text("etc/systemd/system/k3s.service.env")
    assert host.get("labels").splitlines() == [
        "/mnt/data/k3s = /var/lib/rancher/k3s",
        "/mnt/data/storage = /var/lib/rancher/k3s/storage",
        "/mnt/data/kubelet = /var/lib/kubelet",
    ]
    assert host.called("restorecon")
    started(host)
    assert not host.called("restorecon")
    assert not [call for call in host.called("semanage") if "--add" in call]


def test_without_selinux_nothing_is_labelled(host: ScriptHost) -> None:
    started(host)
    assert "SELINUX" not in host.text("etc/systemd/system/k3s.service.env")


def test_enforcing_selinux_without_the_policy_of_k3s_is_refused(host: ScriptHost) -> None:
    host.write("sys/fs/selinux/enforce", "1")
    assert "SELinux is enforcing, and the policy of k3s is missing. Install k3s-selinux" in refused(host, "--check")
    host.write("sys/fs/selinux/enforce", "0")
    started(host, "--check")


def test_only_a_missing_package_is_installed_and_none_offline(tmp_path: Path) -> None:
    host = ScriptHost(tmp_path, host_plan())
    with_policy(host)
    (host.bin / "semanage").rename(host.bin / "semanage-1")
    host.stub("dnf", 'cp "${0%/*}/semanage-1" "${0%/*}/semanage"')
    (tmp_path / "offline").mkdir()
    for name, content in host.downloads.items():
        (tmp_path / "offline" / name).write_bytes(content)
    says = "The package policycoreutils-python-utils is missing, and --from fetches nothing. Install it."
    assert says in refused(host, "--from", str(tmp_path / "offline"))
    assert host.called("dnf") == []
    started(host)
    assert host.called("dnf") == ["dnf --assumeyes install policycoreutils-python-utils"]
    started(host)
    assert host.called("dnf") == []


def test_check_looks_and_changes_nothing(host: ScriptHost) -> None:
    before = host.snapshot()
    started(host, "--check")
    assert host.snapshot() == before
    assert host.of_k3s("") == host.of_helm("") == []


def test_a_foreign_k3s_is_refused(host: ScriptHost) -> None:
    host.write("etc/systemd/system/k3s.service", "[Unit]\nDescription=Lightweight Kubernetes\n")
    assert "This machine has a k3s of somebody else. Remove it (k3s-uninstall.sh)" in refused(host)
    assert "Lightweight" in host.text("etc/systemd/system/k3s.service")


def test_old_control_groups_are_refused(host: ScriptHost) -> None:
    (host.root / "sys/fs/cgroup/cgroup.controllers").unlink()
    assert "This system runs version 1 of control groups" in refused(host, "--check")


def test_a_bad_checksum_is_refused_before_k3s_is_touched(host: ScriptHost) -> None:
    host.serve("k3s-1.2.3", b"something else")
    assert "and" in refused(host)
    assert not (host.root / "usr/local/bin/k3s").exists()
    assert not (host.root / "etc/rancher").exists()


def test_a_node_that_is_never_ready_ends_the_start(host: ScriptHost) -> None:
    host.set("node", "False")
    assert "the node is not ready after 0 s" in refused(host)
    assert host.of_helm("") == []


def test_a_sourcegraph_that_never_answers_is_explained(host: ScriptHost) -> None:
    host.set("never_ready")
    said = refused(host)
    for words in (
        "kube-system coredns",
        "Warning BackOff pod/pgsql-0",
        "pgsql-0 says: no space left",
        "does not answer at",
    ):
        assert words in said
        assert words in host.log
    assert "gitserver-0:" not in said
    (host.state / "never_ready").unlink()
    started(host)
    assert host.of_helm(" upgrade ") == []


def test_plain_http_is_asked_for_over_http(tmp_path: Path) -> None:
    host = started(ScriptHost(tmp_path, host_plan(tls=Tls("none", None, None, None))))
    assert host.called("curl")[-1].endswith("--url http://127.0.0.1/healthz")
