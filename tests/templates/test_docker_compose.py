"""The Docker Compose start script, run for real: order, repetition, death and resumption, refusals, secrets, offline."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from recommender.host import External, HostPlan
from tests.templates.compose_host import VENDOR, ComposeHost
from tests.templates.compose_plans import DATABASES, EXECUTORS, EXTERNAL, PROXY, TLS, compose_plan

STEPS = [
    "preflight",
    "data disk",
    "version",
    "kernel",
    "iptables",
    "docker",
    "docker's start",
    "compose",
    "vendor's files",
    "images",
    "secrets",
    "configuration",
    "services",
    "ready",
]
OVERRIDE = "/etc/moorage/docker-compose/docker-compose.override.yaml"
BASE = "/opt/sourcegraph/vendor-7.5.4453/docker-compose/docker-compose.yaml"
HOSTILE_SECRET = "a'b\"c$HOME ${X} $$ $(id) `id` \\ # %s & \\"

Make = Callable[..., ComposeHost]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def _make(name: str = "machine", **changes: object) -> ComposeHost:
        return ComposeHost(tmp_path / name, compose_plan(**changes))

    return _make


def give_secrets(host: ComposeHost, plan: HostPlan) -> None:
    """Writes every secret where a person would."""
    directory = host.root / "etc/moorage/secrets"
    directory.mkdir(mode=0o700)
    for secret in plan.secrets:
        file = directory / secret.name
        file.write_text(HOSTILE_SECRET if not secret.multiline else '{\n "key": "$A\\n\\"b\\""\n}\n')
        file.chmod(0o600)


def settled(host: ComposeHost) -> dict[str, tuple[int, bytes]]:
    """Mode and content of every file but the log and what only caches, wherever the machine's root is."""
    root = str(host.root)
    return {
        path.removeprefix(root): (mode, content.replace(root.encode(), b""))
        for path, (mode, _, content) in host.snapshot().items()
        if "/var/log/" not in path and "/var/cache/" not in path
    }


def test_a_first_start_does_every_step_in_order(make: Make):
    host = make()
    result = host.start()
    assert result.returncode == 0, result.stderr
    begun = [
        line.split(": ", 1)[1].removesuffix(": begins") for line in host.log.splitlines() if line.endswith(": begins")
    ]
    assert begun == STEPS
    calls = [" ".join(call.split()[:2]) for call in host.calls]
    order = ["mount -t", "sysctl --quiet", "systemctl restart", "docker compose"]
    assert [calls.index(call) for call in order] == sorted(calls.index(call) for call in order)
    assert host.called("docker")[-1].endswith("up --detach --remove-orphans --quiet-pull")
    assert host.get("compose_file").strip() == f"{BASE}:{OVERRIDE}"
    assert host.text("mnt/data/moorage/version") == "7.5.4453\n"
    for path, content in VENDOR.items():
        file = host.root / "opt/sourcegraph/vendor-7.5.4453" / path
        assert file.read_bytes() == content
        assert file.stat().st_mode & 0o777 == 0o644
    dockerd = host.root / "usr/local/bin/dockerd"
    assert dockerd.readlink() == host.root / "usr/local/lib/moorage/docker-28.5.1/dockerd"
    plugin = host.root / "usr/local/lib/docker/cli-plugins/docker-compose"
    assert plugin.read_bytes() == b"a compose plugin"
    assert plugin.stat().st_mode & 0o777 == 0o755


def test_a_second_start_writes_nothing_and_restarts_nothing(make: Make):
    host = make()
    host.start()
    before = host.snapshot()
    host.set("calls")
    assert host.start().returncode == 0
    after = host.snapshot()
    assert {path for path in {*before, *after} if before.get(path) != after.get(path)} == {
        str(host.root / "var/log/moorage-start.log")
    }
    assert host.called("systemctl") == ["systemctl start docker.service"]
    assert [call for call in host.called("curl") if "healthz" not in call] == []


def survives(make: Make, undisturbed: ComposeHost, at: int) -> None:
    """A start that is killed at this change, and the next one."""
    host = make(f"killed-{at}")
    host.count_changes()
    host.set("kill_at", str(at))
    assert host.start().returncode < 0, at
    host.set("kill_at")
    result = host.start()
    assert result.returncode == 0, (at, result.stderr)
    assert settled(host) == settled(undisturbed), at
    restarts = [call for call in host.calls if call.startswith(("systemctl restart docker", "systemctl daemon-reload"))]
    assert restarts[-1] == "systemctl restart docker.service", at


def survives_at(make: Make, places: slice) -> None:
    undisturbed = make("undisturbed")
    undisturbed.count_changes()
    assert undisturbed.start().returncode == 0
    every = range(int(undisturbed.get("changes")))
    assert len(every) > 30
    for at in every[places]:
        survives(make, undisturbed, at)


@pytest.mark.parametrize("first", [1, 9])
def test_a_start_that_was_killed_is_completed_by_the_next(make: Make, first: int):
    survives_at(make, slice(first, None, 16))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))  # so that two processes share them
def test_a_start_that_was_killed_anywhere_is_completed_by_the_next(make: Make, part: int):
    survives_at(make, slice(part, None, 4))


def test_a_check_changes_nothing(make: Make):
    host = make()
    before = host.snapshot()
    result = host.start("--check")
    assert result.returncode == 0, result.stderr
    assert host.snapshot() == before
    assert host.called("docker") == []


def on_disk(host: ComposeHost, version: str) -> None:
    """The data disk of an earlier release, in place."""
    assert host.start().returncode == 0
    (host.root / "mnt/data/moorage/version").write_text(f"{version}\n")


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("7.6.0", "is older"),
        ("7.5.4454", "is older"),
        ("8.0.0", "is older"),
        ("7.3.999", "more than one minor release"),
        ("6.12.5040", "multi-version upgrade"),
        ("seven", "is no version"),
    ],
)
def test_a_release_that_the_data_cannot_take_is_refused(make: Make, version: str, words: str):
    host = make()
    on_disk(host, version)
    host.set("calls")
    result = host.start()
    assert result.returncode == 1
    assert words in result.stderr
    assert host.called("docker") == []
    assert host.text("mnt/data/moorage/version") == f"{version}\n"


@pytest.mark.parametrize("version", ["7.4.0", "7.4.9999", "7.5.1", "7.5.4453"])
def test_the_next_minor_release_and_a_patch_are_upgrades(make: Make, version: str):
    host = make()
    on_disk(host, version)
    assert host.start().returncode == 0
    assert host.text("mnt/data/moorage/version") == "7.5.4453\n"


def test_a_release_that_is_refused_is_refused_when_its_disk_comes_late(make: Make):
    host = make()
    on_disk(host, "7.6.0")
    host.reboot()
    host.set("calls")
    data = host.root / "mnt/data"
    data.rename(host.root / "away")
    data.mkdir()
    host.set("TYPE", "ext4")
    host.stub("mount", f'echo "$5" >"$STATE/mounted"; rm -r "{data}"; cp -R "{host.root}/away" "{data}"')
    result = host.start()
    assert "is older" in result.stderr
    assert host.called("docker") == []


def test_the_disk_of_the_other_target_is_refused(make: Make):
    host = make()
    (host.root / "mnt/data/k3s").mkdir()
    result = host.start()
    assert result.returncode == 1
    assert "install-script" in result.stderr


def foreign_docker(host: ComposeHost, version: str) -> None:
    host.stub("dockerd", f"echo 'Docker version {version}, build abc'")


def test_a_docker_that_is_there_is_used(make: Make):
    host = make()
    foreign_docker(host, "20.10.24")
    assert host.start().returncode == 0
    assert not (host.root / "usr/local/bin/dockerd").exists()
    assert not (host.root / "etc/systemd/system/docker.service").exists()
    assert "RequiresMountsFor" in host.text("etc/systemd/system/docker.service.d/10-moorage.conf")
    assert json.loads(host.text("etc/docker/daemon.json"))["data-root"] == "/mnt/data/docker"


@pytest.mark.parametrize("version", ["19.03.15", "1.13.1", "nonsense"])
def test_a_docker_that_is_too_old_is_refused(make: Make, version: str):
    host = make()
    foreign_docker(host, version)
    result = host.start()
    assert result.returncode == 1
    assert "20.10 is needed" in result.stderr


def test_somebody_else_s_docker_settings_and_containers_are_refused_all_at_once(make: Make):
    host = make()
    foreign_docker(host, "28.2.2")
    host.set("containers", "0123456789ab\n")
    (host.root / "etc/docker").mkdir()
    (host.root / "etc/docker/daemon.json").write_text('{"data-root": "/srv/docker"}\n')
    (host.bin / "iptables").unlink()
    before = host.snapshot()
    result = host.start("--check")
    assert result.returncode == 1
    for words in ("daemon.json is not moorage's", "has containers already", "iptables"):
        assert words in result.stderr
    assert host.snapshot() == before


@pytest.mark.parametrize(("manager", "package"), [("dnf", "iptables-nft"), ("apt-get", "iptables")])
def test_iptables_comes_from_the_distribution(make: Make, manager: str, package: str):
    host = make()
    stub = (host.bin / "iptables").rename(host.bin / "later")
    host.stub(manager, f'[[ $* != *install* ]] || "{host.bin}/mv" "{stub}" "{host.bin}/iptables"')
    result = host.start()
    assert result.returncode == 0, result.stderr
    assert host.called(manager)[-1].endswith(f"install {package}")
    host.set("calls")
    assert host.start().returncode == 0
    assert host.called(manager) == []


def test_settings_that_moorage_wrote_are_no_hindrance(make: Make):
    host = make()
    foreign_docker(host, "28.2.2")
    host.start()
    host.set("containers", "0123456789ab\n")
    assert host.start().returncode == 0


def test_other_settings_restart_docker_once(make: Make):
    host = make()
    host.start()
    settings = host.root / "etc/moorage/docker-compose/daemon.json"
    settings.write_text(settings.read_text().replace("50m", "10m"))
    host.set("calls")
    for restarts in (["systemctl restart docker.service"], []):
        assert host.start().returncode == 0
        assert [call for call in host.called("systemctl") if "restart" in call] == restarts
        host.set("calls")


def test_what_was_edited_in_the_vendor_s_files_is_put_back(make: Make):
    host = make()
    host.start()
    file = host.root / "opt/sourcegraph/vendor-7.5.4453/pgsql/conf/postgresql.conf"
    file.write_text("max_connections = 1\n")
    assert host.start().returncode == 0
    assert file.read_bytes() == VENDOR["pgsql/conf/postgresql.conf"]


def test_selinux_lets_systemd_start_the_engine(make: Make):
    host = make()
    host.set("selinux")
    assert host.start().returncode == 0
    (labelled,) = host.called("chcon")
    assert labelled.startswith("chcon --recursive --type=bin_t ")


def test_without_internet_images_are_loaded_once_and_asked_for_by_tag(make: Make):
    host = make()
    usb = host.offline("a.tar", "b.tar.gz")
    assert host.start("--from", str(usb)).returncode == 0
    assert [call for call in host.called("curl") if "healthz" not in call] == []
    loaded = [call for call in host.called("docker") if call.startswith("docker load")]
    assert loaded == [f"docker load --quiet --input {usb}/images/{name}" for name in ("a.tar", "b.tar.gz")]
    by_tag = "etc/moorage/docker-compose/docker-compose.offline.yaml"
    assert yaml.safe_load(host.text(by_tag)) == {
        "services": {
            "caddy": {"image": "index.docker.io/sourcegraph/caddy:7.5.4453"},
            "pgsql": {"image": "index.docker.io/sourcegraph/postgresql-16:7.5.4453"},
        }
    }
    assert host.get("compose_file").strip() == f"{BASE}:{host.root / by_tag}:{OVERRIDE}"
    assert host.called("docker")[-1].endswith("--pull never")
    host.set("calls")
    host.reboot()
    shutil.rmtree(usb)
    assert host.start().returncode == 0
    assert not [call for call in host.called("docker") if call.startswith("docker load")]
    assert host.called("docker")[-1].endswith("--pull never")


def test_without_internet_and_without_images_nothing_begins(make: Make):
    host = make()
    result = host.start("--from", str(host.offline()))
    assert result.returncode == 1
    assert "holds no images" in result.stderr
    assert host.called("mount") == []


def test_the_user_s_own_file_has_the_last_word(make: Make):
    host = make()
    own = host.root / "etc/moorage/user/docker-compose.user.yaml"
    own.parent.mkdir()
    own.write_text("services: {}\n")
    assert host.start().returncode == 0
    assert host.get("compose_file").strip() == f"{BASE}:{OVERRIDE}:{own}"
    assert own.read_text() == "services: {}\n"


def test_services_that_do_not_start_fail_the_start_and_the_next_one_tries_again(make: Make):
    host = make()
    host.set("up_fails")
    result = host.start()
    assert result.returncode == 1
    assert "moorage-compose ps" in result.stderr
    (host.state / "up_fails").unlink()
    assert host.start().returncode == 0


def test_a_start_that_nobody_answers_fails(make: Make):
    host = make()
    (host.state / "served/healthz").unlink()
    result = host.start()
    assert result.returncode == 1
    assert "does not answer on /healthz" in result.stderr
    assert host.called("docker")[-1].endswith("ps --all")


def every_secret(make: Make) -> ComposeHost:
    plan = compose_plan(external=EXTERNAL["all"], executors=EXECUTORS, tls=TLS["certificate"], proxy=PROXY)
    host = make(external=plan.external, executors=plan.executors, tls=plan.tls, proxy=plan.proxy)
    give_secrets(host, plan)
    return host


def test_secrets_reach_no_argument_no_log_and_no_other_program(make: Make):
    host = every_secret(make)
    result = host.start()
    assert result.returncode == 0, result.stderr
    seen = [
        result.stdout,
        result.stderr,
        host.log,
        host.get("calls"),
        host.get("docker_environment"),
        host.get("environment"),
    ]
    assert not [text for text in seen if "a'b" in text or "$(id)" in text]
    secrets = host.root / "run/moorage/compose.env"
    assert secrets.stat().st_mode & 0o777 == 0o600
    held = [path for path, (_, _, content) in host.snapshot().items() if b"a'b" in content]
    assert {path.removeprefix(str(host.root)).split("/")[1] for path in held} == {"run", "etc"}
    assert "MOORAGE_CERTIFICATE=" in secrets.read_text()
    assert "TLS_KEY" not in secrets.read_text()
    host.set("calls")
    before = host.snapshot()[str(secrets)]
    assert host.start().returncode == 0
    assert host.snapshot()[str(secrets)] == before


@pytest.mark.real_tool("docker-compose")
def test_compose_reads_every_secret_as_it_was_given(make: Make, tmp_path: Path):
    host = every_secret(make)
    assert host.start().returncode == 0
    names = [
        *(f"MOORAGE_{key}_PASSWORD" for key in ("PGSQL", "CODEINTEL", "CODEINSIGHTS", "EXECUTORS")),
        "MOORAGE_REDIS_STORE_ENDPOINT",
        "MOORAGE_BUCKET_CREDENTIALS",
    ]
    variables = {name: f"${{{name}:?missing}}" for name in names}
    file = tmp_path / "compose.yaml"
    file.write_text(yaml.safe_dump({"services": {"one": {"image": "x", "environment": variables}}}))
    command = [
        "docker-compose",
        "--env-file",
        host.root / "run/moorage/compose.env",
        "-f",
        file,
        "config",
        "--format",
        "json",
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    read = json.loads(result.stdout)["services"]["one"]["environment"]
    credentials = read.pop("MOORAGE_BUCKET_CREDENTIALS").replace("$$", "$")
    assert json.loads(credentials) == {"key": '$A\n"b"'}
    # Compose doubles dollar signs in what it prints, so that its output can be read back.
    assert {value.replace("$$", "$") for value in read.values()} == {HOSTILE_SECRET}


def test_a_missing_secret_is_named_before_anything_changes(make: Make):
    host = make(external=External(databases=DATABASES))
    result = host.start()
    assert result.returncode == 1
    for name in ("pgsql-password", "codeintel-password", "codeinsights-password"):
        assert name in result.stderr
    assert host.called("mount") == []


def test_a_new_release_beside_the_old_one_replaces_what_it_must(make: Make):
    host = make()
    on_disk(host, "7.4.0")
    old = host.root / "opt/sourcegraph/vendor-7.4.0"
    old.mkdir()
    engine = replace(host.plan.sources.downloads[0], version="29.0.0")
    table = host.root / "etc/moorage/downloads.tsv"
    table.write_text(table.read_text().replace("28.5.1", engine.version))
    host.set("calls")
    assert host.start().returncode == 0
    assert (host.root / "usr/local/bin/dockerd").readlink().parent.name == "docker-29.0.0"
    assert "systemctl restart docker.service" in host.calls
