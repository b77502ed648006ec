"""A Kubernetes control plane on loopback: etcd, API server, controller manager, scheduler, and kwok in place of kubelets.

All of it is real but the kubelets: authentication, RBAC, admission, controllers and scheduling behave as in a cluster,
and nothing runs in a container. `.ci/run` brings the programs.
"""

from __future__ import annotations

import base64
import json
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.certificates import Authority
from tests.cluster.client import ApiError, Client, Object
from tests.cluster.processes import Processes
from tests.cluster.waiting import wait_until

VERSION = "v1.36.4"
"""What `.ci/control-plane.sh` builds."""

TOOLS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "etcd", "openssl", "setpriv")
REQUIRES = [pytest.mark.real_tool(tool) for tool in TOOLS]
"""For `pytestmark`."""

CONTEXT = "moorage-test"
"""Context of every kubeconfig; its cluster and user have the same name."""

_USERS = "moorage-users"
"""Namespace of the service accounts that stand for users."""

_READY_SECONDS = 60
_KUBELET = Path(__file__).with_name("kubelet.yaml")
_ROOT = Path(__file__).resolve().parents[2]


class ControlPlane:
    """A control plane that runs. Its administrator is in `system:masters`, whom RBAC lets do everything."""

    def __init__(self, url: str, directory: Path, authority: Authority, processes: Processes) -> None:
        """Describe it.

        Args:
            url: of the API server.
            directory: exists, and takes the kubeconfigs.
            authority: of the API server and of its users' certificates.
            processes: that it consists of.
        """
        self.url = url
        self._directory = directory
        self._processes = processes
        self._ca = authority.certificate
        self.certificate = administrator = authority.client("administrator", "system:masters")
        """Certificate and key of the administrator."""
        self.client = Client(url, self._ca, certificate=administrator)
        """The administrator's."""
        self.kubeconfig = self._write_kubeconfig(
            "administrator",
            {
                "client-certificate-data": base64.b64encode(administrator[0].read_bytes()).decode(),
                "client-key-data": base64.b64encode(administrator[1].read_bytes()).decode(),
            },
        )
        """The administrator's, with certificates in it."""
        self._users: dict[str, Client] = {}

    def api(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        user: str | None = None,
        *,
        content_type: str = "application/json",
    ) -> Object:
        """The answer to one request.

        Args:
            method: of HTTP.
            path: such as `/api/v1/nodes`, with its query.
            body: sent as JSON.
            user: of `add_user`; None: the administrator.
            content_type: of the body; patches have their own.

        Raises:
            ApiError: the API server refused; its `status` and `message` say why.
        """
        return self.client_of(user).api(method, path, body, content_type=content_type)

    def client_of(self, user: str | None) -> Client:
        """The way of a user of `add_user`, or of the administrator, to the API server."""
        return self._users[user] if user else self.client

    def add_user(self, name: str, rules: Sequence[Mapping[str, Any]] = (), *, namespace: str | None = None) -> None:
        """Make a user who may do nothing but what RBAC rules say, and what every user may.

        It is a service account, so it has a bearer token, and its groups are those of service accounts. Called again
        for the same name, it grants in addition: a namespace's rules beside those of the cluster.

        Args:
            name: of the user.
            rules: of a role, such as `{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}`.
            namespace: where the rules hold, made when it is not there; None: in the whole cluster.
        """
        self.add_namespace(_USERS)
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": _USERS}}
        self.client.apply(account)
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": []}}
        answer = self.api("POST", f"/api/v1/namespaces/{_USERS}/serviceaccounts/{name}/token", request)
        token = answer["status"]["token"]
        self._users[name] = Client(self.url, self._ca, token=token)
        self._write_kubeconfig(name, {"token": token})
        if rules:
            self._grant(name, rules, namespace)

    def _grant(self, name: str, rules: Sequence[Mapping[str, Any]], namespace: str | None) -> None:
        group, metadata, prefix = "rbac.authorization.k8s.io", {"name": f"user-{name}"}, "Cluster"
        if namespace:
            self.add_namespace(namespace)
            metadata, prefix = {**metadata, "namespace": namespace}, ""
        common = {"apiVersion": f"{group}/v1", "metadata": metadata}
        self.client.apply({**common, "kind": f"{prefix}Role", "rules": list(rules)})
        subject = {"kind": "ServiceAccount", "name": name, "namespace": _USERS}
        role = {"apiGroup": group, "kind": f"{prefix}Role", "name": metadata["name"]}
        self.client.apply({**common, "kind": f"{prefix}RoleBinding", "roleRef": role, "subjects": [subject]})

    def add_namespace(self, name: str) -> None:
        """Make a namespace unless it is there, and wait for the service account without which it takes no pods."""
        self.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        wait_until(f"namespace {name} takes pods", lambda: self.client.exists(account), _READY_SECONDS)

    def logs(self) -> str:
        """The end of each process's log."""
        return self._processes.tails()

    def kubeconfig_for(self, user: str) -> Path:
        """The kubeconfig of a user of `add_user`, with a bearer token in it."""
        return self._directory / f"{user}.kubeconfig"

    def _write_kubeconfig(self, name: str, credentials: Mapping[str, str]) -> Path:
        ca = base64.b64encode(self._ca.read_bytes()).decode()
        path = self._directory / f"{name}.kubeconfig"
        path.touch(0o600)
        text = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": CONTEXT, "cluster": {"server": self.url, "certificate-authority-data": ca}}],
            "users": [{"name": CONTEXT, "user": dict(credentials)}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
            "current-context": CONTEXT,
        }
        path.write_text(json.dumps(text, indent=2))  # JSON is YAML
        return path


@contextmanager
def control_plane(directory: Path) -> Iterator[ControlPlane]:
    """Start a control plane, and stop all of it at the end.

    Args:
        directory: empty, for data, certificates, kubeconfigs and logs.

    Raises:
        RuntimeError: it did not get ready. The message has the end of each log.
    """
    with ExitStack() as stack:
        processes = Processes(directory)
        stack.callback(processes.stop)
        certificates = directory / "certificates"
        certificates.mkdir(mode=0o700)
        authority = Authority(certificates)
        etcd, port = _free_ports(2)
        started = ControlPlane(f"https://127.0.0.1:{port}", directory, authority, processes)
        _start_etcd(processes, etcd, directory)
        accounts = authority.key("service-accounts")
        _start_api_server(processes, port, etcd, authority, accounts)
        processes.wait_for("The API server", lambda: _is_ready(started.client), _READY_SECONDS)
        _start_clients(processes, started, authority, accounts)
        processes.wait_for("The controller manager", lambda: _controls(started.client), _READY_SECONDS)
        yield started


def _start_etcd(processes: Processes, port: int, directory: Path) -> None:
    url = f"http://127.0.0.1:{port}"
    processes.start(
        "etcd",
        "etcd",
        f"--data-dir={directory / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        "--listen-peer-urls=http://127.0.0.1:0",
        "--logger=zap",
        "--log-level=warn",
        "--unsafe-no-fsync",  # the data goes with the test
    )


def _start_api_server(processes: Processes, port: int, etcd: int, authority: Authority, accounts: Path) -> None:
    certificate, key = authority.server("kube-apiserver", "IP:127.0.0.1", "DNS:localhost", "DNS:kubernetes.default.svc")
    processes.start(
        "kube-apiserver",
        "kube-apiserver",
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        "--endpoint-reconciler-type=none",  # an endpoint on loopback is refused again and again
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        # Debian's etcd does not report the progress of a watch, which both would wait for.
        "--feature-gates=WatchList=false,SizeBasedListCostEstimate=false",
        f"--client-ca-file={authority.certificate}",
        f"--tls-cert-file={certificate}",
        f"--tls-private-key-file={key}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={accounts}",
        f"--service-account-signing-key-file={accounts}",
    )


def _start_clients(processes: Processes, started: ControlPlane, authority: Authority, accounts: Path) -> None:
    """Everything that talks to the API server, as the administrator. One of each, so nobody elects a leader."""
    kubeconfig = f"--kubeconfig={started.kubeconfig}"
    alone = ("--leader-elect=false", "--secure-port=0", "--kube-api-qps=1000", "--kube-api-burst=1000")
    processes.start(
        "kube-controller-manager",
        "kube-controller-manager",
        kubeconfig,
        *alone,
        # No kubelet would ever say that a volume is attached.
        "--controllers=*,-persistentvolume-attach-detach-controller",
        f"--root-ca-file={authority.certificate}",
        f"--service-account-private-key-file={accounts}",
    )
    processes.start("kube-scheduler", "kube-scheduler", kubeconfig, *alone)
    # A node of which nobody renews the lease would be taken for lost after 50 seconds.
    kubelets = ("--manage-all-nodes=true", "--node-lease-duration-seconds=40", f"--config={_KUBELET}", "--v=WARN")
    processes.start("kwok", "kwok", kubeconfig, *kubelets)
    paths = (authority.certificate, *started.certificate)
    # From the root of the repository, where the packages of the tests are.
    provisioner = (sys.executable, "-m", "tests.cluster.provisioner", started.url, *map(str, paths))
    processes.start("provisioner", *provisioner, directory=_ROOT)


def _is_ready(client: Client) -> bool:
    try:
        with client.open("GET", "/readyz", timeout=5):
            return True
    except ApiError:  # it answers, and some part of it is not ready
        return False


def _controls(client: Client) -> bool:
    """Whether the controller manager has made what pods of the first namespace need."""
    return client.exists("/api/v1/namespaces/default/serviceaccounts/default")


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on. All are held until the last is found, so they differ."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for found in sockets:
            found.bind(("127.0.0.1", 0))
        return [found.getsockname()[1] for found in sockets]
