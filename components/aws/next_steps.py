"""What a person has to do in the cloud because moorage cannot, or should not. Read from the plan alone."""

from __future__ import annotations

from recommender.plan import SingleNodePlan


def next_steps(plan: SingleNodePlan) -> list[str]:
    """Sentences in the order in which they are needed; none for the vendor's image, which needs nothing."""
    return [*_secret_steps(plan), *_image_steps(plan)]


def _secret_steps(plan: SingleNodePlan) -> list[str]:
    if not plan.secret_references:
        return []
    # The account's own key for Secrets Manager serves that account alone, and across accounts both sides must allow
    # (AWS SDK for Kotlin 1.0.65, UpdateSecretRequest.kmsKeyId, read 2026-11-22).
    allowed = plan.kms_key or "deployment.kms_key, which the plan does not name"
    return [
        "Before the first boot, create the secrets that the output `secrets` lists, each with its value. Encrypt them "
        f"with the account's own key for Secrets Manager, or with {allowed}: the machine's role may decrypt with no "
        "other key, unless that key's policy names the role. A secret of another account needs the latter key, and a "
        "resource policy that names the role."
    ]


def _image_steps(plan: SingleNodePlan) -> list[str]:
    if plan.host is None or plan.image.stock:
        return []
    return [
        f"{plan.image.reference} is an image of your own: it must bring the Session Manager agent, or the commands to "
        "connect do not work, and the AWS command line, with which the machine reads its secrets and reports its "
        "metrics. Amazon Linux 2023 has both."
    ]
