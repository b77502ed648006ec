"""The Docker Compose target on GCP: one machine that installs Docker and the vendor's Compose file for itself."""

from __future__ import annotations

from components.gcp.single_node import SingleNode


class DockerCompose(SingleNode):
    """Sourcegraph on Docker Compose, on one Compute Engine instance."""

    component_type = "moorage:gcp:DockerCompose"
