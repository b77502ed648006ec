"""`moorage preview --chart`: what Helm would create, counted from its manifests and compared with the plan."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from recommender.errors import InputError, MoorageError
from recommender.profile_file import load_profiles
from stacks.chart_preview import run
from stacks.chart_preview.objects import Requests
from stacks.chart_preview.preview import Charts, preview_charts
from stacks.chart_preview.run import read_chart
from stacks.chart_preview.text import chart_lines
from stacks.kubernetes_program import render_application
from stacks.preview_profile import preview_profile
from stacks.report.layout import WIDTH
from stacks.report.preview_text import preview_sections
from tests.kubernetes.chart_preview import CASES, EXAMPLE, KUBERNETES, MANIFESTS, fake_helm, kubernetes_plan, previewed
from tests.kubernetes.stand_in import stand_in_chart, stand_in_executors
from tests.kubernetes.vendor_charts import FOLDERS, needs_charts, version_of
from tests.test_cli import moorage, refused


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    return stand_in_chart(tmp_path, "7.6.0")


def test_helm_is_asked_offline_and_touches_nothing_of_the_users(chart, tmp_path, monkeypatch):
    monkeypatch.setenv("HELM_REPOSITORY_CONFIG", "/home/user/repositories.yaml")
    monkeypatch.setenv("KUBECONFIG", "/home/user/kubeconfig")
    found = previewed("kubernetes-aws-production", Charts(chart, helm=str(fake_helm(tmp_path, MANIFESTS))))
    asked = json.loads((tmp_path / "asked.json").read_text())
    arguments, environment = asked["arguments"], asked["environment"]
    assert arguments[:5] == ["template", "sourcegraph", str(chart), "--namespace", "sourcegraph"]
    assert arguments[arguments.index("--kube-version") + 1] == "1.36.0"
    assert "--api-versions=external-secrets.io/v1" in arguments
    assert not {"--validate", "--dependency-update", "--repo", "--dry-run=server"} & set(arguments)
    homes = {name: value for name, value in environment.items() if name.startswith(("HELM_", "KUBE"))}
    assert len(homes) == 5
    assert all("/moorage-helm-" in value and not Path(value).exists() for value in homes.values())
    plan = kubernetes_plan("kubernetes-aws-production")
    assert yaml.safe_load(asked["values"]) == render_application(plan.application).values
    assert found.nodes == 4
    assert found.total == Requests(4000 + 400, 2008 + 256, 2)
    assert found.claims == {None: (1, 94), "fast": (2, 400)}
    assert len(found.differences) > 10


def test_what_helm_warns_of_is_told_without_the_time_of_day(chart, tmp_path):
    said = "2026/11/22 10:00:00 warning: cannot overwrite table with non table for sourcegraph.frontend.env\nnothing\n"
    found = previewed("kubernetes-aws-poc", Charts(chart, helm=str(fake_helm(tmp_path, MANIFESTS, said=said))))
    warning = "warning: cannot overwrite table with non table for sourcegraph.frontend.env"
    assert found.releases[0].warnings == (warning,)
    assert any(f"Helm says: {warning}" in line for line in chart_lines(found, WIDTH))


def test_helms_failure_is_told_in_its_own_last_lines(chart, tmp_path):
    said = "".join(f"line {number}\n" for number in range(20)) + "Error: values don't meet the specification\n"
    helm = fake_helm(tmp_path, "", said=said, status=3)
    with pytest.raises(MoorageError, match=r"sourcegraph 7.6.0 \(exit 3\):\n    line 13\n(.|\n)*don't meet") as failed:
        previewed("kubernetes-aws-poc", Charts(chart, helm=str(helm)))
    assert failed.value.exit_code == 1
    assert "line 12" not in str(failed.value)


def test_a_helm_that_is_missing_hangs_or_cannot_start_is_told(chart, tmp_path, monkeypatch):
    charts = Charts(chart, helm="no-such-helm")
    with pytest.raises(MoorageError, match=r"no program no-such-helm(.|\n)*--helm"):
        previewed("kubernetes-aws-poc", charts)
    broken = tmp_path / "broken"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    with pytest.raises(MoorageError, match="could not be started"):
        previewed("kubernetes-aws-poc", replace(charts, helm=str(broken)))
    broken.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(run, "_TIMEOUT_SECONDS", 0.2)
    with pytest.raises(MoorageError, match="did not end within"):
        previewed("kubernetes-aws-poc", replace(charts, helm=str(broken)))


def test_a_chart_of_another_version_or_name_is_refused_with_both(tmp_path):
    for wrong in (stand_in_chart(tmp_path, "7.5.0"), stand_in_executors(tmp_path, "7.6.0")):
        with pytest.raises(InputError) as refused:
            previewed("kubernetes-aws-production", Charts(wrong, helm="never-run"))
        assert yaml.safe_load((wrong / "Chart.yaml").read_text())["version"] in str(refused.value)
        assert "sourcegraph 7.6.0, as planned" in str(refused.value)


def test_a_path_without_a_chart_is_refused(tmp_path):
    (tmp_path / "text.tgz").write_text("no archive")
    with tarfile.open(tmp_path / "empty.tgz", "w:gz"):
        pass
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/Chart.yaml").write_text("[")
    for path in ("missing", "text.tgz", "empty.tgz", "broken", "."):
        with pytest.raises(InputError, match="--chart"):
            read_chart(tmp_path / path, "--chart")


def test_a_packed_chart_is_read_by_its_own_chart_yaml(chart, tmp_path):
    (chart / "examples").mkdir()
    (chart / "examples/Chart.yaml").write_text("name: another\nversion: 1.0.0\n")
    with tarfile.open(tmp_path / "packed.tgz", "w:gz") as archive:
        archive.add(chart, "sourcegraph")
    read = read_chart(tmp_path / "packed.tgz", "--chart")
    assert (read.name, read.version) == ("sourcegraph", "7.6.0")


def test_a_chart_of_executors_needs_executors_in_the_plan(chart, tmp_path):
    charts = Charts(chart, stand_in_executors(tmp_path, "7.6.0"), str(fake_helm(tmp_path, MANIFESTS)))
    with pytest.raises(InputError, match="the plan has no executors"):
        previewed("kubernetes-aws-poc", charts)


def test_charts_and_values_are_for_kubernetes_alone(chart, tmp_path):
    profile = load_profiles([str(EXAMPLE)])[0].profile
    with pytest.raises(InputError, match=r"--chart(.|\n)*not kubernetes(.|\n)*--values"):
        preview_profile(profile, {}, Charts(chart))


def test_a_preview_has_the_key_only_where_a_chart_was_given(chart, tmp_path):
    profile = load_profiles([str(CASES / "kubernetes-on-premises/profile.yaml")])[0].profile
    without = preview_profile(profile)
    assert "chart" not in without.document()
    assert any("--chart PATH" in sentence for sentence in without.unchecked)
    given = preview_profile(profile, None, Charts(chart, helm=str(fake_helm(tmp_path, MANIFESTS))))
    assert not any("--chart" in sentence for sentence in given.unchecked)
    document = given.document()["chart"]
    assert json.loads(json.dumps(document)) == document
    assert document["images"][0] == "agent"
    assert document["requests"]["total"] is None
    assert "Not as planned" in "\n".join(preview_sections(given))


def test_values_of_the_customers_own_reach_the_chart_and_the_dry_run(chart, tmp_path):
    profile = load_profiles([str(CASES / "kubernetes-on-premises/profile.yaml")])[0].profile
    user = {"frontend": {"replicaCount": 9}}
    previewed = preview_profile(profile, user, Charts(chart, helm=str(fake_helm(tmp_path, MANIFESTS))))
    asked = json.loads((tmp_path / "asked.json").read_text())
    assert yaml.safe_load(asked["values"])["frontend"]["replicaCount"] == 9
    release = next(each for each in previewed.stacks[-1].resources if each.type == "kubernetes:helm.sh/v3:Release")
    assert release.inputs["values"]["frontend"]["replicaCount"] == 9


def test_the_command_line_takes_a_chart_a_helm_and_values(chart, tmp_path):
    case = str(CASES / "kubernetes-on-premises/profile.yaml")
    (tmp_path / "own.yaml").write_text("frontend: {replicaCount: 9}\n")
    helm = str(fake_helm(tmp_path, MANIFESTS))
    options = ("--chart", str(chart), "--helm", helm, "--values", str(tmp_path / "own.yaml"))
    done = moorage("preview", case, "--json", *options)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["chart"]["images"][0] == "agent"
    assert "replicaCount: 9" in json.loads((tmp_path / "asked.json").read_text())["values"]


@pytest.mark.parametrize(
    "options", [("--executors-chart", "x"), ("--chart", "no/such/chart"), ("--values", "no/such/file")]
)
def test_the_command_line_refuses_options_that_lead_nowhere(options: tuple[str, str]):
    refused("preview", str(CASES / "kubernetes-on-premises/profile.yaml"), *options)


def test_the_command_line_refuses_a_chart_for_a_machine():
    assert "not kubernetes" in refused("preview", str(EXAMPLE), "--chart", "charts/sourcegraph")


@pytest.mark.real_tool("helm")
@pytest.mark.parametrize("case", KUBERNETES)
def test_helm_itself_renders_every_case_as_planned(case, tmp_path):
    plan = kubernetes_plan(case)
    executors = plan.application.executors
    path = stand_in_executors(tmp_path, plan.version) if executors and executors.kind == "dind" else None
    charts = Charts(stand_in_chart(tmp_path, plan.version), path)
    found = previewed(case, charts, plan)
    assert found.differences == ()
    assert all(release.unread == () for release in found.releases)
    assert found == previewed(case, charts, plan)
    planned = [each for each in plan.application.workloads if each.kind != "headroom"]
    assert {each.name for each in found.pods} == {
        each.name for each in planned if path or each.namespace == "sourcegraph"
    }
    assert all(len(line) <= WIDTH for line in chart_lines(found, WIDTH))


@pytest.mark.real_tool("helm")
def test_what_helm_finds_wrong_is_told_by_helm(chart, tmp_path):
    (chart / "templates/broken.yaml").write_text("{{ fail .Values.frontend.ingress.host }}")
    with pytest.raises(MoorageError, match=r"code.stark.example"):
        previewed("kubernetes-on-premises", Charts(chart))


@pytest.mark.real_tool("helm")
def test_a_value_that_changes_pods_is_a_difference_from_the_plan(chart):
    plan = kubernetes_plan("kubernetes-on-premises")
    texts = render_application(plan.application, {"frontend": {"replicaCount": 9, "replicaCont": 9}})
    found = preview_charts(plan, texts, Charts(chart))
    assert found.differences == ("Deployment sourcegraph-frontend in sourcegraph: replicas 9 where the plan has 2",)
    assert found.releases[0].unread == ("frontend.replicaCont",)
    assert any("No template reads these values: frontend.replicaCont" in line for line in chart_lines(found, WIDTH))


@pytest.mark.parametrize("case", KUBERNETES)
@pytest.mark.parametrize("folder", FOLDERS, ids=version_of)
class TestVendorCharts:
    pytestmark = needs_charts

    def test_the_vendors_charts_make_what_is_planned(self, folder, case):
        plan = kubernetes_plan(case)
        if version_of(folder) != plan.version:
            pytest.skip(f"the case is planned for {plan.version}")
        executors = plan.application.executors
        kinds = {"dind": "dind", "native": "k8s"}
        path = folder / "sourcegraph-executor" / kinds[executors.kind] if executors else None
        found = previewed(case, Charts(folder / "sourcegraph", path), plan)
        assert found.differences == ()
        assert all(not release.warnings and not release.unread for release in found.releases)
        assert len(found.images) > 10
