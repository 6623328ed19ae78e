"""The base of what a stack is made of: a service that a pack looks after."""

from __future__ import annotations

from typing import Any, ClassVar

from .model import Setting, setting
from .sources import Source
from .values import Name


@setting
class Component(Setting):
    """
    A service of a stack that a pack looks after: the base of `Redis` and `Api`, and of your own.

    + service: its name in the compose file

    ``pack`` names the module whose ``PACK``, an `engine.pack.Pack`, says what is asked about each
    such service, what is judged, and how it is repaired; empty: nothing. A component with passwords
    says where they come from: `sources`.

    **Example:**

    .. code:: python

        @setting
        class Postgres(Component):
            pack = "acme.postgres.pack"

            database: str = "app"
    """

    service: Name

    pack: ClassVar[str] = ""

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where its passwords come from; files of the host among them are looked at as such."""
        return ()

    def to_json(self) -> dict[str, Any]:
        return {"component": type(self).__name__, **super().to_json()}
