"""HTTPS from the internet: a global external Application Load Balancer."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

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
from recommender.plan import Access

_SCHEME = "EXTERNAL_MANAGED"


class LoadBalancer(pulumi.ComponentResource):
    """One address for the whole world: TLS ends here, Cloud Armor refuses here, and port 80 only redirects.

    The redirect answers anyone, since Cloud Armor works on what is behind a load balancer and a redirect has nothing
    behind it. The machine's own certificate, which it signs itself, is not checked by the front ends.
    """

    ip_address: pulumi.Output[str]
    dns_records: pulumi.Output[list[DnsRecord]]
    """Records to create by hand; empty when the plan names a zone."""

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:LoadBalancer", name, opts=opts)
        self._name, self._child = name, pulumi.ResourceOptions(parent=self)
        labels = dict(args["plan"].tags)
        address = gcp.compute.GlobalAddress(
            f"{name}-ip",
            labels=labels,
            # Records, bookmarks and allow-lists point at the address; GCP itself protects no load balancer.
            opts=pulumi.ResourceOptions(parent=self, protect=args["plan"].deletion_protection),
        )
        secure = gcp.compute.TargetHttpsProxy(
            f"{name}-https",
            url_map=gcp.compute.URLMap(f"{name}-https", default_service=self._backend(args).id, opts=self._child).id,
            ssl_certificates=[self._certificate(args["access"])],
            ssl_policy=gcp.compute.SSLPolicy(
                f"{name}-tls", profile="MODERN", min_tls_version="TLS_1_2", opts=self._child
            ).id,
            opts=self._child,
        )
        redirect = gcp.compute.TargetHttpProxy(f"{name}-http", url_map=self._redirect().id, opts=self._child)
        for port, target in (("443", secure.id), ("80", redirect.id)):
            gcp.compute.GlobalForwardingRule(
                f"{name}-{port}",
                load_balancing_scheme=_SCHEME,
                ip_address=address.address,
                ip_protocol="TCP",
                port_range=port,
                target=target,
                labels=labels,
                opts=self._child,
            )
        self.ip_address = address.address
        self.dns_records = address_record(name, args["access"], address.address, self)
        self.register_outputs({"ipAddress": self.ip_address, "dnsRecords": self.dns_records})

    def _backend(self, args: EdgeArgs) -> gcp.compute.BackendService:
        access = args["access"]
        health = gcp.compute.HealthCheck(
            f"{self._name}-health",
            https_health_check=HEALTHY,
            opts=self._child,
        )
        armor = gcp.compute.SecurityPolicy(
            f"{self._name}-armor",
            type="CLOUD_ARMOR",
            rules=armor_rules(access),
            labels=dict(args["plan"].tags),
            opts=self._child,
        )
        return gcp.compute.BackendService(
            f"{self._name}-backend",
            load_balancing_scheme=_SCHEME,
            protocol="HTTPS",
            port_name="https",
            timeout_sec=access.idle_timeout_seconds,
            connection_draining_timeout_sec=DRAIN_SECONDS,
            health_checks=health.id,
            security_policy=armor.id,
            log_config={"enable": True, "sample_rate": 1.0},
            backends=[the_machine(self._name, args, self)],
            opts=self._child,
        )

    def _certificate(self, access: Access) -> pulumi.Input[str]:
        """The given certificate, or one that Google issues once the domain points at the address.

        A certificate cannot change and cannot be deleted while in use. Its name is generated, so another domain
        brings a second certificate up before the first one goes.
        """
        if access.certificate:
            return access.certificate
        return gcp.compute.ManagedSslCertificate(
            f"{self._name}-certificate", managed={"domains": [access.domain]}, opts=self._child
        ).id

    def _redirect(self) -> gcp.compute.URLMap:
        return gcp.compute.URLMap(
            f"{self._name}-http",
            default_url_redirect=TO_HTTPS,
            opts=self._child,
        )
