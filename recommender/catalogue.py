"""The support catalogue: what the vendor still supports, until when, and the way off what it does not.

Read from sourcegraph/docs@3499c087 (2026-08-21), the release tags of the chart, Compose and machine-image repositories,
on 2026-11-22. Where the vendor's pages contradict each other, `CONTRADICTIONS` names both and the reading taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from recommender.rules import Target
from recommender.versions import version_key

Status = Literal["supported", "sunset", "planned for deprecation", "removed"]
READ_ON = "2026-11-22"


@dataclass(frozen=True, slots=True)
class Method:
    """One way of running Sourcegraph, as the vendor supports it."""

    key: str
    """A target of moorage, or a method that moorage only knows in order to lead off it."""
    title: str
    status: Status
    first: str | None
    """Oldest release inside the vendor's support window (the current and the previous major)."""
    newest: str | None
    """Newest release; None where the vendor runs it."""
    released: str | None
    until: str | None
    """When, or with which release, it ended."""
    note: str
    route: str
    """The way off it; empty where none is needed."""
    source: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two vendor pages that cannot both be right."""

    about: str
    says: str
    but: str
    reading: str


METHODS: tuple[Method, ...] = (
    Method(
        "cloud",
        "Sourcegraph Cloud",
        "supported",
        None,
        None,
        None,
        None,
        "Run and upgraded by Sourcegraph; the first choice.",
        "",
        "sourcegraph/docs@3499c087 docs/self-hosted/deploy/index.mdx",
    ),
    Method(
        "machine-image",
        "Machine image (AMI, Compute Engine image)",
        "sunset",
        "6.0.0",
        "6.12.5040",
        "2026-02-10",
        "7.0.0 (released 2026-02-25)",
        "SUNSET: there is no machine image for 7.0.0 or newer, and there will be none. 6.12.5040 is the last.",
        "Plan the move before you start: dump the databases at 6.12.5040, restore them into a Helm or Docker Compose "
        "deployment at 6.12.5040, then upgrade that to 7.0.0. The vendor has no page for this pair; involve support.",
        "sourcegraph/docs@3499c087 docs/self-hosted/deploy/machine-images/index.mdx; "
        "sourcegraph/deploy@2d7a30ac README.md, CHANGELOG.md",
    ),
    Method(
        "install-script",
        "Single-node install script (k3s)",
        "sunset",
        "6.0.0",
        "6.12.5040",
        "2026-02-10",
        "7.0.0 (released 2026-02-25)",
        "SUNSET: the script ended with 6.12.5040; unpinned, it would install a 7.x chart that it does not support.",
        "Plan the move before you start: dump the databases at 6.12.5040, restore them into a Helm or Docker Compose "
        "deployment at 6.12.5040, then upgrade that to 7.0.0. The vendor has no page for this pair; involve support.",
        "sourcegraph/docs@3499c087 docs/self-hosted/deploy/single-node/script.mdx; sourcegraph/deploy@2d7a30ac "
        "install/scripts/k3s/install.sh",
    ),
    Method(
        "kubernetes",
        "Kubernetes with Helm",
        "supported",
        "6.0.0",
        "7.6.0",
        "2026-08-06",
        None,
        "The vendor's recommended self-hosted method.",
        "",
        "sourcegraph/docs@3499c087 docs/self-hosted/deploy/index.mdx; sourcegraph/deploy-sourcegraph-helm tag v7.6.0",
    ),
    Method(
        "docker-compose",
        "Docker Compose",
        "supported",
        "6.0.0",
        "7.5.4453",
        "2026-07-09",
        None,
        "The vendor's recommended single-node method; down while it is upgraded.",
        "",
        "sourcegraph/docs@3499c087 docs/self-hosted/deploy/docker-compose/index.mdx; "
        "sourcegraph/deploy-sourcegraph-docker tag v7.5.4453",
    ),
    Method(
        "kustomize",
        "Kubernetes with Kustomize",
        "planned for deprecation",
        "6.0.0",
        "7.2.1943",
        None,
        None,
        "Planned for deprecation without a date; the vendor prefers Helm. moorage does not deploy it.",
        "Move to the Helm chart.",
        "sourcegraph/docs@3499c087 docs/self-hosted/deploy/kubernetes/kustomize.mdx; "
        "sourcegraph/deploy-sourcegraph-k8s tags",
    ),
    Method(
        "single-container",
        "Single container (sourcegraph/server)",
        "removed",
        None,
        None,
        None,
        "7.0.0 (released 2026-02-25)",
        "Removed in 7.0.0; its image is no longer published. moorage does not deploy it.",
        "Migrate to Docker Compose at the same version before 7.0.0.",
        "sourcegraph/docs@3499c087 docs/self-hosted/deploy/docker-compose/migrate.mdx",
    ),
)

CONTRADICTIONS: tuple[Contradiction, ...] = (
    Contradiction(
        "When machine images and the script end",
        "machine-images/index.mdx and the script's page: they will be sunset in 7.0.0, as if that were to come",
        "7.0.0 was released on 2026-02-25, and the last image and script are 6.12.5040 of 2026-02-10",
        "They have ended; only 6.12.5040 and older can be stood up",
    ),
    Contradiction(
        "Whether the Google Compute Engine image is deprecated",
        "machine-images/gce.mdx carries no deprecation notice",
        "machine-images/index.mdx deprecates machine images as such",
        "It is deprecated like the AMI",
    ),
    Contradiction(
        "Which comes first, a single machine or Kubernetes",
        "the handbook (archived 2024): Cloud, machine image or script, Kubernetes, Docker Compose last",
        "deploy/index.mdx: Cloud, Helm, Docker Compose; deployment-best-practices.mdx: Docker Compose unless scale "
        "or resilience needs more",
        "The handbook's order, which is the process that owners follow; a sunset target says so and names its route",
    ),
    Contradiction(
        "Repository limit of a single machine",
        "the handbook's decision tree: 200,000 repositories",
        "deploy/instance-size.mdx: XL carries up to 250,000",
        "200,000 decides whether one machine will do; the size chart decides how large it is",
    ),
    Contradiction(
        "Which certifications Sourcegraph holds",
        "the handbook (2024): SOC 2; ISO 27001 and FedRAMP are named as not held",
        "newer vendor pages state SOC 2 Type II and ISO 27001",
        "SOC 2 only, until the Cloud team confirms more; ask it when ISO 27001 alone rules Cloud out",
    ),
    Contradiction(
        "Whether executors come with the machine image",
        "machine-images/index.mdx: not included",
        "the image's own boot script installs the executor chart, with a password that everybody knows",
        "They are there; moorage closes their path at the load balancer",
    ),
)

_BY_KEY = {method.key: method for method in METHODS}


@dataclass(frozen=True, slots=True)
class Support:
    """What the catalogue says of the recommended target at the chosen release."""

    status: str
    note: str
    until: str | None

    def document(self) -> dict[str, str | None]:
        """The JSON form."""
        return {"status": self.status, "note": self.note, "until": self.until}


def method(target: Target) -> Method | None:
    """The catalogue's row of a target; None for `exception`."""
    return _BY_KEY.get(target)


def release(target: Target, pin: str | None) -> str | None:
    """The release to install: the pin, else the newest that the target supports. None where the vendor decides."""
    row = method(target)
    return None if row is None or row.newest is None else pin or row.newest


@lru_cache(maxsize=1024)
def support(target: Target, pin: str | None) -> Support | None:
    """Support of a target at a pin; None for `exception`."""
    row = method(target)
    if row is None:
        return None
    note = f"{row.note} {row.route}".strip()
    if pin is not None and row.newest is not None and row.first is not None:
        if version_key(pin) > version_key(row.newest):
            note += f" UNKNOWN RELEASE: {pin} is newer than the newest known for it, {row.newest} (read {READ_ON})."
        elif version_key(pin) < version_key(row.first):
            note += f" {pin} is older than the support window, which starts at {row.first}."
    return Support(row.status, note, row.until)
