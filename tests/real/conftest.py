"""What tests on real systems share."""

from __future__ import annotations

from typing import get_args

import pytest

from recommender.host import Software
from tests.real import loop

TARGETS = get_args(Software)


@pytest.fixture(autouse=True, scope="session")
def possible() -> None:
    """Tests skip with the reason where they cannot have mounts and disks of their own."""
    if reason := loop.unavailable():
        pytest.skip(reason)


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> Software:
    """Each target in turn."""
    return request.param
