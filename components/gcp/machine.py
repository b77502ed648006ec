"""The machine: a boot disk from the pinned image, and the data disk attached before the first boot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from recommender.plan import ExistingNetwork, SingleNodePlan

_IMAGE = "bootDisk.initializeParams.image"
_USER_DATA = 'metadata["user-data"]'
# Google publishes Debian 12 and 13 with UEFI_COMPATIBLE and signed boot loaders (GoogleCloudPlatform/
# compute-image-tools: @0638dced daisy_workflows/build-publish/debian/debian_13.publish.json, @00eeb45b
# daisy_workflows/image_build/debian/fai_config/package_config/GCE_SPECIFIC, read 2026-11-22). The modules that k3s and
# Docker load come with Debian's kernel and are signed as it is (unverified).
_SHIELDED: gcp.compute.InstanceShieldedInstanceConfigArgsDict = {
    "enable_secure_boot": True,
    "enable_vtpm": True,
    "enable_integrity_monitoring": True,
}


class MachineArgs(TypedDict):
    """What `Machine` needs."""

    plan: SingleNodePlan
    """Machine type, zone, boot disk, key, and whether a new image or new user data replaces the machine."""
    image: pulumi.Input[str]
    """Image of the boot disk."""
    data_disk: pulumi.Input[str]
    """Self link of the data disk, in the same zone."""
    subnetwork: pulumi.Input[str]
    account: pulumi.Input[str]
    """Email of the machine's service account."""
    user_data: pulumi.Input[str]
    """cloud-config text, without secrets: whoever may read the instance may read it."""
    after: Sequence[pulumi.Resource]
    """What the first boot relies on: the way out, and the roles of the account."""


def _has_nat(plan: SingleNodePlan) -> bool:
    network = plan.network
    return network.machine_has_nat if isinstance(network, ExistingNetwork) else network.nat


def _ignored(plan: SingleNodePlan) -> list[str]:
    """Inputs whose change waits for a roll. Shielded VM goes with the image: a live one may not boot with it."""
    if plan.roll_image:
        return []
    return [_IMAGE, _USER_DATA] if plan.host is None else [_IMAGE, _USER_DATA, "shieldedInstanceConfig"]


class Machine(pulumi.ComponentResource):
    """One instance. It can be replaced at any time: what is worth keeping lies on the data disk.

    Shielded VM is asked for where the image is known to take it, and left out elsewhere: the API refuses it for an
    image without UEFI, which nobody says the vendor's or the organization's own has. An image that has it gets a
    virtual TPM and integrity monitoring from Compute Engine without being asked.
    """

    instance_id: pulumi.Output[str]
    """The number by which metrics know the instance."""
    instance_name: pulumi.Output[str]
    private_ip: pulumi.Output[str]
    self_link: pulumi.Output[str]

    def __init__(self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:Machine", name, opts=opts)
        plan, labels = args["plan"], dict(args["plan"].tags)
        instance = gcp.compute.Instance(
            f"{name}-machine",
            zone=plan.zone,
            machine_type=plan.machine_type,
            boot_disk={
                "auto_delete": True,
                "kms_key_self_link": plan.kms_key,
                "initialize_params": {
                    "image": args["image"],
                    "size": plan.root_disk_gb,
                    "type": "pd-ssd",
                    "labels": labels,
                },
            },
            attached_disks=[{"source": args["data_disk"], "device_name": plan.data_disk.device_name}],
            network_interfaces=[
                # Without NAT a public address is the way out; no firewall rule lets anybody in through it.
                {"subnetwork": args["subnetwork"], "access_configs": [] if _has_nat(plan) else [{}]}
            ],
            service_account={"email": args["account"], "scopes": ["cloud-platform"]},
            metadata={
                "enable-oslogin": "TRUE",
                "block-project-ssh-keys": "TRUE",
                "serial-port-enable": "FALSE",
                "user-data": args["user_data"],
            },
            scheduling={"on_host_maintenance": "MIGRATE", "automatic_restart": True},
            shielded_instance_config=_SHIELDED if plan.image.stock else None,
            allow_stopping_for_update=True,
            # The machine must stay replaceable; the data disk is what is protected.
            deletion_protection=False,
            labels=labels,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=args["after"],
                # The data disk can be attached for writing to one machine only, so the old one goes first.
                delete_before_replace=True,
                ignore_changes=_ignored(plan),
                # The API changes metadata in place, and cloud-init would read it never again on this machine.
                replace_on_changes=[_USER_DATA] if plan.roll_image else [],
            ),
        )
        self.instance_id = instance.instance_id
        self.instance_name = instance.name
        # Joined with the id: the interfaces are an input, so a preview would take the address for known and absent.
        self.private_ip = pulumi.Output.all(instance.id, instance.network_interfaces[0].network_ip).apply(
            lambda id_and_address: id_and_address[1]
        )
        self.self_link = instance.self_link
        self.register_outputs({"instanceName": self.instance_name, "privateIp": self.private_ip})
