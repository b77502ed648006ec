"""Writes what the profiles of the table make now into `saved/`: `python -m tests.lifecycle.refresh`.

The saved previews stand for deployments that people made with the latest release. Refresh them only where a resource is
meant to become another one with the next release, and enter each difference that the test names under "Expected changes"
in CHANGELOG.md: whoever upgrades moorage sees exactly these in `pulumi preview`. A replacement or a loss is never entered
there; the component is mended instead. A new target or another profile of the table has no deployments yet, so its file is
written without an entry.
"""

from __future__ import annotations

import json
import sys

from recommender.profile_file import parse_profile
from stacks.preview import Preview
from stacks.preview_profile import preview_profile
from stacks.report.assessment import VERSION
from tests.lifecycle.matrix import SAVED, targets


def document(name: str, stage: str, preview: Preview) -> str:
    """The parts of the document of `moorage preview --json` that a comparison of resources reads, a resource a line.

    Left out are rendered files and outputs: they change with most releases and are no resources.
    """
    whole = {
        "version": VERSION,
        "name": name,
        "stage": stage,
        "target": preview.target,
        "stacks": [{**stack.document(), "outputs": {}} for stack in preview.stacks],
        "overlays": {},
        "claims": [
            {"stack": claim.stack, "name": claim.name, "count": claim.count, "size_gib": claim.size_gib}
            for claim in preview.claims
        ],
        "property_dependencies": {
            resource.urn: {name: list(urns) for name, urns in resource.property_dependencies.items()}
            for resource in preview.resources
            if resource.property_dependencies
        },
        "aliases": {resource.urn: list(resource.aliases) for resource in preview.resources if resource.aliases},
        "replace_on_changes": {
            resource.urn: list(resource.replace_on_changes)
            for resource in preview.resources
            if resource.replace_on_changes
        },
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Rewrites every file, and removes those of targets that are gone."""
    SAVED.mkdir(exist_ok=True)
    for path in SAVED.glob("*.json"):
        path.unlink()
    for target, profile in targets().items():
        preview = preview_profile(parse_profile(profile))
        text = document(profile["name"], profile["stage"], preview)
        (SAVED / f"{target}.json").write_text(text, encoding="utf-8")
        sys.stdout.write(f"{target}: {len(preview.resources)} resources\n")


if __name__ == "__main__":
    main()
