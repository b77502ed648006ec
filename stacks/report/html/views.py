"""What the page's template reads: one view a profile, every number and link computed, nothing laid out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from stacks.cost.estimate import CostLine
from stacks.policies.policy import Finding
from stacks.preview import Resource, StackPreview
from stacks.report.assessment import Assessment
from stacks.report.html import kinds
from stacks.report.html.anchors import anchor
from stacks.report.html.diagram import graph, not_drawn
from stacks.report.html.highlight import diff, highlight, language
from stacks.report.html.layout import layout
from stacks.report.html.picture import Picture
from stacks.report.html.values import value
from stacks.report.words import ACTIONS, categories, destructive, is_sentences, name_of, short_type

if TYPE_CHECKING:
    from markupsafe import Markup

    from stacks.changes.change import ResourceChange
    from stacks.report.html.graph import Graph

ACTION_WORDS: Final = {"forget": "leave behind", "may-replace": "may replace", "same": "unchanged"}


@dataclass(frozen=True, slots=True)
class Link:
    """Where a name leads; `href` is "" where the page has no such element."""

    text: str
    href: str
    noun: str = ""


@dataclass(frozen=True, slots=True)
class ResourceView:
    """One row of the list of resources."""

    id: str
    urn: str
    name: str
    type: str
    noun: str
    family: str
    stack: str
    action: str
    mark: str
    """In a word, what keeps it from being deleted; "" for nothing."""
    inputs: Markup
    options: tuple[str, ...]
    needs: tuple[Link, ...]
    used_by: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class FileView:
    """One rendered file, and its difference from the base."""

    id: str
    path: str
    action: str
    text: Markup
    diff: Markup
    lines: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One category of cost, and its share of the dearest, in hundredths."""

    name: str
    monthly: float
    unknown: int
    share: float
    lines: tuple[CostLine, ...]


class ProfileView:
    """One profile."""

    def __init__(self, assessment: Assessment, number: int) -> None:
        self.assessment = assessment
        self.id = f"p{number}"
        self._actions = (
            {change.urn: change.action for change in assessment.changes.resources} if assessment.changes else {}
        )

    @cached_property
    def _by_urn(self) -> Mapping[str, Resource]:
        return {resource.urn: resource for resource in self.assessment.preview.resources}

    def link(self, subject: str) -> Link:
        """Of a URN, a path, or a claim's name."""
        resource = self._by_urn.get(subject)
        if resource is not None:
            href = anchor(self.id, subject) if resource.is_created else ""
            return Link(resource.name, href, kinds.noun(resource.type))
        known = subject in self.assessment.preview.files
        return Link(name_of(subject), anchor(self.id, subject) if known else "")

    def value(self, given: object) -> Markup:
        """A JSON value as HTML."""
        return value(given)

    @cached_property
    def resources(self) -> list[ResourceView]:
        """Everything that is created, in the order of construction."""
        users: dict[str, list[str]] = {}
        for resource in self.assessment.preview.resources:
            for urn in resource.depends_on:
                users.setdefault(urn, []).append(resource.urn)
        return [
            self._resource(stack, resource, users)
            for stack in self.assessment.preview.stacks
            for resource in stack.resources
            if resource.is_created
        ]

    def _resource(self, stack: StackPreview, resource: Resource, users: Mapping[str, list[str]]) -> ResourceView:
        return ResourceView(
            anchor(self.id, resource.urn),
            resource.urn,
            resource.name,
            short_type(resource.type),
            kinds.noun(resource.type),
            kinds.family(resource.type),
            stack.name,
            self._actions.get(resource.urn, "create"),
            "protected" if resource.protect else "kept" if resource.retain_on_delete else "",
            value(resource.inputs),
            tuple(_options(resource)),
            tuple(self.link(urn) for urn in resource.depends_on),
            tuple(self.link(urn) for urn in users.get(resource.urn, ())),
        )

    @cached_property
    def families(self) -> list[str]:
        """Those that have a resource."""
        found = {resource.family for resource in self.resources}
        return [family for family in kinds.FAMILIES if family in found]

    @cached_property
    def actions(self) -> list[str]:
        """Those that a listed resource has, what destroys first."""
        found = {resource.action for resource in self.resources}
        return [action for action, _, _ in ACTIONS if action in found]

    @cached_property
    def destructive(self) -> list[ResourceChange]:
        """Changes that destroy, may destroy, lose data, or that the cloud refuses."""
        changes = self.assessment.changes
        return destructive(changes) if changes else []

    @cached_property
    def findings(self) -> list[tuple[Finding, Link]]:
        """Those that nobody waived."""
        return [(found, self.link(found.breach.subject)) for found in self.assessment.findings if not found.waived]

    @cached_property
    def waived(self) -> list[tuple[Finding, Link]]:
        """Those that the profile accepts."""
        return [(found, self.link(found.breach.subject)) for found in self.assessment.findings if found.waived]

    @cached_property
    def files(self) -> list[FileView]:
        """Rendered files, those that differ first; files that only the base has come last."""
        changes = {change.path: change for change in self.assessment.changes.files} if self.assessment.changes else {}
        found = list[FileView]()
        for path, text in self.assessment.preview.files.items():
            changed = changes.pop(path, None)
            found.append(
                FileView(
                    anchor(self.id, path),
                    path,
                    changed.action if changed else "",
                    highlight(text, language(path, text)),
                    diff(changed.diff if changed else ""),
                    text.count("\n") + (not text.endswith("\n")),
                )
            )
        for path, changed in changes.items():
            found.append(FileView(anchor(self.id, path), path, changed.action, value(""), diff(changed.diff), 0))
        return sorted(found, key=lambda file: not file.action)

    @cached_property
    def bars(self) -> list[Bar]:
        """Cost by category, the dearest first."""
        rows = categories(self.assessment.cost)
        most = max((monthly for _, monthly, _ in rows), default=0.0) or 1.0
        return [
            Bar(
                name,
                monthly,
                unknown,
                round(100 * monthly / most, 1),
                tuple(line for line in self.assessment.cost.lines if line.category == name),
            )
            for name, monthly, unknown in rows
        ]

    @cached_property
    def picture(self) -> Picture | None:
        """The diagram; None where there is nothing to draw."""
        return layout(self._graph) if self._graph else None

    @cached_property
    def _graph(self) -> Graph | None:
        return graph(self.assessment.preview, self.id, self._actions)

    @cached_property
    def not_drawn(self) -> list[tuple[str, int]]:
        """What the diagram leaves out."""
        return not_drawn(self.assessment.preview, self._graph) if self._graph else []

    def told(self, stack: StackPreview) -> dict[str, list[str]]:
        """Outputs that are sentences."""
        return {name: given for name, given in stack.outputs.items() if is_sentences(given)}

    def outputs(self, stack: StackPreview) -> dict[str, Markup]:
        """The other outputs."""
        return {name: value(given) for name, given in stack.outputs.items() if not is_sentences(given) and given != []}


def _options(resource: Resource) -> Iterator[str]:
    if resource.protect:
        yield "protected: the engine refuses to delete it until somebody lifts the protection"
    if resource.retain_on_delete:
        yield "kept: stays in the cloud after the stack is destroyed"
    if resource.delete_before_replace:
        yield "deleted before its replacement is created"
    if resource.ignore_changes:
        yield f"changes are ignored of: {', '.join(resource.ignore_changes)}"
