"""Which template makes which file, and the boot data that carries the files to the machine."""

from __future__ import annotations

import base64
import gzip
from dataclasses import dataclass, replace

from recommender.errors import MoorageError
from recommender.host import HostPlan
from recommender.kubernetes.plan import KubernetesPlan
from recommender.plan import SingleNodePlan
from templates import compose_files, host_files, machine_image_files, script_files
from templates.compact import without_comments
from templates.context import File
from templates.render import render

USER_DATA_LIMIT = 16_384
"""Bytes of user data before base64 (EC2 API, RunInstances, as botocore 1.44.5 describes it; read 2026-11-22)."""

Plan = SingleNodePlan | HostPlan
"""A plan of one machine: in a cloud with everything around it, or alone."""


@dataclass(frozen=True, slots=True)
class UserDataContext:
    """What the machine's cloud-init reads."""

    name: str
    version: str
    guards: tuple[str, ...]
    """Scripts that every boot runs before anything else: one where something needs to be held back, else none."""
    files: tuple[File, ...]
    units: tuple[str, ...]
    """systemd units that are enabled and started."""


def machine_files(plan: Plan) -> tuple[File, ...]:
    """Every file that the plan's machine gets, in the order in which people should read them."""
    host = host_of(plan)
    if host is not None:
        own = script_files.files(host) if host.target == "install-script" else compose_files.files(host)
        return (*host_files.files(host), *own)
    assert isinstance(plan, SingleNodePlan), "only the vendor's image runs without a host plan"
    return machine_image_files.files(plan)


def host_of(plan: Plan) -> HostPlan | None:
    """What the machine installs for itself; None for the vendor's machine image."""
    return plan if isinstance(plan, HostPlan) else plan.host


def user_data_path(plan: Plan) -> str:
    """Where the user data stands among the overlays."""
    return f"{plan.target}/user-data.yaml"


def render_overlays(plan: Plan | KubernetesPlan) -> dict[str, str]:
    """Every text of the plan's target: relative path to text, in the order in which people should read them.

    Of a machine, `TARGET/user-data.yaml` is what the cloud gets; the files inside it follow below `TARGET/files`, with
    the comments that boot data has no room for, so that a change to one script reads as such.
    """
    if isinstance(plan, KubernetesPlan):
        from templates.kubernetes.files import kubernetes_files  # one target a process, mostly

        return {f"{plan.target}/{file.path}": file.text for file in kubernetes_files(plan.application)}
    files = machine_files(plan)
    return {
        user_data_path(plan): _user_data(plan, files),
        **{f"{plan.target}/files{file.path}": file.text for file in files},
    }


def user_data(plan: Plan) -> str:
    """The cloud-config of the plan's machine: GCP takes it as it is, in the metadata key `user-data`."""
    return _user_data(plan, machine_files(plan))


def packed_user_data(text: str) -> bytes:
    """User data as EC2 takes it, gzip'ed. Equal text gives equal bytes.

    Raises:
        MoorageError: more than `USER_DATA_LIMIT` bytes after compression.
    """
    packed = bytearray(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    packed[9] = 255  # "unknown system": otherwise zlib writes the system that compressed it (RFC 1952, OS)
    if len(packed) > USER_DATA_LIMIT:
        raise MoorageError(
            f"the boot data is {len(packed):,} bytes after compression; EC2 takes {USER_DATA_LIMIT:,}",
            fix="shorten the longest lists: a domain in deployment.proxy.no_proxy stands for every name below it",
        )
    return bytes(packed)


def encoded_user_data(text: str) -> str:
    """User data for the EC2 API: gzip, then base64.

    Raises:
        MoorageError: as `packed_user_data`.
    """
    return base64.b64encode(packed_user_data(text)).decode()


def _user_data(plan: Plan, files: tuple[File, ...]) -> str:
    guards: tuple[str, ...] = ()
    if isinstance(plan, SingleNodePlan) and plan.host is None:
        guards = (without_comments(machine_image_files.guard(plan)),)
    # On other platforms nobody watches the metrics: the timer belongs to the clouds' alarms.
    watched = isinstance(plan, SingleNodePlan)
    context = UserDataContext(
        name=plan.name,
        version=plan.version,
        guards=guards,
        files=tuple(_compact(file) for file in files),
        units=("moorage-start.service", "moorage-metrics.timer") if watched else ("moorage-start.service",),
    )
    return render("single_node/user_data.yaml.j2", context)


def _compact(file: File) -> File:
    """What boot data carries of a file."""
    is_script = file.path.endswith(".sh") or file.text.startswith("#!")
    return replace(file, text=without_comments(file.text)) if is_script else file
