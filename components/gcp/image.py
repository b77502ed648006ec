"""The boot image: one that exists, or the vendor's archive copied once into the customer's own project."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from recommender.plan import SingleNodePlan


class ImageArgs(TypedDict):
    """What `Image` needs."""

    archive: str
    """`.tar.gz` of a raw disk in Cloud Storage, as an `https://storage.googleapis.com/…` address."""
    plan: SingleNodePlan
    """Key, labels, and whether another archive is imported anew or the copy that exists stays."""


def boot_image(name: str, plan: SingleNodePlan, opts: pulumi.ResourceOptions) -> pulumi.Input[str]:
    """Self link or name of the image that the machine boots from; imports it where the plan has an archive."""
    if plan.image.archive is None:
        assert plan.image.reference is not None
        return plan.image.reference
    return Image(name, {"archive": plan.image.archive, "plan": plan}, opts).self_link


class Image(pulumi.ComponentResource):
    """A pinned boot image: the copy cannot change when the vendor replaces the archive behind its address.

    It is encrypted with the customer's key too, since an organization may refuse images that are not. No guest OS
    feature is claimed: an archive carries none, and a machine whose image lacks a claimed one (UEFI, gVNIC) stays down.
    """

    self_link: pulumi.Output[str]

    def __init__(self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:Image", name, opts=opts)
        plan = args["plan"]
        image = gcp.compute.Image(
            f"{name}-image",
            raw_disk={"source": args["archive"]},
            image_encryption_key={"kms_key_self_link": plan.kms_key} if plan.kms_key else None,
            labels=dict(plan.tags),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=[] if plan.roll_image else ["rawDisk"]),
        )
        self.self_link = image.self_link
        self.register_outputs({"selfLink": self.self_link})
