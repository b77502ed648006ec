"""Text that moorage writes: one strict renderer, one typed context a target, one table of files."""

from __future__ import annotations

from templates.overlays import (
    USER_DATA_LIMIT,
    encoded_user_data,
    machine_files,
    render_overlays,
    user_data,
    user_data_path,
)
from templates.render import render

__all__ = [
    "USER_DATA_LIMIT",
    "encoded_user_data",
    "machine_files",
    "render",
    "render_overlays",
    "user_data",
    "user_data_path",
]
