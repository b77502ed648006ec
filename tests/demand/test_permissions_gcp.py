"""The role for GCP. No package ships Google's list of permissions, so names are held against their form alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from stacks.demand import permissions_gcp
from stacks.demand.permissions import permissions
from tests.profiles import PROFILES, preview_of, preview_or_none

TABLE: Final[dict[str, dict[str, Any]]] = json.loads(
    (Path(permissions_gcp.__file__).parent / "gcp_permissions.json").read_text()
)
GKE = "examples/soylent-gke.yaml"


@pytest.mark.parametrize("type_", sorted(TABLE))
def test_every_row_is_of_the_form_that_google_uses(type_: str):
    row = TABLE[type_]
    assert row["permissions"] == sorted(set(row["permissions"]))
    for name in row["permissions"]:
        # service.resource.verb
        assert re.fullmatch(r"[a-z]+\.[a-zA-Z]+\.[a-zA-Z]+", name), name
    assert all(re.fullmatch(r"roles/[a-zA-Z]+(\.[a-zA-Z]+)?(\.v1)?", role) for role in row["roles"])
    assert all(re.fullmatch(r"[a-z]+\.googleapis\.com", service) for service in row["services"])
    assert row["source"]
    assert row["date"] >= "2026-11-01"


@pytest.mark.parametrize("type_", sorted(TABLE))
def test_what_is_made_can_be_read_again(type_: str):
    """A refresh reads every resource; one without the permission to do so fails the second update."""
    verbs = {name.rsplit(".", 1)[1] for name in TABLE[type_]["permissions"]}
    assert verbs & {"get", "getIamPolicy"}


@pytest.mark.parametrize("path", PROFILES)
def test_a_role_holds_exactly_what_the_preview_takes(path: str):
    found = preview_or_none(path)
    if found is None or not permissions_gcp.permissions(found):
        return
    (role,) = [text for file, text in permissions(found).documents().items() if file.endswith(".yaml")]
    parsed = yaml.safe_load(role)
    types = {each.type for each in found.resources}
    expected = {name for type_ in types & set(TABLE) for name in TABLE[type_]["permissions"]}
    assert parsed["includedPermissions"] == sorted(expected | {"resourcemanager.projects.get"})
    assert parsed["stage"] == "GA"
    assert len(parsed["title"]) <= 100
    assert len(parsed["description"]) <= 300


def test_the_documents_say_how_to_grant_them():
    how = permissions(preview_of(GKE)).documents()["soylent-deployer.md"]
    assert (
        "gcloud iam roles create moorage_soylent_deployer --project=soylent-sourcegraph"
        " --file=soylent-deployer-role.yaml" in how
    )
    assert "gcloud services enable cloudkms.googleapis.com cloudresourcemanager.googleapis.com" in how
    assert "- `roles/container.admin`" in how


def test_a_roles_id_has_no_hyphens():
    assert permissions_gcp.role_id("globex-compose") == "moorage_globex_compose_deployer"


def test_databases_ask_for_cloud_sql_only_where_there_are_some():
    with_databases = permissions_gcp.permissions(preview_of("tests/cases/kubernetes-gcp-production/profile.yaml"))
    assert "cloudsql.instances.create" in with_databases
    assert not [name for name in permissions_gcp.permissions(preview_of(GKE)) if name.startswith("cloudsql.")]
    assert "sqladmin.googleapis.com" not in permissions_gcp.services(preview_of(GKE))
