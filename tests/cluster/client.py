"""Requests to a Kubernetes API server, by nothing but the standard library."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

Object = dict[str, Any]
"""A Kubernetes object, or another answer of the API server."""

_TIMEOUT = 60
"""Seconds for one answer."""


class ApiError(Exception):
    """The API server refused. `status` is HTTP's, `reason` and `message` are Kubernetes' own."""

    def __init__(self, request: str, status: int, answer: Object) -> None:
        self.status = status
        self.reason: str = answer.get("reason", "")
        self.message: str = answer.get("message", "")
        super().__init__(f"{request}: {status} {self.reason}: {self.message}")


class Client:
    """One user's way to an API server."""

    def __init__(
        self, url: str, ca: Path, *, certificate: tuple[Path, Path] | None = None, token: str | None = None
    ) -> None:
        """Connect nothing yet.

        Args:
            url: without a slash at its end.
            ca: certificate of the server's authority.
            certificate: client certificate and its key.
            token: bearer token. Without either the user is anonymous.
        """
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._kinds: dict[tuple[str, str], tuple[str, bool]] = {}
        context = ssl.create_default_context(cafile=ca)
        if certificate:
            context.load_cert_chain(*certificate)
        # The environment's proxy is not asked: the API server is on loopback.
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        content_type: str = "application/json",
        timeout: float = _TIMEOUT,
    ) -> Iterator[HTTPResponse]:
        """The response itself, for answers that never end or are no JSON.

        Args:
            method: of HTTP.
            path: from the first slash, with its query.
            body: sent as JSON.
            content_type: of the body; patches have their own.
            timeout: seconds for each read.

        Raises:
            ApiError: the API server refused.
            OSError: it could not be reached.
        """
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._url + path, data, {"Content-Type": content_type, **self._headers}, method=method)
        try:
            with self._opener.open(request, timeout=timeout) as response:
                yield response
        except HTTPError as error:
            with error:
                text = error.read().decode()
            try:
                answer = json.loads(text)
            except ValueError:  # such as /readyz, which answers in plain text
                answer = {"message": text}
            raise ApiError(f"{method} {path}", error.code, answer) from None

    def api(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, content_type: str = "application/json"
    ) -> Object:
        """The answer to one request. Arguments and errors are `open`'s."""
        with self.open(method, path, body, content_type=content_type) as response:
            return json.load(response)

    def items(self, path: str) -> list[Object]:
        """What a list holds."""
        return self.api("GET", path)["items"]

    def exists(self, path: str) -> bool:
        """Whether there is an object."""
        try:
            self.api("GET", path)
        except ApiError as error:
            if error.status == 404:
                return False
            raise
        return True

    def path(self, manifest: Mapping[str, Any]) -> str:
        """Where the API server keeps the object of a manifest, by what it says of its kinds.

        Raises:
            LookupError: it knows no such kind.
        """
        version, kind, metadata = manifest["apiVersion"], manifest["kind"], manifest["metadata"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if (version, kind) not in self._kinds:
            for resource in self.api("GET", root)["resources"]:
                if "/" not in resource["name"]:  # else a subresource, such as pods/status
                    self._kinds[version, resource["kind"]] = resource["name"], resource["namespaced"]
        if (version, kind) not in self._kinds:
            raise LookupError(f"the API server knows no {kind} in {version}")
        plural, namespaced = self._kinds[version, kind]
        scope = f"/namespaces/{metadata.get('namespace', 'default')}" if namespaced else ""
        return f"{root}{scope}/{plural}/{metadata['name']}"

    def apply(self, manifest: Mapping[str, Any], *, dry_run: bool = False) -> Object:
        """Server-side apply, where an unknown field is an error.

        Args:
            manifest: of one object.
            dry_run: defaulting, validation and admission happen, and nothing is kept.

        Raises:
            ApiError: the API server refused.
            LookupError: it knows no such kind.
        """
        query = {"fieldManager": "moorage-test", "fieldValidation": "Strict", "force": "true"}
        if dry_run:
            query["dryRun"] = "All"
        path = f"{self.path(manifest)}?{urlencode(query)}"
        return self.api("PATCH", path, manifest, content_type="application/apply-patch+yaml")

    def delete(self, manifest: Mapping[str, Any]) -> None:
        """Delete an object now. One that is not there is fine."""
        try:
            self.api("DELETE", self.path(manifest) + "?gracePeriodSeconds=0")
        except ApiError as error:
            if error.status != 404:
                raise
