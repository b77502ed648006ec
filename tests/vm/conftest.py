"""What tests on virtual machines share."""

from __future__ import annotations

import pytest

from tests.vm.image import Image, base_image, missing


@pytest.fixture(scope="session")
def image() -> Image:
    """The root disk of test machines; tests skip with the reason where machines cannot run."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    return base_image()
