"""Guard, start and metrics, run for real: the planned release starts on its own disk, once, and only by our unit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recommender.plan import SingleNodePlan
from tests.plans import aws_plan, gcp_plan
from tests.templates.machine import FakeMachine

PLANS = [pytest.param(aws_plan(), id="aws"), pytest.param(gcp_plan(), id="gcp")]


@pytest.fixture
def aws(tmp_path: Path) -> FakeMachine:
    return FakeMachine(tmp_path, aws_plan())


@pytest.fixture
def gcp(tmp_path: Path) -> FakeMachine:
    return FakeMachine(tmp_path, gcp_plan())


def position(machine: FakeMachine, beginning: str) -> int:
    return next(index for index, call in enumerate(machine.calls) if call.startswith(beginning))


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("found", [None, "", "\n", "7.6.0\n"], ids=["no file", "empty", "blank", "another"])
def test_the_planned_release_replaces_what_the_version_file_holds(
    tmp_path: Path, plan: SingleNodePlan, found: str | None
) -> None:
    machine = FakeMachine(tmp_path, plan)
    if found is not None:
        machine.version_on_root.write_text(found)
    assert machine.run("guard").returncode == 0
    assert machine.version_on_root.read_text() == "6.12.5040\n"


def test_the_guard_removes_the_vendors_cron_line_and_no_other(aws: FakeMachine) -> None:
    assert aws.run("guard").returncode == 0
    assert aws.get("crontab") == "@daily true\n"
    aws.set("calls")
    assert aws.run("guard").returncode == 0
    assert len(aws.called("crontab")) == 1  # it was read, not written


def test_the_guard_can_leave_an_empty_crontab(gcp: FakeMachine) -> None:
    gcp.set("crontab", "@reboot sleep 10 && bash /home/sourcegraph/install.sh\n")
    assert gcp.run("guard").returncode == 0
    assert gcp.get("crontab") == ""


def test_the_guard_stops_a_run_of_the_vendors_scripts_before_it_pins_the_version(aws: FakeMachine) -> None:
    aws.set("vendor_runs")
    assert aws.run("guard").returncode == 0
    assert "stopped a start" in aws.log
    assert aws.log.index("stopped a start") < aws.log.index("6.12.5040 again")
    assert aws.called("pkill") == ["pkill -u ec2-user -f -- /home/ec2-user/(deploy/install/reboot|install)[.]sh"]


def test_a_first_start_marks_the_new_disk_and_runs_the_vendors_script_after_it(aws: FakeMachine) -> None:
    aws.write_vendor_script(
        "deploy/install/reboot.sh", f'cp {aws.version_on_disk} "$STATE/seen"\n{aws.vendor_installs("6.12.5040")}'
    )
    result = aws.run("start")
    assert result.returncode == 0, result.stderr
    assert aws.get("seen") == "6.12.5040-base\n"
    assert position(aws, "pkill") < position(aws, "mkfs") < position(aws, "mount ") < position(aws, "vendor ")
    assert any(call.startswith("sudo --non-interactive --set-home --user=ec2-user bash") for call in aws.calls)
    for step in ("guard", "data disk", "vendor's start", "check"):
        assert f"start: {step}: done after" in aws.log


def test_a_later_start_leaves_the_disks_version_to_the_vendor(aws: FakeMachine) -> None:
    assert aws.run("start").returncode == 0
    aws.reboot()
    aws.write_vendor_script("deploy/install/reboot.sh", f'cp {aws.version_on_disk} "$STATE/seen"\n')
    assert aws.run("start").returncode == 0
    assert aws.get("seen") == "6.12.5040\n"
    assert aws.formatted == []


@pytest.mark.parametrize("plan", PLANS)
def test_without_the_disk_nothing_of_the_vendors_runs(tmp_path: Path, plan: SingleNodePlan) -> None:
    machine = FakeMachine(tmp_path, plan)
    machine.detach()
    assert machine.run("start").returncode == 1
    assert machine.called("vendor") == []
    assert machine.version_on_root.read_text() == "6.12.5040\n"


def test_a_foreign_disk_keeps_sourcegraph_from_starting(aws: FakeMachine) -> None:
    aws.set("TYPE", "ext4\n")
    assert aws.run("start").returncode == 1
    assert aws.called("vendor") == []


def test_the_version_is_pinned_again_when_the_vendors_script_empties_it(aws: FakeMachine) -> None:
    aws.write_vendor_script("deploy/install/reboot.sh", aws.vendor_installs(""))
    assert aws.run("start").returncode == 1
    assert aws.version_on_root.read_text() == "6.12.5040\n"
    assert "Sourcegraph was not installed" in aws.log


def test_a_start_that_breaks_off_is_reported_and_still_cleaned_up_after(aws: FakeMachine) -> None:
    aws.write_vendor_script(
        "deploy/install/reboot.sh", 'echo "@reboot /home/ec2-user/install.sh" >"$STATE/crontab"\nexit 7'
    )
    assert aws.run("start").returncode == 1
    assert "ended with status 7" in aws.log
    assert "Sourcegraph was not installed" in aws.log
    assert aws.get("crontab") == ""
    assert aws.version_on_disk.read_text() == "6.12.5040-base\n"  # the next start is still a first one


def test_another_release_than_the_planned_one_is_a_warning(aws: FakeMachine) -> None:
    aws.write_vendor_script("deploy/install/reboot.sh", aws.vendor_installs("6.12.9999"))
    assert aws.run("start").returncode == 0
    assert "WARNING: 6.12.9999 is installed, 6.12.5040 was planned" in aws.log


def test_a_machine_without_the_vendors_scripts_says_so(aws: FakeMachine) -> None:
    (aws.home / "deploy/install/reboot.sh").unlink()
    assert aws.run("start").returncode == 1
    assert "does not run the vendor's image" in aws.log


def test_the_first_start_on_gcp_runs_install_sh_at_the_planned_release(gcp: FakeMachine) -> None:
    gcp.version_on_root.write_text("\n")  # as the image ships it
    gcp.write_vendor_script(
        "install.sh",
        f'cp {gcp.version_on_root} "$STATE/seen"; [[ -e {gcp.version_on_disk} ]] && touch "$STATE/marked"\n'
        f'echo "LABEL=/mnt/data  /mnt/data  ext4  discard,defaults,nofail  0  2" >>{gcp.root}/etc/fstab\n'
        'echo "@reboot sleep 30 && bash /home/sourcegraph/deploy/install/reboot.sh" >"$STATE/crontab"\n'
        f"{gcp.vendor_installs('6.12.5040')} rm {gcp.home}/install.sh\n",
    )
    result = gcp.run("start")
    assert result.returncode == 0, result.stderr
    assert gcp.get("seen") == "6.12.5040\n"
    assert not (gcp.state / "marked").exists()  # a version on the disk would make install.sh take its restart path
    assert gcp.called("vendor") == ["vendor install.sh"]
    assert gcp.get("crontab") == ""
    assert (gcp.root / "etc/fstab").read_text().count("/mnt/data  ext4") == 1
    gcp.reboot()
    assert gcp.run("start").returncode == 0
    assert gcp.called("vendor") == ["vendor deploy/install/reboot.sh"]


def test_metrics_on_aws_name_the_stack_not_the_machine(aws: FakeMachine) -> None:
    aws.set("mounted", f"{aws.disk}\n")
    assert aws.run("metrics").returncode == 0
    common = "--dimensions Name=acme --unit Percent --value"
    assert aws.called("aws") == [
        f"aws cloudwatch put-metric-data --region us-east-1 --namespace moorage --metric-name {name} {common} {value}"
        for name, value in (("data_disk_used_percent", "42"), ("memory_used_percent", "75.0"))
    ]


def test_a_metric_that_cannot_be_measured_or_sent_is_logged_and_the_other_still_goes(aws: FakeMachine) -> None:
    result = aws.run("metrics")
    assert result.returncode == 1
    assert "WARNING: data_disk_used_percent was not published" in result.stderr
    assert len(aws.called("aws")) == 1
    aws.set("aws_fails")
    assert "WARNING: memory_used_percent was not published" in aws.run("metrics").stderr


def test_metrics_on_gcp_are_time_series_of_the_machine(gcp: FakeMachine) -> None:
    gcp.set("mounted", f"{gcp.disk}\n")
    assert gcp.run("metrics").returncode == 0
    posts = [call for call in gcp.called("curl") if "monitoring.googleapis.com" in call]
    assert len(posts) == 2
    body = json.loads(posts[0].split("--data ")[1].rsplit(" ", 1)[0])
    (series,) = body["timeSeries"]
    assert series["metric"] == {
        "type": "custom.googleapis.com/moorage/data_disk_used_percent",
        "labels": {"name": "acme"},
    }
    assert series["resource"]["labels"] == {
        "project_id": "acme-sourcegraph",
        "instance_id": "4711",
        "zone": "us-central1-a",
    }
    assert series["points"][0]["value"] == {"doubleValue": 42}
    assert posts[0].endswith("https://monitoring.googleapis.com/v3/projects/acme-sourcegraph/timeSeries")


def test_the_token_reaches_curl_by_standard_input_only(gcp: FakeMachine) -> None:
    gcp.set("mounted", f"{gcp.disk}\n")
    result = gcp.run("metrics")
    assert gcp.get("curl_input").count('header = "Authorization: Bearer ya29.secret"') == 2
    assert "ya29" not in "".join(gcp.calls) + result.stdout + result.stderr
