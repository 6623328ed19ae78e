"""Whether the certificates that a service shows are valid, and for how long yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ...core.finding import Finding
from ...core.kind import kind
from ...core.resolution import Note, Refusal
from ...core.unknown import Unknown
from ...engine.last_words import in_trouble
from ...engine.look import Look
from ...settings import Stack
from .probe import CERTIFICATES
from .seen import Shown
from .settings import Certificate

PART = "certificates"

EXPIRED = kind(
    "certificate-expired",
    title="A certificate has expired, or is not valid yet",
    part=PART,
    means="Clients that verify it refuse the service; the service itself is healthy.",
    known="What the service shows under the name that clients call it by, and the host's clock.",
    repair="Nothing: renew it, and have the service load it; its log says why that was not done.",
    explains=("api-unhealthy", "unhealthy"),
)
EXPIRES = kind(
    "certificate-expires",
    title="A certificate expires soon",
    part=PART,
    means="It is valid, and was not renewed when it should have been.",
    known="What the service shows: less than Certificate(days=...) are left, 14; of a certificate"
    " that is made for less than 56 days, less than a quarter of its time.",
    repair="Nothing: the log of the service, or of the program that renews it, says why. A"
    " certificate that was renewed on disk is not shown until the service loads it.",
    breaks_health=False,
)
UNSEEN = kind(
    "certificate-unseen",
    title="A service shows no certificate",
    part=PART,
    means="Its certificate is not judged; everything else is.",
    known="curl on the host, at the container's address; its error is shown.",
    repair="Nothing has to be done. Remove a name that no client uses from Certificate(...).",
    breaks_health=False,
)

_DAY = 86400


def findings(look: Look, _: Stack, component: Certificate) -> Iterator[Finding[None]]:
    """One finding of a kind, whatever the number of names."""
    name, answer = component.service, look.of(CERTIFICATES, component.service)
    if not any(c.running and not in_trouble(c, look.at) for c in look.members(name)):
        return  # In trouble it shows no certificate, and that has findings of its own.
    if isinstance(answer, Unknown):
        yield UNSEEN.found(name, "was not asked for its certificate", answer.reason)
        return
    shown, now = [one for one in answer if one.end], round(look.at)
    wrong = [one for one in shown if not one.start <= now < one.end]
    if wrong:
        logs = "".join(f"docker logs --tail 50 {one.name}; " for one in look.members(name))
        because = "a certificate comes from who vouches for it"
        refusal = Refusal(because, f"{logs}renew it, and have {name} load it")
        yield EXPIRED.found(
            name, "shows a certificate that is not valid", _all(wrong, now), refusal
        )
    soon = [one for one in shown if one not in wrong and one.end - now < _least(one, component)]
    if soon:
        yield EXPIRES.found(name, "shows a certificate that expires soon", _all(soon, now), Note())
    none = [f"{one.name}: {one.says}" for one in answer if not one.end]
    if none:
        yield UNSEEN.found(name, "shows no certificate", "; ".join(none), Note())


def _least(shown: Shown, component: Certificate) -> float:
    """Who renews one does it when a third of its time is left: of 90 days, of six, of 12 hours."""
    return min(component.days * _DAY, (shown.end - shown.start) / 4)


def _all(shown: Sequence[Shown], now: int) -> str:
    return "; ".join(_figures(one, now) for one in shown)


def _figures(shown: Shown, now: int) -> str:
    """
    >>> _figures(Shown("example.com", 0, 90 * 86400, "CN=R3"), 80 * 86400)
    'example.com: valid until 1970-04-01 00:00 UTC, 10.0 days left of 90.0; by CN=R3'
    """
    whole = (shown.end - shown.start) / _DAY
    if now < shown.start:
        said = f"valid from {_date(shown.start)}, and this host's clock says {_date(now)}"
    elif now < shown.end:
        left = (shown.end - now) / _DAY
        said = f"valid until {_date(shown.end)}, {left:.1f} days left of {whole:.1f}"
    else:
        past = (now - shown.end) / _DAY
        said = f"valid until {_date(shown.end)}, {past:.1f} days ago; it was made for {whole:.1f}"
    return f"{shown.name}: {said}" + (f"; by {shown.issuer}" if shown.issuer else "")


def _date(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
