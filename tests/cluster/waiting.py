"""Waiting for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable

_INTERVAL = 0.1


def wait_until(what: str, condition: Callable[[], bool], seconds: float) -> None:
    """Return when the condition holds.

    Raises:
        TimeoutError: it did not in that time. The message says what was waited for.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not in {seconds:.0f} seconds")
        time.sleep(_INTERVAL)
