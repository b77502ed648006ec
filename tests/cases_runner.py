"""A case folder and what the program answers to it. The only place that knows the layout of `tests/cases/`."""

from __future__ import annotations

import base64
import datetime
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from recommender.errors import MoorageError
from recommender.explain import flips
from recommender.kubernetes.plan import KubernetesPlan
from recommender.planning import make_plan
from recommender.profile_file import load_profiles
from recommender.recommend import recommend
from recommender.size_profile import size_profile
from recommender.text import explanation_text, recommendation_text
from stacks.changes.sources import Pair, Side
from stacks.report.assess import Judging, assess
from stacks.report.formats import FORMATS
from templates import render_overlays, user_data, user_data_path

TODAY = datetime.date(2026, 11, 22)
"""On which exceptions of policies are judged."""

CASES = Path(__file__).parent / "cases"
SCHEMA = Path(__file__).parent.parent / "docs" / "profile.schema.json"


def case_folders() -> list[Path]:
    return sorted(path.parent for path in CASES.glob("*/profile.yaml"))


def expected(case: Path) -> dict[str, str]:
    """The goldens of a case: path below `expected/` to text."""
    folder = case / "expected"
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def actual(case: Path) -> dict[str, str]:
    """What the program answers now."""
    texts: dict[str, str] = {}
    for verb, answers in _VERBS.items():
        try:
            texts |= dict(answers(case / "profile.yaml"))
        except MoorageError as error:
            told = str(error).replace(str(case / "profile.yaml"), "profile.yaml")
            texts[f"{verb}.error.txt"] = f"exit {error.exit_code}\n{told}\n"
    return dict(sorted(texts.items()))


def _recommend(path: Path) -> Iterator[tuple[str, str]]:
    recommendation = recommend(load_profiles([str(path)])[0].profile)
    yield "recommend.txt", recommendation_text(recommendation)
    yield "recommend.json", _json(recommendation.document())


def _explain(path: Path) -> Iterator[tuple[str, str]]:
    profile = load_profiles([str(path)])[0].profile
    yield "explain.txt", explanation_text(recommend(profile), flips(profile))


def _size(path: Path) -> Iterator[tuple[str, str]]:
    yield "size.json", _json(size_profile(load_profiles([str(path)])[0].profile).document())


def _preview(path: Path) -> Iterator[tuple[str, str]]:
    profile = load_profiles([str(path)])[0].profile
    found = assess([Pair(None, Side(profile.name, profile.stage, "", profile), "")], Judging(TODAY), compared=False)
    preview = found[0].preview
    yield "preview.txt", FORMATS["text"](found)
    yield "preview.md", FORMATS["markdown"](found)
    yield "preview.json", _json(_unpacked(preview.document()))
    if not preview.overlays:
        return
    plan = make_plan(profile, recommend(profile))
    if isinstance(plan, KubernetesPlan):
        # The merged values say which layer each key is from.
        texts = render_overlays(plan).items()
        yield from ((f"overlays/{path}", text) for path, text in texts if "/layers/" not in path)
    else:
        # The user data carries every other file, so it alone is kept.
        yield f"overlays/{user_data_path(plan)}", user_data(plan)


_VERBS: dict[str, Callable[[Path], Iterator[tuple[str, str]]]] = {
    "recommend": _recommend,
    "explain": _explain,
    "size": _size,
    "preview": _preview,
}


def _unpacked(document: Any) -> Any:
    """The preview with packed user data as a digest of its text: zlib's builds pack the same text differently."""
    if isinstance(document, dict):
        return {key: _digest(value) if key == "userDataBase64" else _unpacked(value) for key, value in document.items()}
    return [_unpacked(item) for item in document] if isinstance(document, list) else document


def _digest(packed: str) -> str:
    text = gzip.decompress(base64.b64decode(packed))
    return f"gzip of {len(text):,} bytes with SHA-256 {hashlib.sha256(text).hexdigest()}"


def schema_text() -> str:
    """The published JSON Schema of the profile."""
    from recommender.profile import Profile

    schema = Profile.model_json_schema(by_alias=True)
    return _json({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def _json(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
