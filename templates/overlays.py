"""Which template makes which file, and the boot data that carries the files to the machine."""

from __future__ import annotations

import base64
import gzip
from dataclasses import dataclass

from recommender.errors import MoorageError
from recommender.plan import MachineImagePlan
from templates.context import File, MachineContext, UserDataContext, machine_context
from templates.render import render

USER_DATA_LIMIT = 16_384
"""Bytes of user data before base64 (EC2 API, RunInstances, as botocore 1.44.5 describes it; read 2026-11-22)."""

USER_DATA = "machine-image/user-data.yaml"
"""Where the user data stands among the overlays."""

_LIBRARY = "/usr/local/lib/moorage"
_UNITS = "/etc/systemd/system"
_GUARD = "machine_image/guard.sh.j2"


@dataclass(frozen=True, slots=True)
class _Row:
    path: str
    mode: str
    template: str


_ROWS = (
    _Row("/etc/moorage/machine.env", "0644", "machine_image/machine.env.j2"),
    _Row(f"{_LIBRARY}/common.sh", "0644", "single_node/common.sh.j2"),
    _Row(f"{_LIBRARY}/data-disk", "0755", "single_node/data_disk.sh.j2"),
    _Row(f"{_LIBRARY}/guard", "0755", _GUARD),
    _Row(f"{_LIBRARY}/start", "0755", "machine_image/start.sh.j2"),
    _Row(f"{_LIBRARY}/metrics", "0755", "single_node/metrics.sh.j2"),
    _Row(f"{_UNITS}/moorage-start.service", "0644", "machine_image/moorage-start.service.j2"),
    _Row(f"{_UNITS}/moorage-metrics.service", "0644", "single_node/moorage-metrics.service.j2"),
    _Row(f"{_UNITS}/moorage-metrics.timer", "0644", "single_node/moorage-metrics.timer.j2"),
    _Row(f"{_UNITS}/k3s.service.d/10-moorage.conf", "0644", "machine_image/k3s.conf.j2"),
)
_CLOUD = {
    provider: _Row(f"{_LIBRARY}/cloud.sh", "0644", f"single_node/{provider}.sh.j2") for provider in ("aws", "gcp")
}


def render_overlays(plan: MachineImagePlan) -> dict[str, str]:
    """Every text of the plan's target: relative path to text, in the order in which people should read them.

    `machine-image/user-data.yaml` is what the cloud gets; the files inside it follow below `machine-image/files`, so
    that a change to one script reads as such.
    """
    context = machine_context(plan)
    files = _files(plan, context)
    return {
        USER_DATA: _user_data(context, files),
        **{f"machine-image/files{file.path}": file.text for file in files},
    }


def user_data(plan: MachineImagePlan) -> str:
    """The cloud-config of the plan's machine: GCP takes it as it is, in the metadata key `user-data`."""
    context = machine_context(plan)
    return _user_data(context, _files(plan, context))


def encoded_user_data(text: str) -> str:
    """User data for EC2: gzip, then base64. Equal text gives equal bytes.

    Raises:
        MoorageError: more than `USER_DATA_LIMIT` bytes after compression.
    """
    packed = bytearray(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    packed[9] = 255  # "unknown system": otherwise zlib writes the system that compressed it (RFC 1952, OS)
    if len(packed) > USER_DATA_LIMIT:
        raise MoorageError(
            f"the boot data is {len(packed):,} bytes after compression; EC2 takes {USER_DATA_LIMIT:,}",
            fix="shorten what the templates carry; nothing in a profile makes boot data this long",
        )
    return base64.b64encode(packed).decode()


def _files(plan: MachineImagePlan, context: MachineContext) -> tuple[File, ...]:
    return tuple(
        File(path=row.path, mode=row.mode, text=render(row.template, context))
        for row in (*_ROWS, _CLOUD[plan.provider])
    )


def _user_data(context: MachineContext, files: tuple[File, ...]) -> str:
    guard = render(_GUARD, context)
    return render(
        "machine_image/user_data.yaml.j2",
        UserDataContext(name=context.name, version=context.version, guard=guard, files=files),
    )
