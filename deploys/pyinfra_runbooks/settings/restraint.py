"""When drift is not repaired: because a team lives with it, or because it keeps coming back."""

from __future__ import annotations

from dataclasses import KW_ONLY
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from ..core.kind import kinds, nearest
from .model import Problem, ProblemsError, Setting, setting, shown
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


def _registered(kind: str) -> str:
    if kind not in kinds():
        near = nearest(kind)
        hint = f" (did you mean {near}?)" if near else ""
        raise ProblemsError(
            Problem("expected a kind of docs/findings.md", got=f"{shown(kind)}{hint}")
        )
    if not kinds()[kind].waivable:
        raise ProblemsError(
            Problem("a stack that shows it is not proved to be healthy, waiver or not", got=kind)
        )
    return kind


Words = Annotated[str, AfterValidator(_said)]
KindId = Annotated[str, AfterValidator(_registered)]


@setting
class Accepted(Setting):
    """
    A waiver: a finding that a team lives with. It is shown, and not repaired, until the end of a
    day.

    A cause can be accepted, a symptom can't: what fails because of the cause is still drift. Nor
    can a finding be accepted that keeps health from being proved, such as a Redis that does not
    answer.

    + kind: the finding's kind, which stands in brackets after it, such as ``extra-network``; all
      are in docs/findings.md
    + subject: what it is about, such as a service; default: any subject
    + reason: why it may stay
    + owner: the person or team to ask about it
    + until: the last day of the waiver: a date, or ``"2027-01-31"``; then it is drift again

    **Example:**

    .. code:: python

        Accepted(
            "extra-network",
            subject="redis",
            reason="the exporter still asks there",
            owner="team-cache",
            until="2027-01-31",
        )
    """

    kind: KindId
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
    + window: within how many seconds, at most an hour; default: 3600

    **Example:**

    .. code:: python

        Breaker(corrections=5, window=1800)
    """

    _: KW_ONLY
    corrections: Count = 3
    window: WholeSeconds = 3600
