"""The plan of a Kubernetes deployment: a cluster where moorage makes one, and what is installed into a cluster.

Components and templates only read it. What only the cloud can know (an address, an ARN) is never here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recommender.fact import Fact
from recommender.host import External, Proxy, Secret
from recommender.kubernetes.fields import Flavor
from recommender.kubernetes.pods import NodeShape, Workload
from recommender.plan import Provider, Scheme, Snapshots

IngressKind = Literal["alb", "gce", "nginx", "class"]
DatabaseKey = Literal["pgsql", "codeintel", "codeinsights"]
Purpose = Literal["object-storage", "external-secrets", "load-balancer", "autoscaler"]
"""What an identity is for."""
RedisKey = Literal["cache", "store"]
ExecutorKind = Literal["dind", "native"]


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of a new network: a subnet for nodes, and on AWS one for load balancers."""

    name: str
    """us-east-1a; europe-west1-b. Part of logical names, so that no order of a list ever matters."""
    id: str
    """AWS: zone id, such as use1-az6, which means the same in every account. GCP: the name again."""
    node_cidr: str
    """AWS: private subnet of the nodes. GCP: empty; the one subnetwork spans all zones."""
    edge_cidr: str
    """AWS: public subnet, for NAT gateways and public load balancers. GCP: empty."""


@dataclass(frozen=True, slots=True)
class NewClusterNetwork:
    """A network of the cluster's own."""

    cidr: str
    """AWS: of the VPC. GCP: of the subnetwork."""
    zones: tuple[Zone, ...]
    """Sorted by name."""
    nat: Literal["one", "per-zone"]
    """AWS: NAT gateways. GCP: Cloud NAT is regional, so this is `one`."""
    pods_cidr: str
    """GCP: secondary range. AWS: empty, pods have addresses of the VPC."""
    services_cidr: str
    """GCP: secondary range. AWS: the cluster's service range."""
    control_plane_cidr: str
    """GCP: /28 of the control plane. AWS: empty."""
    proxy_only_cidr: str
    """GCP with an internal load balancer: range of the region's proxy-only subnet; else empty."""


@dataclass(frozen=True, slots=True)
class ExistingClusterNetwork:
    """A network that the customer runs."""

    network: str
    """AWS: VPC id. GCP: network self link."""
    node_subnets: tuple[str, ...]
    """AWS: at least two private subnets in different zones, sorted. GCP: the subnetwork's self link alone."""
    edge_subnets: tuple[str, ...]
    """AWS: subnets for the load balancer, sorted. GCP: none."""
    pods_range: str
    """GCP: name of the secondary range. AWS: empty."""
    services_range: str
    """GCP: name of the secondary range. AWS: empty."""
    services_cidr: str
    """AWS: the cluster's service range. GCP: empty."""


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """Nodes of one zone (a new network) or one subnet (an existing network on AWS)."""

    key: str
    """Zone name or subnet id: what the logical name ends in."""
    count: int
    """Nodes that the plan needs here: the group starts with them, and never has fewer."""
    maximum: int
    """What the autoscaler may grow to."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """The machines of a new cluster."""

    shape: NodeShape
    groups: tuple[NodeGroup, ...]
    """AWS: one a zone or subnet. GCP: one a zone, each a node pool of its own."""
    disk_gb: int
    """Boot disk, encrypted: gp3 on AWS, pd-ssd on GCP."""
    release: str | None
    """AWS: the pinned node image's release version. None on GCP, where the channel decides."""
    release_fact: Fact | None

    @property
    def count(self) -> int:
        """All nodes that the plan needs."""
        return sum(group.count for group in self.groups)


@dataclass(frozen=True, slots=True)
class Addon:
    """A managed add-on of EKS at a pinned version."""

    name: str
    """As EKS calls it: vpc-cni, coredns, kube-proxy, eks-pod-identity-agent, metrics-server, aws-ebs-csi-driver, …"""
    version: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class PinnedChart:
    """A Helm chart that a cluster of our own gets before Sourcegraph."""

    name: str
    """Of the release and of the chart: aws-load-balancer-controller, external-secrets, cluster-autoscaler."""
    repository: str
    version: str
    namespace: str
    service_account: str
    """Fixed by us, so that an identity can be tied to it before it exists."""
    identity: Purpose | None
    """What its pods may do in the cloud; None on GCP for what needs nothing there."""
    fact: Fact


@dataclass(frozen=True, slots=True)
class KubernetesVersion:
    """What runs the control plane, and until when."""

    minor: str
    """1.36. On GKE what the channel gives new clusters when the table was read."""
    channel: str | None
    """GKE: REGULAR. None on EKS."""
    supported_until: str
    """End of standard support, ISO date."""
    fact: Fact


@dataclass(frozen=True, slots=True)
class ManagedDatabase:
    """One PostgreSQL 16 server, run by the cloud."""

    key: DatabaseKey
    machine: str
    """RDS instance class, or Cloud SQL tier."""
    storage_gb: int
    max_storage_gb: int
    """It grows by itself up to here."""
    database: str
    user: str


@dataclass(frozen=True, slots=True)
class ManagedRedis:
    """One Redis server, run by the cloud."""

    key: RedisKey
    machine: str
    """ElastiCache node type. GCP: empty."""
    memory_gb: int
    eviction: Literal["noeviction", "allkeys-lru"]


@dataclass(frozen=True, slots=True)
class ManagedServices:
    """What the cloud runs in place of the chart's own pods; empty: nothing."""

    databases: tuple[ManagedDatabase, ...]
    """None or all three: pgsql, codeintel, codeinsights."""
    redis: tuple[ManagedRedis, ...]
    """None or both: cache, store."""
    bucket: bool
    high_availability: bool
    """A standby in another zone."""
    backup_days: int
    keep: bool
    """True: protected from deletion, with a last backup."""


@dataclass(frozen=True, slots=True)
class WorkloadIdentity:
    """What pods of the application may do in the cloud."""

    purpose: Purpose
    namespace: str
    service_accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """The stack NAME-cluster: everything in the cloud."""

    name: str
    stage: Literal["poc", "trial", "production"]
    disposable: bool
    provider: Provider
    project: str | None
    """GCP project id, always given there. None on AWS."""
    region: str
    cluster_name: str
    """Physical name, fixed: policies and controllers refer to it."""
    version: KubernetesVersion
    network: NewClusterNetwork | ExistingClusterNetwork
    api_cidrs: tuple[str, ...]
    """Who may reach the API from outside of the network; empty: nobody."""
    admins: tuple[str, ...]
    """AWS: ARNs of roles and users, sorted. GCP: none; IAM decides."""
    nodes: Nodes
    addons: tuple[Addon, ...]
    """AWS only."""
    identities: tuple[WorkloadIdentity, ...]
    managed: ManagedServices
    secret_references: tuple[str, ...]
    """Secrets of the customer that pods get, in the cloud's store: what may be read, exactly."""
    domain: str | None
    certificate: str | None
    """AWS: ACM ARN. GCP: name of a Compute certificate. None: a managed one, where there is a domain."""
    dns_zone: str | None
    scheme: Scheme
    """Of the load balancer."""
    allowed_cidrs: tuple[str, ...]
    """Who may connect to it; empty without a domain."""
    kms_key: str | None
    """Customer-managed key for disks, the API's secrets and managed services. None: one is made, but for a simple POC;
    there is none then."""
    volume_backups: Snapshots | None
    """Of the claims' disks; None for a simple POC."""
    log_days: int
    """How long the control plane's logs are kept."""
    deletion_protection: bool
    tags: tuple[tuple[str, str], ...]
    volume_tag: tuple[str, str]
    """Tag (AWS) or label (GCP) that the storage class puts on every volume, and that backups find them by."""


@dataclass(frozen=True, slots=True)
class StorageClass:
    """Where claims are kept."""

    name: str
    create: bool
    """False: it exists, and the rest is empty."""
    provisioner: str
    parameters: tuple[tuple[str, str], ...]
    """The key is a token where the cluster stack makes it: see `recommender.kubernetes.cluster_outputs`."""


@dataclass(frozen=True, slots=True)
class IngressPlan:
    """How requests get in; only where there is a domain."""

    kind: IngressKind
    class_name: str
    """AWS: the class of our own, which carries the load balancer's settings. GCP: empty, the old annotation chooses."""
    domain: str
    scheme: Scheme
    allowed_cidrs: tuple[str, ...]
    certificate: str | None
    """As in the cluster plan. None with alb: the cluster stack's output has it; with gce: a ManagedCertificate."""
    tls_secret: str | None
    cluster_issuer: str | None
    address_name: str | None
    """GCP: reserved address that the cluster stack makes; None for an existing cluster."""
    edge_subnets: tuple[str, ...]
    """AWS, existing network: where the load balancer goes; empty: it finds the tagged ones."""
    timeout_seconds: int = 300
    """Searches stream for minutes."""

    @property
    def google_certificate(self) -> bool:
        """Whether Google makes the certificate, which it does for load balancers on the internet alone."""
        given = self.certificate or self.tls_secret
        return self.kind == "gce" and self.scheme != "internal" and not given


@dataclass(frozen=True, slots=True)
class SecretKey:
    """One key of a Kubernetes secret. Exactly one of `value`, `source` and `output` is given."""

    key: str
    value: str | None = None
    """Nothing secret: a port, a user's name."""
    source: Secret | None = None
    """The customer's, by reference; with `reference` None it must be in the secret already."""
    output: str | None = None
    """Path in the cluster stack's outputs: `hosts.pgsql` is the value itself; `secrets.pgsql-password` is where the
    value is in the cloud's store."""
    property: str | None = None
    """Part of what the store holds under that reference, where it is JSON; None: the whole."""


@dataclass(frozen=True, slots=True)
class KubernetesSecret:
    """A secret of the namespace that pods read."""

    name: str
    keys: tuple[SecretKey, ...]


@dataclass(frozen=True, slots=True)
class ExecutorsPlan:
    """Executors in the cluster, in a namespace of their own."""

    kind: ExecutorKind
    namespace: str
    jobs: int
    queues: tuple[str, ...]
    secret: KubernetesSecret


@dataclass(frozen=True, slots=True)
class Resources:
    """Of one container, in Kubernetes' own words, such as 500m and 4Gi."""

    cpu_request: str
    cpu_limit: str
    memory_request: str
    memory_limit: str


@dataclass(frozen=True, slots=True)
class SizedService:
    """One service as the chart is to run it."""

    key: str
    """The chart's key."""
    replicas: int | None
    """None: the chart has no `replicaCount` for it."""
    resources: Resources
    storage_gib: int
    """Of each claim; 0: the chart has none for it."""


@dataclass(frozen=True, slots=True)
class BucketPlan:
    """Object storage that is not the chart's own."""

    kind: Literal["s3", "gcs"]
    name: str | None
    """None: the cluster stack makes it, and its output has the name."""
    region: str | None
    endpoint: str | None
    project: str | None
    by_identity: bool
    """True: pods are let in as themselves. False: with keys from the secret sourcegraph-object-storage."""


@dataclass(frozen=True, slots=True)
class ApplicationPlan:
    """The stack NAME-application: everything inside the cluster."""

    name: str
    stage: Literal["poc", "trial", "production"]
    size: str
    """XS to XL of the vendor's size chart."""
    version: str
    """Of Sourcegraph and of its charts."""
    provider: str
    """As in the profile: aws, gcp, azure, on-premises, other."""
    flavor: Flavor
    region: str | None
    project: str | None
    own_cluster: bool
    """True: the cluster stack of this profile made it."""
    cluster_name: str | None
    """Of an own cluster; else None."""
    context: str | None
    """Of an existing cluster: its context in the kubeconfig; else None."""
    kubernetes_minor: str | None
    """Of an own cluster, or as the profile says of an existing one; None: not known."""
    namespace: str
    chart_repository: str
    chart_file: str | None
    charts: tuple[PinnedChart, ...]
    """What an own cluster gets before Sourcegraph; none for an existing one."""
    storage_class: StorageClass
    ingress: IngressPlan | None
    services: tuple[SizedService, ...]
    """Of the bundled services alone."""
    external: External
    """Services of the customer's own. Passwords are in `secrets`."""
    managed: ManagedServices | None
    """Services of the cluster stack; None for an existing cluster."""
    bucket: BucketPlan | None
    """None: the chart's own blobstore."""
    secrets: tuple[KubernetesSecret, ...]
    """In the namespace; without the executors'."""
    external_secrets: bool
    """True: the operator of that name fetches them. False: the customer creates them."""
    executors: ExecutorsPlan | None
    proxy: Proxy | None
    registry: str | None
    image_pull_secret: str | None
    private_ca_secret: str | None
    network_policies: bool
    bundled: tuple[str, ...]
    """Keys of the chart's switches that are on, sorted: see `recommender.kubernetes.workloads.BUNDLED`."""
    identities: tuple[WorkloadIdentity, ...]
    """Of an own cluster, those of the charts above among them; none for an existing one."""
    service_account_annotations: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Chart key of a service that is let into the managed bucket, and the annotations of its service account. On AWS a
    value is a token: see `recommender.kubernetes.cluster_outputs`."""
    workloads: tuple[Workload, ...]
    """All that is scheduled in the namespaces of this plan, headroom included."""
    keep: bool
    """True: namespace and volumes outlive the stack."""
    tags: tuple[tuple[str, str], ...]
    """Of what controllers make in the cloud; none for an existing cluster."""

    @property
    def own_ingress_class(self) -> bool:
        """Whether the class that the Ingress names is made by us; any other name is one that the cluster has."""
        ingress = self.ingress
        return ingress is not None and ingress.kind == "alb" and ingress.class_name == f"sourcegraph-{self.name}"


@dataclass(frozen=True, slots=True)
class KubernetesPlan:
    """Both stacks. `cluster` is None where the customer runs the cluster."""

    name: str
    cluster: ClusterPlan | None
    application: ApplicationPlan
    system: tuple[Workload, ...]
    """What an own cluster runs beside the application: its add-ons and controllers; none for an existing one."""
    notes: tuple[str, ...]

    @property
    def target(self) -> Literal["kubernetes"]:
        """As the other plans have it."""
        return "kubernetes"

    @property
    def version(self) -> str:
        """Of Sourcegraph."""
        return self.application.version
