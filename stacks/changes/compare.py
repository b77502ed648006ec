"""What differs between two previews: every resource, every claimed disk, every rendered file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from recommender.errors import InputError, Problem
from stacks.changes import facts
from stacks.changes.change import Changes, ResourceChange
from stacks.changes.claims import compare_claims
from stacks.changes.effects import effect, refusal
from stacks.changes.files import compare_files
from stacks.changes.losses import HELD, loss
from stacks.changes.networks import refused
from stacks.changes.unseen import unchecked
from stacks.changes.walk import REPLACING, Fate, Walk, walk
from stacks.preview import Preview, Resource

_OPTION: Final = "--allow-loss"


def compare(base: Preview, head: Preview, *, base_name: str, allowed: Collection[str] = ()) -> Changes:
    """What would become of everything if HEAD were deployed where BASE is.

    Args:
        base: what is deployed.
        head: what would be.
        base_name: what BASE is, as the user named it.
        allowed: URNs of what may be lost.

    Raises:
        InputError: nothing is lost at an allowed URN.
    """
    return compare_all([(base, head, base_name)], allowed)[0]


def compare_all(pairs: Iterable[tuple[Preview, Preview, str]], allowed: Collection[str] = ()) -> list[Changes]:
    """As `compare`, of several: an allowed URN must be a loss of one of them.

    Args:
        pairs: BASE, HEAD, and what BASE is.
        allowed: URNs of what may be lost.

    Raises:
        InputError: nothing is lost at an allowed URN.
    """
    found = [_compare(base, head, base_name, tuple(sorted(set(allowed)))) for base, head, base_name in pairs]
    _check_allowed(found, allowed)
    return found


def _compare(base: Preview, head: Preview, base_name: str, allowed: tuple[str, ...]) -> Changes:
    walked = walk(base, head)
    walked.fates |= refused(walked)
    changes = {urn: _change(urn, fate, walked) for urn, fate in walked.fates.items()}
    claims, removed_claims = compare_claims(walked)
    ours = [changes[urn] for urn, fate in walked.fates.items() if fate.after]
    gone = [changes[urn] for urn, fate in walked.fates.items() if not fate.after]
    resources = (*ours, *claims, *gone, *removed_claims)
    known = {change.urn for change in resources if change.loss}
    return Changes(
        base=base_name,
        resources=resources,
        files=compare_files(base, head),
        unchecked=tuple(unchecked(walked)),
        allowed=tuple(urn for urn in allowed if urn in known),
    )


def _change(urn: str, fate: Fate, walked: Walk) -> ResourceChange:
    resource = fate.resource
    return ResourceChange(
        urn=urn,
        type=resource.type,
        name=resource.name,
        action=fate.action,
        properties=fate.properties,
        options=tuple(_options(fate)),
        delete_first=fate.delete_first,
        effect=effect(fate, walked),
        loss=loss(fate),
        stateful=resource.type in HELD or facts.is_stateful(resource.type),
    )


def _options(fate: Fate) -> Iterator[str]:
    """What else differs: options of the engine, and inputs that it is told to ignore."""
    before, after = fate.before, fate.after
    if refused := refusal(fate):
        yield refused
    if before is None or after is None:
        return
    if before.protect != after.protect:
        yield "protection is added" if after.protect else "protection is lifted"
    if before.retain_on_delete != after.retain_on_delete:
        yield "is kept when deleted from now on" if after.retain_on_delete else "is no longer kept when deleted"
    if before.delete_before_replace != after.delete_before_replace:
        order = "deletes first" if after.delete_before_replace else "creates first"
        yield f"a replacement {order} from now on"
    yield from _ignoring(before, after)
    if fate.action not in REPLACING:
        for each in fate.ignored:
            yield f"{each.path} differs and is left as it is"


def _ignoring(before: Resource, after: Resource) -> Iterator[str]:
    for path in sorted(set(after.ignore_changes) - set(before.ignore_changes)):
        yield f"changes of {path} are ignored from now on"
    for path in sorted(set(before.ignore_changes) - set(after.ignore_changes)):
        yield f"changes of {path} are no longer ignored: what is deployed may differ from BASE there"


def _check_allowed(found: Sequence[Changes], allowed: Collection[str]) -> None:
    lost = [change.urn for changes in found for change in changes.resources if change.loss]
    unknown = sorted(set(allowed) - set(lost))
    if unknown:
        choices = "one of " + ", ".join(lost) if lost else "nothing: no data would be lost"
        fix = "Name a resource exactly as given here." if lost else "Leave the option out."
        raise InputError([Problem(_OPTION, urn, choices, fix) for urn in unknown])
