"""A stack that no inventory declares: it was found on a host, by the labels of its containers."""

from __future__ import annotations

from dataclasses import KW_ONLY

from .model import setting
from .parts import Compose
from .stack import Stack

UNKNOWN_PLACE = "/"
"""Where a project is taken to be whose containers don't say: there is no compose file."""


@setting
class FoundStack(Stack):
    """
    A Compose project that was found on a host.

    + compose: its directory and name, as its containers' labels say
    + shares: whether another project was made in the same directory; default: ``False``

    Nothing is known of it but what the host shows: a job changes nothing of it, and a person no
    more than what nobody notices.
    """

    _: KW_ONLY
    shares: bool = False

    @property
    def declaration(self) -> str:
        """What a person does who wants more done to it."""
        directory = self.compose.directory
        if not self.placed:
            return "repair it where it was made: its containers do not say in which directory"
        named = Compose(directory, name=self.compose.name) if self.shares else directory
        names = "Compose, Stack" if self.shares else "Stack"
        return (
            f"declare it: its host in inventories/prod.py, and in inventories/group_data/prod.py:"
            f" from pyinfra_runbooks import {names}; stack = Stack({named!r})"
        )

    @property
    def key(self) -> str:
        """Its directory, or its name where that tells it from no other one."""
        alone = self.placed and not self.shares
        return self.compose.directory if alone else f"project {self.compose.name}"

    @property
    def placed(self) -> bool:
        """Whether its containers say where it is."""
        return self.compose.directory != UNKNOWN_PLACE
