"""Colours for rendered files: comments, keys, text, numbers, variables. A scan, no grammar.

Pygments 2 took three to four times as long for the files of the examples and made twice the bytes (measured 2026-11-22
on hooli-eks and globex-compose-gcp), and would be one more dependency of every installation.
A file is coloured a line at a time; what spans lines (block scalars, here-documents) stays plain text.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from markupsafe import Markup

Language = Literal["yaml", "shell", "json", "ini", "caddy", "plain"]

_COMMENT: Final = r"(?P<c>(?:(?<=\s)|^)#[^\n]*)"
_DOUBLE: Final = r'(?P<s>"(?:[^"\\\n]|\\.)*"'
_STRING: Final = _DOUBLE + r"|'[^'\n]*')"
_NUMBER: Final = r"(?P<n>(?<![\w.-])\d+(?:\.\d+)?(?=[\s,\]}]|$))"
_VARIABLE: Final = r"(?P<v>\$\{[^}\n]*\}|\$[A-Za-z_][A-Za-z0-9_]*|\$[0-9@#?*!-])"
_SHELL_WORD: Final = (
    r"(?P<w>(?:(?<=[\s;(|&])|^)(?:if|then|else|elif|fi|for|in|do|done|case|esac|while|until|function|return|local|exit|set"
    r"|export|readonly|trap|shift|break|continue|source)(?=[\s;)]|$))"
)

_PATTERNS: Final[dict[str, str]] = {
    "yaml": r"(?P<k>^[ \t]*(?:- )*(?:\"[^\"\n]*\"|[\w./$-][^\s:#{}\[\]]*)(?=:(?:\s|$)))"
    rf"|{_COMMENT}|{_STRING}|{_NUMBER}"
    r"|(?P<w>(?:(?<=[:\-,\[] )|(?<=\[))(?:true|false|null)(?=[\s,\]}]|$)|(?<=[\s:])[&*][A-Za-z][\w-]*|<<(?=:))",
    "shell": rf"{_COMMENT}|(?P<s>'[^'\n]*')|{_VARIABLE}|{_SHELL_WORD}|{_NUMBER}",
    "json": rf"(?P<k>\"(?:[^\"\\\n]|\\.)*\"(?=\s*:))|{_DOUBLE})|(?P<n>-?\b\d[\d.eE+-]*)|(?P<w>\b(?:true|false|null)\b)",
    "ini": rf"(?P<w>^\[[^\]\n]*\]$)|(?P<k>^[\w.-]+(?=\s*=))|(?P<c>^[#;][^\n]*)|{_STRING}|{_VARIABLE}",
    "caddy": rf"{_COMMENT}|{_STRING}|(?P<v>\{{[$\w.]+\}})|(?P<k>^[ \t]*[a-z_]+(?=[ \t{{\n]|$))|{_NUMBER}",
}


def language(path: str, text: str) -> Language:
    """By the name, and by the first line of a file whose name has no ending."""
    name = path.rpartition("/")[2]
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if name == "Caddyfile":
        return "caddy"
    if ending in ("yaml", "yml"):
        return "yaml"
    if ending == "json":
        return "json"
    if ending in ("service", "timer", "conf", "env", "ini", "toml", "mount", "socket"):
        return "ini"
    if ending in ("sh", "bash") or text.startswith("#!"):
        return "shell"
    return "plain"


@cache
def _pattern(name: Language) -> re.Pattern[str]:
    return re.compile(_PATTERNS[name], re.MULTILINE)


def highlight(text: str, name: Language) -> Markup:
    """The text as HTML, escaped, with spans of the classes `h-c` comment, `h-k` key, `h-w` word, and so on."""
    from markupsafe import Markup, escape

    if name == "plain":
        return escape(text)
    parts, at = list[str](), 0
    for match in _pattern(name).finditer(text):
        parts.append(escape(text[at : match.start()]))
        parts.append(f'<span class="h-{match.lastgroup}">{escape(match.group())}</span>')
        at = match.end()
    parts.append(escape(text[at:]))
    return Markup("".join(parts))  # noqa: S704 (every part is escaped above)


def diff(text: str) -> Markup:
    """A unified diff as HTML, escaped: a class says added, removed or place; the sign stays in the text."""
    from markupsafe import Markup, escape

    classes = {"+": "d-add", "-": "d-del", "@": "d-at"}
    lines = list[str]()
    for line in text.split("\n"):
        css = "" if line.startswith(("+++", "---")) else classes.get(line[:1], "")
        lines.append(f'<span class="{css}">{escape(line)}</span>' if css else str(escape(line)))
    return Markup("\n".join(lines))  # noqa: S704 (every line is escaped above)
