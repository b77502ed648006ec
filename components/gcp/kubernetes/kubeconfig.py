"""How a client reaches the cluster, and who it says it is."""

from __future__ import annotations

import pulumi
import yaml

_PLUGIN = "gke-gcloud-auth-plugin"


def kubeconfig(name: str, endpoint: pulumi.Output[str]) -> pulumi.Output[str]:
    """Text of a kubeconfig for the cluster's DNS endpoint, without a credential: a plugin asks gcloud for a token.

    It names no certificate authority: Google's front end, which checks IAM before a request reaches the control
    plane, has a certificate that every machine trusts.
    """
    return endpoint.apply(lambda url: _text(name, url))


def _text(name: str, url: str) -> str:
    login = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": _PLUGIN,
        "installHint": f"gcloud components install {_PLUGIN}",
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": True,
    }
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": url}}],
        "users": [{"name": name, "user": {"exec": login}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    return yaml.safe_dump(document, sort_keys=False)
