"""The only writer of goldens: `python -m tests.refresh` writes them, with `--check` it only compares."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.cases_runner import CASES, SCHEMA, actual, case_folders, expected, schema_text

HINT = "Run `make goldens`, then read the diff before you commit it."


def stale(case: Path) -> list[str]:
    """The goldens of a case that differ from what the program answers."""
    was, now = expected(case), actual(case)
    return [path for path in sorted(was.keys() | now.keys()) if was.get(path) != now.get(path)]


def write(case: Path) -> None:
    """Rewrites the goldens of a case, and removes those that are gone."""
    folder = case / "expected"
    shutil.rmtree(folder, ignore_errors=True)
    for path, text in actual(case).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        for case in case_folders():
            write(case)
        SCHEMA.write_text(schema_text())
        return 0
    old = [f"{case.name}/{path}" for case in case_folders() for path in stale(case)]
    if not SCHEMA.exists() or SCHEMA.read_text() != schema_text():
        old.append(str(SCHEMA.relative_to(CASES.parent.parent)))
    for path in old:
        sys.stderr.write(f"stale golden: {path}\n")
    if old:
        sys.stderr.write(f"{HINT}\n")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
