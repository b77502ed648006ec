"""The machine image target on AWS: one machine from the vendor's image, with everything around it."""

from __future__ import annotations

from typing import TypedDict

import pulumi

from components.aws.alarms import Alarms
from components.aws.data_disk import DataDisk
from components.aws.firewall import Firewall
from components.aws.identity import Identity
from components.aws.load_balancer import LoadBalancer
from components.aws.machine import Machine
from components.aws.place import Place, place_for
from recommender.plan import Access, MachineImagePlan

_LOCAL_PORT = 8443


class MachineImageArgs(TypedDict):
    """What the machine image target is made of."""

    plan: MachineImagePlan
    """Every number and name. A plain value: what is created depends on it."""
    user_data_base64: pulumi.Input[str]
    """Boot script, gzip'ed and then base64-encoded."""


class MachineImage(pulumi.ComponentResource):
    """Sourcegraph on one EC2 instance. Takes its provider from `opts`, and looks nothing up."""

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

    def __init__(self, name: str, args: MachineImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:MachineImage", name, opts=opts)
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
        disk = self._create_data_disk()
        machine = self._create_machine(args["user_data_base64"], place, firewall, disk)
        balancer = self._create_load_balancer(access, place, firewall, machine) if access else None
        self._create_alarms(machine, balancer)
        self._describe(place, machine, disk, balancer)

    def _create_data_disk(self) -> DataDisk:
        plan = self._plan
        return DataDisk(
            f"{self._name}-data",
            {
                "disk": plan.data_disk,
                "zone": plan.zone,
                "kms_key": plan.kms_key,
                "snapshots": plan.snapshots,
                "tags": self._tags,
            },
            self._child,
        )

    def _create_machine(
        self, user_data_base64: pulumi.Input[str], place: Place, firewall: Firewall, disk: DataDisk
    ) -> Machine:
        plan = self._plan
        assert plan.image.reference is not None, "an AWS plan names its AMI"
        identity = Identity(f"{self._name}-identity", {"tags": self._tags}, self._child)
        return Machine(
            f"{self._name}-machine",
            {
                "image_id": plan.image.reference,
                "roll": plan.roll_image,
                "machine_type": plan.machine_type,
                "root_disk_gb": plan.root_disk_gb,
                "kms_key": plan.kms_key,
                "subnet_id": place.machine_subnet_id,
                "public_ip": not place.has_nat,
                "security_group_id": firewall.machine_group_id,
                "profile_name": identity.profile_name,
                "user_data_base64": user_data_base64,
                "volume_id": disk.volume_id,
                "device_name": plan.data_disk.device_name,
                "tags": self._tags,
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
        access, region, machine_id = self._plan.access, self._plan.region, machine.instance_id
        self.url = pulumi.Output.from_input(f"https://{access.domain}" if access else None)
        self.instance_id, self.private_ip = machine_id, machine.private_ip
        self.outbound_ip = pulumi.Output.from_input(place.outbound_ip)
        self.data_volume_id = disk.volume_id
        session = pulumi.Output.concat("aws ssm start-session --region ", region, " --target ", machine_id)
        self.connect_command = session
        self.tunnel_command = pulumi.Output.concat(
            session,
            " --document-name AWS-StartPortForwardingSession",
            f" --parameters portNumber=443,localPortNumber={_LOCAL_PORT}",
        )
        self.load_balancer_dns_name = pulumi.Output.from_input(balancer.dns_name if balancer else None)
        self.certificate_validation_records = pulumi.Output.from_input(
            balancer.certificate_validation_records if balancer else []
        )
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
            }
        )
