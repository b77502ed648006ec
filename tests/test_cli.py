"""The command line as a person uses it: whole processes, exit statuses, and nothing leaked or left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from recommender.errors import InputError
from recommender.profile_file import load_profiles
from stacks.cli import _parser

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "acme-aws.yaml"
CANARY = "CANARY7f3a9"


def moorage(*arguments: str, given: str | bytes = "", cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    data = given.encode() if isinstance(given, str) else given
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "stacks.cli", *arguments],
        input=data,
        capture_output=True,
        cwd=cwd,
        env=environment,
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def refused(*arguments: str, given: str | bytes = "") -> str:
    """Runs a command that must be refused as bad input, and returns what it says."""
    done = moorage(*arguments, given=given)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "to do:" in done.stderr
    return done.stderr


@pytest.mark.parametrize("verb", ["recommend", "explain", "size", "preview"])
def test_a_verb_prints_text_for_people_and_one_json_line_a_profile(verb: str):
    text = moorage(verb, str(EXAMPLE))
    assert text.returncode == 0, text.stderr
    assert "acme" in text.stdout
    lines = moorage(verb, "--json", str(EXAMPLE), str(EXAMPLE)).stdout.splitlines()
    assert len(lines) == 2
    assert lines[0] == lines[1]
    json.loads(lines[0])


@pytest.mark.parametrize("verb", ["recommend", "preview"])
def test_every_example_is_answered_and_previewed(verb: str):
    examples = sorted((ROOT / "examples").glob("*.yaml"))
    done = moorage(verb, "--json", *map(str, examples))
    assert done.returncode == 0, done.stderr
    names = [json.loads(line)["name"] for line in done.stdout.splitlines()]
    assert names == [yaml.safe_load(example.read_text())["name"] for example in examples]


def test_recommend_prints_the_keys_of_the_contract_in_their_order():
    document = json.loads(moorage("recommend", "--json", str(EXAMPLE)).stdout)
    assert list(document) == [
        "name", "target", "then", "strategy", "owners", "plan", "provisional", "possible_targets", "open_questions",
        "ruled_out", "next_steps", "contacts", "sourcegraph_version", "support", "notes",
    ]  # fmt: skip
    assert list(document["support"]) == ["status", "note", "until"]


def test_size_names_the_charts_own_keys():
    document = json.loads(moorage("size", "--json", str(EXAMPLE)).stdout)
    assert list(document["services"]) == [
        "frontend", "gitserver", "indexedSearch", "indexedSearchIndexer", "pgsql", "codeIntelDB", "codeInsightsDB",
        "redisCache", "redisStore", "preciseCodeIntel", "syntacticCodeIntel", "searcher", "worker", "syntectServer",
        "blobstore", "prometheus",
    ]  # fmt: skip
    figures = ["replicas", "cpu_request", "cpu_limit", "memory_request_gb", "memory_limit_gb", "storage_gb"]
    assert all(list(service) == figures for service in document["services"].values())
    assert list(document["machine"]) == ["size", "type", "vcpu", "memory_gb", "data_disk_gb"]


def test_many_files_and_lines_are_answered_in_their_order(tmp_path: Path):
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"name": "one"}\n\n{"name": "two"}\n')
    done = moorage("recommend", "--json", str(EXAMPLE), str(batch), "-", given='{"name": "three"}\n{"name": "four"}')
    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == ["acme", "one", "two", "three", "four"]


@pytest.mark.parametrize("given", ["name: acme\n", '{"name": "acme"}', '{\n  "name": "acme"\n}\n', "\ufeffname: acme"])
def test_standard_input_may_be_yaml_or_json(given: str):
    assert json.loads(moorage("recommend", "--json", "-", given=given).stdout)["name"] == "acme"


BAD = {
    "malformed yaml": "name: [acme",
    "malformed json": '{"name": "acme",}',
    "empty": "",
    "a list": "- name: acme",
    "a bare word": "acme",
    "two documents": "name: acme\n---\nname: other\n",
    "a python tag": "name: !!python/object/apply:os.system ['true']",
    "a cyclic anchor": "name: acme\ncloud: &a {blockers: [*a]}",
    "a billion laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
    "deep nesting": "name: " + "[" * 5000,
    "nesting that would crash a recursive reader": "name: acme\ncloud: " + "[" * 60_000,
    "the same, closed, as json": "[" * 60_000 + "]" * 60_000,
    "compact block nesting": "name: acme\ncloud:\n " + "- " * 60_000,
    "a time for a number": "name: acme\nscale: {users: 60:30}",
    "an octal number": "name: acme\nscale: {users: 010}",
    "yes for true": "name: acme\nurgent: yes",
    "blank words": "name: acme\ncloud: {blockers: ['  ']}",
    "deep json": '{"name": ' + "[" * 100_000,
    "not utf-8": b"name: \xff\xfe",
    "a nul byte": b"name: ac\x00me",
    "control characters": 'name: "ac\\u0007me"',
    "an escape sequence": 'name: "\\e[31mred"',
    "shell": "name: $(touch /tmp/x)",
    "backticks": "name: '`id`'",
    "a leading dash": "name: -rf",
    "yaml tags": "name: !!binary aGk=",
    "jinja": 'name: "{{ 7*7 }}"',
    "a newline": 'name: "acme\\nroot"',
    "not a number": "name: acme\nscale: {code_gb: .nan}",
    "infinity": "name: acme\nscale: {code_gb: .inf}",
    "json nan": '{"name": "acme", "scale": {"users": NaN}}',
    "negative": "name: acme\nscale: {users: -1}",
    "huge": "name: acme\nscale: {repositories: 1" + "0" * 40 + "}",
    "thousands of digits": '{"name": "acme", "scale": {"users": ' + "9" * 10_000 + "}}",
    "an impossible date": "name: 2026-99-99",
    "a wrong type": "name: acme\nscale: {users: many}",
    "a boolean for a number": "name: acme\nscale: {users: true}",
    "a number for a boolean": "name: acme\nurgent: 1",
    "text for a list": "name: acme\ncloud: {blockers: none}",
    "an unknown key": "name: acme\nnaem: acme",
    "a key that is not text": "name: acme\n1: 2",
    "a missing name": "stage: poc",
    "no code host": "name: acme\ncode_hosts: []",
    "a version with a v": "name: acme\nsourcegraph_version: v7.0.0",
    "a first phase too large": "name: acme\nscale: {users: 1, initial_users: 2}",
}  # fmt: skip


@pytest.mark.parametrize("given", BAD.values(), ids=BAD.keys())
def test_bad_input_is_refused_in_words(given: str | bytes, tmp_path: Path):
    file = tmp_path / "profile.yaml"
    file.write_bytes(given.encode() if isinstance(given, str) else given)
    told = refused("recommend", str(file))
    with pytest.raises(InputError) as same:
        load_profiles([str(file)])  # which every verb calls first
    assert str(same.value) in told
    assert list(tmp_path.iterdir()) == [file]


def test_every_problem_is_told_at_once_with_its_path(tmp_path: Path):
    first, second = tmp_path / "first.yaml", tmp_path / "second.jsonl"
    first.write_text("name: A\nscale: {users: -1}\nfoo: 1\n")
    second.write_text('{"name": "fine"}\n{"name": 3}\n')
    told = refused("recommend", str(first), str(second), str(tmp_path / "missing.yaml"))
    for path in (
        "first.yaml: name",
        "first.yaml: scale.users",
        "first.yaml: foo",
        "second.jsonl:2: name",
        "missing.yaml",
    ):
        assert path in told


def test_free_text_may_be_written_in_any_way_that_yaml_has():
    given = "name: acme\ncloud:\n  blockers:\n  - |\n    the auditors\n    said no\n  - >\n    and so did legal\n"
    found = json.loads(moorage("recommend", "--json", "-", given=given).stdout)["ruled_out"]["cloud"]
    assert found[0]["because"] == "Blocked by the organization: the auditors said no; and so did legal."


def test_a_locale_is_known_in_any_case():
    given = "name: acme\ncloud: {locale: Europe-West2, waits_for_locale: false}"
    assert "cloud" not in json.loads(moorage("recommend", "--json", "-", given=given).stdout)["ruled_out"]


def test_a_directory_in_place_of_a_file(tmp_path: Path):
    assert "a directory" in refused("recommend", str(tmp_path))


@pytest.mark.parametrize("name", ["profile.yaml", "profile.json", "profile.jsonl"])
def test_a_file_of_50_mb_is_refused_without_being_read_whole(tmp_path: Path, name: str):
    file = tmp_path / name
    with file.open("wb") as stream:
        stream.write(b"name: acme #")
        stream.truncate(50_000_000)
    assert "more than 1,048,576 bytes" in refused("recommend", str(file))


@pytest.mark.parametrize("arguments", [[], ["sail"], ["recommend"], ["recommend", "--yaml", "x"]])
def test_wrong_usage_exits_2_and_says_how(arguments: list[str]):
    done = moorage(*arguments)
    assert done.returncode == 2
    assert "usage: moorage" in done.stderr


def test_a_target_that_cannot_be_stood_up_exits_1_with_a_remedy():
    done = moorage("preview", "tests/cases/exception/profile.yaml")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "what to do:" in done.stderr


SECRETS = [
    f"password={CANARY}", f"token: {CANARY}{CANARY}", f"https://user:{CANARY}@example.com/x",
    f"-----BEGIN RSA PRIVATE KEY-----{CANARY}", f"ghp_{CANARY}{CANARY}{CANARY}", f"AKIA{CANARY.upper()}ABCD",
    f"sgp_{CANARY}{CANARY}{CANARY}", f"xoxb-{CANARY}-{CANARY}", f"eyJhbGciOi.eyJ{CANARY}.{CANARY}",
    f"aB3{CANARY}9xYzQ2w{CANARY}", f"0123456789abcdef0123456789abcdef {CANARY}",
]  # fmt: skip
PLACES = [
    "name: {0}", "stage: {0}", "sourcegraph_version: {0}", "scale: {{users: {0}}}", "code_hosts: [{{kind: {0}}}]",
    "code_hosts: [{{url: {0}}}]", "cloud: {{certifications: [{0}]}}", "cloud: {{blockers: [{0}]}}", "cloud: {{locale: {0}}}",
    "cloud: {{needs: [{0}]}}", "hosting: {{region: {0}}}", "hosting: {{provider: {0}}}",
    "hosting: {{restrictions: {{machine-image: [{0}]}}}}", "deployment: {{domain: {0}}}", "deployment: {{certificate: {0}}}",
    "deployment: {{kms_key: {0}}}", "deployment: {{tags: {{owner: {0}}}}}", "deployment: {{tags: {{{0}: owner}}}}",
    "deployment: {{alarms: {{email: {0}}}}}", "deployment: {{network: {{id: {0}}}}}", "deployment: {{dns_zone: {0}}}",
    "deployment: {{machine: {{image: {0}}}}}", "deployment: {{license_key: {0}}}", "license: {0}", "{0}: true", "- {0}", "{0}",
]  # fmt: skip


def test_a_canary_in_every_place_of_a_profile_is_never_repeated(tmp_path: Path):
    """Planted wherever a profile could carry a secret, one file a place and shape, all told in one run."""
    files = []
    for number, (place, secret) in enumerate((place, secret) for place in PLACES for secret in SECRETS):
        file = tmp_path / f"{number}.yaml"
        head = "" if place.startswith(("-", "{0}", "name")) else "name: acme\n"
        file.write_text(head + place.format(json.dumps(secret)) + "\n")
        files.append(str(file))
    for arguments in (["recommend"], ["preview", "--json"]):
        assert CANARY.lower() not in refused(*arguments, *files).lower()
    assert len(list(tmp_path.iterdir())) == len(files)


def test_a_canary_in_the_environment_reaches_nothing():
    secrets = dict.fromkeys(
        ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GOOGLE_CREDENTIALS", "PULUMI_CONFIG_PASSPHRASE"), CANARY
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "stacks.cli", "preview", "--json", str(EXAMPLE)]
    clean, planted = (
        subprocess.run(command, capture_output=True, cwd=ROOT, env=environment | extra, check=True)
        for extra in ({}, secrets | {"AWS_REGION": "eu-west-1", "PULUMI_CONFIG": '{"aws:region": "eu-west-2"}'})
    )
    assert CANARY.encode() not in planted.stdout + planted.stderr
    assert planted.stdout == clean.stdout


def test_a_preview_is_the_same_bytes_whatever_the_machine_the_clock_or_the_folder(tmp_path: Path):
    def run(cwd: Path, seed: str, zone: str) -> bytes:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "LANG": "C",
        }
        command = [sys.executable, "-m", "stacks.cli", "preview", "--json", str(EXAMPLE)]
        return subprocess.run(command, capture_output=True, cwd=cwd, env=environment, check=True).stdout

    assert run(ROOT, "0", "UTC") == run(tmp_path, "4242", "Asia/Tokyo")


@pytest.mark.parametrize("module", ["recommender.recommend", "recommender.profile_file", "templates", "stacks.cli"])
def test_deciding_and_rendering_load_no_cloud_sdk(module: str):
    script = f"import sys, {module}; print(sorted({{'pulumi', 'pulumi_aws', 'pulumi_gcp', 'grpc'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_recommending_starts_without_what_only_other_verbs_need():
    script = f"""
import sys
from stacks.cli import main
try:
    main(["recommend", "--json", {str(EXAMPLE)!r}])
except SystemExit:
    heavy = {{"importlib.metadata", "jinja2", "pulumi", "recommender.sizing", "recommender.explain", "recommender.text"}}
    print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_verb_is_in_the_readme_and_has_help():
    verbs = next(action.choices for action in _parser()._actions if action.choices)
    readme = (ROOT / "README.md").read_text()
    for verb in verbs:
        assert f"moorage {verb}" in readme
        assert moorage(verb, "--help").returncode == 0
