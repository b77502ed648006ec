"""What whoever deploys must be allowed to do, as documents that a cloud team grants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stacks.demand import permissions_aws, permissions_gcp
from stacks.demand.inputs import mapping, of_type, text
from stacks.preview import Preview

_NOT_INCLUDED = (
    "Not included: the state backend (its bucket, and the key or passphrase of its secrets), and what the stack "
    "`application` does inside of a Kubernetes cluster. The cluster's RBAC decides on that, and `moorage check` "
    "asks it; on GKE, `roles/container.admin` gives it too."
)


@dataclass(frozen=True, slots=True)
class Permissions:
    """Of one preview."""

    name: str
    """The deployment's."""
    texts: Mapping[str, str]
    """File name to text: how to grant first, then the documents; none where no cloud is involved."""
    unlisted: tuple[str, ...]
    """Types of resources for which no table has a row: the documents do not cover them."""

    def documents(self) -> dict[str, str]:
        """File name to text."""
        return dict(self.texts)


def permissions(preview: Preview) -> Permissions:
    """The least that creates, changes and deletes everything of a preview; the same bytes for the same preview."""
    name = _name(preview)
    unlisted = (*permissions_aws.unlisted(preview), *permissions_gcp.unlisted(preview))
    files = dict(_aws(preview, name)) | dict(_gcp(preview, name))
    if files:
        files = {f"{name}-deployer.md": _how(preview, name, list(files), unlisted)} | files
    return Permissions(name, MappingProxyType(files), unlisted)


def _aws(preview: Preview, name: str) -> Iterator[tuple[str, str]]:
    for number, text_ in enumerate(permissions_aws.policies(preview), 1):
        yield f"{name}-deployer-policy-{number}.json", text_


def _gcp(preview: Preview, name: str) -> Iterator[tuple[str, str]]:
    if role := permissions_gcp.role(preview, name):
        yield f"{name}-deployer-role.yaml", role


def _name(preview: Preview) -> str:
    """By the tags, which every deployment in AWS has; else by the stack's name without what it holds."""
    for resource in preview.resources:
        if name := text(mapping(resource.inputs.get("tags")).get("moorage:name")):
            return name
    stack = preview.stacks[0].name if preview.stacks else preview.target
    return stack.removesuffix("-cluster").removesuffix("-application")


def _how(preview: Preview, name: str, files: list[str], unlisted: tuple[str, ...]) -> str:
    parts = [f"# Permissions to deploy {name}"]
    if policies := [file for file in files if file.endswith(".json")]:
        parts += _grant_aws(name, policies)
    if any(file.endswith(".yaml") for file in files):
        parts += _grant_gcp(preview, name)
    parts.append(_NOT_INCLUDED)
    if of_type(preview, "aws:iam/rolePolicy:RolePolicy"):
        parts.append(
            f"Whoever holds these may write the inline policies of the roles `{name}-*`, and pass these roles to the "
            "services that they trust. Where that is too much, have a permissions boundary on those roles."
        )
    if unlisted:
        parts.append("Not covered, since no source says what they take: " + ", ".join(unlisted) + ".")
    return "\n\n".join(parts) + "\n"


def _grant_aws(name: str, files: list[str]) -> Iterator[str]:
    numbers = " ".join(str(number) for number in range(1, len(files) + 1))
    yield "Replace ACCOUNT and ROLE (the role that runs `pulumi up`), then create the policies and attach them:"
    yield (
        f"```sh\nfor n in {numbers}; do\n"
        f"  aws iam create-policy --policy-name {name}-deployer-$n"
        f" --policy-document file://{name}-deployer-policy-$n.json &&\n"
        f"  aws iam attach-role-policy --role-name ROLE --policy-arn arn:aws:iam::ACCOUNT:policy/{name}-deployer-$n\n"
        "done\n```"
    )


def _grant_gcp(preview: Preview, name: str) -> Iterator[str]:
    project, role_id = permissions_gcp.project(preview), permissions_gcp.role_id(name)
    yield "Replace MEMBER (such as `serviceAccount:deployer@PROJECT.iam.gserviceaccount.com`), then:"
    yield (
        f"```sh\ngcloud services enable {' '.join(permissions_gcp.services(preview))} --project={project}\n"
        f"gcloud iam roles create {role_id} --project={project} --file={name}-deployer-role.yaml\n"
        f"gcloud projects add-iam-policy-binding {project} --member=MEMBER"
        f" --role=projects/{project}/roles/{role_id} --condition=None\n```"
    )
    roles = "\n".join(f"- `{role}`" for role in permissions_gcp.predefined_roles(preview))
    yield f"Google's own roles cover it too, with much beside it:\n\n{roles}"
