"""What the files for CI promise, read from the files; and what the linters of their systems say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.ci.files import APPLY, DOCUMENTS, GITLAB, GLOBS, PREVIEW, TEXTS, Step, script, scripts, steps

ROOT = Path(__file__).resolve().parents[2]
# The commit that each tag names, read on 2026-11-22 in the action's own repository.
PINS = {
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/upload-artifact": ("bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
    "aws-actions/configure-aws-credentials": ("e6de054238d6b7531b4efff3b6587d9aade6a06c", "v6.2.3"),
    "github/codeql-action/upload-sarif": ("8aad20d150bbac5944a9f9d289da16a4b0d87c1e", "v4.36.2"),
    "google-github-actions/auth": ("7c6bc770dae815cd3e89ee6cdf493a5fab2cc093", "v3.0.0"),
    "pulumi/actions": ("8e5e406f4007fca908480587cb9893c07090f58d", "v7.0.0"),
}
WORKFLOWS = (PREVIEW, APPLY)


def tool(name: str) -> str:
    """A linter of the development tools: beside this Python, whatever the path says."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert found, f"{name} is one of the development tools, and is not installed"
    return found


def lint(directory: Path, *command: str) -> None:
    for path, text in TEXTS.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text)
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS)
def test_every_action_is_pinned_to_the_commit_of_its_release(path):
    found = dict(re.findall(r"uses: (\S+)@(.*)", TEXTS[path]))
    assert found
    assert found == {action: f"{PINS[action][0]} # {PINS[action][1]}" for action in found}


def test_every_pin_is_used():
    used = {step["uses"].partition("@")[0] for path in WORKFLOWS for step in steps(path) if "uses" in step}
    assert used == set(PINS)


def test_pull_requests_get_no_secret_and_no_trusted_trigger():
    document = DOCUMENTS[PREVIEW]
    assert list(document[True]) == ["pull_request"]  # YAML 1.1 reads `on` as a truth value
    assert "secrets." not in TEXTS[PREVIEW]
    assert "environment" not in str(document["jobs"])
    assert "id-token" not in TEXTS[PREVIEW]


@pytest.mark.parametrize("path", WORKFLOWS)
def test_no_job_may_do_more_than_it_says_and_none_runs_for_ever(path):
    assert DOCUMENTS[path]["permissions"] == {}
    for job in DOCUMENTS[path]["jobs"].values():
        assert job["permissions"]
        assert job["timeout-minutes"] <= 120


def test_what_may_write_a_comment_runs_nothing_of_the_pull_request():
    writers = [job for job in DOCUMENTS[PREVIEW]["jobs"].values() if "pull-requests" in job["permissions"]]
    assert [job["permissions"] for job in writers] == [{"pull-requests": "write"}]
    assert [step.get("uses", "").partition("@")[0] for step in writers[0]["steps"]] == ["actions/download-artifact", ""]
    assert not re.search(r"\b(git|moorage preview|pip|python3?)\b", writers[0]["steps"][1]["run"])


def test_what_runs_the_pull_request_may_only_read():
    assert DOCUMENTS[PREVIEW]["jobs"]["preview"]["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", WORKFLOWS)
def test_no_checkout_leaves_its_token_behind(path):
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("step", scripts(), ids=lambda step: f"{step.job}-{step.name}")
def test_scripts_are_strict_and_hold_no_expression(step: Step):
    assert "${{" not in step.script
    assert step.script.startswith(("set -euo pipefail\n", 'exit "$STATUS"'))


def test_a_newer_preview_replaces_the_older_and_only_of_the_same_pull_request():
    group = {"group": "moorage-${{ github.event.pull_request.number }}", "cancel-in-progress": True}
    assert DOCUMENTS[PREVIEW]["concurrency"] == group
    assert DOCUMENTS[GITLAB]["moorage-preview"]["interruptible"] is True


def test_an_apply_is_never_cancelled_and_never_beside_another_of_its_stack():
    assert DOCUMENTS[APPLY]["concurrency"] == {
        "group": "moorage-apply-${{ inputs.stack }}",
        "cancel-in-progress": False,
    }
    job = DOCUMENTS[GITLAB]["moorage-apply"]
    assert (job["interruptible"], job["resource_group"]) == (False, "moorage-apply")


def test_an_apply_is_asked_for_by_a_person_on_the_default_branch_only():
    assert list(DOCUMENTS[APPLY][True]) == ["workflow_dispatch"]
    job = DOCUMENTS[APPLY]["jobs"]["apply"]
    assert job["if"] == "${{ github.ref_name == github.event.repository.default_branch }}"
    assert job["environment"] == "moorage"
    (rule,) = DOCUMENTS[GITLAB]["moorage-apply"]["rules"]
    assert (rule["if"], rule["when"]) == ("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "manual")


def test_gitlabs_token_never_meets_a_fork_or_the_preview():
    (rule,) = DOCUMENTS[GITLAB]["moorage-note"]["rules"]
    assert rule["if"].split(" && ")[1:] == [
        "$MOORAGE_NOTE_TOKEN",
        "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID",
    ]
    assert "MOORAGE_NOTE_TOKEN" not in str(DOCUMENTS[GITLAB]["moorage-preview"])


def test_the_dollar_signs_of_urns_survive_gitlab():
    assert DOCUMENTS[GITLAB][".moorage"]["variables"]["MOORAGE_ALLOW_LOSS"]["expand"] is False


def test_paths_and_pathspecs_name_the_same_profiles():
    pathspecs = " ".join(f":(glob){glob}" for glob in GLOBS)
    assert DOCUMENTS[PREVIEW][True]["pull_request"]["paths"] == [*GLOBS, PREVIEW]
    assert DOCUMENTS[PREVIEW]["env"]["MOORAGE_PROFILES"] == pathspecs
    assert DOCUMENTS[GITLAB]["moorage-preview"]["rules"][0]["changes"] == [*GLOBS, GITLAB]
    assert DOCUMENTS[GITLAB][".moorage"]["variables"]["MOORAGE_PROFILES"] == pathspecs


def test_both_systems_preview_by_the_same_script():
    github = script("preview", "Preview the profiles against the base").script
    shared = github[github.index("read -ra patterns") : github.index("cat comment.md")]
    assert shared in script("moorage-preview").script


@pytest.mark.parametrize(
    ("path", "schema"), [(PREVIEW, "github-workflows"), (APPLY, "github-workflows"), (GITLAB, "gitlab-ci")]
)
def test_the_systems_schemas_accept_the_files(path, schema, tmp_path):
    lint(tmp_path, sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", path)


def test_yamllint_finds_nothing(tmp_path):
    rules = "{document-start: disable, truthy: {check-keys: false}, line-length: {max: 140}, comments: {min-spaces-from-content: 1}}"
    lint(tmp_path, tool("yamllint"), "--strict", "-d", f"{{extends: default, rules: {rules}}}", *TEXTS)


def test_zizmor_finds_nothing_even_as_an_auditor(tmp_path):
    lint(tmp_path, tool("zizmor"), "--offline", "--persona", "auditor", "--no-progress", *WORKFLOWS)


@pytest.mark.real_tool("actionlint")
@pytest.mark.parametrize("path", WORKFLOWS)
def test_actionlint_finds_nothing(path, tmp_path):
    lint(tmp_path, "actionlint", path)


@pytest.mark.real_tool("shellcheck")
@pytest.mark.parametrize("step", scripts(), ids=lambda step: f"{step.job}-{step.name}")
def test_shellcheck_finds_nothing(step: Step, tmp_path):
    # What a step takes from its environment is declared, so that a name which nobody sets is found.
    declared = "".join(f"export {name}\n" for name in step.environment)
    file = tmp_path / "step.sh"
    file.write_text(f"#!/usr/bin/env bash\n{declared}{step.script}\n")
    done = subprocess.run(["shellcheck", "--severity", "style", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_hooks_for_pre_commit_name_verbs_that_exist():
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["moorage-recommend", "moorage-preview"]
    for hook in hooks:
        program, verb = hook["entry"].split()
        assert (program, hook["language"]) == ("moorage", "python")
        assert f'_add(verbs, "{verb}"' in (ROOT / "stacks/cli.py").read_text()
        pattern = re.compile(hook["files"])
        assert all(pattern.search(path) for path in ("profiles/acme.yaml", "sites/profiles/acme.json"))
        assert not any(
            pattern.search(path) for path in ("profiles/README.md", "stacks/acme.yaml", ".pre-commit-config.yaml")
        )


def test_only_the_preview_needs_the_clouds_packages():
    recommend, preview = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert "additional_dependencies" not in recommend
    assert preview["additional_dependencies"] == [".[cloud]"]


def test_the_documentation_names_every_setting_and_no_other():
    documented = set(re.findall(r"\bMOORAGE_[A-Z]+(?:_[A-Z]+)*\b", (ROOT / "docs/ci.md").read_text()))
    known = set(re.findall(r"\bMOORAGE_[A-Z]+(?:_[A-Z]+)*\b", "".join(TEXTS.values())))
    assert documented <= known
    # These two are none of a person's business: the globs are written by new-ci, the token by GitLab.
    assert known - documented == {"MOORAGE_PROFILES", "MOORAGE_ID_TOKEN"}
