"""The key that encrypts what the cluster keeps."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from components.gcp.kubernetes.service_agents import CONTAINER, KEY_ROLE, agents_that_encrypt, project_number
from recommender.kubernetes.plan import ClusterPlan

_ROTATION = f"{90 * 24 * 60 * 60}s"


class ClusterKeyArgs(TypedDict):
    """What `ClusterKey` needs."""

    plan: ClusterPlan
    """Region, labels, and what is to be encrypted."""


class ClusterKey(pulumi.ComponentResource):
    """A key ring with one key, rotated every 90 days, and the grants that let Google's service agents use it.

    Nothing is looked up: the request for GKE's service agent answers with its address, and the project's number in it
    makes the others' addresses. Whoever deletes the key loses everything that it encrypted, disks and backups that
    outlive the stack included; so it is protected, and stays when the stack goes.
    """

    key: pulumi.Output[str]
    """`projects/P/locations/REGION/keyRings/R/cryptoKeys/K`."""

    def __init__(self, name: str, args: ClusterKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:ClusterKey", name, opts=opts)
        plan = args["plan"]
        kept = pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True)
        # A key ring can never be deleted, nor its name be used again: the suffix lets the stack be made twice.
        ring = gcp.kms.KeyRing(f"{name}-keys", location=plan.region, opts=kept)
        key = gcp.kms.CryptoKey(
            f"{name}-key",
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=_ROTATION,
            labels=dict(plan.tags),
            opts=kept,
        )
        self._let_use(name, plan, key)
        self.key = key.id
        self.register_outputs({"key": self.key})

    def _let_use(self, name: str, plan: ClusterPlan, key: gcp.kms.CryptoKey) -> None:
        agents = agents_that_encrypt(plan)
        identities = {
            agent: gcp.projects.ServiceIdentity(
                f"{name}-{agent.service}",
                project=plan.project,
                service=f"{agent.service}.googleapis.com",
                opts=pulumi.ResourceOptions(parent=self),
            )
            for agent in agents
            if agent.on_request
        }
        number = identities[CONTAINER].email.apply(project_number)
        for agent in agents:
            gcp.kms.CryptoKeyIAMMember(
                f"{name}-{agent.service}",
                crypto_key_id=key.id,
                role=KEY_ROLE,
                member=number.apply(lambda found, agent=agent: f"serviceAccount:{agent.email(found)}"),
                opts=pulumi.ResourceOptions(
                    parent=self, depends_on=[identities[agent]] if agent in identities else None
                ),
            )
