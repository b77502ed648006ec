"""Kubernetes: charts, their images, and what their values must not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from stacks.policies.compose.images import floating
from stacks.policies.inputs import at, blocks, breach, given, hidden, said
from stacks.policies.kubernetes.sources import chart, helm, kubernetes
from stacks.policies.kubernetes.values import leaves, spelled_out
from stacks.policies.kubernetes.view import RELEASE, Fault, View, over
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.required import every, no_less_than, switched, together
from stacks.policies.sources import ours
from stacks.preview import Resource

_VERSION: Final = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_TAGS: Final = ("tag", "defaultTag")
_SHORTEST: Final = 600
"""Seconds. Images of Sourcegraph are pulled and databases migrated within one installation."""
_KNOWN: Final = (
    "https://helm.sourcegraph.com/release",
    "https://charts.external-secrets.io",
    "https://aws.github.io/eks-charts",
    "https://kubernetes.github.io/autoscaler",
)


def _published(scope: Scope) -> Iterator[tuple[Resource, str]]:
    """Releases of charts that are fetched, each with where from. One on disk is pinned by the project that holds it."""
    for release in scope.of_type(RELEASE):
        repository, name = at(release.inputs, "repositoryOpts.repo"), release.inputs.get("chart")
        if isinstance(repository, str) and repository:
            yield release, repository
        elif isinstance(name, str) and "://" in name:
            yield release, name


def _unpinned_charts(scope: Scope) -> Iterator[Breach]:
    for release, _ in _published(scope):
        version = release.inputs.get("version")
        if not hidden(version) and not (isinstance(version, str) and _VERSION.fullmatch(version)):
            yield breach(release, f"`version` is {said(version)}.", "version")


def _insecure_charts(scope: Scope) -> Iterator[Breach]:
    for release, source in _published(scope):
        if not source.startswith(("https://", "oci://")):
            yield breach(release, f"The chart comes from {said(source)}.", "repositoryOpts.repo")


def _mirrored_charts(scope: Scope) -> Iterator[Breach]:
    for release, source in _published(scope):
        if source.startswith(("https://", "oci://")) and source.rstrip("/") not in _KNOWN:
            yield breach(release, f"The chart comes from {said(source)}.", "repositoryOpts.repo")


def _floating_images(view: View) -> Iterator[Fault]:
    for values in view.charts:
        for path, key, value in leaves(values.body):
            tag = _tag(key, path, value)
            if tag is not None and floating(tag):
                yield Fault(values, f"`{path}` is {said(value)}.", path)


def _tag(key: str, path: str, value: object) -> str | None:
    """The tag that a value sets; None where it sets none, and the chart's own, which is pinned, holds."""
    if not isinstance(value, str) or not value or "{{" in value:
        return None
    if key in _TAGS:
        return value
    if key == "image" and not path.endswith("]"):
        name = value.rpartition("/")[2]
        return value.partition("@")[2] or name.partition(":")[2] or "latest"
    return None


def _secrets(view: View) -> Iterator[Fault]:
    for values in view.charts:
        for path, _ in spelled_out(values.body):
            yield Fault(values, f"`{path}` holds what looks like a secret.", path)
    for secret in view.of_kind("Secret"):
        for part in ("data", "stringData"):
            for path, _, value in leaves(secret.body.get(part), part):
                if given(value):
                    yield Fault(secret, f"`{path}` holds its content.", path)


def _lost_secrets(view: View) -> Iterator[Fault]:
    for secret in view.of_kind("ExternalSecret"):
        value = at(secret.body, "spec.target.deletionPolicy")
        if value == "Delete":
            yield Fault(secret, "`spec.target.deletionPolicy` is Delete.", "spec.target.deletionPolicy")
        for place, one in blocks(at(secret.body, "spec.data")):
            if not given(at(one, "remoteRef.key")):
                yield Fault(secret, "It names no secret of the store.", f"spec.data[{place}].remoteRef.key")


def _default_namespace(scope: Scope) -> Iterator[Breach]:
    for release in scope.of_type(RELEASE):
        namespace = release.inputs.get("namespace")
        if namespace in (None, "", "default"):
            yield breach(release, f"`namespace` is {said(namespace)}.", "namespace")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="KUBERNETES-CHART-PINNED",
        severity="error",
        title="Charts have an exact version",
        because="The next deployment would otherwise upgrade Sourcegraph without anybody having decided so.",
        remedy="Leave `version` as planned; `sourcegraph_version` is where a profile pins it.",
        source=helm("helm/helm_install"),
        check=_unpinned_charts,
    ),
    Policy(
        id="KUBERNETES-CHART-SOURCE",
        severity="error",
        title="Charts come over HTTPS or from a registry",
        because="Whoever is on the way could put anything into the cluster.",
        remedy="Name https:// or oci:// in `deployment.kubernetes.chart_repository`.",
        source=helm("topics/chart_repository"),
        check=_insecure_charts,
    ),
    Policy(
        id="KUBERNETES-CHART-MIRROR",
        severity="note",
        title="Charts come from those who make them",
        because="A mirror is as good as whoever fills it.",
        remedy="Nothing, if the mirror is yours; `deployment.kubernetes.chart_repository` names it.",
        source=ours("kubernetes.md"),
        check=_mirrored_charts,
    ),
    Policy(
        id="KUBERNETES-CHART-ATOMIC",
        severity="warning",
        title="A release that fails is rolled back, and one that succeeds has running pods",
        because="Otherwise a failed upgrade stays half done, and counts as deployed.",
        remedy="Set `atomic`, and leave `skipAwait` off.",
        source=helm("helm/helm_upgrade"),
        check=together(every(RELEASE, "atomic", switched(on=True)), every(RELEASE, "skipAwait", switched(on=False))),
    ),
    Policy(
        id="KUBERNETES-CHART-TIMEOUT",
        severity="warning",
        title="Helm waits for ten minutes at least",
        because="Its default of five rolls back an installation that only pulls its images.",
        remedy="Set `timeout` to 600 or more.",
        source=helm("helm/helm_upgrade"),
        check=every(RELEASE, "timeout", no_less_than(_SHORTEST)),
    ),
    Policy(
        id="KUBERNETES-NAMESPACE",
        severity="error",
        title="Nothing is installed into the namespace `default`",
        because="What is there shares accounts and policies with whatever else nobody placed.",
        remedy="Name one in `deployment.kubernetes.namespace`.",
        source=kubernetes("concepts/overview/working-with-objects/namespaces"),
        check=_default_namespace,
    ),
    Policy(
        id="KUBERNETES-IMAGE-PINNED",
        severity="error",
        title="Values name no image by a tag that moves",
        because="A pod that restarts would run something else than its neighbour.",
        remedy="Name a full version or a digest in your own values, or leave the chart's.",
        source=kubernetes("concepts/containers/images"),
        check=over(_floating_images),
    ),
    Policy(
        id="KUBERNETES-SECRET-CLEAR",
        severity="error",
        title="No secret stands in values or manifests",
        because="It would be in the state, in the release's history, and in whatever repository holds the file.",
        remedy="Name a secret: `existingSecret` or `secretKeyRef`; `deployment.kubernetes.secrets` says who makes it.",
        source=chart("charts/sourcegraph/README.md"),
        check=over(_secrets),
    ),
    Policy(
        id="KUBERNETES-SECRETS-RETAINED",
        severity="warning",
        title="A secret that is missing in the store for a while is not taken from the pods",
        because="A slip in the store would stop Sourcegraph at the next restart.",
        remedy="Set `target.deletionPolicy` to Retain, and name the secret of each key.",
        source="external-secrets/external-secrets docs/api/externalsecret.md, unverified, 2026-11-22",
        check=over(_lost_secrets),
    ),
)
