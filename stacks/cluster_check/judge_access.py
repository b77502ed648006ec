"""What must be in the cluster, and what whoever installs may do there: ingress, kinds, secrets, permissions."""

from __future__ import annotations

from collections.abc import Iterator

from recommender.kubernetes.needs import Needs, SecretNeed
from recommender.kubernetes.permissions import Permission
from recommender.kubernetes.plan import IngressPlan
from stacks.cluster_check.findings import Finding, Problem, finding, some, unread
from stacks.cluster_check.observed import Observed, SecretSeen

_ALB = "ingress.k8s.aws/alb"
_NGINX = "k8s.io/ingress-nginx"


def ingress(needs: Needs, seen: Observed) -> Finding:
    """Whether something makes the way in of the plan's Ingress."""
    given = needs.ingress
    if given is None:
        return finding("CLUSTER-INGRESS", "no ingress: the plan has no domain", "nothing is needed", ())
    named = f" of class {given.class_name}" if given.class_name else ""
    good = "GKE's own controller answers" if given.kind == "gce" else _answers(needs, seen, given)
    problems = [*_class_problems(needs, seen, given), *_issuer_problems(seen, given)]
    return finding("CLUSTER-INGRESS", f"an ingress ({given.kind}){named}", good, problems)


def _answers(needs: Needs, seen: Observed, given: IngressPlan) -> str:
    controller = (seen.ingress_classes or {}).get(given.class_name)
    return f"the class is answered by {controller}" if controller else f"the plan makes {given.class_name}"


def _class_problems(needs: Needs, seen: Observed, given: IngressPlan) -> Iterator[Problem]:
    if given.kind == "gce":
        return
    if seen.ingress_classes is None:
        yield unread("ingress classes", "list ingressclasses")
        return
    controller = seen.ingress_classes.get(given.class_name)
    if controller is None:
        if not needs.makes_ingress_class:
            known = some(sorted(seen.ingress_classes)) or "none"
            remedy = "Install its controller, or name another in deployment.kubernetes.ingress.class_name."
            yield Problem("fail", f"there is no ingress class {given.class_name}; the cluster has {known}", remedy)
    elif given.kind == "alb" and controller != _ALB:
        remedy = f"Name a class of {_ALB} in deployment.kubernetes.ingress.class_name."
        yield Problem("fail", f"{given.class_name} belongs to {controller}", remedy)
    elif given.kind == "nginx" and controller != _NGINX:
        remedy = f"Name a class of {_NGINX}, or say kind class and hold connections for 5 minutes yourself."
        words = f"{given.class_name} belongs to {controller}, which does not read the timeouts of {_NGINX}"
        yield Problem("warn", words, remedy)


def _issuer_problems(seen: Observed, given: IngressPlan) -> Iterator[Problem]:
    if not given.cluster_issuer:
        return
    if seen.issuer_ready is None:
        yield unread(f"the issuer {given.cluster_issuer}", "get clusterissuers.cert-manager.io")
    elif not seen.issuer_ready:
        remedy = f"Run `kubectl describe clusterissuer {given.cluster_issuer}`, and mend what it says."
        yield Problem("fail", f"cert-manager has no issuer {given.cluster_issuer} that is ready", remedy)


def kinds(needs: Needs, seen: Observed) -> Finding:
    """Whether the kinds of the plan's manifests are there, beside those of Kubernetes and of its own charts."""
    missing = [each for each in needs.kinds if (each.group, each.version, each.kind) not in seen.kinds]
    problems = [
        Problem(
            "fail", f"the cluster knows no {each.kind} ({each.group}/{each.version})", f"Install {each.brought_by}."
        )
        for each in missing
    ]
    what = some(f"{each.kind} ({each.group}/{each.version})" for each in needs.kinds) or "no kinds but Kubernetes' own"
    return finding("CLUSTER-CRDS", what, "the cluster knows them" if needs.kinds else "nothing is needed", problems)


def secrets(needs: Needs, seen: Observed) -> Finding:
    """Whether secrets that the plan does not make are there, with their keys. No value is read."""
    problems = [problem for need in needs.secrets for problem in _secret(need, seen.secrets[need.namespace, need.name])]
    what = some(f"{need.namespace}/{need.name}" for need in needs.secrets) or "no secrets of yours"
    good = "each is there, with its keys" if needs.secrets else "nothing is needed"
    return finding("CLUSTER-SECRETS", what, good, problems)


def _secret(need: SecretNeed, found: SecretSeen) -> Iterator[Problem]:
    name, keys = f"{need.namespace}/{need.name}", ", ".join(need.keys)
    if found.state == "denied":
        yield unread(f"whether {name} is there", f"get secrets in {need.namespace}")
    elif found.state == "absent":
        remedy = f"Create it with the keys {keys}, by `kubectl -n {need.namespace} create secret` or your own way."
        yield Problem("fail", f"there is no secret {name} ({need.why})", remedy)
    elif found.keys is None:
        listing = f"kubectl -n {need.namespace} get secret {need.name} -o go-template="
        template = "'{{range $key, $_ := .data}}{{$key}} {{end}}'"
        yield Problem(
            "unchecked", f"the keys of {name} are not known", f"Look for {keys} in what `{listing}{template}` lists."
        )
    elif lacking := [key for key in need.keys if key not in found.keys]:
        yield Problem("fail", f"the secret {name} has no key {', '.join(lacking)}", f"Add it: {name} needs {keys}.")


def allowed(needs: Needs, seen: Observed) -> Finding:
    """Whether whoever runs the check could install the plan."""
    what = f"{len(needs.permissions)} permissions, to make what Helm and the plan make"
    return finding("CLUSTER-PERMISSIONS", what, "all are granted", _permission_problems(seen))


def _permission_problems(seen: Observed) -> Iterator[Problem]:
    if seen.denied is None:
        # Every user who is known to a cluster may ask this.
        remedy = "Log in: the API server takes whoever asks for nobody it knows."
        yield Problem("fail", "the API server does not say what the user may do", remedy)
        return
    verbs: dict[tuple[str, str | None], list[str]] = {}
    for each in seen.denied:
        if not (each.given and seen.may_escalate):
            verbs.setdefault((_resource(each), each.namespace), []).append(each.verb)
    if verbs:
        words = [f"{'/'.join(which)} {what}{f' in {space}' if space else ''}" for (what, space), which in verbs.items()]
        remedy = (
            "Have a cluster administrator install it, or grant these to whoever does; `kubectl auth can-i VERB "
            "RESOURCE` asks the same."
        )
        yield Problem("fail", f"the user may not {'; not '.join(words)}", remedy)


def _resource(permission: Permission) -> str:
    return f"{permission.resource}.{permission.group}" if permission.group else permission.resource
