"""What a preview holds, for a terminal: the tree of resources, outputs, what is protected, charts, files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stacks.chart_preview.text import chart_lines
from stacks.preview import Preview, Resource, StackPreview
from stacks.report.layout import WIDTH, bullets, cut, rows, section, wrapped
from stacks.report.words import count, is_sentences, short_type, value_text

_DIGEST_LENGTH = 12


def preview_sections(preview: Preview) -> list[str]:
    """The parts of a preview, without colours, in lines of at most `WIDTH` columns but for the name of an image."""
    return [
        *(_stack_section(stack) for stack in preview.stacks),
        "\n".join(chart_lines(preview.chart, WIDTH)) if preview.chart else "",
        section("Protected and kept", _safe_lines(preview.stacks)),
        section("Files", rows([(path, digest[:_DIGEST_LENGTH]) for path, digest in preview.overlays.items()])),
    ]


def _stack_section(stack: StackPreview) -> str:
    told = {name: value for name, value in stack.outputs.items() if is_sentences(value)}
    short = {name: value for name, value in stack.outputs.items() if name not in told and value != []}
    parts = [
        "\n".join((f"Stack {stack.name}", *_tree(stack))),
        "\n".join(_summary(stack)),
        section("Outputs", rows([(name, value_text(value)) for name, value in short.items()])),
        *(section(name.replace("_", " ").capitalize(), bullets(sentences)) for name, sentences in told.items()),
    ]
    return "\n\n".join(part for part in parts if part)


def _tree(stack: StackPreview) -> Iterator[str]:
    children: dict[str | None, list[Resource]] = {}
    for resource in stack.resources:
        children.setdefault(resource.parent, []).append(resource)
    branches = list(_branches(children, None, ""))
    column = max((len(label) for label, _ in branches), default=0)
    for label, resource in branches:
        yield cut(f"{label:{column}}  {resource.name}{_marks(resource)}")


def _branches(
    children: Mapping[str | None, Sequence[Resource]], parent: str | None, indent: str
) -> Iterator[tuple[str, Resource]]:
    siblings = children.get(parent, ())
    for index, resource in enumerate(siblings):
        last = index == len(siblings) - 1
        sign = "" if resource.component else "+ "
        yield f"{indent}{'└─' if last else '├─'} {sign}{short_type(resource.type)}", resource
        yield from _branches(children, resource.urn, f"{indent}{'   ' if last else '│  '}")


def _summary(stack: StackPreview) -> Iterator[str]:
    created = [resource for resource in stack.resources if resource.is_created]
    components = sum(resource.component for resource in stack.resources)
    total = f"{count(len(stack.resources), 'resource')}: {len(created)} to create"
    grouped = f" in {count(components, 'component')}" if components else ""
    protected = sum(resource.protect for resource in created)
    kept = sum(resource.retain_on_delete for resource in created)
    safe = "".join(f"; {number} {word}" for number, word in ((protected, "protected"), (kept, "kept")) if number)
    yield f"{total}{grouped}{safe}"
    services = Counter(short_type(resource.type).rpartition(":")[0] for resource in created)
    by_count = sorted(services.items(), key=lambda item: (-item[1], item[0]))
    # A count and its service stay on one line: textwrap does not break at a no-break space.
    listed = ", ".join(f"{count}\N{NO-BREAK SPACE}{service}" for service, count in by_count)
    yield from (line.replace("\N{NO-BREAK SPACE}", " ") for line in wrapped(listed, "  "))


def _safe_lines(stacks: Iterable[StackPreview]) -> Iterator[str]:
    resources = [resource for stack in stacks for resource in stack.resources if not resource.component]
    safe = [resource for resource in resources if resource.protect or resource.retain_on_delete]
    yield from rows([(resource.name, f"{short_type(resource.type)}{_marks(resource)}") for resource in safe])
    if any(resource.protect for resource in safe):
        yield "  protected: the engine refuses to delete it until somebody lifts the protection"
    if any(resource.retain_on_delete for resource in safe):
        yield "  kept: stays in the cloud after the stack is destroyed, until somebody deletes it"


def _marks(resource: Resource) -> str:
    marks = [word for word, is_set in (("protected", resource.protect), ("kept", resource.retain_on_delete)) if is_set]
    return f"  [{', '.join(marks)}]" if marks and not resource.component else ""
