"""The benchmarks compare like with like: the other engine decides as moorage does, and each profile is a new one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.processes import FailedError, Run, run
from benchmarks.profiles import complete_profiles
from recommender.profile_file import parse_profile
from recommender.recommend import recommend

NEEDS_ZEN = "zen-engine is not installed; `make bench` installs it"


def test_zen_engine_decides_like_moorage_on_every_complete_profile():
    pytest.importorskip("zen", reason=NEEDS_ZEN)
    from benchmarks.decisions import differences

    assert differences(complete_profiles(600, seed=1)) == []


def test_a_rule_that_zen_engine_reads_differently_is_found(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("zen", reason=NEEDS_ZEN)
    from benchmarks import decisions, zen_rules

    monkeypatch.setitem(zen_rules.FACTS, "users", "scale.users >= 20000")
    found = decisions.differences(complete_profiles(300, seed=1))
    assert found
    assert "zen-engine" in found[0]


def test_the_profiles_are_complete_and_reach_every_target_and_strategy():
    answers = [recommend(parse_profile(document)) for document in complete_profiles(600, seed=1)]
    assert not any(answer.open_questions for answer in answers)
    assert {answer.target for answer in answers} == {
        "cloud",
        "machine-image",
        "install-script",
        "kubernetes",
        "docker-compose",
        "exception",
    }
    assert {answer.strategy for answer in answers} == {
        None,
        "cloud",
        "ce-owned",
        "jointly-deployed",
        "self-hosted-into-jointly-deployed",
        "self-hosted-into-cloud",
    }


def test_emptied_caches_decide_each_profile_anew():
    from benchmarks.decisions import _caches
    from recommender.possibilities import possibilities

    recommend(parse_profile(complete_profiles(1, seed=1)[0]))
    assert possibilities in _caches()
    for cache in _caches():
        cache.cache_clear()
    assert possibilities.cache_info().currsize == 0


def test_a_process_is_measured_and_its_output_kept():
    measured = run([sys.executable, "-c", "print('done')"], environment=os.environ, keep_output=True)
    assert measured.output == "done"
    assert measured.cpu_seconds > 0
    assert 5 < measured.peak_mb < 100


def test_a_process_that_fails_is_not_measured():
    with pytest.raises(FailedError, match="exit status 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"], environment=os.environ)


def test_the_profiles_to_preview_are_of_every_target_that_is_stood_up_and_all_different():
    from benchmarks.previews import profiles

    documents = profiles(7)
    assert {recommend(parse_profile(document)).target for document in documents} == {
        "machine-image",
        "install-script",
        "docker-compose",
        "kubernetes",
    }
    assert len({document["name"] for document in documents}) == 7
    assert {document["hosting"]["provider"] for document in documents} == {"aws", "gcp"}


def test_memory_is_that_of_the_process_and_not_of_whoever_measures():
    held = bytearray(200_000_000)
    measured = run([sys.executable, "-S", "-c", "pass"], environment=os.environ)
    assert len(held) > 100_000_000 > measured.peak_mb * 1_000_000


def test_the_matrix_has_sixty_different_profiles_of_every_target_and_stage():
    from benchmarks.matrix import STANDS_UP
    from benchmarks.previews import profiles

    found = [parse_profile(document) for document in profiles(60, STANDS_UP)]
    assert len({profile.name for profile in found}) == 60
    assert {recommend(profile).target for profile in found} == {
        "machine-image",
        "install-script",
        "docker-compose",
        "kubernetes",
    }
    assert {profile.stage for profile in found} >= {"poc", "production"}
    assert {profile.hosting.provider for profile in found} >= {"aws", "gcp", "azure", "on-premises"}


def test_without_an_engine_its_row_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from benchmarks import report
    from benchmarks.engine import preview_command

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FailedError, match="no pulumi is installed") as failed:
        preview_command("examples/acme-aws.yaml", tmp_path, os.environ)
    shown = report.reports({report.PLAIN: [_took(1)], "every report": [_took(1.5)]}, str(failed.value))
    assert "every report takes 1.50 times as long as moorage preview, 1.50 times the CPU" in shown
    assert shown.endswith("pulumi preview: not measured, no pulumi is installed here")


def test_the_engine_previews_the_profile_with_settings_that_it_alone_gets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    from benchmarks.engine import preview_command

    program, log, place = tmp_path / "bin" / "pulumi", tmp_path / "log", tmp_path / "place"
    program.parent.mkdir()
    place.mkdir()
    program.write_text(f'#!/bin/sh\necho "$PULUMI_BACKEND_URL $PULUMI_CONFIG_PASSPHRASE $*" >> {log}\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)

    command = preview_command("examples/acme-aws.yaml", place, os.environ)

    before = f"file://{place}/state benchmark --cwd {place} "
    assert log.read_text("utf-8").splitlines() == [
        f"{before}stack init benchmark",
        f"{before}config set --stack benchmark moorage:profile examples/acme-aws.yaml",
        f"{before}config set --stack benchmark moorage:offline true",
        f"{before}preview --stack benchmark --non-interactive --color never",
    ]
    assert command[-6:-4] == ("preview", "--stack")
    assert "PULUMI_CONFIG_PASSPHRASE" not in os.environ
    assert (place / "stacks" / "__main__.py").exists()


def test_a_preview_is_compared_with_the_engine_by_the_clock():
    from benchmarks import report

    shown = report.reports({report.PLAIN: [_took(1)], "every report": [_took(2)], report.ENGINE: [_took(9)]}, "")
    assert "pulumi preview takes 4.50 times as long as every report; goal: at least 2" in shown
    assert "not measured" not in shown


def _took(seconds: float) -> Run:
    return Run(seconds, seconds, 100, "")
