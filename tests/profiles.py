"""The profiles of this repository and their previews, each made once a process, for tests of what is said about them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from recommender.errors import MoorageError
from recommender.profile import Profile
from recommender.profile_file import load_profiles
from stacks.preview import Preview
from stacks.preview_profile import preview_profile

ROOT: Final = Path(__file__).parents[1]
PROFILES: Final = tuple(
    sorted(
        str(path.relative_to(ROOT))
        for path in (*ROOT.glob("examples/*.yaml"), *ROOT.glob("tests/cases/*/profile.yaml"))
    )
)
"""Every example and case, by its path below the repository."""


@cache
def profile_of(path: str) -> Profile:
    """The profile at a path below the repository."""
    return load_profiles([str(ROOT / path)])[0].profile


@cache
def preview_or_none(path: str) -> Preview | None:
    """None: the profile is there to be refused, or nothing is to be stood up."""
    try:
        return preview_profile(profile_of(path))
    except MoorageError:
        return None


def preview_of(path: str) -> Preview:
    """Of a profile that can be previewed."""
    found = preview_or_none(path)
    assert found is not None, path
    return found
