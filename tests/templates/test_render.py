"""The renderer refuses what it does not know, and quotes what it knows."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import jinja2
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.errors import MoorageError
from recommender.kubernetes.plan import KubernetesPlan
from templates import render
from templates.bundle import make_bundle
from templates.ci.files import ci_files
from templates.context import File, machine_context
from templates.overlays import UserDataContext
from templates.render import environment, shell
from templates.render import yaml as yaml_scalar
from tests.kubernetes.test_planner import plan as kubernetes_plan
from tests.kubernetes.variants import variants
from tests.plans import aws_plan, gcp_plan
from tests.templates.matrix import plans

UNPRINTABLE = ["a\nb", "a\x00b", "a\x1b[2Jb", "a\x7fb", "a\x85b", "a\u2028b", "a\u202eb", "\ud800"]
printable = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs")) | st.just(" "))


@dataclass(frozen=True)
class OneName:
    name: str


def every_template() -> list[str]:
    package = Path(str(files("templates")))
    return sorted(str(path.relative_to(package)) for path in package.rglob("*.j2"))


@pytest.mark.parametrize(
    "expression", ["{{ absent }}", "{{ absent | shell }}", "{{ absent | yaml }}", "{{ absent | indent }}"]
)
def test_an_undefined_name_is_refused_by_its_name(expression: str) -> None:
    with pytest.raises(jinja2.UndefinedError, match="'absent' is undefined"):
        environment().from_string(expression).render()


def test_the_refusal_of_an_undefined_name_says_which_template() -> None:
    with pytest.raises(MoorageError, match=r"template machine_image/guard\.sh\.j2: 'vendor_user' is undefined"):
        render("machine_image/guard.sh.j2", OneName("acme"))


@pytest.mark.parametrize("name", ["machine_image/absent.j2", "machine_image", ""])
def test_an_unknown_template_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(MoorageError, match=re.escape(f"there is no template {name}")):
        render(name, OneName("acme"))


@pytest.mark.parametrize("value", UNPRINTABLE)
@pytest.mark.parametrize("quote", [shell, yaml_scalar])
def test_a_value_that_cannot_be_printed_on_one_line_is_refused(quote: object, value: str) -> None:
    assert callable(quote)
    with pytest.raises(ValueError, match="cannot be printed"):
        quote(value)


@pytest.mark.parametrize("value", UNPRINTABLE)
def test_the_refusal_of_a_value_says_which_template_and_which_name(value: str) -> None:
    context = replace(machine_context(aws_plan()), zone=value)
    with pytest.raises(MoorageError, match=r"template machine_image/machine\.env\.j2: zone holds a character"):
        render("machine_image/machine.env.j2", context)


def test_none_is_refused_rather_than_printed() -> None:
    context = replace(machine_context(aws_plan()), zone=None)
    with pytest.raises(MoorageError, match="zone is None"):
        render("machine_image/machine.env.j2", context)
    with pytest.raises(ValueError, match="is None"):
        environment().from_string("{{ x }}").render(x=None)


@given(st.lists(printable, min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_a_shell_word_is_one_argument_with_the_same_text(values: list[str]) -> None:
    script = "printf '%s\\0' " + " ".join(shell(value) for value in values)
    out = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout
    assert out.decode().split("\0")[:-1] == values


@given(printable)
def test_a_yaml_scalar_is_a_string_with_the_same_text(value: str) -> None:
    assert yaml.safe_load(f"key: {yaml_scalar(value)}\n") == {"key": value}


@pytest.mark.parametrize("value", ["!!python/object:os.system", "yes", "012", "{{ name }}", "- a", "'\"", "&a", "# b"])
def test_yaml_syntax_in_a_value_stays_text(value: str) -> None:
    context = UserDataContext(
        name="acme",
        version="6.12.5040",
        guards=("true\n",),
        files=(File(path=value, mode="0644", text="x\n"),),
        units=("moorage-start.service",),
    )
    (entry,) = yaml.safe_load(render("single_node/user_data.yaml.j2", context))["write_files"]
    assert entry == {"path": value, "permissions": "0644", "content": "x\n"}


STRUCTURE = "for|endfor|if|elif|else|endif|macro|endmacro|include|raw|endraw"


def is_read_by_a_shell(template: str) -> bool:
    return template.endswith((".sh.j2", ".env.j2")) or template == "single_node/user_data.yaml.j2"


def test_every_expression_that_a_shell_or_cloud_init_reads_is_quoted() -> None:
    """Other formats print names and numbers bare; `checked` has let nothing else through, and each has hostile tests."""
    for template in filter(is_read_by_a_shell, every_template()):
        text = files("templates").joinpath(template).read_text()
        for expression in re.findall(r"\{\{(.*?)\}\}", text):
            assert re.search(r"\| (shell|yaml|indent\([36]\)) $", expression), f"{template}: {expression}"


def test_every_template_makes_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()
    get_template = jinja2.Environment.get_template

    def record(self: jinja2.Environment, name: str, *parent: str) -> jinja2.Template:
        used.add(name)
        return get_template(self, name, *parent)

    monkeypatch.setattr(jinja2.Environment, "get_template", record)
    fenced = {words: plan for words, plan in plans().items() if " XS " in words}
    clusters = [KubernetesPlan(plan.name, None, plan, (), ()) for plan in variants().values()]
    clusters.append(kubernetes_plan("aws"))
    for plan in (aws_plan(), gcp_plan(), *fenced.values(), *clusters):
        make_bundle(plan)
    for system in ("github", "gitlab"):
        ci_files(system, ["profiles/*.yaml"])
    assert sorted(used) == every_template()


def test_templates_hold_no_decisions() -> None:
    """A script has loops and nothing else; other formats leave out what the plan does not have, and compare no numbers.
    They may name a part that stands in several places, and leave alone what is GitHub's own.

    The README for people is prose: it says what the plan has.
    """
    for template in every_template():
        text = files("templates").joinpath(template).read_text()
        tags = re.findall(r"\{%-? *(.*?) *-?%\}", text)
        if is_read_by_a_shell(template):
            assert [tag for tag in tags if not re.match("for|endfor", tag)] == [], template
        elif not template.endswith(".md.j2"):
            assert [tag for tag in tags if not re.match(STRUCTURE, tag)] == [], template
            compared = [tag for tag in tags if not tag.startswith("include")]
            assert [tag for tag in compared if re.search(r"[<>+*/%]|[0-9]", tag)] == [], template
