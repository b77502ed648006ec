"""HTTPS for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.certificate import Certificate
from components.aws.listeners import Listeners
from components.aws.tags import named
from recommender.plan import Access


class LoadBalancerArgs(TypedDict):
    """What a load balancer is made of."""

    access: Access
    """Domain, scheme, certificate, DNS zone, timeout and blocked paths."""
    vpc_id: pulumi.Input[str]
    """Network of the machine."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """At least two subnets in different zones."""
    security_group_id: pulumi.Input[str]
    """The load balancer's security group."""
    instance_id: pulumi.Input[str]
    """The machine."""
    deletion_protection: bool
    """True: AWS refuses to delete the load balancer until this is turned off."""
    tags: Mapping[str, str]
    """Tags of every resource."""


class LoadBalancer(pulumi.ComponentResource):
    """An application load balancer in front of one machine, with its certificate and its name in DNS."""

    dns_name: pulumi.Output[str]
    """Target of the domain's record."""
    metric_dimensions: dict[str, pulumi.Output[str]]
    """CloudWatch dimensions of the target group's metrics."""
    certificate_validation_records: pulumi.Output[list[dict[str, str]]]
    """Records (`name`, `type`, `value`) that a person must create for the certificate; mostly empty."""

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:LoadBalancer", name, opts=opts)
        self._name, self._tags, self._child = name, args["tags"], pulumi.ResourceOptions(parent=self)
        balancer = self._create_balancer(args)
        targets = self._create_targets(args)
        Listeners(
            name,
            {
                "load_balancer_arn": balancer.arn,
                "target_group_arn": targets.arn,
                "certificate_arn": self._certificate_arn(args["access"]),
                "blocked_paths": args["access"].blocked_paths,
                "tags": self._tags,
            },
            self._child,
        )
        if args["access"].dns_zone:
            self._create_record(args["access"].domain, args["access"].dns_zone, balancer)
        self.dns_name = balancer.dns_name
        self.metric_dimensions = {"LoadBalancer": balancer.arn_suffix, "TargetGroup": targets.arn_suffix}
        self.register_outputs(
            {
                "dnsName": self.dns_name,
                "metricDimensions": self.metric_dimensions,
                "certificateValidationRecords": self.certificate_validation_records,
            }
        )

    def _create_balancer(self, args: LoadBalancerArgs) -> aws.lb.LoadBalancer:
        return aws.lb.LoadBalancer(
            self._name,
            name_prefix=_short_prefix(self._name),
            load_balancer_type="application",
            internal=args["access"].scheme == "internal",
            subnets=args["subnet_ids"],
            security_groups=[args["security_group_id"]],
            idle_timeout=args["access"].idle_timeout_seconds,
            drop_invalid_header_fields=True,
            enable_deletion_protection=args["deletion_protection"],
            tags=named(self._tags, self._name),
            opts=self._child,
        )

    def _create_targets(self, args: LoadBalancerArgs) -> aws.lb.TargetGroup:
        """HTTPS to the machine's self-signed certificate, over HTTP/2, as the vendor describes.

        A load balancer does not verify the certificates of its targets. Source: sourcegraph/docs@3499c087
        docs/self-hosted/deploy/machine-images/aws-ami.mdx, read 2026-11-22.
        """
        targets = aws.lb.TargetGroup(
            self._name,
            name_prefix=_short_prefix(self._name),
            vpc_id=args["vpc_id"],
            target_type="instance",
            port=443,
            protocol="HTTPS",
            protocol_version="HTTP2",
            health_check={
                "protocol": "HTTPS",
                "path": "/healthz",
                "matcher": "200",
                "interval": 30,
                "timeout": 10,
                "healthy_threshold": 2,
                "unhealthy_threshold": 3,
            },
            tags=named(self._tags, self._name),
            opts=self._child,
        )
        aws.lb.TargetGroupAttachment(
            self._name, target_group_arn=targets.arn, target_id=args["instance_id"], port=443, opts=self._child
        )
        return targets

    def _certificate_arn(self, access: Access) -> pulumi.Input[str]:
        self.certificate_validation_records = pulumi.Output.from_input([])
        if access.certificate:
            return access.certificate
        certificate = Certificate(
            self._name, {"domain": access.domain, "dns_zone": access.dns_zone, "tags": self._tags}, self._child
        )
        if access.dns_zone is None:
            self.certificate_validation_records = certificate.validation_records
        return certificate.arn

    def _create_record(self, domain: str, dns_zone: str, balancer: aws.lb.LoadBalancer) -> None:
        aws.route53.Record(
            self._name,
            zone_id=dns_zone,
            name=domain,
            type="A",
            aliases=[{"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": False}],
            opts=self._child,
        )


def _short_prefix(name: str) -> str:
    """At most six characters, which the provider completes to 32.

    Names of load balancers and target groups end there, and the engine's automatic ones refuse any logical name longer
    than 24 (pulumi/pulumi-aws#2121): too short for a profile's name and what it is for.
    """
    return f"{name[:5].rstrip('-')}-"
