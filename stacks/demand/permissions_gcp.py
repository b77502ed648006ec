"""The custom role of whoever deploys one preview to GCP.

`gcp_permissions.json` says for each resource type which permissions it takes from creating it to deleting it, which
predefined roles cover them, and which APIs must be on. Google publishes no list that a test could hold the names
against; they were compared once with the contents of all predefined roles (see the rows' sources).
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from stacks.demand.inputs import provider_setting
from stacks.preview import Preview

_PATH: Final = Path(__file__).parent / "gcp_permissions.json"
_ALWAYS: Final = ("cloudresourcemanager.googleapis.com",)
"""The provider asks it for the project's number."""
_READS_PROJECT: Final = "resourcemanager.projects.get"


def permissions(preview: Preview) -> list[str]:
    """Every permission that the preview's resources take, sorted."""
    found = {each for row in _rows(preview) for each in row["permissions"]}
    return sorted({*found, _READS_PROJECT}) if found else []


def predefined_roles(preview: Preview) -> list[str]:
    """Google's own roles that together hold all of them, and much more."""
    return sorted({each for row in _rows(preview) for each in row["roles"]})


def services(preview: Preview) -> list[str]:
    """APIs that must be on, sorted."""
    rows = _rows(preview)
    return sorted({*_ALWAYS, *(each for row in rows for each in row["services"])}) if rows else []


def unlisted(preview: Preview) -> list[str]:
    """Types of the preview for which the table has no row."""
    types = {each.type for each in preview.resources if each.is_created and each.type.startswith("gcp:")}
    return sorted(types - set(_table()))


def project(preview: Preview) -> str:
    """The project's id; a word to replace where the preview has none."""
    return provider_setting(preview, "gcp", "project") or "PROJECT"


def role_id(name: str) -> str:
    """Of the custom role: hyphens are not allowed in it."""
    return f"moorage_{name.replace('-', '_')}_deployer"


def role(preview: Preview, name: str) -> str:
    """What `gcloud iam roles create --file` reads; empty where nothing is made in GCP."""
    found = permissions(preview)
    if not found:
        return ""
    lines = "".join(f"- {each}\n" for each in found)
    return (
        f"title: moorage deployer of {name}\n"
        f"description: What the Sourcegraph deployment {name} takes. It holds in the whole project.\n"
        f"stage: GA\nincludedPermissions:\n{lines}"
    )


def _rows(preview: Preview) -> list[dict[str, Any]]:
    types = {each.type for each in preview.resources if each.is_created}
    return [row for type_, row in _table().items() if type_ in types]


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, Any]]:
    return json.loads(_PATH.read_text(encoding="utf-8"))
