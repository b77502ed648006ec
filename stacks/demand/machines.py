"""How large a machine type is, by its name."""

from __future__ import annotations

import re

from recommender.kubernetes.nodes import NODE_TYPES

_AWS_SIZE = re.compile(r"\.(?:(\d*)xlarge|(large|medium|small|micro|nano))$")
_GCP_COUNT = re.compile(r"-(\d+)(?:-\d+)?$")


def vcpu(machine_type: str) -> int:
    """Processors (vCPU) of a machine type of AWS or GCP; 0: its name does not tell."""
    if known := NODE_TYPES.get(machine_type):
        return known.vcpu
    if found := _AWS_SIZE.search(machine_type):
        # Below `xlarge` a size has two at the most: counting too many costs nothing, too few fails a deployment.
        return 4 * int(found[1] or 1) if found[2] is None else 2
    if found := _GCP_COUNT.search(machine_type):
        return int(found[1])
    return 2 if machine_type.startswith("e2-") else 0


def family(machine_type: str) -> str:
    """AWS: the letters before the generation (`m`). GCP: the series (`n2`). In small letters."""
    if "." in machine_type:
        return re.sub(r"\d.*", "", machine_type)
    return machine_type.split("-")[0]
