"""What holds for the whole target, whatever the plan."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pulumi_aws as aws
import pytest
from hypothesis import given, settings

from recommender.plan import SingleNodePlan
from tests.components.aws import EXISTING, KEY, access, in_cloud, plans, poc, production, record_machine

PRODUCTION_NAMES = """
moorage:aws:MachineImage acme
moorage:aws:Network acme-network
aws:ec2/vpc:Vpc acme-network
aws:ec2/defaultSecurityGroup:DefaultSecurityGroup acme-network
aws:ec2/internetGateway:InternetGateway acme-network
aws:ec2/routeTable:RouteTable acme-network-public
aws:ec2/route:Route acme-network-public
aws:ec2/routeTable:RouteTable acme-network-private
moorage:aws:Nat acme-network-nat
aws:ec2/subnet:Subnet acme-network-nat
aws:ec2/routeTableAssociation:RouteTableAssociation acme-network-nat
aws:ec2/eip:Eip acme-network-nat
aws:ec2/natGateway:NatGateway acme-network-nat
aws:ec2/route:Route acme-network-private
aws:ec2/subnet:Subnet acme-network-machine
aws:ec2/routeTableAssociation:RouteTableAssociation acme-network-machine
aws:ec2/subnet:Subnet acme-network-edge-us-east-1a
aws:ec2/routeTableAssociation:RouteTableAssociation acme-network-edge-us-east-1a
aws:ec2/subnet:Subnet acme-network-edge-us-east-1b
aws:ec2/routeTableAssociation:RouteTableAssociation acme-network-edge-us-east-1b
aws:ec2/vpcEndpoint:VpcEndpoint acme-network-s3
moorage:aws:FlowLogs acme-network-flow-logs
aws:cloudwatch/logGroup:LogGroup acme-network-flow-logs
aws:iam/role:Role acme-network-flow-logs
aws:iam/rolePolicy:RolePolicy acme-network-flow-logs-write
aws:ec2/flowLog:FlowLog acme-network-flow-logs
moorage:aws:Firewall acme-firewall
aws:ec2/securityGroup:SecurityGroup acme-firewall-machine
aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule acme-firewall-machine-out
aws:ec2/securityGroup:SecurityGroup acme-firewall-edge
aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule acme-firewall-edge-https-0.0.0.0-0
aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule acme-firewall-edge-http-0.0.0.0-0
aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule acme-firewall-edge-to-machine
aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule acme-firewall-machine-from-edge
moorage:aws:DataDisk acme-data
aws:ebs/volume:Volume acme-data
aws:iam/role:Role acme-data-snapshots
aws:iam/rolePolicyAttachment:RolePolicyAttachment acme-data-snapshots
aws:iam/rolePolicy:RolePolicy acme-data-snapshots-key
aws:dlm/lifecyclePolicy:LifecyclePolicy acme-data-snapshots
moorage:aws:Identity acme-identity
aws:iam/role:Role acme-identity
aws:iam/rolePolicyAttachment:RolePolicyAttachment acme-identity-session-manager
aws:iam/rolePolicy:RolePolicy acme-identity-metrics
aws:iam/instanceProfile:InstanceProfile acme-identity
moorage:aws:Machine acme-machine
aws:ec2/instance:Instance acme-machine
aws:ec2/volumeAttachment:VolumeAttachment acme-machine-data
moorage:aws:LoadBalancer acme-edge
aws:lb/loadBalancer:LoadBalancer acme-edge
aws:lb/targetGroup:TargetGroup acme-edge
aws:lb/targetGroupAttachment:TargetGroupAttachment acme-edge
moorage:aws:Certificate acme-edge
aws:acm/certificate:Certificate acme-edge
aws:route53/record:Record acme-edge-validation
aws:acm/certificateValidation:CertificateValidation acme-edge
moorage:aws:Listeners acme-edge
aws:lb/listener:Listener acme-edge-https
aws:lb/listener:Listener acme-edge-http
aws:lb/listenerRule:ListenerRule acme-edge-block-executors
aws:route53/record:Record acme-edge
moorage:aws:Alarms acme-alarms
aws:sns/topic:Topic acme-alarms
aws:sns/topicSubscription:TopicSubscription acme-alarms-email
aws:cloudwatch/metricAlarm:MetricAlarm acme-alarms-host
aws:cloudwatch/metricAlarm:MetricAlarm acme-alarms-system
aws:cloudwatch/metricAlarm:MetricAlarm acme-alarms-data-disk
aws:cloudwatch/metricAlarm:MetricAlarm acme-alarms-memory
aws:cloudwatch/metricAlarm:MetricAlarm acme-alarms-unhealthy
"""
"""Public API: a rename ships with an alias, or it deletes and creates somebody's resource."""


def taggable(token: str) -> bool:
    module, _, class_name = token.removeprefix("aws:").rpartition(":")
    resource: Any = getattr(getattr(aws, module.partition("/")[0]), class_name)
    return "tags" in inspect.signature(resource._internal_init).parameters


def names(plan: SingleNodePlan) -> list[str]:
    recording = record_machine(plan)
    return [f"{type_} {name}" for type_, name in recording.names if not type_.startswith("pulumi:")]


@settings(max_examples=10, deadline=None)
@given(plan=plans())
def test_no_plan_opens_ssh_or_leaves_a_disk_in_the_clear(plan: SingleNodePlan) -> None:
    recording = record_machine(plan)
    for resource in in_cloud(recording):
        inputs: Any = resource.inputs
        assert "ingress" not in inputs, "an inline rule would escape this test"
        if resource.type == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
            assert inputs["fromPort"] == inputs["toPort"] in (80, 443)
    [volume] = recording.of_type("aws:ebs/volume:Volume")
    [instance] = recording.of_type("aws:ec2/instance:Instance")
    root_disk: Any = instance.inputs["rootBlockDevice"]
    for disk in (volume.inputs, root_disk):
        assert disk["encrypted"] is True
        assert disk.get("kmsKeyId") == plan.kms_key


@settings(max_examples=10, deadline=None)
@given(plan=plans())
def test_every_plan_can_be_previewed_without_knowing_an_id(plan: SingleNodePlan) -> None:
    known, unknown = record_machine(plan), record_machine(plan, preview=True)
    assert known.names == unknown.names
    for resource in known.resources:
        if resource.component:
            outputs = unknown.named(resource.name, resource.type).registered_outputs
            assert outputs.keys() >= resource.registered_outputs.keys()
            assert outputs or resource.type == "moorage:aws:Alarms", f"{resource.type} registers no outputs"


@pytest.mark.parametrize("plan", [production(kms_key=KEY), poc(), production(network=EXISTING)])
def test_whatever_can_have_tags_has_them(plan: SingleNodePlan) -> None:
    for resource in in_cloud(record_machine(plan)):
        if taggable(resource.type):
            tags: Any = resource.inputs["tags"]
            assert {**dict(plan.tags), "Name": tags["Name"]}.items() <= tags.items(), resource.urn
            assert tags["Name"].startswith(plan.name)


def test_logical_names_are_public_api() -> None:
    assert names(production(kms_key=KEY)) == PRODUCTION_NAMES.split("\n")[1:-1]


def test_logical_names_follow_the_component_name() -> None:
    renamed = [line.replace(" other", " acme", 1) for line in names(production(name="other", kms_key=KEY))]
    assert renamed == names(production(kms_key=KEY))


def test_everything_is_created_by_the_provider_that_was_given() -> None:
    recording = record_machine(production(kms_key=KEY))
    [provider] = recording.of_type("pulumi:providers:aws")
    assert {resource.provider for resource in in_cloud(recording)} == {provider.urn}


def test_every_resource_belongs_to_the_target() -> None:
    recording = record_machine(production())
    parents = {resource.urn: resource.parent for resource in recording.resources}
    roots = {resource.urn for resource in recording.resources if resource.parent is None}
    assert {parents[resource.urn] for resource in in_cloud(recording)} & {None} == set()
    assert roots == {recording.named("acme").urn, recording.named("aws").urn}


def test_a_customer_key_encrypts_both_disks_and_reaches_the_snapshots() -> None:
    recording = record_machine(production(kms_key=KEY))
    policy = recording.named("acme-data-snapshots-key").inputs["policy"]
    assert isinstance(policy, str)
    statements = json.loads(policy)["Statement"]
    assert {statement["Resource"] for statement in statements} == {KEY}
    assert statements[0]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert not [name for name in names(production()) if name.endswith("-key")]


def test_a_poc_pays_for_nothing_that_it_does_not_need() -> None:
    types = {resource.type for resource in record_machine(poc()).resources}
    for absent in (
        "aws:ec2/natGateway:NatGateway",
        "aws:ec2/eip:Eip",
        "aws:ec2/flowLog:FlowLog",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:dlm/lifecyclePolicy:LifecyclePolicy",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:sns/topic:Topic",
    ):
        assert absent not in types


def test_without_a_domain_people_come_in_through_session_manager() -> None:
    recording = record_machine(poc())
    outputs = recording.outputs_of("acme")
    assert not recording.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert outputs.get("url") is None
    assert outputs.get("loadBalancerDnsName") is None
    assert outputs["connectCommand"] == "aws ssm start-session --region us-east-1 --target acme-machine-id"
    assert outputs["tunnelCommand"] == (
        "aws ssm start-session --region us-east-1 --target acme-machine-id"
        " --document-name AWS-StartPortForwardingSession --parameters portNumber=443,localPortNumber=8443"
    )


def test_the_outputs_say_where_sourcegraph_is() -> None:
    outputs = record_machine(production()).outputs_of("acme")
    assert outputs["url"] == "https://sourcegraph.acme.example"
    assert outputs["loadBalancerDnsName"] == "lb.us-east-1.elb.amazonaws.com"
    assert outputs["outboundIp"] == "203.0.113.10"
    assert outputs["certificateValidationRecords"] == []


def test_the_outputs_name_the_record_that_a_person_must_create() -> None:
    plan = production(access=access(dns_zone=None))
    assert record_machine(plan).outputs_of("acme")["certificateValidationRecords"] == [
        {"name": "_x.sourcegraph.acme.example.", "type": "CNAME", "value": "_y.acm-validations.aws."}
    ]
