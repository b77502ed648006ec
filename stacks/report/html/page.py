"""The report as one HTML page that loads nothing: styles and script are inlined, and named by digest in its policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from stacks.report import words
from stacks.report.assessment import Assessment
from stacks.report.html import kinds
from stacks.report.html.views import ACTION_WORDS, ProfileView

if TYPE_CHECKING:
    import jinja2

_DECEIVING: Final = re.compile("[\x00\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What has no place in a page: characters that turn the direction of what follows, so that a name reads as another;
the null character; and halves of pairs, which UTF-8 cannot write."""


def render(assessments: Sequence[Assessment]) -> str:
    """The page for one or several profiles. The same assessments make the same bytes.

    Args:
        assessments: at least one, in the order of the tabs.
    """
    style, script = _source("page.css"), _source("page.js")
    text = (
        _environment()
        .get_template("page.html.j2")
        .render(
            profiles=[ProfileView(assessment, number) for number, assessment in enumerate(assessments, 1)],
            worst=words.worst(assessments),
            style=style,
            script=script,
            style_hash=_digest(style),
            script_hash=_digest(script),
        )
    )
    return _DECEIVING.sub(lambda match: f"\N{REPLACEMENT CHARACTER}(U+{ord(match.group()):04X})", text)


def _source(name: str) -> str:
    return files("stacks.report.html").joinpath(name).read_text(encoding="utf-8").strip("\n")


def _digest(text: str) -> str:
    """As a content security policy names an inline style or script: what stands between the tags, byte by byte."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _environment() -> jinja2.Environment:
    import jinja2
    from markupsafe import Markup

    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        money=words.money,
        as_stage=words.as_stage,
        change_of=words.change_of,
        count=words.count,
        action=lambda action: ACTION_WORDS.get(action, action),
        sign=lambda action: words.SIGNS.get(action, ""),
        status=words.STATUS_WORDS.__getitem__,
        number=lambda number: f"{number:,.10g}",
        cents=lambda usd: f"{usd:,.2f}",
        within=kinds.within,
        inlined=Markup,  # only for the style and the script, which are this package's own
    )
    made.globals.update(
        basis=words.basis,
        counts_line=words.counts_line,
        other_stage_line=words.other_stage_line,
        unchecked=words.unchecked,
    )
    return made
