"""What an inventory can say about certificates."""

from __future__ import annotations

from dataclasses import KW_ONLY
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from ...settings import Component, setting
from ...settings.values import Count, Name, Port, Several


def _some(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("expected a name at least")
    return names


@setting
class Certificate(Component):
    """
    What a service of the stack shows to clients that speak TLS.

    + service: its name in the compose file, such as ``caddy``
    + names: by which clients call it; for each it may show another certificate
    + port: where it listens in its container; default: 443
    + days: how many may be left, from which on it is said; default: 14. Of a certificate that is
      made for less than 56 days it is a quarter of its time, since who renews it does so earlier.

    **Example:**

    .. code:: python

        Certificate("caddy", names=("aiwfe.com", "www.aiwfe.com"))
    """

    _: KW_ONLY
    names: Annotated[Several[Name], AfterValidator(_some)]
    port: Port = 443
    days: Count = 14

    pack: ClassVar[str] = "pyinfra_runbooks.packs.certificates.pack"
