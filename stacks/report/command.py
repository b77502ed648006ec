"""The verbs `preview` and `diff`: from their options to reports, files, and an exit status."""

from __future__ import annotations

import argparse
import datetime
import gc
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender.errors import InputError, Problem
from stacks.files import problems_of, write_all
from stacks.report.formats import FORMATS

if TYPE_CHECKING:
    from stacks.chart_preview.preview import Charts
    from stacks.report.assessment import Assessment


def preview(options: argparse.Namespace) -> Iterator[str]:
    """`moorage preview FILE…`."""
    from stacks.changes.sources import Pair, load_pairs
    from stacks.report.assess import assess

    judging = _judging(options)
    if options.base is not None:  # an empty variable of CI must not pass for no comparison
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
    """`--write FORMAT=PATH`, each: path to format."""
    named = (text.partition("=") for text in given)
    return {Path(path): name for name, _, path in named}


def _problems(options: argparse.Namespace) -> Iterator[Problem]:
    """What is wrong with the options, all of it before anything is computed."""
    yield from _unwritable(options.write, [options.head] if "head" in options else options.files)
    if options.today is not None and _day(options.today) is None:
        yield Problem("--today", options.today, "a day, as YYYY-MM-DD", "Correct it, or leave it out.")
    if options.budget is not None and not 0 < options.budget < math.inf:
        yield Problem("--budget", f"{options.budget:g}", "USD a month, above 0", "Correct it, or leave it out.")


def _unwritable(given: Sequence[str], read: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with `--write`: what it reads, it does not replace."""
    taken = {os.path.realpath(path) for path in read}
    for text in given:
        name, _, path = text.partition("=")
        if name not in FORMATS or not path:
            allowed = f"FORMAT=PATH, where FORMAT is one of {', '.join(FORMATS)}"
            yield Problem("--write", text, allowed, "For instance --write html=moorage.html")
        elif path == "-":
            yield Problem("--write", text, "a file", "`--format` says what is printed.")
        elif os.path.realpath(path) in taken:
            yield Problem("--write", text, "each file once, and none of those that are read", "Name another file.")
        else:
            taken.add(os.path.realpath(path))
            yield from problems_of([Path(path)], option="--write")


def _run_steadily() -> None:
    """Once all is imported: what a stack leaves behind is young, and many small searches hold up no single preview.

    The second figure is as low as it is because finished tasks are garbage that every later stack searches: asyncio
    looks through all of them for those that are not finished.
    """
    gc.set_threshold(20_000, 10, 1_000)


def _judging(options: argparse.Namespace) -> Any:  # noqa: ANN401 - imported only when it is needed
    from stacks.report.assess import Judging

    _run_steadily()
    if problems := list(_problems(options)):
        raise InputError(problems)
    values, charts = _kubernetes_files(options)
    today = _day(options.today) if options.today else None
    return Judging(today or datetime.date.today(), options.budget, tuple(options.allow_loss), values, charts)


def _day(text: str) -> datetime.date | None:
    """A day in the one way to write it that every Python reads; None: it is none."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


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
