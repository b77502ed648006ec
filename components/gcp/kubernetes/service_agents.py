"""Google's own accounts, which encrypt on our behalf: who they are, and what brings them into being."""

from __future__ import annotations

import re
from dataclasses import dataclass

from recommender.kubernetes.plan import ClusterPlan

KEY_ROLE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


@dataclass(frozen=True, slots=True)
class ServiceAgent:
    """One account a project and service. Its address holds the project's number, which no plan knows."""

    service: str
    """compute: part of the API's name, and of logical names."""
    account: str
    """Domain of the address, without iam.gserviceaccount.com."""

    def email(self, number: str) -> str:
        """The address in the project of this number."""
        return f"service-{number}@{self.account}.iam.gserviceaccount.com"

    @property
    def on_request(self) -> bool:
        """True: the account comes into being when it is asked for. Compute Engine's comes with its API.

        Asking for Compute Engine's is refused (terraform-google-modules/terraform-google-project-factory#628).
        """
        return self is not COMPUTE


# The names of the accounts are in general use; Google's list of service agents was not read.
CONTAINER = ServiceAgent("container", "container-engine-robot")
COMPUTE = ServiceAgent("compute", "compute-system")
SQL = ServiceAgent("sqladmin", "gcp-sa-cloud-sql")
REDIS = ServiceAgent("redis", "cloud-redis")
STORAGE = ServiceAgent("storage", "gs-project-accounts")
BACKUP = ServiceAgent("gkebackup", "gcp-sa-gkebackup")


def agents_that_encrypt(plan: ClusterPlan) -> tuple[ServiceAgent, ...]:
    """Those that need the key: for the API's secrets and for disks, and for each managed service of the plan."""
    managed = plan.managed
    wanted = {
        CONTAINER: True,
        COMPUTE: True,
        SQL: bool(managed.databases),
        REDIS: bool(managed.redis),
        STORAGE: managed.bucket,
        BACKUP: plan.volume_backups is not None,
    }
    return tuple(agent for agent, needed in wanted.items() if needed)


def project_number(email: str) -> str:
    """The number in the address of a service agent."""
    match = re.match(r"service-(\d+)@", email)
    assert match, f"{email} is no address of a service agent"
    return match[1]
