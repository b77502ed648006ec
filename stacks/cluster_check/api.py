"""Requests to the API server: reads, and the question whether one may do something. There is no other request here.

lightkube finds the credentials and makes the connection; objects are read as the JSON that they are, so that no
version of Kubernetes is too old or too new for its models, and so that secrets can be asked for without their values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
from lightkube.config.client_adapter import Client, ConnectionParams
from lightkube.core.exceptions import ConfigError

from recommender.errors import MoorageError
from recommender.kubernetes.permissions import Permission
from stacks.cluster_check.kubeconfig import Access

Object = dict[str, Any]

CONNECT_SECONDS = 10
READ_SECONDS = 30
_PAGE = 500
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class DeniedError(Exception):
    """The API server lets whoever asks not read this."""


class Api:
    """One user's way to one cluster."""

    def __init__(self, access: Access) -> None:
        """Connects nothing yet.

        Raises:
            MoorageError: credentials or certificates of the kubeconfig cannot be used.
        """
        self.access = access
        timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        try:
            self._http = Client(access.config, ConnectionParams(timeout=timeout, proxy=access.proxy))
        except (ConfigError, OSError, ValueError) as error:
            raise MoorageError(
                f"the credentials of the context {access.context!r} cannot be used: {_first_line(error)}",
                fix="Log in again, so that the kubeconfig is written anew.",
            ) from None
        self._extensions = {"sni_hostname": access.server_name} if access.server_name else None

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(
        self, path: str, query: Mapping[str, str] | None = None, *, accept: str = "application/json"
    ) -> Object | None:
        """The object; None where there is none.

        Raises:
            DeniedError: it may not be read.
            MoorageError: there is no answer that can be used.
        """
        return self._send("GET", path, query=query, accept=accept)

    def items(self, path: str) -> list[Object]:
        """All objects of a list, page by page; none where the cluster does not know the kind."""
        found: list[Object] = []
        query = {"limit": str(_PAGE)}
        while answer := self.get(path, query):
            found += answer.get("items") or ()
            following = (answer.get("metadata") or {}).get("continue")
            if not following:
                break
            query["continue"] = following
        return found

    def metadata(self, path: str) -> Object | None:
        """Metadata of an object without the object: the API server leaves a secret's values out."""
        answer = self.get(path, accept=_METADATA)
        return None if answer is None else answer.get("metadata") or {}

    def allowed(self, wanted: Permission) -> bool:
        """Whether the cluster would let its user do this."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": _attributes(wanted),
        }
        answer = self._send("POST", _REVIEWS, body=review)
        return bool(answer and (answer.get("status") or {}).get("allowed"))

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        accept: str = "application/json",
    ) -> Object | None:
        headers = {"Accept": accept, "User-Agent": "moorage"}
        try:
            answer = self._http.request(
                method, path, params=query, json=body, headers=headers, extensions=self._extensions
            )
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from None
        except (ConfigError, OSError, KeyError, TypeError, ValueError) as error:  # of a credential plug-in
            raise MoorageError(
                f"the credentials of the context {self.access.context!r} could not be had: {_first_line(error)}",
                fix="Run `kubectl get namespaces` with this context, and mend what it says.",
            ) from None
        return self._answered(method, path, answer)

    def _answered(self, method: str, path: str, answer: httpx2.Response) -> Object | None:
        if answer.status_code == 404:
            return None
        if answer.status_code == 401:
            raise MoorageError(
                f"{self.access.server} does not know the user of the context {self.access.context!r} (401)",
                fix="Log in again; on EKS, the role must also have an access entry of the cluster.",
            )
        if answer.status_code == 403:
            raise DeniedError(path)
        try:
            document = answer.json()
        except ValueError:
            document = None
        if answer.is_success and isinstance(document, dict):
            return document
        raise MoorageError(
            f"{self.access.server} answered {answer.status_code} to {method} {path}, not as Kubernetes does",
            fix="Look whether the address is that of an API server, and whether it is well; then run this again.",
        )

    def _unreachable(self, error: httpx2.HTTPError) -> MoorageError:
        words = _first_line(error)
        if "CERTIFICATE_VERIFY_FAILED" in words or "certificate" in words.lower():
            return MoorageError(
                f"the certificate of {self.access.server} is not one that the kubeconfig trusts: {words}",
                fix="Fetch the kubeconfig again. If a proxy opens TLS on the way, exempt the API server from it.",
            )
        return MoorageError(
            f"{self.access.server} does not answer: {words}",
            fix="Run this from where the API can be reached: its network, a VPN, or an address that it allows.",
        )


def _attributes(wanted: Permission) -> Object:
    """The question, in the API's words."""
    resource, _, subresource = wanted.resource.partition("/")
    if not resource:
        return {"nonResourceAttributes": {"verb": wanted.verb, "path": wanted.resource}}
    attributes = {"verb": wanted.verb, "group": wanted.group, "resource": resource, "subresource": subresource}
    return {"resourceAttributes": attributes | {"namespace": wanted.namespace or ""}}


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")[:200] or type(error).__name__
