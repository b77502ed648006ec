"""What a person types to reach a machine through Session Manager."""

from __future__ import annotations

import pulumi

_LOCAL_PORT = 8443


def connect_command(region: str, instance_id: pulumi.Input[str]) -> pulumi.Output[str]:
    """Opens a shell on the machine."""
    return pulumi.Output.concat("aws ssm start-session --region ", region, " --target ", instance_id)


def tunnel_command(region: str, instance_id: pulumi.Input[str]) -> pulumi.Output[str]:
    """Brings the machine's port 443 to localhost:8443."""
    return pulumi.Output.concat(
        connect_command(region, instance_id),
        " --document-name AWS-StartPortForwardingSession",
        f" --parameters portNumber=443,localPortNumber={_LOCAL_PORT}",
    )
