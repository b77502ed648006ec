"""A certificate that AWS issues and renews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.tags import named


class CertificateArgs(TypedDict):
    """What a certificate is made of."""

    domain: str
    """Name that people open."""
    dns_zone: str | None
    """Public hosted zone that proves the ownership of the name. None: a person creates the record elsewhere."""
    tags: Mapping[str, str]
    """Tags of every resource."""


class Certificate(pulumi.ComponentResource):
    """A public certificate for one name, proven by a DNS record.

    Without a hosted zone the engine says which record to create and waits up to 75 minutes for it. The record must
    stay: every renewal asks for it again.
    """

    arn: pulumi.Output[str]
    """The certificate, known once it is issued: a listener refuses one that is not."""
    validation_records: pulumi.Output[list[dict[str, str]]]
    """Records (`name`, `type`, `value`) that prove the ownership of the name, as soon as they are known."""

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Certificate", name, opts=opts)
        child = pulumi.ResourceOptions(parent=self)
        certificate = aws.acm.Certificate(
            name,
            domain_name=args["domain"],
            validation_method="DNS",
            tags=named(args["tags"], name),
            opts=child,
        )
        self.validation_records = certificate.domain_validation_options.apply(_records)
        names: list[pulumi.Output[str]] = []
        if args["dns_zone"]:
            names = [self._create_record(f"{name}-validation", args["dns_zone"])]
        else:
            self.validation_records.apply(lambda records: _ask_for(records, self))
        validation = aws.acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=names or None,
            opts=child,
        )
        self.arn = validation.certificate_arn
        self.register_outputs({"arn": self.arn, "validationRecords": self.validation_records})

    def _create_record(self, name: str, dns_zone: str) -> pulumi.Output[str]:
        # One name gives exactly one record, so the number of resources is known before the certificate exists.
        record = self.validation_records[0]
        return aws.route53.Record(
            name,
            zone_id=dns_zone,
            name=record["name"],
            type=record["type"],
            records=[record["value"]],
            ttl=300,
            # Another certificate for the same name in this account asks for the same record.
            allow_overwrite=True,
            opts=pulumi.ResourceOptions(parent=self),
        ).fqdn


def _records(options: Sequence[aws.acm.outputs.CertificateDomainValidationOption]) -> list[dict[str, str]]:
    return [
        {
            "name": option.resource_record_name or "",
            "type": option.resource_record_type or "",
            "value": option.resource_record_value or "",
        }
        for option in options
    ]


def _ask_for(records: Sequence[Mapping[str, str]], certificate: pulumi.Resource) -> None:
    for record in records:
        what = f"{record['name']} {record['type']} {record['value']}"
        pulumi.log.info(f"The certificate needs this DNS record, now and at every renewal: {what}", certificate)
