"""The scripts that preview: run as they stand in the files, in a real repository, with a stand-in for moorage."""

from __future__ import annotations

import itertools
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.ci.files import PREVIEW, run, script, stand_in, steps

MARKER = "<!-- moorage:comment -->"
# Says what it was called with, and answers as the test asks.
MOORAGE = f"""#!{sys.executable}
import json, os, pathlib, sys
pathlib.Path("called.json").write_text(json.dumps(sys.argv[1:]))
sys.stdout.write(os.environ["SAYS"])
sys.stderr.write(os.environ["WARNS"] * int(os.environ.get("TIMES", "1")))
sys.exit(int(os.environ["STATUS"]))
"""
REQUIREMENT = "moorage[cloud] @ git+https://git.example.com/platform/moorage@" + "a" * 40
EXPRESSIONS = {"vars.MOORAGE_REQUIREMENT": REQUIREMENT}
SYSTEMS = ["github", "gitlab"]


class Previewed(NamedTuple):
    done: subprocess.CompletedProcess[str]
    status: int
    called: list[str] | None
    comment: str
    summary: str


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=directory, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path) -> Path:
    """As GitHub checks a pull request out: a merge commit, whose first parent is the base."""
    directory = tmp_path / "repository"
    (directory / "profiles").mkdir(parents=True)
    git(directory, "init", "-q")
    (directory / "profiles/acme.yaml").write_text("organization: acme\n")
    git(directory, "add", ".")
    git(directory, "commit", "-qm", "base")
    git(directory, "checkout", "-qb", "change")
    (directory / "profiles/new one;touch hacked.yaml").write_text("organization: globex\n")
    (directory / "README.md").write_text("not a profile\n")
    git(directory, "add", ".")
    git(directory, "commit", "-qm", "change")
    git(directory, "checkout", "-q", "main")
    git(directory, "merge", "-q", "--no-ff", "-m", "merge", "change")
    (directory / "profiles/untracked.yaml").write_text("not of this change\n")
    return directory


@pytest.fixture
def preview(repository, tmp_path):
    """Runs the script of a system, with what moorage shall answer."""
    stand_in(tmp_path / "tools", "moorage", MOORAGE)

    def previewed(system: str, status: int = 0, says: str = "", warns: str = "", **given: str) -> Previewed:
        summary, output = tmp_path / "summary.md", tmp_path / "output"
        given = {
            "SAYS": says, "WARNS": warns, "STATUS": str(status), "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(repository, "rev-parse", "HEAD^1"),
            "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(output), "MOORAGE_REQUIREMENT": REQUIREMENT, **given,
        }  # fmt: skip
        step = script("preview", "Preview the profiles against the base")
        if system == "gitlab":
            step = script("moorage-preview")
            step = step._replace(script=step.script.replace("python3 -m pip", "true -m pip"))
        done = run(step, repository, given, tmp_path / "tools", expressions=EXPRESSIONS)
        ended = done.returncode if system == "gitlab" else int(output.read_text().strip().removeprefix("status="))
        called = repository / "called.json"
        return Previewed(
            done,
            ended,
            json.loads(called.read_text()) if called.exists() else None,
            (repository / "comment.md").read_text(),
            summary.read_text() if summary.exists() else "",
        )

    return previewed


@pytest.mark.parametrize("system", SYSTEMS)
def test_all_profiles_are_compared_with_the_base_in_one_run(system, preview, repository):
    previewed = preview(system, says=f"{MARKER}\nfine\n")
    assert previewed.called == [
        "preview", "--base", git(repository, "rev-parse", "HEAD^1"), "--format", "markdown",
        "--write", "html=moorage.html", "--write", "sarif=moorage.sarif", "--write", "junit=moorage.xml", "--write", "json=moorage.json",
        "--", "profiles/acme.yaml", "profiles/new one;touch hacked.yaml",
    ]  # fmt: skip
    assert (previewed.status, previewed.comment) == (0, f"{MARKER}\nfine\n")
    assert not (repository / "hacked.yaml").exists()


def test_the_real_moorage_takes_these_options_and_leaves_what_the_next_steps_keep(repository, tmp_path):
    example = Path(__file__).resolve().parents[2] / "examples/initech-poc-aws.yaml"
    for path in (repository / "profiles").iterdir():
        path.unlink()
    (repository / "profiles/new.yaml").write_bytes(example.read_bytes())
    git(repository, "add", ".")
    git(repository, "commit", "-q", "--amend", "-m", "merge")
    given = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_OUTPUT": str(tmp_path / "output")}
    step = script("preview", "Preview the profiles against the base")
    done = run(step, repository, given, Path(sys.executable).parent, expressions=EXPRESSIONS)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output").read_text() == "status=0\n"
    assert (tmp_path / "summary").read_text().startswith(f"{MARKER}\n")
    kept = {line.strip() for step in steps(PREVIEW) for line in step.get("with", {}).get("path", "").splitlines()}
    assert kept == {"comment.md", "moorage.html", "moorage.json", "moorage.sarif", "moorage.xml"}
    assert all((repository / name).stat().st_size for name in kept)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_broken_rule_keeps_its_report_and_its_status(system, preview):
    previewed = preview(system, 1, f"{MARKER}\nA disk would be lost.\n", "a warning\n")
    assert (previewed.status, previewed.comment) == (1, f"{MARKER}\nA disk would be lost.\n")
    assert "a warning" in previewed.done.stderr


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("status", [1, 2, 130])
def test_without_a_report_the_comment_says_why_and_no_older_one_stays(system, status, preview, repository):
    (repository / "comment.md").write_text("of an earlier run\n")
    previewed = preview(system, status, "", "- profiles/acme.yaml: scale.users\n    given: `many`\n")
    assert previewed.status == status
    assert previewed.comment.startswith(
        f"{MARKER}\n**moorage could not preview the profiles** (exit status {status})\n"
    )
    assert "given: `many`" in previewed.comment
    assert "earlier run" not in previewed.comment


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_very_long_error_still_fits_a_comment(system, preview):
    previewed = preview(system, 2, warns="ü" * 1000, TIMES="300")
    assert 50_000 < len(previewed.comment) < 60_000


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_glob_that_matches_nothing_is_an_error_and_not_a_success(system, preview, repository):
    (repository / "comment.md").write_text("of an earlier run\n")
    previewed = preview(system, MOORAGE_PROFILES=":(glob)elsewhere/*.yaml")
    assert (previewed.status, previewed.called) == (2, None)
    assert "No file of this repository matches" in previewed.comment
    assert "earlier run" not in previewed.comment


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_budget_and_allowed_losses_reach_moorage_whole(system, preview):
    urns = ["urn:pulumi:acme::moorage::moorage:aws:MachineImage$aws:ebs/volume:Volume::acme-data", "urn:b::*"]
    previewed = preview(system, MOORAGE_BUDGET="1200", MOORAGE_ALLOW_LOSS=" ".join(urns))
    called = previewed.called[: previewed.called.index("--")]
    assert called[called.index("--budget") + 1] == "1200"
    assert [value for option, value in itertools.pairwise(called) if option == "--allow-loss"] == urns


def test_the_report_is_in_the_jobs_summary_also_where_no_comment_may_be_written(preview):
    previewed = preview("github", 1, f"{MARKER}\nA disk would be lost.\n")
    assert previewed.summary == previewed.comment


def test_gitlab_compares_merged_results_with_the_target_they_were_merged_into(preview):
    previewed = preview("gitlab", CI_MERGE_REQUEST_TARGET_BRANCH_SHA="b" * 40)
    assert previewed.called[:3] == ["preview", "--base", "b" * 40]


@pytest.mark.parametrize("status", ["0", "1", "2"])
def test_github_fails_the_job_only_after_everything_was_kept(status, tmp_path):
    names = [step["name"] for step in steps(PREVIEW)]
    assert names.index("Pass or fail") == names.index("Keep the other reports") + 1
    step = script("preview", "Pass or fail")
    expressions = {**EXPRESSIONS, "steps.preview.outputs.status": status}
    assert run(step, tmp_path, {}, tmp_path, expressions=expressions).returncode == int(status)


@pytest.mark.parametrize(("job", "name"), [("preview", "Install moorage"), ("moorage-preview", "")])
@pytest.mark.parametrize("requirement", ["", REQUIREMENT, "moorage[cloud]; touch hacked"])
def test_the_requirement_is_one_word_and_must_be_set(job, name, requirement, tmp_path):
    stand_in(tmp_path / "tools", "python3", '#!/bin/sh\nprintf "%s\\n" "$@" >pip\nexit 3\n')
    given = {"MOORAGE_REQUIREMENT": requirement} if requirement else {}
    done = run(script(job, name), tmp_path, given, tmp_path / "tools", expressions={"vars.MOORAGE_REQUIREMENT": ""})
    if not requirement:
        assert done.returncode == 1
        assert "MOORAGE_REQUIREMENT is not set" in done.stderr
        return
    assert done.returncode == 3
    assert (tmp_path / "pip").read_text().splitlines()[-1] == requirement
    assert not (tmp_path / "hacked").exists()


APPLY = [("apply", "Apply"), ("moorage-apply", "")]
APPLY_EXPRESSIONS = {"vars.MOORAGE_REQUIREMENT": "", "inputs.stack": "", "vars.PULUMI_BACKEND_URL": ""}
# Stands for Python and for pip: a virtual environment of its own kind, and a list of what was asked.
PYTHON = """#!/bin/sh
printf '%s\\n' "$*" >>"$LOG"
[ "$2" != venv ] || { mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; }
"""


@pytest.fixture
def apply(tmp_path):
    """Runs the script that applies, in a repository with one stack."""
    work, tools = tmp_path / "checkout", tmp_path / "tools"
    (work / "stacks").mkdir(parents=True)
    (work / "stacks/acme.yaml").write_text("config: {}\n")
    stand_in(tools, "python3", PYTHON)
    stand_in(
        tools,
        "pulumi",
        '#!/bin/sh\nprintf "pulumi %s\\n" "$*" >>"$LOG"\nprintenv AWS_WEB_IDENTITY_TOKEN_FILE >>"$LOG"\nexit 0\n',
    )

    def applied(job: str, name: str, **given: str):
        log = tmp_path / "log"
        step = script(job, name)
        step = step._replace(script=step.script.replace("/tmp/moorage-id-token", shlex.quote(f"{tmp_path}/id-token")))
        given = {"LOG": str(log), "MOORAGE_ID_TOKEN": "of-the-job", **given}
        done = run(step, work, given, tools, expressions=APPLY_EXPRESSIONS)
        return done, log.read_text() if log.exists() else ""

    return applied


@pytest.mark.parametrize(("job", "name"), APPLY)
def test_one_stack_is_applied_by_the_pinned_commit(job, name, apply, repository, tmp_path):
    commit = git(repository, "rev-parse", "HEAD^1")
    requirement = f"moorage[cloud] @ git+file://{repository}@{commit}"
    log = ""
    for _ in range(2):  # a shell runner keeps the directory
        done, log = apply(job, name, MOORAGE_STACK="acme", MOORAGE_REQUIREMENT=requirement)
        assert done.returncode == 0, done.stderr
    assert git(tmp_path / "checkout/moorage", "rev-parse", "HEAD") == commit
    assert log.splitlines()[-4:] == [
        "-m venv moorage/.venv",
        "-m pip --disable-pip-version-check --quiet install --require-hashes -r moorage/requirements/cloud.txt",
        "-m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable moorage",
        f"pulumi up --cwd moorage --stack acme --config-file {tmp_path}/checkout/stacks/acme.yaml --diff --non-interactive --yes",
    ]


@pytest.mark.parametrize(("job", "name"), APPLY)
@pytest.mark.parametrize("stack", ["", "globex", "../stacks/acme", "acme;id", "--help", "a b"])
def test_a_stack_without_a_configuration_is_refused(job, name, stack, apply):
    done, log = apply(job, name, MOORAGE_STACK=stack, MOORAGE_REQUIREMENT=REQUIREMENT)
    assert (done.returncode, log) == (1, "")
    assert "there is no stacks/" in done.stderr


@pytest.mark.parametrize(("job", "name"), APPLY)
@pytest.mark.parametrize(
    "requirement",
    [
        "",
        "moorage[cloud]==0.1.0",
        "moorage @ git+https://git.example.com/moorage",
        "moorage @ git+https://git.example.com/moorage@main",
    ],
)
def test_only_a_pinned_commit_is_applied(job, name, requirement, apply):
    done, log = apply(job, name, MOORAGE_STACK="acme", MOORAGE_REQUIREMENT=requirement)
    assert (done.returncode, log) == (1, "")
    assert "all 40 digits" in done.stderr


def test_gitlabs_token_is_a_file_that_only_the_job_reads(apply, repository, tmp_path):
    requirement = f"moorage @ git+file://{repository}@{git(repository, 'rev-parse', 'HEAD')}"
    _, log = apply(
        "moorage-apply", "", MOORAGE_STACK="acme", MOORAGE_REQUIREMENT=requirement, AWS_ROLE_ARN="arn:aws:iam::1:role/a"
    )
    assert log.splitlines()[-1] == f"{tmp_path}/id-token"
    assert (tmp_path / "id-token").read_text() == "of-the-job"
    assert (tmp_path / "id-token").stat().st_mode & 0o77 == 0
