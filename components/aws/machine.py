"""The machine, which may be replaced at any time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.tags import named
from recommender.plan import SingleNodePlan


class MachineArgs(TypedDict):
    """What a machine is made of."""

    plan: SingleNodePlan
    """Image, instance type, root disk, key, and whether another image or other user data replaces the machine."""
    image_devices: Sequence[str]
    """Where the image would attach disks of its own, which the machine does not get."""
    subnet_id: pulumi.Input[str]
    """Subnet in the data disk's zone."""
    public_ip: bool
    """True: the subnet has no NAT, and the machine needs an address of its own to reach out."""
    security_group_id: pulumi.Input[str]
    """The machine's security group."""
    profile_name: pulumi.Input[str]
    """Instance profile."""
    user_data_base64: pulumi.Input[str]
    """Boot script, gzip'ed and then base64-encoded; at most 16,384 bytes before the encoding."""
    volume_id: pulumi.Input[str]
    """Data disk."""


class Machine(pulumi.ComponentResource):
    """One instance and the attachment of the data disk to it. Owns no data."""

    instance_id: pulumi.Output[str]
    """The instance."""
    private_ip: pulumi.Output[str]
    """Its address in the network."""

    def __init__(self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Machine", name, opts=opts)
        plan = args["plan"]
        tags = named(dict(plan.tags), name)
        assert plan.image.reference is not None, "an AWS plan names its AMI"
        instance = aws.ec2.Instance(
            name,
            ami=plan.image.reference,
            instance_type=plan.machine_type,
            subnet_id=args["subnet_id"],
            associate_public_ip_address=args["public_ip"],
            vpc_security_group_ids=[args["security_group_id"]],
            iam_instance_profile=args["profile_name"],
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                # One hop: tokens reach the machine's own processes, and no pod on the cluster network gets to hold the
                # machine's role. The image points its cluster DNS at the metadata address (sourcegraph/deploy@2d7a30ac
                # install/reboot.sh, read 2026-11-22), but the limit is of token responses, not of DNS answers.
                "http_put_response_hop_limit": 1,
            },
            root_block_device={
                "volume_type": "gp3",
                "volume_size": plan.root_disk_gb,
                "encrypted": True,
                "kms_key_id": plan.kms_key,
                "delete_on_termination": True,
                "tags": tags,
            },
            ephemeral_block_devices=[{"device_name": device, "no_device": True} for device in args["image_devices"]]
            or None,
            user_data_base64=args["user_data_base64"],
            # In place, new user data would only stop and start the machine: a first boot alone reads it.
            user_data_replace_on_change=plan.roll_image,
            # The data is not here, and a protected machine could be neither replaced nor rolled.
            disable_api_termination=False,
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                # The data disk can be attached to one machine at a time: the old one goes first.
                delete_before_replace=True,
                ignore_changes=None if plan.roll_image else ["ami", "userDataBase64"],
            ),
        )
        aws.ec2.VolumeAttachment(
            f"{name}-data",
            instance_id=instance.id,
            volume_id=args["volume_id"],
            device_name=plan.data_disk.device_name,
            # A mounted disk is never pulled from under its databases.
            stop_instance_before_detaching=True,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.instance_id, self.private_ip = instance.id, instance.private_ip
        self.register_outputs({"instanceId": self.instance_id, "privateIp": self.private_ip})
