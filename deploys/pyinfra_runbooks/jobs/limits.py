"""How many hosts may show the same finding before none of them is repaired. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.resolution import Remedy
from .hosts import HostReport


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How many hosts a finding may affect before it counts as fleet-wide; both have to be exceeded.

    + percent: of the hosts; default: 50
    + hosts: their number; default: 2
    """

    percent: float = 50
    hosts: int = 2


def halt_reason(hosts: Sequence[HostReport], limits: Limits) -> str:
    """
    Why none of the hosts is to be changed; empty: each may be.

    A fleet-wide finding comes from the inventory or a release, and not from the hosts.

    + hosts: as they were seen
    + limits: how many hosts are too many
    """
    seen = [host for host in hosts if host.after and not host.after.unknown and not host.deploying]
    shown: Counter[tuple[str, str]] = Counter()
    for host in seen:
        found = host.after.findings if host.after else ()
        # Only what is about to be repaired counts: a refusal changes nothing anyway.
        shown.update({f.identity for f in found if isinstance(f.resolution, Remedy)})
    for (kind, subject), count in shown.most_common(1):
        if count > limits.hosts and 100 * count > limits.percent * len(seen):
            return (
                f"{count} of {len(seen)} hosts show the same at once: {subject} [{kind}]. Then the"
                " inventory or a release is wrong, and not the hosts: none was changed"
            )
    return ""
