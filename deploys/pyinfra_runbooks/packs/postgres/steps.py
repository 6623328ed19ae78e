"""What is done to PostgreSQL, and the part of an incident that its findings are."""

from __future__ import annotations

from ...core.task import Named

PART = "postgres"


class Step(Named):
    """What is done to PostgreSQL.

    + SET_PASSWORD: a role gets the password that its clients have
    """

    SET_PASSWORD = "set-password"  # noqa: S105 - a verb
