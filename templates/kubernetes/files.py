"""Every text of a Kubernetes plan as files: what is reviewed, and what the bundle is made of."""

from __future__ import annotations

import yaml

from recommender.kubernetes.plan import ApplicationPlan
from templates.context import File
from templates.kubernetes.manifests import manifests
from templates.kubernetes.platform import platform_values
from templates.kubernetes.values import executor_values, values

VALUES, EXECUTOR_VALUES = "values.yaml", "executors-values.yaml"


def kubernetes_files(plan: ApplicationPlan) -> tuple[File, ...]:
    """Values of every chart, the layers that they were merged from, and the manifests, in the order of reading.

    Raises:
        MoorageError: a value of the plan that has no business in a manifest.
    """
    made = values(plan)
    found = [(VALUES, made.text)]
    found += [(f"layers/{number}-{layer.name}.yaml", layer.text) for number, layer in enumerate(made.layers, 1)]
    if executors := executor_values(plan):
        found.append((EXECUTOR_VALUES, executors.text))
    for chart in plan.charts:
        text = yaml.safe_dump(dict(platform_values(plan, chart)), sort_keys=False)
        found.append((f"platform/{chart.name}.yaml", text))
    found += [
        (f"manifests/{number:02}-{manifest.name}.yaml", manifest.text)
        for number, manifest in enumerate(manifests(plan), 1)
    ]
    return tuple(File(path, "0644", text) for path, text in found)
