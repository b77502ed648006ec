"""`moorage preview` and `moorage diff` as people call them: what they print and write, and how they end."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
import yaml

from stacks.cli import main

ROOT = Path(__file__).parents[2]
ACME = ROOT / "examples/acme-aws.yaml"
STARK = ROOT / "examples/stark-own-cluster.yaml"
CANARIES = ("CANARY-hunter2-Abc9xyzzy", "sgp_0123456789abcdef0123456789abcdef01234567", "AKIAIOSFODNN7CANARY1")


class Ended(NamedTuple):
    status: int
    printed: str
    said: str


@pytest.fixture
def moorage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def call(*arguments: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Ended(end.value.code, out, err)

    monkeypatch.setattr(sys.stdout, "reconfigure", lambda **_: None, raising=False)
    return call


def changed(tmp_path: Path, name: str = "acme.yaml", **deployment: object) -> Path:
    """The example with other choices."""
    profile = yaml.safe_load(ACME.read_text())
    profile["deployment"] |= deployment
    (tmp_path / name).write_text(yaml.safe_dump(profile))
    return tmp_path / name


def test_one_run_writes_every_format(moorage, tmp_path: Path) -> None:
    formats = ("text", "json", "markdown", "html", "sarif", "junit")
    options = [word for each in formats for word in ("--write", f"{each}={tmp_path / each}")]
    ended = moorage("preview", ACME, "--format", "markdown", *options)
    assert ended.status == 0
    assert ended.printed == (tmp_path / "markdown").read_text()
    assert ended.printed.startswith("<!-- moorage:comment -->\n")
    assert (tmp_path / "text").read_text().startswith("acme: fine\n")
    document = json.loads((tmp_path / "json").read_text())
    assert document["verdict"] == {"status": "ok", "reasons": []}
    assert document["stacks"][0]["resources"]
    assert (tmp_path / "html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "sarif").read_text())["version"] == "2.1.0"
    assert ElementTree.fromstring((tmp_path / "junit").read_text()).tag == "testsuites"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(formats)


def test_json_is_the_same_by_both_options(moorage) -> None:
    assert moorage("preview", ACME, "--json").printed == moorage("preview", ACME, "--format", "json").printed


def test_a_saved_preview_is_what_the_profile_is(moorage, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    saved.write_text(moorage("preview", ACME, "--json").printed)
    ended = moorage("diff", saved, ACME, "--json")
    assert ended.status == 0
    counts = json.loads(ended.printed)["changes"]["counts"]
    assert list(counts) == ["same"]


def test_a_replaced_disk_fails_until_it_is_allowed(moorage, tmp_path: Path) -> None:
    head = changed(tmp_path, kms_key="arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    ended = moorage("diff", ACME, head)
    assert ended.status == 1
    assert ended.printed.startswith("acme: failed\n  - Data would be lost: ")
    urns = [line.split("'")[1] for line in ended.printed.splitlines() if line.strip().startswith("--allow-loss")]
    assert urns
    allowed = [word for urn in urns for word in ("--allow-loss", urn)]
    assert moorage("diff", ACME, head, *allowed).status == 0
    assert moorage("preview", head, "--base", ACME, *allowed).status == 0


def test_an_allowed_urn_that_loses_nothing_is_refused(moorage) -> None:
    ended = moorage("diff", ACME, ACME, "--allow-loss", "urn:pulumi:acme::moorage::x:y:Z::w")
    assert ended.status == 2
    assert "--allow-loss" in ended.said


def test_reports_are_written_also_when_it_fails(moorage, tmp_path: Path) -> None:
    ended = moorage("preview", ACME, "--budget", "100", "--write", f"markdown={tmp_path / 'comment.md'}")
    assert ended.status == 1
    assert "exceed the budget of USD 100" in ended.printed
    assert "exceed the budget of USD 100" in (tmp_path / "comment.md").read_text()


def test_a_budget_that_suffices_is_told(moorage) -> None:
    ended = moorage("preview", ACME, "--budget", "5000")
    assert ended.status == 0
    assert "budget USD 5,000" in ended.printed


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--today", "2026-02-30"], "a day, as YYYY-MM-DD"),
        (["--write", "pdf=x.pdf"], "FORMAT=PATH"),
        (["--write", "html="], "FORMAT=PATH"),
        (["--write", "html=a", "--write", "json=a"], "each file once"),
        (["--write", "html=a", "--write", "json=./b/../a"], "each file once"),
        (["--write", f"html={ACME}"], "none of those that are read"),
        (["--write", "json=-"], "a file"),
        (["--write", "json=."], "a file to write"),
        (["--write", "json=a/b/c"], "a directory that exists"),
        (["--today", "20261122"], "a day, as YYYY-MM-DD"),
        (["--today", "2026-W47-7"], "a day, as YYYY-MM-DD"),
        (["--today", ""], "a day, as YYYY-MM-DD"),
        (["--budget", "nan"], "USD a month, above 0"),
        (["--budget", "inf"], "USD a month, above 0"),
        (["--budget=-1"], "USD a month, above 0"),
        (["--budget", "0"], "USD a month, above 0"),
        (["--budget", "0", "--today", "x", "--write", "pdf=x"], "3 problems"),
        (["--base", "no-such-file.yaml"], "no-such-file.yaml"),
        (["--base", ""], "a directory"),
    ],
)
def test_bad_options_are_refused_before_anything_is_done(moorage, options: list[str], told: str, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = moorage("preview", ACME, *options)
    assert (ended.status, ended.printed) == (2, "")
    assert told in ended.said
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_leaves_nothing_half_written(moorage, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    ended = moorage("preview", ACME, "--write", f"json={tmp_path / 'a'}", "--write", f"html={tmp_path / 'taken'}")
    assert ended.status == 2
    assert not any(path.name.endswith(".part") for path in tmp_path.iterdir())


def exception(until: str, policy: str = "KUBERNETES-SECRET-CLEAR") -> dict[str, object]:
    return {"policy_exceptions": [{"policy": policy, "reason": "a migration, ticket OPS-123", "until": until}]}


def cluster(tmp_path: Path, **deployment: object) -> list[object]:
    """An own cluster whose values hold a secret, which breaks a policy."""
    profile = yaml.safe_load(STARK.read_text())
    profile["deployment"] |= deployment
    (tmp_path / "stark.yaml").write_text(yaml.safe_dump(profile))
    (tmp_path / "values.yaml").write_text("frontend: {env: {MY_PASSWORD: {value: swordfish-and-chips}}}\n")
    return [tmp_path / "stark.yaml", "--values", tmp_path / "values.yaml"]


def test_a_broken_policy_fails_and_an_exception_accepts_it_until_its_last_day(moorage, tmp_path: Path) -> None:
    assert moorage("preview", *cluster(tmp_path)).status == 1
    waived = cluster(tmp_path, **exception("2027-01-31"))
    ended = moorage("preview", *waived, "--today", "2027-01-31")
    assert ended.status == 0
    assert "waived: KUBERNETES-SECRET-CLEAR" in ended.printed
    ended = moorage("preview", *waived, "--today", "2027-02-01")
    assert ended.status == 1
    assert "EXCEPTION-EXPIRED" in ended.printed


def test_an_exception_of_an_unknown_policy_is_bad_input(moorage, tmp_path: Path) -> None:
    ended = moorage("preview", *cluster(tmp_path, **exception("2027-01-31", "KUBERNETES-NO-SUCH-POLICY")))
    assert ended.status == 2
    assert "KUBERNETES-NO-SUCH-POLICY" in ended.said


@pytest.mark.parametrize("name", ["text", "json", "markdown", "html", "sarif", "junit"])
def test_no_format_repeats_a_secret(moorage, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "PULUMI_CONFIG_PASSPHRASE"):
        monkeypatch.setenv(variable, CANARIES[0])
    files = cluster(tmp_path)
    environment = {
        "DB_PASSWORD": {"value": CANARIES[0]}, "PLAIN": {"value": CANARIES[1]}, "KEY": {"value": f"id={CANARIES[2]}"}
    }  # fmt: skip
    (tmp_path / "values.yaml").write_text(yaml.safe_dump({"frontend": {"env": environment}}))
    ended = moorage("preview", *files, "--base", STARK, "--write", f"{name}={tmp_path / 'report'}")
    assert ended.status == 1
    report = (tmp_path / "report").read_text()
    for canary in CANARIES:
        assert canary not in report
        assert canary not in ended.printed


def git(directory: Path, *arguments: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}  # fmt: skip
    subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, env={**os.environ, **who})


@pytest.mark.real_tool("git")
def test_a_revision_of_git_is_a_base(moorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    changed(tmp_path)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message=one")
    changed(tmp_path, data_disk_gb=4000)
    changed(tmp_path, "new.yaml")
    ended = moorage("preview", "acme.yaml", "new.yaml", "--base", "main", "--json")
    assert ended.status == 0
    first, second = (json.loads(line)["changes"] for line in ended.printed.splitlines())
    assert first["counts"]["update"] == 1
    assert first["resources"][0]["properties"][0]["path"] == "size"
    assert set(second["counts"]) == {"create"}
    assert moorage("diff", "main", "acme.yaml", "--json").printed == moorage("diff", "main:acme.yaml", "acme.yaml", "--json").printed  # fmt: skip


def test_standard_input_is_a_head(moorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ACME.read_bytes())))
    ended = moorage("diff", ACME, "-")
    assert ended.status == 0
    assert "unchanged" in ended.printed


def test_permissions_are_printed_or_written(moorage, tmp_path: Path) -> None:
    printed = moorage("permissions", ACME)
    assert printed.status == 0
    assert "--- acme-deployer-policy-1.json" in printed.printed
    ended = moorage("permissions", ACME, "--output", tmp_path / "grants")
    assert ended.status == 0
    written = sorted(path.name for path in (tmp_path / "grants").iterdir())
    assert "acme-deployer-policy-1.json" in written
    assert json.loads((tmp_path / "grants/acme-deployer-policy-1.json").read_text())["Version"] == "2012-10-17"
