"""The plan of what one machine installs for itself: services that fit it, TLS, secrets by reference, and sources."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from recommender.catalogue import release
from recommender.checks import Checks
from recommender.downloads import downloads_for, releases_of
from recommender.external_services import ExternalServices
from recommender.host import (
    Executors,
    External,
    HostDisk,
    HostPlan,
    Platform,
    Proxy,
    Service,
    Software,
    Sources,
    Tls,
)
from recommender.secret_references import SecretReferences
from recommender.sizing import Sizing
from recommender.sizing.estimator import ServiceSize
from recommender.sizing.size_chart import Shape

if TYPE_CHECKING:
    from recommender.profile import Profile

ROOT_DISK_GB = 50
"""Free on the root disk: sourcegraph/docs@3499c087 docs/self-hosted/deploy/single-node/script.mdx, read 2026-11-22."""

_JOB_CPUS, _JOB_MEMORY_GB = 4, 12
"""Of one executor job: sourcegraph/docs@3499c087 docs/self-hosted/executors/resource-sizing.mdx, read 2026-11-22."""

# What of a machine its services may ask for together. The rest is for the system, Kubernetes' own pods, and the
# chart's exporters and collectors, which the estimator does not know (our own choice; a test sums the rendered chart).
_REQUESTED_SHARE = 0.6
_LEAST_CPU, _LEAST_MEMORY_GB = 0.05, 0.1

VENDORS_LIMITS: Mapping[str, tuple[float, float]] = {
    "frontend": (4, 8),
    "gitserver": (4, 8),
    "indexedSearch": (8, 50),
    "indexedSearchIndexer": (8, 16),
    "pgsql": (4, 4),
    "codeIntelDB": (4, 4),
    "codeInsightsDB": (4, 2),
    "redisCache": (1, 7),
    "redisStore": (1, 7),
    "preciseCodeIntel": (2, 4),
    "syntacticCodeIntel": (2, 4),
    "searcher": (2, 2),
    "worker": (4, 4),
    "syntectServer": (4, 6),
    "blobstore": (1, 1),
    "prometheus": (4, 8),
}
"""CPUs and GB that the vendor lets each service take on one machine, whatever its size.

Source: sourcegraph/deploy-sourcegraph-docker@v7.5.4453 docker-compose/docker-compose.yaml, read 2026-11-22;
sourcegraph/deploy@2d7a30ac install/override.XS.yaml gives nearly the same. Redis needs its 7 GB: it grows to 6 before
it evicts or refuses (sourcegraph/docs@3499c087 docs/self-hosted/how-to/redis-configmap.mdx)."""


def plan_host(
    profile: Profile,
    target: Software,
    checks: Checks,
    sizing: Sizing,
    shape: Shape,
    *,
    platform: Platform,
    region: str | None,
    zone: str | None,
    disk: HostDisk,
) -> HostPlan | None:
    """What the machine installs; None when something is missing or wrong, which `checks` then holds.

    Args:
        profile: the organization.
        target: what is installed.
        checks: takes the problems.
        sizing: of the profile.
        shape: CPUs and memory of the machine: the cloud's machine type, or what the organization must bring.
        platform: where its disk and secrets come from.
        region: of the machine; None where the platform is `other`.
        zone: the same.
        disk: the data disk.
    """
    planner = _Planner(profile, target, checks, platform)
    version = planner.version()
    tls, external = planner.tls(), planner.external()
    executors = planner.executors(shape)
    proxy, sources = planner.proxy(), planner.sources(version)
    if checks.found or sources is None:
        return None
    return HostPlan(
        name=profile.name,
        target=target,
        stage=profile.stage,
        version=version,
        size=sizing.machine.size,
        vcpu=shape.vcpu,
        memory_gb=shape.memory_gb,
        root_disk_gb=ROOT_DISK_GB,
        platform=platform,
        provider=profile.hosting.provider or "other",
        region=region,
        zone=zone,
        disk=disk,
        domain=profile.deployment.domain,
        tls=tls,
        services=fitted(sizing.services, shape),
        external=external,
        executors=executors,
        proxy=proxy,
        sources=sources,
        notes=planner.notes(tls),
    )


def fitted(services: Mapping[str, ServiceSize], shape: Shape) -> tuple[Service, ...]:
    """The services with requests that fit the machine together, and limits between the vendor's and the machine's.

    A limit only keeps one service from taking everything: all of them together may be more than the machine has, as in
    the vendor's files, so none is below the vendor's even where the estimator's is. A request only has to let every pod
    be scheduled; the vendor asks for 250m and 256M of each, whatever its size (sourcegraph/deploy@2d7a30ac
    install/override.*.yaml, read 2026-11-22). Here each keeps its share.
    """
    cpus = sum(service.replicas * service.cpu_request for service in services.values())
    memory = sum(service.replicas * service.memory_request_gb for service in services.values())
    cpu_part = min(1.0, _REQUESTED_SHARE * shape.vcpu / cpus)
    memory_part = min(1.0, _REQUESTED_SHARE * shape.memory_gb / memory)
    found: list[Service] = []
    for key, service in services.items():
        vendors_cpu, vendors_memory = VENDORS_LIMITS[key]
        found.append(
            Service(
                key=key,
                replicas=service.replicas,
                cpu_request=max(_LEAST_CPU, _down(service.cpu_request * cpu_part)),
                cpu_limit=min(float(shape.vcpu), max(vendors_cpu, service.cpu_limit)),
                memory_request_gb=max(_LEAST_MEMORY_GB, _down(service.memory_request_gb * memory_part)),
                memory_limit_gb=min(float(shape.memory_gb), max(vendors_memory, service.memory_limit_gb)),
                storage_gb=service.storage_gb,
            )
        )
    return tuple(found)


def _down(value: float) -> float:
    return math.floor(value * 100) / 100


class _Planner:
    """Reads the choices of one profile, and notes each that does not fit."""

    def __init__(self, profile: Profile, target: Software, checks: Checks, platform: Platform) -> None:
        self._profile, self._checks, self._wanted = profile, checks, profile.deployment
        self._target: Software = target
        self._platform: Platform = platform
        self._secrets = SecretReferences(profile.deployment, checks, platform)

    def external(self) -> External:
        return ExternalServices(self._wanted, self._checks, self._secrets).external()

    def version(self) -> str:
        version = release(self._target, self._profile.sourcegraph_version) or ""
        known = releases_of(self._target)
        if version not in known:
            self._checks.problem(
                "sourcegraph_version",
                version,
                f"one of {', '.join(known)}",
                "Pin one of them: what is downloaded for others is not known well enough to be verified.",
            )
        return version

    def tls(self) -> Tls:
        wanted = self._wanted.tls
        mode = wanted.mode or "self-signed"
        behind_load_balancer = self._platform != "other"
        if behind_load_balancer and mode in ("lets-encrypt", "none"):
            self._checks.problem(
                "deployment.tls.mode",
                mode,
                "self-signed or certificate on AWS and GCP",
                "Remove it: the load balancer of `deployment.domain` has a certificate of its own.",
            )
        if mode in ("lets-encrypt", "certificate") and self._wanted.domain is None:
            self._checks.problem("deployment.domain", None, "a DNS name", f"Give the domain that {mode} is for.")
        if mode == "lets-encrypt" and wanted.email is None:
            self._checks.problem("deployment.tls.email", None, "a mail address", "Say whom Let's Encrypt may warn.")
        if mode != "lets-encrypt" and wanted.email is not None:
            self._checks.problem("deployment.tls.email", wanted.email, f"nothing with {mode}", "Remove it.")
        if mode != "certificate":
            for field in ("certificate", "key"):
                if getattr(wanted, field) is not None:
                    self._checks.problem(
                        f"deployment.tls.{field}", getattr(wanted, field), f"nothing with {mode}", "Remove it."
                    )
            return Tls(mode, wanted.email, None, None)
        certificate = self._secrets.secret(
            "tls.certificate", "tls-certificate", "the certificate chain (PEM)", multiline=True
        )
        key = self._secrets.secret("tls.key", "tls-key", "the certificate's private key (PEM)", multiline=True)
        return Tls(mode, None, certificate, key)

    def executors(self, shape: Shape) -> Executors | None:
        wanted = self._wanted.executors
        if wanted.kind is not None:
            self._checks.problem("deployment.executors.kind", wanted.kind, f"nothing with {self._target}", "Remove it.")
        if wanted.jobs == 0:
            for field in ("queues", "password"):
                if getattr(wanted, field) is not None:
                    self._checks.problem(
                        "deployment.executors.jobs", wanted.jobs, "at least 1", f"Say how many jobs {field} is for."
                    )
            return None
        if self._target != "docker-compose":
            self._checks.problem(
                "deployment.executors.jobs",
                wanted.jobs,
                f"0 with {self._target}",
                "Run executors on machines of their own (the vendor's Terraform modules), or take docker-compose.",
            )
            return None
        room = min(shape.vcpu // (2 * _JOB_CPUS), shape.memory_gb // (2 * _JOB_MEMORY_GB))
        if wanted.jobs > room:
            self._checks.problem(
                "deployment.executors.jobs",
                wanted.jobs,
                f"at most {room} beside Sourcegraph on {shape.vcpu} vCPU and {shape.memory_gb} GB",
                f"Each job takes {_JOB_CPUS} CPUs and {_JOB_MEMORY_GB} GB: run the others on machines of their own.",
            )
        password = self._secrets.secret(
            "executors.password", "executors-password", "the executors' password (executors.accessToken)"
        )
        return Executors(wanted.jobs, tuple(wanted.queues or ("batches", "codeintel")), password)

    def proxy(self) -> Proxy | None:
        wanted = self._wanted.proxy
        if wanted.url is None:
            if wanted.no_proxy:
                self._checks.problem(
                    "deployment.proxy.url", None, "http://HOST:PORT", "Name the proxy that no_proxy is for."
                )
            return None
        return Proxy(wanted.url, tuple(dict.fromkeys(wanted.no_proxy)))

    def sources(self, version: str) -> Sources | None:
        wanted = self._wanted.downloads
        downloads = downloads_for(self._target, version)
        return Sources(downloads, wanted.mirror, wanted.registry) if downloads else None

    def notes(self, tls: Tls) -> tuple[str, ...]:
        notes: list[str] = []
        if tls.mode == "none":
            notes.append("Plain HTTP, as the profile asks: put a proxy that speaks HTTPS before it.")
        if tls.mode == "self-signed" and self._platform == "other":
            notes.append("The certificate is self-signed, so browsers warn; deployment.tls.mode has better ones.")
        if self._target == "docker-compose":
            notes.append("Docker Compose must be discussed internally first: the handbook names it last.")
        if self._wanted.executors.jobs:
            notes.append(
                "Executors run on the machine itself with its Docker socket, so that a job can become root there: "
                "let only trusted people run batch changes, or give executors machines of their own."
            )
        return tuple(notes)
