"""The program: a plan in, resources out. The only place that knows which component makes which target."""

from __future__ import annotations

import pulumi

from recommender.plan import MachineImagePlan
from templates import encoded_user_data


def build(plan: MachineImagePlan, boot: str, *, offline: bool = False) -> None:
    """Constructs everything that a plan asks for, and exports what people need to know about it.

    Args:
        plan: every number and name.
        boot: the plan's user data, as `templates.user_data` gives it.
        offline: the provider gets dummy credentials and asks the cloud nothing; for previews without an account.
    """
    outputs = _aws(plan, boot, offline=offline) if plan.provider == "aws" else _gcp(plan, boot, offline=offline)
    for name, value in outputs.items():
        pulumi.export(name, value)
    pulumi.export("sourcegraph_version", plan.version)
    pulumi.export("notes", list(plan.notes))


def _aws(plan: MachineImagePlan, boot: str, *, offline: bool) -> dict[str, pulumi.Input[object]]:
    import pulumi_aws as aws  # one SDK a provider: the other is never imported

    from components.aws.machine_image import MachineImage

    args: aws.ProviderArgs = aws.ProviderArgs(region=plan.region)
    if offline:
        args = aws.ProviderArgs(
            region=plan.region,
            access_key="offline",
            secret_key="offline",  # noqa: S106 - a dummy, which no account accepts
            skip_credentials_validation=True,
            skip_metadata_api_check=True,
            skip_region_validation=True,
            skip_requesting_account_id=True,
        )
    provider = aws.Provider(f"{plan.name}-aws", args)
    image = MachineImage(
        plan.name,
        {"plan": plan, "user_data_base64": encoded_user_data(boot)},
        pulumi.ResourceOptions(providers=[provider]),
    )
    return {
        "url": image.url,
        "connect_command": image.connect_command,
        "tunnel_command": image.tunnel_command,
        "load_balancer_dns_name": image.load_balancer_dns_name,
        "certificate_validation_records": image.certificate_validation_records,
        "instance_id": image.instance_id,
        "private_ip": image.private_ip,
        "outbound_ip": image.outbound_ip,
        "data_volume_id": image.data_volume_id,
    }


def _gcp(plan: MachineImagePlan, boot: str, *, offline: bool) -> dict[str, pulumi.Input[object]]:
    import pulumi_gcp as gcp

    from components.gcp.machine_image import MachineImage

    provider = gcp.Provider(
        f"{plan.name}-gcp",
        project=plan.project,
        region=plan.region,
        zone=plan.zone,
        access_token="offline" if offline else None,
    )
    image = MachineImage(plan.name, {"plan": plan, "user_data": boot}, pulumi.ResourceOptions(providers=[provider]))
    return {
        "url": image.url,
        "connect_command": image.connect_command,
        "tunnel_command": image.tunnel_command,
        "load_balancer_ip": image.load_balancer_ip,
        "dns_records": image.dns_records,
        "instance_name": image.instance_name,
        "private_ip": image.private_ip,
        "outbound_ip": image.outbound_ip,
        "data_disk_id": image.data_disk_id,
        "next_steps": list(image.next_steps),
    }
