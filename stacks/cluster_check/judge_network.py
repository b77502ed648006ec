"""Names, ways out, and who may talk to whom. What only a pod could try is left to a person, with the command for it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator

from recommender.kubernetes.needs import Needs
from stacks.cluster_check.findings import Finding, Problem, finding, some, unread
from stacks.cluster_check.observed import Observed, PodSeen

_DNS = {
    "kube-system": ("k8s-app", ("kube-dns", "coredns")),
    "openshift-dns": ("dns.operator.openshift.io/daemonset-dns", ("default",)),
}
"""Namespace to the label of the pods that answer for names: of every common distribution, and of OpenShift."""

_DNS_ELSEWHERE = ("eks-auto", "gke")
"""Where names may be answered outside of pods: on nodes, and by Cloud DNS."""

_ENFORCING = (
    "anetd",
    "antrea-agent",
    "azure-npm",
    "calico-node",
    "canal",
    "cilium",
    "kube-router",
    "ovnkube-node",
    "weave-net",
)
"""What the names of network plug-ins' pods that enforce policies begin with."""

_ENFORCED_BY_CLUSTER = ("eks-auto", "openshift")
_AWS = ("aws-node", "--enable-network-policy=true")
"""Amazon's plug-in enforces them only with this argument."""


def dns(needs: Needs, seen: Observed) -> Finding:
    """Whether something answers for names inside the cluster."""
    answering = [pod for pod in seen.pods or () if _answers_names(pod)]
    ready = sum(pod.ready for pod in answering)
    good = f"{ready} of {len(answering)} pods of the cluster's DNS are ready"
    return finding("CLUSTER-DNS", "a DNS of the cluster that answers", good, _dns_problems(needs, seen, answering))


def _dns_problems(needs: Needs, seen: Observed, answering: list[PodSeen]) -> Iterator[Problem]:
    if seen.pods is None:
        yield unread("the pods of the cluster's DNS", "list pods in kube-system")
    elif not answering and needs.flavor in _DNS_ELSEWHERE:
        words = f"no pods of a DNS: {needs.flavor} may answer outside of pods"
        yield Problem("unchecked", words, "Run the command of CLUSTER-EGRESS, which looks names up.")
    elif not answering:
        remedy = "Run the command of CLUSTER-EGRESS, which looks names up; install CoreDNS if it finds none."
        yield Problem("warn", "no pods of a DNS that is known", remedy)
    elif not any(pod.ready for pod in answering):
        remedy = "Run `kubectl -n kube-system describe pods -l k8s-app=kube-dns`, and mend what it says."
        yield Problem("fail", f"none of {len(answering)} pods of the cluster's DNS is ready", remedy)


def _answers_names(pod: PodSeen) -> bool:
    label, values = _DNS.get(pod.namespace, ("", ()))
    return pod.labels.get(label) in values


def policies(needs: Needs, seen: Observed) -> Finding:
    """Whether somebody enforces the plan's network policies."""
    if not needs.network_policies:
        return finding("CLUSTER-NETWORK-POLICY", "no network policies", "nothing is needed", ())
    names = sorted({name for pod in seen.pods or () for name in [_enforcing(pod)] if name})
    good = f"{some(names)} enforces them" if names else f"{needs.flavor} enforces them"
    problems = () if names else _policy_problems(needs, seen)
    return finding("CLUSTER-NETWORK-POLICY", "a network plug-in that enforces network policies", good, problems)


def _policy_problems(needs: Needs, seen: Observed) -> Iterator[Problem]:
    if needs.flavor in _ENFORCED_BY_CLUSTER:
        return
    if seen.pods is None:
        yield unread("the pods of network plug-ins", "list pods in all namespaces")
        return
    remedy = (
        "Switch it on (on EKS: enableNetworkPolicy of the add-on vpc-cni; on GKE: Dataplane V2), install Calico or "
        "Cilium, or say network_policies: false, and every pod of the cluster may talk to the databases."
    )
    yield Problem("warn", "no network plug-in is known that would enforce them", remedy)


def _enforcing(pod: PodSeen) -> str:
    if pod.name.startswith(_AWS[0]) and _AWS[1] in pod.arguments:
        return "amazon-vpc-cni"
    return next((name for name in _ENFORCING if pod.name.startswith(name)), "")


def egress(needs: Needs, seen: Observed) -> Finding:
    """Whether pods may call what they must. From outside only policies can be seen; the rest a person tries."""
    hosts = some(f"{host.name}:{host.port}" for host in needs.hosts)
    what = f"a way out to {hosts}, and to your code hosts"
    return finding("CLUSTER-EGRESS", what, "", _egress_problems(needs, seen))


def _egress_problems(needs: Needs, seen: Observed) -> Iterator[Problem]:
    space = needs.namespace
    if seen.egress is None:
        yield unread(f"the network policies of {space}", f"list networkpolicies in {space}")
    found = [each for each in seen.egress or () if each.reach != "anything"]
    if found and not any(each.everybody and each.reach == "anything" for each in seen.egress or ()):
        closed = not any(each.reach == "some" for each in found) and any(each.everybody for each in found)
        names = some(each.name for each in found)
        remedy = f"Let pods of {space} call DNS, {', '.join(host.name for host in needs.hosts)} and your code hosts."
        words = "let pods call nothing outside" if closed else "limit what pods may call"
        yield Problem("fail" if closed else "warn", f"network policies of {space} {words}: {names}", remedy)
    yield Problem(
        "unchecked",
        "whether firewalls, gateways and proxies let pods out cannot be seen from outside of them",
        f"Try it, which makes a pod and removes it: {egress_command(needs, seen)}",
    )


def egress_command(needs: Needs, seen: Observed) -> str:
    """What a person may run to look every host up and connect to it, from inside, with an image of the chart."""
    exists = (seen.namespaces or {}).get(needs.namespace) is not None
    hosts = " ".join(f"{host.name}:{host.port}" for host in needs.hosts)
    tries = f"for h in {hosts}; do nc -z -w 5 ${{h%:*}} ${{h#*:}} && echo $h ok || echo $h FAILED; done"
    words = ["kubectl", "--context", seen.context, "--namespace", needs.namespace if exists else "default"]
    words += ["run", "moorage-egress", "--rm", "-i", "--restart=Never", f"--image={needs.image}"]
    if needs.image_pull_secret:
        spec = {"spec": {"imagePullSecrets": [{"name": needs.image_pull_secret}]}}
        words.append(f"--overrides={json.dumps(spec)}")
    return shlex.join([*words, "--", "sh", "-c", tries])
