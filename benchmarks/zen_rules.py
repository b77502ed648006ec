"""The same decision for `zen-engine`: a JDM graph that answers target, then, strategy and plan for a complete profile.

Built the way that engine's own examples are: one expression node reads the profile, first-hit decision tables decide,
and no node runs JavaScript. The three tables that need only the profile stand side by side, which was the fastest of
the layouts tried. The graph does less than moorage: it checks nothing, knows no open questions and no next steps, and
names only the first rule that holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from recommender.answers import (
    BUSINESS_CODE_GB,
    BUSINESS_EXECUTORS,
    CLOUD_EXECUTORS,
    CLOUD_LOCALES,
    HELD_CERTIFICATIONS,
    SINGLE_NODE_REPOSITORIES,
    SINGLE_NODE_USERS,
    STANDARD_CODE_HOSTS,
    SUNSET_VERSION,
)

Row = dict[str, str]
"""Cells by column. An input that a row leaves out matches anything."""


class Table(NamedTuple):
    """A first-hit decision table."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...]


def _words(items: Iterable[str]) -> str:
    return "[" + ", ".join(f"'{item}'" for item in sorted(items)) + "]"


FACTS = {
    "certification": f"some(cloud.certifications, # not in {_words(HELD_CERTIFICATIONS)})",
    "admin_access": "not cloud.accepts_admin_access",
    "audit_logging": "not cloud.accepts_audit_logging",
    "blocker": "len(cloud.blockers) > 0",
    "executors": "cloud.executors",
    "in_development": "cloud.in_development ?? false",
    "locale": f"cloud.locale not in {_words(('any', *CLOUD_LOCALES))}",
    "waits": "cloud.waits_for_locale",
    "private_host": "some(code_hosts, #.reachable == 'private')",
    "users": f"scale.users > {SINGLE_NODE_USERS}",
    "initial_users": f"(scale.initial_users ?? scale.users) > {SINGLE_NODE_USERS}",
    "repositories": f"scale.repositories > {SINGLE_NODE_REPOSITORIES}",
    "cluster": "hosting.requires_cluster",
    "issues": "hosting.single_machine_issues",
    "provider": "hosting.provider",
    "own_base": "hosting.own_base_image",
    "image_restricted": "len(hosting.restrictions['machine-image']) > 0",
    "script_restricted": "len(hosting.restrictions['install-script']) > 0",
    "kubernetes_restricted": "len(hosting.restrictions.kubernetes) > 0",
    "compose_restricted": "len(hosting.restrictions['docker-compose']) > 0",
    # The major version decides because the sunset begins with the first release of one.
    "sunset": f"number(split(sourcegraph_version ?? '0', '.')[0]) >= {SUNSET_VERSION[0]}",
    "evaluated": "implementation.evaluated",
    "wanted": "implementation.prioritized or implementation.contextual_need",
    "urgent": "urgent ?? false",
    "phased": "(scale.initial_users ?? null) != null",
    "plan": (
        f"scale.code_gb > {BUSINESS_CODE_GB} or some(code_hosts, #.kind not in {_words(STANDARD_CODE_HOSTS)})"
        f" or len(cloud.needs) > 0 or cloud.executors > {BUSINESS_EXECUTORS} ? 'enterprise' : 'business'"
    ),
}
"""What the fields of a profile amount to, in the ZEN language."""

_YES, _NO = "true", "false"
_RULED_OUT, _PENDING = "'ruled out'", "'pending'"
_WAIVED: tuple[Row, ...] = (
    {"certification": _YES},
    {"admin_access": _YES},
    {"audit_logging": _YES},
    {"blocker": _YES},
    {"executors": f"> {CLOUD_EXECUTORS}"},
)
"""What is waived while the Cloud team builds it."""

CLOUD = Table(
    name="cloud",
    inputs=(
        *("certification", "admin_access", "audit_logging", "blocker", "executors"),
        *("in_development", "locale", "waits", "private_host"),
    ),
    outputs=("cloud",),
    rows=(
        {"private_host": _YES, "cloud": _RULED_OUT},
        {"locale": _YES, "waits": _NO, "cloud": _RULED_OUT},
        *({**row, "in_development": _NO, "cloud": _RULED_OUT} for row in _WAIVED),
        *({**row, "cloud": _PENDING} for row in _WAIVED),
        {"locale": _YES, "cloud": _PENDING},
        {"cloud": "'available'"},
    ),
)


def _hosted(output: str, users: str) -> Table:
    """The best self-hosted target for the number of users that the fact `users` speaks of."""
    one_machine = {users: _NO, "repositories": _NO, "cluster": _NO, "issues": _NO}
    image = {**one_machine, "provider": "'aws', 'gcp'", "own_base": _NO, "sunset": _NO, "image_restricted": _NO}
    script = {**one_machine, "sunset": _NO, "script_restricted": _NO, output: "'install-script'"}
    restricted = ("image_restricted", "script_restricted", "kubernetes_restricted", "compose_restricted")
    return Table(
        name=output,
        inputs=(users, "repositories", "cluster", "issues", "provider", "own_base", "sunset", *restricted),
        outputs=(output,),
        rows=(
            {**image, output: "'machine-image'"},
            {**script, "own_base": _YES},
            {**script, "provider": "not in ['aws', 'gcp']"},
            {"kubernetes_restricted": _NO, output: "'kubernetes'"},
            script,
            {**one_machine, "compose_restricted": _NO, output: "'docker-compose'"},
            {output: "'exception'"},
        ),
    )


_SIDES = (CLOUD, _hosted("best", users="users"), _hosted("first", users="initial_users"))


def _answer(target: str, then: str, strategy: str, plan: str) -> Row:
    return {"target": target, "then": then, "strategy": strategy, "plan": plan}


_CLOUD_ANSWER = _answer("'cloud'", "null", "'cloud'", "plan")
_CLUSTER = {"cloud": _RULED_OUT, "best": "'kubernetes'"}

OUTCOME = Table(
    name="outcome",
    inputs=("cloud", "urgent", "best", "first", "phased", "evaluated", "wanted"),
    outputs=("target", "then", "strategy", "plan"),
    rows=(
        {"cloud": "'available'", **_CLOUD_ANSWER},
        {"cloud": _PENDING, "urgent": _NO, **_CLOUD_ANSWER},
        {"cloud": _PENDING, "first": "'exception'", **_CLOUD_ANSWER},
        {"cloud": _PENDING, **_answer("first", "'cloud'", "'self-hosted-into-cloud'", "plan")},
        {"best": "'exception'", **_answer("best", "null", "null", "null")},
        {
            **_CLUSTER,
            **{"urgent": _YES, "phased": _YES, "first": "'machine-image', 'install-script'"},
            **_answer("first", "'kubernetes'", "'self-hosted-into-jointly-deployed'", "null"),
        },
        {**_CLUSTER, "evaluated": _YES, "wanted": _NO, **_answer("best", "null", "'ce-owned'", "null")},
        {**_CLUSTER, **_answer("best", "null", "'jointly-deployed'", "null")},
        {**_answer("best", "null", "'ce-owned'", "null")},
    ),
)


def graph() -> dict[str, Any]:
    """The JDM document. Its result has `target`, `then`, `strategy` and `plan`; a null one is left out."""
    facts = [{"id": f"fact-{name}", "key": name, "value": expression} for name, expression in FACTS.items()]
    sides = [_table_node(table) for table in _SIDES]
    outcome = _table_node(OUTCOME)
    request, response = _node("request", "inputNode", {}), _node("response", "outputNode", {})
    reading = _node("facts", "expressionNode", {"expressions": facts, "passThrough": False})
    edges = [
        _edge(request, reading),
        *(_edge(reading, side) for side in sides),
        *(_edge(node, outcome) for node in (reading, *sides)),
        _edge(outcome, response),
    ]
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [request, reading, *sides, outcome, response],
        "edges": edges,
    }


def _node(name: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "name": name, "type": kind, "content": content}


def _edge(source: dict[str, Any], target: dict[str, Any]) -> dict[str, Any]:
    ends = {"sourceId": source["id"], "targetId": target["id"]}
    return {"id": f"{source['id']} to {target['id']}", "type": "edge", **ends}


def _table_node(table: Table) -> dict[str, Any]:
    columns = (*table.inputs, *table.outputs)
    rows = [
        {"_id": f"{table.name}-{number}", **{column: row.get(column, "") for column in columns}}
        for number, row in enumerate(table.rows)
    ]
    content = {
        "hitPolicy": "first",
        "passThrough": False,
        "inputs": [{"id": column, "name": column, "field": column} for column in table.inputs],
        "outputs": [{"id": column, "name": column, "field": column} for column in table.outputs],
        "rules": rows,
    }
    return _node(f"{table.name} table", "decisionTableNode", content)
