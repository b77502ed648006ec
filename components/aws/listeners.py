"""What a load balancer answers, and what it does not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.tags import named

# TLS 1.2 and 1.3 with forward secrecy. The name is known from AWS documentation, not verified against an account.
_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"


class ListenersArgs(TypedDict):
    """What listeners are made of."""

    load_balancer_arn: pulumi.Input[str]
    """The load balancer."""
    target_group_arn: pulumi.Input[str]
    """Where allowed requests go."""
    certificate_arn: pulumi.Input[str]
    """An issued certificate for the domain."""
    blocked_paths: Sequence[str]
    """Paths that are answered 403, with everything below them."""
    tags: Mapping[str, str]
    """Tags of every resource."""


class Listeners(pulumi.ComponentResource):
    """HTTPS to the target group, blocked paths to a 403, HTTP to HTTPS."""

    def __init__(self, name: str, args: ListenersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Listeners", name, opts=opts)
        child = pulumi.ResourceOptions(parent=self)
        https = aws.lb.Listener(
            f"{name}-https",
            load_balancer_arn=args["load_balancer_arn"],
            port=443,
            protocol="HTTPS",
            ssl_policy=_TLS_POLICY,
            certificate_arn=args["certificate_arn"],
            default_actions=[{"type": "forward", "target_group_arn": args["target_group_arn"]}],
            tags=named(args["tags"], f"{name}-https"),
            opts=child,
        )
        aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=args["load_balancer_arn"],
            port=80,
            protocol="HTTP",
            default_actions=[
                {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}
            ],
            tags=named(args["tags"], f"{name}-http"),
            opts=child,
        )
        for priority, path in enumerate(args["blocked_paths"], start=1):
            _block(f"{name}-block-{_slug(path)}", https.arn, priority, path, args["tags"], child)
        self.register_outputs({"httpsListenerArn": https.arn})


def _block(
    name: str,
    listener_arn: pulumi.Input[str],
    priority: int,
    path: str,
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> None:
    aws.lb.ListenerRule(
        name,
        listener_arn=listener_arn,
        priority=priority,
        conditions=[{"path_pattern": {"values": [path, f"{path}/*"]}}],
        actions=[
            {
                "type": "fixed-response",
                "fixed_response": {
                    "content_type": "text/plain",
                    "message_body": "Not available here.",
                    "status_code": "403",
                },
            }
        ],
        tags=named(tags, name),
        opts=opts,
    )


def _slug(path: str) -> str:
    return re.sub("[^a-z0-9]+", "-", path.lower()).strip("-")
