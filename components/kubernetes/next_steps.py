"""What a person has to do beside the deployment. Read from the plan alone."""

from __future__ import annotations

from components.kubernetes.commands import kubectl, port_forward_command
from components.kubernetes.sourcegraph import FRONTEND_SERVICE
from recommender.kubernetes.plan import ApplicationPlan, IngressPlan, KubernetesSecret, SecretKey


def next_steps(plan: ApplicationPlan) -> list[str]:
    """Sentences in the order in which they are needed."""
    return [*_commands(plan), *_before(plan), *_dns(plan), *_first_login(plan), *_private_ca(plan), *_executors(plan)]


def _commands(plan: ApplicationPlan) -> list[str]:
    if not plan.own_cluster:
        return []
    return [
        f"kubectl finds the cluster by the cluster stack's output: `pulumi stack output kubeconfig --stack "
        f"{plan.name}-cluster > kubeconfig`, then `export KUBECONFIG=$PWD/kubeconfig`. It holds no credential."
    ]


def _before(plan: ApplicationPlan) -> list[str]:
    steps: list[str] = []
    if plan.chart_file:
        steps.append(
            f"{plan.chart_file} must be the chart at {plan.version}: Helm installs whatever version it has, and "
            "what changes in it without a new version goes unnoticed."
        )
    secrets = [*_secrets_by_hand(plan), *_named_secrets(plan)]
    if secrets:
        steps.append(
            "Before the first deployment, create these secrets, and the namespaces that they are in; a pod that misses "
            f"one waits for it, and the release is undone when it waits too long: {'; '.join(secrets)}."
        )
    references = _references(plan)
    if references:
        steps.append(f"Before the first deployment, these must hold their values: {', '.join(references)}.")
    if not plan.storage_class.create:
        steps.append(
            f"The storage class {plan.storage_class.name} is yours: volumes outlive their claims only if its "
            "reclaimPolicy is Retain."
        )
    return steps


def _secrets_by_hand(plan: ApplicationPlan) -> list[str]:
    """Each secret that nothing fetches, with its namespace and keys; values only where nobody must hide them."""
    found = [(plan.namespace, secret) for secret in plan.secrets]
    if plan.executors:
        found.append((plan.executors.namespace, plan.executors.secret))
    return [
        f"{secret.name} in {namespace} with {', '.join(map(_key, secret.keys))}"
        for namespace, secret in found
        if not plan.external_secrets or not _fetched(secret)
    ]


def _fetched(secret: KubernetesSecret) -> bool:
    return all(key.source is None or key.source.reference for key in secret.keys)


def _key(key: SecretKey) -> str:
    if key.value is not None:
        return f"{key.key}={key.value}"
    return f"{key.key} ({key.source.what})" if key.source else key.key


def _named_secrets(plan: ApplicationPlan) -> list[str]:
    """Secrets that the profile names, because they exist."""
    steps: list[str] = []
    ingress = plan.ingress
    if ingress and ingress.tls_secret and not ingress.cluster_issuer:
        steps.append(f"{ingress.tls_secret} in {plan.namespace} with tls.crt and tls.key for {ingress.domain}")
    if plan.private_ca_secret:
        steps.append(f"{plan.private_ca_secret} in {plan.namespace} with ca.crt")
    if plan.image_pull_secret:
        spaces = [plan.namespace, *([plan.executors.namespace] if plan.executors else [])]
        steps.append(f"{plan.image_pull_secret} in {' and '.join(spaces)} with the registry's credentials")
    return steps


def _references(plan: ApplicationPlan) -> list[str]:
    if not plan.external_secrets:
        return []
    secrets = [*plan.secrets, *([plan.executors.secret] if plan.executors else [])]
    sources = [key.source for secret in secrets for key in secret.keys if key.source]
    return sorted({f"{source.reference} ({source.what})" for source in sources if source.reference})


def _dns(plan: ApplicationPlan) -> list[str]:
    ingress = plan.ingress
    if ingress is None:
        return []
    steps = [_record(plan, ingress)]
    if ingress.kind == "gce" and ingress.certificate is None and ingress.tls_secret is None:
        steps.append(
            "Google issues the certificate once that record is public, which can take an hour: "
            f"`{kubectl(plan)} get managedcertificates` says how far it is."
        )
    return steps


def _record(plan: ApplicationPlan, ingress: IngressPlan) -> str:
    if ingress.address_name and plan.own_cluster:
        return f"Point {ingress.domain} (an A record) at the output `address` of the stack {plan.name}-cluster."
    record = {"alb": "a CNAME record, or an alias in Route 53", "gce": "an A record"}.get(ingress.kind, "a record")
    command = f"{kubectl(plan)} get ingress {FRONTEND_SERVICE}"
    return f"Point {ingress.domain} ({record}) at the address that `{command}` shows."


def _first_login(plan: ApplicationPlan) -> list[str]:
    if plan.ingress is None:
        where = f"http://localhost:3080, while `{port_forward_command(plan)}` runs,"
        return [f"Open {where} and create the first administrator at once: the first visitor becomes it."]
    url = f"https://{plan.ingress.domain}"
    return [
        f"Open {url} and create the first administrator at once: the first visitor becomes it.",
        f"Set `externalURL` in the site configuration to {url}.",
    ]


def _private_ca(plan: ApplicationPlan) -> list[str]:
    # sourcegraph/docs@3499c087 docs/admin/config/private-network.mdx, read 2026-11-22.
    if not plan.private_ca_secret:
        return []
    return [
        "Code hosts with a certificate of your own authority: add its PEM to "
        "`experimentalFeatures.tls.external.certificates` in the site configuration."
    ]


def _executors(plan: ApplicationPlan) -> list[str]:
    executors = plan.executors
    if executors is None:
        return []
    # sourcegraph/docs@3499c087 docs/self-hosted/executors/{index,deploy-executors-kubernetes}.mdx, read 2026-11-22.
    steps = [
        "Set `executors.accessToken` in the site configuration to the value that executors have in "
        f"{executors.secret.name} of {executors.namespace}, at least 20 characters; until then they are refused."
    ]
    if "codeintel" in executors.queues:
        steps.append("Set `codeIntelAutoIndexing.enabled` to true in the site configuration, or no index job is made.")
    if plan.chart_file:
        steps.append(
            f"The executors' chart is no part of {plan.chart_file}: it comes from {plan.chart_repository}, which "
            "deployment.kubernetes.chart_repository can replace by a mirror."
        )
    if executors.kind == "native":
        steps.append(
            "Native executors are a beta that the vendor is deprecating: plan to move to the kind dind, which needs "
            "privileged pods, or to executors on machines of their own."
        )
    return steps
