"""A preview for people: the tree of resources, what is protected, the outputs, the files, and what nobody checked."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stacks.chart_preview.text import chart_lines
from stacks.preview import SECRET, UNKNOWN, Preview, Resource, StackPreview

WIDTH = 110
"""Columns that no line exceeds."""

_DIGEST_LENGTH = 12


def render(preview: Preview) -> str:
    """The whole preview as text, without colours, in lines of at most `WIDTH` columns but for the name of an image."""
    sections = [
        _heading(preview),
        *(_stack_section(stack) for stack in preview.stacks),
        "\n".join(chart_lines(preview.chart, WIDTH)) if preview.chart else "",
        _section("Protected and kept", _safe_lines(preview.stacks)),
        _section("Files", _rows([(path, digest[:_DIGEST_LENGTH]) for path, digest in preview.overlays.items()])),
        _section("Not checked by this preview", _bullets(preview.unchecked)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _heading(preview: Preview) -> str:
    if not preview.stacks:
        files = f", {_count(len(preview.overlays), 'file')} for a machine of yours" if preview.overlays else ""
        return f"Preview of {preview.target}: nothing is created in a cloud{files}"
    created = sum(_is_created(resource) for stack in preview.stacks for resource in stack.resources)
    stacks = _count(len(preview.stacks), "stack")
    return f"Preview of {preview.target}: {_count(created, 'resource')} to create in {stacks}, nothing is changed yet"


def _stack_section(stack: StackPreview) -> str:
    told = {name: value for name, value in stack.outputs.items() if _is_sentences(value)}
    short = {name: value for name, value in stack.outputs.items() if name not in told and value != []}
    parts = [
        "\n".join((f"Stack {stack.name}", *_tree(stack))),
        "\n".join(_summary(stack)),
        _section("Outputs", _rows([(name, _value(value)) for name, value in short.items()])),
        *(_section(name.replace("_", " ").capitalize(), _bullets(sentences)) for name, sentences in told.items()),
    ]
    return "\n\n".join(part for part in parts if part)


def _tree(stack: StackPreview) -> Iterator[str]:
    children: dict[str | None, list[Resource]] = {}
    for resource in stack.resources:
        children.setdefault(resource.parent, []).append(resource)
    rows = list(_branches(children, None, ""))
    column = max((len(label) for label, _ in rows), default=0)
    for label, resource in rows:
        yield _cut(f"{label:{column}}  {resource.name}{_marks(resource)}")


def _branches(
    children: Mapping[str | None, Sequence[Resource]], parent: str | None, indent: str
) -> Iterator[tuple[str, Resource]]:
    siblings = children.get(parent, ())
    for index, resource in enumerate(siblings):
        last = index == len(siblings) - 1
        sign = "" if resource.component else "+ "
        yield f"{indent}{'└─' if last else '├─'} {sign}{_short(resource.type)}", resource
        yield from _branches(children, resource.urn, f"{indent}{'   ' if last else '│  '}")


def _summary(stack: StackPreview) -> Iterator[str]:
    created = [resource for resource in stack.resources if _is_created(resource)]
    components = sum(resource.component for resource in stack.resources)
    total = f"{_count(len(stack.resources), 'resource')}: {len(created)} to create"
    grouped = f" in {_count(components, 'component')}" if components else ""
    protected = sum(resource.protect for resource in created)
    kept = sum(resource.retain_on_delete for resource in created)
    safe = "".join(f"; {number} {word}" for number, word in ((protected, "protected"), (kept, "kept")) if number)
    yield f"{total}{grouped}{safe}"
    services = Counter(_short(resource.type).rpartition(":")[0] for resource in created)
    by_count = sorted(services.items(), key=lambda item: (-item[1], item[0]))
    # A count and its service stay on one line: textwrap does not break at a no-break space.
    listed = ", ".join(f"{count}\N{NO-BREAK SPACE}{service}" for service, count in by_count)
    yield from (line.replace("\N{NO-BREAK SPACE}", " ") for line in _wrapped(listed, "  "))


def _safe_lines(stacks: Iterable[StackPreview]) -> Iterator[str]:
    resources = [resource for stack in stacks for resource in stack.resources if not resource.component]
    safe = [resource for resource in resources if resource.protect or resource.retain_on_delete]
    yield from _rows([(resource.name, f"{_short(resource.type)}{_marks(resource)}") for resource in safe])
    if any(resource.protect for resource in safe):
        yield "  protected: the engine refuses to delete it until somebody lifts the protection"
    if any(resource.retain_on_delete for resource in safe):
        yield "  kept: stays in the cloud after the stack is destroyed, until somebody deletes it"


def _is_created(resource: Resource) -> bool:
    """Components group resources, providers configure them, references read other stacks; none exists in a cloud."""
    return not resource.component and not resource.type.startswith("pulumi:")


def _marks(resource: Resource) -> str:
    marks = [word for word, is_set in (("protected", resource.protect), ("kept", resource.retain_on_delete)) if is_set]
    return f"  [{', '.join(marks)}]" if marks and not resource.component else ""


def _short(token: str) -> str:
    """The type as Pulumi's own display has it: `aws:ec2:Vpc` for `aws:ec2/vpc:Vpc`."""
    package, _, rest = token.partition(":")
    module, _, member = rest.partition(":")
    return f"{package}:{module.partition('/')[0]}:{member}" if member else token


def _is_sentences(value: object) -> bool:
    """Outputs such as notes, which a person reads and no program does."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) and " " in item for item in value)


def _value(value: object) -> str:
    value = _in_words(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _in_words(value: object) -> object:
    if value == UNKNOWN:
        return "(known after creation)"
    if value == SECRET:
        return "(secret)"
    if isinstance(value, dict):
        return {key: _in_words(member) for key, member in value.items()}
    return [_in_words(item) for item in value] if isinstance(value, list) else value


def _section(title: str, lines: Iterable[str]) -> str:
    body = list(lines)
    return "\n".join((title, *body)) if body else ""


def _rows(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Two columns; what is too long for its line is cut."""
    column = max((len(left) for left, _ in pairs), default=0)
    for left, right in pairs:
        yield _cut(f"  {left:{column}}  {right}")


def _bullets(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        first, *rest = _wrapped(sentence, "    ")
        yield from (f"  - {first.strip()}", *rest)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _cut(line: str) -> str:
    line = " ".join(line.splitlines()).rstrip()
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
