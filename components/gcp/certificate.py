"""A certificate that Google issues and renews for a load balancer in one region."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from components.gcp.edge import DnsRecord
from recommender.plan import Access, SingleNodePlan


class CertificateArgs(TypedDict):
    """What `Certificate` needs."""

    plan: SingleNodePlan
    """Region and labels."""
    access: Access
    """Domain, and the public managed zone that holds it; without one a person creates the record."""


class Certificate(pulumi.ComponentResource):
    """A regional certificate of Certificate Manager, validated by a DNS record.

    The record must be readable from the internet, also where the load balancer is not: the certificate authority
    looks it up. With a private zone, give a certificate instead.
    """

    certificate: pulumi.Output[str]
    """`projects/P/locations/REGION/certificates/NAME`."""
    dns_records: pulumi.Output[list[DnsRecord]]
    """Records to create by hand; empty when the plan names a zone."""

    def __init__(self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:Certificate", name, opts=opts)
        plan, access, labels = args["plan"], args["access"], dict(args["plan"].tags)
        proof = gcp.certificatemanager.DnsAuthorization(
            f"{name}-domain",
            domain=access.domain,
            location=plan.region,
            type="PER_PROJECT_RECORD",
            labels=labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        record = proof.dns_resource_records[0].apply(
            lambda it: DnsRecord(name=it.name or "", type=it.type or "", value=it.data or "")
        )
        if access.dns_zone:
            gcp.dns.RecordSet(
                f"{name}-domain",
                managed_zone=access.dns_zone,
                name=record["name"],
                type=record["type"],
                ttl=300,
                rrdatas=[record["value"]],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.dns_records = pulumi.Output.all() if access.dns_zone else pulumi.Output.all(record)
        certificate = gcp.certificatemanager.Certificate(
            f"{name}-certificate",
            location=plan.region,
            managed={"domains": [access.domain], "dns_authorizations": [proof.id]},
            labels=labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.certificate = certificate.id
        self.register_outputs({"certificate": self.certificate, "dnsRecords": self.dns_records})
