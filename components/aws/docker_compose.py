"""The Docker Compose target on AWS: one machine that installs Docker and the vendor's Compose file for itself."""

from __future__ import annotations

from components.aws.single_node import SingleNode


class DockerCompose(SingleNode):
    """Sourcegraph on Docker Compose, on one EC2 instance."""

    component_type = "moorage:aws:DockerCompose"
