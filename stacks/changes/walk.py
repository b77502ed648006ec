"""What becomes of each resource, decided in the order of construction, as the engine does in a preview.

What is modelled, of pulumi/pulumi@1b4949891 pkg/resource/deploy/step_generator.go (read 2026-11-22):
`processIgnoreChanges`, `applyReplaceOnChanges`, `continueStepsFromDiff`, `providerChanged`,
`calculateDependentReplacements` (what is deleted first takes with it every dependent that a changed value would
replace), `GenerateDeletes`. In place of the provider's `Diff` stand the facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from stacks.changes import facts
from stacks.changes.change import Action, PropertyChange
from stacks.changes.dependencies import Graph, label, match
from stacks.changes.properties import Difference, Path, differences, hidden, is_known, is_within, parse, render
from stacks.changes.providers import provider_changes
from stacks.preview import UNKNOWN, Preview, Resource

Forces = Literal["no", "replace", "may-replace", "fails"]

REPLACING: Final[frozenset[Action]] = frozenset({"replace", "may-replace"})
_NEW: Final[frozenset[Action]] = frozenset({"create", "replace", "may-replace"})

_ASKED_FOR: Final = "the program asks for it (replaceOnChanges)"

_COUNTED: Final[Mapping[str, Path]] = {
    "aws:ec2/launchTemplate:LaunchTemplate": ("launchTemplate", "version"),
}
"""Types whose updates count up a version, and where others take it: all but updates of `description`, which none gives
(hashicorp/terraform-provider-aws@5f2286d6d836 internal/service/ec2/ec2_launch_template.go, CustomizeDiff, read
2026-11-22). Other outputs stay what they are when their resource is updated."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one resource."""

    before: Resource | None
    after: Resource | None
    action: Action
    properties: tuple[PropertyChange, ...] = ()
    ignored: tuple[Difference, ...] = ()
    delete_first: bool = False

    @property
    def resource(self) -> Resource:
        """In HEAD, or in BASE where it is deleted."""
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class _Condemned:
    """Is deleted before something that it depends on is."""

    root: Resource
    certain: bool
    paths: tuple[PropertyChange, ...]


@dataclass
class Walk:
    """Both sides, and the fates found so far."""

    base: Graph
    head: Graph
    former: Mapping[str, str] = field(init=False)
    """URN in HEAD to URN in BASE."""
    fates: dict[str, Fate] = field(default_factory=dict[str, Fate])
    """By URN: HEAD's in their order, then those that only BASE has. Neither components nor providers."""
    _condemned: dict[str, _Condemned] = field(default_factory=dict[str, _Condemned])
    """By URN in BASE."""
    _decided: set[str] = field(default_factory=set[str])
    """URNs in BASE of what HEAD has registered so far: it cannot depend on what is decided later."""

    def __post_init__(self) -> None:
        self.former = match(self.base, self.head)

    def decide(self) -> None:
        """Finds every fate."""
        for resource in self.head.preview.resources:
            if resource.is_created:
                self.fates[resource.urn] = self._fate(resource)
        kept = set(self.former.values())
        for resource in self.base.preview.resources:
            if resource.is_created and resource.urn not in kept:
                self.fates[resource.urn] = Fate(resource, None, "forget" if resource.retain_on_delete else "delete")

    def _fate(self, after: Resource) -> Fate:
        before = self.base.by_urn.get(self.former.get(after.urn, ""))
        if before is None:
            return Fate(None, after, "create")
        found = list(
            differences(
                before.inputs,
                after.inputs,
                is_unordered=lambda path: facts.is_unordered(after.type, path),
                ignored=after.ignore_changes,
            )
        )
        left = [each for each in found if each.ignored]
        kept = [each for each in found if not each.ignored and facts.keeps(after.type, each.owner, after.inputs)]
        changes = self._changes(before, after, [each for each in found if each not in (*left, *kept)])
        action = _action(changes.values())
        if action in REPLACING:
            changes |= {each.path: _judged(before, after, each) for each in kept}
        else:
            left += kept
        paths = tuple(_settled(each) if action == "replace" else each for each in changes.values())
        condemned = self._condemned.get(before.urn)
        # Another provider replaces without a question to it, so only the program's own order holds then.
        asked = "provider" not in changes
        first = action in REPLACING and (
            after.delete_before_replace
            or condemned is not None
            or (asked and facts.deletes_first(after.type, before.inputs, after.inputs, changes.keys()))
        )
        self._decided.add(before.urn)
        if first and not (condemned and condemned.certain):
            self._condemn(before, certain=action == "replace")
        return Fate(before, after, action, paths, tuple(left), first)

    def _changes(self, before: Resource, after: Resource, found: Sequence[Difference]) -> dict[str, PropertyChange]:
        """By path: what differs itself, then what changes with something else."""
        changes = {each.path: _judged(before, after, each) for each in found}
        for more in (*self._of_dependencies(before, after), *self._of_provider(before, after)):
            changes.setdefault(more.path, more)
        condemned = self._condemned.get(before.urn)
        for more in condemned.paths if condemned else ():
            if more.path not in changes or changes[more.path].forces != "replace":
                changes[more.path] = more
        return changes

    def _of_dependencies(self, before: Resource, after: Resource) -> Iterator[PropertyChange]:
        """Values hidden on both sides that change with what they are made of."""
        for key in sorted(before.inputs.keys() & after.inputs.keys()):
            cause = self._cause(before, after, key)
            old = dict(hidden(before.inputs[key], (key,)))
            for path, value in hidden(after.inputs[key], (key,)):
                because = cause or self._counted_up(after, path)
                if because and path in old and not _is_ignored(after, path):
                    yield _changed(before, after, path, old[path], value, *because)

    def _cause(self, before: Resource, after: Resource, key: str) -> tuple[str, bool] | None:
        """Why a value changes, in words, and whether that is certain."""
        sources = self.head.made_of(after, key)
        changing = [urn for urn in sources if urn in self.fates and self.fates[urn].action in _NEW]
        if changing:
            surely = [urn for urn in changing if self.fates[urn].action != "may-replace"]
            certain = bool(surely) and self.head.certainly_changes(sources, surely)
            return " and ".join(_becomes(self.fates[urn]) for urn in (surely or changing)), certain
        if self.base.knows_inputs and self.head.knows_inputs:
            former = [self.former.get(urn, urn) for urn in sources]
            if set(former) != set(self.base.made_of(before, key)):
                names = " and ".join(label(self.head.by_urn[urn]) for urn in sources if urn in self.head.by_urn)
                return f"It is now made of {names or 'nothing that this deployment creates'}", True
        return None

    def _counted_up(self, after: Resource, path: Path) -> tuple[str, bool] | None:
        """Why a value changes though what it is made of stays: the update of that counts up a version."""
        for urn in self.head.made_of(after, str(path[0])):
            fate = self.fates.get(urn)
            if fate and fate.action == "update" and _COUNTED.get(fate.resource.type) == path:
                return f"{label(fate.resource)} gets a new version", True
        return None

    def _of_provider(self, before: Resource, after: Resource) -> Iterator[PropertyChange]:
        old, new = self.base.by_urn.get(before.provider or ""), self.head.by_urn.get(after.provider or "")
        if old and new:
            yield from provider_changes(before, after, old, new)

    def _condemn(self, root: Resource, *, certain: bool) -> None:
        """Finds what must be deleted before `root` is: dependents that the loss of its values would replace."""
        gone = {root.urn}
        for resource in self.base.preview.resources:
            if not resource.is_created or resource.urn in gone or resource.urn in self._decided:
                continue
            paths = tuple(self._lost(resource, gone, root, certain=certain))
            forces = {change.forces for change in paths}
            if forces & {"replace", "may-replace"}:
                gone.add(resource.urn)
                known = self._condemned.get(resource.urn)
                if known is None or not known.certain:
                    self._condemned[resource.urn] = _Condemned(root, "replace" in forces, paths)

    def _lost(self, resource: Resource, gone: set[str], root: Resource, *, certain: bool) -> Iterator[PropertyChange]:
        """Inputs that are made of what is gone, judged as values that nobody knows yet."""
        because = f"{label(root)} is deleted before it is made anew"
        for key in sorted(resource.inputs):
            sources = self.base.made_of(resource, key)
            lost = gone.intersection(sources)
            if not lost:
                continue
            sure = certain and self.base.certainly_changes(sources, lost)
            value = resource.inputs[key]
            for path, part in list(hidden(value, (key,))) or [((key,), value)]:
                if not _is_ignored(resource, path):
                    yield _changed(resource, resource, path, part, UNKNOWN, because, sure)


def walk(base: Preview, head: Preview) -> Walk:
    """Every fate, decided."""
    found = Walk(Graph(base), Graph(head))
    found.decide()
    return found


def _judged(before: Resource, after: Resource, each: Difference) -> PropertyChange:
    judgement = _judge(before, after, each.owner, each.before, each.after)
    reason = judgement.reason if judgement.forces != "no" else ""
    return PropertyChange(each.path, each.before, each.after, judgement.forces, reason, judgement.source)


def _changed(
    before: Resource,
    after: Resource,
    path: Path,
    old: Any,  # noqa: ANN401 - any JSON value
    new: Any,  # noqa: ANN401 - any JSON value
    because: str,
    certain: bool,
) -> PropertyChange:
    """A value that changes with what it is made of; no surer than its cause."""
    text = render(path)
    judgement = _judge(before, after, text, old, UNKNOWN if is_known(new) else new)
    forces: Forces = judgement.forces
    if forces in ("replace", "fails") and not certain:
        forces = "may-replace"
    reason = f"{because}; {judgement.reason}" if judgement.reason and forces != "no" else because
    return PropertyChange(text, old, new, forces, reason, judgement.source)


def _judge(before: Resource, after: Resource, path: str, old: object, new: object) -> facts.Judgement:
    """By the facts, unless the program asks for a replacement (`applyReplaceOnChanges`)."""
    found = facts.judge(after.type, path, old, new, before.inputs, after.inputs)
    asked = any(is_within(parse(path), parse(each)) for each in after.replace_on_changes)
    return facts.Judgement("replace", _ASKED_FOR, "") if asked and found.forces != "replace" else found


def _becomes(fate: Fate) -> str:
    words = {"create": "is new", "replace": "is replaced", "may-replace": "may be replaced"}[fate.action]
    return f"{label(fate.resource)} {words}"


def _is_ignored(resource: Resource, path: Path) -> bool:
    return any(is_within(path, parse(each)) for each in resource.ignore_changes)


def _action(changes: Iterable[PropertyChange]) -> Action:
    forces = {change.forces for change in changes}
    if "replace" in forces:
        return "replace"
    if "may-replace" in forces:
        return "may-replace"
    return "update" if forces else "same"


def _settled(change: PropertyChange) -> PropertyChange:
    """What the cloud would refuse in place it accepts of a new resource."""
    if change.forces != "fails":
        return change
    return replace(change, forces="no", reason="refused in place, but the resource is replaced")
