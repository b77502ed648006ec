"""The program of one machine: a plan in, resources out. Knows which component makes which target."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from recommender.plan import SingleNodePlan, Target
from stacks.providers import aws_provider, gcp_provider
from templates import encoded_user_data


def build(plan: SingleNodePlan, boot: str, *, offline: bool = False) -> None:
    """Constructs everything that a plan asks for, and exports what people need to know about it.

    Args:
        plan: every number and name.
        boot: the plan's user data, as `templates.user_data` gives it.
        offline: the provider gets dummy credentials and asks the cloud nothing; for previews without an account.
    """
    outputs = _aws(plan, boot, offline=offline) if plan.provider == "aws" else _gcp(plan, boot, offline=offline)
    for name, value in outputs.items():
        pulumi.export(name, value)
    if plan.host:
        references = plan.secret_references.items()
        pulumi.export("secrets", [{"name": name, "reference": reference} for name, reference in references])
    pulumi.export("sourcegraph_version", plan.version)
    pulumi.export("notes", list(plan.notes))


def _aws(plan: SingleNodePlan, boot: str, *, offline: bool) -> dict[str, pulumi.Input[object]]:
    from components.aws.docker_compose import DockerCompose
    from components.aws.install_script import InstallScript
    from components.aws.machine_image import MachineImage
    from components.aws.single_node import SingleNode

    targets: Mapping[Target, type[SingleNode]] = {
        "machine-image": MachineImage,
        "install-script": InstallScript,
        "docker-compose": DockerCompose,
    }
    provider = aws_provider(plan.name, plan.region, offline=offline)
    node = targets[plan.target](
        plan.name,
        {"plan": plan, "user_data_base64": encoded_user_data(boot)},
        pulumi.ResourceOptions(providers=[provider]),
    )
    outputs: dict[str, pulumi.Input[object]] = {
        "url": node.url,
        "connect_command": node.connect_command,
        "tunnel_command": node.tunnel_command,
        "load_balancer_dns_name": node.load_balancer_dns_name,
        "certificate_validation_records": node.certificate_validation_records,
        "instance_id": node.instance_id,
        "private_ip": node.private_ip,
        "outbound_ip": node.outbound_ip,
        "data_volume_id": node.data_volume_id,
    }
    return outputs | {"next_steps": list(node.next_steps)} if node.next_steps else outputs


def _gcp(plan: SingleNodePlan, boot: str, *, offline: bool) -> dict[str, pulumi.Input[object]]:
    from components.gcp.docker_compose import DockerCompose
    from components.gcp.install_script import InstallScript
    from components.gcp.machine_image import MachineImage
    from components.gcp.single_node import SingleNode

    targets: Mapping[Target, type[SingleNode]] = {
        "machine-image": MachineImage,
        "install-script": InstallScript,
        "docker-compose": DockerCompose,
    }
    provider = gcp_provider(plan.name, plan.project, plan.region, zone=plan.zone, offline=offline)
    node = targets[plan.target](
        plan.name, {"plan": plan, "user_data": boot}, pulumi.ResourceOptions(providers=[provider])
    )
    return {
        "url": node.url,
        "connect_command": node.connect_command,
        "tunnel_command": node.tunnel_command,
        "load_balancer_ip": node.load_balancer_ip,
        "dns_records": node.dns_records,
        "instance_name": node.instance_name,
        "private_ip": node.private_ip,
        "outbound_ip": node.outbound_ip,
        "data_disk_id": node.data_disk_id,
        "next_steps": list(node.next_steps),
    }
