"""The size of a profile: its load in, the estimate out, as JSON or as a table for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from recommender.errors import InputError, Problem
from recommender.recommend import Recommendation, recommend
from recommender.sizing import Load, Sizing, size

if TYPE_CHECKING:
    from recommender.profile import Profile


@dataclass(frozen=True, slots=True)
class SizedProfile:
    """A profile's size, and for how many users it is."""

    name: str
    users: int
    sizing: Sizing
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "name": self.name,
            "users": self.users,
            "services": {key: asdict(service) for key, service in self.sizing.services.items()},
            "machine": asdict(self.sizing.machine),
            "total_storage_gb": self.sizing.total_storage_gb,
            "contact_support": self.sizing.contact_support,
            "notes": self.notes,
        }


def size_profile(profile: Profile) -> SizedProfile:
    """How big the recommended target must be.

    Raises:
        InputError: when users, repositories or code size are unanswered.
    """
    load = load_of(profile, recommend(profile))
    sizing = size(
        load,
        provider=profile.hosting.provider,
        region=profile.hosting.region,
        minimum=is_disposable(profile),
    )
    whole = load.users == profile.scale.users
    phase = () if whole else (f"Sized for the {load.users:,} users of the first phase.",)
    return SizedProfile(profile.name, load.users, sizing, (*phase, *sizing.notes))


def is_disposable(profile: Profile) -> bool:
    """A simple POC: as cheap as the vendor allows, and nothing in it is kept."""
    return profile.stage == "poc" and profile.fidelity == "simple"


def _phase_users(profile: Profile, recommendation: Recommendation) -> int | None:
    """The users that the first target must carry: those of the first phase, where another target follows."""
    phased = recommendation.then is not None and profile.scale.initial_users is not None
    return profile.scale.initial_users if phased else profile.scale.users


def load_of(profile: Profile, recommendation: Recommendation) -> Load:
    """What the first target must carry.

    Raises:
        InputError: naming each answer that sizing needs and the profile lacks.
    """
    scale, users = profile.scale, _phase_users(profile, recommendation)
    needed = {"users": users, "repositories": scale.repositories, "code_gb": scale.code_gb}
    missing = [
        Problem(f"{profile.name}: scale.{field}", "nothing", "a number", f"Answer scale.{field}; sizing needs it.")
        for field, value in needed.items()
        if value is None
    ]
    if missing or users is None or scale.repositories is None or scale.code_gb is None:
        raise InputError(missing)
    return Load(
        users=users,
        repositories=scale.repositories,
        code_gb=scale.code_gb,
        largest_repository_gb=scale.largest_repository_gb,
        largest_index_gb=scale.largest_index_gb,
        monorepos=scale.monorepos,
    )


def size_text(sized: SizedProfile) -> str:
    """A table of the services, the machine, and the notes."""
    machine = sized.sizing.machine
    rows = [("service", "replicas", "CPU", "memory GB", "disk GB")]
    for key, service in sized.sizing.services.items():
        rows.append(
            (
                key,
                str(service.replicas),
                _range(service.cpu_request, service.cpu_limit),
                _range(service.memory_request_gb, service.memory_limit_gb),
                f"{service.storage_gb:,}" if service.storage_gb else "-",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = [
        "  "
        + row[0].ljust(widths[0])
        + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]
    lines = [
        f"{sized.name}: size {machine.size} for {sized.users:,} users",
        f"  Machine: {machine.type or 'no single type'}, {machine.vcpu} vCPU, {machine.memory_gb:,} GB memory, "
        f"{machine.data_disk_gb:,} GB data disk",
        "",
        "Services (requested-limit, each replica)",
        *table,
        f"  All disks together: {sized.sizing.total_storage_gb:,} GB",
        "",
        *(f"Note: {note}" for note in sized.notes),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _range(request: float, limit: float) -> str:
    return f"{request:g}" if request == limit else f"{request:g}-{limit:g}"
