"""Who talks to whom, read off the resources: rules, attachments, routes, roles, records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from stacks.preview import Resource
from stacks.report.html.graph import Edge
from stacks.report.html.scene import Scene, at, strings

PEOPLE: Final = "people"
OUTSIDE: Final = "internet"
CLAIMS: Final = "claims"

_GOOGLE_FRONTS: Final = {"35.191.0.0/16", "130.211.0.0/22"}
"""From where Google's load balancers and health checks reach machines; drawn as the load balancer's arrow
(cloud.google.com/load-balancing/docs/firewall-rules, read 2026-11-22)."""

_IDENTITY_AWARE_PROXY: Final = "35.235.240.0/20"
"""From where its tunnels come (cloud.google.com/iap/docs/using-tcp-forwarding, read 2026-11-22)."""

_FORWARDING: Final = (
    "gcp:compute/globalForwardingRule:GlobalForwardingRule",
    "gcp:compute/forwardingRule:ForwardingRule",
)
_COMPUTE: Final = (
    "aws:ec2/instance:Instance",
    "aws:eks/nodeGroup:NodeGroup",
    "gcp:compute/instance:Instance",
    "gcp:container/nodePool:NodePool",
)
_NODES: Final = ("aws:eks/nodeGroup:NodeGroup", "gcp:container/nodePool:NodePool")
_ADDRESSES: Final = ("gcp:compute/globalAddress:GlobalAddress", "gcp:compute/address:Address")


class Found:
    """An edge, and the resources that say so."""

    def __init__(self, source: str, target: str, label: str = "", *by: Resource) -> None:
        self.edge = Edge(source, target, label)
        self.by = tuple(resource.urn for resource in by)


def links(scene: Scene) -> Iterator[Found]:
    """Every edge; one that several resources say comes several times."""
    rules: tuple[Callable[[Scene], Iterator[Found]], ...] = (
        _security_group_rules,
        _target_groups,
        _forwarding_rules,
        _firewalls,
        _records,
        _ways_out,
        _disks,
        _identities,
        _secrets,
        _backups,
        _cluster,
        _application,
    )
    for rule in rules:
        yield from rule(scene)


def ports(rule: Mapping[str, Any]) -> str:
    """The ports of a rule in words."""
    first, last = rule.get("fromPort"), rule.get("toPort")
    if str(rule.get("ipProtocol", "tcp")) == "-1":
        return "all ports"
    return str(first) if first == last else f"{first}-{last}"


def _security_group_rules(scene: Scene) -> Iterator[Found]:
    for rule in scene.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"):
        targets = [each for group in scene.refs(rule, "securityGroupId") for each in scene.members.get(group.urn, ())]
        sources = [
            each.urn
            for group in scene.refs(rule, "referencedSecurityGroupId")
            for each in scene.members.get(group.urn, ())
        ]
        if rule.inputs.get("cidrIpv4") or rule.inputs.get("cidrIpv6") or rule.inputs.get("prefixListId"):
            sources = [PEOPLE]
        for target in targets:
            yield from (Found(source, target.urn, ports(rule.inputs), rule) for source in sources)


def _target_groups(scene: Scene) -> Iterator[Found]:
    for attachment in scene.of_type("aws:lb/targetGroupAttachment:TargetGroupAttachment"):
        for group in scene.refs(attachment, "targetGroupArn"):
            listeners = [
                listener for listener, _ in scene.referrers(group) if listener.type == "aws:lb/listener:Listener"
            ]
            for listener in listeners:
                for balancer in scene.refs(listener, "loadBalancerArn"):
                    for machine in scene.refs(attachment, "targetId"):
                        port = str(group.inputs.get("port") or "")
                        yield Found(balancer.urn, machine.urn, port, attachment, listener, group)


def _forwarding_rules(scene: Scene) -> Iterator[Found]:
    """Along target proxy, URL map, backend service and instance group, whatever of them there is."""
    for rule in scene.of_type(*_FORWARDING):
        yield Found(PEOPLE, rule.urn, str(rule.inputs.get("portRange") or ""), rule)
        seen, open_ = [rule], list(scene.refs(rule, "target", "backendService"))
        while open_:
            resource = open_.pop()
            seen.append(resource)
            if resource.type in _COMPUTE:
                yield Found(rule.urn, resource.urn, "443", *seen[1:-1])
            else:
                open_ += scene.refs(
                    resource, "urlMap", "defaultService", "pathMatchers", "backends", "instances", "service"
                )


def _firewalls(scene: Scene) -> Iterator[Found]:
    for firewall in scene.of_type("gcp:compute/firewall:Firewall"):
        if firewall.inputs.get("direction") == "EGRESS":
            continue
        ranges = set(strings(firewall.inputs.get("sourceRanges")))
        if not ranges or ranges & _GOOGLE_FRONTS:
            continue
        allows = firewall.inputs.get("allows")
        allowed = [port for allow in allows for port in strings(allow.get("ports"))] if isinstance(allows, list) else []
        label = "tunnel" if ranges == {_IDENTITY_AWARE_PROXY} else ", ".join(allowed)
        accounts = {account.urn for account in scene.refs(firewall, "targetServiceAccounts")}
        for machine in scene.of_type("gcp:compute/instance:Instance"):
            if any(each.urn in accounts for each in scene.refs(machine, "serviceAccount")):
                yield Found(PEOPLE, machine.urn, label, firewall)


def named(scene: Scene) -> Iterator[tuple[Resource, Resource]]:
    """DNS records that people use, and what each leads to: a load balancer, its rule, or an address."""
    for record in scene.of_type("aws:route53/record:Record"):
        for target in scene.refs(record, "aliases"):
            if target.type == "aws:lb/loadBalancer:LoadBalancer":
                yield record, target
    for record in scene.of_type("gcp:dns/recordSet:RecordSet"):
        for address in scene.refs(record, "rrdatas"):
            if address.type in _ADDRESSES:
                rules = [rule for rule, name in scene.referrers(address) if name == "ipAddress"]
                machines = [each for each, _ in scene.referrers(address) if each.type in _COMPUTE]
                yield from ((record, target) for target in rules or machines or [address])


def _records(scene: Scene) -> Iterator[Found]:
    for record, target in named(scene):
        yield Found(record.urn, target.urn, "")


def _ways_out(scene: Scene) -> Iterator[Found]:
    for gateway in scene.of_type("aws:ec2/natGateway:NatGateway", "gcp:compute/routerNat:RouterNat"):
        yield Found(gateway.urn, OUTSIDE, "", gateway)
    for route in scene.of_type("aws:ec2/route:Route"):
        tables = {table.urn for table in scene.refs(route, "routeTableId")}
        ways = [each.urn for each in scene.refs(route, "natGatewayId")]
        if any(scene.refs(route, "gatewayId")):
            ways = [OUTSIDE]
        for machine in _in_subnets(scene, scene.routed(tables)):
            yield from (Found(machine.urn, way, "", route) for way in ways)
    for endpoint in scene.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"):
        tables = {table.urn for table in scene.refs(endpoint, "routeTableIds")}
        for machine in _in_subnets(scene, scene.routed(tables)):
            yield Found(machine.urn, endpoint.urn, "")
    for gateway in scene.of_type("gcp:compute/routerNat:RouterNat"):
        subnets = {subnet.urn for subnet in scene.refs(gateway, "subnetworks")}
        for machine in _in_subnets(scene, subnets):
            yield Found(machine.urn, gateway.urn, "")


def _in_subnets(scene: Scene, subnets: set[str]) -> Iterator[Resource]:
    for machine in scene.of_type(*_COMPUTE):
        places = place_of(scene, machine)
        if any((place if isinstance(place, str) else place.urn) in subnets for place in places):
            yield machine


def place_of(scene: Scene, resource: Resource) -> list[Resource | str]:
    """The subnets of a resource; those of its cluster where it names none."""
    if resource.type in ("aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster"):
        return []
    found = scene.subnets(resource)
    if not found and resource.type == "gcp:container/nodePool:NodePool":
        return [subnet for cluster in scene.refs(resource, "cluster") for subnet in scene.subnets(cluster)]
    return found


def _disks(scene: Scene) -> Iterator[Found]:
    for attachment in scene.of_type("aws:ec2/volumeAttachment:VolumeAttachment"):
        for machine in scene.refs(attachment, "instanceId"):
            for volume in scene.refs(attachment, "volumeId"):
                yield Found(machine.urn, volume.urn, "", attachment)
    for machine in scene.of_type("gcp:compute/instance:Instance"):
        for disk in scene.refs(machine, "attachedDisks"):
            yield Found(machine.urn, disk.urn, "")


def _identities(scene: Scene) -> Iterator[Found]:
    for machine in scene.of_type("aws:ec2/instance:Instance"):
        for profile in scene.refs(machine, "iamInstanceProfile"):
            yield from (Found(machine.urn, role.urn, "", profile) for role in scene.refs(profile, "role"))
    for machine in scene.of_type("gcp:compute/instance:Instance"):
        yield from (Found(machine.urn, account.urn) for account in scene.refs(machine, "serviceAccount"))
    for group in scene.of_type(*_NODES):
        accounts = [*scene.refs(group, "nodeRoleArn"), *scene.refs(group, "nodeConfig")]
        for account in accounts:
            if account.type in ("aws:iam/role:Role", "gcp:serviceaccount/account:Account"):
                yield Found(group.urn, account.urn)
    for cluster in scene.of_type("aws:eks/cluster:Cluster"):
        yield from (Found(cluster.urn, role.urn) for role in scene.refs(cluster, "roleArn"))
    for association in scene.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation", "aws:eks/addon:Addon"):
        for cluster in scene.refs(association, "clusterName"):
            for role in scene.refs(association, "roleArn", "podIdentityAssociations"):
                yield Found(cluster.urn, role.urn, "", association)
    for role in scene.of_type("aws:iam/role:Role"):
        for cluster in scene.refs(role, "assumeRolePolicy"):
            if cluster.type == "aws:eks/cluster:Cluster":
                yield Found(cluster.urn, role.urn)


def _secrets(scene: Scene) -> Iterator[Found]:
    """What a role may read or write, where its policy is made of a secret or a bucket."""
    holders = ("aws:s3/bucket:Bucket", "aws:secretsmanager/secret:Secret")
    for policy in scene.of_type("aws:iam/rolePolicy:RolePolicy"):
        for named in scene.refs(policy, "policy"):
            held = next(scene.refs(named, "secretId"), named)
            if held.type in holders:
                yield from (Found(role.urn, held.urn, "", policy) for role in scene.refs(policy, "role"))
    members = ("gcp:secretmanager/secretIamMember:SecretIamMember", "gcp:storage/bucketIAMMember:BucketIAMMember")
    for member in scene.of_type(*members):
        for held in scene.refs(member, "secretId", "bucket"):
            for account in scene.refs(member, "member"):
                if account.type == "gcp:serviceaccount/account:Account":
                    yield Found(account.urn, held.urn, "", member)


def _backups(scene: Scene) -> Iterator[Found]:
    for attachment in scene.of_type("gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment"):
        for disk in scene.refs(attachment, "disk"):
            yield from (Found(disk.urn, policy.urn, "", attachment) for policy in scene.refs(attachment, "name"))
    for policy in scene.of_type("aws:dlm/lifecyclePolicy:LifecyclePolicy"):
        # A lifecycle policy finds its volumes by tag: the volume of its own component, or those of the claims.
        volumes = [each for each in scene.of_type("aws:ebs/volume:Volume") if each.parent == policy.parent]
        yield from (Found(volume.urn, policy.urn) for volume in volumes)
        if not volumes and scene.preview.claims:
            yield Found(CLAIMS, policy.urn)
    if scene.preview.claims:
        yield from (Found(CLAIMS, plan.urn) for plan in scene.of_type("gcp:gkebackup/backupPlan:BackupPlan"))


def _cluster(scene: Scene) -> Iterator[Found]:
    """On GCP, nodes reach databases and caches through the network's peering, without a rule of their own."""
    held = list(scene.of_type("gcp:sql/databaseInstance:DatabaseInstance", "gcp:redis/instance:Instance"))
    for pool in scene.of_type("gcp:container/nodePool:NodePool"):
        for each in held:
            yield Found(pool.urn, each.urn, "5432" if each.type.startswith("gcp:sql") else "6378")


def application(scene: Scene) -> Resource | None:
    """The release of Sourcegraph itself."""
    for release in scene.of_type("kubernetes:helm.sh/v3:Release"):
        if release.inputs.get("chart") == "sourcegraph":
            return release
    return None


def _application(scene: Scene) -> Iterator[Found]:
    release = application(scene)
    if release is None:
        return
    fronts = [*scene.of_type("kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams")]
    fronts += [target for _, target in named(scene) if target.type in _ADDRESSES]
    host = at(release.inputs, "values.frontend.ingress.host")
    for front in fronts:
        yield Found(PEOPLE, front.urn, "443", front)
        yield Found(front.urn, release.urn, "")
    if host and not fronts:
        yield Found(PEOPLE, release.urn, "443")
    for group in scene.of_type(*_NODES):
        yield Found(release.urn, group.urn, "")
    if scene.preview.claims and not any(scene.of_type(*_NODES)):
        yield Found(release.urn, CLAIMS)
    for group in scene.of_type(*_NODES):
        if scene.preview.claims:
            yield Found(group.urn, CLAIMS)
