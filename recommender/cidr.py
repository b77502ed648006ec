"""IPv4 ranges in a profile."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def _cidr(text: str) -> str:
    import ipaddress  # only a profile that names ranges pays for it

    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise PydanticCustomError("cidr", "an IPv4 range such as 10.0.0.0/8, its host bits zero") from error
    if network.version != 4:
        raise PydanticCustomError("cidr", "an IPv4 range such as 10.0.0.0/8; IPv6 is not planned for yet")
    return str(network)


Cidr = Annotated[str, AfterValidator(_cidr)]
"""An IPv4 range such as 10.0.0.0/8."""
