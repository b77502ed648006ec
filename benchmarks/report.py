"""The measurements as text."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from statistics import median
from typing import Any

from benchmarks.processes import Run

BASELINE = 'python -c "import pydantic, yaml"'
ONE_STACK_SECONDS, TWO_STACKS_SECONDS = 0.25, 0.4
"""Goals for a preview in a process that has made others: of a machine, and of both stacks of Kubernetes."""
PLAIN, ENGINE = "moorage preview", "pulumi preview"
MATRIX_SECONDS = 20
_PACKAGES = ("pydantic", "pyyaml", "zen-engine", "pulumi")
_NAME = 36


def machine() -> str:
    """What it was measured on. The load tells whether the machine was busy with something else."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    return f"Python {platform.python_version()}, {packages}; {os.cpu_count()} cores, {platform.machine()}, {load}"


def start_up(runs: Mapping[str, Sequence[Run]]) -> str:
    """Part (a)."""
    base, base_cpu = _medians(runs[BASELINE])
    lines = [_heading("(a) moorage recommend as a whole process", runs), *_process_lines(runs)]
    for name, measured in runs.items():
        if name != BASELINE:
            seconds, cpu = _medians(measured)
            lines.append(
                f"  {name} takes {seconds / base:.2f} times as long, {cpu / base_cpu:.2f} times the CPU (medians); "
                "goal: at most 2.5 times as long"
            )
    return "\n".join(lines)


def decisions(found: Mapping[str, Any], memory: Mapping[str, Sequence[Run]]) -> str:
    """Part (b)."""
    profiles: int = found["profiles"]
    seconds: Mapping[str, Sequence[float]] = found["seconds"]
    rates = {name: profiles / median(passes) for name, passes in seconds.items()}
    best = {name: profiles / min(passes) for name, passes in seconds.items()}
    targets = ", ".join(f"{name} {count:,}" for name, count in found["targets"].items())
    lines = [
        "",
        f"(b) Decisions per CPU second in one process; {profiles:,} complete profiles, {found['distinct']:,} of them "
        "different to the decision",
        f"    ({targets})",
        "    Both gave the same target, then, strategy and plan for every one.",
        f"  {'':{_NAME}}{'median':>10}{'best':>10}",
        *(f"  {name:{_NAME}}{rates[name]:>10,.0f}{best[name]:>10,.0f}" for name in rates),
    ]
    whole, only = "moorage, caches emptied", "moorage, recommend only"
    for ours, other, words in (
        (whole, "zen-engine, with trace", "both explained; goal: above 1"),
        (only, "zen-engine, without trace", "moorage explained, zen-engine not, neither validates"),
        (whole, "zen-engine, without trace", "moorage validated and explained, zen-engine neither"),
    ):
        lines.append(f"  moorage decides {rates[ours] / rates[other]:.2f} times as many, {words}")
    peaks = ", ".join(f"{name} {max(run.peak_mb for run in runs):.0f} MB" for name, runs in memory.items())
    return "\n".join([*lines, f"  peak memory of a process of its own: {peaks}"])


def previews(
    whole: Mapping[str, Sequence[Run]], many: Run, rows: Sequence[Mapping[str, Any]], goal_seconds: float
) -> str:
    """Part (c). `whole`: processes that preview one profile each; none: only the process that previews many."""
    lines: list[str] = []
    if whole:
        lines = [_heading("(c) Previews, each of one profile as a whole process", whole), *_process_lines(whole)]
    lines += ["", f"    {len(rows)} different profiles in one process, {many.seconds:.2f} s, {many.peak_mb:.0f} MB"]
    lines.append(f"  {'':{_NAME}}{'first':>9}{'median':>9}{'max':>9}{'CPU':>9}   after the first")
    for provider in sorted({row["provider"] for row in rows}):
        first, *others = (row for row in rows if row["provider"] == provider)
        seconds = [row["seconds"] for row in others]
        cpu = median(row["cpu_seconds"] for row in others)
        name = f"{provider.upper()}, {min(r['resources'] for r in others)} to {max(r['resources'] for r in others)}"
        times = "".join(f"{value:>7.3f} s" for value in (first["seconds"], median(seconds), max(seconds), cpu))
        lines.append(f"  {name + ' resources':{_NAME}}{times}   goal: at most {goal_seconds:g} s")
    return "\n".join(lines)


def reports(runs: Mapping[str, Sequence[Run]], missing: str) -> str:
    """Part (e).

    Args:
        runs: of `PLAIN`, of the same with every report, and of `ENGINE` where there is one.
        missing: why there is none.
    """
    lines = [
        _heading("(e) One AWS production stack as a whole process, every report of it", runs),
        *_process_lines(runs),
    ]
    plain, engine = _medians(runs[PLAIN]), _medians(runs[ENGINE]) if ENGINE in runs else None
    for name, measured in runs.items():
        if name in (PLAIN, ENGINE):
            continue
        seconds, cpu = _medians(measured)
        ratios = f"{seconds / plain[0]:.2f} times as long as {PLAIN}, {cpu / plain[1]:.2f} times the CPU (medians)"
        lines.append(f"  {name} takes {ratios}")
        if engine:
            lines.append(f"  {ENGINE} takes {engine[0] / seconds:.2f} times as long as {name}; goal: at least 2")
    if not engine:
        lines.append(f"  {ENGINE}: not measured, {missing}")
    return "\n".join(lines)


def matrix(whole: Run, rows: Sequence[Mapping[str, Any]]) -> str:
    """Part (f)."""
    seconds = [row["seconds"] for row in rows]
    cpu, formats = (sum(row[name] for row in rows) for name in ("cpu_seconds", "reports_seconds"))
    written = sum(row["characters"] for row in rows) / 1_000_000
    lines = [
        f"\n(f) {len(rows)} stacks in one process, every format of each; goal: 60 in less than {MATRIX_SECONDS} s",
        f"    {whole.seconds:.2f} s in all, {cpu:.2f} s of CPU, {whole.peak_mb:.0f} MB",
        f"    median {median(seconds):.3f} s, slowest {max(seconds):.3f} s",
        f"    of it the formats {formats:.2f} s, {written:.1f} million characters",
        f"  {'':{_NAME}}{'number':>9}{'median':>9}{'max':>9}{'CPU':>9}",
    ]
    for target in sorted({row["target"] for row in rows}):
        found = [row for row in rows if row["target"] == target]
        taken = [row["seconds"] for row in found]
        times = (median(taken), max(taken), median(row["cpu_seconds"] for row in found))
        lines.append(f"  {target:{_NAME}}{len(found):>9}" + "".join(f"{value:>7.3f} s" for value in times))
    return "\n".join(lines)


def _heading(words: str, runs: Mapping[str, Sequence[Run]]) -> str:
    rounds = len(next(iter(runs.values())))
    title = f"\n{words}; {rounds} rounds, in turn"
    return f"{title}\n  {'':{_NAME}}{'fastest':>9}{'median':>9}{'slowest':>9}{'CPU':>9}{'peak':>10}"


def _process_lines(runs: Mapping[str, Sequence[Run]]) -> list[str]:
    lines: list[str] = []
    for name, measured in runs.items():
        seconds = [run.seconds for run in measured]
        shown = (min(seconds), median(seconds), max(seconds), median(run.cpu_seconds for run in measured))
        times = "".join(f"{value:>7.3f} s" for value in shown)
        lines.append(f"  {name:{_NAME}}{times}{max(run.peak_mb for run in measured):>7.0f} MB")
    return lines


def _medians(runs: Sequence[Run]) -> tuple[float, float]:
    """Of the clock, and of the CPU."""
    return median(run.seconds for run in runs), median(run.cpu_seconds for run in runs)
