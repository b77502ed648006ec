"""The files of a machine that runs the vendor's image: ours around the vendor's."""

from __future__ import annotations

from recommender.plan import SingleNodePlan
from templates.context import File, machine_context
from templates.render import render

_LIBRARY = "/usr/local/lib/moorage"
_UNITS = "/etc/systemd/system"
_GUARD = "machine_image/guard.sh.j2"
_ROWS = (
    ("/etc/moorage/machine.env", "0644", "machine_image/machine.env.j2"),
    (f"{_LIBRARY}/common.sh", "0644", "single_node/common.sh.j2"),
    (f"{_LIBRARY}/data-disk", "0755", "single_node/data_disk.sh.j2"),
    (f"{_LIBRARY}/guard", "0755", _GUARD),
    (f"{_LIBRARY}/start", "0755", "machine_image/start.sh.j2"),
    (f"{_LIBRARY}/metrics", "0755", "single_node/metrics.sh.j2"),
    (f"{_UNITS}/moorage-start.service", "0644", "single_node/moorage-start.service.j2"),
    (f"{_UNITS}/moorage-metrics.service", "0644", "single_node/moorage-metrics.service.j2"),
    (f"{_UNITS}/moorage-metrics.timer", "0644", "single_node/moorage-metrics.timer.j2"),
    (f"{_UNITS}/k3s.service.d/10-moorage.conf", "0644", "machine_image/k3s.conf.j2"),
)


def files(plan: SingleNodePlan) -> tuple[File, ...]:
    """Every file, in the order in which people should read them."""
    context = machine_context(plan)
    cloud = (f"{_LIBRARY}/cloud.sh", "0644", f"single_node/{plan.provider}.sh.j2")
    return tuple(File(path, mode, render(template, context)) for path, mode, template in (*_ROWS, cloud))


def guard(plan: SingleNodePlan) -> str:
    """The script that every boot runs before the vendor's."""
    return render(_GUARD, machine_context(plan))
