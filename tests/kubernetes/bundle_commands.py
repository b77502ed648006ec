"""The commands of a bundle's README, and programs that stand in for those they call."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

_SECTION = re.compile(r"^## (?P<title>[^\n]*)$|^```sh\n(?P<block>.*?)^```$", re.MULTILINE | re.DOTALL)

# Answers as the stack's outputs would be, and writes down what it was called with, files of secrets included.
_STAND_IN = """#!{python}
import json, os, sys
name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
files = {{}}
for word in words:
    if word.startswith("--from-file="):
        key, _, path = word.removeprefix("--from-file=").partition("=")
        files[key] = open(path).read() if os.path.exists(path) else None
texts = {{path: open(path).read() for path in words if path.endswith(".yaml") and os.path.exists(path)}}
with open({log!r}, "a") as log:
    log.write(json.dumps({{"name": name, "words": words, "files": files, "texts": texts}}) + "\\n")
if name == "pulumi":
    outputs = {outputs!r}
    found = outputs[words[words.index("output") + 1]]
    print(found if isinstance(found, str) else json.dumps(found))
elif name in ("aws", "gcloud"):
    print('{{"password": "CANARY-of-the-store"}}' if "--region" in words else "CANARY-of-the-store")
"""

PROGRAMS = ("kubectl", "helm", "pulumi", "aws", "gcloud", "curl")


def blocks(readme: str) -> list[tuple[str, str]]:
    """Each fenced block, with the heading above it."""
    found: list[tuple[str, str]] = []
    title = ""
    for match in _SECTION.finditer(readme):
        title = match["title"] or title
        if match["block"]:
            found.append((title, match["block"]))
    return found


def script(readme: str, *leave_out: str) -> str:
    """All blocks one after the other, as a person runs them in one shell; without headings that begin so."""
    wanted = [block for title, block in blocks(readme) if not title.startswith(leave_out or ("\0",))]
    return "set -euo pipefail\n" + "\n".join(wanted)


def stand_ins(directory: Path, outputs: dict[str, object]) -> Path:
    """A directory of programs for PATH; `calls` reads what they were called with."""
    programs = directory / "programs"
    programs.mkdir()
    text = _STAND_IN.format(python=sys.executable, log=str(directory / "log"), outputs=outputs)
    for name in PROGRAMS:
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    return programs


def run(text: str, bundle: Path, programs: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Runs commands in the bundle's directory, with `typed` at the keyboard."""
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(programs.parent)}
    return subprocess.run(
        ["bash", "-c", text], cwd=bundle, env=environment, input=typed, capture_output=True, text=True, check=False, timeout=60
    )  # fmt: skip


def calls(directory: Path) -> list[dict[str, Any]]:
    """Name, words, files of secrets and texts of manifests of each call, in order."""
    log = directory / "log"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
