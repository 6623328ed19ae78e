"""Several faults at once: which can be combined, and what has to come of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from ..hosts import Host
from .model import DISRUPTIONS, Fault, Outcome, Refused, Repaired, Unaffected

# What does not follow from the members' outcomes, and why.
EXCEPTIONS: dict[frozenset[str], tuple[Outcome, str]] = {
    frozenset({"image-untagged", "redis-removed"}): (
        Refused("[Nn]o such image|pull access denied|not be made|can't recreate it"),
        "there is no container that would tell which image it was",
    ),
    frozenset({"acl-default-on", "acl-tampered"}): (
        Refused("lacks users that the running Redis has: intruder"),
        "the user default may do everything then, so Redis tells its users: intruder is nobody's",
    ),
}
# What can't be brought about together, though the two touch different things, and why.
_NO_START = "Redis does not start again with such a file, so the stack does not come back by itself"
IMPOSSIBLE: dict[frozenset[str], str] = {
    **{
        frozenset({"engine-restarted", fault}): _NO_START
        for fault in ("acl-file-unreadable", "acl-syntax-error", "acl-stranger-broken")
    },
    frozenset({"acl-restricted", "stale-dns"}): (
        "lwe-app may not cut the API's connections any more, so it does not look Redis up again"
    ),
    frozenset({"network-removed", "stale-dns"}): "a network that is gone has no addresses",
}
LARGEST = 5


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """The order in which they can be brought about, one after another."""
    return sorted(faults, key=lambda fault: fault.stage)


def conflict(one: Fault, other: Fault) -> str | None:
    """Why the two can't be combined; None where they can."""
    if why := IMPOSSIBLE.get(frozenset({one.name, other.name})):
        return why
    both = one.touches & other.touches
    return f"both touch {', '.join(sorted(both))}" if both else None


def combinable(faults: Sequence[Fault]) -> bool:
    """Whether no two of them are in conflict."""
    return not any(
        conflict(one, other) for n, one in enumerate(faults) for other in faults[n + 1 :]
    )


def outcome_of(faults: Sequence[Fault], host: Host) -> Outcome:
    """What has to come of a set: refused if one is, or else repaired with the worst disruption.

    The disruption is an upper bound there: what disturbs nobody after one fault may be all that
    is left to do after another.
    """
    names = {fault.name for fault in faults}
    exceptional = [together for together in EXCEPTIONS if together <= names]
    others = names.difference(*exceptional)
    outcomes = [EXCEPTIONS[together][0] for together in exceptional]
    outcomes += [fault.outcome_on(host) for fault in faults if fault.name in others]
    if refused := [outcome for outcome in outcomes if isinstance(outcome, Refused)]:
        reason = "|".join(outcome.reason for outcome in refused)
        return Refused(reason, besides=any(outcome.besides for outcome in refused))
    repaired = [outcome.disruption for outcome in outcomes if isinstance(outcome, Repaired)]
    return Repaired(max(repaired, key=DISRUPTIONS.index)) if repaired else Unaffected()


def drawn(faults: Sequence[Fault], count: int, seed: int) -> Iterator[tuple[Fault, ...]]:
    """Different sets that can be combined, two thirds of them pairs; the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - it has to be the same again
    seen: set[frozenset[str]] = set()
    tries = 1000 * count
    while len(seen) < count and (tries := tries - 1):
        size = 2 if dice.random() < 2 / 3 else dice.randint(3, LARGEST)
        found = tuple(in_order(dice.sample(list(faults), min(size, len(faults)))))
        names = frozenset(fault.name for fault in found)
        if combinable(found) and names not in seen:
            seen.add(names)
            yield found


def smallest(
    faults: tuple[Fault, ...], fails: Callable[[tuple[Fault, ...]], bool]
) -> tuple[Fault, ...]:
    """The smallest part of a failing set that still fails: none of it can be left out.

    + fails: brings a set about, and tells whether the outcome is another than it should be
    """
    for n in range(len(faults)):
        less = faults[:n] + faults[n + 1 :]
        if less and fails(less):
            return smallest(less, fails)
    return faults
