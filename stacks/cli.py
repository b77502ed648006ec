"""The command line: one verb, one function. Parses, calls, prints; exits 0 (fine), 1 (failed), 2 (bad input)."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from recommender.errors import MoorageError

PRINTED = ("text", "json", "markdown", "html")
"""What `--format` offers; `--write` takes SARIF and JUnit too."""

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
    _add_diff(verbs)
    _add_permissions(verbs)
    _add_check(verbs)
    _add_new_ci(verbs)
    _add(verbs, "catalogue", _catalogue, "what the vendor supports, until when, and the way off", files=False)
    return parser


def _add_render(verbs: Any) -> None:  # noqa: ANN401 - argparse's private type
    parser = _add(verbs, "render", _render, "every file of a machine or a cluster, as a bundle to install by hand")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="a new or empty directory, or a bundle")
    parser.add_argument("--overwrite", action="store_true", help="lose edits of generated files; user/ is always kept")


def _add_preview(verbs: Any) -> None:  # noqa: ANN401 - argparse's private type
    parser = _add(verbs, "preview", _preview, "every resource that would be created; needs no account and no network")
    parser.add_argument("--base", metavar="BASE", help="what to compare with: as BASE of `moorage diff`")
    _add_report_options(parser)


def _add_diff(verbs: Any) -> None:  # noqa: ANN401 - argparse's private type
    parser = _add(verbs, "diff", _diff, "what would become of each resource, and why", files=False)
    parser.add_argument(
        "base", metavar="BASE", help="a profile, a saved preview (JSON), REVISION:PATH or REVISION of git"
    )
    parser.add_argument("head", metavar="HEAD", help="a profile, a saved preview, or REVISION:PATH")
    _add_report_options(parser)


def _add_report_options(parser: Any) -> None:  # noqa: ANN401 - argparse's private type
    parser.add_argument("--format", choices=PRINTED, default="text", help="what is printed (default: text)")
    parser.add_argument(
        "--write",
        metavar="FORMAT=PATH",
        action="append",
        default=[],
        help="write it too: also sarif and junit; repeatable",
    )
    gate = parser.add_argument_group("what fails (exit status 1)")
    gate.add_argument(
        "--allow-loss", metavar="URN", action="append", default=[], help="its data may be lost; repeatable"
    )
    gate.add_argument("--budget", metavar="USD", type=float, help="more than this a month fails")
    gate.add_argument("--strict", action="store_true", help="a warning fails too")
    gate.add_argument("--today", metavar="DATE", help="the day on which exceptions of policies are judged")
    kubernetes = parser.add_argument_group("Kubernetes")
    kubernetes.add_argument("--values", metavar="FILE", help="Helm values of your own, merged last")
    kubernetes.add_argument("--chart", metavar="PATH", help="the vendor's chart, a directory or .tgz, to render too")
    kubernetes.add_argument("--executors-chart", metavar="PATH", help="with --chart: the chart of executors")
    kubernetes.add_argument("--helm", metavar="PROGRAM", default="helm", help="what renders them (default: helm)")


def _add_permissions(verbs: Any) -> None:  # noqa: ANN401 - argparse's private type
    words = "the least that whoever deploys must be allowed, as documents for the cloud team"
    parser = _add(verbs, "permissions", _permissions, words)
    parser.add_argument("-o", "--output", metavar="DIR", help="write each document there; default: print them")


def _add_new_ci(verbs: Any) -> None:  # noqa: ANN401 - argparse's private type
    words = "files that make CI preview every change of a profile and comment on it"
    parser = _add(verbs, "new-ci", _new_ci, words, files=False, as_json=False)
    parser.add_argument("system", choices=("github", "gitlab"), help="whose CI")
    parser.add_argument(
        "--profiles", nargs="+", default=["profiles/*.yaml"], metavar="GLOB", help="default: profiles/*.yaml"
    )
    parser.add_argument("-o", "--output", default=".", metavar="DIR", help="root of the repository (default: here)")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there and differ")


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
    as_json: bool = True,
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
    if as_json:
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
    from stacks.report.command import preview

    yield from preview(options)


def _diff(options: argparse.Namespace) -> Iterator[str]:
    from stacks.report.command import diff

    yield from diff(options)


def _permissions(options: argparse.Namespace) -> Iterator[str]:
    from stacks.demand.command import permissions

    yield from permissions(options)


def _new_ci(options: argparse.Namespace) -> Iterator[str]:
    from pathlib import Path

    from stacks.new_ci import write

    written = write(options.system, Path(options.output), profiles=options.profiles, overwrite=options.overwrite)
    yield from map(str, written)


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
