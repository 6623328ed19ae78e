"""When drift is left as it is: because a team lives with it, or because it comes back again."""

from __future__ import annotations

from dataclasses import KW_ONLY
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from .model import Setting, setting
from .values import Count, WholeSeconds


def _said(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("expected words, on one line")
    return text


def _date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("expected a date such as '2027-01-31'") from None


Words = Annotated[str, AfterValidator(_said)]


@setting
class Accepted(Setting):
    """
    A finding that a team lives with: it is shown, and not repaired, until the end of a day.

    What fails because of it is drift all the same: a cause can be accepted, a symptom can't.

    + kind: the finding's kind, which is what stands in brackets after it: ``foreign-network``
    + subject: what it is about; default: whatever it is about
    + reason: why it may stay
    + owner: whom to ask about it
    + until: the last day on which it may: a date, or ``"2027-01-31"``; then it is drift again

    **Example:**

    .. code:: python

        Accepted(
            "foreign-network",
            subject="redis",
            reason="the exporter still asks there",
            owner="team-cache",
            until="2027-01-31",
        )
    """

    kind: Words
    _: KW_ONLY
    subject: Words | None = None
    reason: Words
    owner: Words
    until: Annotated[date, BeforeValidator(_date)]

    def public(self) -> dict[str, Any]:
        return super().public() | {"until": self.until.isoformat()}


@setting
class Breaker(Setting):
    """
    How often jobs correct the same finding on a host before they leave it to a person.

    + corrections: how often; default: 3
    + window: within how many seconds; default: 3600

    **Example:**

    .. code:: python

        Breaker(corrections=5, window=86400)
    """

    _: KW_ONLY
    corrections: Count = 3
    window: WholeSeconds = 3600
