"""The plan of a Kubernetes deployment: every choice checked, every number decided, all problems told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender import aws_facts, gcp_facts
from recommender.catalogue import release
from recommender.checks import Checks, refuse_fields
from recommender.deployment import Deployment
from recommender.errors import InputError
from recommender.external_services import ExternalServices
from recommender.host import External, Proxy
from recommender.kubernetes.access import OwnVolumes, plan_ingress, plan_storage_class
from recommender.kubernetes.application_planner import ApplicationChoices, plan_application
from recommender.kubernetes.chart import RELEASES
from recommender.kubernetes.cluster_outputs import KMS_KEY
from recommender.kubernetes.cluster_planner import ClusterChoices, plan_cluster
from recommender.kubernetes.executors import plan_executors
from recommender.kubernetes.fields import Flavor
from recommender.kubernetes.managed import NONE, plan_managed
from recommender.kubernetes.notes import kubernetes_notes
from recommender.kubernetes.plan import (
    ExecutorsPlan,
    IngressPlan,
    KubernetesPlan,
    KubernetesVersion,
    ManagedServices,
    StorageClass,
)
from recommender.kubernetes.platform import platform_workloads
from recommender.kubernetes.pods import Workload
from recommender.kubernetes.secrets import application_secrets
from recommender.kubernetes.versions import plan_version
from recommender.plan import Provider
from recommender.references import check_references
from recommender.secret_references import SecretReferences
from recommender.size_profile import is_disposable, load_of
from recommender.sizing import Sizing, size
from recommender.tags import plan_tags

if TYPE_CHECKING:
    from recommender.profile import Profile
    from recommender.recommend import Recommendation

_FLAVORS: Mapping[str | None, Flavor] = {"aws": "eks", "gcp": "gke", "azure": "aks"}
_NEVER = ("machine", "zone", "data_disk_gb", "data_disk_device", "tls", "alarms")
_OWN_CLUSTER_ONLY = ("project", "dns_zone", "network", "kms_key", "managed", "snapshots", "tags")
_KUBERNETES_OF_OWN_CLUSTER = ("api_cidrs", "admins", "node_type", "max_nodes")
_KUBERNETES_OF_EXISTING = ("context", "flavor", "storage_class")


@dataclass(frozen=True, slots=True)
class _Choices:
    """What the profile says, checked, before anything is computed from its load."""

    region: str | None
    kubernetes: KubernetesVersion | None
    """Of a new cluster; None for one that exists."""
    version: str
    sizing: Sizing
    external_secrets: bool
    external: External
    executors: ExecutorsPlan | None
    storage_class: StorageClass
    ingress: IngressPlan | None
    proxy: Proxy | None


def plan_kubernetes(profile: Profile, recommendation: Recommendation) -> KubernetesPlan:
    """Decides every number and name of both stacks.

    Raises:
        InputError: with everything that `hosting:` and `deployment:` lack or have wrong for Kubernetes.
    """
    planner = _Planner(profile, recommendation)
    plan = planner.plan()
    if plan is None:
        raise planner.checks.error()
    return plan


class _Planner:
    """Collects problems while it decides, so that one run tells all of them."""

    def __init__(self, profile: Profile, recommendation: Recommendation) -> None:
        self.profile, self.recommendation = profile, recommendation
        self.wanted = profile.deployment
        self.checks = Checks(profile.name)
        self.disposable = is_disposable(profile)
        provider = profile.hosting.provider
        self.provider: Provider | None = provider if provider in ("aws", "gcp") else None
        self.own_cluster = self.provider is not None and self.wanted.kubernetes.cluster != "existing"
        given = None if self.own_cluster else self.wanted.kubernetes.flavor
        self.flavor: Flavor = given or _FLAVORS.get(provider, "other")

    def plan(self) -> KubernetesPlan | None:
        self._refuse_what_does_not_fit()
        choices = self._choices()
        if choices is None:
            return None
        managed = self._managed(choices)
        application = plan_application(self._application_choices(choices, managed))
        system, cluster = tuple[Workload, ...](), None
        if self.provider is not None and choices.kubernetes is not None:
            system = platform_workloads(
                self.provider,
                external_secrets=application.external_secrets,
                load_balancer_controller=choices.ingress is not None,
            )
            executors = (choices.executors.secret,) if choices.executors else ()
            cluster = plan_cluster(
                ClusterChoices(
                    profile=self.profile,
                    provider=self.provider,
                    region=choices.region or "",
                    disposable=self.disposable,
                    version=choices.kubernetes,
                    managed=managed,
                    identities=application.identities,
                    secrets=(*application.secrets, *executors),
                    ingress=choices.ingress,
                    tags=application.tags,
                    volume_tag=self._volume_tag(),
                    workloads=(*system, *application.workloads),
                ),
                self.checks,
            )
        if self.checks.found:
            return None
        notes = (*kubernetes_notes(cluster, application, disposable=self.disposable), *choices.sizing.load_notes)
        return KubernetesPlan(self.profile.name, cluster, application, system, notes)

    def _choices(self) -> _Choices | None:
        """Everything is looked at before the first problem ends it."""
        region, version = self._region(), self._version()
        sizing, external_secrets = self._sizing(region), self._external_secrets()
        references = SecretReferences(
            self.wanted, self.checks, self.provider if self.provider and external_secrets else "other"
        )
        external = ExternalServices(self.wanted, self.checks, references).external()
        executors = plan_executors(self.wanted, self.checks, references, version)
        name = self.profile.name
        storage_class = plan_storage_class(self.wanted, self.checks, self.flavor, name, self._own_volumes())
        ingress = plan_ingress(self.wanted, self.checks, self.flavor, name, own_cluster=self.own_cluster)
        proxy = self._proxy()
        kubernetes = None
        if self.own_cluster and self.provider is not None:
            kubernetes = plan_version(self.wanted.kubernetes.version, self.checks, self.provider)
        if sizing is None or version is None:
            return None
        return _Choices(
            region, kubernetes, version, sizing, external_secrets, external, executors, storage_class, ingress, proxy
        )

    def _application_choices(self, choices: _Choices, managed: ManagedServices) -> ApplicationChoices:
        secrets = application_secrets(choices.external, managed, self.provider)
        return ApplicationChoices(
            profile=self.profile,
            provider=self.provider,
            flavor=self.flavor,
            own_cluster=self.own_cluster,
            disposable=self.disposable,
            region=choices.region,
            kubernetes_minor=choices.kubernetes.minor if choices.kubernetes else self.wanted.kubernetes.version,
            version=choices.version,
            sizing=choices.sizing,
            # Without anything to fetch, nobody needs the operator.
            external_secrets=choices.external_secrets and bool(secrets or choices.executors),
            external=choices.external,
            managed=managed,
            executors=choices.executors,
            storage_class=choices.storage_class,
            ingress=choices.ingress,
            secrets=secrets,
            proxy=choices.proxy,
            tags=plan_tags(self.profile, self.checks, self.provider) if self.provider and self.own_cluster else (),
        )

    def _refuse_what_does_not_fit(self) -> None:
        nothing = Deployment.model_validate({})
        refuse_fields(self.checks, self.wanted, nothing, "deployment", _NEVER, "nothing on Kubernetes", "Remove it.")
        if self.wanted.downloads.mirror is not None:
            self.checks.problem(
                "deployment.downloads.mirror",
                self.wanted.downloads.mirror,
                "nothing on Kubernetes",
                "Name a mirror of the charts in deployment.kubernetes.chart_repository.",
            )
        if self.provider is not None:
            check_references(self.wanted, self.checks, self.provider)
        if self.own_cluster:
            fields, words, fix = _KUBERNETES_OF_EXISTING, "nothing for a new cluster", "Remove it, or say `existing`."
        else:
            fields, words, fix = _KUBERNETES_OF_OWN_CLUSTER, "nothing for a cluster that exists", "Remove it."
            refuse_fields(self.checks, self.wanted, nothing, "deployment", _OWN_CLUSTER_ONLY, words, fix)
        refuse_fields(
            self.checks, self.wanted.kubernetes, nothing.kubernetes, "deployment.kubernetes", fields, words, fix
        )
        if self.wanted.kubernetes.cluster == "new" and self.provider is None:
            self.checks.problem(
                "deployment.kubernetes.cluster",
                "new",
                f"existing at {self.profile.hosting.provider or 'a provider that is not named'}",
                "Make the cluster yourself; moorage makes them on AWS and GCP.",
            )

    def _region(self) -> str | None:
        region = self.profile.hosting.region
        if not self.own_cluster:
            return region
        table = aws_facts.ZONES if self.provider == "aws" else gcp_facts.ZONES
        if region is None or region not in table:
            self.checks.problem(
                "hosting.region", region, f"one of {', '.join(sorted(table))}", "Choose a region whose zones are known."
            )
            return None
        return region

    def _version(self) -> str | None:
        version = release("kubernetes", self.profile.sourcegraph_version) or ""
        if version in RELEASES:
            return version
        self.checks.problem(
            "sourcegraph_version",
            version,
            f"one of {', '.join(RELEASES)}",
            "Pin one of them: what the charts of others read is not known.",
        )
        return None

    def _sizing(self, region: str | None) -> Sizing | None:
        try:
            load = load_of(self.profile, self.recommendation)
        except InputError as error:
            self.checks.add(error.problems)
            return None
        return size(load, provider=self.profile.hosting.provider, region=region)

    def _managed(self, choices: _Choices) -> ManagedServices:
        if self.provider is None or not self.own_cluster:
            return NONE
        return plan_managed(
            self.profile, self.checks, self.provider, choices.sizing.services, disposable=self.disposable
        )

    def _external_secrets(self) -> bool:
        wanted = self.wanted.kubernetes.secrets
        if wanted == "external-secrets" and self.provider is None:
            self.checks.problem(
                "deployment.kubernetes.secrets",
                wanted,
                "existing, where there is no secret store of AWS or GCP",
                "Create the Kubernetes secrets yourself; the bundle lists them.",
            )
        if wanted == "existing" and self.own_cluster and self.wanted.managed.use:
            self.checks.problem(
                "deployment.kubernetes.secrets",
                wanted,
                "external-secrets with managed services, whose passwords are born in the cloud's store",
                "Remove it.",
            )
        return self.provider is not None and (wanted or ("external-secrets" if self.own_cluster else "existing")) == (
            "external-secrets"
        )

    def _proxy(self) -> Proxy | None:
        wanted: Sequence[str] = self.wanted.proxy.no_proxy
        if self.wanted.proxy.url is None:
            if wanted:
                self.checks.problem(
                    "deployment.proxy.url", None, "http://HOST:PORT", "Name the proxy that no_proxy is for."
                )
            return None
        # Sorted: another order would restart every service that is told of it.
        return Proxy(self.wanted.proxy.url, tuple(sorted(set(wanted))))

    def _own_volumes(self) -> OwnVolumes | None:
        if not self.own_cluster:
            return None
        made = None if self.disposable else KMS_KEY
        return OwnVolumes(self._volume_tag(), self.wanted.kms_key or made)

    def _volume_tag(self) -> tuple[str, str]:
        return ("moorage-volumes" if self.provider == "gcp" else "moorage:volumes", self.profile.name)
