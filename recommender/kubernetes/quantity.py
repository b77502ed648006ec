"""Kubernetes' way of writing amounts: `500m` of a CPU, `2G` (decimal) and `4Gi` (binary) of memory."""

from __future__ import annotations

_UNITS = (("G", 10**9), ("Gi", 2**30), ("M", 10**6), ("Mi", 2**20))
"""The first that an amount is a whole multiple of is the one it is written in."""

_BYTES = dict(_UNITS)


def cpu_text(millis: int) -> str:
    """`4` for 4000, `250m` for 250: as the vendor writes them."""
    return str(millis // 1_000) if millis % 1_000 == 0 else f"{millis}m"


def cpu_millis(text: str) -> int:
    """Thousandths of a CPU."""
    return int(text[:-1]) if text.endswith("m") else round(float(text) * 1_000)


def memory_text(amount: int) -> str:
    """`4Gi` for 4294967296, `2G` for 2000000000.

    Args:
        amount: bytes; a multiple of a MB or a MiB.

    Raises:
        ValueError: it is neither.
    """
    for unit, size in _UNITS:
        if amount % size == 0:
            return f"{amount // size}{unit}"
    msg = f"{amount} bytes are neither whole MB nor whole MiB"
    raise ValueError(msg)


def memory_bytes(text: str) -> int:
    """Bytes; of a text with one of the units G, Gi, M and Mi."""
    unit = text.lstrip("0123456789")
    return int(text.removesuffix(unit)) * _BYTES[unit]
