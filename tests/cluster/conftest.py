"""What tests on a real control plane share."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator

import pytest

from tests.cluster.control_plane import ControlPlane
from tests.cluster.control_plane import control_plane as start

_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: object) -> None:
    host = address[0] if isinstance(address, tuple) else ""
    if self.family != socket.AF_UNIX and not ipaddress.ip_address(host).is_loopback:
        pytest.fail(f"a test of the control plane opened a connection to {address!r}")
    _connect(self, address)  # pyright: ignore[reportArgumentType]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the guard of every other test: the control plane is on loopback."""
    monkeypatch.setattr(socket.socket, "connect", _loopback_only)
    monkeypatch.setattr(socket.socket, "connect_ex", _loopback_only)


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """One control plane for all tests of a process; a test deletes what would change another's."""
    with start(tmp_path_factory.mktemp("control-plane")) as started:
        yield started


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A test that fails shows the end of each log."""
    report = yield
    started = getattr(item, "funcargs", {}).get("control_plane")
    if report.failed and isinstance(started, ControlPlane):
        report.sections.append(("logs of the control plane", started.logs()))
    return report
