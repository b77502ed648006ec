"""The layer `external-services`: what runs outside of the cluster, and how pods find and enter it.

Variables: sourcegraph/docs@3499c087 docs/self-hosted/external-services/object-storage.mdx, and the chart's
examples/external-object-storage at v7.6.0, read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recommender.kubernetes.identities import storage_service_accounts
from recommender.kubernetes.plan import ApplicationPlan, BucketPlan
from templates.context import checked
from templates.kubernetes.context import (
    OBJECT_STORAGE_SECRET,
    PLAIN,
    TOKEN,
    URL,
    bucket_name,
    bundled,
    databases,
    facts,
    no_text,
    redis,
    uploaders,
)

_ANNOTATION = r"[a-z0-9./-]+"
_ANNOTATION_VALUE = rf"[A-Za-z0-9@:/._+=-]+|{TOKEN.pattern}"


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting of the object storage, without its prefix. Exactly one of `value` and `kept_as` is set."""

    name: str
    value: str | None = None
    kept_as: str | None = None
    """Its key in the Kubernetes secret."""


@dataclass(frozen=True, slots=True)
class Uploader:
    """A service that uses the bucket."""

    key: str
    prefixes: tuple[str, ...]
    account: bool
    """Its pods are let in as themselves."""
    make_account: bool
    """The chart makes no service account for it unless told to."""
    annotations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ExternalContext:
    """What the chart is not to run."""

    databases: tuple[tuple[str, str], ...]
    redis: tuple[tuple[str, str], ...]
    uploaders: tuple[Uploader, ...]
    variables: tuple[Variable, ...]
    secret: str


def external_services(plan: ApplicationPlan) -> ExternalContext | None:
    """The services outside; None: there are none."""
    context = ExternalContext(
        databases=databases(plan),
        redis=redis(plan),
        uploaders=tuple(_uploaders(plan)),
        variables=tuple(_variables(plan.bucket)) if plan.bucket else (),
        secret=OBJECT_STORAGE_SECRET,
    )
    for key in (*(name for name, _ in (*context.databases, *context.redis)), *(("blobstore",) if plan.bucket else ())):
        if key in bundled(plan):
            raise no_text("bundled", f"{key} is among them and outside of the cluster too")
    return context if context.databases or context.redis or context.uploaders else None


def _uploaders(plan: ApplicationPlan) -> Iterator[Uploader]:
    annotations = dict(plan.service_account_annotations)
    by_identity = plan.bucket is not None and plan.bucket.by_identity
    accounts = storage_service_accounts(plan.version, bundled(plan)) if by_identity else {}
    for key, prefixes in uploaders(plan).items():
        found = tuple(
            (checked("annotation", name, _ANNOTATION), checked("annotation", value, _ANNOTATION_VALUE))
            for name, value in annotations.get(key, ())
        )
        makes_its_own = facts(plan).workload(key).service_account != "default"
        account = key in accounts and (not makes_its_own or bool(found))
        yield Uploader(key, prefixes, account, make_account=not makes_its_own, annotations=found)


def _variables(bucket: BucketPlan) -> Iterator[Variable]:
    yield Variable("BACKEND", bucket.kind.upper())
    yield Variable("BUCKET", bucket_name(bucket))
    yield Variable("MANAGE_BUCKET", "false")
    yield from _gcs(bucket) if bucket.kind == "gcs" else _s3(bucket)


def _s3(bucket: BucketPlan) -> Iterator[Variable]:
    region = checked("bucket.region", bucket.region or "", PLAIN)
    endpoint = checked("bucket.endpoint", bucket.endpoint or "", f"({URL})?")
    suffix = ".cn" if region.startswith("cn-") else ""
    yield Variable("AWS_REGION", region)
    # Without one, Sourcegraph asks the bundled store, which is off.
    yield Variable("AWS_ENDPOINT", endpoint or f"https://s3.{region}.amazonaws.com{suffix}")
    if endpoint:  # stores other than AWS rarely have a name for each bucket
        yield Variable("AWS_USE_PATH_STYLE", "true")
    if bucket.by_identity:
        # The SDK's own search for credentials, which finds the token of an annotated service account, as it would a
        # node's; the chart's example for IRSA has the same.
        yield Variable("AWS_USE_EC2_ROLE_CREDENTIALS", "true")
    else:
        yield Variable("AWS_ACCESS_KEY_ID", kept_as="access-key")
        yield Variable("AWS_SECRET_ACCESS_KEY", kept_as="secret-key")


def _gcs(bucket: BucketPlan) -> Iterator[Variable]:
    yield Variable("GCP_PROJECT_ID", checked("bucket.project", bucket.project or "", r"[a-z][a-z0-9-]{4,28}[a-z0-9]"))
    if not bucket.by_identity:
        yield Variable("GOOGLE_APPLICATION_CREDENTIALS_FILE_CONTENT", kept_as="credentials")
