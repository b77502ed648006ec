"""What tests of rendered charts share: cases, manifests, and a program in place of Helm."""

from __future__ import annotations

import sys
from pathlib import Path

from recommender.kubernetes.plan import KubernetesPlan
from recommender.planning import make_plan
from recommender.profile_file import load_profiles
from recommender.recommend import recommend
from stacks.chart_preview.objects import Pods, parsed, pods
from stacks.chart_preview.preview import Charts, preview_charts
from stacks.chart_preview.report import ChartPreview
from stacks.kubernetes_program import render_application

CASES = Path(__file__).parent.parent / "cases"
EXAMPLE = CASES.parent.parent / "examples" / "acme-aws.yaml"
KUBERNETES = [
    "kubernetes-aws-existing-network",
    "kubernetes-aws-poc",
    "kubernetes-aws-production",
    "kubernetes-eks-existing",
    "kubernetes-gcp-private",
    "kubernetes-gcp-production",
    "kubernetes-on-premises",
]

MANIFESTS = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: gitserver}
spec:
  replicas: 2
  template:
    spec:
      initContainers:
      - {name: permissions, image: alpine:3, resources: {requests: {cpu: 2, memory: 50Mi}}}
      containers:
      - {name: gitserver, image: "git:1@sha256:ab", resources: {requests: {cpu: 1500m, memory: 1G}, limits: {memory: 2G}}}
      - {name: exporter, image: exporter:1, resources: {limits: {cpu: 250m, memory: 50Mi, ephemeral-storage: 1Gi}}}
  volumeClaimTemplates:
  - metadata: {name: repos}
    spec: {storageClassName: fast, resources: {requests: {storage: 200Gi}}}
---
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata: {name: pgsql}
  spec: {resources: {requests: {storage: 100G}}}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: pgsql, namespace: data}
  spec:
    template:
      spec:
        containers: [{name: pgsql, image: alpine:3}]
        volumes: [{name: disk, persistentVolumeClaim: {claimName: pgsql}}, {name: scratch, emptyDir: {}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec: {template: {spec: {containers: [{name: agent, image: agent, resources: {requests: {cpu: 0.1, memory: 64Mi}}}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: sweep}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: sweep, image: "sweep:2"}]}}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: notes}
data: {image: "not:one"}
"""


def kubernetes_plan(case: str) -> KubernetesPlan:
    profile = load_profiles([str(CASES / case / "profile.yaml")])[0].profile
    plan = make_plan(profile, recommend(profile))
    assert isinstance(plan, KubernetesPlan)
    return plan


def previewed(case: str, charts: Charts, plan: KubernetesPlan | None = None) -> ChartPreview:
    plan = plan or kubernetes_plan(case)
    return preview_charts(plan, render_application(plan.application), charts)


def found_in(text: str) -> dict[str, Pods]:
    return {each.name: each for each in pods(parsed(text, "acme"), "sourcegraph")}


def fake_helm(directory: Path, answer: str, *, said: str = "", status: int = 0) -> Path:
    """A program that writes down what it was asked, and prints manifests."""
    (directory / "answer").write_text(answer)
    program = directory / "fake-helm"
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, pathlib, sys\n"
        f"here = pathlib.Path({str(directory)!r})\n"
        "values = sys.argv[sys.argv.index('--values') + 1]\n"
        "asked = {'arguments': sys.argv[1:], 'environment': dict(os.environ), 'values': open(values).read()}\n"
        "(here / 'asked.json').write_text(json.dumps(asked))\n"
        f"sys.stderr.write({said!r})\n"
        "sys.stdout.write((here / 'answer').read_text())\n"
        f"sys.exit({status})\n"
    )
    program.chmod(0o755)
    return program
