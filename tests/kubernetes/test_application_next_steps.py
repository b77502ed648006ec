"""What people are told, which the plan alone decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.kubernetes.next_steps import next_steps
from recommender.host import Secret
from recommender.kubernetes.plan import ApplicationPlan, KubernetesSecret, SecretKey
from tests.kubernetes.plans import application_plan, existing_cluster

PASSWORD = Secret("pgsql-password", "the password of the user sg", None)


def steps(plan: ApplicationPlan) -> str:
    return "\n".join(next_steps(plan))


def by_hand(**changes: Any) -> ApplicationPlan:
    """An existing cluster whose database is outside of it, and whose secrets people create."""
    keys = (SecretKey("user", value="sg"), SecretKey("password", source=PASSWORD))
    plan = replace(existing_cluster(), secrets=(KubernetesSecret("sourcegraph-pgsql", keys),))
    return replace(plan, **changes)


def test_on_aws_the_domain_is_pointed_at_the_load_balancer_that_kubernetes_made() -> None:
    command = "`kubectl --namespace sourcegraph get ingress sourcegraph-frontend`"
    assert (
        f"Point sourcegraph.acme.example (a CNAME record, or an alias in Route 53) at the address that {command} shows."
    ) in next_steps(application_plan())


def test_on_gcp_the_address_is_known_before_the_ingress() -> None:
    said = steps(application_plan("gcp"))
    assert "(an A record) at the output `address` of the stack acme-cluster." in said
    assert "get managedcertificates" in said
    ingress = application_plan("gcp").ingress
    assert ingress is not None
    assert "managedcertificates" not in steps(application_plan("gcp", ingress=replace(ingress, tls_secret="tls")))


def test_on_an_existing_cluster_commands_name_its_context() -> None:
    said = steps(existing_cluster())
    assert "kubectl --context office --namespace sourcegraph get ingress" in said
    assert "stack output kubeconfig" not in said
    assert "stack output kubeconfig --stack acme-cluster" in steps(application_plan())


def test_without_a_domain_people_come_in_through_kubectl() -> None:
    said = steps(application_plan(ingress=None))
    assert "http://localhost:3080" in said
    assert "externalURL" not in said
    assert "Set `externalURL` in the site configuration to https://sourcegraph.acme.example." in steps(
        application_plan()
    )


def test_secrets_that_nothing_fetches_are_listed_with_their_keys_before_anything_else() -> None:
    said = next_steps(by_hand())
    assert "sourcegraph-pgsql in sourcegraph with user=sg, password (the password of the user sg)" in said[0]
    assert "sourcegraph-tls in sourcegraph with tls.crt and tls.key for sourcegraph.acme.example" in said[0]
    named = next_steps(by_hand(image_pull_secret="registry", private_ca_secret="authority"))[0]
    assert "registry in sourcegraph with" in named
    assert "authority in sourcegraph with ca.crt" in named


def test_fetched_secrets_are_named_by_where_they_are() -> None:
    said = steps(application_plan())
    assert "these must hold their values: arn:aws:secretsmanager:us-east-1:123456789012:secret:acme/executors" in said
    assert "create these secrets" not in said
    unfetched = steps(by_hand(external_secrets=True))
    assert "sourcegraph-pgsql in sourcegraph" in unfetched, "without a reference nothing can fetch it"


def test_an_issuer_fills_the_secret_of_the_certificate() -> None:
    ingress = existing_cluster().ingress
    assert ingress is not None
    assert "sourcegraph-tls" not in steps(by_hand(ingress=replace(ingress, cluster_issuer="letsencrypt")))


def test_executors_need_the_token_and_their_queue() -> None:
    said = steps(application_plan())
    assert "Set `executors.accessToken` in the site configuration" in said
    assert "codeIntelAutoIndexing.enabled" in said
    assert "deprecating" not in said
    base = application_plan().executors
    assert base is not None
    native = application_plan(executors=replace(base, kind="native", queues=("batches",)))
    assert "deprecating" in steps(native)
    assert "codeIntelAutoIndexing" not in steps(native)
    assert "accessToken" not in steps(application_plan(executors=None))


def test_a_chart_file_comes_with_its_limits() -> None:
    said = steps(application_plan(chart_file="charts/sourcegraph-7.6.0.tgz"))
    assert "charts/sourcegraph-7.6.0.tgz must be the chart at 7.6.0" in said
    assert "it comes from https://helm.sourcegraph.com/release" in said


def test_an_authority_of_ones_own_goes_into_the_site_configuration() -> None:
    assert "experimentalFeatures.tls.external.certificates" in steps(application_plan(private_ca_secret="authority"))


def test_a_storage_class_of_the_customers_is_theirs_to_check() -> None:
    assert "The storage class fast is yours" in steps(existing_cluster())
    assert "reclaimPolicy" not in steps(application_plan())
