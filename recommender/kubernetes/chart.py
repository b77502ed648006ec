"""What moorage relies on in the vendor's chart `sourcegraph`: releases, secrets, and which service reads what.

Source: sourcegraph/deploy-sourcegraph-helm, charts/sourcegraph/ at the tags v6.11.1446 to v7.6.0, read 2026-11-22,
where nothing else is named. What the chart runs is in `chart_workloads.py`, the keys that it reads in
`chart_keys.py`, and the charts of executors in `executor_charts.py`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import lru_cache

from recommender.kubernetes.chart_workloads import WORKLOADS, ChartContainer, ChartWorkload
from recommender.kubernetes.executor_charts import ExecutorChart, dind_chart, native_chart
from recommender.versions import version_key

CHART = "sourcegraph"

RELEASES: tuple[str, ...] = (
    "6.11.1446",
    "6.11.2752",
    "6.11.5428",
    "6.11.5639",
    "6.12.0",
    "6.12.1271",
    "6.12.1287",
    "6.12.1792",
    "6.12.2541",
    "6.12.3032",
    "6.12.5040",
    "7.0.0",
    "7.0.2178",
    "7.0.2852",
    "7.1.0",
    "7.1.2426",
    "7.2.0",
    "7.2.1943",
    "7.3.0",
    "7.3.2527",
    "7.4.0",
    "7.4.2513",
    "7.5.0",
    "7.5.4453",
    "7.6.0",
)
"""Chart releases that may be pinned, oldest first: every tag from the first that gives pods a priority class. All were
rendered and compared; the chart's version is Sourcegraph's."""

DATABASE_SECRET_KEYS: tuple[str, ...] = ("host", "port", "user", "password", "database", "sslmode")
"""Of the secret that `auth.existingSecret` of a database names. A missing one keeps the pods that read it from
starting, `sslmode` too, although the comments in the chart's values leave it out."""

REDIS_SECRET_KEY = "endpoint"  # noqa: S105 -- the name of a key, not a secret
"""Of the secret that `connection.existingSecret` of a Redis names: host:port, or a redis:// or rediss:// URL."""

DATABASES: tuple[str, ...] = ("pgsql", "codeIntelDB", "codeInsightsDB")
REDIS: tuple[str, ...] = ("redisCache", "redisStore")

DATABASE_USERS: tuple[str, ...] = ("frontend", "migrator")
"""Services that read the secrets of all three databases. Each database reads its own; nothing else does."""

REDIS_USERS: tuple[str, ...] = ("frontend", "gitserver", "searcher", "worker")
"""Services that get the endpoints of both."""

PROXIED: tuple[str, ...] = ("frontend", "gitserver", "migrator", "worker")
"""Services that call out, and so are told of a proxy in their `env`; executors too, in a chart of their own.

Source: sourcegraph/docs@3499c087 docs/self-hosted/private-network.mdx, read 2026-11-22."""

_ONE_BUCKET = "7.2.0"
"""First release with a bucket for everything: sourcegraph/docs@3499c087
docs/self-hosted/external-services/object-storage.mdx, read 2026-11-22. The prefixes of before still work."""

_ONE_PREFIX = ("SOURCEGRAPH_UPLOAD_",)
_UPLOADS: Mapping[str, tuple[str, ...]] = {
    "frontend": _ONE_PREFIX,
    "gitserver": _ONE_PREFIX,
    "searcher": _ONE_PREFIX,
    "worker": _ONE_PREFIX,
    "preciseCodeIntel": _ONE_PREFIX,
    "syntacticCodeIntel": _ONE_PREFIX,
}
"""The union of the docs' list (frontend, worker, preciseCodeIntel, gitserver, searcher; the page above) and of the
chart's examples (v7.6.0 charts/sourcegraph/examples/external-object-storage/)."""

_OLDER_UPLOADS: Mapping[str, tuple[str, ...]] = {
    "frontend": ("PRECISE_CODE_INTEL_UPLOAD_", "SEARCH_JOBS_UPLOAD_"),
    "worker": ("PRECISE_CODE_INTEL_UPLOAD_", "SEARCH_JOBS_UPLOAD_"),
    "preciseCodeIntel": ("PRECISE_CODE_INTEL_UPLOAD_",),
    "syntacticCodeIntel": ("PRECISE_CODE_INTEL_UPLOAD_",),
}
"""The page above, and the services at which the templates point the bundled blobstore."""

_AGENT_MAY_BE_OFF = "7.3.0"
"""First release that reads `openTelemetry.agent.kind`."""


@dataclass(frozen=True, slots=True)
class ChartFacts:
    """The chart at one release."""

    version: str
    workloads: tuple[ChartWorkload, ...]
    uploads: Mapping[str, tuple[str, ...]]
    """Services that use object storage, and the prefixes of the variables by which each is told where it is. The switch
    of the blobstore must be off: while it is on, the templates set the older variables once more, after ours."""
    dind: ExecutorChart | None
    """Executors with a Docker daemon in their pods; None where that chart cannot be used."""
    native: ExecutorChart
    """Executors that make a Kubernetes job of each of theirs."""

    def workload(self, key: str) -> ChartWorkload:
        """The workload with a container that reads `key` of the values.

        Raises:
            KeyError: there is none.
        """
        for workload in self.workloads:
            if any(container.key == key for container in workload.containers):
                return workload
        raise KeyError(key)

    def container(self, key: str) -> ChartContainer:
        """The container that reads `key` of the values.

        Raises:
            KeyError: there is none.
        """
        return next(container for container in self.workload(key).containers if container.key == key)

    @property
    def bundled(self) -> frozenset[str]:
        """Keys of all switches that are on where the values say nothing."""
        return frozenset(switch for workload in self.workloads if workload.on for switch in workload.switches)

    def switches(self, bundled: Container[str]) -> dict[str, bool | str]:
        """Dotted paths of the values that differ from the chart's own, where exactly what is `bundled` is to run.

        Raises:
            ValueError: the release cannot run without the agents alone.
        """
        found: dict[str, bool | str] = {}
        for workload in self.workloads:
            for switch in workload.switches:
                if (switch in bundled) != workload.on:
                    found[f"{switch}.enabled"] = switch in bundled
        if found.pop("openTelemetry.agent.enabled", None) is not None and "openTelemetry" in bundled:
            if version_key(self.version) < version_key(_AGENT_MAY_BE_OFF):
                msg = f"{self.version} runs an agent of OpenTelemetry on each node, or nothing of it"
                raise ValueError(msg)
            found["openTelemetry.agent.kind"] = "Deployment"
        return found


def runs(workload: ChartWorkload, bundled: Container[str]) -> bool:
    """A workload runs when all of its switches are among what is `bundled`."""
    return all(switch in bundled for switch in workload.switches)


@lru_cache
def chart_facts(version: str) -> ChartFacts:
    """The facts that hold for a release; also for one of 6.x and 7.x that is not in `RELEASES`.

    Raises:
        ValueError: the release is of another major version.
    """
    if version.split(".")[0] not in ("6", "7"):
        msg = f"nothing is known of the chart at {version}, only of 6.x and 7.x"
        raise ValueError(msg)
    return ChartFacts(
        version=version,
        workloads=WORKLOADS,
        uploads=_UPLOADS if version_key(version) >= version_key(_ONE_BUCKET) else _OLDER_UPLOADS,
        dind=dind_chart(version),
        native=native_chart(version),
    )


BUNDLED: frozenset[str] = chart_facts(RELEASES[-1]).bundled
"""What the chart runs of all that can be switched off: take away what is external, add `syntacticCodeIntel` to have it.
Without `openTelemetry.agent` the pods send their traces to the collector itself."""
