"""What BASE and HEAD may be, with a repository of git that is made for each test."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from recommender.errors import InputError
from stacks.changes import git
from stacks.changes.sources import load, load_pairs
from stacks.preview import Preview
from tests.changes.previews import ROOT, machine

PROFILE = (ROOT / "examples" / "acme-aws.yaml").read_text()


def run(*arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """Two commits: the first, tagged `before`, without the folder `later`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    run("init", "--quiet", "--initial-branch=main")
    Path("acme.yaml").write_text(PROFILE)
    run("add", ".")
    run("commit", "--quiet", "--message=one")
    run("tag", "before")
    Path("acme.yaml").write_text(PROFILE.replace("users: 1200", "users: 9000"))
    Path("later").mkdir()
    Path("later/acme.yaml").write_text(PROFILE)
    run("add", ".")
    run("commit", "--quiet", "--message=two")
    return tmp_path


def problem(base: str, head: str):
    with pytest.raises(InputError) as caught:
        load_pairs(base, head)
    return caught.value.problems[0]


def users(side) -> int | None:
    return side.profile.scale.users


def save(path: Path, found: Preview, **more) -> str:
    path.write_text(json.dumps(more | found.document()))
    return str(path)


@pytest.mark.parametrize("base", ["before", "before:", "before:acme.yaml", "HEAD~1", "main~1:./acme.yaml"])
def test_a_revision_is_the_file_as_it_was(repository, base):
    (pair,) = load_pairs(base, "acme.yaml")
    assert (users(pair.base), users(pair.head)) == (1200, 9000)
    assert pair.base_name == f"{base.partition(':')[0]}:acme.yaml" or pair.base_name == base


def test_a_bare_revision_finds_head_s_file_from_anywhere(repository, monkeypatch):
    file = repository / "acme.yaml"
    monkeypatch.chdir(repository / "later")
    for head in (str(file), "../acme.yaml", "before:acme.yaml"):
        (pair,) = load_pairs("before", head)
        assert users(pair.base) == 1200
    (inner,) = load_pairs("main", "acme.yaml")
    assert users(inner.base) == 1200


def test_both_sides_may_be_revisions(repository):
    (pair,) = load_pairs("before:acme.yaml", "main:acme.yaml")
    assert (users(pair.base), users(pair.head)) == (1200, 9000)


def test_what_does_not_exist_yet_is_created_and_said_to_be(repository):
    (pair,) = load_pairs("before", "later/acme.yaml")
    assert pair.base is None
    assert pair.base_name == "before, where acme does not exist yet"
    base, head = pair.previews()
    assert (base.resources, base.target) == ((), head.target)
    assert head.resources


@pytest.mark.parametrize(
    ("base", "head", "words"),
    [
        ("nothing", "acme.yaml", "neither a file nor a revision"),
        ("nothing:acme.yaml", "acme.yaml", "the revision nothing"),
        ("--output=x:acme.yaml", "acme.yaml", "the revision --output=x"),
        ("before:later", "before:missing", "does not exist at this revision"),
        ("main:later", "acme.yaml", "a directory"),
        ("later", "acme.yaml", "a directory"),
        ("before", "missing.yaml", "neither a file nor a revision"),
        ("-", "-", "- twice"),
        ("before", "main:", "neither a file nor a revision"),
    ],
)
def test_what_is_none_of_these_is_refused(repository, base, head, words):
    assert words in problem(base, head).given


def test_a_revision_needs_a_file_in_head(repository, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PROFILE.encode())))
    assert "no file in HEAD" in problem("before", "-").given


def test_without_a_repository_it_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "acme.yaml").write_text(PROFILE)
    assert "not a git repository" in problem("before", "acme.yaml").given


def test_without_git_it_says_so(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert problem("before", "acme.yaml").given == "no such program"


def test_a_git_that_hangs_is_given_up(repository, monkeypatch):
    def hang(*_arguments, **_options):
        raise subprocess.TimeoutExpired("git", 1)

    monkeypatch.setattr(git.subprocess, "run", hang)
    assert "no answer" in problem("before", "acme.yaml").given


def test_git_runs_no_filter_of_the_repository(repository):
    """A hostile repository may name a program that shows files as text."""
    (repository / ".gitattributes").write_text("*.yaml diff=evil\n")
    run("config", "diff.evil.textconv", "touch evil; cat")
    load_pairs("before", "acme.yaml")
    assert not (repository / "evil").exists()


def test_a_file_wins_over_a_revision_of_its_name(repository):
    (repository / "before").write_text(PROFILE.replace("users: 1200", "users: 7"))
    (pair,) = load_pairs("before", "acme.yaml")
    assert users(pair.base) == 7


def test_standard_input_may_be_either(tmp_path, monkeypatch):
    file = tmp_path / "acme.yaml"
    file.write_text(PROFILE)
    for text in (PROFILE, json.dumps(machine().document())):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        (pair,) = load_pairs("-", str(file))
        assert pair.base is not None
        assert pair.base.where == "standard input"


def test_saved_previews_are_told_by_content_and_not_by_name(tmp_path):
    (side,) = load(save(tmp_path / "x.yaml", machine(), name="acme", stage="poc")) or []
    assert (side.name, side.stage, side.preview().document()) == ("acme", "poc", machine().document())


def test_several_profiles_are_matched_by_name(tmp_path):
    lines = [
        json.dumps({"name": name, "scale": {"users": users}}) for name, users in (("aaa", 1), ("bbb", 2), ("ccc", 3))
    ]
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    old.write_text("\n".join(lines[:2]))
    new.write_text("\n".join([lines[2], lines[1]]))
    found = load_pairs(str(old), str(new))
    assert [(pair.base and pair.base.name, pair.head and pair.head.name) for pair in found] == [
        (None, "ccc"),
        ("bbb", "bbb"),
        ("aaa", None),
    ]
    assert found[0].base_name == f"{old}, where ccc does not exist yet"


def test_a_profile_that_is_gone_is_deleted(tmp_path):
    saved = [save(tmp_path / "a.json", machine(), name="aaa"), save(tmp_path / "b.json", machine(), name="bbb")]
    both = tmp_path / "both.json"
    both.write_text("\n".join(Path(path).read_text() for path in saved))
    gone = load_pairs(str(both), saved[0])[1]
    assert gone.head is None
    assert [len(side.resources) for side in gone.previews()] == [5, 0]


def test_the_same_name_twice_is_refused(tmp_path):
    twice = tmp_path / "twice.jsonl"
    twice.write_text('{"name": "aaa"}\n{"name": "aaa"}\n')
    assert problem(str(twice), str(twice)).given == "the name aaa twice"


def test_comparing_two_saved_previews_imports_no_pulumi(tmp_path):
    paths = [save(tmp_path / name, machine(size=size)) for name, size in (("a.json", 100), ("b.json", 200))]
    program = (
        "import sys; from stacks.changes.compare import compare; from stacks.changes.sources import load_pairs\n"
        f"(pair,) = load_pairs(*{paths!r}); found = compare(*pair.previews(), base_name=pair.base_name)\n"
        "print(found.counts, sorted({name.partition('.')[0] for name in sys.modules} & {'pulumi', 'grpc', 'jinja2'}))"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "{'same': 4, 'update': 1} []"


def test_a_name_that_no_file_can_have_is_refused():
    assert "cannot be read" in problem("x" * 5000, "examples/acme-aws.yaml").given


def test_a_pipe_is_read_as_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=[PROFILE])
    writer.start()
    (side,) = load(str(tmp_path / "pipe")) or []
    writer.join()
    assert users(side) == 1200
