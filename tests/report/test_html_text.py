"""Files and values as HTML: coloured, escaped, and otherwise unchanged."""

from __future__ import annotations

import html
import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.report.html.highlight import Language, diff, highlight, language
from stacks.report.html.values import value
from tests.profiles import preview_of


def plain(markup: str) -> str:
    return html.unescape(re.sub(r"</?(?:span|em)[^>]*>", "", markup))


@given(st.text(), st.sampled_from(get_args(Language)))
def test_highlighting_adds_nothing_but_spans(text: str, name: Language):
    assert plain(highlight(text, name)) == text


@given(st.text())
def test_a_diff_keeps_its_text(text: str):
    assert plain(diff(text)) == text


@pytest.mark.parametrize("path", ["examples/acme-aws.yaml", "examples/globex-compose-gcp.yaml"])
def test_every_rendered_file_keeps_its_text(path: str):
    for name, text in preview_of(path).files.items():
        assert plain(highlight(text, language(name, text))) == text


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("a/values.yaml", "", "yaml"),
        ("a/start", "#!/bin/bash\n", "shell"),
        ("a/common.sh", "", "shell"),
        ("a/daemon.json", "", "json"),
        ("a/k3s.service", "", "ini"),
        ("a/.env", "A=b", "ini"),
        ("a/Caddyfile", "", "caddy"),
        ("a/downloads.tsv", "", "plain"),
    ],
)
def test_the_language_follows_the_name(path: str, text: str, wanted: str):
    assert language(path, text) == wanted


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("yaml", "key: 12", '<span class="h-k">key</span>: <span class="h-n">12</span>'),
        ("yaml", "# why", '<span class="h-c"># why</span>'),
        ("yaml", "- name: 'a'", '<span class="h-k">- name</span>: <span class="h-s">&#39;a&#39;</span>'),
        ("shell", 'echo "$HOME"', 'echo &#34;<span class="h-v">$HOME</span>&#34;'),
        ("json", '{"a": true}', '{<span class="h-k">&#34;a&#34;</span>: <span class="h-w">true</span>}'),
        ("ini", "[Unit]\nAfter=x", '<span class="h-w">[Unit]</span>\n<span class="h-k">After</span>=x'),
        ("caddy", "tls {$MAIL}", '<span class="h-k">tls</span> <span class="h-v">{$MAIL}</span>'),
    ],
)
def test_parts_of_a_file_have_their_colours(name: Language, text: str, wanted: str):
    assert highlight(text, name) == wanted


def test_lines_of_a_diff_keep_their_signs_and_have_their_classes():
    assert diff("+++ b\n+new\n-old") == '+++ b\n<span class="d-add">+new</span>\n<span class="d-del">-old</span>'


def test_a_value_reads_like_yaml():
    given_ = {"size": 10, "tags": {"team": "a"}, "rules": [{"port": 1, "to": 2}], "none": None, "empty": {}}
    assert plain(value(given_)) == "size: 10\ntags:\n  team: a\nrules:\n  - port: 1\n    to: 2\nnone: null\nempty: {}"
