"""The layer `ingress`: classes, certificates, and connections that are held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from recommender.errors import MoorageError
from recommender.kubernetes.plan import ApplicationPlan
from templates.kubernetes.values import values
from tests.kubernetes.plans import application_plan
from tests.kubernetes.variants import ingress, variants


def document(plan: ApplicationPlan) -> Mapping[str, Any]:
    return values(plan).document


@pytest.mark.parametrize(
    ("name", "class_name"),
    [("aws-all", "sourcegraph-acme"), ("existing-bundled", "nginx"), ("existing-class", "traefik")],
)
def test_where_a_class_is_named_the_older_annotation_is_taken_away(name: str, class_name: str):
    found = document(variants()[name])["frontend"]["ingress"]
    assert found["ingressClassName"] == class_name
    assert found["annotations"]["kubernetes.io/ingress.class"] is None
    assert found["host"] == "sourcegraph.acme.example"


def test_google_knows_its_class_by_the_annotation_alone():
    for name, expected in (("gcp-all", "gce"), ("gcp-internal", "gce-internal")):
        found = document(variants()[name])["frontend"]["ingress"]
        assert "ingressClassName" not in found
        assert found["annotations"]["kubernetes.io/ingress.class"] == expected


def test_every_way_in_holds_a_connection_for_five_minutes():
    nginx = document(variants()["existing-bundled"])["frontend"]["ingress"]["annotations"]
    assert nginx["nginx.ingress.kubernetes.io/proxy-read-timeout"] == "300"
    assert "nginx.ingress.kubernetes.io/proxy-body-size" not in nginx  # the chart's 150m stays
    route = document(variants()["existing-openshift"])["frontend"]["ingress"]["annotations"]
    assert route["haproxy.router.openshift.io/timeout"] == "300s"
    azure = document(variants()["existing-azure"])["frontend"]["ingress"]["annotations"]
    assert azure["appgw.ingress.kubernetes.io/request-timeout"] == "300"
    alb = document(variants()["aws-existing-class"])["frontend"]["ingress"]["annotations"]
    assert "idle_timeout.timeout_seconds=300" in alb["alb.ingress.kubernetes.io/load-balancer-attributes"]


def test_a_load_balancer_of_aws_sends_requests_to_pods_and_is_sent_to_https():
    own = document(variants()["aws-all"])["frontend"]["ingress"]["annotations"]
    assert own["alb.ingress.kubernetes.io/listen-ports"] == '[{"HTTP": 80}, {"HTTPS": 443}]'
    assert "alb.ingress.kubernetes.io/scheme" not in own  # the class says it
    given = document(variants()["aws-existing-class"])["frontend"]["ingress"]["annotations"]
    assert given["alb.ingress.kubernetes.io/target-type"] == "ip"
    assert given["alb.ingress.kubernetes.io/ssl-redirect"] == "443"
    assert "alb.ingress.kubernetes.io/certificate-arn" not in given  # none is known: looked for by the host's name


def test_google_gets_one_certificate_and_no_plain_http_inside():
    def annotations(name: str) -> dict[str, str]:
        return document(variants()[name])["frontend"]["ingress"]["annotations"]

    managed, given, tls = annotations("gcp-all"), annotations("gcp-internal"), annotations("gcp-tls")
    assert managed["networking.gke.io/managed-certificates"] == "sourcegraph-frontend"
    assert managed["kubernetes.io/ingress.global-static-ip-name"] == "acme-sourcegraph"
    assert given["ingress.gcp.kubernetes.io/pre-shared-cert"] == "acme-cert"
    assert given["kubernetes.io/ingress.regional-static-ip-name"] == "acme-sourcegraph"
    assert given["kubernetes.io/ingress.allow-http"] == "false"
    assert not any("certificate" in name or "cert" in name for name in tls)


def test_without_a_domain_there_is_no_ingress():
    assert document(variants()["aws-without-ingress"])["frontend"]["ingress"] == {"enabled": False}


def test_nginx_lets_in_whom_the_plan_lets_in():
    annotations = document(variants()["existing-issuer"])["frontend"]["ingress"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/whitelist-source-range"] == "10.0.0.0/8,192.0.2.0/24"
    assert annotations["cert-manager.io/cluster-issuer"] == "letsencrypt"


def test_a_host_with_a_line_break_is_refused():
    plan = application_plan()
    with pytest.raises(MoorageError, match="domain"):
        values(replace(plan, ingress=ingress(plan, domain="a.example\nenabled: false")))
