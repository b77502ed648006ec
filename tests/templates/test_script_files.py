"""The files of the install script: values that the chart knows and that fit the machine, whatever the plan says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.host import Database, External, HostPlan, ObjectStorage, Proxy, Redis, Secret, Tls
from recommender.host_plan import fitted
from recommender.sizing import Load
from recommender.sizing.estimator import estimate
from recommender.sizing.size_chart import CHART, Shape
from templates import script_files
from tests.plans import host_plan

# What the chart reads: sourcegraph/deploy-sourcegraph-helm@v6.12.5040 charts/sourcegraph/values.yaml and templates, read
# 2026-11-22. `*` stands for any name. `helm template` showed that each of them changes what the chart makes.
_SIZED = {"resources": {kind: {"cpu": "", "memory": ""} for kind in ("requests", "limits")}}
_REPLICATED = {**_SIZED, "replicaCount": ""}
_ENV = {
    "env": {"*": {"value": "", "valueFrom": {"secretKeyRef": {"name": "", "key": ""}, "fieldRef": {"fieldPath": ""}}}}
}
_ANNOTATIONS = (
    "kubernetes.io/ingress.class",
    "nginx.ingress.kubernetes.io/proxy-body-size",
    "traefik.ingress.kubernetes.io/router.entrypoints",
)
_INGRESS = {"ingress": {"annotations": dict.fromkeys(_ANNOTATIONS, ""), "ingressClassName": ""}}
_DATABASE = {**_SIZED, "enabled": "", "auth": {"existingSecret": ""}}
_REDIS = {**_SIZED, "enabled": "", "connection": {"existingSecret": ""}}
CHART_KEYS: dict[str, Any] = {
    "storageClass": {"create": "", "name": ""},
    "migrator": _ENV,
    "frontend": {**_REPLICATED, **_ENV, **_INGRESS},
    "gitserver": {**_REPLICATED, **_ENV},
    "worker": {**_REPLICATED, **_ENV},
    "preciseCodeIntel": {**_REPLICATED, **_ENV},
    "indexedSearch": _REPLICATED,
    "indexedSearchIndexer": _SIZED,
    "searcher": {**_REPLICATED, "storageSize": ""},
    "syntectServer": _REPLICATED,
    "prometheus": _SIZED,
    "blobstore": {**_SIZED, "enabled": ""},
    "pgsql": _DATABASE,
    "codeIntelDB": _DATABASE,
    "codeInsightsDB": _DATABASE,
    "redisCache": _REDIS,
    "redisStore": _REDIS,
}

# Requests of the pods that the plan does not size, CPUs and GB. The chart's (the same source): cadvisor, node-exporter,
# otel-collector, otel-agent, grafana, three database and two Redis exporters. k3s': coredns and metrics-server, 0.1 and
# 70Mi each (k3s-io/k3s manifests, unverified).
_CHARTS_OWN = (0.15 + 0.2 + 1 + 0.1 + 0.1 + 5 * 0.01, (200 + 100 + 1024 + 100 + 512 + 3 * 50 + 2 * 100) * 2**20 / 1e9)
_K3S_OWN = (0.2, 2 * 70 * 2**20 / 1e9)

LOADS = {
    "XS": Load(400, 900, 20, 5, 1, 0),
    "S": Load(900, 9_000, 200, 5, 1, 0),
    "M": Load(4_500, 45_000, 1_000, 10, 5, 0),
    "L": Load(9_500, 95_000, 2_000, 20, 10, 2),
    "XL": Load(19_000, 240_000, 5_000, 50, 20, 4),
}


def secret(name: str, *, multiline: bool = False) -> Secret:
    return Secret(name, "what", None, multiline)


DATABASES = (
    Database("pgsql", "one.db.example", 5432, "sg", "sg", "require", secret("pgsql-password")),
    Database("codeintel", "two.db.example", 5433, "sg", "sg", "verify-full", secret("codeintel-password")),
    Database("codeinsights", "three.db.example", 5434, "postgres", "app", "disable", secret("codeinsights-password")),
)
REDIS = Redis(secret("redis-cache-endpoint"), secret("redis-store-endpoint"))
S3 = ObjectStorage(
    "s3", "acme", "eu-west-1", None, None, secret("bucket-access-key"), secret("bucket-secret-key"), None
)
GCS = ObjectStorage("gcs", "acme", None, None, "acme-project", None, None, secret("bucket-credentials", multiline=True))
PROXY = Proxy("http://proxy.acme.example:3128", ("git.acme.example",))
TLS = {
    "self-signed": Tls("self-signed", None, None, None),
    "certificate": Tls(
        "certificate", None, secret("tls-certificate", multiline=True), secret("tls-key", multiline=True)
    ),
    "lets-encrypt": Tls("lets-encrypt", "ops@acme.example", None, None),
    "none": Tls("none", None, None, None),
}
VARIANTS: dict[str, dict[str, Any]] = {
    **{mode: {"tls": tls} for mode, tls in TLS.items()},
    "databases": {"external": External(databases=DATABASES)},
    "redis": {"external": External(redis=REDIS)},
    "s3": {"external": External(object_storage=S3)},
    "gcs": {"external": External(object_storage=GCS)},
    "proxy": {"proxy": PROXY},
    "everything": {"external": External(DATABASES, REDIS, S3), "proxy": PROXY, "tls": TLS["lets-encrypt"]},
}


def files_of(plan: HostPlan) -> dict[str, str]:
    return {file.path.removeprefix("/etc/moorage/install-script/"): file.text for file in script_files.files(plan)}


def values_of(plan: HostPlan) -> dict[str, Any]:
    return yaml.safe_load(files_of(plan)["values.yaml"])


def traefik_of(plan: HostPlan) -> dict[str, Any]:
    return yaml.safe_load(yaml.safe_load(files_of(plan)["traefik.yaml"])["spec"]["valuesContent"])


def unknown_keys(values: Any, known: Any, at: str = "") -> list[str]:
    if not isinstance(values, dict) or not isinstance(known, dict):
        return [] if not isinstance(values, dict) and known == "" else [at]
    found: list[str] = []
    for key, value in values.items():
        inner = known.get(key, known.get("*"))
        found += [f"{at}.{key}"] if inner is None else unknown_keys(value, inner, f"{at}.{key}")
    return found


def quantity(text: str) -> float:
    """CPUs, or GB."""
    return int(text[:-1]) / 1_000 if text[-1] in "mM" else float(text)


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS.keys())
def test_every_value_is_one_that_the_chart_reads(changes: dict[str, Any]) -> None:
    assert unknown_keys(values_of(host_plan(**changes)), CHART_KEYS) == []


def test_an_unknown_key_would_be_found() -> None:
    assert unknown_keys({"pgsql": {"replicaCount": 1}, "symbols": {}}, CHART_KEYS) == [
        ".pgsql.replicaCount",
        ".symbols",
    ]


@pytest.mark.parametrize("rung", CHART[:5], ids=lambda rung: rung.size)
@pytest.mark.parametrize("minimum", [False, True])
def test_all_pods_fit_the_machine_with_a_tenth_left(rung: Any, minimum: bool) -> None:
    shape: Shape = rung.minimum if minimum else rung.recommended
    plan = host_plan(
        size=rung.size,
        vcpu=shape.vcpu,
        memory_gb=shape.memory_gb,
        services=fitted(estimate(LOADS[rung.size]), shape),
    )
    values = values_of(plan)
    cpus, memory = (chart + k3s for chart, k3s in zip(_CHARTS_OWN, _K3S_OWN, strict=True))
    for key, service in values.items():
        if "resources" in service:
            # One pod holds both containers of the indexed search.
            replicas = values["indexedSearch" if key == "indexedSearchIndexer" else key].get("replicaCount", 1)
            cpus += replicas * quantity(service["resources"]["requests"]["cpu"])
            memory += replicas * quantity(service["resources"]["requests"]["memory"])
    assert cpus <= 0.9 * shape.vcpu
    assert memory <= 0.9 * shape.memory_gb


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 20_000), st.integers(1, 250_000), st.integers(1, 5_000), st.sampled_from(CHART[:5]))
def test_no_request_is_above_its_limit_and_no_limit_above_the_machine(
    users: int, repositories: int, code: int, rung: Any
) -> None:
    shape = rung.recommended
    services = fitted(estimate(Load(users, repositories, code, 1, 1, 0)), shape)
    values = values_of(host_plan(vcpu=shape.vcpu, memory_gb=shape.memory_gb, services=services))
    for service in values.values():
        for kind, most in (("cpu", shape.vcpu), ("memory", shape.memory_gb)):
            if "resources" in service:
                asked, limit = (quantity(service["resources"][part][kind]) for part in ("requests", "limits"))
                assert 0 < asked <= limit <= most


def test_redis_may_grow_to_what_its_own_settings_allow() -> None:
    values = values_of(host_plan())
    assert values["redisCache"]["resources"]["limits"]["memory"] == "7000M"
    assert values["redisStore"]["resources"]["limits"]["memory"] == "7000M"


def test_no_claim_changes_its_size_but_the_searchers() -> None:
    values = values_of(host_plan())
    assert [key for key, service in values.items() if "storageSize" in service] == ["searcher"]
    assert values["searcher"]["storageSize"] == "26Gi"  # the chart computes the cache from this, and only from Gi


def test_storage_is_what_k3s_brings_and_nothing_is_made_for_a_cloud() -> None:
    assert values_of(host_plan())["storageClass"] == {"create": False, "name": "local-path"}


@pytest.mark.parametrize("gone", ["symbols", "repoUpdater", "embeddings", "jaeger", "executor", "syntacticCodeIntel"])
def test_keys_that_the_release_does_not_know_and_services_that_stay_off_are_not_mentioned(gone: str) -> None:
    assert gone not in values_of(host_plan())


def test_external_services_are_switched_off_and_named_by_secrets_that_the_script_makes() -> None:
    plan = host_plan(external=External(DATABASES, REDIS, S3))
    values = values_of(plan)
    made = {line.split("\t")[0] for line in files_of(plan)["secrets.tsv"].splitlines()}
    for key, name in (("pgsql", "pgsql"), ("codeIntelDB", "codeintel"), ("codeInsightsDB", "codeinsights")):
        assert values[key] == {"enabled": False, "auth": {"existingSecret": f"sourcegraph-{name}"}}
    for key, name in (("redisCache", "redis-cache"), ("redisStore", "redis-store")):
        assert values[key] == {"enabled": False, "connection": {"existingSecret": f"sourcegraph-{name}"}}
    assert values["blobstore"] == {"enabled": False}
    named = {own["auth"]["existingSecret"] for own in values.values() if "auth" in own}
    named |= {own["connection"]["existingSecret"] for own in values.values() if "connection" in own}
    assert made == named | {"sourcegraph-object-storage"}


def test_a_database_secret_has_every_key_that_the_chart_asks_for() -> None:
    lines = files_of(host_plan(external=External(databases=DATABASES)))["secrets.tsv"].splitlines()
    rows = [tuple(line.split("\t")) for line in lines]
    assert [row[2:] for row in rows if row[0] == "sourcegraph-codeintel"] == [
        ("host", "value", "two.db.example"),
        ("port", "value", "5433"),
        ("database", "value", "sg"),
        ("user", "value", "sg"),
        ("sslmode", "value", "verify-full"),
        ("password", "secret", "codeintel-password"),
    ]
    assert all(len(row) == 5 and all(row) for row in rows)


@pytest.mark.parametrize("storage", [S3, GCS, replace(S3, endpoint="https://minio.acme.example:9000")])
def test_every_service_that_uses_the_bucket_is_told_where_it_is(storage: ObjectStorage) -> None:
    plan = host_plan(external=External(object_storage=storage))
    values = values_of(plan)
    uses = {"frontend": 2, "worker": 2, "preciseCodeIntel": 1}
    keys = {line.split("\t")[2] for line in files_of(plan)["secrets.tsv"].splitlines()}
    for key, prefixes in uses.items():
        env = values[key]["env"]
        assert len([name for name in env if name.endswith("_UPLOAD_BUCKET")]) == prefixes
        for name, entry in env.items():
            if "valueFrom" in entry:
                assert entry["valueFrom"]["secretKeyRef"]["key"] in keys
            elif name.endswith("_ENDPOINT"):
                assert entry["value"] == (storage.endpoint or "https://s3.eu-west-1.amazonaws.com")
            assert name.startswith(("PRECISE_CODE_INTEL_UPLOAD_", "SEARCH_JOBS_UPLOAD_"))
    assert [key for key, service in values.items() if "env" in service] == sorted(uses, key=list(values).index)


def test_services_that_call_out_take_the_proxy_and_reach_each_other_directly() -> None:
    values = values_of(host_plan(proxy=PROXY))
    for key in ("frontend", "gitserver", "worker", "migrator"):
        env = values[key]["env"]
        assert env["HTTPS_PROXY"] == env["HTTP_PROXY"] == {"value": PROXY.url}
        excepted = env["NO_PROXY"]["value"].split(",")
        for name in (
            "gitserver",
            "sourcegraph-frontend-internal",
            "pgsql",
            "10.42.0.0/16",
            "10.43.0.0/16",
            "git.acme.example",
        ):
            assert name in excepted
        assert excepted[-1] == "$(NODE_IP)"
        # Kubernetes fills a variable in only where it stands before; the chart sorts them by name.
        assert sorted(env).index("NODE_IP") < sorted(env).index("NO_PROXY")


@pytest.mark.parametrize("mode", TLS)
def test_one_entry_point_serves_and_plain_http_is_sent_to_https(mode: str) -> None:
    plan = host_plan(tls=TLS[mode])
    ingress = values_of(plan)["frontend"]["ingress"]
    entry_point = ingress["annotations"]["traefik.ingress.kubernetes.io/router.entrypoints"]
    arguments = traefik_of(plan)["additionalArguments"]
    redirects = [argument for argument in arguments if "redirections" in argument]
    assert entry_point == ("web" if mode == "none" else "websecure")
    assert bool(redirects) == (mode != "none")
    assert "host" not in ingress  # the load balancers' health checks come by address
    for name in ("web", "websecure"):
        assert f"--entrypoints.{name}.transport.respondingtimeouts.readtimeout=300s" in arguments
        assert f"--entrypoints.{name}.transport.respondingtimeouts.idletimeout=620s" in arguments


def test_lets_encrypt_keeps_its_certificate_on_the_data_disk() -> None:
    values = traefik_of(host_plan(tls=TLS["lets-encrypt"], proxy=PROXY))
    arguments = values["additionalArguments"]
    assert "--entrypoints.websecure.http.tls.domains[0].main=sourcegraph.acme.example" in arguments
    assert "--certificatesresolvers.letsencrypt.acme.email=ops@acme.example" in arguments
    assert values["persistence"] == {"enabled": True, "size": "128Mi"}
    assert {"name": "HTTPS_PROXY", "value": PROXY.url} in values["env"]


def test_an_own_certificate_is_served_for_every_name() -> None:
    plan = host_plan(tls=TLS["certificate"])
    store = yaml.safe_load(files_of(plan)["certificate.yaml"])
    assert store["spec"]["defaultCertificate"]["secretName"] == "sourcegraph-tls"
    assert "sourcegraph-tls\tkubernetes.io/tls\ttls.key\tsecret\ttls-key\n" in files_of(plan)["secrets.tsv"]
    assert "certificate.yaml" not in files_of(host_plan())


def test_the_firewall_opens_the_ranges_that_k3s_uses() -> None:
    files = files_of(host_plan())
    config = yaml.safe_load(files["k3s.yaml"])
    assert f"ranges=({config['cluster-cidr']} {config['service-cidr']})" in files["/usr/local/lib/moorage/start"]


def test_k3s_waits_for_the_data_disk_and_nothing_but_the_start_begins_it() -> None:
    unit = files_of(host_plan())["k3s.service"]
    for line in ("RequiresMountsFor=/mnt/data", "AssertPathIsMountPoint=/mnt/data", "Type=notify", "KillMode=process"):
        assert f"\n{line}\n" in unit
    assert "[Install]" not in unit


def test_a_registry_takes_the_place_of_docker_hub() -> None:
    plan = host_plan()
    files = files_of(replace(plan, sources=replace(plan.sources, registry="registry.acme.example:5000")))
    mirrors = yaml.safe_load(files["registries.yaml"])["mirrors"]
    assert mirrors == {"docker.io": {"endpoint": ["https://registry.acme.example:5000"]}}
    assert "registries.yaml" not in files_of(plan)


def test_equal_plans_give_equal_files_and_no_secret_is_in_them() -> None:
    plan = host_plan(**VARIANTS["everything"])
    assert script_files.files(plan) == script_files.files(plan)
    assert not re.search(r"sourcegraph-ami-password|K3S_TOKEN", "".join(files_of(plan).values()))
