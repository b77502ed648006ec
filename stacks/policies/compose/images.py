"""Images by name: which tags stay what they are."""

from __future__ import annotations

import re
from typing import Final

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_FULL: Final = re.compile(r"(?:^|[^0-9.])v?\d+\.\d+\.\d+")
_BUILD: Final = re.compile(r"\d{5,}|[0-9a-f]{7,40}")
"""Numbers of builds, dates and commits."""


def floating(tag: str) -> bool:
    """Whether a tag, or what follows the `@` of an image, may mean another image tomorrow.

    A version in full, a build or a digest does not; `latest`, `insiders`, `3` and `3.19` do.
    """
    return not (_DIGEST.search(tag) or _FULL.search(tag) or _BUILD.search(tag))
