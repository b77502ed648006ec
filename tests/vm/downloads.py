"""A web server on the host's loopback that serves stand-ins of what a machine downloads.

with Downloads({"/k3s": b"#!/bin/sh\n"}) as downloads:
    user_data = user_data_of(plan, mirror=downloads.guest_url)
    ...
    assert downloads.requests == ["GET /k3s"]
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

_GUEST_ADDRESS = "10.0.2.2"
"""What qemu's user network calls the host's loopback (QEMU documentation, "Network emulation", read 2026-11-22)."""


class Downloads:
    """Serves `files`, a path such as `/k3s/v1/k3s` to its bytes, until the `with` block ends. Other paths are 404.

    The dictionary may be changed while a machine runs: a file that goes missing, or one with a wrong checksum.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.requests: list[str] = []
        """Every request in the order of arrival, such as `GET /k3s`, also those that were answered with 404."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def guest_url(self) -> str:
        """Where a machine finds the server, without a slash at the end."""
        return f"http://{_GUEST_ADDRESS}:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        downloads = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(send=True)

            def do_HEAD(self) -> None:
                self._answer(send=False)

            def _answer(self, *, send: bool) -> None:
                path = self.path.partition("?")[0]
                downloads.requests.append(f"{self.command} {path}")
                content = downloads.files.get(path)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                if send and content:
                    self.wfile.write(content)

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the parent's name
                """Requests are recorded, not printed."""

        return Handler
