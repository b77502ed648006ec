"""A kubeconfig as kubectl reads it: files merged, the first to name something wins, paths relative to their own file.

lightkube reads a single file, and credential plug-ins of the API's beta version alone; both are made up for here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from lightkube.config.kubeconfig import KubeConfig, SingleConfig
from lightkube.config.models import User
from lightkube.core.exceptions import ConfigError

from recommender.errors import MoorageError

Document = dict[str, Any]

_LISTS = {"clusters": "cluster", "contexts": "context", "users": "user"}
_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_EXEC = "client.authentication.k8s.io"
_CHOOSE = "Name another with --kubeconfig and --context, or in deployment.kubernetes.context."


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one cluster as one user."""

    config: SingleConfig
    proxy: str | None
    server_name: str | None
    """Name that the server's certificate is for, where it is not that of the address."""

    @property
    def context(self) -> str:
        """Of the kubeconfig."""
        return self.config.context_name

    @property
    def server(self) -> str:
        """URL of the API server."""
        return self.config.cluster.server


def find_access(path: str | None, context: str | None) -> Access:
    """Chooses a context.

    Args:
        path: of a kubeconfig; None: the files of `KUBECONFIG`, else `~/.kube/config`.
        context: its name; None: the current one.

    Raises:
        MoorageError: there is no such file or context, or it says too little.
    """
    document = _merged(_files(path))
    name = context or document.get("current-context")
    if not name:
        raise MoorageError("the kubeconfig has no current context, and the profile names none", fix=_CHOOSE)
    known = sorted(document["contexts"])
    if name not in known:
        raise MoorageError(f"the kubeconfig has no context {name!r}; it has {', '.join(known) or 'none'}", fix=_CHOOSE)
    cluster = document["clusters"].get(document["contexts"][name].get("cluster"), {})
    users = document["users"]
    for user in users.values():
        _prepare_plugin(user, cluster)
    try:
        listed = {
            key: [{"name": each, one: found} for each, found in document[key].items()] for key, one in _LISTS.items()
        }
        config = KubeConfig.from_dict(listed).get(name)
    except (ConfigError, KeyError, TypeError, ValueError) as error:
        raise MoorageError(f"the context {name!r} is not complete: {_short(error)}", fix=_CHOOSE) from None
    if config is None or not cluster.get("server"):
        raise MoorageError(f"the context {name!r} names no cluster with an address", fix=_CHOOSE)
    # lightkube asks for a user even where the context has none.
    config = config._replace(user=config.user or User())
    return Access(config, cluster.get("proxy-url"), cluster.get("tls-server-name"))


def _files(path: str | None) -> list[Path]:
    given = [path] if path else [each for each in os.environ.get("KUBECONFIG", "").split(os.pathsep) if each]
    wanted = [Path(each).expanduser() for each in given or ["~/.kube/config"]]
    found = [each for each in wanted if each.is_file()]
    if not found:
        raise MoorageError(
            f"there is no kubeconfig: {', '.join(map(str, wanted))}",
            fix="Name one with --kubeconfig, or set KUBECONFIG; `aws eks update-kubeconfig` and `gcloud container "
            "clusters get-credentials` write one.",
        )
    return found


def _merged(files: Sequence[Path]) -> Document:
    merged: Document = {key: {} for key in _LISTS}
    for file in files:
        document = _read(file)
        merged.setdefault("current-context", document.get("current-context") or None)
        merged["current-context"] = merged["current-context"] or document.get("current-context")
        for key, name, found in _entries(document):
            merged[key].setdefault(name, _absolute(found, file.resolve().parent))
    return merged


def _read(file: Path) -> Document:
    try:
        document = yaml.safe_load(file.read_bytes())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        # The text of YAML's own error would quote the file, and so a credential.
        raise MoorageError(f"the kubeconfig {file} cannot be read: {type(error).__name__}", fix=_CHOOSE) from None
    if not isinstance(document, dict):
        raise MoorageError(f"{file} is not a kubeconfig", fix=_CHOOSE)
    return document


def _entries(document: Document) -> Iterator[tuple[str, str, Document]]:
    for key, singular in _LISTS.items():
        for entry in document.get(key) or ():
            if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                yield key, entry["name"], dict(entry.get(singular) or {})


def _absolute(found: Document, directory: Path) -> Document:
    changed: Document = {key: str(directory / found[key]) for key in _PATHS if found.get(key)}
    plugin = found.get("exec")
    if isinstance(plugin, dict) and "/" in str(plugin.get("command", "")):
        changed["exec"] = plugin | {"command": str(directory / plugin["command"])}
    return found | changed


def _prepare_plugin(user: Document, cluster: Mapping[str, Any]) -> None:
    """Tells a credential plug-in which version of the API to answer in, as kubectl does by a variable.

    lightkube refuses to run those of v1, of whose answer it would read the same field.
    """
    plugin = user.get("exec")
    if not isinstance(plugin, dict):
        return
    version = str(plugin.get("apiVersion", ""))
    spec: Document = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        keys = ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url")
        spec["cluster"] = {key: cluster[key] for key in keys if key in cluster}
    told = json.dumps({"kind": "ExecCredential", "apiVersion": version, "spec": spec})
    environment = [*(plugin.get("env") or ()), {"name": "KUBERNETES_EXEC_INFO", "value": told}]
    user["exec"] = plugin | {"env": environment}
    if version == f"{_EXEC}/v1":
        user["exec"]["apiVersion"] = f"{_EXEC}/v1beta1"


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
