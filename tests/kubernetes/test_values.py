"""values.yaml of the chart: every known trap, the layers, and what Helm makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.errors import MoorageError
from recommender.host import Proxy
from recommender.kubernetes.chart_keys import unknown_keys
from recommender.kubernetes.plan import ApplicationPlan
from templates.kubernetes.context import TOKEN
from templates.kubernetes.values import merged, values
from tests.kubernetes.plans import application_plan, existing_cluster
from tests.kubernetes.variants import CANARY, VERSIONS, load, plans, variants


def document(plan: ApplicationPlan) -> Mapping[str, Any]:
    return values(plan).document


def leaf(found: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    for key in path:
        found = found[key]
    return found


@settings(max_examples=60, deadline=None)
@given(plans())
def test_every_plan_gives_text_that_is_the_merge_of_its_layers_and_that_the_chart_reads(plan: ApplicationPlan):
    made = values(plan)
    by_layers: dict[str, Any] = {}
    for layer in made.layers:
        by_layers = merged(by_layers, load(layer.text))
    assert load(made.text) == made.document == by_layers
    assert unknown_keys(made.document, plan.version) == ()
    assert values(plan) == made
    rest = TOKEN.sub("", made.text)
    assert "${" not in rest
    assert CANARY not in rest


@settings(max_examples=30, deadline=None)
@given(plans())
def test_each_leaf_names_the_last_layer_that_says_something_of_it(plan: ApplicationPlan):
    made = values(plan)
    said = {layer.name: load(layer.text) for layer in made.layers}
    for line in made.text.splitlines():
        if "  # " in line and not line.startswith("#"):
            assert line.rsplit("  # ", 1)[1] in said
    marked = [line for line in made.text.splitlines() if "  # " in line and not line.startswith("#")]
    assert len(marked) == len(made.origins)
    names = list(said)
    for path, origin in made.origins.items():
        keys = tuple(path.split("."))
        if any("." in key or "/" in key for key in keys) or "annotations" in path.lower():
            continue  # keys with dots of their own
        assert leaf(said[origin], keys) == leaf(made.document, keys)
        for later in names[names.index(origin) + 1 :]:
            with pytest.raises((KeyError, TypeError)):
                leaf(said[later], keys)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_chart_never_makes_a_storage_class_and_every_claim_names_one(version: str):
    for plan in variants(version).values():
        assert document(plan)["storageClass"] == {"create": False, "name": plan.storage_class.name}


def test_zoekt_keys_are_those_of_the_chart_and_gitserver_is_written_small():
    found = document(application_plan())
    assert found["indexedSearch"]["storageSize"] == "200Gi"
    assert found["indexedSearch"]["replicaCount"] == 1
    assert set(found["indexedSearchIndexer"]) == {"resources"}
    assert "gitserver" in found
    assert not {"gitServer", "symbols", "repoUpdater", "embeddings", "indexed-search"} & set(found)
    assert "replicas" not in found["frontend"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_size_is_whole_gibibytes_because_the_searcher_reads_the_number_before_them(version: str):
    for plan in variants(version).values():
        found = document(plan)
        for service in plan.services:
            size = f"{service.storage_gib}Gi" if service.storage_gib else None
            assert found[service.key].get("storageSize") == size


def test_logs_on_gke_are_those_that_it_reads():
    found = document(variants()["gcp-bundled"])
    for key in ("frontend", "migrator", "gitserver", "grafana", "indexedSearchIndexer", "blobstore", "worker"):
        assert found[key]["env"]["SRC_LOG_FORMAT"] == {"value": "json_gcp"}
    assert "SRC_LOG_FORMAT" not in values(variants()["aws-all"]).text


def test_openshift_chooses_the_users_and_runs_nothing_on_its_nodes():
    found = document(variants()["existing-openshift"])
    for key in ("cadvisor", "nodeExporter", "openTelemetry"):
        assert found[key] == {"enabled": False}
    assert found["pgsql"]["podSecurityContext"] == {"runAsUser": None, "runAsGroup": None, "fsGroup": None}
    assert found["codeInsightsDB"]["init"]["containerSecurityContext"] == {"runAsUser": None, "runAsGroup": None}
    assert found["prometheus"]["privileged"] is False


def test_agents_alone_are_off_where_nodes_give_no_ports():
    plan = application_plan()
    found = document(replace(plan, bundled=tuple(key for key in plan.bundled if key != "openTelemetry.agent")))
    assert found["openTelemetry"] == {"agent": {"kind": "Deployment"}}


def test_replicas_keep_apart_and_single_pods_do_not_care():
    found = document(application_plan())
    term = found["frontend"]["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert [each["podAffinityTerm"]["topologyKey"] for each in term] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]
    assert "affinity" not in found["gitserver"]


def test_data_comes_first_in_a_cluster_of_our_own_only():
    own = document(variants()["aws-bundled"])
    (priority,) = own["priorityClasses"]
    assert own["pgsql"]["priorityClassName"] == own["gitserver"]["priorityClassName"] == priority["name"]
    assert "priorityClassName" not in own["frontend"]
    assert "priorityClass" not in values(variants()["existing-bundled"]).text


def test_a_service_that_holds_data_and_has_replicas_is_both_first_and_apart():
    found = document(variants()["aws-large"])["gitserver"]
    assert found["priorityClassName"] == "sourcegraph-acme-data"
    assert "podAntiAffinity" in found["affinity"]


def test_a_registry_of_ones_own_is_asked_by_tag():
    found = document(variants()["aws-registry"])
    assert found["sourcegraph"] == {
        "image": {"repository": "registry.acme.example:5000/sourcegraph", "useGlobalTagAsDefault": True},
        "imagePullSecrets": [{"name": "pull"}],
    }
    assert found["sgTestConnection"] == {"enabled": False}
    (layer,) = [layer for layer in values(variants()["aws-registry"]).layers if layer.name == "registry"]
    assert "digest" in layer.text


def test_what_calls_out_takes_the_proxy_and_reaches_the_cluster_directly():
    found = document(variants()["existing-everything"])
    callers = {key for key, below in found.items() if isinstance(below, dict) and "HTTP_PROXY" in below.get("env", {})}
    assert {"frontend", "gitserver", "migrator", "worker"} <= callers
    env = found["migrator"]["env"]
    assert env["HTTPS_PROXY"] == env["http_proxy"] == {"value": "http://proxy.acme.example:3128"}
    direct = env["NO_PROXY"]["value"].split(",")
    for each in ("gitserver", "sourcegraph-frontend-internal", "10.0.0.0/8", "169.254.170.23", "git.acme.example"):
        assert each in direct
    # Kubernetes fills a variable in only where it stands before; the chart sorts them by name.
    assert direct[-1] == "$(NODE_IP)"
    assert sorted(env).index("NODE_IP") < sorted(env).index("NO_PROXY")


def test_an_own_authority_is_mounted_where_it_is_read():
    found = document(variants()["aws-proxy"])
    for key in ("frontend", "gitserver", "worker"):
        (volume,) = found[key]["extraVolumes"]
        assert volume["secret"]["secretName"] == "acme-ca"
        (mount,) = found[key]["extraVolumeMounts"]
        assert found[key]["env"]["SSL_CERT_DIR"]["value"].split(":") == ["/etc/ssl/certs", mount["mountPath"]]
    assert "extraVolumes" not in found["migrator"]  # it runs in the frontend's pod


maps = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
    lambda below: st.dictionaries(st.sampled_from("abc"), below, max_size=3),
    max_leaves=6,
)


@given(*[st.dictionaries(st.sampled_from("abc"), maps, max_size=3)] * 3)
def test_merging_a_file_twice_changes_nothing_and_the_later_file_wins(first: Any, second: Any, third: Any):
    assert merged(first, {}) == first
    assert merged({}, first) == first
    assert merged(merged(first, second), second) == merged(first, second)
    for key, value in third.items():
        if not isinstance(value, dict):
            assert merged(first, third)[key] == value


def test_a_null_of_the_users_takes_away_what_we_said():
    made = merged(document(application_plan()), {"frontend": {"affinity": None}, "worker": {"replicaCount": 5}})
    assert made["frontend"]["affinity"] is None
    assert made["frontend"]["replicaCount"] == 2
    assert made["worker"]["replicaCount"] == 5
    assert made["worker"]["resources"] == document(application_plan())["worker"]["resources"]


@pytest.mark.parametrize(
    "change",
    [
        {"registry": "registry.example/$(id)"},
        {"image_pull_secret": "a: b"},
        {"private_ca_secret": "../etc"},
        {"proxy": Proxy("http://user:password@proxy.example:3128", ())},
        {"proxy": Proxy("http://proxy.example:3128", ("a,b",))},
        {"version": "8.0.0"},
    ],
)
def test_what_has_no_business_in_yaml_is_refused(change: dict[str, Any]):
    plan = replace(existing_cluster(), **change)
    with pytest.raises(MoorageError):
        values(plan)


def test_claims_of_the_release_outlive_it_where_the_plan_keeps_them() -> None:
    from tests.kubernetes.plans import existing_cluster

    kept = values(existing_cluster()).document
    for key in ("pgsql", "codeIntelDB", "codeInsightsDB", "redisStore", "blobstore"):
        assert kept[key]["storageAnnotations"] == {"helm.sh/resource-policy": "keep"}
    assert "storageAnnotations" not in str(values(existing_cluster(keep=False)).document)
    assert "storageAnnotations" not in str(values(existing_cluster(version="6.12.5040")).document), "it reads none"
