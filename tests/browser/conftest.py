"""A real browser: Debian's Chromium, driven over loopback, told to reach nothing."""

from __future__ import annotations

import ipaddress
import shutil
import socket
from collections.abc import Iterator

import pytest

pytest.importorskip("selenium")

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

_connect = socket.socket.connect

_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
)


def _loopback_only(self: socket.socket, address: object) -> None:
    host = address[0] if isinstance(address, tuple) else ""
    local = self.family == socket.AF_UNIX or host == "localhost" or ipaddress.ip_address(host).is_loopback
    if not local:
        pytest.fail(f"a test of the page opened a connection to {address!r}")
    _connect(self, address)  # pyright: ignore[reportArgumentType]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the guard of every other test: the driver listens on loopback."""
    monkeypatch.setattr(socket.socket, "connect", _loopback_only)


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """One browser for a module; a test that changes a setting of the browser sets it anew itself."""
    options = Options()
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.binary_location = str(shutil.which("chromium"))
    # The driver is named, so selenium looks for none and downloads none.
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()
