"""GCP: what machines are reached by, and reach others by."""

from __future__ import annotations

from typing import Final

from stacks.cost.charges import ByUse, Charge, Charges, Payer
from stacks.cost.gcp_machines import ADDRESS, INSTANCE, NODE_POOL, nodes, public_addresses
from stacks.cost.index import Index, record, text
from stacks.preview import Resource

_REGIONAL: Final = "gcp:compute/forwardingRule:ForwardingRule"
_GLOBAL: Final = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
_RULES_IN_ONE: Final = 5
_NAT_MACHINES: Final = 32
"""A NAT gateway costs by its machines up to so many, and no more above (price table, `nat.vm-hour`)."""


def nat(resource: Resource, index: Index) -> Charges:
    """`gcp:compute/routerNat:RouterNat`: by the machines of its stack that have no address of their own."""
    payer, stack = Payer(resource.urn, index.region(resource)), index.stack(resource)
    alone = sum(1 for machine in index.of_type(INSTANCE, stack=stack) if not public_addresses(machine))
    pools = [nodes(pool) for pool in index.of_type(NODE_POOL, stack=stack)]
    known = bool(alone or pools) and all(first is not None for first, _ in pools)
    count = min(alone + sum(first or 0 for first, _ in pools), _NAT_MACHINES)
    most = min(alone + sum(max(first or 0, top or 0) for first, top in pools), _NAT_MACHINES)
    yield payer.hours("Cloud NAT, machines", "network", "nat.vm-hour", count if known else None, maximum=most)
    yield payer.use("Data through Cloud NAT", "nat.data.gib")


def address(resource: Resource, index: Index) -> Charges:
    """`gcp:compute/address:Address`: a public one pays while it is in use, too."""
    yield from _address(resource, Payer(resource.urn, index.region(resource)))


def global_address(resource: Resource, index: Index) -> Charges:
    """`gcp:compute/globalAddress:GlobalAddress`."""
    yield from _address(resource, Payer(resource.urn, "global"))


def _address(resource: Resource, payer: Payer) -> Charges:
    if text(resource.inputs.get("addressType")) != "INTERNAL":
        note = "as an address of a machine; one of a load balancer may cost less"
        yield payer.hours("public IPv4 address", "network", ADDRESS, note=note)


def forwarding_rule(resource: Resource, index: Index) -> Charges:
    """A forwarding rule: the first five of a region, or the first five global ones, cost one price together."""
    here = resource.type
    region = "global" if here == _GLOBAL else index.region(resource)
    together = [rule for rule in index.of_type(here) if here == _GLOBAL or index.region(rule) == region]
    position = next(i for i, rule in enumerate(together) if rule is resource)
    payer = Payer(resource.urn, region)
    if position == 0:
        yield _first_rules(payer, min(len(together), _RULES_IN_ONE))
        yield from _processed(payer, text(resource.inputs.get("loadBalancingScheme")))
    elif position >= _RULES_IN_ONE:
        yield payer.hours("forwarding rule", "load balancing", "lb.forwarding-rule-further.hour")


def backend_config(resource: Resource, index: Index) -> Charges:
    """`kubernetes:cloud.google.com/v1:BackendConfig`: stands for the load balancer that GKE makes for the ingress.

    It is a global one where the cluster's stack reserves a global public address for it, else a regional one.
    """
    stack = index.stack(resource)
    reserved = index.of_type("gcp:compute/globalAddress:GlobalAddress")
    is_global = any(text(item.inputs.get("addressType")) != "INTERNAL" for item in reserved)
    payer = Payer(resource.urn, "global" if is_global else index.region_of_stack(stack))
    redirect = index.of_type("kubernetes:networking.gke.io/v1beta1:FrontendConfig", stack=stack)
    yield _first_rules(payer, 2 if redirect else 1, note="made by the ingress controller")
    yield from _processed(payer, "EXTERNAL" if is_global else "INTERNAL_MANAGED")


def _first_rules(payer: Payer, count: int, note: str = "") -> Charge:
    item = f"load balancer, {count} forwarding rule{'s' if count > 1 else ''}"
    together = "up to five rules cost this together"
    note = f"{note}; {together}" if note else together
    return payer.hours(item, "load balancing", "lb.forwarding-rules-first-5.hour", note=note)


def _processed(payer: Payer, scheme: str) -> Charges:
    yield payer.use("Data through load balancers", "lb.data.gib")
    if scheme == "INTERNAL_MANAGED":
        yield ByUse("Proxies of internal load balancers, by load: the table has no price.")


def security_policy(resource: Resource, index: Index) -> Charges:
    """Cloud Armor, standard tier: a policy and each of its rules."""
    payer = Payer(resource.urn, "global")
    rules = resource.inputs.get("rules")
    count = float(len(rules)) if isinstance(rules, list | tuple) else None
    yield payer.amount("Cloud Armor policy", "load balancing", "armor.policy-month", 1, "policy-month")
    yield payer.amount("Cloud Armor rules", "load balancing", "armor.rule-month", count, "rule-month")
    yield ByUse("Requests that Cloud Armor judges: the table has no price.")


def subnet(resource: Resource, index: Index) -> Charges:
    """`gcp:compute/subnetwork:Subnetwork`: free, but for the flow logs that it writes."""
    if record(resource.inputs.get("logConfig")):
        yield Payer(resource.urn, index.region(resource)).use("Flow logs and logs of NAT", "logging.network.gib")


def dns_record(resource: Resource, index: Index) -> Charges:
    """`gcp:dns/recordSet:RecordSet`: by queries; the zone exists already."""
    yield Payer(resource.urn, index.region(resource)).use("DNS queries", "dns.queries.1m")


def alert_policy(resource: Resource, index: Index) -> Charges:
    """`gcp:monitoring/alertPolicy:AlertPolicy`: a charge is announced, not dated."""
    yield ByUse(
        "Alerting policies: Google announced 1.50 USD a condition a month without naming the day "
        "(cloud.google.com/monitoring/alerts/cost-control, stored copy)."
    )
