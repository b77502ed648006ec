"""What is known about replacements: whether one changed input replaces its resource, and how that goes.

The tables in `replacement/` hold one entry a resource type. Its rows say of an input path (camelCase, list indices left
out) that a change of it replaces the resource, happens in place, or depends: a condition names one rule of `RULES`. The
row of the longest path decides, so a row covers what lies below it. `kept` lists inputs that keep their value where
they are no longer given, `unordered` the lists that are sets, `autoname` the input that a provider fills in. What holds
for many types stands once: inputs that all types of a provider share under `common`, and the rules of the bridge and of
Kubernetes about names in `deletes_first`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from stacks.changes.properties import Path, Segment, is_known, parse, same
from stacks.changes.rules import RULES, Change, Outcome, lookup

_TABLES: Final = ("aws", "gcp", "kubernetes", "other")
_WEIGHT: Final[Mapping[Outcome, int]] = {"no": 0, "fails": 1, "may-replace": 2, "replace": 3}
"""Of several parts that change together the heaviest counts: a replacement makes anew what an update would refuse."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one changed input leads to."""

    forces: Literal["no", "replace", "may-replace", "fails"]
    reason: str
    """Why, in words; "" where nothing is forced."""
    source: str
    """Of the fact, with the day it was read; "" where there is none."""


@dataclass(frozen=True, slots=True)
class _Row:
    path: tuple[str, ...]
    rule: str
    """`replaces`, `in-place` or one of `RULES`."""
    text: str
    source: str
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the rule needs beside the values, such as the path of a flag."""


@dataclass(frozen=True, slots=True)
class _Type:
    rows: Mapping[tuple[str, ...], _Row]
    stateful: bool = False
    autoname: str | None = None
    """The input that the provider fills in where the program gives none."""
    delete_first: bool = False
    kept: frozenset[tuple[str, ...]] = frozenset()
    """Inputs that the cloud decides where they are not given: given no more, they keep their value."""
    unordered: frozenset[tuple[str, ...]] = frozenset()

    def keeps(self, tokens: Path, new: Mapping[str, Any]) -> bool:
        """Whether the input is one that the cloud decides, and is no longer given; one item less is another list."""
        while isinstance(tokens[-1], int):
            tokens = tokens[:-1]
        return _names(tokens) in self.kept and lookup(new, tokens) is None

    def row(self, tokens: Path) -> tuple[_Row, Path] | None:
        """The row that covers this place, and the place of the row's own value."""
        for end in range(len(tokens), 0, -1):
            place = tokens[:end]
            if not isinstance(place[-1], int) and (row := self.rows.get(_names(place))):
                return row, place
        return None


def judge(
    type_: str, path: str, before: object, after: object, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Judgement:
    """What the change of one input leads to.

    Args:
        type_: Type token, such as `aws:ebs/volume:Volume`.
        path: camelCase with indices, such as `ebsBlockDevices[0].volumeSize`.
        before: JSON value, `UNKNOWN` or `SECRET`; None: was not given.
        after: The same; None: is no longer given. The caller knows that it differs; a value that is unknown on a side
            counts as changed.
        old: All inputs of the side before; conditions look at others than the changed one.
        new: The same, after.

    Returns:
        `may-replace` where there is no row for the type or the input, and where a condition hangs on an unknown value.
    """
    found = _types().get(type_)
    if found is None:
        return Judgement("may-replace", f"no fact is known about {type_}", "")
    parts = [_judge_part(found, part, old, new) for part in _parts(found, parse(path), before, after)]
    return max(parts, key=lambda part: _WEIGHT[part.forces])


def is_stateful(type_: str) -> bool:
    """Whether resources of this type hold data or identity that a replacement loses."""
    found = _types().get(type_)
    return found is not None and found.stateful


def is_unordered(type_: str, path: str) -> bool:
    """Whether the list at this path is a set to the provider: another order of its items is no change."""
    found = _types().get(type_)
    return found is not None and _names(parse(path)) in found.unordered


def keeps(type_: str, path: str, new: Mapping[str, Any]) -> bool:
    """Whether the input at this path is no longer given and keeps its value: the provider sees no change."""
    found = _types().get(type_)
    return found is not None and found.keeps(parse(path), new)


def fact_types() -> frozenset[str]:
    """All types with facts."""
    return frozenset(_types())


def deletes_first(type_: str, old: Mapping[str, Any], new: Mapping[str, Any], changed_paths: Collection[str]) -> bool:
    """Whether a replacement deletes before it creates, as far as the provider decides; resource options come on top.

    Two resources cannot have one name at the same time. The bridge of the AWS and GCP providers deletes first when its
    type says so, or whenever the program gives the input that would be named automatically, even if that name is what
    changes (pulumi/pulumi-terraform-bridge@59de6c661df1 pkg/tfbridge/schema.go, nameRequiresDeleteBeforeReplace; its
    exception for changed names is for types that list unique name fields, and none here does; read 2026-11-22).
    Kubernetes deletes first unless the name or the namespace changes (pulumi/pulumi-kubernetes@94977969d641
    provider/pkg/provider/provider.go, Diff), and never for a Helm release (helm_release.go, Diff; read 2026-11-22).
    """
    found = _types().get(type_)
    if found is None:
        return False
    if found.delete_first:
        return True
    if found.autoname is not None:
        return new.get(found.autoname) is not None
    place = ("metadata", "name"), ("metadata", "namespace")
    named = lookup(new, place[0]) is not None and all(same(lookup(old, each), lookup(new, each)) for each in place)
    return named and not {"metadata.name", "metadata.namespace"} & set(changed_paths)


def _judge_part(found: _Type, part: tuple[Path, Any, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> Judgement:
    tokens, before, after = part
    covering = found.row(tokens)
    shown = ".".join(_names(tokens))
    if covering is None:
        return Judgement("may-replace", f"no fact says whether a change of {shown} replaces it", "")
    row, place = covering
    if row.rule == "in-place" or (after is None and found.keeps(tokens, new)):
        return Judgement("no", "", row.source)
    if row.rule == "replaces":
        return Judgement("replace", f"{'.'.join(row.path)} is settled at creation", row.source)
    if place != tokens:
        before, after = lookup(old, place), lookup(new, place)
    forces = RULES[row.rule](Change(before, after, old, new, row.given))
    reason = {"no": "", "may-replace": f"the preview does not tell: {row.text}"}.get(forces, row.text)
    return Judgement(forces, reason, row.source)


def _parts(found: _Type, tokens: Path, before: object, after: object) -> Iterator[tuple[Path, Any, Any]]:
    """The change and, where it is one of blocks, the changes below it that have rows of their own.

    A block that forces a replacement forces it by coming and going; what changes within it is judged by the rows within
    (the bridged providers' schemas flag both apart).
    """
    within = [] if not (is_known(before) and is_known(after)) else list(_below(before, after))
    added_or_removed = before is None or after is None or type(before) is not type(after)
    if not within or (added_or_removed and found.row(tokens)):
        yield tokens, before, after
    for token, old, new in within:
        yield from _parts(found, (*tokens, token), old, new)


def _below(before: object, after: object) -> Iterator[tuple[Segment, Any, Any]]:
    """The parts of two objects, or of two lists item by item, that differ; of one object or list: all its parts."""
    sides = [_items(side) for side in (before, after)]
    for token in dict.fromkeys(token for side in sides for token in side):
        old, new = (side.get(token) for side in sides)
        if not (is_known(old) and is_known(new) and same(old, new)):
            yield token, old, new


def _items(value: object) -> Mapping[Segment, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    return dict(enumerate(value)) if isinstance(value, list) else {}


def _names(tokens: Path) -> tuple[str, ...]:
    return tuple(token for token in tokens if isinstance(token, str))


@cache
def _types() -> Mapping[str, _Type]:
    found: dict[str, _Type] = {}
    for name in _TABLES:
        text = files("stacks.changes").joinpath("replacement", f"{name}.json").read_text(encoding="utf-8")
        table = json.loads(text)
        common = _rows(table["common"])
        found |= {type_: _type(entry, common) for type_, entry in table["types"].items()}
    return found


def _type(entry: Mapping[str, Any], common: Mapping[tuple[str, ...], _Row]) -> _Type:
    return _Type(
        rows={**common, **_rows(entry)},
        stateful=entry.get("stateful", False),
        autoname=entry.get("autoname"),
        delete_first=entry.get("delete_first", False),
        kept=_places(entry.get("kept", ())),
        unordered=_places(entry.get("unordered", ())),
    )


def _places(paths: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(path.split(".")) for path in paths)


def _rows(entry: Mapping[str, Any]) -> Mapping[tuple[str, ...], _Row]:
    source = f"{entry['source']}, read {entry['read']}"
    plain = [("replaces", path) for path in entry.get("replaces", ())]
    plain += [("in-place", path) for path in entry.get("in_place", ())]
    rows = [_Row(tuple(path.split(".")), rule, "", source) for rule, path in plain]
    for path, condition in entry.get("conditions", {}).items():
        own = f"{condition['source']}, read {entry['read']}" if "source" in condition else source
        given = {name: value for name, value in condition.items() if name not in {"rule", "text", "source"}}
        rows.append(_Row(tuple(path.split(".")), condition["rule"], condition["text"], own, given))
    return {row.path: row for row in rows}
