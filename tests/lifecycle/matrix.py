"""What becomes of each target when one thing of its profile changes: the table, and what the comparison says.

A file of `table/` describes targets that answer alike:

- `profile`: the deployment that everything is compared with; `targets`: what of it is another for each of them.
- `changes`: by name, `to` (fields of the profile with their new values; null takes a field out), `from` (the same of the
  side before, where the change needs another one), `only` (targets that have it), and one answer:
  - `told`: what is said, and of which resources: `TYPE`, or `TYPE NAME` where others of the type differ. Whatever is not
    listed must be the same. Under names of targets stands what is told of those beside.
  - `refused`: the fields that the plan objects to.
- Where `wrong` says why, the right answer of the table is not yet given.

What is said reads `ACTION: INPUTS; more`. The inputs are those that force a replacement, or that the cloud refuses, or
that an update changes. `kept` are inputs that differ and are left as they are, `loss` means that data goes, `protected`
that the engine refuses until the protection is lifted. `create, delete`: one is made and another of its name goes.

The side before is the preview in `saved/`: so the table also tells what a release would do to a deployment that was made
with an earlier one. With `from`, both sides are made now.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from recommender.profile_file import parse_profile
from stacks.changes.change import Changes, ResourceChange
from stacks.changes.compare import compare
from stacks.changes.saved import parse
from stacks.preview import Preview
from stacks.preview_profile import preview_profile

_FOLDER = Path(__file__).parent
SAVED = _FOLDER / "saved"

Document = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One change of one target, and what must be said of it."""

    target: str
    change: str
    before: Document | None
    """The profile that is deployed; None: the saved one."""
    after: Document
    """The profile that would be."""
    told: Mapping[str, str]
    """`TYPE` or `TYPE NAME` to the answer."""
    refused: tuple[str, ...]
    """Fields that the plan objects to."""
    wrong: str = ""
    """Why the answer is known to be another than the right one, which the table has."""

    def changes(self) -> Changes:
        """What the comparison says."""
        before = _made(json.dumps(self.before)) if self.before else saved(self.target)
        return compare(before, preview_profile(parse_profile(self.after)), base_name="saved")

    def unexpected(self, found: Changes) -> dict[str, str]:
        """What is said otherwise than the table has it: resource to answer; nothing where all is as expected."""
        answers = said(found)
        told = {name: answer for name, answer in answers.items() if answer != self._expected(name)}
        idle = [rule for rule in self.told if not any(rule in (name, _type(name)) for name in answers)]
        return told | dict.fromkeys(idle, "no such resource")

    def _expected(self, name: str) -> str:
        return self.told.get(name, self.told.get(_type(name), "same"))


def targets() -> dict[str, Document]:
    """Every target by name, with its profile."""
    return {
        name: edited(table["profile"], edits or {}) for table in _tables() for name, edits in table["targets"].items()
    }


def cells() -> Iterator[Cell]:
    """The whole table."""
    profiles = targets()
    for table in _tables():
        for change, row in table["changes"].items():
            for target in row.get("only", table["targets"]):
                yield _cell(target, change, row, profiles[target], frozenset(table["targets"]))


def _cell(target: str, change: str, row: Mapping[str, Any], profile: Document, names: frozenset[str]) -> Cell:
    told = row.get("told", {})
    own = [told[key] for key in told if target in key.split(", ")]
    common = {key: which for key, which in told.items() if not names.issuperset(key.split(", "))}
    before = edited(profile, row["from"]) if "from" in row else None
    return Cell(
        target=target,
        change=change,
        before=before,
        after=edited(before or profile, row["to"]),
        told={rule: answer for group in (common, *own) for answer, rules in group.items() for rule in rules},
        refused=tuple(row.get("refused", ())),
        wrong=row.get("wrong", ""),
    )


def edited(profile: Document, edits: Mapping[str, Any]) -> Document:
    """The profile with other values in some fields, given as `scale.users`; null takes a field out."""
    result = copy.deepcopy(profile)
    for path, value in edits.items():
        *above, last = path.split(".")
        holder = result
        for name in above:
            holder = holder.setdefault(name, {})
        if value is None:
            holder.pop(last, None)
        else:
            holder[last] = value
    return result


def said(found: Changes) -> dict[str, str]:
    """The comparison's answers in the words of the table, by `TYPE NAME`."""
    answers: dict[str, set[str]] = {}
    for change in found.resources:
        answers.setdefault(f"{change.type.rpartition(':')[2]} {change.name}", set()).add(_answer(change))
    return {name: ", ".join(sorted(several)) for name, several in answers.items()}


def _answer(change: ResourceChange) -> str:
    action, inputs = _action(change)
    parts = [f"{action}: {', '.join(dict.fromkeys(inputs))}" if inputs else action, *map(_option, change.options)]
    return "; ".join([*parts, "loss"] if change.loss else parts)


def _action(change: ResourceChange) -> tuple[str, list[str]]:
    failing = [each.path for each in change.properties if each.forces == "fails"]
    if failing:
        return "refused", failing
    if change.action == "update":
        return change.action, [each.path.partition(".")[0].partition("[")[0] for each in change.properties]
    return change.action, [each.path for each in change.properties if each.forces == change.action]


def _option(words: str) -> str:
    if words.startswith("protected"):
        return "protected"
    if words.startswith("changes of "):
        return words.partition(":")[0]
    path, kept, _ = words.partition(" differs and is left as it is")
    return f"kept: {path}" if kept else words


def _type(name: str) -> str:
    return name.partition(" ")[0]


@cache
def saved(target: str) -> Preview:
    """What was made of a target's profile when somebody last wrote it down."""
    path = SAVED / f"{target}.json"
    (found,) = parse(path.read_text(encoding="utf-8"), path.name)
    return found.preview


@lru_cache(maxsize=4)
def _made(profile: str) -> Preview:
    """Cells that share a side before follow each other."""
    return preview_profile(parse_profile(json.loads(profile)))


@cache
def _tables() -> tuple[Document, ...]:
    paths = sorted((_FOLDER / "table").glob("*.yaml"))
    return tuple(yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths)
