"""Texts of a plan in the install script's files: what could break out is refused, what is left is read back as given."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.errors import MoorageError
from recommender.host import External, HostPlan, Proxy, Service
from templates import script_files
from tests.plans import host_plan
from tests.templates.test_script_files import (
    DATABASES,
    GCS,
    PROXY,
    REDIS,
    S3,
    TLS,
    files_of,
    secret,
    traefik_of,
    values_of,
)

HOSTILE = (
    "$(touch canary)",
    "`touch canary`",
    "a'; touch canary; '",
    'a"\n  create: true',
    "a\nb",
    "a\tb",
    "{{ .Values }}",
    "!!python/object:os.system",
    "-rf",
    "*anchor",
    "a: b",
    "a # b",
    "",
    " ",
    "ä",
    "\u2028",
    "%{KUBERNETES_API}%",
)


def changed(plan: HostPlan, field: str, text: str) -> HostPlan:
    """The plan with a text in one of the fields that reach a file."""
    database = External(databases=(replace(DATABASES[0], **({field[3:]: text} if field.startswith("db.") else {})),))
    storage = {"bucket": text} if field == "bucket" else {"region": text} if field == "region" else {}
    made: dict[str, HostPlan] = {
        "version": replace(plan, version=text),
        "mode": replace(plan, tls=replace(plan.tls, mode=text)),
        "domain": replace(plan, domain=text or "-", tls=TLS["lets-encrypt"]),
        "email": replace(plan, tls=replace(TLS["lets-encrypt"], email=text or "-")),
        "registry": replace(plan, sources=replace(plan.sources, registry=text or "-")),
        "proxy": replace(plan, proxy=Proxy(text, ())),
        "no_proxy": replace(plan, proxy=Proxy(PROXY.url, (text,))),
        "service": replace(plan, services=(Service(text, 1, 1, 1, 1, 1, 0),)),
        "bucket": replace(plan, external=External(object_storage=replace(S3, **storage))),
        "region": replace(plan, external=External(object_storage=replace(S3, **storage))),
        "endpoint": replace(plan, external=External(object_storage=replace(S3, endpoint=text or "-"))),
        "project": replace(plan, external=External(object_storage=replace(GCS, project=text))),
        "secret": replace(plan, external=External(redis=replace(REDIS, cache=secret(text)))),
    }
    return made.get(field) or replace(plan, external=database)


FIELDS = (
    *("version", "mode", "domain", "email", "registry", "proxy", "no_proxy", "service", "bucket", "region", "endpoint"),
    *("project", "secret", "db.host", "db.database", "db.user", "db.sslmode"),
)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_that_could_break_out_is_refused_by_name(field: str, text: str) -> None:
    with pytest.raises(MoorageError, match="which boot data may not contain"):
        script_files.files(changed(host_plan(), field, text))


@pytest.mark.parametrize("text", ["null", "true", "yes", "off", "1e3", "0x1f", "007", "1.0", "2026-11-22", "y.n"])
def test_texts_that_yaml_reads_as_something_else_stay_texts(text: str) -> None:
    plan = host_plan(
        domain=text,
        tls=TLS["lets-encrypt"],
        proxy=Proxy("http://proxy", (text,)),
        external=External(object_storage=replace(S3, bucket=text)),
    )
    plan = replace(plan, sources=replace(plan.sources, registry=text))
    files, env = files_of(plan), values_of(plan)["frontend"]["env"]
    assert env["SEARCH_JOBS_UPLOAD_BUCKET"]["value"] == text
    assert text in env["NO_PROXY"]["value"].split(",")
    assert f"--entrypoints.websecure.http.tls.domains[0].main={text}" in traefik_of(plan)["additionalArguments"]
    assert yaml.safe_load(files["registries.yaml"])["mirrors"]["docker.io"]["endpoint"] == [f"https://{text}"]


@settings(deadline=None, max_examples=40)
@given(st.from_regex(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", fullmatch=True))
def test_every_bucket_name_is_read_back_as_it_was_given(bucket: str) -> None:
    plan = host_plan(external=External(object_storage=replace(S3, bucket=bucket)))
    assert values_of(plan)["worker"]["env"]["PRECISE_CODE_INTEL_UPLOAD_BUCKET"] == {"value": bucket}
