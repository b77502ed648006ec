"""The bundle of a Kubernetes plan: values, manifests, and the commands to install them without Pulumi."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from recommender.kubernetes.chart import CHART
from recommender.kubernetes.chart_keys import unknown_keys
from recommender.kubernetes.plan import ApplicationPlan, KubernetesPlan
from templates.bundle import USER_FOLDER, Bundle, manifest_of
from templates.context import File, checked
from templates.kubernetes import commands
from templates.kubernetes.context import FRONTEND, TOKEN, running
from templates.kubernetes.executors import chart as executors_chart
from templates.kubernetes.files import EXECUTOR_VALUES, VALUES, kubernetes_files
from templates.kubernetes.hand_secrets import HandSecret, hand_secrets, stack_output, store_references
from templates.kubernetes.manifests import Manifest, manifests
from templates.kubernetes.values import values
from templates.render import render

_FILLED = f"{USER_FOLDER}/filled"
_ROLLED_OUT = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True, slots=True)
class Token:
    """A value that only the cluster stack knows."""

    path: str
    command: str
    """Prints it."""


@dataclass(frozen=True, slots=True)
class UserValuesContext:
    """What the customer's own file of values says at first."""

    chart: str
    file: str


@dataclass(frozen=True, slots=True)
class _Groups:
    """Manifests by when they can be applied."""

    namespaces: tuple[str, ...]
    first: tuple[str, ...]
    """Before the cluster's own charts."""
    kinds: tuple[str, ...]
    """After them: they bring the kinds."""
    last: tuple[str, ...]
    """After Sourcegraph."""
    removable: tuple[str, ...]
    """Whatever holds no data in itself or for others."""


@dataclass(frozen=True, slots=True)
class ReadmeContext:
    """What README.md says. Commands are text for bash; an empty one is left out."""

    plan: KubernetesPlan
    application: ApplicationPlan
    filled: str
    """Where files with tokens are copied to and filled; empty without tokens."""
    copied: tuple[str, ...]
    tokens: tuple[Token, ...]
    kubeconfig: str
    reach: str
    namespaces: str
    references: tuple[str, ...]
    secrets: tuple[HandSecret, ...]
    first: str
    platform: tuple[tuple[str, str], ...]
    """Name and version of a chart, and its installation."""
    kinds: str
    chart_check: str
    sourcegraph: str
    executors: str
    last: str
    rollout: tuple[str, ...]
    """Loops over the workloads of one namespace."""
    pods: str
    port_forward: str
    ingress: str
    history: str
    rollback: str
    uninstall: tuple[str, ...]
    """Releases of Sourcegraph."""
    remove: str
    platform_uninstall: tuple[str, ...]
    claims: str
    claims_kept: bool
    """Helm leaves every claim where it is when the release goes; a StatefulSet's own are never its business."""


def kubernetes_bundle(plan: KubernetesPlan) -> Bundle:
    """The bundle.

    Raises:
        MoorageError: a value of the plan that has no business in a manifest or a command.
    """
    application = plan.application
    files = kubernetes_files(application)
    readme = File("README.md", "0644", render("kubernetes/text/README.md.j2", _context(plan, files)))
    made = (readme, *files)
    return Bundle(plan.name, plan.target, plan.version, (*made, manifest_of(made)), tuple(_user(application)))


def _user(plan: ApplicationPlan) -> Iterator[File]:
    found = [(CHART, VALUES)]
    if plan.executors:
        found.append((executors_chart(plan, plan.executors).name, EXECUTOR_VALUES))
    for chart, file in found:
        text = render("kubernetes/text/user-values.yaml.j2", UserValuesContext(chart, file))
        yield File(f"{USER_FOLDER}/{file}", "0644", text)


def _context(plan: KubernetesPlan, files: Sequence[File]) -> ReadmeContext:
    application, space = plan.application, plan.application.namespace
    paths = sorted({path for file in files for path in TOKEN.findall(file.text)})
    root = f"{_FILLED}/" if paths else ""
    groups = _groups(application, root)
    return ReadmeContext(
        plan=plan,
        application=application,
        filled=_FILLED if paths else "",
        copied=tuple(dict.fromkeys(file.path.split("/")[0] for file in files if not file.path.startswith("layers/"))),
        tokens=tuple(Token(path, stack_output(application, path)) for path in paths),
        kubeconfig=_kubeconfig(application),
        reach=commands.kubectl(application, "version"),
        namespaces=commands.apply(application, groups.namespaces),
        references=store_references(application),
        secrets=hand_secrets(application),
        first=commands.apply(application, groups.first),
        platform=tuple(
            (
                f"{chart.name} {chart.version}",
                commands.install_platform(application, chart, _platform(root, chart.name)),
            )
            for chart in application.charts
        ),
        kinds=commands.apply(application, groups.kinds),
        chart_check=commands.show_chart_file(application),
        sourcegraph=commands.install_sourcegraph(application, (f"{root}{VALUES}", f"{USER_FOLDER}/{VALUES}")),
        executors=_executors(application, root),
        last=commands.apply(application, groups.last),
        rollout=tuple(_rollout(application)),
        pods=commands.kubectl(application, "get pods", namespace=space),
        port_forward=commands.kubectl(application, f"port-forward service/{FRONTEND} 3080:30080", namespace=space),
        ingress=commands.kubectl(application, f"get ingress {FRONTEND}", namespace=space)
        if application.ingress
        else "",
        history=commands.helm(application, space, "history", CHART),
        rollback=commands.rollback(application),
        uninstall=tuple(_uninstall(application)),
        remove=commands.delete(application, groups.removable),
        platform_uninstall=tuple(
            commands.uninstall(application, chart.name, chart.namespace) for chart in reversed(application.charts)
        ),
        claims=commands.kubectl(application, "get persistentvolumeclaims", namespace=space),
        claims_kept=_claims_kept(application),
    )


def _groups(plan: ApplicationPlan, root: str) -> _Groups:
    """The files that `kubernetes_files` makes of the manifests, in their order."""
    found = manifests(plan)
    paths: Mapping[str, Manifest] = {
        f"{root}manifests/{number:02}-{manifest.name}.yaml": manifest for number, manifest in enumerate(found, 1)
    }
    rest = {path: each for path, each in paths.items() if each.document["kind"] != "Namespace"}
    return _Groups(
        namespaces=tuple(path for path in paths if path not in rest),
        first=tuple(path for path, each in rest.items() if not each.needs and not each.after),
        kinds=tuple(path for path, each in rest.items() if each.needs and not each.after),
        last=tuple(path for path, each in rest.items() if each.after),
        removable=tuple(path for path, each in rest.items() if each.document["kind"] != "StorageClass"),
    )


def _kubeconfig(plan: ApplicationPlan) -> str:
    return stack_output(plan, "kubeconfig") if plan.own_cluster else ""


def _platform(root: str, chart: str) -> str:
    return f"{root}platform/{chart}.yaml"


def _claims_kept(plan: ApplicationPlan) -> bool:
    made = values(plan)
    read = made.origins.keys() - set(unknown_keys(made.document, plan.version))
    own = [each.key for each in running(plan) if each.claim and not each.claim.template]
    return all(f"{key}.storageAnnotations.helm.sh/resource-policy" in read for key in own)


def _executors(plan: ApplicationPlan, root: str) -> str:
    if plan.executors is None:
        return ""
    chart = executors_chart(plan, plan.executors).name
    values = (f"{root}{EXECUTOR_VALUES}", f"{USER_FOLDER}/{EXECUTOR_VALUES}")
    return commands.install_executors(plan, chart, plan.executors.namespace, values)


def _rollout(plan: ApplicationPlan) -> Iterator[str]:
    for space in dict.fromkeys(each.namespace for each in plan.workloads):
        names = [
            f"{each.kind.lower()}/{checked('workloads.name', each.name, r'[a-z0-9.-]+')}"
            for each in plan.workloads
            if each.namespace == space and each.kind in _ROLLED_OUT
        ]
        wait = commands.kubectl(plan, 'rollout status "$workload" --timeout=10m', namespace=space)
        yield f"for workload in {' '.join(names)}; do\n  {wait} || break\ndone"


def _uninstall(plan: ApplicationPlan) -> Iterator[str]:
    if plan.executors:
        yield commands.uninstall(plan, executors_chart(plan, plan.executors).name, plan.executors.namespace)
    yield commands.uninstall(plan, CHART, plan.namespace)
