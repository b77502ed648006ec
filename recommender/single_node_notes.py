"""What people must know about the plan of a machine in a cloud: sentences, in the order in which they matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.plan import Access, ExistingNetwork, NewNetwork, Target
from recommender.size_profile import is_disposable

if TYPE_CHECKING:
    from recommender.profile import Profile


def cloud_notes(
    profile: Profile, target: Target, network: NewNetwork | ExistingNetwork, access: Access | None
) -> tuple[str, ...]:
    """What the plan chose and why, cheaper or safer."""
    alarms, disposable = profile.deployment.alarms, is_disposable(profile)
    notes = [_keeping_note(disposable=disposable), *_image_notes(profile, target), *_access_notes(network, access)]
    if isinstance(network, ExistingNetwork):
        notes.append("The network exists: its machine subnet must reach the internet on 443 (images, code hosts).")
    if profile.hosting.provider == "gcp" and profile.deployment.project is None:
        notes.append("deployment.project is not given: the credentials choose the project.")
    if alarms.email is None and alarms.notify is None and not disposable:
        notes.append("Alarms tell nobody: name deployment.alarms.email or .notify.")
    return tuple(notes)


def _keeping_note(*, disposable: bool) -> str:
    if disposable:
        return (
            "Simple POC, cheap and disposable: the vendor's minimum machine, no NAT gateway, no snapshots, no "
            "alarms unless you name who hears them, and nothing is kept when the stack is destroyed. Do not put "
            "production data on it."
        )
    return (
        "Kept: the data disk is protected, survives the machine and the stack, and is snapshotted daily. "
        "The machine may be replaced at any time."
    )


def _image_notes(profile: Profile, target: Target) -> list[str]:
    if target == "machine-image" or profile.deployment.machine.image is not None:
        return []
    system = "Amazon Linux 2023" if profile.hosting.provider == "aws" else "Ubuntu 24.04"
    asked = "The profile asks for a base image of your own: name it before this is deployed."
    own = [asked] if profile.hosting.own_base_image else []
    return [" ".join([f"deployment.machine.image is not given: {system} stands in, pinned.", *own])]


def _access_notes(network: NewNetwork | ExistingNetwork, access: Access | None) -> list[str]:
    if access is None:
        return ["No domain, so no load balancer: people reach it through the tunnel command in the outputs."]
    if "0.0.0.0/0" in access.allowed_cidrs:
        return ["HTTPS is open to the whole internet, as the profile asks."]
    if access.scheme == "internal" and isinstance(network, NewNetwork):
        return [
            "The load balancer answers inside the new network only: connect yours to it (VPN, peering), or set "
            "deployment.access to internet."
        ]
    return []
