"""HTTPS for people: load balancer, certificate, DNS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.aws import CERTIFICATE, access, production, record_machine

HTTPS = "acme-edge-https"


def test_searches_may_stream_for_five_minutes() -> None:
    balancer = record_machine(production()).named("acme-edge", "aws:lb/loadBalancer:LoadBalancer").inputs
    assert balancer["idleTimeout"] == 300
    assert balancer["dropInvalidHeaderFields"] is True
    assert balancer["enableDeletionProtection"] is True


def test_the_machine_is_reached_over_its_own_https() -> None:
    recording = record_machine(production())
    target: Any = recording.named("acme-edge", "aws:lb/targetGroup:TargetGroup").inputs
    assert (target["protocol"], target["port"], target["protocolVersion"]) == ("HTTPS", 443, "HTTP2")
    assert (target["healthCheck"]["protocol"], target["healthCheck"]["path"]) == ("HTTPS", "/healthz")
    attachment = recording.named("acme-edge", "aws:lb/targetGroupAttachment:TargetGroupAttachment").inputs
    assert (attachment["targetId"], attachment["port"]) == ("acme-machine-id", 443)


@pytest.mark.parametrize("name", ["acme", "a" * 32, "abcd-efgh", "inter-nal"])
def test_names_fit_where_aws_allows_few_characters(name: str) -> None:
    recording = record_machine(production(name=name))
    for token in ("aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"):
        [resource] = recording.of_type(token)
        prefix = resource.inputs["namePrefix"]
        assert isinstance(prefix, str)
        assert len(prefix) <= 6
        assert prefix.endswith("-")
        assert "--" not in prefix
        assert "name" not in resource.inputs
    for role in recording.of_type("aws:iam/role:Role"):
        assert len(f"{role.name}-1a2b3c4") <= 64


def test_http_is_only_answered_with_a_redirect() -> None:
    listener: Any = record_machine(production()).named("acme-edge-http").inputs
    [action] = listener["defaultActions"]
    assert action == {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}}


def test_blocked_paths_are_answered_by_the_load_balancer() -> None:
    recording = record_machine(production(access=access(blocked_paths=("/.executors", "/-/debug"))))
    rules: list[Any] = [rule.inputs for rule in recording.of_type("aws:lb/listenerRule:ListenerRule")]
    assert [rule["priority"] for rule in rules] == [1, 2]
    assert [rule["conditions"][0]["pathPattern"]["values"] for rule in rules] == [
        ["/.executors", "/.executors/*"],
        ["/-/debug", "/-/debug/*"],
    ]
    assert {rule["actions"][0]["fixedResponse"]["statusCode"] for rule in rules} == {"403"}
    assert {rule["listenerArn"] for rule in rules} == {f"arn:aws:lb:us-east-1:123456789012:{HTTPS}"}


def test_a_certificate_that_exists_is_used_as_it_is() -> None:
    recording = record_machine(production(access=access(certificate=CERTIFICATE)))
    assert recording.named(HTTPS).inputs["certificateArn"] == CERTIFICATE
    assert not recording.of_type("aws:acm/certificate:Certificate")


def test_a_managed_certificate_proves_itself_in_our_zone() -> None:
    recording = record_machine(production())
    proof = recording.named("acme-edge-validation").inputs
    assert (proof["name"], proof["type"], proof["records"]) == (
        "_x.sourcegraph.acme.example.",
        "CNAME",
        ["_y.acm-validations.aws."],
    )
    assert proof["allowOverwrite"] is True
    validation = recording.named("acme-edge", "aws:acm/certificateValidation:CertificateValidation")
    assert validation.inputs["validationRecordFqdns"] == ["_x.sourcegraph.acme.example"]


def test_a_managed_certificate_without_our_zone_waits_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    record_machine.cache_clear()
    recording = record_machine(production(access=access(dns_zone=None)))
    assert "_x.sourcegraph.acme.example. CNAME _y.acm-validations.aws." in "".join(capsys.readouterr())
    assert not recording.of_type("aws:route53/record:Record")
    validation = recording.named("acme-edge", "aws:acm/certificateValidation:CertificateValidation")
    assert "validationRecordFqdns" not in validation.inputs


def test_the_domain_points_at_the_load_balancer_where_the_zone_is_ours() -> None:
    record = record_machine(production()).named("acme-edge", "aws:route53/record:Record").inputs
    assert (record["name"], record["type"], record["zoneId"]) == (
        "sourcegraph.acme.example",
        "A",
        "Z0123456789ABCDEFGHIJ",
    )
    assert record["aliases"] == [
        {"name": "lb.us-east-1.elb.amazonaws.com", "zoneId": "Z35SXDOTRQ7X7K", "evaluateTargetHealth": False}
    ]
