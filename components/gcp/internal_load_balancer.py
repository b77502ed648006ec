"""HTTPS from within: a regional internal Application Load Balancer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pulumi
import pulumi_gcp as gcp

from components.gcp.certificate import Certificate
from components.gcp.edge import (
    DRAIN_SECONDS,
    HEALTHY,
    TO_HTTPS,
    DnsRecord,
    EdgeArgs,
    address_record,
    armor_rules,
    the_machine,
)

_SCHEME = "INTERNAL_MANAGED"


class InternalEdgeArgs(EdgeArgs):
    """What `InternalLoadBalancer` needs besides."""

    network: pulumi.Input[str]
    subnetwork: pulumi.Input[str]
    """Subnetwork from which the address is taken."""
    after: Sequence[pulumi.Resource]
    """Where the proxy-only subnetwork is made; a forwarding rule is refused before, and must go before it."""


class InternalLoadBalancer(pulumi.ComponentResource):
    """One private address, reachable from every region of the network and from what is connected to it.

    Google's proxies end every connection, so no firewall rule of the network sees the person who connects: a regional
    Cloud Armor policy is what holds the allowed ranges and the blocked paths
    (cloud.google.com/armor/docs/security-policy-overview names this load balancer, read 2026-11-22).
    """

    ip_address: pulumi.Output[str]
    dns_records: pulumi.Output[list[DnsRecord]]
    """Records to create by hand; empty when the plan names a zone."""

    def __init__(self, name: str, args: InternalEdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:InternalLoadBalancer", name, opts=opts)
        self._name, self._child = name, pulumi.ResourceOptions(parent=self)
        labels = dict(args["plan"].tags)
        address = gcp.compute.Address(
            f"{name}-ip",
            address_type="INTERNAL",
            # Ports 443 and 80 are two forwarding rules; without this purpose they could not share an address.
            purpose="SHARED_LOADBALANCER_VIP",
            subnetwork=args["subnetwork"],
            labels=labels,
            # Records, bookmarks and allow-lists point at the address; GCP itself protects no load balancer.
            opts=pulumi.ResourceOptions(parent=self, protect=args["plan"].deletion_protection),
        )
        certificate, proof = self._certificate(args)
        # The API takes a certificate of Compute Engine and one of Certificate Manager in different fields.
        of_compute = isinstance(certificate, str) and "/sslCertificates/" in certificate
        secure = gcp.compute.RegionTargetHttpsProxy(
            f"{name}-https",
            url_map=gcp.compute.RegionUrlMap(
                f"{name}-https", default_service=self._backend(args).id, opts=self._child
            ).id,
            ssl_certificates=[certificate] if of_compute else None,
            certificate_manager_certificates=None if of_compute else [certificate],
            ssl_policy=gcp.compute.RegionSslPolicy(
                f"{name}-tls", profile="MODERN", min_tls_version="TLS_1_2", opts=self._child
            ).id,
            opts=self._child,
        )
        redirect = gcp.compute.RegionTargetHttpProxy(f"{name}-http", url_map=self._redirect().id, opts=self._child)
        for port, target in (("443", secure.id), ("80", redirect.id)):
            gcp.compute.ForwardingRule(
                f"{name}-{port}",
                load_balancing_scheme=_SCHEME,
                ip_address=address.address,
                ip_protocol="TCP",
                port_range=port,
                target=target,
                network=args["network"],
                subnetwork=args["subnetwork"],
                allow_global_access=True,
                labels=labels,
                opts=pulumi.ResourceOptions(parent=self, depends_on=args["after"]),
            )
        self.ip_address = address.address
        self.dns_records = pulumi.Output.all(address_record(name, args["access"], address.address, self), proof).apply(
            lambda groups: [record for group in groups for record in group]
        )
        self.register_outputs({"ipAddress": self.ip_address, "dnsRecords": self.dns_records})

    def _certificate(self, args: InternalEdgeArgs) -> tuple[pulumi.Input[str], pulumi.Output[list[DnsRecord]]]:
        """The certificate, and the record that proves ownership where a person has to create it."""
        access = args["access"]
        if access.certificate:
            return access.certificate, pulumi.Output.from_input([])
        managed = Certificate(self._name, {"plan": args["plan"], "access": access}, self._child)
        return managed.certificate, managed.dns_records

    def _backend(self, args: InternalEdgeArgs) -> gcp.compute.RegionBackendService:
        access = args["access"]
        health = gcp.compute.RegionHealthCheck(
            f"{self._name}-health",
            https_health_check=HEALTHY,
            opts=self._child,
        )
        # The SDK's types for the two families spell rules and backends with the same keys.
        rules = cast("list[gcp.compute.RegionSecurityPolicyRuleArgsDict]", armor_rules(access))
        armor = gcp.compute.RegionSecurityPolicy(
            f"{self._name}-armor", type="CLOUD_ARMOR", rules=rules, opts=self._child
        )
        backend = cast("gcp.compute.RegionBackendServiceBackendArgsDict", the_machine(self._name, args, self))
        return gcp.compute.RegionBackendService(
            f"{self._name}-backend",
            load_balancing_scheme=_SCHEME,
            protocol="HTTPS",
            port_name="https",
            timeout_sec=access.idle_timeout_seconds,
            connection_draining_timeout_sec=DRAIN_SECONDS,
            health_checks=health.id,
            security_policy=armor.id,
            log_config={"enable": True, "sample_rate": 1.0},
            backends=[backend],
            opts=self._child,
        )

    def _redirect(self) -> gcp.compute.RegionUrlMap:
        return gcp.compute.RegionUrlMap(
            f"{self._name}-http",
            default_url_redirect=TO_HTTPS,
            opts=self._child,
        )
