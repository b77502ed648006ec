"""Which rendered files differ between two previews, and how."""

from __future__ import annotations

import io
from collections.abc import Iterator

from stacks.changes.change import FileChange
from stacks.preview import Preview

_CONTEXT = 3
"""Lines around each change."""


def compare_files(base: Preview, head: Preview) -> tuple[FileChange, ...]:
    """Those that differ: HEAD's in their order, then those that only BASE has."""
    return tuple(_changes(base, head))


def without_text(preview: Preview) -> list[str]:
    """Paths of files of which the preview holds only the digest."""
    return [path for path in preview.overlays if path not in preview.files]


def _changes(base: Preview, head: Preview) -> Iterator[FileChange]:
    for path in (*head.overlays, *(path for path in base.overlays if path not in head.overlays)):
        before, after = base.overlays.get(path), head.overlays.get(path)
        if before == after:
            continue
        action = "create" if before is None else "delete" if after is None else "update"
        yield FileChange(path, action, _diff(path, base, head))


def _diff(path: str, base: Preview, head: Preview) -> str:
    """Unified, as `patch -p1` takes it; "" where only the digest of a side is known."""
    if any(path in side.overlays and path not in side.files for side in (base, head)):
        return ""
    import difflib

    lines = difflib.unified_diff(
        _lines(base.files.get(path, "")),
        _lines(head.files.get(path, "")),
        f"a/{path}" if path in base.overlays else "/dev/null",
        f"b/{path}" if path in head.overlays else "/dev/null",
        n=_CONTEXT,
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Split at line feeds only, as `patch` does: `str.splitlines` also splits at form feeds and their like."""
    return list(io.StringIO(text, newline="\n"))
