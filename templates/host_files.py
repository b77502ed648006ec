"""The files that every machine gets which installs Sourcegraph for itself, whatever it installs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.errors import MoorageError
from recommender.host import Download, HostPlan, Platform, Secret
from templates.context import NAME, PLACE, VERSION, File, checked
from templates.render import render

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LIBRARY = "/usr/local/lib/moorage"
"""Where the scripts are. `start` among them is the target's own."""
UNITS = "/etc/systemd/system"

Rows = Sequence[tuple[str, str, str]]
"""Which template makes which file: path on the machine, octal mode, template."""

_ROWS: Rows = (
    ("/etc/moorage/machine.env", "0644", "single_node/machine.env.j2"),
    ("/etc/moorage/downloads.tsv", "0644", "single_node/downloads.tsv.j2"),
    ("/etc/moorage/secrets.tsv", "0644", "single_node/secrets.tsv.j2"),
    (f"{LIBRARY}/common.sh", "0644", "single_node/common.sh.j2"),
    (f"{LIBRARY}/options.sh", "0644", "single_node/options.sh.j2"),
    (f"{LIBRARY}/checks.sh", "0644", "single_node/checks.sh.j2"),
    (f"{LIBRARY}/downloads.sh", "0644", "single_node/downloads.sh.j2"),
    (f"{LIBRARY}/secrets.sh", "0644", "single_node/secrets.sh.j2"),
    (f"{LIBRARY}/data-disk", "0755", "single_node/data_disk.sh.j2"),
    (f"{UNITS}/moorage-start.service", "0644", "single_node/moorage-start.service.j2"),
)
# Only the clouds watch what these publish.
_METRICS: Rows = (
    (f"{LIBRARY}/metrics", "0755", "single_node/metrics.sh.j2"),
    (f"{UNITS}/moorage-metrics.service", "0644", "single_node/moorage-metrics.service.j2"),
    (f"{UNITS}/moorage-metrics.timer", "0644", "single_node/moorage-metrics.timer.j2"),
)

_WORDS = r"[a-z0-9]+(-[a-z0-9]+)*"
_FILE = r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}"
_HOST = r"[A-Za-z0-9][A-Za-z0-9-]*(\.[A-Za-z0-9][A-Za-z0-9-]*)*"
_URL = rf"{_HOST}(:[0-9]{{1,5}})?(/[A-Za-z0-9._~%+@-]*)*"
_DIGEST = r"[0-9a-f]{64}"
_DEVICE: dict[Platform, str] = {
    "aws": r"/dev/sd[b-p]",  # /dev/sda is the root disk
    "gcp": r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
    "other": r"(/dev(/[A-Za-z0-9][A-Za-z0-9._:@+=-]*)+)?",
}
_REFERENCE: dict[Platform, str] = {
    "aws": r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+",
    "gcp": r"projects/[A-Za-z0-9:._-]+/secrets/[A-Za-z0-9_-]+/versions/([0-9]+|latest)",
    "other": "",
}
_NONE = "-"
"""An absent field of a table: an empty one would vanish between two TABs."""


@dataclass(frozen=True, slots=True)
class HostContext:
    """What the scripts on one machine know. A text is empty where the plan has none."""

    name: str
    target: str
    version: str
    """The release that this machine runs, such as 6.12.5040."""
    size: str
    platform: str
    data_device: str
    """AWS: the device it is attached as. GCP: the name behind `google-` in /dev/disk/by-id. Other: a path, or empty."""
    filesystem: str
    data_disk_gb: int
    region: str
    zone: str
    vcpu: int
    memory_gb: int
    root_disk_gb: int
    domain: str
    tls: str
    mirror: str
    registry: str
    proxy: str
    no_proxy: str
    """Joined by commas."""
    downloads: tuple[tuple[str, ...], ...]
    """Rows of name, version, file, url, sha256, tree, tree_sha256."""
    secrets: tuple[tuple[str, ...], ...]
    """Rows of name, reference, text or file, and what a person is asked for."""


def files(plan: HostPlan) -> tuple[File, ...]:
    """The shared files, in the order in which people should read them; a target adds its own, with `start` among them.

    Raises:
        MoorageError: a value of the plan that has no business in a root shell.
    """
    context = host_context(plan)
    cloud = (f"{LIBRARY}/cloud.sh", "0644", f"single_node/{context.platform}.sh.j2")
    return rendered((*_ROWS, cloud, *(() if context.platform == "other" else _METRICS)), context)


def rendered(rows: Rows, context: DataclassInstance) -> tuple[File, ...]:
    """The files of a table, all from one context."""
    return tuple(File(path, mode, render(template, context)) for path, mode, template in rows)


def host_context(plan: HostPlan) -> HostContext:
    """The context of the shared files.

    Raises:
        MoorageError: as `files`.
    """
    platform = checked("platform", plan.platform, "aws|gcp|other")
    place = PLACE if platform != "other" else ""
    return HostContext(
        name=checked("name", plan.name, NAME),
        target=checked("target", plan.target, "install-script|docker-compose"),
        version=checked("version", plan.version, VERSION),
        size=checked("size", plan.size, "XS|S|M|L|XL"),
        platform=platform,
        data_device=checked("disk.device", plan.disk.device or "", _DEVICE[plan.platform]),
        filesystem=checked("disk.filesystem", plan.disk.filesystem, "xfs|ext4"),
        data_disk_gb=_whole("disk.size_gb", plan.disk.size_gb),
        region=checked("region", plan.region or "", place),
        zone=checked("zone", plan.zone or "", place),
        vcpu=_whole("vcpu", plan.vcpu),
        memory_gb=_whole("memory_gb", plan.memory_gb),
        root_disk_gb=_whole("root_disk_gb", plan.root_disk_gb),
        domain=checked("domain", plan.domain or "", f"({_HOST})?"),
        tls=checked("tls.mode", plan.tls.mode, "self-signed|certificate|lets-encrypt|none"),
        mirror=checked("sources.mirror", plan.sources.mirror or "", f"(https?://{_URL})?"),
        registry=checked("sources.registry", plan.sources.registry or "", f"({_URL})?"),
        proxy=checked("proxy.url", plan.proxy.url if plan.proxy else "", f"(https?://{_URL})?"),
        no_proxy=_no_proxy(plan),
        downloads=tuple(_download(download) for download in plan.sources.downloads),
        secrets=tuple(_secret(secret, plan.platform) for secret in plan.secrets),
    )


def _whole(field: str, value: int) -> int:
    checked(field, str(value), "[1-9][0-9]{0,6}")
    return value


def _no_proxy(plan: HostPlan) -> str:
    names = plan.proxy.no_proxy if plan.proxy else ()
    return ",".join(checked("proxy.no_proxy", name, r"[A-Za-z0-9.*][A-Za-z0-9.:/*-]*") for name in names)


def _download(download: Download) -> tuple[str, ...]:
    """One row of downloads.tsv. A file that nothing would verify is refused here already."""
    at = f"sources.downloads[{download.name}]"
    if not (download.sha256 or download.tree_sha256) or (download.tree is None) != (download.tree_sha256 is None):
        raise MoorageError(
            f"the plan's {at} has nothing to verify it by",
            fix="give its sha256, or tree and tree_sha256 for an archive that is packed anew each time",
        )
    return (
        checked("sources.downloads", download.name, _WORDS),
        checked(f"{at}.version", download.version, _FILE),
        checked(f"{at}.file", download.file, _FILE),
        checked(f"{at}.url", download.url, f"https://{_URL}"),
        checked(f"{at}.sha256", download.sha256 or _NONE, f"{_DIGEST}|-"),
        checked(f"{at}.tree", download.tree or _NONE, r"-|\.|[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)*"),
        checked(f"{at}.tree_sha256", download.tree_sha256 or _NONE, f"{_DIGEST}|-"),
    )


def _secret(secret: Secret, platform: Platform) -> tuple[str, ...]:
    """One row of secrets.tsv."""
    at = f"secrets[{secret.name}]"
    return (
        checked("secrets", secret.name, _WORDS),
        checked(f"{at}.reference", secret.reference, _REFERENCE[platform]) if secret.reference else _NONE,
        "file" if secret.multiline else "text",
        checked(f"{at}.what", secret.what, r"[!-~][ -~]{0,199}"),
    )
