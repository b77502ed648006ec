"""One machine with everything around it: the base of every target that runs on one."""

from __future__ import annotations

from typing import ClassVar, TypedDict

import pulumi

from components.aws.alarms import Alarms
from components.aws.data_disk import DataDisk
from components.aws.firewall import Firewall
from components.aws.identity import Identity
from components.aws.load_balancer import LoadBalancer
from components.aws.machine import Machine
from components.aws.next_steps import next_steps
from components.aws.place import Place, place_for
from components.aws.session_manager import connect_command, tunnel_command
from recommender.plan import Access, SingleNodePlan


class SingleNodeArgs(TypedDict):
    """What every target on one machine is made of."""

    plan: SingleNodePlan
    """Every number and name. A plain value: what is created depends on it."""
    user_data_base64: pulumi.Input[str]
    """Boot data, gzip'ed and then base64-encoded."""


class SingleNode(pulumi.ComponentResource):
    """Sourcegraph on one EC2 instance. Takes its provider from `opts`, and looks nothing up.

    Targets are subclasses, not components around this one: another layer would change the URN of every resource. They
    say what makes them different as data, and inherit everything else.
    """

    component_type: ClassVar[str]
    """Type token of the target, part of the URN of all that is below it."""
    image_devices: ClassVar[tuple[str, ...]] = ()
    """Where the target's image would attach disks of its own. The machine gets none of them."""

    url: pulumi.Output[str | None]
    """Where people open Sourcegraph; None: only through `tunnel_command`."""
    instance_id: pulumi.Output[str]
    """The machine."""
    private_ip: pulumi.Output[str]
    """The machine's address in the network."""
    outbound_ip: pulumi.Output[str | None]
    """Fixed address that code hosts see, for their allow-lists; None where moorage creates no NAT."""
    data_volume_id: pulumi.Output[str]
    """The disk that holds everything worth keeping."""
    connect_command: pulumi.Output[str]
    """Opens a shell on the machine."""
    tunnel_command: pulumi.Output[str]
    """Makes Sourcegraph answer on https://localhost:8443, with the machine's own certificate."""
    load_balancer_dns_name: pulumi.Output[str | None]
    """Where the domain's DNS record must point; None without a load balancer."""
    certificate_validation_records: pulumi.Output[list[dict[str, str]]]
    """Records (`name`, `type`, `value`) that a person must create; empty where moorage does or none is needed."""
    next_steps: list[str]
    """What a person has to do in the cloud."""

    def __init__(self, name: str, args: SingleNodeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.component_type, name, opts=opts)
        self._name, self._plan, self._tags = name, args["plan"], dict(args["plan"].tags)
        self._child = pulumi.ResourceOptions(parent=self)
        access = self._plan.access
        place = place_for(f"{name}-network", self._plan, self)
        firewall = Firewall(
            f"{name}-firewall",
            {
                "vpc_id": place.vpc_id,
                "allowed_cidrs": access.allowed_cidrs if access else None,
                "tags": self._tags,
            },
            self._child,
        )
        disk = DataDisk(f"{name}-data", {"plan": self._plan}, self._child)
        identity = Identity(f"{name}-identity", {"plan": self._plan}, self._child)
        machine = self._create_machine(args["user_data_base64"], place, firewall, disk, identity)
        balancer = self._create_load_balancer(access, place, firewall, machine) if access else None
        self._create_alarms(machine, balancer)
        self._describe(place, machine, disk, balancer)

    def _create_machine(
        self,
        user_data_base64: pulumi.Input[str],
        place: Place,
        firewall: Firewall,
        disk: DataDisk,
        identity: Identity,
    ) -> Machine:
        return Machine(
            f"{self._name}-machine",
            {
                "plan": self._plan,
                "image_devices": self.image_devices,
                "subnet_id": place.machine_subnet_id,
                "public_ip": not place.has_nat,
                "security_group_id": firewall.machine_group_id,
                "profile_name": identity.profile_name,
                "user_data_base64": user_data_base64,
                "volume_id": disk.volume_id,
            },
            # The first boot pulls images: its way out and the rule that allows it come first.
            pulumi.ResourceOptions(parent=self, depends_on=[*place.needed_to_boot, firewall]),
        )

    def _create_load_balancer(self, access: Access, place: Place, firewall: Firewall, machine: Machine) -> LoadBalancer:
        assert firewall.edge_group_id is not None, "a firewall with allowed ranges has a group for the load balancer"
        return LoadBalancer(
            f"{self._name}-edge",
            {
                "access": access,
                "vpc_id": place.vpc_id,
                "subnet_ids": place.edge_subnet_ids,
                "security_group_id": firewall.edge_group_id,
                "instance_id": machine.instance_id,
                "deletion_protection": self._plan.deletion_protection,
                "tags": self._tags,
            },
            self._child,
        )

    def _create_alarms(self, machine: Machine, balancer: LoadBalancer | None) -> None:
        plan = self._plan
        if plan.alarms is None:
            return
        Alarms(
            f"{self._name}-alarms",
            {
                "alarms": plan.alarms,
                "plan_name": plan.name,
                "region": plan.region,
                "instance_id": machine.instance_id,
                "target_group": balancer.metric_dimensions if balancer else None,
                "silence_is_failure": plan.stage == "production",
                "tags": self._tags,
            },
            self._child,
        )

    def _describe(self, place: Place, machine: Machine, disk: DataDisk, balancer: LoadBalancer | None) -> None:
        access, region = self._plan.access, self._plan.region
        self.url = pulumi.Output.from_input(f"https://{access.domain}" if access else None)
        self.instance_id, self.private_ip = machine.instance_id, machine.private_ip
        self.outbound_ip = pulumi.Output.from_input(place.outbound_ip)
        self.data_volume_id = disk.volume_id
        self.connect_command = connect_command(region, machine.instance_id)
        self.tunnel_command = tunnel_command(region, machine.instance_id)
        self.load_balancer_dns_name = pulumi.Output.from_input(balancer.dns_name if balancer else None)
        self.certificate_validation_records = pulumi.Output.from_input(
            balancer.certificate_validation_records if balancer else []
        )
        self.next_steps = next_steps(self._plan)
        self.register_outputs(
            {
                "url": self.url,
                "instanceId": self.instance_id,
                "privateIp": self.private_ip,
                "outboundIp": self.outbound_ip,
                "dataVolumeId": self.data_volume_id,
                "connectCommand": self.connect_command,
                "tunnelCommand": self.tunnel_command,
                "loadBalancerDnsName": self.load_balancer_dns_name,
                "certificateValidationRecords": self.certificate_validation_records,
                "nextSteps": self.next_steps,
            }
        )
