"""What is new to one service, and what is resolved. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from .alerts import Alert, Event, Severity


@dataclass(frozen=True, slots=True)
class News:
    """
    What a report holds for the services.

    + opened: what is open
    + repaired: what was repaired
    + seen: the hosts whose state is known
    """

    opened: Sequence[Alert] = ()
    repaired: Sequence[Alert] = ()
    seen: AbstractSet[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Change:
    """
    + known: the open alerts that the service was sent before
    + new: the open alerts that are new or more urgent, and what was repaired
    + over: the known alerts that are no longer open
    + sent: what to remember as open once this is sent
    + unsent: what to remember if that fails: the next job sends a repair as resolved
    """

    known: tuple[Alert, ...]
    new: tuple[Alert, ...]
    over: tuple[Alert, ...]
    sent: tuple[Alert, ...]
    unsent: tuple[Alert, ...]

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """What a message to people holds; empty: nothing has changed."""
        ended = {alert.identity for alert in self.new if alert.event is Event.REPAIRED}
        over = [alert for alert in self.over if alert.identity not in ended]
        return (
            *self.new,
            *(replace(a, event=Event.RESOLVED, evidence="", more="", down=False) for a in over),
        )


def change(news: News, known: Sequence[Alert], wanted: AbstractSet[Severity]) -> Change:
    """
    What has changed for a service.

    + known: the open alerts that it was sent before
    + wanted: the severities that it gets; a known alert that is resolved is sent in any case
    """
    before = {alert.identity: alert for alert in known}
    now = {alert.identity for alert in news.opened}
    mine = [a for a in news.opened if a.severity in wanted or a.identity in before]
    repaired = [a for a in news.repaired if a.severity in wanted or a.identity in before]
    unseen = [a for a in known if a.identity not in now and a.host not in news.seen]
    over = [a for a in known if a.identity not in now and a.host in news.seen]
    new = [a for a in mine if a.severity in wanted and _news(a, before.get(a.identity))]
    sent = [_at_worst(a, before.get(a.identity)) for a in mine]
    unsent = {alert.identity: alert for alert in (*repaired, *known)}
    kept = tuple(unsent.values())
    return Change(tuple(known), (*new, *repaired), tuple(over), (*sent, *unseen), kept)


def _news(alert: Alert, before: Alert | None) -> bool:
    return before is None or alert.severity.worse(before.severity)


def _at_worst(alert: Alert, before: Alert | None) -> Alert:
    """The worst state of an alert, so that a check and a correction that take turns are no news."""
    paused = alert.event is Event.PAUSED
    return before if before and before.severity.worse(alert.severity) and not paused else alert
