"""Every case folder, end to end against its goldens; and each golden read by a parser of its format."""

from __future__ import annotations

import difflib
import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from recommender.decision import TARGETS
from tests.cases_runner import SCHEMA, actual, case_folders, expected, schema_text
from tests.refresh import HINT

CASES = case_folders()
by_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@by_case
def test_a_case_answers_as_its_goldens_say(case: Path):
    was, now = expected(case), actual(case)
    different = [path for path in sorted(was.keys() | now.keys()) if was.get(path) != now.get(path)]
    report = "\n".join(
        line
        for path in different[:3]
        for line in difflib.unified_diff(
            was.get(path, "").splitlines(),
            now.get(path, "").splitlines(),
            f"golden {path}",
            f"now {path}",
            lineterm="",
            n=1,
        )
    )
    assert not different, f"{different}\n{report[:4000]}\n{HINT}"


@by_case
def test_every_golden_is_read_by_a_parser_of_its_format(case: Path):
    for path, text in expected(case).items():
        if path.endswith(".json"):
            json.loads(text)
        elif path.endswith("user-data.yaml"):
            for file in yaml.safe_load(text)["write_files"]:
                if file["content"].startswith("#!/"):
                    done = subprocess.run(
                        ["bash", "-n"], input=file["content"], capture_output=True, text=True, check=False
                    )
                    assert done.returncode == 0, f"{path} {file['path']}: {done.stderr}"


@pytest.mark.real_tool("cloud-init")
@by_case
def test_cloud_init_accepts_the_user_data(case: Path):
    for file in (case / "expected" / "overlays").glob("*/user-data.yaml"):
        command = ["cloud-init", "schema", "--config-file", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@by_case
def test_the_published_schema_accepts_what_the_model_accepts(case: Path):
    if (case / "expected" / "recommend.error.txt").exists():
        return  # The schema cannot say all that the model does: that initial_users is at most users, what is a secret.
    document = yaml.safe_load((case / "profile.yaml").read_text())
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(document)


def test_the_published_schema_is_the_models():
    assert SCHEMA.read_text() == schema_text(), HINT


def test_every_target_and_a_refusal_are_among_the_cases():
    answers = [json.loads(text) for case in CASES for path, text in expected(case).items() if path == "recommend.json"]
    assert {answer["target"] for answer in answers} == set(TARGETS)
    assert any(answer["provisional"] for answer in answers)
    assert any((case / "expected" / "recommend.error.txt").exists() for case in CASES)


def test_every_rule_is_reached_by_a_case():
    from recommender.rules import RULES

    text = "".join(text for case in CASES for path, text in expected(case).items() if path == "recommend.json")
    assert not [rule.id for rule in RULES if f'"{rule.id}"' not in text]
