"""AWS: what machines are reached by, and reach others by."""

from __future__ import annotations

from typing import Final

from stacks.cost.aws_machines import ADDRESS
from stacks.cost.charges import ByUse, Charges, Payer
from stacks.cost.index import Index, record, text
from stacks.preview import Resource

_LEAST_ZONES: Final = 2
"""An Application Load Balancer needs subnets of two zones (as `components/aws/load_balancer.py` asks for)."""
_ADDRESS_NOTE: Final = "one address a zone; AWS adds more under load"


def nat_gateway(resource: Resource, index: Index) -> Charges:
    """`aws:ec2/natGateway:NatGateway`. Its address is a resource of its own."""
    payer = Payer(resource.urn, index.region(resource))
    yield payer.hours("NAT gateway", "network", "nat.hour")
    yield payer.use("Data through NAT gateways", "nat.gb")


def address(resource: Resource, index: Index) -> Charges:
    """`aws:ec2/eip:Eip`, in use or not."""
    payer = Payer(resource.urn, index.region(resource))
    yield payer.hours("public IPv4 address", "network", ADDRESS)


def load_balancer(resource: Resource, index: Index) -> Charges:
    """`aws:lb/loadBalancer:LoadBalancer`, with the public addresses that AWS gives it."""
    inputs, payer = resource.inputs, Payer(resource.urn, index.region(resource))
    subnets = inputs.get("subnets")
    zones = len(subnets) if isinstance(subnets, list | tuple) else _LEAST_ZONES
    if text(inputs.get("loadBalancerType")) == "network":
        yield payer.hours("Network Load Balancer", "load balancing", "nlb.hour")
        yield ByUse("Capacity units of Network Load Balancers (NLCU): by connections and data.")
        if inputs.get("internal") is not True:
            yield payer.hours("public IPv4 addresses of the load balancer", "network", ADDRESS, zones)
        return
    yield from application_load_balancer(payer, zones, internal=inputs.get("internal") is True)


def ingress_class(resource: Resource, index: Index) -> Charges:
    """`kubernetes:networking.k8s.io/v1:IngressClass` of AWS's controller: the load balancer that it will make."""
    spec = record(resource.inputs.get("spec"))
    if text(spec.get("controller")) != "ingress.k8s.aws/alb":
        return
    stack = index.stack(resource)
    classes = index.of_type("kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams", stack=stack)
    scheme = text(record(classes[0].inputs.get("spec")).get("scheme")) if classes else ""
    edge = [
        subnet
        for subnet in index.of_type("aws:ec2/subnet:Subnet")
        if "kubernetes.io/role/elb" in record(subnet.inputs.get("tags"))
    ]
    payer = Payer(resource.urn, index.region_of_stack(stack))
    yield from application_load_balancer(
        payer, max(len(edge), _LEAST_ZONES), internal=scheme != "internet-facing", note="made by the ingress controller"
    )


def application_load_balancer(payer: Payer, zones: int, *, internal: bool, note: str = "") -> Charges:
    """An Application Load Balancer in so many zones."""
    yield payer.hours("Application Load Balancer", "load balancing", "alb.hour", note=note)
    yield payer.use("Capacity units of Application Load Balancers", "alb.lcu-hour")
    if not internal:
        item = "public IPv4 addresses of the load balancer"
        yield payer.hours(item, "network", ADDRESS, zones, note=_ADDRESS_NOTE)


def endpoint(resource: Resource, index: Index) -> Charges:
    """`aws:ec2/vpcEndpoint:VpcEndpoint`: an interface pays for each zone, a gateway nothing."""
    inputs, payer = resource.inputs, Payer(resource.urn, index.region(resource))
    service = text(inputs.get("serviceName")).rpartition(".")[2] or "unknown service"
    if (text(inputs.get("vpcEndpointType")) or "Gateway") == "Gateway":
        yield payer.hours(f"gateway endpoint, {service}", "network", "vpce-gateway-s3.hour")
        return
    subnets = inputs.get("subnetIds")
    zones = len(subnets) if isinstance(subnets, list | tuple) else None
    yield payer.hours(f"interface endpoint, {service}", "network", "vpce-interface.hour", zones)
    yield payer.use("Data through interface endpoints", "vpce-interface.gb.first-1pb")


def flow_log(resource: Resource, index: Index) -> Charges:
    """`aws:ec2/flowLog:FlowLog`: by what it writes."""
    yield Payer(resource.urn, index.region(resource)).use("Flow logs, as ingested", "cloudwatch.logs.ingest.gb")


def dns_record(resource: Resource, index: Index) -> Charges:
    """`aws:route53/record:Record`: by queries; the zone exists already."""
    yield Payer(resource.urn, index.region(resource)).use("DNS queries", "route53.queries.1m")
