"""Kubernetes: who may connect to pods, and whom pods may connect to."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stacks.policies.inputs import at, blocks, given, hidden, said, texts
from stacks.policies.kubernetes.ingress import INGRESS_POLICIES
from stacks.policies.kubernetes.sources import kubernetes
from stacks.policies.kubernetes.values import leaves
from stacks.policies.kubernetes.view import Fault, Thing, View, over
from stacks.policies.policy import Policy
from stacks.policies.required import is_world
from stacks.policies.sources import ours

_POLICY: Final = "NetworkPolicy"
_METADATA: Final = ipaddress.ip_address("169.254.169.254")
"""Where machines of AWS, GCP and Azure get credentials."""
_FOR_EVERYBODY: Final = frozenset({3080, 4317, 4318})
"""The frontend's port, which load balancers without an address of their own reach, and those of the traces' collector,
which answers programs of the whole cluster."""
_SERVICE_TYPES: Final = ("NodePort", "LoadBalancer")


def _no_policies(view: View) -> Iterator[Fault]:
    if not any(view.of_kind(_POLICY)):
        for namespace in view.of_kind("Namespace"):
            yield Fault(namespace, "There is no network policy in it.")


def _default_deny(view: View) -> Iterator[Fault]:
    """Where there are no policies at all, the profile asked for none."""
    policies = list(view.of_kind(_POLICY))
    for namespace in view.of_kind("Namespace") if policies else ():
        if not any(_denies(policy, namespace.name, "Ingress") for policy in policies):
            yield Fault(namespace, "No network policy in it selects every pod and lets nobody in.")


def _denies(policy: Thing, namespace: str, direction: str) -> bool:
    """Whether a policy covers every pod of a namespace in a direction, and opens nothing itself."""
    spec = policy.body.get("spec")
    if hidden(spec):
        return True
    types = at(spec, "policyTypes")
    return (
        policy.namespace == namespace
        and at(spec, "podSelector") in ({}, None)
        and (hidden(types) or direction in texts(types))
        and not given(at(spec, direction.lower()))
    )


def _world_comes_in(view: View) -> Iterator[Fault]:
    for policy in view.of_kind(_POLICY):
        for place, rule in blocks(at(policy.body, "spec.ingress")):
            where = f"spec.ingress[{place}]"
            if hidden(rule.get("ports")) or _is_for_everybody(rule):
                continue
            if not given(rule.get("from")):
                yield Fault(policy, f"`{where}` names nobody, so everybody may connect.", where)
            for peer, source in blocks(rule.get("from")):
                cidr = at(source, "ipBlock.cidr")
                if is_world(cidr):
                    path = f"{where}.from[{peer}].ipBlock.cidr"
                    yield Fault(policy, f"{said(cidr)} may connect to pods.", path)


def _is_for_everybody(rule: Mapping[str, Any]) -> bool:
    """Whether a rule opens nothing but what answers whoever asks."""
    ports = [port.get("port") for _, port in blocks(rule.get("ports"))]
    return bool(ports) and all(isinstance(port, int) and port in _FOR_EVERYBODY for port in ports)


def _executors_go_out(view: View) -> Iterator[Fault]:
    """Of namespaces that executors have to themselves: jobs there run code that anybody may have written."""
    policies = list(view.of_kind(_POLICY))
    for namespace in view.of_kind("Namespace") if policies else ():
        if not namespace.name.endswith("-executors"):
            continue
        if not any(_denies(policy, namespace.name, "Egress") for policy in policies):
            yield Fault(namespace, "No network policy in it selects every pod and lets none out.")
        for policy in policies:
            if policy.namespace == namespace.name:
                yield from _ways_to_credentials(policy)


def _ways_to_credentials(policy: Thing) -> Iterator[Fault]:
    for place, rule in blocks(at(policy.body, "spec.egress")):
        where = f"spec.egress[{place}]"
        if not given(rule.get("to")) and not given(rule.get("ports")):
            yield Fault(policy, f"`{where}` lets pods connect to everybody.", where)
        for peer, target in blocks(rule.get("to")):
            block = at(target, "ipBlock")
            if isinstance(block, Mapping) and _holds_metadata(block):
                path = f"{where}.to[{peer}].ipBlock"
                message = f"{said(block.get('cidr'))} takes in {_METADATA}, where nodes get their credentials."
                yield Fault(policy, message, path)


def _holds_metadata(block: Mapping[str, Any]) -> bool:
    return _contains(block.get("cidr")) and not any(map(_contains, texts(block.get("except"))))


def _contains(cidr: object) -> bool:
    try:
        return isinstance(cidr, str) and _METADATA in ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False


def _open_services(view: View) -> Iterator[Fault]:
    for values in view.charts:
        for path, key, value in leaves(values.body):
            named = key == "serviceType" or path.endswith("service.type")
            if named and value in _SERVICE_TYPES:
                service = at(values.body, path.rpartition(".")[0])
                if not (value == "LoadBalancer" and given(at(service, "loadBalancerSourceRanges"))):
                    yield Fault(values, f"`{path}` is {value}.", path)
    for service in view.of_kind("Service"):
        type_ = at(service.body, "spec.type")
        if type_ in _SERVICE_TYPES and not given(at(service.body, "spec.loadBalancerSourceRanges")):
            yield Fault(service, f"`spec.type` is {type_}.", "spec.type")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="KUBERNETES-NETWORK-POLICIES",
        severity="note",
        title="Network policies say who may connect to whom",
        because="Every pod of the cluster may otherwise connect to the databases.",
        remedy="Leave `deployment.kubernetes.network_policies` on, where the cluster's network enforces them.",
        source=kubernetes("concepts/services-networking/network-policies"),
        check=over(_no_policies),
    ),
    Policy(
        id="KUBERNETES-DEFAULT-DENY",
        severity="error",
        title="In every namespace nobody may connect to a pod unless a policy lets them",
        because="Pods that no policy selects answer everybody.",
        remedy="Keep the policy `sourcegraph-default-deny` in each namespace.",
        source=kubernetes("concepts/services-networking/network-policies"),
        check=over(_default_deny),
    ),
    Policy(
        id="KUBERNETES-POLICY-WORLD",
        severity="error",
        title="No network policy lets everybody connect, but to the frontend and to the collector of traces",
        because="Databases, Redis and repositories have no other lock than who may connect.",
        remedy="Name pods, namespaces or ranges; `deployment.allowed_cidrs` says who reaches the load balancer.",
        source=kubernetes("concepts/services-networking/network-policies"),
        check=over(_world_comes_in),
    ),
    Policy(
        id="KUBERNETES-EXECUTORS-EGRESS",
        severity="error",
        title="Jobs of executors reach what they are meant to, and no credentials of their node",
        because="A job runs code from any repository, and the metadata service gives away what the node may do.",
        remedy="Keep the policies of the executors' namespace; except 169.254.0.0/16 from ranges that hold it.",
        source=ours("kubernetes.md"),
        check=over(_executors_go_out),
    ),
    Policy(
        id="KUBERNETES-SERVICE-TYPE",
        severity="error",
        title="Requests come in through the Ingress alone",
        because="A port of every node, or a load balancer of its own, goes past TLS and the allowed ranges.",
        remedy="Leave the type at ClusterIP; a LoadBalancer needs `loadBalancerSourceRanges`.",
        source=kubernetes("concepts/services-networking/service"),
        check=over(_open_services),
    ),
    *INGRESS_POLICIES,
)
