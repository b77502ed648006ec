"""The install script target on GCP: one machine that installs k3s and the vendor's Helm chart for itself."""

from __future__ import annotations

from components.gcp.single_node import SingleNode


class InstallScript(SingleNode):
    """Sourcegraph on k3s, on one Compute Engine instance."""

    component_type = "moorage:gcp:InstallScript"
