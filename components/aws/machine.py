"""The machine, which may be replaced at any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.tags import named

_IMAGE_DATA_DEVICE = "/dev/sdb"  # sourcegraph/deploy@2d7a30ac packer/aws/aws-builder.pkr.hcl, read 2026-11-22


class MachineArgs(TypedDict):
    """What a machine is made of."""

    image_id: str
    """AMI of the machine's region."""
    roll: bool
    """True: another image or other user data replaces the machine. False: both matter to the next machine only."""
    machine_type: str
    """Instance type."""
    root_disk_gb: int
    """Size of the root disk, which holds nothing worth keeping."""
    kms_key: str | None
    """ARN of a customer-managed key for the root disk; None: the account's key for EBS."""
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
    device_name: str
    """Device that the data disk is attached as."""
    tags: Mapping[str, str]
    """Tags of every resource."""


class Machine(pulumi.ComponentResource):
    """One instance and the attachment of the data disk to it. Owns no data."""

    instance_id: pulumi.Output[str]
    """The instance."""
    private_ip: pulumi.Output[str]
    """Its address in the network."""

    def __init__(self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Machine", name, opts=opts)
        tags = named(args["tags"], name)
        instance = aws.ec2.Instance(
            name,
            ami=args["image_id"],
            instance_type=args["machine_type"],
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
                "volume_size": args["root_disk_gb"],
                "encrypted": True,
                "kms_key_id": args["kms_key"],
                "delete_on_termination": True,
                "tags": tags,
            },
            # The image brings a second, unencrypted disk that would outlive the machine, on the very device that the
            # data disk is attached as.
            ephemeral_block_devices=[{"device_name": _IMAGE_DATA_DEVICE, "no_device": True}],
            user_data_base64=args["user_data_base64"],
            # In place, new user data would only stop and start the machine: a first boot alone reads it.
            user_data_replace_on_change=args["roll"],
            # The data is not here, and a protected machine could be neither replaced nor rolled.
            disable_api_termination=False,
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                # The data disk can be attached to one machine at a time: the old one goes first.
                delete_before_replace=True,
                ignore_changes=None if args["roll"] else ["ami", "userDataBase64"],
            ),
        )
        aws.ec2.VolumeAttachment(
            f"{name}-data",
            instance_id=instance.id,
            volume_id=args["volume_id"],
            device_name=args["device_name"],
            # A mounted disk is never pulled from under its databases.
            stop_instance_before_detaching=True,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.instance_id, self.private_ip = instance.id, instance.private_ip
        self.register_outputs({"instanceId": self.instance_id, "privateIp": self.private_ip})
