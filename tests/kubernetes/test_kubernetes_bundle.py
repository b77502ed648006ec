"""The bundle of a Kubernetes plan: files, and a README whose commands are run here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.kubernetes import platform, release, sourcegraph
from recommender.errors import MoorageError
from recommender.host import Secret
from recommender.kubernetes.chart_keys import unknown_executor_keys, unknown_keys
from recommender.kubernetes.plan import ExecutorsPlan, KubernetesPlan, KubernetesSecret, SecretKey
from stacks.bundle_writer import look_at, write
from templates.bundle import Bundle, make_bundle
from templates.kubernetes.context import TOKEN
from tests.kubernetes.bundle_commands import blocks, calls, run, script, stand_ins
from tests.kubernetes.chart_preview import KUBERNETES, kubernetes_plan
from tests.kubernetes.plans import application_plan, cluster_plan, existing_cluster

OUTPUTS: dict[str, object] = {
    "kubeconfig": "apiVersion: v1\nkind: Config",
    "network_id": "vpc-0a1b2c3d",
    "certificate": "arn:aws:acm:us-east-1:123456789012:certificate/0f0e0d0c",
    "bucket": "acme-sourcegraph-1a2b",
    "kms_key": "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c",
    "roles": {"object-storage": "arn:aws:iam::123456789012:role/acme-pods-object-storage-1a2b"},
    "hosts": {key: f"{key}.rds.example" for key in ("pgsql", "codeintel", "codeinsights")},
    "secrets": {
        name: f"arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!{name}-AbCdEf"
        for name in (*(f"{key}-password" for key in ("pgsql", "codeintel", "codeinsights")), "redis-cache-endpoint", "redis-store-endpoint")
    },
}  # fmt: skip


def of(application: Any) -> KubernetesPlan:
    cluster = cluster_plan(application.provider) if application.own_cluster else None
    return KubernetesPlan(application.name, cluster, application, (), ())


def readme(bundle: Bundle) -> str:
    return bundle.generated[0].text


def written(bundle: Bundle, directory: Path) -> Path:
    write(look_at(bundle, directory, overwrite=False))
    return directory


def installed(bundle: Bundle, tmp_path: Path, typed: str = "", outputs: dict[str, object] = OUTPUTS) -> list[list[str]]:
    """Runs the whole README but the removal; the words of each call of kubectl and Helm."""
    text = script(readme(bundle), "Change", "Uninstall")
    if "| jq" in text and shutil.which("jq") is None:
        pytest.skip("jq is not installed; .ci/run installs it")
    done = run(text, written(bundle, tmp_path / "bundle"), stand_ins(tmp_path, outputs), typed)
    assert done.returncode == 0, done.stderr
    return [[str(call["name"]), *call["words"]] for call in calls(tmp_path)]


@pytest.mark.parametrize("case", KUBERNETES)
def test_the_same_plan_gives_the_same_bytes_and_every_block_is_valid_bash(case):
    bundle = make_bundle(kubernetes_plan(case))
    assert bundle == make_bundle(kubernetes_plan(case))
    assert bundle.generated[0].path == "README.md"
    assert len(blocks(readme(bundle))) >= 8
    for _, block in blocks(readme(bundle)):
        done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + block
        assert "\n\n" not in block, "a command that is left out leaves no gap"
    assert "\n\n\n" not in readme(bundle)
    assert "None" not in readme(bundle)


@pytest.mark.parametrize("case", KUBERNETES)
def test_the_manifest_tells_every_generated_file(case, tmp_path):
    directory = written(make_bundle(kubernetes_plan(case)), tmp_path / "bundle")
    done = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "manifest.sha256"], cwd=directory, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    listed = {line[66:] for line in (directory / "manifest.sha256").read_text().splitlines()}
    assert {str(path.relative_to(directory)) for path in directory.rglob("*.yaml")} - listed == {
        f"user/{file}" for file in ("values.yaml", "executors-values.yaml") if (directory / "user" / file).exists()
    }


@pytest.mark.parametrize("case", KUBERNETES)
def test_everything_is_applied_once_in_an_order_that_can_work(case, tmp_path):
    plan = kubernetes_plan(case)
    words = installed(make_bundle(plan), tmp_path, typed="first value\nsecond value\n")
    applied = [
        word for call in words if call[0] == "kubectl" and "apply" in call for word in call if word.endswith(".yaml")
    ]
    names = [Path(word).name for word in applied]
    directory = tmp_path / "bundle/manifests"
    assert sorted(names) == sorted(path.name for path in directory.iterdir())
    kinds = {path.name: yaml.safe_load(path.read_text())["kind"] for path in directory.iterdir()}
    assert [kinds[name] for name in names if kinds[name] == "Namespace"] == [kinds[name] for name in names][
        : list(kinds.values()).count("Namespace")
    ]
    installs = [call for call in words if call[0] == "helm" and "upgrade" in call]
    releases = [call[call.index("--install") + 1] for call in installs]
    expected = [chart.name for chart in plan.application.charts] + ["sourcegraph"]
    executors = plan.application.executors
    if executors:
        expected.append("sourcegraph-executor-dind" if executors.kind == "dind" else "sourcegraph-executor-k8s")
    assert releases == expected
    if "external-secrets" in releases:
        operator = words.index(installs[releases.index("external-secrets")])
        secrets = [
            index for index, call in enumerate(words) if any(word.endswith("-secret-store.yaml") for word in call)
        ]
        assert secrets == [] or operator < secrets[0] < words.index(installs[releases.index("sourcegraph")])


@pytest.mark.parametrize("case", KUBERNETES)
def test_every_command_is_for_the_plans_cluster_and_namespace(case, tmp_path):
    application = kubernetes_plan(case).application
    words = installed(make_bundle(kubernetes_plan(case)), tmp_path, typed="first value\nsecond value\n")
    for call in words:
        option = {"kubectl": "--context", "helm": "--kube-context"}.get(call[0])
        if option and application.context and call[1] != "version":
            assert call[1:3] == [option, application.context], call
        assert call[0] not in ("kubectl", "helm") or application.context or option not in call
        if call[0] == "helm" and "upgrade" in call:
            assert call[call.index("--namespace") + 1]
            assert {"--atomic", "--cleanup-on-fail", "--wait", "--wait-for-jobs"} <= set(call)


def test_what_only_the_cluster_stack_knows_is_filled_into_copies(tmp_path):
    bundle = make_bundle(of(application_plan()))
    assert any(TOKEN.search(file.text) for file in bundle.generated)
    words = installed(bundle, tmp_path)
    filled = tmp_path / "bundle/user/filled"
    texts = {str(path.relative_to(filled)): path.read_text() for path in filled.rglob("*") if path.is_file()}
    assert not any("${" in text for text in texts.values())
    assert "vpc-0a1b2c3d" in texts["platform/aws-load-balancer-controller.yaml"]
    [storage_class] = [text for path, text in texts.items() if path.endswith("-storage-class.yaml")]
    assert "key/0f0e0d0c" in storage_class
    assert "role/acme-pods-object-storage-1a2b" in texts["values.yaml"]
    assert "codeintel.rds.example" in "".join(texts.values())
    assert "rds!pgsql-password-AbCdEf" in "".join(texts.values())
    given = [word for call in words for word in call if word.endswith(".yaml")]
    assert all(word.startswith("user/") for word in given)
    assert (tmp_path / "bundle/user/kubeconfig").read_text().startswith("apiVersion")
    look_at(bundle, tmp_path / "bundle", overwrite=False)  # what was filled in is no edit of a generated file


@pytest.mark.parametrize("missing", ["bucket", "hosts"])
def test_a_stack_without_an_output_stops_before_anything_is_applied(missing, tmp_path):
    outputs = OUTPUTS | {missing: {} if missing == "hosts" else ""}
    bundle = make_bundle(of(application_plan()))
    done = run(script(readme(bundle)), written(bundle, tmp_path / "bundle"), stand_ins(tmp_path, outputs))
    assert done.returncode != 0
    assert "the stack has no" in done.stderr
    assert not any("apply" in call["words"] for call in calls(tmp_path))


def test_secrets_are_asked_for_and_end_up_in_the_cluster_alone(tmp_path):
    words = installed(
        make_bundle(kubernetes_plan("kubernetes-on-premises")), tmp_path, typed="CANARY one\nCANARY'$(two)\\n\n"
    )
    made = [call for call in calls(tmp_path) if "create" in call["words"]]
    assert [call["files"] for call in made] == [{"endpoint": "CANARY one"}, {"endpoint": "CANARY'$(two)\\n"}]
    assert "CANARY" not in json.dumps(words)
    everywhere = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "log"]
    assert not any("CANARY" in path.read_text() for path in everywhere if path.parent.name != "programs")


def test_values_of_managed_services_are_taken_from_the_store_where_nothing_fetches_them(tmp_path):
    plan = application_plan(external_secrets=False, executors=None)
    installed(make_bundle(of(plan)), tmp_path)
    made = {
        call["words"][call["words"].index("generic") + 1]: call for call in calls(tmp_path) if "create" in call["words"]
    }
    assert set(made) == {secret.name for secret in plan.secrets}
    assert made["sourcegraph-pgsql"]["files"] == {"host": "pgsql.rds.example", "password": "CANARY-of-the-store"}
    assert "--from-literal=sslmode=require" in made["sourcegraph-pgsql"]["words"]


def test_secrets_that_exist_are_told_with_the_command_that_makes_them(tmp_path):
    plan = existing_cluster(private_ca_secret="acme-ca", image_pull_secret="registry")
    text = readme(make_bundle(of(plan)))
    assert "create secret tls sourcegraph-tls --cert=tls.crt --key=tls.key" in text
    assert "create secret generic acme-ca --from-file=ca.crt=ca.crt" in text
    assert (
        "create secret generic registry --type=kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson=config.json"
        in text
    )
    assert plan.ingress is not None
    issued = replace(plan, ingress=replace(plan.ingress, cluster_issuer="internal-ca"))
    assert "create secret tls" not in readme(make_bundle(of(issued)))


def test_a_file_of_credentials_is_copied_not_typed():
    keys = (SecretKey("credentials", source=Secret("credentials", "the service account's key", None, multiline=True)),)
    plan = existing_cluster(secrets=(KubernetesSecret("sourcegraph-object-storage", keys),))
    text = readme(make_bundle(of(plan)))
    assert 'cp "$HOME/credentials" "$secrets/credentials"' in text
    assert "ask credentials" not in text


def test_the_secret_of_native_executors_has_the_name_that_their_chart_reads():
    executors = application_plan().executors
    assert isinstance(executors, ExecutorsPlan)
    secret = KubernetesSecret(
        "whatever", (SecretKey("EXECUTOR_FRONTEND_PASSWORD", source=Secret("p", "the password", None)),)
    )
    native = replace(executors, kind="native", queues=("batches",), secret=secret)
    text = readme(make_bundle(of(existing_cluster(executors=native))))
    assert "--namespace sourcegraph-executors create secret generic executor-batches" in text


def helm_upgrade(bundle: Bundle, tmp_path: Path, chart: str = "sourcegraph") -> list[str]:
    words = installed(bundle, tmp_path)
    return next(call[call.index("--install") + 1 :] for call in words if call[0] == "helm" and chart in call)


def test_the_chart_comes_from_a_repository_a_registry_or_a_file(tmp_path):
    plan = existing_cluster(ingress=None)
    tail = ["--values", "values.yaml", "--values", "user/values.yaml", "--atomic", "--cleanup-on-fail", "--wait", "--wait-for-jobs", "--timeout", "3600s", "--history-max", "10"]  # fmt: skip
    sources = {
        "repository": ({}, ["sourcegraph", "--repo", "https://helm.sourcegraph.com/release", "--version", "7.6.0"]),
        "registry": ({"chart_repository": "oci://registry.acme.example/charts/"}, ["oci://registry.acme.example/charts/sourcegraph", "--version", "7.6.0"]),
        "file": ({"chart_file": "vendor/sourcegraph-7.6.0.tgz"}, ["vendor/sourcegraph-7.6.0.tgz"]),
    }  # fmt: skip
    for name, (changes, expected) in sources.items():
        (tmp_path / name).mkdir()
        found = helm_upgrade(make_bundle(of(replace(plan, **changes))), tmp_path / name)
        assert found == ["sourcegraph", *expected, *tail]


def test_timeouts_and_history_are_those_of_the_pulumi_program():
    text = readme(make_bundle(of(application_plan())))
    constants = (platform._TIMEOUT_SECONDS, sourcegraph._TIMEOUT_SECONDS, sourcegraph._EXECUTORS_TIMEOUT_SECONDS)
    told = re.findall(r"--wait-for-jobs --timeout (\d+)s --history-max (\d+)", text)
    assert {int(timeout) for timeout, _ in told} == set(constants)
    assert {int(history) for _, history in told} == {release._HISTORY}


@pytest.mark.parametrize(
    "changes",
    [{"context": "a; rm -rf /"}, {"chart_file": "a b.tgz"}, {"chart_repository": "https://x/$(id)"}, {"namespace": "A B"}, {"image_pull_secret": "x;y"}],
)  # fmt: skip
def test_a_value_that_has_no_business_in_a_command_is_refused(changes: dict[str, Any]):
    with pytest.raises(MoorageError, match=next(iter(changes)).split("_")[0]):
        make_bundle(of(replace(existing_cluster(), **changes)))


def test_the_customers_own_values_are_kept_and_their_example_is_read_by_the_chart(tmp_path):
    bundle = make_bundle(of(application_plan()))
    texts = {file.path: file.text for file in bundle.user}
    examples = {path: yaml.safe_load(re.sub("^# ", "", text.split("Example:\n")[1].replace("{}\n", ""), flags=re.MULTILINE)) for path, text in texts.items()}  # fmt: skip
    assert unknown_keys(examples["user/values.yaml"], "7.6.0") == ()
    for kind in ("dind", "native"):
        assert unknown_executor_keys(examples["user/executors-values.yaml"], kind, "7.6.0") == ()
    assert [yaml.safe_load(text) for text in texts.values()] == [{}, {}]
    own = written(bundle, tmp_path / "bundle") / "user/values.yaml"
    own.write_text("frontend: {replicaCount: 3}\n")
    other = make_bundle(of(application_plan(executors=None)))
    assert look_at(other, tmp_path / "bundle", overwrite=False).outcome == "renewed"
    written(other, tmp_path / "bundle")
    assert own.read_text() == "frontend: {replicaCount: 3}\n"
    assert not (tmp_path / "bundle/executors-values.yaml").exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "every claim in them"),
        (
            {"version": "7.2.0"},
            "All others, of databases too, go with the release",
        ),  # storageAnnotations came with 7.3.0
        ({"keep": False}, "All others, of databases too, go with the release"),
    ],
)
def test_what_stays_after_an_uninstallation_is_told_as_the_chart_has_it(changes: dict[str, Any], told: str):
    assert told in readme(make_bundle(of(existing_cluster(**changes))))


def test_rolling_back_and_uninstalling_are_commands_too(tmp_path):
    bundle = make_bundle(of(existing_cluster()))
    text = "\n".join(block for title, block in blocks(readme(bundle)) if title.startswith(("Change", "Uninstall")))
    assert run(text, written(bundle, tmp_path / "bundle"), stand_ins(tmp_path, OUTPUTS)).returncode == 0
    words = [call["words"] for call in calls(tmp_path)]
    start = ["--kube-context", "office", "--namespace", "sourcegraph"]
    assert [*start, "history", "sourcegraph"] in words
    assert [*start, "rollback", "sourcegraph", "--cleanup-on-fail", "--wait", "--timeout", "3600s"] in words
    assert [*start, "uninstall", "sourcegraph", "--wait", "--timeout", "600s"] in words
    deleted = next(call for call in words if "delete" in call)
    assert not any("namespace" in word for word in deleted if word.endswith(".yaml"))
