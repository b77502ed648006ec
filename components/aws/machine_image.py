"""The machine image target on AWS: one machine from the vendor's image, which brings its software."""

from __future__ import annotations

from components.aws.single_node import SingleNode


class MachineImage(SingleNode):
    """Sourcegraph as the vendor packs it, on one EC2 instance."""

    component_type = "moorage:aws:MachineImage"
    # A second, unencrypted disk that would outlive the machine, on the very device that the data disk is attached as:
    # sourcegraph/deploy@2d7a30ac packer/aws/aws-builder.pkr.hcl, read 2026-11-22.
    image_devices = ("/dev/sdb",)
