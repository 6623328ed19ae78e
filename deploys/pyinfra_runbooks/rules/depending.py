"""What of Redis' repair waits for something that is refused. All else is done in spite of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..disruption import Disruption
from ..findings import Refusal, Remedy, refusals
from .acl import RUN_TIME
from .steps import RedisFinding, Step

_NOTHING: frozenset[Step] = frozenset()
_STOPS = frozenset({Step.RESTART, Step.RECREATE})
_LOADS = _STOPS | {Step.LOAD, Step.START}

# By the kind of what is refused: the steps that would do harm, or be in vain, as long as it is.
HOLDS_UP: Mapping[str, frozenset[Step]] = {
    # Nobody can tell whether it is Redis that is repaired.
    "sentinel": frozenset(Step),
    # It would not take the file, or admit anybody by it.
    "acl-not-loadable": frozenset(Step),
    "acl-open-user": _LOADS,
    # What is stopped has no such users any more.
    RUN_TIME: _LOADS - {Step.START},
    # Nothing is known that could be written or loaded, and no user can log in to have it save.
    "acl-unknown": frozenset(Step) - {Step.START},
    # Nobody knows which of the two is wrong: what Redis has in memory, or what is declared.
    "acl-locked-out": frozenset(Step) - {Step.START},
    "acl-withheld": _STOPS | {Step.LOAD},
    "login-withheld": _STOPS,
    "redis-silent": _STOPS,
    # Of the running server alone.
    "acl-not-understood": _NOTHING,
    # It would come up without it, or not at all.
    "secret-not-mounted": frozenset({Step.START}),
    "file-not-mounted": frozenset({Step.START}),
    "secret-unreadable": _STOPS,
    "redis-state": _LOADS,
    # The engine would not start it.
    **dict.fromkeys(("network-gone", "sidecar-cut-off"), _STOPS | {Step.START}),
    # Each has a remedy of its own, which is refused, and no other's waits for it.
    **dict.fromkeys(("acl-differs", "acl-file", "acl-not-configured", "acl-open"), _NOTHING),
    **dict.fromkeys(("config-differs", "secret-stale"), _NOTHING),
    **dict.fromkeys(("redis-paused", "redis-stopped", "redis-restart-loop"), _NOTHING),
    # Where there is not one container nothing else is judged.
    **dict.fromkeys(("redis-undeclared", "redis-removed", "redis-by-hand"), _NOTHING),
    **dict.fromkeys(("redis-several", "redis-half-made"), _NOTHING),
    # Merely to be known.
    **dict.fromkeys(("acl-not-compared", "acl-passed-over", "env-file-differs"), _NOTHING),
}
# What else is refused keeps from all that users notice.
_OTHERWISE = _LOADS - {Step.START}

# What may come of the container's settings: while these are as they are, no restart helps.
_OF_SETTINGS = ("acl-not-configured", "redis-restart-loop")
_SETTINGS = ("config-differs", "secret-not-mounted", "file-not-mounted")


def held_up(found: Sequence[RedisFinding], cap: Disruption) -> list[RedisFinding]:
    """
    The findings about Redis; one whose remedy waits for another that is refused is refused, too.

    + found: the findings
    + cap: the disruption that is allowed
    """
    refused = refusals(finding.within(cap) for finding in found)
    return [_waiting(finding, refused) for finding in found]


def _waiting(finding: RedisFinding, refused: Sequence[RedisFinding]) -> RedisFinding:
    if not isinstance(finding.answer, Remedy):
        return finding
    step = finding.answer.action
    for other in refused:
        if other.kind != finding.kind and _holds_up(other, finding, step):
            assert isinstance(other.answer, Refusal)  # noqa: S101 - refusals() returns no other
            because = f"it has to wait for another refusal: {other.headline()}"
            return replace(
                finding, answer=Refusal(because, "repair that first", other.answer.restraint)
            )
    return finding


def _holds_up(other: RedisFinding, finding: RedisFinding, step: Step) -> bool:
    # What goes on after a pause reads nothing.
    if finding.kind == "redis-paused" and other.kind != "sentinel":
        return False
    if finding.kind in _OF_SETTINGS and other.kind in _SETTINGS:
        return True
    return step in HOLDS_UP.get(other.kind, _OTHERWISE)
