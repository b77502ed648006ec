"""`deployment.policy_exceptions` of the profile: breaches of policies that the organization accepts, for a while."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from recommender.model import Section
from recommender.secrets import refuse_secret


def _day(text: str) -> str:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("day", "a day of the calendar, as YYYY-MM-DD") from None
    return text


_Reason = Annotated[str, Field(min_length=10, max_length=500), AfterValidator(refuse_secret)]
_Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_day)]
_Subject = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9:/._@+=$-]{0,511}$"), AfterValidator(refuse_secret)]


class PolicyException(Section):
    """A policy that may be broken. Without a reason and a last day nobody could tell later whether it still should."""

    policy: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$")] = Field(description="Id of the policy.")
    resource: _Subject | None = Field(
        default=None, description="URN, logical name, or path of a rendered file. None: wherever the policy is broken."
    )
    reason: _Reason = Field(description="Why, in words.")
    until: _Day = Field(description="YYYY-MM-DD, the last day on which it is accepted.")

    @property
    def last_day(self) -> datetime.date:
        """`until` as a date."""
        return datetime.date.fromisoformat(self.until)
