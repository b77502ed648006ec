"""What a deployment takes of a GCP project's quotas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from stacks.demand.demand import QuotaDemand
from stacks.demand.inputs import claimed_gib, items, mapping, number, of_type, provider_setting, text
from stacks.demand.machines import family, vcpu
from stacks.demand.table import Need, of_gcp
from stacks.preview import Preview, Resource

_CPUS: Final = {"n2": "N2_CPUS", "n2d": "N2D_CPUS", "c3": "C3_CPUS"}
"""Series to its own quota; the others share CPUS."""
_SSD: Final = ("pd-ssd", "pd-balanced")
_STANDARD: Final = ("pd-standard",)

_PER_PROJECT: Final = (
    ("NETWORKS", ("gcp:compute/network:Network",)),
    ("SUBNETWORKS", ("gcp:compute/subnetwork:Subnetwork",)),
    ("FIREWALLS", ("gcp:compute/firewall:Firewall",)),
    ("ROUTERS", ("gcp:compute/router:Router",)),
    ("IMAGES", ("gcp:compute/image:Image",)),
    (
        "FORWARDING_RULES",
        ("gcp:compute/forwardingRule:ForwardingRule", "gcp:compute/globalForwardingRule:GlobalForwardingRule"),
    ),
    (
        "BACKEND_SERVICES",
        ("gcp:compute/backendService:BackendService", "gcp:compute/regionBackendService:RegionBackendService"),
    ),
    ("HEALTH_CHECKS", ("gcp:compute/healthCheck:HealthCheck", "gcp:compute/regionHealthCheck:RegionHealthCheck")),
    ("URL_MAPS", ("gcp:compute/uRLMap:URLMap", "gcp:compute/regionUrlMap:RegionUrlMap")),
    (
        "TARGET_HTTP_PROXIES",
        ("gcp:compute/targetHttpProxy:TargetHttpProxy", "gcp:compute/regionTargetHttpProxy:RegionTargetHttpProxy"),
    ),
    (
        "TARGET_HTTPS_PROXIES",
        ("gcp:compute/targetHttpsProxy:TargetHttpsProxy", "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy"),
    ),
    (
        "SSL_CERTIFICATES",
        (
            "gcp:compute/managedSslCertificate:ManagedSslCertificate",
            "kubernetes:networking.gke.io/v1:ManagedCertificate",
        ),
    ),
    (
        "SECURITY_POLICIES",
        ("gcp:compute/securityPolicy:SecurityPolicy", "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy"),
    ),
    ("instances", ("gcp:sql/databaseInstance:DatabaseInstance",)),
)
"""One of the quota for each resource of these types."""

_INGRESS: Final = (
    ("FORWARDING_RULES", 2),
    ("BACKEND_SERVICES", 2),
    ("HEALTH_CHECKS", 2),
    ("URL_MAPS", 2),
    ("TARGET_HTTP_PROXIES", 1),
    ("TARGET_HTTPS_PROXIES", 1),
    ("FIREWALLS", 1),
)
"""What GKE makes of one ingress, at the most: HTTP and HTTPS, its default backend beside ours, a redirecting URL map
(kubernetes/ingress-gce, general knowledge, 2026-11-22)."""


def quotas(preview: Preview) -> list[QuotaDemand]:
    """Every quota that something of the preview counts against."""
    region, project = (provider_setting(preview, "gcp", name) for name in ("region", "project"))
    needs = [*_machines(preview, region), *_disks(preview, region), *_addresses(preview, region), *_counted(preview)]
    return [of_gcp(need, region or "REGION", project) for need in needs if need.amount > 0]


def nodes_at_most(pool: Resource) -> int:
    """Nodes of a pool while it is at its maximum and upgrades: in every zone of the pool, the surge among them."""
    scaling, surge = (
        mapping(pool.inputs.get("autoscaling")),
        mapping(pool.inputs.get("upgradeSettings")).get("maxSurge"),
    )
    zones = len(items(pool.inputs.get("nodeLocations"))) or 1
    most = number(scaling.get("maxNodeCount")) or number(pool.inputs.get("nodeCount"))
    most = most or number(pool.inputs.get("initialNodeCount"))
    # GKE surges by one node where nothing else is said.
    return int(most) * zones + int(number(surge) if surge is not None else 1)


def _pools(preview: Preview) -> list[tuple[str, int, dict[str, Any]]]:
    pools = of_type(preview, "gcp:container/nodePool:NodePool")
    found = [(mapping(pool.inputs.get("nodeConfig")), nodes_at_most(pool)) for pool in pools]
    return [(text(config.get("machineType")), count, dict(config)) for config, count in found]


def _machines(preview: Preview, region: str) -> Iterator[Need]:
    pools = _pools(preview)
    machines = [(text(each.inputs.get("machineType")), 1) for each in of_type(preview, "gcp:compute/instance:Instance")]
    machines += [(name, count) for name, count, _ in pools]
    unknown = sum(count for name, count in machines if not vcpu(name))
    notes = ["With every node pool at its maximum and upgrading."] if pools else []
    notes += [f"{unknown} machines of unknown size are not counted."] if unknown else []
    note = " ".join(notes)
    per_series = Counter[str]()
    for name, count in machines:
        per_series[_CPUS.get(family(name), "CPUS")] += vcpu(name) * count
    yield Need("CPUS_ALL_REGIONS", "project", per_series.total(), "the project", note)
    for code, amount in sorted(per_series.items()):
        yield Need(code, "region", amount, region, note)
    yield Need("INSTANCES", "region", sum(count for _, count in machines), region, note)


def _disks(preview: Preview, region: str) -> Iterator[Need]:
    count = sum(claim.count for claim in preview.claims)
    note = f"With the {count} disks that the cluster makes for its pods." if count else ""
    for code, types in (("SSD_TOTAL_GB", _SSD), ("DISKS_TOTAL_GB", _STANDARD)):
        yield Need(code, "region", _gb(preview, types) + claimed_gib(preview, types), region, note)
    plans = [
        mapping(each.inputs.get("snapshotSchedulePolicy"))
        for each in of_type(preview, "gcp:compute/resourcePolicy:ResourcePolicy")
    ]
    days = sum(number(mapping(plan.get("retentionPolicy")).get("maxRetentionDays")) for plan in plans)
    # The snapshot of today is made before the oldest is removed.
    yield Need(
        "SNAPSHOTS", "project", days + 1 if days else 0, "the project", "Daily snapshots, as long as they are kept."
    )


def _gb(preview: Preview, types: tuple[str, ...]) -> float:
    disks = [
        (text(each.inputs.get("type")), number(each.inputs.get("size")))
        for each in of_type(preview, "gcp:compute/disk:Disk")
    ]
    for machine in of_type(preview, "gcp:compute/instance:Instance"):
        boot = mapping(mapping(machine.inputs.get("bootDisk")).get("initializeParams"))
        disks.append((text(boot.get("type")) or "pd-standard", number(boot.get("size"))))
    for _, count, config in _pools(preview):
        disks.append((text(config.get("diskType")) or "pd-balanced", count * number(config.get("diskSizeGb"))))
    return sum(size for type_, size in disks if type_ in types)


def _addresses(preview: Preview, region: str) -> Iterator[Need]:
    external = [
        each
        for each in of_type(preview, "gcp:compute/address:Address")
        if each.inputs.get("addressType", "EXTERNAL") == "EXTERNAL"
    ]
    public = sum(
        len(items(mapping(port).get("accessConfigs")))
        for machine in of_type(preview, "gcp:compute/instance:Instance")
        for port in items(machine.inputs.get("networkInterfaces"))
    )
    yield Need("STATIC_ADDRESSES", "region", len(external), region)
    yield Need("IN_USE_ADDRESSES", "region", len(external) + public, region)
    global_ = of_type(preview, "gcp:compute/globalAddress:GlobalAddress")
    outside = [each for each in global_ if each.inputs.get("addressType", "EXTERNAL") == "EXTERNAL"]
    yield Need("STATIC_ADDRESSES", "project", len(outside), "the project")


def _counted(preview: Preview) -> Iterator[Need]:
    made_by_gke = dict(_INGRESS) if _has_gce_ingress(preview) else {}
    for code, types in _PER_PROJECT:
        extra = made_by_gke.get(code, 0)
        note = f"GKE makes {extra} of them for the ingress." if extra else ""
        yield Need(code, "project", len(of_type(preview, *types)) + extra, "the project", note)


def _has_gce_ingress(preview: Preview) -> bool:
    return bool(of_type(preview, "kubernetes:cloud.google.com/v1:BackendConfig"))
