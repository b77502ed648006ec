"""An API server on loopback that knows a few objects, refuses all that would change one, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from recommender.kubernetes.needs import Needs
from recommender.kubernetes.nodes import node_shape
from recommender.kubernetes.scheduling import nodes_needed

Object = dict[str, Any]

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
TOKEN = "CANARY-t0ken"
VALUE = "CANARY-va1ue"
"""What a secret holds."""
PAGE = 2
"""Objects of a page, so that every list has several."""


@dataclass
class FakeApi:
    """What it holds and what it was asked. Paths are those of the API."""

    objects: dict[str, Object] = field(default_factory=dict)
    """Single ones; a path that is not here is not found."""
    lists: dict[str, list[Object]] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    """Paths that nobody may read."""
    refused: set[tuple[str, str]] = field(default_factory=set)
    """Verb and resource that the user may not do. Any: the user is no administrator either."""
    broken: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Path to another answer: status and text."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each request, in order."""
    forbidden: list[str] = field(default_factory=list)
    """Requests that a check has no business to make."""
    url: str = ""

    def secret(self, namespace: str, name: str, keys: tuple[str, ...]) -> None:
        written = {"f:data": {".": {}, **{f"f:{key}": {} for key in keys}}, "f:type": {}}
        metadata = {
            "name": name,
            "namespace": namespace,
            "managedFields": [{"manager": "kubectl", "fieldsV1": written}],
        }
        self.objects[f"/api/v1/namespaces/{namespace}/secrets/{name}"] = {
            "metadata": metadata,
            "data": dict.fromkeys(keys, VALUE),
        }

    def answer(
        self, method: str, path: str, accept: str, query: Mapping[str, list[str]], body: Object
    ) -> tuple[int, Any]:
        if method == "POST" and path == REVIEWS:
            asked = body["spec"].get("resourceAttributes") or {"resource": "", **body["spec"]["nonResourceAttributes"]}
            return 201, {"status": {"allowed": self._allowed(asked)}}
        if method != "GET":
            self.forbidden.append(f"{method} {path}")
            return 405, {"message": "the check may not change anything"}
        if path in self.denied:
            return 403, {"reason": "Forbidden"}
        if path in self.lists:
            start = int(query.get("continue", ["0"])[0])
            following = str(start + PAGE) if start + PAGE < len(self.lists[path]) else None
            return 200, {"metadata": {"continue": following}, "items": self.lists[path][start : start + PAGE]}
        if path.endswith("/secrets"):
            self.forbidden.append(f"{method} {path}: a list of secrets")
        found = self.objects.get(path)
        if found is None:
            return 404, {"reason": "NotFound"}
        if accept == METADATA:
            return 200, {"kind": "PartialObjectMetadata", "metadata": found["metadata"]}
        if "/secrets/" in path:
            self.forbidden.append(f"{method} {path}: the values of a secret")
        return 200, found

    def _allowed(self, attributes: Object) -> bool:
        if attributes["verb"] == "*":
            return not self.refused
        return (attributes["verb"], attributes["resource"]) not in self.refused


def _handler(api: FakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            address = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            api.asked.append((self.command, address.path))
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self._send(401, json.dumps({"reason": "Unauthorized"}))
            elif address.path in api.broken:
                self._send(*api.broken[address.path])
            else:
                accept = self.headers.get("Accept", "")
                status, answer = api.answer(self.command, address.path, accept, parse_qs(address.query), body)
                self._send(status, json.dumps(answer))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 - names of the base class

        def _send(self, status: int, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            pass

    return Handler


@contextmanager
def served(api: FakeApi) -> Iterator[FakeApi]:
    """The API on a port of loopback, until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def good_api(needs: Needs, driver: str = "ebs.csi.aws.com") -> FakeApi:
    """A cluster that has all that a plan asks for."""
    shape = node_shape("aws", "m6a.4xlarge")
    names = [f"node-{index}" for index in range(nodes_needed(needs.workloads, shape, zones=3).nodes)]
    room = {"cpu": f"{shape.cpu_millis}m", "memory": f"{shape.memory_mib}Mi", "pods": str(shape.pods)}
    room["ephemeral-storage"] = f"{shape.ephemeral_gib}Gi"
    api = FakeApi()
    api.objects["/version"] = {"gitVersion": "v1.36.4"}
    api.lists["/api/v1/nodes"] = [_node(name, room, index) for index, name in enumerate(names)]
    limit = {"name": driver, "allocatable": {"count": shape.volumes}}
    api.lists["/apis/storage.k8s.io/v1/csinodes"] = [
        {"metadata": {"name": name}, "spec": {"drivers": [limit]}} for name in names
    ]
    api.lists["/api/v1/pods"] = [_pod("coredns-0", names[0]), _pod("coredns-1", names[-1]), _pod("cilium-0", names[0])]
    api.lists["/api/v1/persistentvolumeclaims"] = []
    api.lists["/apis/storage.k8s.io/v1/storageclasses"] = [_storage_class(needs.storage_class.name, driver)]
    name = needs.ingress.class_name if needs.ingress else "nginx"
    ingress = {"metadata": {"name": name}, "spec": {"controller": "k8s.io/ingress-nginx"}}
    api.lists["/apis/networking.k8s.io/v1/ingressclasses"] = [ingress]
    for space in needs.namespaces:
        api.objects[f"/api/v1/namespaces/{space.name}"] = {"metadata": {"name": space.name}}
        for kind in ("resourcequotas", "limitranges"):
            api.lists[f"/api/v1/namespaces/{space.name}/{kind}"] = []
        api.lists[f"/apis/networking.k8s.io/v1/namespaces/{space.name}/networkpolicies"] = []
    for each in needs.secrets:
        api.secret(each.namespace, each.name, each.keys)
    return api


def _node(name: str, room: Object, index: int) -> Object:
    labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": f"z{index % 3}",
    }
    ready = [{"type": "Ready", "status": "True"}]
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {},
        "status": {"allocatable": room, "conditions": ready},
    }


def _pod(name: str, node: str) -> Object:
    requests = {"cpu": "10m", "memory": "1Mi"}
    return {
        "metadata": {"name": name, "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
        "spec": {"nodeName": node, "containers": [{"name": "main", "resources": {"requests": requests}}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    }


def _storage_class(name: str, driver: str) -> Object:
    return {
        "metadata": {"name": name},
        "provisioner": driver,
        "reclaimPolicy": "Retain",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def kubeconfig(path: Path, url: str, *, context: str = "office", user: Object | None = None, **cluster: Any) -> Path:
    """Writes a kubeconfig with a bearer token, or another user."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "there", "cluster": {"server": url, **cluster}}],
        "users": [{"name": "me", "user": {"token": TOKEN} if user is None else user}],
        "contexts": [{"name": context, "context": {"cluster": "there", "user": "me"}}],
        "current-context": context,
    }
    path.write_text(json.dumps(document))
    return path
