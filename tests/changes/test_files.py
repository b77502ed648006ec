"""Differences of rendered files."""

from __future__ import annotations

import subprocess
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from stacks.changes.files import compare_files
from tests.changes.previews import preview

TEXTS = st.lists(st.text("ab\f\u2028 ", max_size=3), max_size=6).map("\n".join)


def test_files_that_come_change_and_go_are_told_in_head_s_order():
    base = preview(files={"gone": "x\n", "same": "x\n", "changed": "a\nb\n"})
    head = preview(files={"new": "x\n", "changed": "a\nc\n", "same": "x\n"})
    assert [(each.path, each.action) for each in compare_files(base, head)] == [
        ("new", "create"),
        ("changed", "update"),
        ("gone", "delete"),
    ]


def test_a_difference_is_unified():
    base, head = preview(files={"f": "a\nb\n"}), preview(files={"f": "a\nc"})
    assert compare_files(base, head)[0].diff == (
        "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n"
    )


def test_a_file_that_comes_has_no_other_side():
    assert compare_files(preview(), preview(files={"f": "a\n"}))[0].diff.startswith("--- /dev/null\n+++ b/f\n")


def test_without_its_text_a_file_has_no_difference_to_show():
    base, head = preview(files={"f": "a\n"}), preview(files={"f": "b\n"})
    (change,) = compare_files(replace(base, files={}), head)
    assert (change.action, change.diff) == ("update", "")


@given(TEXTS, TEXTS)
def test_a_difference_turns_one_text_into_the_other(before, after):
    found = compare_files(preview(files={"f": before}), preview(files={"f": after}))
    assert (_patched(before, found[0].diff) if found else before) == after


def _patched(text: str, diff: str) -> str:
    """An independent reading of the format: hunks replayed over the lines."""
    lines, result, position = text.split("\n"), list[str](), 0
    if lines[-1] == "":
        lines.pop()
    ends_with_newline = text.endswith("\n")
    last_sign = ""
    for line in diff.split("\n")[2:-1]:
        if line.startswith("@@"):
            start = int(line.split(" ")[1].split(",")[0].lstrip("-"))
            length = line.split(" ")[1].partition(",")[2] or "1"
            start = start if length == "0" else start - 1
            result += lines[position:start]
            position = start
            continue
        sign, rest = line[0], line[1:]
        if sign == "\\":
            ends_with_newline = False if last_sign in " +" else ends_with_newline
        else:
            last_sign = sign
            position += sign in " -"
            if sign in " +":
                result.append(rest)
                ends_with_newline = True
    if position < len(lines):
        ends_with_newline = text.endswith("\n")
    result += lines[position:]
    return "\n".join(result) + ("\n" if ends_with_newline and result else "")


def test_patch_takes_it(tmp_path):
    before, after = "a\nb\nc\n" * 9, "a\nb\nc\n" * 4 + "x" + "a\nb\nc\n" * 5
    (tmp_path / "f").write_text(before)
    diff = compare_files(preview(files={"f": before}), preview(files={"f": after}))[0].diff
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff, text=True, check=True)
    assert (tmp_path / "f").read_text() == after
