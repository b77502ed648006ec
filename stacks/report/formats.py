"""Every format of a report by its name. Each renderer is imported only when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from stacks.report.assessment import Assessment


def _text(assessments: Sequence[Assessment]) -> str:
    from stacks.report.text import render

    return render(assessments)


def _json(assessments: Sequence[Assessment]) -> str:
    return "".join(f"{json.dumps(assessment.document())}\n" for assessment in assessments)


def _markdown(assessments: Sequence[Assessment]) -> str:
    from stacks.report.markdown import render

    return render(assessments)


def _html(assessments: Sequence[Assessment]) -> str:
    from stacks.report.html.page import render

    return render(assessments)


def _sarif(assessments: Sequence[Assessment]) -> str:
    from stacks.report.sarif import render

    return render(assessments)


def _junit(assessments: Sequence[Assessment]) -> str:
    from stacks.report.junit import render

    return render(assessments)


FORMATS: Final[Mapping[str, Callable[[Sequence[Assessment]], str]]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
    "sarif": _sarif,
    "junit": _junit,
}
"""Name to renderer; each text ends with a line break."""
