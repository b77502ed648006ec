"""The command line: one verb, one function. Parses, calls, prints; exits 0 (fine), 1 (failed), 2 (bad input)."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from recommender.errors import MoorageError

if TYPE_CHECKING:
    from stacks.chart_preview.preview import Charts

Verb = Callable[[argparse.Namespace], Iterator[str]]


def main(arguments: Sequence[str] | None = None) -> None:
    """The `moorage` command. Exits the process."""
    options = _parser().parse_args(arguments)
    _start_quickly()
    sys.stdout.reconfigure(errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue] - a TextIOWrapper
    try:
        # Everything is made before anything is printed: a failure never leaves half an answer behind.
        lines = list(options.verb(options))
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
    except MoorageError as error:
        sys.stderr.write(f"moorage {options.name}: {_heading(error)}\n{error}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader, such as `head`, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.exit(130)
    gc.freeze()  # ending the process would otherwise search everything for garbage, a tenth of the whole
    sys.exit(options.status)


def _start_quickly() -> None:
    """Leaves out what a short process pays for and does not use."""
    gc.set_threshold(100_000, 50, 1_000)  # importing makes many objects and no garbage: search seldom
    # pydantic's plugin loader imports importlib.metadata, a tenth of the whole start, even where plugins are off.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    loader = types.ModuleType("pydantic.plugin._loader")
    loader.get_plugins = tuple  # pyright: ignore[reportAttributeAccessIssue] - what it would answer: no plugins
    sys.modules.setdefault(loader.__name__, loader)


def _run_steadily() -> None:
    """Once all is imported: what a stack leaves behind is young, and many small searches hold up no single preview."""
    gc.set_threshold(20_000, 50, 1_000)


def _heading(error: MoorageError) -> str:
    problems: Sequence[object] = getattr(error, "problems", ())
    if not problems:
        return "failed"
    return f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in the input; nothing was done"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="moorage",
        description="How should this organization run Sourcegraph, why, and what would be created?",
        epilog="Exit status: 0 fine, 1 failed, 2 bad input.",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    _add(verbs, "recommend", _recommend, "how an organization should run Sourcegraph, and why")
    _add(verbs, "explain", _explain, "which single answers would change the recommendation")
    _add(verbs, "size", _size, "CPU, memory, replicas and disks for each service, and the machine")
    _add_render(verbs)
    _add_preview(verbs)
    _add_check(verbs)
    _add(verbs, "catalogue", _catalogue, "what the vendor supports, until when, and the way off", files=False)
    return parser


def _add_render(verbs: Any) -> None:  # noqa: ANN401 - argparse's private type
    parser = _add(verbs, "render", _render, "every file of a machine or a cluster, as a bundle to install by hand")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="a new or empty directory, or a bundle")
    parser.add_argument("--overwrite", action="store_true", help="lose edits of generated files; user/ is always kept")


def _add_preview(verbs: Any) -> None:  # noqa: ANN401 - argparse's private type
    parser = _add(verbs, "preview", _preview, "every resource that would be created; needs no account and no network")
    kubernetes = parser.add_argument_group("Kubernetes")
    kubernetes.add_argument("--values", metavar="FILE", help="Helm values of your own, merged last")
    kubernetes.add_argument("--chart", metavar="PATH", help="the vendor's chart, a directory or .tgz, to render too")
    kubernetes.add_argument("--executors-chart", metavar="PATH", help="with --chart: the chart of executors")
    kubernetes.add_argument("--helm", metavar="PROGRAM", default="helm", help="what renders them (default: helm)")


def _add_check(verbs: Any) -> None:  # noqa: ANN401 - argparse's private type
    parser = _add(verbs, "check", _check, "whether a cluster is as its plan asks; reads, and changes nothing")
    parser.add_argument("--kubeconfig", metavar="PATH", help="default: what kubectl takes (KUBECONFIG, ~/.kube/config)")
    parser.add_argument("--context", metavar="NAME", help="default: the profile's, else the current one")
    parser.add_argument("--strict", action="store_true", help="a warning fails too, for CI")


def _add(
    verbs: Any,  # noqa: ANN401 - argparse's private type
    name: str,
    verb: Verb,
    words: str,
    *,
    files: bool = True,
) -> Any:  # noqa: ANN401 - argparse's private type
    parser = verbs.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    parser.set_defaults(verb=verb, name=name, status=0)
    if files:
        parser.add_argument(
            "files",
            nargs="+",
            metavar="FILE",
            help="a profile: .yaml, .json, .jsonl (one a line), or - for standard input",
        )
    parser.add_argument("--json", action="store_true", help="one JSON document for each profile, one a line")
    return parser


def _recommend(options: argparse.Namespace) -> Iterator[str]:
    from recommender.profile_file import load_profiles
    from recommender.recommend import recommend

    recommendations = (recommend(loaded.profile) for loaded in load_profiles(options.files))
    if options.json:
        yield from (json.dumps(recommendation.document()) for recommendation in recommendations)
        return
    from recommender.text import recommendation_text

    yield from map(recommendation_text, recommendations)


def _explain(options: argparse.Namespace) -> Iterator[str]:
    from recommender.explain import flips
    from recommender.profile_file import load_profiles
    from recommender.recommend import recommend
    from recommender.text import explanation_text

    for _, profile in load_profiles(options.files):
        recommendation, found = recommend(profile), flips(profile)
        if options.json:
            yield json.dumps(recommendation.document() | {"flips": [flip.document() for flip in found]})
        else:
            yield explanation_text(recommendation, found)


def _size(options: argparse.Namespace) -> Iterator[str]:
    from recommender.profile_file import load_profiles
    from recommender.size_profile import size_profile, size_text

    for _, profile in load_profiles(options.files):
        sized = size_profile(profile)
        yield json.dumps(sized.document()) if options.json else size_text(sized)


def _preview(options: argparse.Namespace) -> Iterator[str]:
    from recommender.profile_file import load_profiles

    profiles = load_profiles(options.files)
    from stacks.preview_profile import preview_profile  # Pulumi is imported only from here

    _run_steadily()
    values, charts = _kubernetes_files(options)
    previews = [preview_profile(profile, values, charts) for _, profile in profiles]
    if options.json:
        yield from (json.dumps(preview.document()) for preview in previews)
        return
    from stacks.preview_text import render

    yield from map(render, previews)


def _kubernetes_files(options: argparse.Namespace) -> tuple[Mapping[str, Any] | None, Charts | None]:
    """Helm values of the customer's own, and the vendor's charts, where they are given."""
    from pathlib import Path

    from recommender.errors import InputError, Problem
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


def _render(options: argparse.Namespace) -> Iterator[str]:
    from pathlib import Path

    from recommender.planning import make_plan
    from recommender.profile_file import load_profiles
    from recommender.recommend import recommend
    from stacks.bundle_writer import look_at, write
    from templates.bundle import make_bundle

    profiles = [loaded.profile for loaded in load_profiles(options.files)]
    bundles = [make_bundle(make_plan(profile, recommend(profile))) for profile in profiles]
    base = Path(options.output)
    # One profile is the directory itself; several are directories of it. All are looked at before one is written.
    targets = [
        look_at(bundle, base / bundle.name if len(bundles) > 1 else base, overwrite=options.overwrite)
        for bundle in bundles
    ]
    for target in targets:
        write(target)
        yield json.dumps(target.document()) if options.json else target.text()


def _check(options: argparse.Namespace) -> Iterator[str]:
    from recommender.profile_file import load_profiles

    profiles = [loaded.profile for loaded in load_profiles(options.files)]
    from stacks.cluster_check.check import check_profiles  # the client of Kubernetes is imported only from here

    reports = check_profiles(profiles, kubeconfig=options.kubeconfig, context=options.context)
    options.status = int(any(report.failed(strict=options.strict) for report in reports))
    for report in reports:
        yield json.dumps(report.document()) if options.json else report.text()


def _catalogue(options: argparse.Namespace) -> Iterator[str]:
    from recommender.catalogue import CONTRADICTIONS, METHODS, READ_ON

    if options.json:
        from dataclasses import asdict

        yield json.dumps(
            {
                "read_on": READ_ON,
                "methods": [asdict(row) for row in METHODS],
                "contradictions": [asdict(row) for row in CONTRADICTIONS],
            }
        )
        return
    from recommender.text import catalogue_text

    yield catalogue_text()


if __name__ == "__main__":
    main()
