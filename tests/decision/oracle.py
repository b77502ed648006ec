"""The decision read a second time, from the contract alone, in the plainest way: used only to check the first reading.

It works on plain profile documents, knows nothing of `recommender`, and finds what is possible by trying every
completion of every open question.
"""

from __future__ import annotations

from copy import deepcopy
from itertools import product
from typing import Any

LOCALES = {"us-central1", "europe-west2", "europe-west3", "asia-northeast1", "australia-southeast1", "me-central2"}
STANDARD = {"github.com", "gitlab.com", "bitbucket.org"}

# One value on each side of every cut point, for every question of the contract.
COMPLETIONS: dict[str, list[Any]] = {
    "scale.users": [20_000, 20_001],
    "scale.repositories": [200_000, 200_001],
    "scale.code_gb": [75, 76],
    "code_hosts": [
        [{"kind": kind, "reachable": reachable}]
        for kind in ("github.com", "gerrit")
        for reachable in ("public", "private")
    ],
    "cloud.certifications": [["soc2"], ["fedramp"]],
    "cloud.accepts_admin_access": [True, False],
    "cloud.accepts_audit_logging": [True, False],
    "cloud.blockers": [[], ["one"]],
    "cloud.locale": ["any", "nowhere"],
    "cloud.waits_for_locale": [True, False],
    "cloud.needs": [[], ["priority-sla"]],
    "cloud.executors": [0, 3, 5],
    "hosting.provider": ["aws", "azure"],
    "hosting.requires_cluster": [False, True],
    "hosting.single_machine_issues": [False, True],
    "hosting.own_base_image": [False, True],
    "hosting.restrictions.machine-image": [[], ["one"]],
    "hosting.restrictions.install-script": [[], ["one"]],
    "hosting.restrictions.kubernetes": [[], ["one"]],
    "hosting.restrictions.docker-compose": [[], ["one"]],
    "implementation.evaluated": [True, False],
    "implementation.prioritized": [True, False],
    "implementation.contextual_need": [True, False],
}


def get(document: dict[str, Any], path: str) -> Any:
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def put(document: dict[str, Any], path: str, value: Any) -> None:
    *sections, last = path.split(".")
    for section in sections:
        document = document.setdefault(section, {})
    document[last] = value


def open_fields(document: dict[str, Any]) -> list[str]:
    return [path for path in COMPLETIONS if get(document, path) is None]


def completions(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every completed profile, one for each cell that the open questions can fall in."""
    paths = open_fields(document)
    completed = []
    for values in product(*(COMPLETIONS[path] for path in paths)):
        copy = deepcopy(document)
        for path, value in zip(paths, values, strict=True):
            put(copy, path, value)
        initial = get(copy, "scale.initial_users")
        if initial is None or initial <= 20_000 or get(copy, "scale.users") != 20_000:
            if get(document, "scale.users") is None and initial and initial > 20_001:
                put(copy, "scale.users", initial)
            completed.append(copy)
    return completed


def decide(p: dict[str, Any]) -> tuple[str, str | None, str | None, str | None]:
    """Section 3 of the contract for a profile without open questions: target, then, strategy, plan."""
    cloud = _cloud(p)
    plan = (
        "enterprise"
        if get(p, "scale.code_gb") > 75
        or any(host["kind"] not in STANDARD for host in p["code_hosts"])
        or get(p, "cloud.needs")
        or get(p, "cloud.executors") > 2
        else "business"
    )
    urgent, initial = p.get("urgent", False), get(p, "scale.initial_users")
    users = get(p, "scale.users")
    if cloud == "open" or (cloud == "pending" and not urgent):
        return "cloud", None, "cloud", plan
    if cloud == "pending":
        target = _hosted(p, users if initial is None else initial)
        return ("cloud", None, "cloud", plan) if target is None else (target, "cloud", "self-hosted-into-cloud", plan)
    target = _hosted(p, users)
    if target is None:
        return "exception", None, None, None
    if target != "kubernetes":
        return target, None, "ce-owned", None
    if urgent and initial is not None and _hosted(p, initial) in ("machine-image", "install-script"):
        return _hosted(p, initial), "kubernetes", "self-hosted-into-jointly-deployed", None  # type: ignore[return-value]
    wanted = get(p, "implementation.prioritized") or get(p, "implementation.contextual_need")
    if get(p, "implementation.evaluated") and not wanted:
        return "kubernetes", None, "ce-owned", None
    return "kubernetes", None, "jointly-deployed", None


def _cloud(p: dict[str, Any]) -> str:
    blocked = (
        any(name != "soc2" for name in get(p, "cloud.certifications"))
        or not get(p, "cloud.accepts_admin_access")
        or not get(p, "cloud.accepts_audit_logging")
        or bool(get(p, "cloud.blockers"))
        or get(p, "cloud.executors") > 4
    )
    in_development = bool(get(p, "cloud.in_development"))
    missing_locale = get(p, "cloud.locale") not in LOCALES | {"any"}
    waits = get(p, "cloud.waits_for_locale")
    if any(host["reachable"] == "private" for host in p["code_hosts"]):
        return "out"
    if (blocked and not in_development) or (missing_locale and not waits):
        return "out"
    return "pending" if blocked or missing_locale else "open"


def _hosted(p: dict[str, Any], users: int) -> str | None:
    version = p.get("sourcegraph_version")
    sunset = version is not None and int(version.split(".")[0]) >= 7
    many = (
        users > 20_000
        or get(p, "scale.repositories") > 200_000
        or get(p, "hosting.requires_cluster")
        or get(p, "hosting.single_machine_issues")
    )
    indicated = get(p, "hosting.own_base_image") or get(p, "hosting.provider") not in ("aws", "gcp")
    restricted = {name: bool(reasons) for name, reasons in get(p, "hosting.restrictions").items()}
    ruled_out = {
        "machine-image": many or indicated or sunset or restricted["machine-image"],
        "install-script": many or sunset or restricted["install-script"],
        "kubernetes": restricted["kubernetes"],
        "docker-compose": many or restricted["docker-compose"],
    }
    order = ["machine-image", "kubernetes", "docker-compose"]
    order.insert(1 if indicated else 2, "install-script")
    return next((target for target in order if not ruled_out[target]), None)
