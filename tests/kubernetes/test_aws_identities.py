"""What pods may do in AWS: exactly what their purpose needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.aws.kubernetes import identities
from recommender.kubernetes.plan import ClusterPlan
from stacks.preview import UNKNOWN
from tests.kubernetes.aws import ISSUER, KEY, OWN_KEY, PLANS, ROLE, poc, production, record_cluster, statements
from tests.recording import Recording

ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ISSUERS = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
BUCKET_ARN = "arn:aws:s3:us-east-1:123456789012:acme-managed-storage"
EXECUTORS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:acme/executors"


def actions(recording: Recording, name: str) -> set[str]:
    return {action for statement in statements(recording, name) for action in statement["Action"]}


@pytest.mark.parametrize("preview", [True, False])
def test_a_role_is_for_its_own_service_accounts_in_this_cluster(preview: bool) -> None:
    recording = record_cluster(production(), preview=preview)
    [trust] = statements(recording, "acme-pods-external-secrets", ROLE)
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trust["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert trust["Condition"] == {
        "StringLike": {"aws:RequestTag/eks-cluster-arn": "arn:aws:eks:us-east-1:*:cluster/acme"},
        "StringEquals": {
            "aws:RequestTag/kubernetes-namespace": "external-secrets",
            "aws:RequestTag/kubernetes-service-account": ["external-secrets"],
        },
    }


def test_pods_that_use_the_bucket_take_its_role_with_tokens_of_their_own_service_accounts() -> None:
    recording = record_cluster(production())
    [issuer] = recording.of_type(ISSUERS)
    assert (issuer.inputs["url"], issuer.inputs["clientIdLists"]) == (f"https://{ISSUER}", ["sts.amazonaws.com"])
    assert "thumbprintLists" not in issuer.inputs
    [trust] = statements(recording, "acme-pods-object-storage", ROLE)
    assert trust == {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam:us-east-1:123456789012:{issuer.name}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{ISSUER}:aud": "sts.amazonaws.com",
                f"{ISSUER}:sub": [
                    "system:serviceaccount:sourcegraph:sourcegraph-frontend",
                    "system:serviceaccount:sourcegraph:worker",
                ],
            }
        },
    }
    assert recording.outputs["roles"] == {
        "object-storage": "arn:aws:iam:us-east-1:123456789012:acme-pods-object-storage"
    }


def test_a_preview_takes_the_issuer_of_a_new_cluster_for_unknown() -> None:
    recording = record_cluster(production(), preview=True)
    [issuer] = recording.of_type(ISSUERS)
    assert issuer.inputs["url"] == UNKNOWN
    assert recording.named("acme-pods-object-storage", ROLE).inputs["assumeRolePolicy"] == UNKNOWN
    assert recording.outputs["roles"] == {"object-storage": UNKNOWN}


@pytest.mark.parametrize("plan", PLANS)
def test_an_issuer_is_known_to_iam_where_a_role_needs_it_and_nowhere_else(plan: ClusterPlan) -> None:
    needed = any(identity.purpose == "object-storage" for identity in plan.identities)
    recording = record_cluster(plan)
    assert len(recording.of_type(ISSUERS)) == needed
    assert recording.outputs["roles"].keys() == ({"object-storage"} if needed else set())


def test_every_service_account_of_a_controller_is_tied_to_the_role_of_its_purpose() -> None:
    tied = {
        (each.inputs["namespace"], each.inputs["serviceAccount"], each.inputs["roleArn"])
        for each in record_cluster(production()).of_type(ASSOCIATION)
    }
    assert tied == {
        (identity.namespace, account, f"arn:aws:iam:us-east-1:123456789012:acme-pods-{identity.purpose}")
        for identity in production().identities
        if identity.purpose != "object-storage"
        for account in identity.service_accounts
    }


def test_a_controller_finds_its_permissions_in_place() -> None:
    recording = record_cluster(production())
    association = recording.named("acme-pods-external-secrets-external-secrets", ASSOCIATION)
    for name in ("acme-pods-external-secrets-given", "acme-pods-external-secrets-managed"):
        assert recording.named(name).urn in association.depends_on


def test_object_storage_is_one_bucket() -> None:
    recording = record_cluster(production())
    found = statements(recording, "acme-pods-object-storage-bucket")
    assert [statement["Resource"] for statement in found] == [BUCKET_ARN, f"{BUCKET_ARN}/*"]
    assert all(
        action.startswith("s3:") and "*" not in action
        for action in actions(recording, "acme-pods-object-storage-bucket")
    )
    [key] = statements(recording, "acme-pods-object-storage-key")
    assert key["Resource"] == OWN_KEY
    assert key["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}


@pytest.mark.parametrize("preview", [True, False])
def test_secrets_of_the_customer_are_named_one_by_one(preview: bool) -> None:
    recording = record_cluster(production(kms_key=KEY), preview=preview)
    read, decrypt = statements(recording, "acme-pods-external-secrets-given")
    assert read["Action"] == ["secretsmanager:GetSecretValue"]
    assert read["Resource"] == [f"{EXECUTORS}-??????"]
    assert decrypt["Resource"] == KEY
    assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}


def test_secrets_of_the_managed_services_are_named_one_by_one() -> None:
    recording = record_cluster(production())
    read, decrypt = statements(recording, "acme-pods-external-secrets-managed")
    assert sorted(read["Resource"]) == sorted(recording.outputs["secrets"].values())
    assert not [resource for resource in read["Resource"] if "*" in resource or "?" in resource]
    assert decrypt["Resource"] == OWN_KEY


def test_the_autoscaler_resizes_groups_of_this_cluster_alone() -> None:
    found = statements(record_cluster(production()), "acme-pods-autoscaler-groups")
    for statement in found:
        if statement["Resource"] == "*":
            assert all(action.split(":")[1].startswith(("Describe", "Get")) for action in statement["Action"])
    [change] = [each for each in found if "autoscaling:SetDesiredCapacity" in each["Action"]]
    assert change["Condition"] == {"StringEquals": {"aws:ResourceTag/k8s.io/cluster-autoscaler/acme": "owned"}}


def test_the_load_balancer_controller_gets_its_projects_own_policy() -> None:
    recording = record_cluster(production())
    published: Any = json.loads(Path(identities.__file__).with_name("load_balancer_controller_policy.json").read_text())
    found = statements(recording, "acme-pods-load-balancer-controller")
    assert found == published["Statement"]
    assert len(actions(recording, "acme-pods-load-balancer-controller")) == 80, "as counted at version 3.5.0"


def test_an_inline_policy_is_within_what_a_role_may_hold() -> None:
    recording = record_cluster(production())
    held: dict[Any, int] = {}
    for policy in recording.of_type("aws:iam/rolePolicy:RolePolicy"):
        text = policy.inputs["policy"]
        assert isinstance(text, str)
        held[policy.inputs["role"]] = held.get(policy.inputs["role"], 0) + len("".join(text.split()))
    assert max(held.values()) <= 10_240


def test_a_plan_without_identities_makes_none() -> None:
    recording = record_cluster(poc())
    assert not recording.of_type(ASSOCIATION)
    assert [name for token, name in recording.names if token == "moorage:aws:PodRole"] == [
        "acme-pods-cni",
        "acme-pods-ebs-csi",
    ]
