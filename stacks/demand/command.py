"""The verb `permissions`: documents that a cloud team grants, printed or written."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from stacks.files import write_all


def permissions(options: argparse.Namespace) -> Iterator[str]:
    """`moorage permissions FILE…`: one document after the other, or their paths with `--output`."""
    from recommender.profile_file import load_profiles

    profiles = [profile for _, profile in load_profiles(options.files)]
    from stacks.demand.permissions import permissions as permissions_of
    from stacks.preview_profile import preview_profile

    found = [(profile.name, permissions_of(preview_profile(profile)).documents()) for profile in profiles]
    if options.output:
        texts = {Path(options.output) / path: text for _, documents in found for path, text in documents.items()}
        write_all(texts, option="--output")
        yield from map(str, texts)
    elif options.json:
        yield from (json.dumps({"name": name, "documents": documents}) for name, documents in found)
    else:
        for _, documents in found:
            for path, text in documents.items():
                yield f"--- {path}\n{text}"
