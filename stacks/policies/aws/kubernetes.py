"""AWS: clusters and their nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recommender.kubernetes.facts import EKS_VERSIONS
from stacks.policies.aws.parts import CLUSTER, LAUNCH_TEMPLATE
from stacks.policies.inputs import at, breach, given, hidden, refers, said, texts
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import hub, ours

_LOGS: Final = ("api", "audit", "authenticator")


def _version(scope: Scope) -> Iterator[Breach]:
    for cluster in scope.of_type(CLUSTER):
        version = cluster.inputs.get("version")
        if hidden(version):
            continue
        known = EKS_VERSIONS.get(version) if isinstance(version, str) else None
        if known is None:
            yield breach(cluster, f"version is {said(version)}.", "version")
        elif known.status() != "standard":
            yield breach(cluster, f"Standard support of {version} ended on {known.standard_until}.", "version")


def _extended_support(scope: Scope) -> Iterator[Breach]:
    for cluster in scope.of_type(CLUSTER):
        support = at(cluster.inputs, "upgradePolicy.supportType")
        if support != "STANDARD" and not hidden(support):
            yield breach(cluster, f"supportType is {said(support)}.", "upgradePolicy.supportType")


def _logs(scope: Scope) -> Iterator[Breach]:
    for cluster in scope.of_type(CLUSTER):
        logs = cluster.inputs.get("enabledClusterLogTypes")
        missing = [log for log in _LOGS if log not in texts(logs)]
        if missing and not hidden(logs):
            yield breach(cluster, f"Not logged: {', '.join(missing)}.", "enabledClusterLogTypes")


def _access(scope: Scope) -> Iterator[Breach]:
    for cluster in scope.of_type(CLUSTER):
        access = cluster.inputs.get("accessConfig")
        mode, creator = at(access, "authenticationMode"), at(access, "bootstrapClusterCreatorAdminPermissions")
        if mode != "API" and not hidden(mode):
            yield breach(cluster, f"authenticationMode is {said(mode)}.", "accessConfig.authenticationMode")
        # AWS' default is that the creator stays administrator.
        if creator not in (False, "false") and not hidden(creator):
            where = "accessConfig.bootstrapClusterCreatorAdminPermissions"
            yield breach(cluster, "Whoever creates the cluster stays its administrator.", where)


def _nodes(scope: Scope) -> Iterator[Breach]:
    with_image = [template for template in scope.of_type(LAUNCH_TEMPLATE) if given(template.inputs.get("imageId"))]
    for group in scope.of_type("aws:eks/nodeGroup:NodeGroup"):
        if given(group.inputs.get("releaseVersion")):
            continue
        if not any(refers(group, "launchTemplate", template) for template in with_image):
            yield breach(group, "releaseVersion is not said.", "releaseVersion")


def _addons(scope: Scope) -> Iterator[Breach]:
    for addon in scope.of_type("aws:eks/addon:Addon"):
        if not given(addon.inputs.get("addonVersion")):
            yield breach(addon, "addonVersion is not said.", "addonVersion")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "AWS-EKS-VERSION",
        "error",
        "The version of Kubernetes is named and in standard support",
        "A version that nobody names is AWS' default of the day; one out of support gets no fixes, or costs six times.",
        "Name a supported version in `deployment.kubernetes.version`.",
        hub("EKS.2"),
        _version,
    ),
    Policy(
        "AWS-EKS-STANDARD-SUPPORT",
        "warning",
        "Clusters do not slide into extended support",
        "AWS' default keeps an old version at six times the price of the control plane.",
        "Set `upgradePolicy.supportType` to STANDARD.",
        ours("adr/0014-vendor-facts-of-kubernetes.md"),
        _extended_support,
    ),
    Policy(
        "AWS-EKS-LOGS",
        "error",
        "The control plane logs who asked it what",
        "Without the audit log nobody can tell what a stolen credential was used for.",
        "Name api, audit and authenticator in `enabledClusterLogTypes`.",
        hub("EKS.8"),
        _logs,
    ),
    Policy(
        "AWS-EKS-ACCESS",
        "error",
        "Access to the cluster is by entries that can be seen",
        "An administrator that only the cluster's creation made is in no list, and cannot be taken away.",
        "Set `authenticationMode` to API, and name administrators in `deployment.kubernetes.admins`.",
        ours("adr/0013-two-stacks-for-kubernetes.md"),
        _access,
    ),
    Policy(
        "AWS-NODES-PINNED",
        "error",
        "Nodes name the release of their image",
        "The newest image of the day makes every node a new one when something else is changed.",
        "Set `releaseVersion`, or an image in the launch template.",
        ours("adr/0014-vendor-facts-of-kubernetes.md"),
        _nodes,
    ),
    Policy(
        "AWS-ADDON-PINNED",
        "error",
        "Add-ons of the cluster name their version",
        "AWS' default changes with time, and two clusters of one profile would differ.",
        "Set `addonVersion`.",
        ours("adr/0014-vendor-facts-of-kubernetes.md"),
        _addons,
    ),
)
