"""AWS: who may do what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from stacks.policies.aws.parts import KEY
from stacks.policies.inputs import blocks, breach, given, said, statements, texts
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import hub, vendor
from stacks.preview import Resource

_ROLE: Final = "aws:iam/role:Role"
_PERMISSIONS: Final = ("aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy", "aws:iam/groupPolicy:GroupPolicy")
_ATTACHMENTS: Final = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
)
_ADMINISTRATORS: Final = ("/AdministratorAccess", "/PowerUserAccess", "FullAccess")
"""How ARNs of such policies of AWS end."""
_ANYTHING: Final = re.compile(r"\*+|arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:[\w-]+[:/])?\*+")
"""An ARN of every resource, or of every one of a service or a kind."""
_RESOURCE_POLICIES: Final[Mapping[str, str]] = {
    _ROLE: "assumeRolePolicy",
    KEY: "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
}
_USERS: Final = (
    "aws:iam/user:User",
    "aws:iam/accessKey:AccessKey",
    "aws:iam/userLoginProfile:UserLoginProfile",
    "aws:iam/userPolicy:UserPolicy",
)
_GRAVE: Final = (
    # Others' data and secrets, more rights, and the end of what exists. What lists and describes is not among them.
    "iam:[acdptu]*",
    "kms:decrypt*",
    "kms:reencrypt*",
    "kms:generatedatakey*",
    "kms:creategrant",
    "kms:putkeypolicy",
    "kms:schedulekeydeletion",
    "secretsmanager:getsecretvalue",
    "secretsmanager:putsecretvalue",
    "secretsmanager:deletesecret",
    "ssm:getparameter*",
    "ssm:sendcommand",
    "ssm:startsession",
    "sts:assumerole*",
    "s3:getobject*",
    "s3:putobject*",
    "s3:deleteobject*",
    "s3:deletebucket*",
    "s3:putbucketpolicy",
    "ec2:terminateinstances",
    "ec2:deletevolume",
    "ec2:deletesnapshot",
    "ec2:modifysnapshotattribute",
    "rds:delete*",
    "elasticache:delete*",
    "eks:delete*",
)


def _grants(scope: Scope) -> Iterator[tuple[Resource, str, Mapping[str, Any]]]:
    """Every statement that allows something, with its place."""
    for resource, path, document in _documents(scope):
        for place, statement in enumerate(statements(document)):
            if statement.get("Effect") == "Allow":
                yield resource, f"{path}.Statement[{place}]", statement


def _documents(scope: Scope) -> Iterator[tuple[Resource, str, object]]:
    for resource in scope.of_type(*_PERMISSIONS):
        yield resource, "policy", resource.inputs.get("policy")
    for role in scope.of_type(_ROLE):
        for place, inline in blocks(role.inputs.get("inlinePolicies")):
            yield role, f"inlinePolicies[{place}].policy", inline.get("policy")


def _administrators(scope: Scope) -> Iterator[Breach]:
    for attachment in scope.of_type(*_ATTACHMENTS):
        arn = attachment.inputs.get("policyArn")
        if isinstance(arn, str) and _is_of_administrators(arn):
            yield breach(attachment, f"It attaches {arn.rpartition('/')[2]}.", "policyArn")
    for role in scope.of_type(_ROLE):
        for arn in texts(role.inputs.get("managedPolicyArns")):
            if _is_of_administrators(arn):
                yield breach(role, f"It attaches {arn.rpartition('/')[2]}.", "managedPolicyArns")


def _is_of_administrators(arn: str) -> bool:
    """Of the account, or of a whole service."""
    return ":aws:policy/" in arn and arn.endswith(_ADMINISTRATORS)


def _any_action(scope: Scope) -> Iterator[Breach]:
    for resource, where, statement in _grants(scope):
        wide = [action for action in texts(statement.get("Action")) if action == "*" or action.endswith(":*")]
        if wide:
            yield breach(resource, f"It allows {', '.join(wide)}.", f"{where}.Action")
        if given(statement.get("NotAction")):
            yield breach(resource, "It allows all actions but some (NotAction).", f"{where}.NotAction")


def _any_resource(scope: Scope) -> Iterator[Breach]:
    for resource, where, statement in _grants(scope):
        wide = any(_ANYTHING.fullmatch(arn) for arn in texts(statement.get("Resource")))
        if given(statement.get("Condition")) or not (wide or given(statement.get("NotResource"))):
            continue
        # All actions of a service are the policy's before this one.
        actions = [action for action in texts(statement.get("Action")) if action != "*" and not action.endswith(":*")]
        grave = [action for action in actions if any(_overlap(action.lower(), pattern) for pattern in _GRAVE)]
        if grave:
            key = "Resource" if wide else "NotResource"
            message = f"It allows {', '.join(grave[:3])} on every resource{'' if wide else ' but some'}."
            yield breach(resource, message, f"{where}.{key}")


def _overlap(action: str, pattern: str) -> bool:
    return fnmatchcase(action, pattern) or ("*" in action and fnmatchcase(pattern, action.replace("[", "?")))


def _anyone(scope: Scope) -> Iterator[Breach]:
    for type_, name in _RESOURCE_POLICIES.items():
        for resource in scope.of_type(type_):
            for place, statement in enumerate(statements(resource.inputs.get(name))):
                if statement.get("Effect") != "Allow" or given(statement.get("Condition")):
                    continue
                principal = statement.get("Principal")
                where = f"{name}.Statement[{place}].Principal"
                if principal == "*" or (isinstance(principal, Mapping) and "*" in texts(principal.get("AWS"))):
                    yield breach(resource, f"Anybody is trusted: {said(principal)}, without a condition.", where)
                elif isinstance(principal, Mapping) and given(principal.get("Federated")):
                    message = "Whoever the identity provider knows is trusted, without a condition."
                    yield breach(resource, message, where)


def _users(scope: Scope) -> Iterator[Breach]:
    for resource in scope.of_type(*_USERS):
        yield breach(resource, f"A {resource.type.rpartition(':')[2]} is made.")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "AWS-IAM-ADMINISTRATOR",
        "error",
        "No role has an administrator's policy",
        "Whoever takes over one process would own the account.",
        "Grant the actions that are used, on the resources that they are used on.",
        hub("IAM.1"),
        _administrators,
    ),
    Policy(
        "AWS-IAM-ANY-ACTION",
        "error",
        "Policies name actions, never all of a service",
        "All actions include those that AWS adds later, and those that grant more.",
        "Name the actions that are used.",
        hub("IAM.1", "IAM.21"),
        _any_action,
    ),
    Policy(
        "AWS-IAM-ANY-RESOURCE",
        "error",
        "Grave actions are allowed on named resources, or under a condition",
        "On every resource they reach what other teams have in the account: secrets, data, keys and roles.",
        "Name the resources by ARN, or add a condition, such as on a tag.",
        hub("KMS.1", "KMS.2"),
        _any_resource,
    ),
    Policy(
        "AWS-PRINCIPAL-ANYONE",
        "error",
        "No policy trusts anybody without a condition",
        "Every AWS account in the world could take the role, or use the key or bucket.",
        "Name the service, role or account; where that is not possible, add a condition that only yours meet.",
        hub("Lambda.1", "S3.6"),
        _anyone,
    ),
    Policy(
        "AWS-NO-IAM-USER",
        "error",
        "No IAM users and access keys are made",
        "Keys that never expire are copied and forgotten; machines and pods have roles.",
        "Use a role of the machine or the pod.",
        vendor("docs.aws.amazon.com/wellarchitected/latest/framework/sec_identities_unique.html (SEC02-BP02)"),
        _users,
    ),
)
