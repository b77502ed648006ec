"""The command line of a start script, run for real."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plans import host_plan
from tests.templates.host_machine import FakeHost

PRINT = 'parse_options "$@"; printf "%s|%s|%s" "$check_only" "$from_directory" "$download_directory"'
CANARIES = ["$(touch canary)", "`touch canary`", "; touch canary", "a b", "*", "{{ 7 }}", "é", ""]


def parse(host: FakeHost, words: str) -> tuple[int, str, str]:
    result = host.call(f"set -- {words}\n{PRINT}")
    return result.returncode, result.stdout, result.stderr


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path, host_plan())


def test_without_options_a_start_does_everything(host: FakeHost) -> None:
    assert parse(host, "")[:2] == (0, "||")


def test_options_combine_and_a_directory_becomes_absolute(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "two words").mkdir()
    assert parse(host, f"--from '{tmp_path}/two words' --check")[:2] == (0, f"1|{tmp_path}/two words|")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--yes", "'--yes' is not an option"),
        ("install", "'install' is not an option"),
        ("-c", "'-c' is not an option"),
        ("''", "'' is not an option"),
        ("--from", "--from needs a directory."),
        ("--download", "--download needs a directory."),
        ("--from ''", "--from needs a directory, not ''"),
        ("--from --check", "--from needs a directory, not '--check'"),
        ("--download -rf", "--download needs a directory, not '-rf'"),
        ("--from /nowhere", "--from: there is no directory '/nowhere'"),
        ("--check --download /tmp", "--download stands alone"),
        ("--from /tmp --download /tmp", "--download stands alone"),
    ],
)
def test_what_is_not_allowed_ends_with_2_and_says_what_is(host: FakeHost, words: str, says: str) -> None:
    status, printed, error = parse(host, words)
    assert (status, printed) == (2, "")
    assert says in error
    assert "Allowed are --check, --from DIR, --download DIR and --help." in error


@pytest.mark.parametrize("value", CANARIES)
def test_a_hostile_argument_is_text(host: FakeHost, tmp_path: Path, value: str) -> None:
    before = host.snapshot()
    for arguments in ([value], ["--from", value], ["--download", value]):
        result = host.start(*arguments)
        assert result.returncode == 2
        assert value in result.stderr
    assert host.snapshot() == before
    assert list(tmp_path.rglob("canary")) == []


def test_help_names_every_option_and_the_release(host: FakeHost) -> None:
    result = host.start("--help")
    assert result.returncode == 0
    for words in ("--check", "--from DIR", "--download DIR", "--help", "6.12.5040", "'acme'"):
        assert words in result.stdout
    assert host.log == ""


def test_a_check_runs_from_an_unpacked_bundle_with_nothing_installed(tmp_path: Path) -> None:
    host = FakeHost(tmp_path, host_plan(), in_bundle=True)
    before = host.snapshot()
    result = host.start("--check")
    assert result.returncode == 0, result.stderr
    assert host.snapshot() == before
    assert "nothing stands in the way; nothing was changed" in result.stderr


PUT = 'put "$1" /etc/moorage/user.conf <"$2"; echo "$changed"'


def test_put_writes_what_differs_and_nothing_else(host: FakeHost, tmp_path: Path) -> None:
    text, path = tmp_path / "text", host.root / "etc/moorage/user.conf"
    text.write_text("a 'b' $(c)\n\n")
    assert host.call(f"set -- 0640 {text}\n{PUT}").stdout == "1\n"
    assert path.read_text() == "a 'b' $(c)\n\n"
    assert path.stat().st_mode & 0o7777 == 0o640
    before = path.parent.stat().st_mtime_ns, path.stat().st_mtime_ns
    assert host.call(f"set -- 0640 {text}\n{PUT}").stdout == "0\n"
    assert (path.parent.stat().st_mtime_ns, path.stat().st_mtime_ns) == before
    assert host.call(f"set -- 0600 {text}\n{PUT}").stdout == "1\n"
    assert path.stat().st_mode & 0o7777 == 0o600
    assert host.log.count("wrote /etc/moorage/user.conf") == 2


def test_put_keeps_the_old_file_until_the_new_one_is_whole(host: FakeHost, tmp_path: Path) -> None:
    text, path = tmp_path / "text", host.root / "etc/moorage/user.conf"
    path.write_text("old\n")
    text.write_text("new\n")
    killed = host.call(f"mv() {{ kill -KILL $$; }}\nset -- 0644 {text}\n{PUT}")
    assert killed.returncode < 0
    assert path.read_text() == "old\n"
    assert host.call(f"set -- 0644 {text}\n{PUT}").stdout == "1\n"
    assert [entry.name for entry in path.parent.iterdir() if entry.name.startswith(".")] == []
    assert path.read_text() == "new\n"


def test_a_failing_step_is_logged_with_its_place(host: FakeHost) -> None:
    result = host.call('step "a step" false')
    assert result.returncode == 1
    assert "a step: begins" in result.stderr
    assert "failed with status 1 at" in result.stderr
    assert "a step: done" not in result.stderr
