"""The table of quotas, and how one of its rows becomes a demand with its commands.

Commands: AWS CLI `service-quotas` (docs.aws.amazon.com/cli/latest/reference/service-quotas, read 2026-11-22);
gcloud `compute regions describe`, `compute project-info describe` and `beta quotas preferences create`
(cloud.google.com/sdk/gcloud/reference/beta/quotas/preferences/create, read 2026-11-22). The id of a Compute Engine
quota is its metric with hyphens and `-per-project` or `-per-project-region` behind it: CPUS-per-project-region is
Google's own example, N2-CPUS, SSD-TOTAL-GB and CPUS-ALL-REGIONS are seen in public code; the others follow the form.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from stacks.demand.demand import QuotaDemand

_PATH: Final = Path(__file__).parent / "quotas.json"
_IAM_REGION: Final = "us-east-1"
"""Quotas of the whole account are kept there."""


@dataclass(frozen=True, slots=True)
class Need:
    """How much of one row is needed."""

    code: str
    scope: str
    """As the table has it: region, zone, cluster, account or project."""
    amount: float
    where: str
    """The region, zone, cluster, account or project itself."""
    note: str = ""


@lru_cache(maxsize=1)
def rows() -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """Code and scope to the table's row."""
    return {(row["code"], row["scope"]): row for row in json.loads(_PATH.read_text(encoding="utf-8"))}


def of_aws(need: Need, region: str) -> QuotaDemand:
    """One demand on an AWS account. Without a region, the commands take the one that the AWS CLI is set to."""
    row = rows()[need.code, need.scope]
    at = _IAM_REGION if row["scope"] == "account" else region
    quota = f"--service-code {row['service']} --quota-code {row['code']}" + (f" --region {at}" if at else "")
    return _demand(
        need,
        row,
        look=f"aws service-quotas get-service-quota {quota}",
        request=f"aws service-quotas request-service-quota-increase {quota} --desired-value {_desired(need, row)}",
    )


def of_gcp(need: Need, region: str, project: str) -> QuotaDemand:
    """One demand on a GCP project. Without a project, the commands take the one that gcloud is set to."""
    row = rows()[need.code, need.scope]
    in_project = f" --project={project}" if project else ""
    regional = row["scope"] == "region"
    if row["service"] == "compute.googleapis.com":
        what = f"regions describe {region}" if regional else "project-info describe"
        look = (
            f"gcloud compute {what}{in_project} --flatten=quotas"
            f" --format='csv[no-heading](quotas.metric,quotas.limit,quotas.usage)' | grep '^{row['code']},'"
        )
        quota_id = row["code"].replace("_", "-") + ("-per-project-region" if regional else "-per-project")
    else:
        look, quota_id = f"gcloud beta quotas info list --service={row['service']}{in_project}", ""
    dimensions = f" --dimensions=region={region}" if regional else ""
    request = (
        f"gcloud beta quotas preferences create --service={row['service']}{in_project} --quota-id={quota_id}"
        f"{dimensions} --preferred-value={_desired(need, row)}"
    )
    return _demand(need, row, look=look, request=request if quota_id else "a support case: the quota has no known id")


def _desired(need: Need, row: Mapping[str, Any]) -> int:
    """Enough however much of the default is in use already."""
    return math.ceil(need.amount) + int(row["default"] or 0)


def _demand(need: Need, row: Mapping[str, Any], *, look: str, request: str) -> QuotaDemand:
    return QuotaDemand(
        service=row["service"],
        code=row["code"],
        name=row["name"],
        scope=need.where or "the region",
        needed=int(need.amount) if need.amount == int(need.amount) else round(need.amount, 3),
        unit=row["unit"],
        default=None if row["default"] is None else float(row["default"]),
        look=look,
        request=request,
        source=f"{row['source']}, read {row['date']}",
        verified=row["verified"],
        note=need.note,
    )
