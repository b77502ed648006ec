"""The machine image target on GCP: one machine from the vendor's image, which brings its software."""

from __future__ import annotations

from components.gcp.single_node import SingleNode


class MachineImage(SingleNode):
    """Sourcegraph as the vendor packs it, on one Compute Engine instance."""

    component_type = "moorage:gcp:MachineImage"
