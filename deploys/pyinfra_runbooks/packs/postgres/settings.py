"""What an inventory can say about a PostgreSQL."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ValidationInfo

from ...settings import Component, HostFile, Source, setting
from ...settings.model import Problem, ProblemsError
from ...settings.values import AbsolutePath, Count, Hidden, Name


def _identifier(name: str) -> str:
    if not name or not name.isprintable() or re.search(r"[\s\"'`\\]", name):
        raise ValueError("expected a name without spaces, quotes and backslashes")
    return name


def _of_a_role(password: HostFile | None, others: ValidationInfo) -> HostFile | None:
    """Without a name it would be the administrator's, who may have another one than clients."""
    if password is not None and others.data.get("user", "") is None:
        role = "user= beside it, the role whose password it is"
        raise ProblemsError(Problem(f"expected {role}", got="no user="))
    return password


Identifier = Annotated[str, AfterValidator(_identifier)]


@setting
class Postgres(Component):
    """
    A PostgreSQL of the stack.

    + service: its name in the compose file; default: ``postgres``
    + user: the role that its clients log in as; default: as its container has it in
      ``POSTGRES_USER``, or ``postgres``
    + password: the role's password, a file that its container mounts. It needs ``user``: the role
      is not guessed, as it might be the administrator. Only if it is declared, jobs repair a
      role that has another password. Default: what its container was given in
      ``POSTGRES_PASSWORD`` or ``POSTGRES_PASSWORD_FILE``
    + database: the database that they log in to; default: as its container has it in
      ``POSTGRES_DB``, or the role's name
    + data: where it keeps its data inside the container; default: as the server says
    + nearly_full: percent of that file system in use at which there is a note; default: 90
    + crowded: percent of the sessions in use at which there is a note; default: 90

    Its port is declared as for every service: ``Stack(services=(Service("db", port=5433),))``.

    **Example:**

    .. code:: python

        Postgres("db", user="app", password=HostFile("secrets/postgres_password.txt"))
    """

    service: Name = "postgres"
    _: KW_ONLY
    user: Identifier | None = None
    password: Annotated[Hidden[HostFile | None], AfterValidator(_of_a_role)] = None
    database: Identifier | None = None
    data: AbsolutePath | None = None
    nearly_full: Count = 90
    crowded: Count = 90

    pack: ClassVar[str] = "pyinfra_runbooks.packs.postgres.pack"

    @property
    def sources(self) -> tuple[Source, ...]:
        return () if self.password is None else (self.password,)
