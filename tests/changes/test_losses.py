"""The gate: data that would be lost, what of it may be, and claims, which no engine sees."""

from __future__ import annotations

import pytest

from recommender.errors import InputError
from stacks.preview import ClaimedVolume, Preview, Resource
from tests.changes.previews import INSTANCE, NAMESPACE, VOLUME, changes, of, preview, resource, urn

CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"


def disk(zone: str, **options) -> Resource:
    return resource(VOLUME, inputs={"availabilityZone": zone, "finalSnapshot": True}, **options)


@pytest.mark.parametrize(
    ("base", "head", "words"),
    [
        (disk("a"), disk("b"), "the data on the disk (acme): deleted, and a new one made; a final snapshot remains"),
        (disk("a"), None, "the data on the disk (acme): deleted; a final snapshot remains"),
        (disk("a", retain_on_delete=True), disk("b", retain_on_delete=True), "the new acme is empty"),
        (resource(VOLUME), None, "no final snapshot is taken"),
        (resource("aws:kms/key:Key", inputs={"deletionWindowInDays": 7}), None, "recovered for 7 days"),
        (resource("aws:rds/instance:Instance", inputs={"skipFinalSnapshot": True}), None, "no final snapshot"),
        (resource("aws:s3/bucket:Bucket"), None, "refuses while it holds objects"),
        (resource(NAMESPACE), None, "everything in the namespace"),
        (resource("gcp:compute/resourcePolicy:ResourcePolicy"), None, "the schedule of snapshots"),
        (resource("aws:cloudwatch/logGroup:LogGroup", protect=True), None, "what it holds"),
    ],
)
def test_data_that_would_be_lost_is_told_with_what_remains(base, head, words):
    found = changes(preview(base), preview(*filter(None, [head])))
    assert words in (found.resources[0].loss or "")
    assert found.losses == found.resources


@pytest.mark.parametrize(
    "kept",
    [
        resource("gcp:sql/database:Database", inputs={"deletionPolicy": "ABANDON"}),
        resource("aws:cloudwatch/logGroup:LogGroup"),
        resource(INSTANCE),
        disk("a", retain_on_delete=True),
    ],
)
def test_what_is_kept_or_holds_nothing_is_no_loss(kept):
    assert not changes(preview(kept), preview()).losses


def test_what_may_be_replaced_may_be_lost():
    found = changes(preview(resource(VOLUME)), preview(resource(VOLUME, inputs={"nobodyKnows": 1})))
    assert found.losses
    assert (found.losses[0].loss or "").startswith("if it is replaced, ")


def test_a_loss_is_allowed_by_its_exact_urn():
    base, head = preview(disk("a")), preview(disk("b"))
    lost = urn(VOLUME, "acme")
    found = changes(base, head, allowed=[lost])
    assert (found.losses, found.allowed) == ((), (lost,))
    assert found.resources[0].loss


@pytest.mark.parametrize(("head", "choices"), [(disk("b"), urn(VOLUME, "acme")), (disk("a"), "nothing")])
def test_allowing_what_is_not_lost_is_refused_with_what_could_be_allowed(head, choices):
    with pytest.raises(InputError) as caught:
        changes(preview(disk("a")), preview(head), allowed=["urn:pulumi:acme::moorage::other::other"])
    assert choices in caught.value.problems[0].allowed


def cluster(*claims: tuple[str, int, int], namespace: str = "sourcegraph", **options) -> Preview:
    return preview(
        resource(NAMESPACE, inputs={"metadata": {"name": namespace}}, stack="acme-application", **options),
        resource(
            "kubernetes:storage.k8s.io/v1:StorageClass",
            inputs={"reclaimPolicy": "Retain"},
            stack="acme-application",
        ),
        target="kubernetes",
        claims=[ClaimedVolume("acme-application", name, count, size) for name, count, size in claims],
    )


@pytest.mark.parametrize(
    ("before", "after", "action", "fails", "loss"),
    [
        (("gitserver/repos", 1, 100), ("gitserver/repos", 1, 100), "same", False, None),
        (("gitserver/repos", 1, 100), ("gitserver/repos", 2, 100), "update", False, None),
        (("gitserver/repos", 1, 100), ("gitserver/repos", 1, 200), "update", True, None),
        (("gitserver/repos", 1, 200), ("gitserver/repos", 1, 100), "update", True, None),
        (("pgsql/pgsql", 1, 100), ("pgsql/pgsql", 1, 200), "update", False, None),
        (("pgsql/pgsql", 1, 200), ("pgsql/pgsql", 1, 100), "update", True, None),
    ],
)
def test_a_claim_of_a_stateful_set_cannot_change_and_one_of_the_chart_can_grow(before, after, action, fails, loss):
    found = changes(cluster(before), cluster(after))
    claim = of(found, CLAIM, before[0])
    assert (claim.urn, claim.action, claim.loss) == (f"acme-application/{before[0]}", action, loss)
    assert bool(found.failures) == fails


@pytest.mark.parametrize(
    ("name", "action", "words"),
    [
        ("gitserver/repos", "forget", "nothing uses"),
        ("pgsql/pgsql", "delete", "the volumes stay (reclaim policy Retain)"),
    ],
)
def test_a_claim_that_goes_is_a_loss(name, action, words):
    other = ("searcher/cache", 1, 10)
    found = changes(cluster((name, 1, 100), other), cluster(other))
    assert [each.urn for each in found.losses] == [f"acme-application/{name}"]
    assert found.losses[0].action == action
    assert words in found.losses[0].loss


def test_a_replaced_namespace_takes_its_claims_with_it():
    claim = ("gitserver/repos", 2, 100)
    found = changes(cluster(claim), cluster(claim, namespace="other"))
    assert {each.type for each in found.losses} == {NAMESPACE, CLAIM}
    assert of(found, CLAIM, "gitserver/repos").action == "replace"


def test_a_side_saved_without_claims_loses_none():
    found = changes(cluster(("gitserver/repos", 1, 100)), cluster())
    assert not found.losses
    assert any("claims" in sentence for sentence in found.unchecked)
