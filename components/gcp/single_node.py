"""One machine with everything around it: the base of every target that runs on one."""

from __future__ import annotations

from typing import ClassVar, TypedDict

import pulumi

from components.gcp.alarms import Alarms
from components.gcp.data_disk import DataDisk
from components.gcp.edge import DnsRecord, EdgeArgs
from components.gcp.firewall import Firewall, is_shared_network
from components.gcp.identity import Identity
from components.gcp.image import boot_image
from components.gcp.internal_load_balancer import InternalEdgeArgs, InternalLoadBalancer
from components.gcp.load_balancer import LoadBalancer
from components.gcp.machine import Machine
from components.gcp.network import Network
from components.gcp.next_steps import next_steps
from recommender.plan import ExistingNetwork, SingleNodePlan

_LOCAL_PORT = 8443


class SingleNodeArgs(TypedDict):
    """What every target on one machine needs."""

    plan: SingleNodePlan
    """Every number and name, for the project, region and zone of the provider in `opts`."""
    user_data: pulumi.Input[str]
    """cloud-config text for the metadata key `user-data`, without secrets."""


class SingleNode(pulumi.ComponentResource):
    """A Sourcegraph machine with its network, disk, image, way in, snapshots and alarms.

    Targets are subclasses, not components around this one: another layer would change the URN of every resource.
    """

    component_type: ClassVar[str]
    """Type token of the target, part of the URN of all that is below it."""

    url: str | None
    """Where people open Sourcegraph; None: only through the tunnel."""
    instance_name: pulumi.Output[str]
    instance_self_link: pulumi.Output[str]
    private_ip: pulumi.Output[str]
    outbound_ip: pulumi.Output[str] | None
    """Address that code hosts see; None where the address is not ours to keep."""
    data_disk_id: pulumi.Output[str]
    connect_command: pulumi.Output[str]
    """Opens a shell on the machine."""
    tunnel_command: pulumi.Output[str]
    """Brings the machine's port 443 to `localhost:8443`."""
    load_balancer_ip: pulumi.Output[str] | None
    dns_records: pulumi.Output[list[DnsRecord]]
    """Records to create by hand; empty when the plan names a zone, or no domain."""
    next_steps: list[str]
    """What a person has to do in the cloud."""

    def __init__(self, name: str, args: SingleNodeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.component_type, name, opts=opts)
        plan = args["plan"]
        self._name, self._plan, self._child = name, plan, pulumi.ResourceOptions(parent=self)
        identity = Identity(name, {"plan": plan}, self._child)
        self.outbound_ip = None
        network, subnetwork, ready = self._network()
        if not is_shared_network(plan):
            Firewall(name, {"plan": plan, "network": network, "account": identity.email}, self._child)
        disk = DataDisk(name, {"plan": plan}, self._child)
        machine = Machine(
            name,
            {
                "plan": plan,
                "image": boot_image(name, plan, self._child),
                "data_disk": disk.self_link,
                "subnetwork": subnetwork,
                "account": identity.email,
                "user_data": args["user_data"],
                "after": [identity, *ready],
            },
            self._child,
        )
        edge = self._load_balancer(network, subnetwork, machine, ready)
        if plan.alarms:
            watched = machine.instance_id
            Alarms(name, {"alarms": plan.alarms, "instance_id": watched, "labels": dict(plan.tags)}, self._child)
        self._publish(machine, disk, edge)

    def _network(self) -> tuple[pulumi.Input[str], pulumi.Input[str], list[pulumi.Resource]]:
        """Network, the machine's subnetwork, and what must exist before anything in them works."""
        plan = self._plan
        if isinstance(plan.network, ExistingNetwork):
            return plan.network.network, plan.network.machine_subnet, []
        labels = dict(plan.tags)
        network = Network(
            self._name, {"network": plan.network, "disposable": plan.disposable, "labels": labels}, self._child
        )
        self.outbound_ip = network.outbound_ip
        return network.network, network.subnetwork, [network]

    def _load_balancer(
        self,
        network: pulumi.Input[str],
        subnetwork: pulumi.Input[str],
        machine: Machine,
        ready: list[pulumi.Resource],
    ) -> LoadBalancer | InternalLoadBalancer | None:
        plan, access = self._plan, self._plan.access
        if access is None:
            return None
        shared: EdgeArgs = {"plan": plan, "access": access, "machine": machine.self_link}
        if access.scheme == "internet-facing":
            return LoadBalancer(self._name, shared, self._child)
        inside: InternalEdgeArgs = {**shared, "network": network, "subnetwork": subnetwork, "after": ready}
        return InternalLoadBalancer(self._name, inside, self._child)

    def _publish(self, machine: Machine, disk: DataDisk, edge: LoadBalancer | InternalLoadBalancer | None) -> None:
        plan = self._plan
        where = f"--project={plan.project} --zone={plan.zone}" if plan.project else f"--zone={plan.zone}"
        self.url = f"https://{plan.access.domain}" if plan.access else None
        self.instance_name = machine.instance_name
        self.instance_self_link = machine.self_link
        self.private_ip = machine.private_ip
        self.data_disk_id = disk.disk_id
        self.connect_command = pulumi.Output.concat(
            "gcloud compute ssh ", machine.instance_name, f" --tunnel-through-iap {where}"
        )
        self.tunnel_command = pulumi.Output.concat(
            "gcloud compute start-iap-tunnel ",
            machine.instance_name,
            f" 443 --local-host-port=localhost:{_LOCAL_PORT} {where}",
        )
        self.load_balancer_ip = edge.ip_address if edge else None
        self.dns_records = edge.dns_records if edge else pulumi.Output.from_input([])
        self.next_steps = next_steps(plan)
        self.register_outputs(
            {
                "url": self.url,
                "instanceName": self.instance_name,
                "instanceSelfLink": self.instance_self_link,
                "privateIp": self.private_ip,
                "outboundIp": self.outbound_ip,
                "dataDiskId": self.data_disk_id,
                "connectCommand": self.connect_command,
                "tunnelCommand": self.tunnel_command,
                "loadBalancerIp": self.load_balancer_ip,
                "dnsRecords": self.dns_records,
                "nextSteps": self.next_steps,
            }
        )
