"""Guards that hold for every test: no network, and real tools only where a marker says so."""

from __future__ import annotations

import os
import shutil
import socket

import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does; a slow one is not a wrong one.
settings.register_profile("moorage", deadline=None)
settings.load_profile("moorage")

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "true"

_connect = socket.socket.connect


def _refuse(self: socket.socket, address: object) -> None:
    if self.family == socket.AF_UNIX:  # the event loop's and xdist's own plumbing
        _connect(self, address)  # pyright: ignore[reportArgumentType]
        return
    pytest.fail(f"a unit test opened a connection to {address!r}")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", _refuse)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("real_tool"):
        tool = marker.args[0]
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed; .ci/run installs it")
    if item.get_closest_marker("slow") and not os.environ.get("MOORAGE_SLOW"):
        pytest.skip("a slow real-world test; .ci/run sets MOORAGE_SLOW=1 and runs it")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests measured, such as the number of cells proven, printed even where tests run in several processes."""
    lines = [
        str(value)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "cells"
    ]
    for line in sorted(set(lines)):
        terminalreporter.write_line(line)
