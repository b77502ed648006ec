"""The verbs `preview` and `diff`: from their options to reports, files, and an exit status."""

from __future__ import annotations

import argparse
import datetime
import gc
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender.errors import InputError, Problem
from stacks.files import write_all
from stacks.report.formats import FORMATS

if TYPE_CHECKING:
    from stacks.chart_preview.preview import Charts
    from stacks.report.assessment import Assessment


def preview(options: argparse.Namespace) -> Iterator[str]:
    """`moorage preview FILE…`."""
    from stacks.changes.sources import Pair, load_pairs
    from stacks.report.assess import assess

    judging = _judging(options)
    if options.base:
        pairs = [pair for file in options.files for pair in load_pairs(options.base, file)]
    else:
        from recommender.profile_file import load_profiles
        from stacks.changes.sources import Side

        found = load_profiles(options.files)
        pairs = [Pair(None, Side(each.name, each.stage, where, each), "") for where, each in found]
    yield from _report(options, assess(pairs, judging, compared=options.base is not None))


def diff(options: argparse.Namespace) -> Iterator[str]:
    """`moorage diff BASE HEAD`."""
    from stacks.changes.sources import load_pairs
    from stacks.report.assess import assess

    judging = _judging(options)
    yield from _report(options, assess(load_pairs(options.base, options.head), judging, compared=True))


def _report(options: argparse.Namespace, assessments: Sequence[Assessment]) -> Iterator[str]:
    """Prints one format and writes the others, all made before one is written; the status is the worst verdict's."""
    failing = {"failed", "warning"} if options.strict else {"failed"}
    options.status = int(any(assessment.verdict.status in failing for assessment in assessments))
    texts = {path: FORMATS[name](assessments) for path, name in _to_write(options.write).items()}
    printed = FORMATS["json" if options.json else options.format](assessments)
    write_all(texts, option="--write")
    yield printed.removesuffix("\n")


def _to_write(given: Sequence[str]) -> Mapping[Path, str]:
    """`--write FORMAT=PATH`, each."""
    found: dict[Path, str] = {}
    problems = list[Problem]()
    for text in given:
        name, _, path = text.partition("=")
        if name not in FORMATS or not path:
            allowed = f"FORMAT=PATH, where FORMAT is one of {', '.join(FORMATS)}"
            problems.append(Problem("--write", text, allowed, "For instance --write html=moorage.html"))
        elif Path(path) in found:
            problems.append(Problem("--write", text, "each file once", "Name another file."))
        else:
            found[Path(path)] = name
    if problems:
        raise InputError(problems)
    return found


def _run_steadily() -> None:
    """Once all is imported: what a stack leaves behind is young, and many small searches hold up no single preview."""
    gc.set_threshold(20_000, 50, 1_000)


def _judging(options: argparse.Namespace) -> Any:  # noqa: ANN401 - imported only when it is needed
    from stacks.report.assess import Judging

    _run_steadily()
    _to_write(options.write)  # refused before anything is computed
    values, charts = _kubernetes_files(options)
    return Judging(_today(options.today), options.budget, tuple(options.allow_loss), values, charts)


def _today(given: str | None) -> datetime.date:
    if given is None:
        return datetime.date.today()
    try:
        return datetime.date.fromisoformat(given)
    except ValueError:
        raise InputError([Problem("--today", given, "a day, as YYYY-MM-DD", "Correct it, or leave it out.")]) from None


def _kubernetes_files(options: argparse.Namespace) -> tuple[Mapping[str, Any] | None, Charts | None]:
    """Helm values of the customer's own, and the vendor's charts, where they are given."""
    from stacks.user_values import load_values

    values = load_values(Path(options.values)) if options.values else None
    executors = Path(options.executors_chart) if options.executors_chart else None
    if options.chart:
        from stacks.chart_preview.preview import Charts

        return values, Charts(Path(options.chart), executors, options.helm)
    if executors:
        fix = "Give the chart of Sourcegraph too."
        raise InputError([Problem("--executors-chart", str(executors), "only together with --chart", fix)])
    return values, None
