"""The whole matrix: everything that can be asked for renders, fits, and is read by the parsers of its formats."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from templates import user_data
from templates.compact import without_comments
from templates.context import File
from templates.overlays import USER_DATA_LIMIT, Plan, machine_files, packed_user_data
from tests.templates.matrix import plans


@pytest.fixture(scope="module")
def rendered() -> dict[str, tuple[File, ...]]:
    return {words: machine_files(plan) for words, plan in plans().items()}


def is_script(file: File) -> bool:
    return file.path.endswith(".sh") or file.text.startswith("#!")


def as_carried(file: File) -> str:
    return without_comments(file.text) if is_script(file) else file.text


def trees(rendered: dict[str, tuple[File, ...]]) -> list[tuple[File, ...]]:
    """One tree for each different set of scripts: most combinations differ in settings only."""
    found: dict[tuple[str, ...], tuple[File, ...]] = {}
    for files in rendered.values():
        found.setdefault(tuple(file.text for file in files if is_script(file)), files)
    return list(found.values())


def write(files: tuple[File, ...], directory: Path) -> list[Path]:
    """Writes a tree; the scripts in it are returned."""
    scripts: list[Path] = []
    for file in files:
        path = directory / file.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
        if is_script(file):
            scripts.append(path)
    return scripts


def test_the_matrix_has_every_target_and_provider():
    made = plans()
    assert len(made) > 900
    kinds = {tuple(words.split()[:4]) for words in made}
    assert len({kind[0] for kind in kinds}) == 3
    assert {kind[3] for kind in kinds if kind[1] == "on-premises"} == {
        "self-signed",
        "certificate",
        "lets-encrypt",
        "none",
    }
    assert {kind[3] for kind in kinds if kind[1] == "aws"} == {"self-signed", "certificate"}
    assert {kind[2] for kind in kinds} == {"XS", "S", "M", "L", "XL"}


def test_no_two_files_have_one_path_and_every_text_ends_its_line(rendered: dict[str, tuple[File, ...]]):
    for words, files in rendered.items():
        paths = [file.path for file in files]
        assert len(set(paths)) == len(paths), words
        for file in files:
            assert re.fullmatch(r"(/[A-Za-z0-9._-]+)+", file.path), file.path
            assert not file.text or file.text.endswith("\n"), file.path


def test_every_user_data_fits_and_carries_the_files_byte_for_byte(rendered: dict[str, tuple[File, ...]]):
    largest = 0
    # Packing and parsing all of them would take a minute: every hundredth, and the one with the most text.
    longest = max(rendered, key=lambda words: sum(len(file.text) for file in rendered[words]))
    for words in {longest, *list(rendered)[::100]}:
        text = user_data(plans()[words])
        packed = packed_user_data(text)
        largest = max(largest, len(packed))
        assert gzip.decompress(packed).decode() == text
        written = {file["path"]: file["content"] for file in yaml.safe_load(text)["write_files"]}
        assert written == {file.path: as_carried(file) for file in rendered[words]}, words
    assert largest <= USER_DATA_LIMIT


def test_bash_parses_every_script(rendered: dict[str, tuple[File, ...]], tmp_path: Path):
    for number, files in enumerate(trees(rendered)):
        scripts = write(files, tmp_path / str(number))
        for script in scripts:
            done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr


def read_by_bash(script: str) -> str:
    """The script as bash prints it after parsing: comments and layout are gone, here-documents and quotes are not."""
    command = ["bash", "--pretty-print", "/dev/stdin"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    if "invalid option" in done.stderr:
        pytest.skip("this bash is older than 5.2, which learned --pretty-print")
    assert done.returncode == 0, done.stderr
    return "".join(line for line in done.stdout.splitlines(keepends=True) if line.strip())


def test_a_script_without_comments_is_the_same_script(rendered: dict[str, tuple[File, ...]]):
    scripts = {file.text: file.path for files in rendered.values() for file in files if is_script(file)}
    for text, path in scripts.items():
        assert read_by_bash(text) == read_by_bash(without_comments(text)), path


def test_only_whole_lines_of_comment_go_and_here_documents_stay():
    script = "#!/bin/bash\n# gone\n\nls # stays\n  # gone\ncat <<'END'\n# stays\n\nEND\n# gone\n"
    assert without_comments(script) == "#!/bin/bash\nls # stays\ncat <<'END'\n# stays\n\nEND\n"


@pytest.mark.real_tool("shellcheck")
def test_shellcheck_has_no_word_to_say(rendered: dict[str, tuple[File, ...]], tmp_path: Path):
    for number, files in enumerate(trees(rendered)):
        scripts = write(files, tmp_path / str(number))
        command = ["shellcheck", "--shell=bash", "--external-sources", "--severity=style", *map(str, scripts)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_no_script_silences_shellcheck(rendered: dict[str, tuple[File, ...]]):
    for files in trees(rendered):
        for file in files:
            assert "shellcheck disable" not in file.text, file.path


@pytest.mark.real_tool("cloud-init")
@pytest.mark.slow
def test_cloud_init_accepts_user_data_of_every_kind(tmp_path: Path):
    kinds: dict[tuple[str, ...], Plan] = {}
    for words, plan in plans().items():
        target, provider, _, tls, _, network, *_ = words.split()
        kinds.setdefault((target, provider, tls, network), plan)
    for number, plan in enumerate(kinds.values()):
        file = tmp_path / f"{number}.yaml"
        file.write_text(user_data(plan))
        command = ["cloud-init", "schema", "--config-file", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
        assert done.returncode == 0, done.stdout + done.stderr
