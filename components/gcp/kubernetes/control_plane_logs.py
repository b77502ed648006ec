"""The control plane's logs, kept as long as the plan says."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from recommender.kubernetes.plan import ClusterPlan


class ControlPlaneLogsArgs(TypedDict):
    """What `ControlPlaneLogs` needs."""

    plan: ClusterPlan


class ControlPlaneLogs(pulumi.ComponentResource):
    """A log bucket of the cluster's own. The project's default one keeps everything for the same time, 30 days."""

    def __init__(self, name: str, args: ControlPlaneLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:ControlPlaneLogs", name, opts=opts)
        plan = args["plan"]
        assert plan.project, "a cluster on GCP names its project"
        bucket = gcp.logging.ProjectBucketConfig(
            f"{name}-logs",
            project=plan.project,
            location=plan.region,
            bucket_id=f"{name}-control-plane",
            description=f"Logs of the control plane of {name}",
            retention_days=plan.log_days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        gcp.logging.ProjectSink(
            f"{name}-logs",
            project=plan.project,
            destination=bucket.id.apply(lambda path: f"logging.googleapis.com/{path}"),
            filter=(
                'resource.type=("k8s_control_plane_component" OR "k8s_cluster") '
                f'AND resource.labels.cluster_name="{plan.cluster_name}" '
                f'AND resource.labels.location="{plan.region}"'
            ),
            unique_writer_identity=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
