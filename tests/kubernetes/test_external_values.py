"""The layer `external-services`: what the chart does not run, and how pods find and enter it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from recommender.errors import MoorageError
from recommender.kubernetes.chart import DATABASE_SECRET_KEYS
from recommender.kubernetes.identities import storage_service_accounts
from recommender.kubernetes.plan import ApplicationPlan
from templates.kubernetes.values import values
from tests.kubernetes.plans import application_plan
from tests.kubernetes.variants import VERSIONS, variants

ANNOTATIONS = {
    "aws": {"eks.amazonaws.com/role-arn": "${cluster.roles.object-storage}"},
    "gcp": {"iam.gke.io/gcp-service-account": "acme-storage@acme-prod.iam.gserviceaccount.com"},
}
UPLOADS = {
    "7.6.0": dict.fromkeys(
        ("frontend", "gitserver", "searcher", "worker", "preciseCodeIntel", "syntacticCodeIntel"),
        ("SOURCEGRAPH_UPLOAD_",),
    ),
    "6.12.5040": {
        "frontend": ("PRECISE_CODE_INTEL_UPLOAD_", "SEARCH_JOBS_UPLOAD_"),
        "worker": ("PRECISE_CODE_INTEL_UPLOAD_", "SEARCH_JOBS_UPLOAD_"),
        "preciseCodeIntel": ("PRECISE_CODE_INTEL_UPLOAD_",),
        "syntacticCodeIntel": ("PRECISE_CODE_INTEL_UPLOAD_",),
    },
}


def document(plan: ApplicationPlan) -> Mapping[str, Any]:
    return values(plan).document


def test_databases_and_redis_outside_are_off_and_named_by_secret():
    for name in ("aws-all", "gcp-all", "existing-external-s3"):
        found = document(variants()[name])
        for key, secret in (("pgsql", "pgsql"), ("codeIntelDB", "codeintel"), ("codeInsightsDB", "codeinsights")):
            assert found[key] == {"enabled": False, "auth": {"existingSecret": f"sourcegraph-{secret}"}}
        for key, secret in (("redisCache", "cache"), ("redisStore", "store")):
            assert found[key] == {
                "enabled": False,
                "connection": {"existingSecret": f"sourcegraph-redis-{secret}"},
            }


def test_the_secrets_of_databases_hold_sslmode_which_the_pods_do_not_start_without():
    for provider in ("aws", "gcp"):
        for secret in application_plan(provider).secrets:
            if "redis" not in secret.name:
                assert {key.key for key in secret.keys} == set(DATABASE_SECRET_KEYS)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["aws-syntactic", "gcp-syntactic", "existing-everything"])
def test_every_service_that_uses_the_bucket_is_told_where_it_is(version: str, name: str):
    plan = variants(version)[name]
    assert plan.bucket is not None
    found = document(plan)
    said = {key: below["env"] for key, below in found.items() if isinstance(below, dict) and "env" in below}
    for key, env in said.items():
        prefixes = UPLOADS[version].get(key, ())
        uploads = {variable for variable in env if "_UPLOAD_" in variable}
        assert {variable for variable in uploads if variable.endswith("_BUCKET") and "MANAGE" not in variable} == {
            f"{prefix}BUCKET" for prefix in prefixes
        }
        for prefix in prefixes:
            assert env[f"{prefix}BACKEND"] == {"value": plan.bucket.kind.upper()}
            assert env[f"{prefix}MANAGE_BUCKET"] == {"value": "false"}
    assert set(UPLOADS[version]) <= set(said)
    assert found["blobstore"] == {"enabled": False}


def test_s3_always_has_an_endpoint_and_one_way_to_be_let_in():
    own = document(application_plan("aws"))["worker"]["env"]
    assert own["SOURCEGRAPH_UPLOAD_BUCKET"] == {"value": "${cluster.bucket}"}
    assert own["SOURCEGRAPH_UPLOAD_AWS_ENDPOINT"] == {"value": "https://s3.us-east-1.amazonaws.com"}
    assert own["SOURCEGRAPH_UPLOAD_AWS_USE_EC2_ROLE_CREDENTIALS"] == {"value": "true"}
    assert not any("ACCESS_KEY" in name for name in own)
    given = document(variants()["existing-external-s3"])["worker"]["env"]
    assert given["SOURCEGRAPH_UPLOAD_AWS_USE_PATH_STYLE"] == {"value": "true"}
    assert given["SOURCEGRAPH_UPLOAD_AWS_ACCESS_KEY_ID"] == {
        "valueFrom": {"secretKeyRef": {"name": "sourcegraph-object-storage", "key": "access-key"}}
    }
    assert "SOURCEGRAPH_UPLOAD_AWS_USE_EC2_ROLE_CREDENTIALS" not in given
    china = document(variants()["existing-china"])["worker"]["env"]
    assert china["SOURCEGRAPH_UPLOAD_AWS_ENDPOINT"] == {"value": "https://s3.cn-north-1.amazonaws.com.cn"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["aws-all", "aws-syntactic", "aws-identities", "gcp-identities"])
def test_every_service_that_enters_the_bucket_as_itself_has_an_account_of_its_own(version: str, name: str):
    plan = variants(version)[name]
    found = document(plan)
    accounts = storage_service_accounts(version, frozenset(plan.bundled))
    made = {
        key for key, below in found.items() if isinstance(below, dict) and below.get("serviceAccount", {}).get("create")
    }
    assert made == set(accounts) - {"frontend"}  # the chart makes the frontend's by itself
    if name.endswith("identities"):
        for key in accounts:
            assert found[key]["serviceAccount"]["annotations"] == ANNOTATIONS[plan.provider]


@pytest.mark.parametrize("value", ["${cluster.roles}", "${cluster.unknown}", "a\nb: c", "arn ${cluster.bucket}"])
def test_an_annotation_is_a_plain_value_or_one_output_of_the_cluster_stack(value: str):
    given = (("frontend", (("eks.amazonaws.com/role-arn", value),)),)
    with pytest.raises(MoorageError, match="annotation"):
        values(application_plan(service_account_annotations=given))


def test_keys_of_a_bucket_need_no_accounts():
    for name in ("existing-external-s3", "existing-external-gcs"):
        assert not any(
            "serviceAccount" in below for below in document(variants()[name]).values() if isinstance(below, dict)
        )


def test_a_plan_that_runs_what_is_outside_is_refused():
    plan = application_plan()
    with pytest.raises(MoorageError, match="pgsql"):
        values(replace(plan, bundled=(*plan.bundled, "pgsql")))
