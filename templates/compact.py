"""Scripts without their comments: boot data has room for what runs, and the bundle has the whole text for who reads."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"\s*#(?!!)")
_HERE_DOCUMENT = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_]\w*)\1")


def without_comments(script: str) -> str:
    """A shell script less the lines that hold nothing but a comment, or nothing. Here-documents stay as they are.

    A line that begins with # within a quoted text would be lost: a test compares how bash reads both forms of every
    script that moorage renders.
    """
    kept: list[str] = []
    end = ""
    for line in script.splitlines(keepends=True):
        if end:
            end = "" if line.strip() == end else end
        elif not line.strip() or _COMMENT.match(line):
            continue
        elif found := _HERE_DOCUMENT.search(line):
            end = found[2]
        kept.append(line)
    return "".join(kept)
