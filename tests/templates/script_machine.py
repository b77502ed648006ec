"""A machine with the install script, without root: the real start script beside stand-ins for k3s, Helm and systemd."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from recommender.host import Database, DatabaseKey, External, HostPlan, ObjectStorage, Proxy, Redis, Secret, Tls
from templates import host_files, script_files
from templates.context import File
from tests.plans import download, host_plan
from tests.templates.host_machine import FakeHost, archive, digest, tree_digest

# The first lines of every stand-in: its call is noted, and the whole run is killed at the call that a test names.
_NOTED = """#!/usr/bin/env bash
echo "${0##*/} $*" >>"$STATE/points"
if [[ -f $STATE/kill_at ]] && (($(wc -l <"$STATE/points") >= $(<"$STATE/kill_at"))); then kill -KILL 0; fi
"""

_STUBS = {
    "systemctl": """case "$*" in
      *is-active*|*is-enabled*)
        [[ $* == *is-active* ]] && kind=active || kind=enabled
        for unit in "$@"; do [[ ! -f $STATE/${kind}_$unit ]] || exit 0; done
        exit 3 ;;
      "restart k3s.service")
        [[ ! -f $STATE/k3s_fails ]] || exit 1
        : >"$STATE/active_k3s.service" ;;
      "disable --now"*) shift 2; for unit in "$@"; do rm -f "$STATE/active_$unit" "$STATE/enabled_$unit"; done ;;
    esac""",
    "ip": 'echo "192.0.2.1 via 10.0.0.1 dev eth0 src 10.0.0.7 uid 0"',
}

K3S = """case "$*" in
  *"get node"*) cat "$STATE/node" 2>/dev/null || printf True ;;
  *"create secret"*)
    for word in "$@"; do
      case $word in
        --from-file=*) word=${word#--from-file=}; printf '%s<%s>\\n' "${word%%=*}" "$(<"${word#*=}")" ;;
        --from-literal=*) word=${word#--from-literal=}; printf '%s<%s>\\n' "${word%%=*}" "${word#*=}" ;;
      esac
    done ;;
  *"apply --server-side"*) cat >>"$STATE/applied" ;;
  *"get secret"*) cat "$STATE/secret_versions" 2>/dev/null || printf '101\\n102\\n' ;;
  *"delete secret sh.helm"*) echo '[]' >"$STATE/release" ;;
  *"rollout status"*) [[ ! -f $STATE/never_ready ]] ;;
  *"get pods --no-headers"*) printf 'gitserver-0 1/1 Running 0 1m\\npgsql-0 1/2 CrashLoopBackOff 4 1m\\n' ;;
  *"logs pgsql-0"*) echo "pgsql-0 says: no space left" ;;
  *"get pods --all-namespaces"*) echo "kube-system coredns 1/1 Running" ;;
  *"get events"*) echo "5m Warning BackOff pod/pgsql-0" ;;
esac
"""
HELM = """case "$*" in
  *" list "*) cat "$STATE/release" 2>/dev/null || echo '[]' ;;
  *" upgrade "*)
    [[ ! -f $STATE/helm_fails ]] || { echo "Error: helm is unhappy" >&2; exit 1; }
    while (($# > 1)); do [[ $1 != --values ]] || cat "$2" >>"$STATE/values_seen"; shift; done
    echo '[{"name":"sourcegraph","namespace":"default","revision":"1","updated":"x","status":"deployed"}]' \\
      >"$STATE/release" ;;
esac
"""
_WRAPPED = ("mv", "mkdir", "ln")
"""Real tools that are noted too, so that a run can be killed between two writes."""

_CHART = {"Chart.yaml": b"name: sourcegraph\nversion: 6.12.5040\n", "values.yaml": b"{}\n"}


CERTIFICATE = Tls("certificate", None, Secret("tls-certificate", "the chain", None, True), Secret("tls-key", "k", None))
PROXY = Proxy("http://proxy.acme.example:3128", ("git.acme.example",))


def database(key: DatabaseKey) -> Database:
    return Database(key, f"{key}.db.acme.example", 5432, "sg", "sg", "require", Secret(f"{key}-password", "p", None))


DATABASES = (database("pgsql"), database("codeintel"), database("codeinsights"))
REDIS = Redis(Secret("redis-cache-endpoint", "c", None), Secret("redis-store-endpoint", "s", None))
BUCKET = ObjectStorage(
    "s3",
    "acme",
    "eu-west-1",
    None,
    None,
    Secret("bucket-access-key", "a", None),
    Secret("bucket-secret-key", "s", None),
    None,
)


def everything() -> HostPlan:
    """A plan that makes every step do something."""
    plan = host_plan(tls=CERTIFICATE, proxy=PROXY, external=External(DATABASES, REDIS, BUCKET))
    return replace(plan, sources=replace(plan.sources, registry="registry.acme.example"))


def with_downloads(plan: HostPlan) -> tuple[HostPlan, dict[str, bytes]]:
    """The plan with stand-ins as its downloads, and their bytes by file name."""
    chart = archive({f"repo/charts/sourcegraph/{name}": text for name, text in _CHART.items()})
    content = {
        "k3s": (_NOTED + K3S).encode(),
        "k3s-images": b"images of k3s",
        "helm": archive({"linux-amd64/helm": (_NOTED + HELM).encode()}),
    }
    made = [download(name, sha256=digest(text)) for name, text in content.items()]
    made.append(download("chart", sha256=None, tree="charts/sourcegraph", tree_sha256=tree_digest(_CHART)))
    names = {f"{name}-1.2.3": text for name, text in {**content, "chart": chart}.items()}
    urls = tuple(replace(one, url=f"https://origin.example/{one.file}") for one in made)
    return replace(plan, sources=replace(plan.sources, downloads=urls)), names


class ScriptHost(FakeHost):
    """The fake machine of a plan with the install script."""

    def __init__(self, directory: Path, plan: HostPlan) -> None:
        self.plan, self.downloads = with_downloads(plan)
        super().__init__(directory, self.plan, *script_files.files(self.plan))
        for name, body in _STUBS.items():
            self.stub(name, body)
        for name in _WRAPPED:
            real = shutil.which(name)
            (self.bin / name).unlink(missing_ok=True)
            self.stub(name, f'exec {real} "$@"')
        (self.bin / "tail").symlink_to(str(shutil.which("tail")))
        for name, content in self.downloads.items():
            self.serve(name, content)
        self.serve("healthz", b"")
        for name, value in {"vm/max_map_count": "65530", "fs/inotify/max_user_watches": "8192"}.items():
            self.write(f"proc/sys/{name}", value)
        self.write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n")
        for secret in plan.secrets:
            self.write(f"etc/moorage/secrets/{secret.name}", f"value of {secret.name}", 0o600)

    def stub(self, name: str, body: str) -> None:
        """Put a stand-in for a command on PATH."""
        stub = self.bin / name
        stub.unlink(missing_ok=True)
        stub.write_text(_NOTED + f'echo "{name} $*" >>"$STATE/calls"\n{body}\n')
        stub.chmod(0o755)

    def files(self) -> tuple[File, ...]:
        """Every file that the plan puts on the machine."""
        return (*host_files.files(self.plan), *script_files.files(self.plan))

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file below the root."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def start(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the start script in a session of its own, which a stand-in may kill as a whole."""
        for name in ("points", "calls"):
            self.set(name)
        return subprocess.run(
            ["bash", str(self.library / "start"), *arguments],
            env={
                "PATH": str(self.bin),
                "STATE": str(self.state),
                "MOORAGE_ROOT": str(self.root),
                "MOORAGE_WAIT_SECONDS": "0",
                "MOORAGE_READY_SECONDS": "0",
                "MOORAGE_POLL_SECONDS": "0",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            start_new_session=True,
        )

    def reboot(self) -> None:
        """What a restart forgets."""
        for name in ("mounted", "active_k3s.service"):
            (self.state / name).unlink(missing_ok=True)
        shutil.rmtree(self.root / "run/moorage", ignore_errors=True)

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    @property
    def points(self) -> list[str]:
        """Every noted call of the last run, in order."""
        return self.get("points").splitlines()

    def of_k3s(self, words: str) -> list[str]:
        """Calls of `k3s kubectl` in the last run that hold some words."""
        return [call for call in self.points if call.startswith("k3s ") and words in call]

    def of_helm(self, words: str) -> list[str]:
        """Calls of our helm in the last run that hold some words."""
        return [call for call in self.points if call.startswith("helm ") and words in call]

    def kept(self) -> dict[str, tuple[int, int, bytes]]:
        """Everything on the machine's disks but the log: what a run that changes nothing leaves as it is."""
        left = (str(self.root / "run"), str(self.root / "var/log"))
        return {path: entry for path, entry in self.snapshot().items() if not path.startswith(left)}

    def content(self) -> dict[str, bytes]:
        """The same without times, and without directories."""
        return {path: entry[2] for path, entry in self.kept().items() if os.path.isfile(path)}  # noqa: PTH113


def started(host: ScriptHost, *arguments: str) -> ScriptHost:
    """The machine after a start that must succeed."""
    result = host.start(*arguments)
    assert result.returncode == 0, result.stderr
    return host


def refused(host: ScriptHost, *arguments: str) -> str:
    """What a start says that must fail."""
    result = host.start(*arguments)
    assert result.returncode == 1
    return result.stderr
