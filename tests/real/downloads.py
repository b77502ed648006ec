"""Stand-ins of what installers download, and the internet of one machine, which serves them on the machine's loopback."""

from __future__ import annotations

import ctypes
import gzip
import hashlib
import io
import os
import ssl
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from recommender.host import Download, Software
from tests.plans import download

STAND_INS = Path(__file__).parent / "stand_ins"
ORIGIN, MIRROR = "https://origin.example:8443", "http://127.0.0.1:8080/mirror"
_CLONE_NEWNET = 0x40000000

_COMPOSE_FILE = """services:
  gitserver-0:
    image: index.docker.io/sourcegraph/gitserver:7.5.4453@sha256:0123456789abcdef
  caddy:
    image: index.docker.io/caddy/caddy:2.10@sha256:fedcba9876543210
"""


@cache
def software(target: Software) -> dict[str, tuple[Download, bytes]]:
    """What the plan pins, by its name, and the bytes that have these checksums."""
    if target == "install-script":
        return dict(
            [
                _file("k3s", _stand_in("k3s")),
                _file("k3s-images", b"images of k3s itself"),
                _file("helm", _archive({"linux-amd64/helm": _stand_in("helm"), "linux-amd64/LICENSE": b"none"})),
                _tree(
                    "chart", "charts/sourcegraph", {"Chart.yaml": b"name: sourcegraph\n", "templates/a.yaml": b"{}\n"}
                ),
            ]
        )
    programs = {f"docker/{name}": _stand_in(name) for name in ("docker", "dockerd", "docker-proxy")}
    files = {"docker-compose/docker-compose.yaml": _COMPOSE_FILE.encode(), "grafana/a.json": b"{}\n"}
    return dict(
        [
            _file("docker", _archive(programs)),
            _file("compose", _stand_in("docker-compose")),
            _tree("vendor-files", ".", files),
        ]
    )


def needed(target: Software) -> dict[str, tuple[Download, bytes]]:
    """What every installation fetches: container images are for machines without internet."""
    return {name: pair for name, pair in software(target).items() if not name.endswith("-images")}


def _stand_in(name: str) -> bytes:
    return (STAND_INS / name).read_bytes()


def _file(name: str, content: bytes) -> tuple[str, tuple[Download, bytes]]:
    pinned = download(name, sha256=hashlib.sha256(content).hexdigest(), url=f"{ORIGIN}/{name}-1.2.3")
    return name, (pinned, content)


def _tree(name: str, tree: str, files: dict[str, bytes]) -> tuple[str, tuple[Download, bytes]]:
    """An archive as code hosts pack them: one directory at the top, and more in it than what is used."""
    lines = [f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files)]
    prefix = "repository-0123456/" + ("" if tree == "." else f"{tree}/")
    members = {f"{prefix}{path}": content for path, content in files.items()}
    if tree != ".":
        members["repository-0123456/README.md"] = b"Not used.\n"
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    pinned = download(name, sha256=None, tree=tree, tree_sha256=digest, url=f"{ORIGIN}/{name}-1.2.3")
    return name, (pinned, _archive(members))


def repacked(archive: bytes) -> bytes:
    """The same archive with one more byte in each file: it unpacks, and only its content tells."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        contents = {member.name: packed.extractfile(member) for member in packed.getmembers()}
        return _archive({name: content.read() + b"#" for name, content in contents.items() if content})


def _archive(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


class Internet:
    """HTTPS as `ORIGIN` and HTTP as `MIRROR`, inside the network of another process, until the `with` block ends."""

    def __init__(self, files: dict[str, bytes], pid: int, certificate: Path, key: Path) -> None:
        """Listen in the network of the process `pid`.

        Args:
            files: bytes by file name. It may be changed at any time; other names are 404.
            pid: a process in the machine's network namespace.
            certificate: of `ORIGIN`, in PEM.
            key: of the certificate.
        """
        self.files = files
        self.requests: list[str] = []
        """Paths in the order of arrival, also those that were answered with 404."""
        self.stall = ""
        """Name of the file of which only the first half comes, until `go_on`."""
        self.stalled, self._go_on = threading.Event(), threading.Event()
        # A socket belongs to the network that its thread was in when it was made.
        with ThreadPoolExecutor(1) as thread:
            self._servers = thread.submit(self._listen, pid).result()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        self._servers[0].socket = context.wrap_socket(self._servers[0].socket, server_side=True)
        self._threads = [threading.Thread(target=server.serve_forever, args=(0.1,)) for server in self._servers]
        for started in self._threads:
            started.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the internet away. Doing it again changes nothing."""
        self.go_on()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for started in self._threads:
            started.join()
        self._servers = []

    def go_on(self) -> None:
        """End every stalled answer, and stall no more."""
        self.stall = ""
        self._go_on.set()

    def stall_at(self, name: str) -> None:
        """From now on, stall in the middle of this file."""
        self.stalled.clear()
        self._go_on.clear()
        self.stall = name

    def _listen(self, pid: int) -> list[ThreadingHTTPServer]:
        descriptor = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(descriptor)
        return [_Server(("127.0.0.1", port), self._handler()) for port in (8443, 8080)]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        internet = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                internet.requests.append(self.path)
                name = Path(self.path).name
                content = internet.files.get(name)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                half = len(content or b"") // 2
                self.wfile.write((content or b"")[:half])
                if internet.stall == name:
                    internet.stalled.set()
                    internet._go_on.wait(60)
                self.wfile.write((content or b"")[half:])

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the parent's name
                """Requests are recorded, not printed."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is what these tests are about."""
