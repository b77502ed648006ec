"""What a comparison of two previews could not see, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from stacks.changes.claims import are_known
from stacks.changes.files import without_text
from stacks.changes.properties import hidden
from stacks.changes.walk import Fate, Walk
from stacks.preview import SECRET, Preview

_REFERENCE = "pulumi:pulumi:StackReference"


def unchecked(walk: Walk) -> Iterator[str]:
    """Each a sentence."""
    base, head = walk.base.preview, walk.head.preview
    yield from _hidden_values(walk)
    yield from _other_stacks(walk)
    for stack in sorted({stack.name for stack in base.stacks} - {stack.name for stack in head.stacks}):
        yield f"Stack {stack} is in BASE only: no deployment of HEAD touches it, somebody must destroy it."
    for name, graph in (("BASE", walk.base), ("HEAD", walk.head)):
        if graph.preview.resources and not graph.knows_inputs:
            yield (
                f"{name} was saved without what each input is made of: where something is replaced, whatever waits for "
                "it counts as made of it."
            )
    if not are_known(base, head):
        yield "Disks that Kubernetes makes for claims: a side was saved without them."
    yield from _texts(base, head)


def _hidden_values(walk: Walk) -> Iterator[str]:
    """Values that both sides hide and nothing else says have changed."""
    unknown, secret = dict[str, str](), dict[str, str]()
    for fate in walk.fates.values():
        for path, value in _alike(fate):
            (secret if value == SECRET else unknown).setdefault(f"{fate.resource.urn} {path}", path)
    if unknown:
        yield (
            f"{_count(unknown, 'value')} that only the cloud knows on both sides, such as {_some(unknown)}: a change "
            "of text of their own, as in a policy made of ARNs, or of the order of ids in a list, is not seen."
        )
    if secret:
        yield f"{_count(secret, 'secret')} on both sides ({_some(secret)}): whether the value is another is not seen."


def _alike(fate: Fate) -> Iterator[tuple[str, object]]:
    if fate.before is None or fate.after is None:
        return
    told = {change.path.partition(".")[0].partition("[")[0] for change in fate.properties}
    for key in fate.before.inputs.keys() & fate.after.inputs.keys() - told:
        before = dict(hidden(fate.before.inputs[key]))
        for path, value in hidden(fate.after.inputs[key]):
            if before.get(path) == value:
                yield key, value


def _other_stacks(walk: Walk) -> Iterator[str]:
    """Outputs of one stack that another reads: only its deployment makes them known."""
    changing = {
        urn.split(":")[2] for urn, fate in walk.fates.items() if fate.after and fate.action not in ("same", "update")
    }
    for resource in walk.head.preview.resources:
        stack = str(resource.inputs.get("name", "")).rpartition("/")[2]
        if resource.type == _REFERENCE and stack in changing:
            reader = resource.urn.split(":")[2]
            number = sum(1 for _ in walk.head.users_of(resource.urn))
            yield (
                f"{number} inputs of stack {reader} are outputs of stack {stack}, where something is made or replaced: "
                f"preview {reader} again once {stack} is deployed."
            )


def _texts(base: Preview, head: Preview) -> Iterator[str]:
    without = {
        path
        for path in (*without_text(base), *without_text(head))
        if base.overlays.get(path) != head.overlays.get(path)
    }
    if without:
        yield f"How {_count(without, 'file')} differ: a side was saved without texts."


def _count(things: object, noun: str) -> str:
    number = len(things)  # pyright: ignore[reportArgumentType] - a set or a mapping
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _some(found: dict[str, str]) -> str:
    return ", ".join(sorted(set(found.values()))[:3])
