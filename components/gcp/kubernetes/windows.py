"""When Google may maintain what it runs: at the weekend, in UTC."""

from __future__ import annotations

from typing import Final

import pulumi_gcp as gcp

# Any Saturday: the window repeats from there on. Two nights of eight hours are 64 hours in any 32 days, where GKE asks
# for 48 (unverified).
NODES: Final[gcp.container.ClusterMaintenancePolicyArgsDict] = {
    "recurring_window": {
        "start_time": "2026-01-03T00:00:00Z",
        "end_time": "2026-01-03T08:00:00Z",
        "recurrence": "FREQ=WEEKLY;BYDAY=SA,SU",
    }
}
DATABASES: Final[gcp.sql.DatabaseInstanceSettingsMaintenanceWindowArgsDict] = {
    "day": 7,  # Sunday
    "hour": 4,
    "update_track": "stable",
}
REDIS: Final[gcp.redis.InstanceMaintenancePolicyArgsDict] = {
    "weekly_maintenance_windows": [
        {"day": "SUNDAY", "start_time": {"hours": 4, "minutes": 0, "seconds": 0, "nanos": 0}}
    ]
}
