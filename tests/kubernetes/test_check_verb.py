"""`moorage check` from its arguments to its exit status, against an API server on loopback."""

from __future__ import annotations

import ipaddress
import json
import socket
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from recommender.kubernetes.needs import cluster_needs
from stacks.cli import main
from tests.kubernetes.fake_api import REVIEWS, TOKEN, FakeApi, good_api, kubeconfig, served
from tests.kubernetes.test_planner import plan, profile

_connect = socket.socket.connect
EXTERNAL = {
    "use": ["postgres"],
    "postgres": {key: {"host": f"{key}.acme.example"} for key in ("pgsql", "codeintel", "codeinsights")},
}
WANTED: dict[str, Any] = {
    "domain": "a.acme.example",
    "access": "private",
    "external": EXTERNAL,
    "kubernetes": {"context": "office", "storage_class": "fast", "ingress": {"kind": "nginx", "tls_secret": "tls"}},
}
NEEDS = cluster_needs(plan("on-premises", **json.loads(json.dumps(WANTED))))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the guard of every other test: the API server is on loopback."""

    def loopback_only(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
            pytest.fail(f"the check opened a connection to {address!r}")
        _connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", loopback_only)
    monkeypatch.setattr(socket.socket, "connect_ex", loopback_only)


@dataclass
class Done:
    status: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The verb on the profile `WANTED`, or on another document."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    def checked(*arguments: str, document: Any = None) -> Done:
        file = tmp_path / "profile.json"
        file.write_text(json.dumps(document or profile("on-premises", **json.loads(json.dumps(WANTED)))))
        with pytest.raises(SystemExit) as left:
            main(["check", str(file), *arguments])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        assert "CANARY" not in told.out + told.err
        return Done(int(left.value.code or 0), told.out, told.err)

    return checked


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with served(good_api(NEEDS)) as started:
        yield started
    assert started.forbidden == []
    assert all(method == "GET" or (method, path) == ("POST", REVIEWS) for method, path in started.asked)


@pytest.fixture
def office(api: FakeApi, tmp_path: Path) -> str:
    return str(kubeconfig(tmp_path / "office.kubeconfig", api.url))


def statuses(done: Done) -> dict[str, str]:
    return {each["id"]: each["status"] for each in json.loads(done.out)["findings"]}


def test_a_good_cluster_passes_even_strictly(run: Run, office: str) -> None:
    done = run("--kubeconfig", office, "--strict")
    assert done.status == 0, done.out
    assert "15 pass" in done.out.splitlines()[0]
    assert "nothing was changed" in done.out.splitlines()[0]


def test_json_has_one_document_with_stable_keys(run: Run, office: str) -> None:
    done = run("--kubeconfig", office, "--json")
    (line,) = done.out.splitlines()
    document = json.loads(line)
    assert list(document) == ["name", "context", "server", "status", "findings"]
    assert all(list(each) == ["id", "status", "what", "found", "remedy"] for each in document["findings"])
    assert document["status"] == "pass"


def test_nothing_but_reads_and_questions_is_sent(run: Run, api: FakeApi, office: str) -> None:
    api.refused = {("create", "nodes")}  # so that every single permission is asked for
    run("--kubeconfig", office)
    assert {path for method, path in api.asked if method == "POST"} == {REVIEWS}
    assert api.asked.count(("POST", REVIEWS)) > len(NEEDS.permissions)
    assert not [path for _, path in api.asked if path.endswith("/secrets")]


def test_a_warning_fails_only_strictly(run: Run, api: FakeApi, office: str) -> None:
    api.objects["/version"] = {"gitVersion": "v1.40.1"}
    assert run("--kubeconfig", office).status == 0
    assert run("--kubeconfig", office, "--strict").status == 1


def test_a_failure_is_told_last_with_its_remedy(run: Run, api: FakeApi, office: str) -> None:
    api.objects["/version"] = {"gitVersion": "v1.24.17"}
    done = run("--kubeconfig", office)
    assert done.status == 1
    assert done.out.splitlines()[-4:] == [
        "FAIL       CLUSTER-VERSION",
        "           asked: Kubernetes 1.27 or newer, tried up to 1.36",
        "           found: v1.24.17 is too old",
        "           to do: Upgrade the cluster to 1.27 or newer.",
    ]


def test_permissions_that_lack_are_named_together(run: Run, api: FakeApi, office: str) -> None:
    api.refused = {("create", "deployments"), ("patch", "deployments"), ("create", "clusterroles")}
    done = run("--kubeconfig", office, "--json")
    assert statuses(done)["CLUSTER-PERMISSIONS"] == "fail"
    (found,) = (each["found"] for each in json.loads(done.out)["findings"] if each["id"] == "CLUSTER-PERMISSIONS")
    assert "create/patch deployments.apps in sourcegraph" in found
    assert "create clusterroles.rbac.authorization.k8s.io" in found


def test_what_may_not_be_read_is_warned_of(run: Run, api: FakeApi, office: str) -> None:
    api.denied = {
        "/api/v1/nodes",
        "/api/v1/namespaces/sourcegraph/secrets/tls",
        "/apis/storage.k8s.io/v1/storageclasses",
    }
    found = statuses(run("--kubeconfig", office, "--json"))
    assert {name for name, status in found.items() if status == "warn"} == {
        *("CLUSTER-NODES", "CLUSTER-NODES-ARCH", "CLUSTER-CAPACITY", "CLUSTER-VOLUMES"),
        *("CLUSTER-SECRETS", "CLUSTER-STORAGE-CLASS"),
    }


def test_keys_of_a_secret_are_found_by_who_wrote_them(run: Run, api: FakeApi, office: str) -> None:
    api.secret("sourcegraph", "sourcegraph-pgsql", ("host", "port", "user", "password", "database"))
    done = run("--kubeconfig", office)
    assert done.status == 1
    assert "has no key sslmode" in done.out


def test_a_running_autoscaler_makes_too_few_nodes_a_warning(run: Run, api: FakeApi, office: str) -> None:
    api.lists["/api/v1/nodes"] = api.lists["/api/v1/nodes"][:1]
    assert run("--kubeconfig", office).status == 1
    api.objects["/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status"] = {"metadata": {}}
    assert statuses(run("--kubeconfig", office, "--json"))["CLUSTER-CAPACITY"] == "warn"


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ([], "fail"),
        ([{}], "unchecked"),
        ([{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 443}]}], "warn"),
        ([{"to": [{"podSelector": {}}]}], "fail"),
    ],
)
def test_policies_of_the_namespace_are_read(run: Run, api: FakeApi, office: str, rules: list[Any], status: str) -> None:
    spec = {"podSelector": {}, "policyTypes": ["Egress"], "egress": rules}
    path = "/apis/networking.k8s.io/v1/namespaces/sourcegraph/networkpolicies"
    api.lists[path] = [{"metadata": {"name": "theirs"}, "spec": spec}]
    assert statuses(run("--kubeconfig", office, "--json"))["CLUSTER-EGRESS"] == status


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_credential_plug_in_is_run_as_kubectl_runs_it(run: Run, api: FakeApi, tmp_path: Path, version: str) -> None:
    plugin = tmp_path / "plugin"
    plugin.write_text(
        f"""#!/bin/sh
case "$KUBERNETES_EXEC_INFO" in *client.authentication.k8s.io/{version}\\"*) ;; *) exit 3 ;; esac
echo '{{"kind": "ExecCredential", "status": {{"token": "{TOKEN}"}}}}'
"""
    )
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    user = {
        "exec": {
            "apiVersion": f"client.authentication.k8s.io/{version}",
            "command": "./plugin",
            "args": None,
            "env": None,
            "interactiveMode": "IfAvailable",
            "provideClusterInfo": True,
        }
    }
    assert run("--kubeconfig", str(kubeconfig(tmp_path / "k", api.url, user=user))).status == 0


def test_several_kubeconfigs_are_merged_and_the_first_wins(
    run: Run, api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kubeconfig(tmp_path / "first", api.url)
    second = kubeconfig(tmp_path / "second", "http://127.0.0.1:1")
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'missing'}:{first}:{second}")
    assert run().status == 0


def test_the_home_directorys_kubeconfig_is_the_default(run: Run, api: FakeApi, tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    kubeconfig(tmp_path / ".kube" / "config", api.url)
    assert run().status == 0


def test_the_context_of_the_command_line_wins(run: Run, api: FakeApi, tmp_path: Path) -> None:
    path = str(kubeconfig(tmp_path / "k", api.url, context="elsewhere"))
    refused = run("--kubeconfig", path)
    assert refused.status == 1
    assert "no context 'office'; it has elsewhere" in refused.err
    assert run("--kubeconfig", path, "--context", "elsewhere").status == 0


def _plugin(**changes: str) -> dict[str, Any]:
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "/nonexistent/login"} | changes}


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ({"token": "CANARY-0ld"}, "does not know the user of the context 'office' (401)"),
        ({}, "(401)"),
        (_plugin(), "No such file or directory"),
        (_plugin(command="/bin/false"), "returned 1"),
        (_plugin(command="/bin/true"), "could not be had"),
        (_plugin(apiVersion="client.authentication.k8s.io/v9"), "not implemented"),
        ({"client-certificate": "missing.crt", "client-key": "missing.key"}, "cannot be used"),
    ],
)
def test_credentials_that_do_not_work_are_told(
    run: Run, api: FakeApi, tmp_path: Path, user: dict[str, Any], words: str
) -> None:
    done = run("--kubeconfig", str(kubeconfig(tmp_path / "k", api.url, user=user)))
    assert done.status == 1
    assert done.out == ""
    assert words in done.err
    assert "what to do: " in done.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("token: [CANARY", "cannot be read: ParserError"),
        ("- CANARY", "is not a kubeconfig"),
        ("{}", "has no context 'office'; it has none"),
        ('{"contexts": [{"name": "office", "context": {"cluster": "gone"}}]}', "'office' is not complete"),
        ('{"contexts": [{"name": "office", "context": null}]}', "'office' is not complete"),
    ],
)
def test_a_kubeconfig_that_says_too_little_is_told(run: Run, tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "k"
    path.write_text(text)
    done = run("--kubeconfig", str(path))
    assert done.status == 1
    assert words in done.err


def test_no_kubeconfig_at_all_is_told(run: Run, tmp_path: Path) -> None:
    done = run()
    assert done.status == 1
    assert f"there is no kubeconfig: {tmp_path}/.kube/config" in done.err


def test_an_address_without_a_server_is_told(run: Run, tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody listens on it, and nobody else gets it
        done = run("--kubeconfig", str(kubeconfig(tmp_path / "k", f"http://127.0.0.1:{held.getsockname()[1]}")))
    assert done.status == 1
    assert "does not answer" in done.err


@pytest.mark.parametrize(("status", "text"), [(200, "<html>login</html>"), (200, "{}"), (503, '{"message": "CANARY"}')])
def test_what_is_no_api_server_or_is_not_well_is_told(
    run: Run, api: FakeApi, office: str, status: int, text: str
) -> None:
    api.broken = {"/version": (status, text)}
    done = run("--kubeconfig", office)
    assert done.status == 1
    assert api.url in done.err


def test_a_profile_whose_answer_is_no_cluster_is_bad_input(run: Run, tmp_path: Path) -> None:
    document = profile("aws")
    document["hosting"] |= {"requires_cluster": False}
    document |= {
        "scale": {"users": 100, "repositories": 100, "code_gb": 5},
        "deployment": {},
        "sourcegraph_version": None,
    }
    document["hosting"] |= {"own_base_image": False}
    done = run(document=document)
    assert done.status == 2
    assert "allowed: the target kubernetes" in done.err


def test_a_cluster_of_our_own_that_now_exists_is_checked_in_the_current_context(run: Run, tmp_path: Path) -> None:
    needs = cluster_needs(plan("aws"))
    with served(good_api(needs)) as api:
        done = run("--kubeconfig", str(kubeconfig(tmp_path / "k", api.url)), "--json", document=profile("aws"))
    assert done.status == 0, done.out
    assert json.loads(done.out)["context"] == "office"


def test_several_profiles_get_a_line_each_and_the_worst_decides(
    run: Run, api: FakeApi, office: str, tmp_path: Path
) -> None:
    document = profile("on-premises", kubernetes={"context": "office", "storage_class": "slow"})
    other = tmp_path / "other.json"
    other.write_text(json.dumps(document))
    done = run(str(other), "--kubeconfig", office, "--json")
    assert done.status == 1
    assert [json.loads(line)["status"] for line in done.out.splitlines()] == ["pass", "fail"]
