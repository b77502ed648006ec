"""AWS: type tokens that several policies speak of, and what belongs together."""

from __future__ import annotations

from typing import Final

from stacks.policies.policy import Scope
from stacks.preview import Resource

BUCKET: Final = "aws:s3/bucket:Bucket"
CLUSTER: Final = "aws:eks/cluster:Cluster"
DATABASE: Final = "aws:rds/instance:Instance"
INSTANCE: Final = "aws:ec2/instance:Instance"
KEY: Final = "aws:kms/key:Key"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
LOAD_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
REDIS: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
SNAPSHOT_POLICY: Final = "aws:dlm/lifecyclePolicy:LifecyclePolicy"
SUBNET: Final = "aws:ec2/subnet:Subnet"
VOLUME: Final = "aws:ebs/volume:Volume"
VPC: Final = "aws:ec2/vpc:Vpc"


def companions(scope: Scope, bucket: Resource, type_: str) -> list[Resource]:
    """The resources of a type that configure a bucket."""
    name = bucket.inputs.get("bucket")
    return [
        other
        for other in scope.of_type(type_)
        if bucket.urn in other.property_dependencies.get("bucket", ())
        or (isinstance(name, str) and other.inputs.get("bucket") == name)
    ]
