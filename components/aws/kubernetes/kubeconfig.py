"""How kubectl finds the cluster, and who it says it is."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import yaml


def kubeconfig(cluster: aws.eks.Cluster, *, name: str, region: str) -> pulumi.Output[str]:
    """Text of a kubeconfig without a credential: the AWS command line makes a token for whoever runs it."""
    certificate = cluster.certificate_authority.apply(lambda authority: authority.data)
    return pulumi.Output.all(cluster.endpoint, certificate).apply(
        lambda found: _text(name, region, endpoint=found[0], certificate=found[1])
    )


def _text(name: str, region: str, *, endpoint: str, certificate: str) -> str:
    login = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"],
        "interactiveMode": "IfAvailable",
    }
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": endpoint, "certificate-authority-data": certificate}}],
        "users": [{"name": name, "user": {"exec": login}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    return yaml.safe_dump(document, sort_keys=False)
