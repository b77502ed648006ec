"""The install script target on AWS: one machine that installs k3s and the vendor's Helm chart for itself."""

from __future__ import annotations

from components.aws.single_node import SingleNode


class InstallScript(SingleNode):
    """Sourcegraph on k3s, on one EC2 instance."""

    component_type = "moorage:aws:InstallScript"
