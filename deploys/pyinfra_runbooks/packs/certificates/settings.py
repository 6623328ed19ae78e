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
    The certificate that a service of the stack shows to clients that speak TLS.

    + service: its name in the compose file, such as ``caddy``
    + names: the names by which clients call it; each may have a certificate of its own
    + port: where it listens in its container; default: 443
    + days: how many days before its end there is a note; for a certificate that is made for less
      than 56 days, a quarter of its time; default: 14

    **Example:**

    .. code:: python

        Certificate("caddy", names=("aiwfe.com", "www.aiwfe.com"))
    """

    _: KW_ONLY
    names: Annotated[Several[Name], AfterValidator(_some)]
    port: Port = 443
    days: Count = 14

    pack: ClassVar[str] = "pyinfra_runbooks.packs.certificates.pack"
