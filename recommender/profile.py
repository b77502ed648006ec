"""The profile: what an organization answers about itself. Every field that is a question may be unanswered (None).

The model refuses what cannot be: unknown keys, wrong types, impossible values. It never guesses. `profile_file` reads
files and turns refusals into problems with a path and a remedy.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from recommender.deployment import Deployment
from recommender.model import Or, Section, section
from recommender.secrets import plain_words, refuse_secret

Stage = Literal["poc", "trial", "production"]
Fidelity = Literal["simple", "high"]
CodeHostKind = Literal[
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "github-enterprise",
    "gitlab-self-managed",
    "bitbucket-server",
    "gerrit",
    "azure-devops",
    "perforce",
    "codecommit",
    "other",
]
Reachable = Literal["public", "allowlist", "private"]
Need = Literal["priority-sla", "dedicated-support", "private-instance-access"]
Provider = Literal["aws", "gcp", "azure", "on-premises", "other"]

NAME_PATTERN = r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$"
VERSION_PATTERN = r"^(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,8})$"

# Bounds far above anything published (the estimator's own form stops at 50,000 users, 5,000,000 repositories and
# 50,000,000 GB), so that a slip of the keyboard is refused and no real organization is.
_Users = Annotated[int, Field(ge=1, le=10_000_000)]
_Repositories = Annotated[int, Field(ge=0, le=1_000_000_000)]
_Gb = Annotated[float, Field(ge=0, le=50_000_000, allow_inf_nan=False)]
_Words = Annotated[str, Field(max_length=5000), AfterValidator(plain_words)]
_Place = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$"), AfterValidator(refuse_secret)]
_Certification = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$"), AfterValidator(refuse_secret)]


class Scale(Section):
    """How much there is to search, and for how many."""

    users: _Users | None = Field(default=None, description="People with accounts, not concurrent sessions.")
    initial_users: _Users | None = Field(
        default=None, description="Users of the first phase; null: there is one phase. At most `users`."
    )
    repositories: _Repositories | None = Field(default=None, description="Repositories to clone and index.")
    code_gb: _Gb | None = Field(default=None, description="Hosted code, in GB on the code hosts.")
    largest_repository_gb: Annotated[_Gb, Or(5.0)] = Field(
        default=5.0, description="Largest repository, in GB. Default 5, the published estimator's own."
    )
    largest_index_gb: Annotated[_Gb, Or(1.0)] = Field(
        default=1.0,
        description="Largest SCIP index, in GB; 0 turns precise code navigation off. Default 1, the estimator's own.",
    )
    monorepos: Annotated[int, Field(ge=0, le=100_000), Or(0)] = Field(
        default=0, description="Repositories that are monorepos. Default 0, the estimator's own."
    )

    @model_validator(mode="after")
    def _phases(self) -> Self:
        if self.initial_users is not None and self.users is not None and self.initial_users > self.users:
            raise PydanticCustomError(
                "initial_users",
                "initial_users of at most users, which is {users}",
                {"users": self.users, "given": self.initial_users},
            )
        return self


class CodeHost(Section):
    """A code host, and who can reach it."""

    kind: CodeHostKind | None = Field(default=None, description="The first three are the standard cloud hosts.")
    reachable: Reachable | None = Field(
        default=None,
        description="From the internet: by everyone, from an allowlist of addresses, or not at all (private).",
    )


class Cloud(Section):
    """Would Sourcegraph Cloud do?"""

    certifications: list[_Certification] | None = Field(
        default=None, max_length=50, description="Certifications required of Sourcegraph, lower case; [] when none."
    )
    accepts_admin_access: bool | None = Field(
        default=None, description="Sourcegraph's administrators may access the instance."
    )
    accepts_audit_logging: bool | None = Field(default=None, description="Cloud's audit logging suffices.")
    blockers: list[_Words] | None = Field(
        default=None, max_length=50, description="Any other organizational blocker, in words; [] when none."
    )
    in_development: Annotated[bool, Or(False)] = Field(
        default=False, description="The Cloud team has agreed to build what is missing."
    )
    locale: _Place | None = Field(default=None, description="Hosting locale required, or `any`.")
    waits_for_locale: bool | None = Field(default=None, description="Would wait about a month for a new locale.")
    needs: list[Need] | None = Field(
        default=None, max_length=10, description="What only the Enterprise plan offers; [] when none."
    )
    executors: Annotated[int, Field(ge=0, le=100_000)] | None = Field(
        default=None, description="Executors needed; 0 when none."
    )


class Restrictions(Section):
    """Other reasons against a way of running, in words; [] when none."""

    machine_image: list[_Words] | None = Field(default=None, max_length=50, alias="machine-image")
    install_script: list[_Words] | None = Field(default=None, max_length=50, alias="install-script")
    kubernetes: list[_Words] | None = Field(default=None, max_length=50)
    docker_compose: list[_Words] | None = Field(default=None, max_length=50, alias="docker-compose")


class Hosting(Section):
    """Self-hosted, if it comes to that."""

    provider: Provider | None = Field(default=None, description="Where the machines would stand.")
    region: _Place | None = Field(default=None, description="Region of the provider, such as us-east-1.")
    requires_cluster: bool | None = Field(
        default=None, description="The organization requires products to run on clusters."
    )
    single_machine_issues: bool | None = Field(
        default=None, description="Had technical or scaling issues on one machine before."
    )
    own_base_image: bool | None = Field(default=None, description="Must use its own base machine image.")
    restrictions: Annotated[Restrictions, Or({})] = section()


class Implementation(Section):
    """What the implementation team said."""

    evaluated: bool | None = Field(default=None, description="The implementation team has evaluated the account.")
    prioritized: bool | None = Field(default=None, description="It takes priority on the backlog by size, ARR and TAM.")
    contextual_need: bool | None = Field(
        default=None, description="Lacks expertise, has unique requirements, or serves a strategic purpose."
    )


class Profile(Section):
    """An organization that wants to run Sourcegraph. Only `name` is required."""

    name: Annotated[str, Field(pattern=NAME_PATTERN)] = Field(description="Names the stack and its resources.")
    stage: Annotated[Stage, Or("production")] = Field(default="production", description="What the deployment is for.")
    fidelity: Annotated[Fidelity, Or("simple")] = Field(
        default="simple", description="How close to production a POC must be."
    )
    urgent: Annotated[bool, Or(False)] = Field(
        default=False, description="Production is wanted before the best target can be ready."
    )
    sourcegraph_version: Annotated[str, Field(pattern=VERSION_PATTERN)] | None = Field(
        default=None, description="A pin such as 6.12.5040; null: the newest release that the chosen target supports."
    )
    scale: Annotated[Scale, Or({})] = section()
    code_hosts: list[CodeHost] | None = Field(
        default=None, min_length=1, max_length=1000, description="At least one when answered."
    )
    cloud: Annotated[Cloud, Or({})] = section()
    hosting: Annotated[Hosting, Or({})] = section()
    implementation: Annotated[Implementation, Or({})] = section()
    deployment: Annotated[Deployment, Or({})] = section()
