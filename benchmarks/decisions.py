"""Decisions per second in one process: moorage and `zen-engine`, on the same documents, with the same answers.

`python -m benchmarks.decisions` prints one JSON document; `python -m benchmarks` reads it. Nothing is timed before
both have given the same target, strategy and plan for every document.
"""

from __future__ import annotations

import argparse
import functools
import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.profiles import complete_profiles
from stacks import cli

Document = dict[str, Any]
Decide = Callable[[Document], dict[str, Any]]
COMPARED = ("target", "then", "strategy", "plan")
SEED = 20_000


def moorage() -> Decide:
    """Document in, validated, decided, explained, document out."""
    from recommender.profile import Profile
    from recommender.recommend import recommend

    return lambda document: recommend(Profile.model_validate(document)).document()


def zen_engine(*, trace: bool) -> Decide:
    """The same decision by zen-engine, on the compiled graph that its own loader caches.

    `create_decision(…).evaluate` is about eight times slower, as if it compiled the graph anew each time;
    `evaluate_batch` is not faster than one call after another.

    Args:
        trace: Return the input, the output and the row that was hit of each node: its explanation.
    """
    import zen

    from benchmarks.zen_rules import graph

    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"recommend": graph()}}})
    options: Any = {"trace": trace}
    return lambda document: engine.evaluate("recommend", document, options)["result"]


SIDES: dict[str, Callable[[], Decide]] = {
    "documents": lambda: dict,
    "moorage": moorage,
    "zen-engine": lambda: zen_engine(trace=True),
}
"""What a process can decide with, so that its memory can be seen; `documents` only holds them."""


def differences(documents: Iterable[Document]) -> list[str]:
    """Where the two do not give the same answer."""
    ours, theirs = moorage(), zen_engine(trace=False)
    found: list[str] = []
    for document in documents:
        mine, other = ours(document), theirs(document)
        # zen-engine leaves a null out of its result.
        pair = [mine[key] for key in COMPARED], [other.get(key) for key in COMPARED]
        if pair[0] != pair[1]:
            found.append(f"{document['name']}: moorage {pair[0]}, zen-engine {pair[1]}")
    return found


def main() -> None:
    """Measures and prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=SIDES, help="decide every document once on this side, to see its memory")
    options = parser.parse_args()
    documents = complete_profiles(options.profiles, SEED)
    if options.only is not None:
        _pass(SIDES[options.only](), documents)
        return
    found = differences(documents)
    if found:
        sys.exit("\n".join(["The two do not decide alike, so nothing is timed:", *found[:5]]))
    print(json.dumps(_described(documents) | {"seconds": _seconds(documents, options.rounds)}))


def _described(documents: list[Document]) -> dict[str, Any]:
    from recommender.answers import answers_of
    from recommender.profile import Profile

    decide = moorage()
    return {
        "profiles": len(documents),
        "distinct": len({answers_of(Profile.model_validate(document)) for document in documents}),
        "targets": Counter(decide(document)["target"] for document in documents),
    }


def _seconds(documents: list[Document], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each pass, one pass of each a round, in turn."""
    from recommender.profile import Profile
    from recommender.recommend import recommend

    cli._start_quickly()  # as the command does: fewer searches for garbage, for both sides
    profiles = [Profile.model_validate(document) for document in documents]
    caches = _caches()
    passes: dict[str, tuple[Callable[[Any], object], list[Any], bool]] = {
        "moorage, caches emptied": (moorage(), documents, True),
        "moorage, caches full": (moorage(), documents, False),
        "moorage, recommend only": (recommend, profiles, True),
        "zen-engine, with trace": (zen_engine(trace=True), documents, False),
        "zen-engine, without trace": (zen_engine(trace=False), documents, False),
    }
    seconds: dict[str, list[float]] = {name: [] for name in passes}
    for _ in range(rounds):
        for name, (decide, items, emptied) in passes.items():
            if emptied:
                for cache in caches:
                    cache.cache_clear()
            seconds[name].append(_pass(decide, items))
    return seconds


def _pass(decide: Callable[[Any], object], items: list[Any]) -> float:
    """CPU seconds, so that a busy machine does not decide; both sides are called from one thread."""
    gc.collect()
    started = time.process_time()
    for item in items:
        decide(item)
    return time.process_time() - started


def _caches() -> list[Any]:
    """Every cache of the recommender, so that none turns a second pass into a look-up."""
    cached = type(functools.lru_cache(abs))
    modules = [module for name, module in sys.modules.items() if name.startswith("recommender.")]
    return [value for module in modules for value in vars(module).values() if isinstance(value, cached)]


if __name__ == "__main__":
    main()
