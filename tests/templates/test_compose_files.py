"""What is rendered for Docker Compose: limits, published ports, services of their own, TLS, and nothing that breaks out."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import MoorageError
from recommender.host import External, HostPlan, Proxy, Service
from templates.compose_files import files
from templates.compose_services import SERVICE_NAMES
from tests.templates.compose_plans import (
    DATABASES,
    EXECUTORS,
    GCS,
    PROXY,
    REDIS,
    S3,
    S3_ELSEWHERE,
    TLS,
    compose_plan,
    compose_plans,
)

_STAND_IN = Path(__file__).with_name("vendor_compose.yaml")
VENDOR_FILE = Path(os.environ.get("MOORAGE_VENDOR_COMPOSE", _STAND_IN))
"""The vendor's own file where somebody has it at hand; else what stands in for it."""

_CONFIG = "/etc/moorage/docker-compose"
_GB = 1024
HOSTILE = [
    "a'b",
    'a"b',
    "$(id)",
    "`id`",
    "a\nb",
    "{{ x }}",
    "!!python/object:x",
    "-rf",
    "a b",
    "a;b",
    "${HOME}",
    "a#b",
    "",
]


class _Tagged:
    """A value that Compose is told to reset or to take as it is."""

    def __init__(self, tag: str, value: Any) -> None:
        self.tag, self.value = tag, value


class _Loader(yaml.SafeLoader):
    pass


def _tagged(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> _Tagged:
    if isinstance(node, yaml.MappingNode):
        return _Tagged(tag, loader.construct_mapping(node, deep=True))
    return _Tagged(tag, loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else None)


_Loader.add_multi_constructor("!", _tagged)


def text(plan: HostPlan, name: str) -> str:
    (found,) = [file.text for file in files(plan) if file.path == name or file.path == f"{_CONFIG}/{name}"]
    return found


def override(plan: HostPlan) -> dict[str, Any]:
    return yaml.load(text(plan, "docker-compose.override.yaml"), _Loader)


def services(plan: HostPlan) -> dict[str, Any]:
    """Of each service what the override says; None of one that is removed."""
    return {
        name: None if isinstance(service, _Tagged) else service for name, service in override(plan)["services"].items()
    }


def environment(plan: HostPlan, name: str) -> dict[str, str]:
    return services(plan)[name].get("environment", {})


def test_every_service_of_the_vendor_has_limits():
    vendor = yaml.safe_load(VENDOR_FILE.read_text())["services"]
    assert set(services(compose_plan())) == set(vendor)
    assert set(SERVICE_NAMES) == {*vendor, "executor"}


_SIZES = st.builds(
    Service,
    key=st.just("syntacticCodeIntel"),
    replicas=st.integers(1, 20),
    cpu_request=st.just(0.1),
    cpu_limit=st.floats(0.1, 64).map(lambda cpus: round(cpus, 1)),
    memory_request_gb=st.just(0.1),
    memory_limit_gb=st.floats(0.5, 256).map(lambda memory: round(memory, 1)),
    storage_gb=st.just(0),
)


@given(size=_SIZES, vcpu=st.integers(1, 96), memory=st.integers(4, 384))
def test_no_limit_is_more_than_the_machine_has(size: Service, vcpu: int, memory: int):
    others = [service for service in compose_plan().services if service.key != size.key]
    plan = compose_plan(services=(*others, size), vcpu=vcpu, memory_gb=memory, executors=EXECUTORS)
    made = services(plan)
    for service in made.values():
        assert 0 < service["cpus"] <= vcpu
        assert 0 < int(service["mem_limit"].removesuffix("m")) <= memory * _GB
    one = made["syntactic-code-intel-worker"]
    assert one["cpus"] == pytest.approx(min(vcpu, size.replicas * size.cpu_limit), rel=1e-4)
    assert one["mem_limit"] == f"{min(memory * _GB, round(size.replicas * size.memory_limit_gb * _GB))}m"


def test_redis_is_not_held_below_what_its_own_settings_let_it_grow_to():
    assert services(compose_plan())["redis-store"]["mem_limit"] == f"{7 * _GB}m"


def test_only_caddy_is_published_to_the_world():
    for words, plan in compose_plans().items():
        for name, service in services(plan).items():
            ports = service["ports"].value if service and "ports" in service else []
            assert name == "caddy" or all(port.startswith("127.0.0.1:") for port in ports), (words, name)
        expected = ["80:80"] if plan.tls.mode == "none" else ["80:80", "443:443"]
        caddy = services(plan)["caddy"]["ports"]
        assert (caddy.tag, caddy.value) == ("override", expected), words
        assert services(plan)["prometheus"]["ports"].tag == "override"


def test_databases_of_their_own_replace_the_bundled_ones_everywhere():
    plan = compose_plan(external=External(databases=DATABASES))
    made = services(plan)
    removed = {name for name, service in made.items() if service is None}
    assert removed == {
        f"{name}{end}" for name in ("pgsql", "codeintel-db", "codeinsights-db") for end in ("", "-exporter")
    }
    for name in ("migrator", "sourcegraph-frontend-0", "sourcegraph-frontend-internal"):
        variables = environment(plan, name)
        for prefix, key in (("", "pgsql"), ("CODEINTEL_", "codeintel"), ("CODEINSIGHTS_", "codeinsights")):
            assert variables[f"{prefix}PGHOST"] == f"{key}.db.example"
            assert variables[f"{prefix}PGSSLMODE"] == "require"
            assert variables[f"{prefix}PGDATASOURCE"] == ""
            assert variables[f"{prefix}PGPASSWORD"].startswith(f"${{MOORAGE_{key.upper()}_PASSWORD:?")
    assert made["migrator"]["depends_on"].tag == "reset"
    assert list(made["sourcegraph-frontend-internal"]["depends_on"].value) == ["migrator"]


def test_redis_of_their_own_reaches_every_service_that_uses_it():
    plan = compose_plan(external=External(redis=REDIS))
    assert {name for name, service in services(plan).items() if service is None} == {"redis-cache", "redis-store"}
    for name in ("sourcegraph-frontend-0", "sourcegraph-frontend-internal", "gitserver-0", "searcher-0", "worker"):
        assert environment(plan, name)["REDIS_STORE_ENDPOINT"].startswith("${MOORAGE_REDIS_STORE_ENDPOINT:?")


@pytest.mark.parametrize(
    ("storage", "endpoint"), [(S3, ""), (S3_ELSEWHERE, "https://minio.acme.example:9000"), (GCS, "")]
)
def test_no_variable_points_at_the_blobstore_once_it_is_gone(storage: Any, endpoint: str):
    plan = compose_plan(external=External(object_storage=storage))
    assert services(plan)["blobstore"] is None
    for name, service in services(plan).items():
        variables = (service or {}).get("environment", {})
        for prefix in ("SOURCEGRAPH_UPLOAD_", "PRECISE_CODE_INTEL_UPLOAD_"):
            if f"{prefix}BACKEND" in variables:
                assert variables[f"{prefix}BACKEND"] == storage.kind.upper(), name
                assert variables[f"{prefix}AWS_ENDPOINT"] == endpoint, name
                assert variables[f"{prefix}BUCKET"] == "acme-uploads", name
    users = {
        name
        for name, service in services(plan).items()
        if "SOURCEGRAPH_UPLOAD_BACKEND" in (service or {}).get("environment", {})
    }
    assert len(users) == 7


def test_executors_run_at_the_version_of_the_instance_and_only_when_asked_for():
    assert "executor" not in services(compose_plan())
    plan = compose_plan(executors=EXECUTORS)
    executor = services(plan)["executor"]
    assert executor["image"] == "index.docker.io/sourcegraph/executor:7.5.4453"
    variables = environment(plan, "executor")
    assert variables["EXECUTOR_QUEUE_NAMES"] == "batches,codeintel"
    assert variables["EXECUTOR_FRONTEND_PASSWORD"].startswith("${MOORAGE_EXECUTORS_PASSWORD:?")
    scratch = [mount["source"] for mount in executor["volumes"] if mount["target"] == variables["TMPDIR"]]
    assert scratch == [variables["EXECUTOR_DOCKER_HOST_MOUNT_PATH"]]


def test_a_proxy_is_for_those_who_call_out_and_never_for_the_services_themselves():
    plan = compose_plan(proxy=PROXY, executors=EXECUTORS, tls=TLS["lets-encrypt"])
    proxied = {name for name in services(plan) if "HTTPS_PROXY" in environment(plan, name)}
    frontends = {"sourcegraph-frontend-0", "sourcegraph-frontend-internal"}
    assert proxied == frontends | {"gitserver-0", "migrator", "worker", "executor", "caddy"}
    direct = environment(plan, "worker")["NO_PROXY"].split(",")
    assert {*SERVICE_NAMES, "git.acme.example", "169.254.169.254"} <= set(direct)
    assert 'Environment="HTTPS_PROXY=http://proxy.acme.example:3128"' in text(plan, "docker.conf")
    assert "PROXY" not in text(compose_plan(), "docker.conf")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_value_is_refused_wherever_it_stands(hostile: str):
    database = DATABASES[0]
    for plan in (
        compose_plan(version=hostile),
        compose_plan(domain=hostile),
        compose_plan(tls=replace(TLS["lets-encrypt"], email=hostile or "@")),
        compose_plan(proxy=Proxy(hostile, ())),
        compose_plan(proxy=replace(PROXY, no_proxy=(hostile,))),
        compose_plan(sources=replace(compose_plan().sources, registry=hostile or "-")),
        compose_plan(external=External(databases=(replace(database, host=hostile),))),
        compose_plan(external=External(databases=(replace(database, user=hostile),))),
        compose_plan(external=External(databases=(replace(database, database=hostile),))),
        compose_plan(
            external=External(databases=(replace(database, password=replace(database.password, name=hostile)),))
        ),
        compose_plan(external=External(object_storage=replace(S3, bucket=hostile))),
        compose_plan(external=External(object_storage=replace(S3, region=hostile))),
        compose_plan(external=External(object_storage=replace(S3, endpoint=hostile or "-"))),
        compose_plan(external=External(object_storage=replace(GCS, project=hostile))),
        compose_plan(executors=replace(EXECUTORS, queues=(hostile,))),
    ):
        with pytest.raises(MoorageError, match="boot data may not contain"):
            files(plan)


def test_the_daemon_keeps_its_data_on_the_data_disk_and_its_logs_small():
    plan = compose_plan(sources=replace(compose_plan().sources, registry="registry.acme.example:5000"))
    settings = json.loads(text(plan, "daemon.json"))
    assert settings["data-root"] == "/mnt/data/docker"
    assert settings["registry-mirrors"] == ["https://registry.acme.example:5000"]
    assert settings["log-opts"]["max-size"]
    assert "registry-mirrors" not in json.loads(text(compose_plan(), "daemon.json"))
    assert "RequiresMountsFor=/mnt/data" in text(plan, "docker.conf")


def test_the_project_keeps_its_name_and_the_vendor_s_file_comes_first():
    lines = dict(line.split("=", 1) for line in text(compose_plan(), ".env").splitlines() if not line.startswith("#"))
    assert lines["COMPOSE_PROJECT_NAME"] == "docker-compose"
    assert lines["COMPOSE_FILE"].split(":") == [
        "/opt/sourcegraph/vendor-7.5.4453/docker-compose/docker-compose.yaml",
        f"{_CONFIG}/docker-compose.override.yaml",
    ]


def test_caddy_starts_anew_when_its_file_or_its_certificate_changes():
    labels = services(compose_plan(tls=TLS["certificate"]))["caddy"]["labels"]
    assert labels["moorage.certificate"].startswith("${MOORAGE_CERTIFICATE:?")
    other = services(compose_plan(tls=TLS["certificate"], domain="other.example"))["caddy"]["labels"]
    assert labels["moorage.caddyfile"] != other["moorage.caddyfile"]


def test_who_may_say_where_a_request_came_from():
    assert "trusted_proxies" not in text(compose_plan(), "Caddyfile")
    for platform, ranges in (("aws", "private_ranges"), ("gcp", "private_ranges 35.191.0.0/16 130.211.0.0/22")):
        assert f"trusted_proxies {ranges}\n" in text(compose_plan(platform=platform), "Caddyfile")
    assert "0.0.0.0/0" not in "".join(text(plan, "Caddyfile") for plan in compose_plans().values())


def test_browsers_are_bound_to_https_only_where_they_trust_the_certificate():
    assert "Strict-Transport-Security" not in text(compose_plan(), "Caddyfile")
    assert "Strict-Transport-Security" not in text(compose_plan(tls=TLS["none"]), "Caddyfile")
    for plan in (compose_plan(platform="aws"), compose_plan(tls=TLS["certificate"])):
        assert "Strict-Transport-Security" in text(plan, "Caddyfile")


def _plain(value: Any) -> Any:
    """What the override means without Compose's own tags: what is reset is not there."""
    if isinstance(value, _Tagged):
        return _plain(value.value)
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if not (isinstance(item, _Tagged) and item.tag == "reset")}
        return {key: _plain(item) for key, item in kept.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _schema() -> dict[str, Any]:
    """The Compose specification's schema, which check-jsonschema brings along."""
    found = importlib.util.find_spec("check_jsonschema")
    if found is None or not found.submodule_search_locations:
        pytest.skip("check-jsonschema is not installed, which brings the schema of the Compose specification")
    place = Path(found.submodule_search_locations[0], "builtin_schemas/vendor/compose-spec.json")
    return json.loads(place.read_text(encoding="utf-8"))


def test_the_override_is_a_compose_file_by_the_specification():
    validator = jsonschema.Draft202012Validator(_schema())
    for words, plan in compose_plans().items():
        problems = [error.message for error in validator.iter_errors(_plain(override(plan)))]
        assert not problems, words


def _merged(plan: HostPlan, directory: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """What Compose makes of the vendor's file and ours, and the secrets that it was given."""
    secrets = {f"MOORAGE_{secret.name.upper().replace('-', '_')}": f"value of {secret.name}" for secret in plan.secrets}
    secrets["MOORAGE_CERTIFICATE"] = "a digest"
    ours, env = directory / "ours.yaml", directory / "secrets.env"
    ours.write_text(text(plan, "docker-compose.override.yaml"))
    env.write_text("".join(f'{name}="{value}"\n' for name, value in secrets.items()))
    command = [
        "docker-compose",
        "--env-file",
        env,
        "-p",
        "x",
        "-f",
        VENDOR_FILE,
        "-f",
        ours,
        "config",
        "--format",
        "json",
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory)
    assert result.returncode == 0, result.stderr
    assert not [line for line in result.stderr.splitlines() if "`version` is obsolete" not in line], result.stderr
    return json.loads(result.stdout), secrets


def _differences(merged: dict[str, Any], plan: HostPlan, secrets: dict[str, str]) -> list[str]:
    """Every key of the override that Compose did not take over."""
    found: list[str] = []

    def same(where: str, wanted: Any, given: Any) -> None:
        if wanted != given:
            found.append(f"{where}: {wanted!r} became {given!r}")

    def filled(value: str) -> str:
        name = value.removeprefix("${").split(":?")[0]
        return secrets[name] if value.startswith("${") else value

    for name, service in override(plan)["services"].items():
        if isinstance(service, _Tagged):
            same(name, False, name in merged["services"])
            continue
        given = merged["services"][name]
        for key, wanted in service.items():
            at = f"{name}.{key}"
            match key:
                case "environment" | "labels":
                    for variable, value in wanted.items():
                        same(f"{at}.{variable}", filled(value), given[key].get(variable))
                case "volumes":
                    for mount in wanted:
                        same(at, [mount["source"]], [m["source"] for m in given[key] if m["target"] == mount["target"]])
                case "ports":
                    ports = [
                        ":".join(filter(None, (p.get("host_ip"), p["published"], str(p["target"])))) for p in given[key]
                    ]
                    same(at, sorted(wanted.value), sorted(ports))
                case "depends_on":
                    same(at, sorted(wanted.value or {}), sorted(given.get(key, {})))
                case "mem_limit":
                    same(at, int(wanted.removesuffix("m")) << 20, int(given[key]))
                case "stop_grace_period":
                    same(at, wanted, given[key].replace("1m0s", "60s"))
                case "networks":
                    same(at, wanted, list(given[key]))
                case _:
                    same(at, wanted, given.get(key))
    return found


@pytest.mark.real_tool("docker-compose")
@pytest.mark.parametrize(
    "words", ["self-signed bundled", "certificate all executors proxy", "lets-encrypt s3 proxy", "none postgres"]
)
def test_every_key_of_the_override_takes_effect(words: str, tmp_path: Path):
    plan = compose_plans()[words]
    merged, secrets = _merged(plan, tmp_path)
    assert _differences(merged, plan, secrets) == []
    for name, service in merged["services"].items():
        assert set(service.get("depends_on", {})) <= set(merged["services"]), name
        published = [port.get("host_ip") for port in service.get("ports", [])]
        assert name == "caddy" or set(published) <= {"127.0.0.1"}, name


@pytest.mark.slow
@pytest.mark.real_tool("docker-compose")
def test_every_key_takes_effect_in_every_combination(tmp_path: Path):
    for words, plan in compose_plans().items():
        merged, secrets = _merged(plan, tmp_path)
        assert _differences(merged, plan, secrets) == [], words


@pytest.mark.real_tool("caddy")
@pytest.mark.parametrize("mode", TLS)
def test_caddy_itself_accepts_its_file(mode: str, tmp_path: Path):
    for plan in (compose_plan(tls=TLS[mode]), compose_plan(tls=TLS[mode], platform="gcp")):
        made = tmp_path / "Caddyfile"
        made.write_text(text(plan, "Caddyfile"))
        command = ["caddy", "adapt", "--adapter", "caddyfile", "--config", str(made)]
        env = {"SRC_FRONTEND_ADDRESSES": "frontend:3080", "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        result = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        assert result.returncode == 0, result.stderr
        assert "not formatted" not in result.stderr
        assert json.loads(result.stdout)["apps"]["http"]["servers"]
